"""The till's commands: pair, charge, scan, refund, sales; those on paper stand in papers.py, those for programs in programs.py.

Ends with 0 when it was paid (or done), 1 when it was refused, 3 when that isn't known yet.
"""

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from app.errors import Refusal, SetupError
from app.message import qr
from app.money import amount
from app.money.orders import Code, Payment, Receipt
from pos import brought, cards, deposits, keys, pairing, papers, programs, scanner, sync, words
from pos.answers import Answers, Keyboard
from pos.counter import REFUSED, UNKNOWN, Commands, Counter, Won, learn_keys, open_till, owners_key, resume
from pos.screen import Screen
from pos.server import Server, to_text
from pos.showing import show, tell_line
from pos.till import BACK, Sale, State, Till
from pos.trust import NotProven

FOLDER = Path.home() / ".hagc-till"
_ENDS = {State.SETTLED: 0, State.REFUSED: REFUSED, State.SIGNED: UNKNOWN}

REFERENCE = click.option("--reference", default="", help="0-9 A-Z -, at most 19: shown to the customer and on the statement")
CASHIER = click.option("--cashier", type=click.IntRange(0, 65_535), default=0, metavar="NUMBER",
                       help="who stands here, by the number in the shop's list; 0, the owner, when left out")


@click.group(cls=Commands)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=FOLDER, show_default=True)
@click.option("--lang", type=click.Choice(("ko", "en")))
@click.pass_context
def main(ctx: click.Context, folder: Path, lang: str | None) -> None:
    """HAGC: a shop's till."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    language = words.language_of(lang)
    ctx.obj = Counter(folder, language, Screen(language))


@main.command()
@click.argument("code")
@click.option("--server", help="https://HOST, with a bare code")
@click.pass_obj
def pair(counter: Counter, code: str, server: str | None) -> None:
    """Make this PC a till of a shop."""
    folder, screen = counter.folder, counter.screen
    if pairing.is_paired(folder):
        raise SetupError(f"{folder} holds a paired till already: pair another one with --folder")
    address, code = pairing.code_of(code, server)
    line = Server(address, counter.language)
    city = pairing.city(line)
    learn_keys(folder, city, line.now_s())
    made = keys.exist(folder)
    pin = _pin(counter, new=not made)
    if not made:
        keys.make(folder, pin)
    till, refund_key = keys.till(folder), keys.refund(folder, pin)
    digits = pairing.claim(line, code, city.chain_id, till, refund_key)
    click.secho(f"\n    {digits}\n", bold=True)
    screen.say("check")
    paired = pairing.wait(line, code, city, refund_key.public)
    pairing.write(folder, paired)
    screen.say("paired", paired.shop_name, paired.till, fg="green", bold=True)


@main.command()
@click.argument("amount_won", type=Won(), metavar="WON")
@REFERENCE
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="where the code's PNG goes")
@CASHIER
@click.pass_context
def charge(ctx: click.Context, amount_won: int, reference: str, picture: Path | None, cashier: int) -> None:
    """Show a code that the customer scans, and wait for the payment. A scanner may meanwhile read a paper card, whose holder
    types the PIN, or what a phone shows: the answer of one without a line, or, when this PC has none, the receipt for the shop."""
    counter: Counter = ctx.obj
    till, line = open_till(counter)
    resume(counter, till, line)
    sale = till.request(amount_won, _reference(reference), cashier)
    show(counter, till, sale, picture)
    answers = Answers(till, line, counter.screen, Keyboard(sys.stdin))
    try:
        sale = sync.wait(till, line, sale, tell_line(counter.screen), answers.take, answers.rung)
    except KeyboardInterrupt:
        _end(ctx, sale)     # the customer's phone may still pay it
    if sale.state is State.SIGNED:
        counter.screen.say("over", fg="yellow", bold=True)
    _end(ctx, sale)


@main.command()
@click.argument("amount_won", type=Won(), metavar="WON")
@click.option("--image", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="a picture of the code")
@click.option("--camera", metavar="NUMBER|FILE|URL", help="0 is the first camera; or a video, or a network camera")
@REFERENCE
@CASHIER
@click.pass_context
def scan(
    ctx: click.Context, amount_won: int, image: Path | None, camera: str | None, reference: str, cashier: int,
) -> None:
    """Read the customer's code, or a paper card and its PIN, and take the amount. Without an option: a scanner that types."""
    counter: Counter = ctx.obj
    marks = _reference(reference), cashier
    till, line = open_till(counter)
    stands = resume(counter, till, line)
    counter.screen.say("scan", counter.screen.amount(amount_won), bold=True)
    if image is not None:
        texts = scanner.picture(image)
    elif camera is not None:
        texts = scanner.camera(camera)
    else:
        texts = scanner.typed(sys.stdin)
    both = deposits.found(texts, till.paired.host)
    if both:
        sale, taken = deposits.take(counter, till, line, (both, amount_won, *marks), stands)
        if not taken:
            _end(ctx, sale)
        return
    card = cards.found(texts, till.paired.host)
    if card and not stands:     # before anything is signed, and before the customer types a PIN for nothing
        counter.screen.say("card no line", fg="yellow", bold=True)
        ctx.exit(REFUSED)
    if card:
        _end(ctx, cards.take(counter, till, line, card, till.request(amount_won, *marks)))
    shown = scanner.message(texts, till.paired.host)
    _end(ctx, _taken(till, line, shown, amount_won, marks))


