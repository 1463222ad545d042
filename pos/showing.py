"""What the commands show while a customer pays: the amount with its code, and whether the line stands."""

from collections.abc import Callable
from pathlib import Path

import click

from app.message import qr
from pos.counter import Counter
from pos.screen import Screen
from pos.till import Sale, Till


def show(counter: Counter, till: Till, sale: Sale, picture: Path | None) -> None:
    """The amount and the code, large, and a picture of the code beside."""
    text, screen = qr.to_text(sale.raw, till.paired.host), counter.screen
    picture = picture or counter.folder / "request.png"
    picture.write_bytes(qr.png_bytes(text))
    click.secho(f"\n{till.paired.shop_name}   {screen.amount(sale.body.amount_won)}\n", bold=True)
    screen.code(text)
    screen.say("picture", picture)
    screen.say("waiting")


def tell_line(screen: Screen) -> Callable[[bool], None]:
    """Says it once when the line breaks, and once when it is back."""
    known = [True]

    def tell(stands: bool) -> None:
        if stands is not known[0]:
            known[0] = stands
            screen.say("line up" if stands else "trying", fg="green" if stands else "yellow")
    return tell
