"""What customers show while a request waits: the signed yes of a phone without a line, the operator's receipt where the till itself
has none, or a paper card, whose holder then types the PIN. It is read from a scanner that types, and only what answers this
till's own open request counts."""

import os
import queue
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from app.errors import Refusal
from app.message.cose import Parsed
from app.money.orders import Payment, Receipt
from pos import cards, scanner, sync, words
from pos.screen import Screen
from pos.server import Refused, Server
from pos.till import Sale, State, Till
from pos.trust import NotProven

MOST_BYTES = 4096
PIN_WITHIN_S = 60       # then the till waits for phones again


class Keyboard:
    """Lines that are typed while something else goes on. `rung` is set with each.

    It reads below Python's own buffer: a thread that waits inside that would stop the program from ending."""

    def __init__(self, stream: TextIO):
        self.rung, self._stream = threading.Event(), stream
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def lines(self) -> Iterator[str]:
        """Those that came since the last time; empty ones are left out."""
        while not self._lines.empty():
            text = unicodedata.normalize("NFKC", self._lines.get()).strip()
            if text:
                yield text

    def secret(self, within_s: float) -> str:
        """The next line, typed unseen; empty when none comes in time, or where what is typed can't be hidden."""
        with _unseen(self._stream) as hidden:
            try:
                return self._lines.get(timeout=max(0, within_s)).strip() if hidden else ""
            except queue.Empty:
                return ""

    def _read(self, stream: TextIO) -> None:
        for line in _lines(stream):
            self._lines.put(line)
            self.rung.set()


def _lines(stream: TextIO) -> Iterator[str]:
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        yield from stream       # not a real keyboard: it ends
        return
    left = b""
    while piece := os.read(number, MOST_BYTES):
        *whole, left = (left + piece).split(b"\n")
        yield from (line.decode(errors="replace") for line in whole)
    yield left.decode(errors="replace")


@contextmanager
def _unseen(stream: TextIO) -> Iterator[bool]:
    """Whether nothing of what is typed meanwhile is shown: nothing is shown of what comes from no terminal."""
    try:
        number, typed_by_hand = stream.fileno(), stream.isatty()
    except (OSError, ValueError):
        number, typed_by_hand = 0, False
    if not typed_by_hand:
        yield True
        return
    try:
        import termios
    except ImportError:         # Windows
        yield False
        return
    before = termios.tcgetattr(number)
    after = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
    termios.tcsetattr(number, termios.TCSADRAIN, after)
    try:
        yield True
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)


class Answers:
    """Judges them for one till."""

    def __init__(self, till: Till, line: Server, screen: Screen, keyboard: Keyboard):
        self.till, self.line, self.screen, self.keyboard = till, line, screen, keyboard

    @property
    def rung(self) -> threading.Event:
        return self.keyboard.rung

    def take(self, sale: Sale) -> Sale:
        """The sale as it stands after all that was typed. A no is said, and the till goes on waiting."""
        for text in self.keyboard.lines():
            if sale.state is not State.SIGNED:
                break
            try:
                card = cards.found([text], self.till.paired.host)
                sale = self._card(sale, card) if card else self._judged(sale, scanner.message([text], self.till.paired.host))
            except Refusal as no:
                self.screen.refusal(no.word, words.refusal(self.screen.language, no.word, no.facts))
            except Refused as no:
                self.screen.refusal(no.word, no.sentence or words.refusal(self.screen.language, no.word, {}))
            except NotProven:
                self.screen.say("forged", fg="red", bold=True)
        return sale

    def _card(self, sale: Sale, number: str) -> Sale:
        """Asks the PIN until it is right, or nobody types it; the till then waits for phones again. Raises as cards.pay."""
        until_s = min(self.till.now_s() + PIN_WITHIN_S, sale.body.expires_at_s)
        while sale.state is State.SIGNED:
            self.screen.say("card pin", number[-4:], bold=True)
            pin = self.keyboard.secret(until_s - self.till.now_s())
            if not pin:
                self.screen.say("card not taken", fg="yellow", bold=True)
                return sale
            try:
                sale = cards.pay(self.till, self.line, sale, (number, pin))
                break
            except Refused as no:
                if no.word != cards.ASK_AGAIN:
                    raise
                self.screen.refusal(no.word, no.sentence)
        if sale.state is State.SIGNED:
            self.screen.say("both offline", fg="yellow", bold=True)
        return sale

    def _judged(self, sale: Sale, shown: Parsed) -> Sale:
        if type(shown.body) not in (Payment, Receipt):
            raise Refusal("BAD_FIELD", field="kind")
        asked = self.till.shown_request(shown)
        if type(shown.body) is Receipt:
            return self._receipt(sale, asked, shown.raw)
        if asked.number != sale.number:
            raise Refusal("OTHER_REQUEST")      # what was asked for before may have been paid in another way
        if shown.body.amount_won != sale.body.amount_won:
            raise Refusal("AMOUNT_DIFFERS", asked_won=shown.body.amount_won)
        if shown.body.expires_at_s < self.till.now_s():
            raise Refusal("EXPIRED")
        taken = sync.take(self.till, self.line, sale, shown.raw)
        if taken.state is State.SIGNED:
            self.screen.say("both offline", fg="yellow", bold=True)
        return taken

    def _receipt(self, sale: Sale, asked: Sale, raw: bytes) -> Sale:
        """One for an earlier request of this till is true, and pays nothing now."""
        settled = self.till.settle(asked, raw)
        if asked.number == sale.number:
            return settled
        self.screen.say("earlier", self.screen.amount(asked.body.amount_won), fg="yellow", bold=True)
        return sale
