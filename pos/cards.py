"""A paper card at the till PC: its holder types the PIN, and the city pays this till's own request with the key that it holds. So it
needs a line; neither number nor PIN is kept.
"""

import click

from app.message import card
from pos import sync, words
from pos.counter import Counter
from pos.server import Refused, Server, Unclear, to_text
from pos.till import Sale, State, Till

ASK_AGAIN = "CARD_PIN_WRONG"
_BALANCE, _END = {"balance_won": int, "spendable_here_won": int, "ends": list}, {"day": str, "left_days": int, "amount_won": int}
_LIMIT = {"limit_won": int, "left_won": int}


def found(texts: list[str], host: str) -> str:
    """The number of the first card among the texts that were read, or empty. OTHER_HOST."""
    return next((number for text in texts if (number := card.in_text(text, (host,)))), "")


def take(counter: Counter, till: Till, line: Server, number: str, sale: Sale) -> Sale:
    """Asks the PIN until it is right; the request as it stands then. Raises Refused (CARD_WAIT …) as `sync.take`."""
    while True:
        pin = click.prompt(counter.screen.words("card pin", number[-4:]), hide_input=True)
        try:
            return pay(till, line, sale, (number, pin))
        except Refused as no:
            if no.word != ASK_AGAIN or sale.state is not State.SIGNED:
                raise
            counter.screen.refusal(no.word, no.sentence)


def pay(till: Till, line: Server, sale: Sale, card: tuple[str, str]) -> Sale:
    """As `sync.take_card`; what is refused for want of money is said as to somebody without a phone."""
    try:
        return sync.take_card(till, line, sale, *card)
    except Refused as no:
        raise Refused(no.word, words.of_card(line.language, no.word) or no.sentence, no.final, no.wait_s) from None


def balance(till: Till, line: Server, number: str, pin: str) -> dict:
    """What is left on a card, as POST /api/cards/balance answers: for a slip in the holder's hand. Raises Refused or Unclear."""
    return _left(till, line, "/api/cards/balance", {"card": number, "pin": pin})


def of_phone(till: Till, line: Server, look: bytes) -> dict:
    """The same by what a phone showed, a signed look."""
    return _left(till, line, "/api/slips", {"look": to_text(look)})


def _left(till: Till, line: Server, path: str, sent: dict) -> dict:
    found = line.post(path, sent, session=to_text(till.session()))
    limit = found.get("limit")
    if not _is(found, _BALANCE) or not all(_is(each, _END) for each in found["ends"]) or not (limit is None or _is(limit, _LIMIT)):
        raise Unclear("the answer tells no balance")
    return found


def ask_balance(counter: Counter, till: Till, line: Server, number: str) -> dict:
    """The same; asks the PIN until it is right. Raises Refused (CARD_WAIT …) or Unclear."""
    while True:
        pin = click.prompt(counter.screen.words("card pin", number[-4:]), hide_input=True)
        try:
            return balance(till, line, number, pin)
        except Refused as no:
            if no.word != ASK_AGAIN:
                raise
            counter.screen.refusal(no.word, no.sentence)


def _is(found: object, form: dict[str, type]) -> bool:
    return isinstance(found, dict) and all(type(found.get(name)) is kind for name, kind in form.items())