@main.command()
@click.argument("entry", type=click.IntRange(min=1))
@click.argument("amount_won", type=Won(), metavar="WON")
@CASHIER
@click.pass_context
def refund(ctx: click.Context, entry: int, amount_won: int, cashier: int) -> None:
    """Give back all or a part of the payment ENTRY to who paid it. Asks the owner's PIN."""
    counter: Counter = ctx.obj
    till, line = open_till(counter)
    resume(counter, till, line)
    _end(ctx, sync.give_back(till, line, till.refund(entry, amount_won, owners_key(counter, till), cashier)))


@main.command()
@click.argument("entry", type=click.IntRange(min=1))
@CASHIER
@click.pass_context
def void(ctx: click.Context, entry: int, cashier: int) -> None:
    """Take all of the payment ENTRY back, which this till took at most ten minutes ago. Asks no PIN."""
    counter: Counter = ctx.obj
    till, line = open_till(counter)
    resume(counter, till, line)
    _end(ctx, sync.give_back(till, line, till.void(entry, cashier)))


@main.command()
@click.pass_context
def sales(ctx: click.Context) -> None:
    """Today's list by this till's own journal, and the server's total."""
    counter: Counter = ctx.obj
    till, line = open_till(counter)
    stands = resume(counter, till, line)
    total_won, forged, screen = 0, False, counter.screen
    till.journal.check()
    lines = till.journal.lines(_midnight_s(till.now_s()))
    for kept in lines:
        try:
            sale = till.read(kept)
        except NotProven as error:
            forged = True
            screen.say("not proven", error, fg="red", bold=True)
            continue
        screen.line(sale, kept.at_s)
        if sale.state is State.SETTLED:
            total_won += -sale.amount_won if type(sale.body) in BACK else sale.amount_won
    if not lines:
        screen.say("none")
    screen.say("total", amount.figures(total_won, counter.language), bold=True)
    if stands:
        told = line.get("/api/till", session=to_text(till.session())).get("day_total_won")
        if type(told) is int:
            screen.say("server total", amount.figures(told, counter.language))
    if forged:
        ctx.exit(UNKNOWN)


for command in (*papers.COMMANDS, *programs.COMMANDS, *deposits.COMMANDS, *brought.COMMANDS):
    main.add_command(command)


# --- what the commands share -----------------------------------------------------------

def _pin(counter: Counter, new: bool = False) -> str:
    """Typed unseen, a new one twice. FIELD_WRONG where it can't be one."""
    again = words.say(counter.language, "pin again") if new else False
    asked = words.say(counter.language, "new pin" if new else "pin")
    return keys.check_pin(click.prompt(asked, default="", show_default=False, hide_input=True,
                                       confirmation_prompt=again))


def _taken(till: Till, line: Server, shown: object, amount_won: int, marks: tuple[bytes, int]) -> Sale:
    """A code is charged. A payment or a receipt, from a phone that had paid a request of this till while one of
    the two was offline, closes that request and nothing else."""
    kind = type(shown.body)
    if kind is Code:
        sale = till.charge(shown, amount_won, *marks)
        return sync.take(till, line, sale, shown.raw)
    if kind not in (Payment, Receipt):
        raise Refusal("BAD_FIELD", field="kind")
    sale = till.shown_request(shown)
    if sale.body.amount_won != amount_won:
        raise Refusal("AMOUNT_DIFFERS", asked_won=sale.body.amount_won)
    return till.settle(sale, shown.raw) if kind is Receipt else sync.take(till, line, sale, shown.raw)


def _end(ctx: click.Context, sale: Sale) -> None:
    counter: Counter = ctx.obj
    counter.screen.outcome(sale)
    if sale.state is State.SETTLED:
        papers.of_each(counter, sale)
    ctx.exit(_ENDS[sale.state])


def _reference(text: str) -> bytes:
    if not re.fullmatch(r"[0-9A-Z-]{0,19}", text):
        raise click.BadParameter("0-9 A-Z -, at most 19", param_hint="--reference")
    return text.encode()


def _midnight_s(now_s: int) -> int:
    """The start of this day on this machine."""
    day = time.localtime(now_s)
    return int(time.mktime((day.tm_year, day.tm_mon, day.tm_mday, 0, 0, 0, 0, 0, -1)))
