"""Answers the till's page: brings each question to where it is done (the journal's own thread, the printer's, or the line
to the city) and turns what went wrong into an answer that the page has words for.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from app.errors import Refusal, SetupError
from app.money import amount
from pos import cards, goods, keys, printer, receipt, roll, slips, words
from pos.allowance import Figures
from pos.asked import Asked, Wrong
from pos.counter import JOURNAL
from pos.hands import Hands
from pos.journal import Journal, locked, sqlite
from pos.pages import Pages
from pos.printer import Printer
from pos.receipt import Row, Rule
from pos.roll import Look
from pos.server import Refused, Server, Unclear
from pos.trust import NotProven

GOOD, NO, BAD, NO_LINE, FULL = 200, 409, 400, 502, 507
BY_HAND = (     # done by Hands, on the journal's thread
    "load", "keep", "issue", "session", "owner", "confirm", "note", "sent", "end", "settled", "of-sale", "signed-since", "refused-by",
    "waiting", "allowance", "in-place",
)


class Errands:
    """One page's, or several windows' of it; any thread may ask."""

    def __init__(self, folder: Path, server: Server, pages: Pages):
        """SetupError as Hands."""
        self.folder, self.server, self.pages = folder, server, pages
        self._desk, self._press = ThreadPoolExecutor(1, "journal"), ThreadPoolExecutor(1, "printer")
        Figures(folder).set_clock(server)
        self.hands: Hands = self._desk.submit(Hands, folder, server).result()
        self._does: dict[str, Callable[[Asked], object]] = {
            "here": self.here, "unlock": self.unlock, "settle": self.settle, "refuse": self.refuse, "rows": self.rows, "deposit": self.deposit, "figures": self.figures, "print": self.print,
            "print-closing": self.print_closing, "print-balance": self.print_balance, "print-trial": self.print_trial, "printers": self.printers, "set-printer": self.set_printer, "paid": self.paid, "drawer": self.drawer,
        }

    def close(self) -> None:
        self._desk.submit(self.hands.close).result()
        self._desk.shutdown()
        self._press.shutdown(wait=False)

    def answer(self, name: str, body: bytes) -> tuple[int, dict]:
        """The status and the content of an answer, for whatever was asked."""
        try:
            status, said = GOOD, {"answer": self._done(name, Asked(_parsed(body)))}
        except Wrong as value:
            status, said = BAD, {"word": "WRONG", "why": str(value)}
        except Refusal as no:
            status, said = NO, {"word": no.word, "facts": no.facts}
        except Refused as no:
            status, said = NO, {"word": no.word, "facts": {"wait_s": no.wait_s} if no.wait_s else {}}
        except NotProven:
            status, said = NO, {"word": "UNPROVEN"}
        except SetupError as error:
            status, said = NO, {"word": "NOT_HERE", "why": str(error)}
        except Unclear:
            status, said = NO_LINE, {"word": "NO_LINE"}
        except (sqlite.OperationalError, OSError) as error:     # a disk without room, mostly
            status, said = (NO, {"word": "BUSY", "facts": {}}) if locked(error) else (FULL, {"word": "FULL", "why": str(error)})
        return status, said | {"now_ms": self.server.now_ms()}

    def _done(self, name: str, asked: Asked) -> object:
        if name in BY_HAND:
            return self._on_desk(getattr(self.hands, name.replace("-", "_")), asked)
        if name not in self._does:
            raise Wrong("name")
        return self._does[name](asked)

    def _on_desk(self, work: Callable, *given: object) -> object:
        return self._desk.submit(work, *given).result()

    # --- with the city -------------------------------------------------------------------------

    def learn(self) -> None:
        """The city's keys, its figures for the time without a network, its pages. Raises Refused or Unclear."""
        self._learn_keys()
        self.figures()
        self.pages.learn(self.server)

    def _learn_keys(self) -> None:
        told = self.server.get("/api/city")
        self._on_desk(self.hands.till.trust.learn, told, self.server.now_s())

    def figures(self, asked: Asked | None = None) -> None:
        self.hands.figures.learn(self.server, self.hands.till.trust)

    def deposit(self, asked: Asked) -> object:
        """Signed by a key that isn't known here, the city is asked for it; nobody can be asked where there is no network."""
        try:
            return self._on_desk(self.hands.deposit, asked)
        except Refusal as no:
            if no.word != "UNKNOWN_KEY" or asked.value("capped"):
                raise
        self._learn_keys()
        return self._on_desk(self.hands.deposit, asked)

    def settle(self, asked: Asked) -> object:
        return self._proven(self.hands.settle, asked)

    def refuse(self, asked: Asked) -> object:
        return self._proven(self.hands.refuse, asked)

    def _proven(self, work: Callable[[Asked], object], asked: Asked) -> object:
        """Where the city's word proves nothing it may have a new key: then it is asked for the proof, once."""
        try:
            return self._on_desk(work, asked)
        except NotProven as no:
            if asked.value("shown"):
                raise           # there is no line, or the page had asked the city itself
            try:
                self._learn_keys()
            except (Unclear, Refused):
                raise no from None
        return self._on_desk(work, asked)

    def rows(self, asked: Asked) -> dict:
        """How many rows the journal has and the number of the first that doesn't follow the one before, or 0; `text`: all of
        it. Read beside the till, which goes on meanwhile."""
        journal = Journal(self.folder / JOURNAL, check=False)
        try:
            text, broken = journal.text()
        finally:
            journal.close()
        return {"text": text if asked.value("text") else "", "count": text.count("\n"), "broken": broken}

    def here(self, asked: Asked) -> dict:
        """What stands behind the page."""
        try:
            machine = printer.read(self.folder)
        except SetupError:
            machine = None      # said when something is to be printed
        found = machine and {"place": machine.place, "each": machine.each, "width_mm": machine.look.width_mm, "way": machine.look.way,
                             "cut": machine.look.cut, "drawer": machine.look.drawer}
        return {"printer": found, "version": self.pages.version.name if self.pages.version else ""}

    def unlock(self, asked: Asked) -> str:
        """The owner's PIN, tried beside the till: it takes a while by intent. SIGN_IN_WRONG, TOO_MANY."""
        self._on_desk(self.hands.count_try)
        try:
            signer = keys.refund(self.folder, keys.check_pin(asked.text("pin", 64)), self.hands.till.paired.refund_key)
        except Refusal:
            raise Refusal("SIGN_IN_WRONG") from None
        return self._on_desk(self.hands.unlocked, signer)

    # --- paper -------------------------------------------------------------------------------

    def paid(self, asked: Asked) -> None:
        """What a printer does at a payment by itself: a receipt of each, the drawer. SetupError where it doesn't answer."""
        machine = printer.read(self.folder)
        if machine is None or not (machine.each or machine.look.drawer):
            return
        slip = self._on_desk(self.hands.slip_of, asked)
        if machine.each and slip:
            self._print(machine, receipt.of_slip(_with_goods(slip, asked), _language(asked)))
        elif machine.look.drawer:
            self._press.submit(machine.send, roll.pulse()).result()

    def print(self, asked: Asked) -> None:
        """A payment's receipt, by the journal or by the ledger. It opens no drawer: that was done when it was paid."""
        machine, entry = self._quiet_printer(), asked.whole("entry")
        slip = self._on_desk(self.hands.slip, entry, bool(asked.value("again"))) or slips.told(self.hands.till, self.server, entry)
        self._print(machine, receipt.of_slip(_with_goods(slip, asked), _language(asked)))

    def print_closing(self, asked: Asked) -> None:
        """A closing as GET /api/close told it to the page."""
        machine = self._quiet_printer()
        try:
            paper = receipt.of_close(asked.value("found"), _language(asked))
        except (KeyError, TypeError, ValueError, AttributeError, OSError, OverflowError):
            raise Wrong("found") from None
        self._print(machine, paper)

    def print_balance(self, asked: Asked) -> None:
        """What is left on a paper card, on its PIN, or on a phone that showed a look, put on paper: the page never sees it."""
        machine, number, till = self._quiet_printer(), asked.text("card", 32), self.hands.till
        if asked.value("look"):
            found = cards.of_phone(till, self.server, asked.bytes("look"))
        else:
            found = cards.balance(till, self.server, number, asked.text("pin", 32))
        self._print(machine, receipt.of_balance(found, number[-4:], self.server.now_s(), _language(asked)))

    def print_trial(self, asked: Asked) -> None:
        self._print(self._quiet_printer(), self._trial(asked))

    def _trial(self, asked: Asked) -> receipt.Roll:
        language = _language(asked)
        return [
            Row(self.hands.till.paired.shop_name, large=True, middle=True), Rule(),
            Row(words.say(language, "sale amount"), amount.figures(12_500, language)), Rule(), Row(words.say(language, "trial")),
        ]

    def printers(self, asked: Asked) -> list[dict]:
        """What hangs on this machine; a printer in the network is told by its address."""
        return [{"place": place, "name": name} for place, name in self._press.submit(printer.found).result()]

    def set_printer(self, asked: Asked) -> dict:
        """Tried, and kept when it took the paper: what stands behind the page then. SetupError where it is none, doesn't answer, or
        is a file of this machine, which no page writes."""
        look = Look(asked.whole("width_mm"), asked.text("way", 10), bool(asked.value("cut")), bool(asked.value("drawer")))
        try:
            wanted = printer.checked(Printer(asked.text("place", 300), look, bool(asked.value("each"))))
        except ValueError as error:
            raise SetupError(str(error)) from None
        if wanted.place.startswith("file:"):
            raise SetupError(words.say(_language(asked), "no file here"))
        self._print(replace(wanted, look=replace(look, drawer=False)), self._trial(asked))
        printer.write(self.folder, wanted)
        return self.here(asked)

    def drawer(self, asked: Asked) -> None:
        """Opens it. SetupError where none is set, or the printer doesn't answer."""
        machine = self._printer()
        if not machine.look.drawer:
            raise SetupError(words.say(_language(asked), "no drawer"))
        self._press.submit(machine.send, roll.pulse()).result()

    def _printer(self) -> Printer:
        found = printer.read(self.folder)
        if found is None:
            raise SetupError(words.say(self.server.language, "no printer"))
        return found

    def _quiet_printer(self) -> Printer:
        found = self._printer()
        return replace(found, look=replace(found.look, drawer=False))

    def _print(self, machine: Printer, paper: receipt.Roll) -> None:
        self._press.submit(machine.print, paper).result()


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Wrong("content") from None


def _with_goods(slip: receipt.Slip, asked: Asked) -> receipt.Slip:
    """With what the page says that it was of, where that makes the amount."""
    found = goods.read(asked.value("goods"), slip.amount_won) if slip.kind == "sale" else None
    return replace(slip, goods=found) if found else slip


def _language(asked: Asked) -> str:
    return words.language_of(asked.text("language", 8) or words.FIRST)
