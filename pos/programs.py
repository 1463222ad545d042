"""The till's commands for programs of the shop: serve what they ask for, give them tokens, take those back."""

import time
from pathlib import Path

import click

from app.money.orders import Request
from pos import checkouts, keys, papers, tokens, words
from pos.counter import Counter, open_till, resume
from pos.server import Refused, Server, Unclear
from pos.showing import show, tell_line
from pos.till import Sale, State, Till


@click.command()
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="where the code's PNG goes")
@click.pass_obj
def serve(counter: Counter, picture: Path | None) -> None:
    """Show what programs of the shop ask for (checkouts), one after the other, until Ctrl-C."""
    till, line = open_till(counter)
    resume(counter, till, line)
    counter.screen.say("serving", bold=True)
    try:
        for asked in checkouts.arrivals(till, line, tell_line(counter.screen)):
            _one(counter, till, line, asked, picture)
    except KeyboardInterrupt:
        click.echo()


def _one(counter: Counter, till: Till, line: Server, asked: checkouts.Checkout, picture: Path | None) -> None:
    """One checkout from its first sight to its end; a line that breaks in between ends nothing. Its request may end
    before it does: then the next look shows a fresh one."""
    try:
        sale = checkouts.take_up(till, line, asked)
        show(counter, till, sale, picture)
        sale = checkouts.wait(till, line, asked, sale, tell_line(counter.screen))
        if not _may_come_again(till, asked, sale):
            counter.screen.outcome(sale)
        if sale.state is State.SETTLED:
            papers.of_each(counter, sale)
    except checkouts.Ended:
        counter.screen.say("checkout ended", fg="yellow", bold=True)
    except Refused as no:
        counter.screen.refusal(no.word, no.sentence)
        time.sleep(checkouts.AGAIN_S)
    except Unclear:
        counter.screen.say("line down", fg="yellow", bold=True)
        time.sleep(checkouts.AGAIN_S)


def _may_come_again(till: Till, asked: checkouts.Checkout, sale: Sale) -> bool:
    return type(sale.body) is Request and sale.state is not State.SETTLED and asked.deadline_at_s > till.now_s()


@click.command()
@click.argument("name")
@click.pass_obj
def token(counter: Counter, name: str) -> None:
    """Make an access token for a program of the shop. Asks the PIN; the token is shown once."""
    till, line = open_till(counter)
    resume(counter, till, line)
    asked = words.say(counter.language, "pin")
    pin = keys.check_pin(click.prompt(asked, default="", show_default=False, hide_input=True))
    made, number = tokens.make(till, line, name, keys.refund(counter.folder, pin, till.paired.refund_key))
    counter.screen.say("token", number, bold=True)
    click.echo(made)


@click.command("tokens")
@click.option("--revoke", type=click.IntRange(min=1), metavar="NUMBER", help="take this one back")
@click.pass_obj
def list_tokens(counter: Counter, revoke: int | None) -> None:
    """The tokens that programs of the shop use."""
    till, line = open_till(counter)
    resume(counter, till, line)
    if revoke is not None:
        tokens.revoke(till, line, revoke)
    for number, name, made_at_s in tokens.listed(till, line):
        click.echo(f"{number:>6}  {words.day(made_at_s)}  {name}")


COMMANDS = (serve, token, list_tokens)
