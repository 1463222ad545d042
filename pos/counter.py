"""What all of a till's commands stand on: its folder, its screen, its open journal, and how a command ends."""

import re
from dataclasses import dataclass
from pathlib import Path

import click

from app.errors import Refusal, SetupError
from app.message.keys import Signer
from app.money import amount
from pos import keys, pairing, sync, words
from pos.allowance import Figures
from pos.journal import Journal, locked, no_room, sqlite
from pos.screen import Screen
from pos.server import Refused, Server, Unclear
from pos.till import Till
from pos.trust import NotProven, Trust

JOURNAL = "journal.db"
REFUSED, UNKNOWN = 1, 3


class Won(click.ParamType):
    """A positive whole number in plain digits: no sign, no point, no exponent."""

    name = "won"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        figure = int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,16}", value) else 0
        if not amount.is_won(figure):
            self.fail(f"{value!r}: 1 … {amount.MAX_WON}", param, ctx)
        return figure


@dataclass(frozen=True, slots=True)
class Counter:
    """Where the till stands: its folder, its language and its screen."""
    folder: Path
    language: str
    screen: Screen


class Commands(click.Group):
    """Turns what went wrong into a sentence and an end code."""

    def invoke(self, ctx: click.Context) -> object:
        language = words.language_of(ctx.params.get("lang"))
        screen = Screen(language)
        try:
            return super().invoke(ctx)
        except Refusal as no:
            screen.refusal(no.word, words.refusal(language, no.word, no.facts))
            ctx.exit(REFUSED)
        except Refused as no:
            screen.refusal(no.word, no.sentence or words.refusal(language, no.word, {}))
            ctx.exit(REFUSED)
        except NotProven as error:
            screen.say("not proven", error, fg="red", bold=True)
        except Unclear as error:
            screen.say("line down", fg="yellow", bold=True)
            click.echo(f"({error})", err=True)
        except SetupError as error:
            click.secho(str(error), fg="red", err=True)
            ctx.exit(2)
        except BrokenPipeError:
            raise                   # nobody reads what is printed
        except (sqlite.OperationalError, OSError) as error:
            busy = locked(error)
            screen.say("busy" if busy else "no room" if no_room(error) else "not written", error, fg="red", bold=True)
            screen.say("still open" if busy else "look again", bold=True)
        ctx.exit(UNKNOWN)


def open_till(counter: Counter) -> tuple[Till, Server]:
    paired = pairing.read(counter.folder)
    line = Server(paired.server, counter.language)
    Figures(counter.folder).set_clock(line)
    return Till(paired, keys.till(counter.folder), Journal(counter.folder / JOURNAL), line.now_s), line


def save(file: Path, content: bytes) -> None:
    """Where the shopkeeper wants it. SetupError where that can't be written."""
    try:
        file.write_bytes(content)
    except OSError as error:
        raise SetupError(f"{file} can't be written: {error.strerror}") from None


def learn_keys(folder: Path, city: pairing.City, now_s: int) -> None:
    """Before anything is signed: SetupError where the server proves no key for receipts."""
    journal = Journal(folder / JOURNAL)
    try:
        trust = Trust(city.chain_id, journal)
        trust.learn(city.told, now_s)
    finally:
        journal.close()
    if not trust.knows_a_key:
        raise SetupError("the server can't prove its receipt keys by the city's roots: stop, and ask the city")


def owners_key(counter: Counter, till: Till) -> Signer:
    """The refund key, by the PIN that is asked for. FIELD_WRONG, SIGN_IN_WRONG."""
    pin = click.prompt(words.say(counter.language, "pin"), default="", show_default=False, hide_input=True)
    return keys.refund(counter.folder, keys.check_pin(pin), till.paired.refund_key)


def resume(counter: Counter, till: Till, line: Server) -> bool:
    """Sets the clock by the operator's, learns its new receipt keys and closes what the last run left open; whether
    the line stands."""
    try:
        till.trust.learn(line.get("/api/city"), line.now_s())
        Figures(counter.folder).learn(line, till.trust)
    except (Unclear, Refused):
        counter.screen.say("line down", fg="yellow", bold=True)
        return False
    closed, stands = sync.resume(till, line)
    if closed:
        counter.screen.say("before", bold=True)
    for sale in closed:
        counter.screen.line(sale, till.journal.line(sale.number).at_s)
    return stands
