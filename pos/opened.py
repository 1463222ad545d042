"""The till for programs in Python: one object, a dozen names. The commands do the same with words and colours around it.

Whatever it signs stands in the journal before anybody sees it; whatever it calls settled is proven by a receipt.
"""

from collections.abc import Callable
from pathlib import Path

from app.errors import Refusal
from app.message import qr
from app.money.orders import Code, Payment, Receipt
from pos import keys, pairing, scanner, sync
from pos import server as line
from pos.journal import Journal
from pos.server import Server, Unclear
from pos.till import Sale, Till

JOURNAL = "journal.db"


class OpenTill:
    """A paired till. One thread uses it at a time. Every amount is whole won; a refusal of the till itself is raised as
    app.errors.Refusal, one of the server as Refused, a broken line as Unclear, a false receipt as NotProven."""

    def __init__(self, folder: Path | str, language: str = "ko"):
        """`folder`: of `python -m pos pair`. SetupError when no till was paired there. Needs no line."""
        self.folder = Path(folder)
        paired = pairing.read(self.folder)
        self.server = Server(paired.server, language)
        self.till = Till(paired, keys.till(self.folder), Journal(self.folder / JOURNAL), self.server.now_s)

    def close(self) -> None:
        self.till.journal.close()

    def __enter__(self) -> "OpenTill":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- taking ----------------------------------------------------------------------------

    def request(self, amount_won: int, reference: str = "", cashier: int = 0) -> Sale:
        """Asks for an amount: signed, on disk, to be shown. It can be paid for three minutes."""
        return self.till.request(amount_won, reference_of(reference), cashier)

    def text(self, sale: Sale) -> str:
        """What the QR of a request says."""
        return qr.to_text(sale.raw, self.till.paired.host)

    def picture(self, sale: Sale) -> bytes:
        """The QR as PNG."""
        return qr.png_bytes(self.text(sale))

    def wait(self, sale: Sale, tell: Callable[[bool], None] = lambda stands: None) -> Sale:
        """Until a request is paid, refused or over; then it may still be open, for `resume` to ask. tell(stands): whether
        the line stands, about every two seconds; what it raises ends the waiting."""
        return sync.wait(self.till, self.server, sale, tell)

    def scan(self, shown: str, amount_won: int, reference: str = "", cashier: int = 0) -> Sale:
        """Takes an amount on what a phone shows: a code, or its answer to a request of this till. The sale settled,
        refused, or open where nobody knows yet. AMOUNT_DIFFERS, OVER_CAP, OTHER_HOST, …"""
        till, found = self.till, scanner.message([shown], self.till.paired.host)
        if type(found.body) is Code:
            sale = till.charge(found, amount_won, reference_of(reference), cashier)
            return sync.take(till, self.server, sale, found.raw)
        if type(found.body) not in (Payment, Receipt):
            raise Refusal("BAD_FIELD", field="kind")
        sale = till.shown_request(found)
        if sale.body.amount_won != amount_won:
            raise Refusal("AMOUNT_DIFFERS", asked_won=sale.body.amount_won)
        return till.settle(sale, found.raw) if type(found.body) is Receipt else sync.take(till, self.server, sale, found.raw)

    # --- giving back -----------------------------------------------------------------------

    def refund(self, entry: int, amount_won: int, pin: str) -> Sale:
        """All or a part of payment `entry`, to who paid it. SIGN_IN_WRONG for another PIN."""
        key = keys.refund(self.folder, keys.check_pin(pin), self.till.paired.refund_key)
        return sync.give_back(self.till, self.server, self.till.refund(entry, amount_won, key))

    def void(self, entry: int, cashier: int = 0) -> Sale:
        """All of a payment that this till took at most ten minutes ago; no PIN."""
        return sync.give_back(self.till, self.server, self.till.void(entry, cashier))

    # --- the books -------------------------------------------------------------------------

    def sales(self, since_s: int = 0) -> list[Sale]:
        """By the journal alone, oldest first, receipts checked again. NotProven where somebody wrote one in."""
        return [self.till.read(kept) for kept in self.till.journal.lines(since_s)]

    def resume(self) -> list[Sale]:
        """Asks what became of all that is open, and learns the server's keys and clock: once at each start. What was
        closed by it. Raises Unclear when the line is down."""
        self.till.trust.learn(self.server.get("/api/city"), self.server.now_s())
        closed, stands = sync.resume(self.till, self.server)
        if not stands:
            raise Unclear("the line broke")
        return closed

    def day(self) -> dict:
        """What the server says of this till: day_total_won, day_sales, sales."""
        return self.server.get("/api/till", session=line.to_text(self.till.session()))


def reference_of(text: str) -> bytes:
    """FIELD_WRONG unless 0 to 19 of 0-9 A-Z -."""
    if len(text) > 19 or not all(letter.isascii() and (letter.isdigit() or letter.isupper() or letter == "-") for letter in text):
        raise Refusal("FIELD_WRONG", field="reference")
    return text.encode()
