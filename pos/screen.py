"""What stands on a till PC's terminal: large, in words, and heard."""

import time
import unicodedata

import click

from app.message import qr
from app.money import amount
from app.money.orders import Void
from pos import words
from pos.receipt import Roll, Row, Rule
from pos.till import BACK, Sale, State

WIDTH = 64
RINGS, RING_EVERY_S = 3, 0.15
_WHITE, _BLACK = 231, 16        # fixed colours of the 256: a theme would turn the code round


class Screen:
    """Prints in one language."""

    def __init__(self, language: str):
        self.language = language

    def say(self, name: str, *facts: object, **style: object) -> None:
        click.secho(words.say(self.language, name, *facts), **style)

    def words(self, name: str, *facts: object) -> str:
        return words.say(self.language, name, *facts)

    def roll(self, rows: Roll) -> None:
        """What stands on a paper, as far as a terminal shows it."""
        for row in rows:
            if isinstance(row, Rule):
                click.echo("-" * WIDTH)
            elif isinstance(row, Row):
                left = " " * ((WIDTH - _columns(row.left)) // 2) + row.left if row.middle else row.left
                click.secho(left + row.right.rjust(WIDTH - _columns(left) - _columns(row.right) + len(row.right)), bold=row.large)

    def amount(self, amount_won: int) -> str:
        """12,500원 (만 이천오백 원)"""
        return f"{amount.figures(amount_won, self.language)} ({amount.words(amount_won, self.language)})"

    def code(self, text: str) -> None:
        """A code that a phone reads off the screen, and the same as a link for who has no camera."""
        for line in qr.terminal(text).splitlines():
            click.secho(line, fg=_WHITE, bg=_BLACK)
        click.echo(text)

    def outcome(self, sale: Sale) -> None:
        """Green and heard only with a receipt."""
        if sale.state is State.SETTLED:
            self._done(sale)
        elif sale.state is State.REFUSED:
            self.refusal(sale.word, sale.sentence or words.refusal(self.language, sale.word, {}))
        else:
            self._banner(words.say(self.language, "still open"), "black", "yellow")

    def taken(self, sale: Sale, left_won: int) -> None:
        """Held by this till, settled later: not the green of what is paid."""
        self._banner(words.say(self.language, "taken", amount.words(sale.amount_won, self.language)), "black", "bright_yellow")
        self.say("offline left", amount.figures(left_won, self.language), bold=True)
        self._ring()

    def waiting(self, count: int, sum_won: int) -> None:
        """What was taken without a network and isn't settled."""
        name = "offline waiting" if count else "offline none"
        self.say(name, count, amount.figures(sum_won, self.language), bold=True)

    def refusal(self, word: str, sentence: str) -> None:
        self._banner(words.say(self.language, "refused"), "bright_white", "red")
        click.secho(f"{sentence} [{word}]", bold=True)

    def line(self, sale: Sale, at_s: int) -> None:
        """One line of the day's list."""
        name = "void" if type(sale.body) is Void else "refund" if type(sale.body) in BACK else "sale"
        kind = words.say(self.language, name)
        end = sale.word or words.say(self.language, "open")
        if sale.receipt is not None:
            end = words.say(self.language, "entry", sale.receipt.entry)
        figures = amount.figures(sale.amount_won, self.language) if sale.amount_won else ""
        click.echo(f"{words.clock(at_s)}  {kind}  {figures:>16}  {end}")

    def _done(self, sale: Sale) -> None:
        said = amount.words(sale.amount_won, self.language)
        self._banner(
            words.say(self.language, "returned" if type(sale.body) in BACK else "paid", said), "black", "bright_green"
        )
        self.say("entry", sale.receipt.entry, bold=True)
        self._ring()

    @staticmethod
    def _ring() -> None:
        for _ in range(RINGS):
            click.echo("\a", nl=False)
            time.sleep(RING_EVERY_S)

    @staticmethod
    def _banner(text: str, fg: str, bg: str) -> None:
        """Readable from the other side of the counter: a block of colour around the words."""
        for part in ("", text, ""):
            click.secho(f"  {part}{' ' * (WIDTH - _columns(part))}", fg=fg, bg=bg, bold=True)


def _columns(text: str) -> int:
    """한글 takes two columns of a terminal."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
