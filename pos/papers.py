"""The till's commands on paper: the printer, a receipt once more, what is left on a card, and the closing with its files."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import click

from app.errors import Refusal, SetupError
from app.money import amount, orders_reading
from pos import cards, notes, owner, pairing, printer, receipt, scanner, slips
from pos.counter import JOURNAL, REFUSED, Counter, open_till, owners_key, resume, save
from pos.goods import Goods
from pos.journal import Journal, Line
from pos.notes import Notes
from pos.printer import Printer
from pos.receipt import Row, Rule, Slip
from pos.roll import DOTS, PICTURE, TEXT, Look
from pos.server import Proof, Server, Unclear, to_text
from pos.till import Sale, Till

FORMS = (".csv", ".pdf")


def _period(command):
    """Which entries: since the last closing, or by one of these."""
    for option in (
        click.option("--shop", is_flag=True, help="the whole shop's, not only this till's; asks the PIN"),
        click.option("--day", metavar="YYYY-MM-DD"), click.option("--month", metavar="YYYY-MM", help="asks the PIN"),
        click.option("--closing", type=click.IntRange(min=1), metavar="NUMBER", help="one that was recorded"),
    ):
        command = option(command)
    return command


# --- the printer -----------------------------------------------------------------------

@click.command("printer")
@click.argument("place", required=False)
@click.option("--width", type=click.Choice([str(width) for width in DOTS]), default="80", show_default=True, help="mm of paper")
@click.option("--as", "way", type=click.Choice((TEXT, PICTURE)), default=TEXT, show_default=True,
              help="text needs a printer with Korean letters")
@click.option("--cut/--no-cut", default=True, show_default=True)
@click.option("--drawer/--no-drawer", default=False, show_default=True, help="opens a drawer with each paper")
@click.option("--each/--no-each", default=False, show_default=True, help="a receipt of every payment by itself")
@click.pass_obj
def set_printer(counter: Counter, place: str | None, each: bool, width: str, **look: object) -> None:
    """Set the printer (network:HOST[:PORT], usb:VENDOR:PRODUCT, serial:DEVICE[:BAUD], file:PATH) and print a trial;
    without one, print a trial on that which is set."""
    if place is None:
        wanted = set_up(counter)
    else:
        try:
            wanted = printer.checked(Printer(place, Look(int(width), **look), each))
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="PLACE") from None
    wanted.print(_trial(counter))
    printer.write(counter.folder, wanted)
    counter.screen.say("printed", fg="green")


def _trial(counter: Counter) -> receipt.Roll:
    say = counter.screen.words
    name = pairing.read(counter.folder).shop_name
    return [Row(name, large=True, middle=True), Rule(), Row(say("sale amount"), amount.figures(12_500, counter.language)),
            Rule(), Row(say("trial"))]


def set_up(counter: Counter) -> Printer:
    """The shop's printer. SetupError where none is set."""
    found = printer.read(counter.folder)
    if found is None:
        raise SetupError(counter.screen.words("no printer"))
    return found


# --- receipts --------------------------------------------------------------------------

@click.command("print")
@click.argument("entry", type=click.IntRange(min=1))
@click.pass_obj
def print_again(counter: Counter, entry: int) -> None:
    """Print the receipt of the payment ENTRY once more, marked as a copy."""
    machine = set_up(counter)
    till, line = open_till(counter)
    kept = slips.line_of(till, entry)
    if kept is None:
        resume(counter, till, line)
        slip = slips.told(till, line, entry)
    else:
        slip = _own(counter, till, line, kept, again=True)
    machine.print(receipt.of_slip(slip, counter.language))
    counter.screen.say("printed", fg="green")


def _own(counter: Counter, till: Till, line: Server, kept: Line, again: bool) -> Slip:
    """By this till's journal, with what it was of."""
    slip = slips.of(till.read(kept), kept.receipt, till.paired, again)
    return slips.with_goods(slip, _cart(counter.folder, kept.id), till, line)


def _cart(folder: Path, message_id: bytes) -> object:
    """What the page of this PC had rung up, where it was ever opened here."""
    if not (folder / notes.FILE).exists():
        return None
    kept = Notes(folder)
    try:
        return kept.cart_of(message_id)
    finally:
        kept.close()


def of_each(counter: Counter, sale: Sale, of: Goods | None = None) -> None:
    """A receipt of what was just settled, where the shop wants one of each. What was paid stays paid without it."""
    try:
        found = printer.read(counter.folder)
        if found and found.each:
            slip = slips.of(sale, _kept(counter, sale), pairing.read(counter.folder))
            found.print(receipt.of_slip(replace(slip, goods=of), counter.language))
    except SetupError as error:
        counter.screen.say("not printed", error, fg="yellow")


def of_settled(counter: Counter, machine: Printer, till: Till, line: Server, sales: list[Sale]) -> None:
    """A receipt of each. They stay settled without it."""
    try:
        for sale in sales:
            slip = _own(counter, till, line, till.journal.line(sale.number), again=False)
            machine.print(receipt.of_slip(slip, counter.language))
    except SetupError as error:
        counter.screen.say("not printed", error, fg="yellow")


