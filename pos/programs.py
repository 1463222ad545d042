"""The till's commands that go on: the page for this PC's browser, what programs of the shop ask for; and their tokens."""

import threading
import time
import webbrowser
from pathlib import Path

import click

from app.errors import SetupError
from app.money.orders import Request
from pos import checkouts, owner, pairing, papers, words
from pos.counter import Counter, open_till, owners_key, resume
from pos.errands import Errands
from pos.first import First
from pos.journal import sqlite
from pos.localhost import Localhost
from pos.pages import Pages
from pos.server import Refused, Server, Unclear
from pos.showing import show, tell_line
from pos.till import Sale, State, Till

PORT = 8377
LEARN_EVERY_S = 3600


@click.command()
@click.option("--page/--no-page", default=True, show_default=True, help="the till's page for this PC's browser, or this terminal alone")
@click.option("--port", type=click.IntRange(0, 65_535), default=PORT, show_default=True, help="of this machine, for the page")
@click.option("--open", "open_it", is_flag=True, help="opens the page in the browser")
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="without a page: where the code's PNG goes")
@click.option("--server", help="https://HOST of the city, for a PC that is no till yet")
@click.pass_obj
def serve(counter: Counter, page: bool, port: int, open_it: bool, picture: Path | None, server: str | None) -> None:
    """Be the shop's till, until Ctrl-C: a page in this PC's browser, with its journal, printer and drawer in this program.
    It shows what programs of the shop ask for (checkouts), too; with --no-page that alone, here in the terminal. Where this PC is no
    till yet, the page makes it one first."""
    if page and not pairing.is_paired(counter.folder):
        _serve_first(counter, port, open_it, server or "")
    elif page:
        _serve_page(counter, port, open_it)
    else:
        _serve_terminal(counter, picture)


def _serve_page(counter: Counter, port: int, open_it: bool) -> None:
    errands = _errands(counter)
    try:
        _serve(counter, Localhost(port, errands), open_it)
    finally:
        errands.close()


def _serve_first(counter: Counter, port: int, open_it: bool, server: str) -> None:
    """The same listener before and after, so that the browser that pairs is the till's."""
    first = First(counter.folder, counter.language, server)
    door = Localhost(port, None, first)
    threading.Thread(target=_become_a_till, args=(counter, door), daemon=True).start()
    try:
        _serve(counter, door, open_it)
    finally:
        if door.errands:
            door.errands.close()


def _become_a_till(counter: Counter, door: Localhost) -> None:
    """As soon as an officer has signed; the city's pages are fetched again and again while its line is down."""
    door.first.paired.wait()
    while door.errands is None:
        try:
            door.errands = _errands(counter)
        except (SetupError, OSError, sqlite.OperationalError) as error:
            click.secho(str(error), fg="red", err=True)
            time.sleep(checkouts.AGAIN_S)


def _errands(counter: Counter) -> Errands:
    """With the city's pages; SetupError where there are none."""
    line = Server(pairing.read(counter.folder).server, counter.language)
    errands = Errands(counter.folder, line, Pages(counter.folder))
    _learn(counter, errands)
    if errands.pages.version is None:
        errands.close()
        raise SetupError(counter.screen.words("no pages"))
    threading.Thread(target=_learn_on, args=(errands,), daemon=True).start()
    return errands


def _serve(counter: Counter, door: Localhost, open_it: bool) -> None:
    address = f"{door.url}?open={door.door.ticket}"
    counter.screen.say("page", address, door.url, bold=True)
    if open_it:
        webbrowser.open(address)
    try:
        door.serve_forever()
    except KeyboardInterrupt:
        click.echo()


def _learn(counter: Counter, errands: Errands) -> None:
    """What was kept is enough to begin with."""
    try:
        errands.learn()
    except (Unclear, Refused):
        counter.screen.say("line down", fg="yellow", bold=True)


def _learn_on(errands: Errands) -> None:
    """A new version of the city's pages is there when the page asks for one."""
    while True:
        time.sleep(LEARN_EVERY_S)
        try:
            errands.learn()
        except (Unclear, Refused, SetupError, OSError, sqlite.OperationalError):
            continue


def _serve_terminal(counter: Counter, picture: Path | None) -> None:
    """What programs of the shop ask for, one after the other."""
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
            papers.of_each(counter, sale, asked.goods)
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
    made, number = owner.make_token(line, owner.order(till, owners_key(counter, till)), name)
    counter.screen.say("token", number, bold=True)
    click.echo(made)


@click.command("tokens")
@click.option("--revoke", type=click.IntRange(min=1), metavar="NUMBER", help="take this one back; asks the PIN")
@click.pass_obj
def list_tokens(counter: Counter, revoke: int | None) -> None:
    """The tokens that programs of the shop use."""
    till, line = open_till(counter)
    resume(counter, till, line)
    if revoke is not None:
        owner.end_token(line, owner.order(till, owners_key(counter, till)), revoke)
    for number, name, made_at_s in owner.tokens(till, line):
        click.echo(f"{number:>6}  {words.day(made_at_s)}  {name}")


@click.command()
@click.argument("url")
@click.pass_obj
def webhook(counter: Counter, url: str) -> None:
    """Tell URL of every change of a checkout that names this webhook. Asks the PIN; the secret is shown once."""
    till, line = open_till(counter)
    resume(counter, till, line)
    there = [each["webhook"] for each in owner.webhooks(till, line) if (each["url"], each["state"]) == (url, "on")]
    if there:
        counter.screen.say("webhook there", there[0], bold=True)
        return
    number, secret = owner.add_webhook(line, owner.order(till, owners_key(counter, till)), url)
    counter.screen.say("webhook", number, bold=True)
    click.echo(secret)


@click.command("webhooks")
@click.option("--told", type=click.IntRange(min=1), metavar="NUMBER", help="what this one was told last, and how that went")
@click.option("--revoke", type=click.IntRange(min=1), metavar="NUMBER", help="take this one back; asks the PIN")
@click.pass_obj
def list_webhooks(counter: Counter, told: int | None, revoke: int | None) -> None:
    """Where programs of the shop are told what became of their checkouts."""
    till, line = open_till(counter)
    resume(counter, till, line)
    if revoke is not None:
        owner.end_webhook(line, owner.order(till, owners_key(counter, till)), revoke)
    if told is not None:
        for each in owner.deliveries(till, line, told):
            state = counter.screen.words(f"told {each['state']}", each["tries"], each["said"] or "-")
            click.echo(f"{words.day(each['created_at_s'])} {words.clock(each['created_at_s'])}  {each['checkout']}  {state}")
        return
    for each in owner.webhooks(till, line):
        gone = "" if each["state"] == "on" else counter.screen.words("webhook gone")
        click.echo(f"{each['webhook']:>6}  {words.day(each['created_at_s'])}  {each['url']}  {gone}".rstrip())


COMMANDS = (serve, token, list_tokens, webhook, list_webhooks)
