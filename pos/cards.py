"""A paper card at the till PC: its holder types the PIN, and the city pays this till's own request with the key that it holds. So it
needs a line; neither number nor PIN is kept.
"""

import click

from app.message import card
from pos import sync
from pos.counter import Counter
from pos.server import Refused, Server
from pos.till import Sale, State, Till

ASK_AGAIN = "CARD_PIN_WRONG"


def found(texts: list[str], host: str) -> str:
    """The number of the first card among the texts that were read, or empty. OTHER_HOST."""
    return next((number for text in texts if (number := card.in_text(text, (host,)))), "")


def take(counter: Counter, till: Till, line: Server, number: str, sale: Sale) -> Sale:
    """Asks the PIN until it is right; the request as it stands then. Raises Refused (CARD_WAIT …) as `sync.take`."""
    while True:
        pin = click.prompt(counter.screen.words("card pin", number[-4:]), hide_input=True)
        try:
            return sync.take_card(till, line, sale, number, pin)
        except Refused as no:
            if no.word != ASK_AGAIN or sale.state is not State.SIGNED:
                raise
            counter.screen.refusal(no.word, no.sentence)