def _kept(counter: Counter, sale: Sale) -> bytes:
    """The receipt as the journal has it."""
    journal = Journal(counter.folder / JOURNAL)
    try:
        return journal.line(sale.number).receipt
    finally:
        journal.close()


# --- what is left on a card ----------------------------------------------------------------

@click.command("balance")
@click.option("--image", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="a picture of the card")
@click.option("--camera", metavar="NUMBER|FILE|URL", help="0 is the first camera; or a video, or a network camera")
@click.pass_obj
def balance(counter: Counter, image: Path | None, camera: str | None) -> None:
    """Read a paper card and its PIN, or what a phone shows for it, and print what is left and until when; nothing of it is shown here."""
    machine = set_up(counter)
    till, line = open_till(counter)
    resume(counter, till, line)
    counter.screen.say("scan card", bold=True)
    texts = scanner.picture(image) if image else scanner.camera(camera) if camera else scanner.typed(sys.stdin)
    number = cards.found(texts, till.paired.host)
    found = cards.ask_balance(counter, till, line, number) if number else cards.of_phone(till, line, _look(texts, till))
    machine.print(receipt.of_balance(found, number[-4:], line.now_s(), counter.language))
    counter.screen.say("slip printed", fg="green")


def _look(texts: list[str], till: Till) -> bytes:
    """What a phone shows for this alone. WRONG_PURPOSE, and as scanner.message."""
    shown = scanner.message(texts, till.paired.host)
    if type(shown.body) is not orders_reading.Look:
        raise Refusal("WRONG_PURPOSE")
    return shown.raw


# --- closing ---------------------------------------------------------------------------

def _file(ctx: click.Context, param: click.Parameter, file: Path | None) -> Path | None:
    if file is not None and file.suffix.lower() not in FORMS:
        raise click.BadParameter(f"its name ends in {' or '.join(FORMS)}")
    return file


@click.command("close")
@_period
@click.option("--record", is_flag=True, help="asks, and closes: the next closing begins after it")
@click.option("--cashier", type=click.IntRange(0, 65535), default=0, help="who closes; 0 is the owner")
@click.option("--paper", is_flag=True, help="prints it")
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), callback=_file, help="writes it: .csv or .pdf")
@click.option("--yes", is_flag=True, help="records without asking")
@click.pass_context
def close(ctx: click.Context, record: bool, cashier: int, yes: bool, **how: object) -> None:
    """What was taken and given back since the last closing, and its sum, by the city's ledger."""
    counter: Counter = ctx.obj
    paper, file, period = how.pop("paper"), how.pop("file"), how
    if record and any(period[name] for name in ("day", "month", "closing")):
        raise click.UsageError("--record closes what came since the last closing: without --day, --month, --closing")
    machine = set_up(counter) if paper else None
    till, line = open_till(counter)
    resume(counter, till, line)
    proof = _proof(counter, till, period)
    found = line.get(_address(period), session=proof())
    counter.screen.roll(_sheet(counter, found))
    if record and not (yes or click.confirm(counter.screen.words("close ask"))):
        ctx.exit(REFUSED)
    if record:
        wish = {"scope": found["scope"], "first": found["first"], "last": found["last"], "cashier": cashier}
        found = line.post("/api/close", wish, session=proof())
        if _sheet(counter, found) and not found["recorded"]:
            raise Unclear("the answer tells no closing")
        counter.screen.say("closed", found["recorded"]["number"], fg="green", bold=True)
        period["closing"] = found["recorded"]["number"]
    if machine:
        machine.print(_sheet(counter, found))
        counter.screen.say("printed", fg="green")
    if file:
        _write(line, period, file, proof())
        counter.screen.say("saved", file)


def _proof(counter: Counter, till: Till, period: dict) -> Callable[[], str | Proof]:
    """Of this till, for its own day; of the owner, whose PIN it asks, for the whole shop's and a month's."""
    if period["shop"] or period["month"]:
        order = owner.order(till, owners_key(counter, till))
        return lambda: order
    return lambda: to_text(till.session())


def _sheet(counter: Counter, found: dict) -> receipt.Roll:
    """The closing in a server's answer; Unclear where it holds none."""
    try:
        return receipt.of_close(found, counter.language)
    except (KeyError, TypeError, ValueError, OSError, OverflowError):
        raise Unclear("the answer tells no closing") from None


def _write(line: Server, period: dict, file: Path, proof: str | Proof) -> None:
    """A table (.csv) or a paper (.pdf), as the server makes them."""
    form = file.suffix.lower()
    save(file, line.fetch(_address(period, form[1:]), session=proof))


def _address(period: dict, form: str = "json") -> str:
    asked = {name: value for name, value in period.items() if value and name != "shop"}
    if len(asked) > 1:
        raise click.UsageError("one of --day, --month and --closing")
    return f"/api/close?{urlencode({'scope': 'shop' if period['shop'] else 'till', 'as': form, **asked})}"


COMMANDS = (set_printer, print_again, balance, close)
