"""The counter for a till's saved queue: what a broken or stolen till took without a network, in a file that its shop brings. Here it
is looked through and, if the officer wishes, handed in for the till: each line is signed by payer and till, and the ledger
decides it as if the till had sent it. Nothing of the file is kept, and nothing in it is believed but signatures.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.desk import lookup, pay
from app.desk.office import Office
from app.desk.opening import open_signed
from app.desk.receipts import Settled
from app.errors import Refusal
from app.message import cose
from app.money.apply import apply
from app.money.orders import Sale
from app.money.orders_offline import Deposit, OfflineCode
from app.money.rules import in_force
from app.people import access
from app.people.access import Access

LONGEST, MOST_LINES, MOST = 24_000_000, 100_000, 1_000     # bytes and lines of a file: a year of a busy till; of them to hand in
SETTLED, GOOD, LATER, REFUSED, TWICE, UNREADABLE = STATES = ("settled", "good", "later", "refused", "twice", "unreadable")
OF_THE_TILL = "TILL_REVOKED"    # another till of the shop may claim the code in this one's place (pos/brought.py)


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of the file: a code and the till's claim on it, as they stand there."""
    payer: str      # base64url
    payee: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line, and how it stands."""
    state: str
    claim: Deposit | None = None        # none of one that can't be read
    refusal: Refusal | None = None      # why it is not settled
    entry: int = 0                      # that settled it

    @property
    def amount_won(self) -> int:
        return self.claim.amount_won if self.claim else 0


# --- the file ------------------------------------------------------------------------------

def read(office: Office, raw: bytes) -> list[Pair]:
    """The lines of a queue (`export`, or saved at a tablet) or of a till's whole record. QUEUE_FILE where it is neither, or holds
    nothing that was taken without a network; OTHER_CHAIN, TOO_LARGE, TOO_MANY."""
    if len(raw) > LONGEST:
        raise Refusal("TOO_LARGE", most=LONGEST)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal("QUEUE_FILE") from None
    whole = _json(text)
    if isinstance(whole, dict) and "sales" in whole:
        if whole.get("chain_id") != office.chain_id.hex():
            raise Refusal("OTHER_CHAIN")
        pairs = [_pair(each, "payee") for each in whole["sales"]] if isinstance(whole["sales"], list) else []
    else:
        pairs = list(_record(text))
    if not pairs:
        raise Refusal("QUEUE_FILE")
    if len(pairs) > MOST:
        raise Refusal("TOO_MANY", most=MOST)
    return pairs


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _record(text: str) -> Iterator[Pair]:
    """What a tablet or a till PC wrote down as taken without a network, out of all that it wrote."""
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        raise Refusal("TOO_MANY", most=MOST_LINES)
    for line in lines:
        row = _json(line)
        if not isinstance(row, dict):
            continue
        if (row.get("what"), row.get("kind")) == ("sent", "deposit"):
            yield _pair(row, "message")
        elif row.get("what") == "message" and _is_deposit(pair := _of_pc(row)):
            yield pair


def _is_deposit(pair: Pair) -> bool:
    """Also one that can't be read any more: it is shown as such, and not left out in silence."""
    opened = _opened(pair)
    return isinstance(opened, Deposit) or bool(pair.payer) and opened.word != "WRONG_PURPOSE"


def _of_pc(row: dict) -> Pair:
    """A PC keeps the code with its certificate behind it."""
    pair = _pair(row, "raw")
    try:
        both = _octets(pair.payer)
    except Refusal:
        return pair
    return Pair(_text(both[:cose.length_of_first(both)]), pair.payee)


def _pair(row: object, payee: str) -> Pair:
    """Also of a line that holds none: it is shown as one that can't be read."""
    said = row if isinstance(row, dict) else {}
    return Pair(*(value if isinstance(value, str) else "" for value in (said.get("payer"), said.get(payee))))


# --- how it stands -------------------------------------------------------------------------

def look(office: Office, officer: int, pairs: Sequence[Pair], reason: str) -> list[Row]:
    """How each line stands now. Who looked, at whose till's file and why, is on record before: REASON_MISSING, RESIDENT_NUMBER."""
    opened = [_opened(each) for each in pairs]
    tills = sorted({claim.till for claim in opened if isinstance(claim, Deposit)})
    with office.people.write() as connection:
        for till in tills or [0]:
            access.record(connection, Access(0, office.now_s(), officer, access.of_till(till), "queue", reason))
    return _judged(office, pairs, opened)


def hand_in(office: Office, officer: int, pairs: Sequence[Pair], reason: str) -> tuple[list[Row], int]:
    """Hands in what is good, for the till; how all of it stands then, and how many were settled by this. As `look`."""
    before = look(office, officer, pairs, reason)
    settled = sum(_settles(office, pair) for pair, row in zip(pairs, before, strict=True) if row.state == GOOD)
    return _judged(office, pairs, [_opened(each) for each in pairs]), settled


def _settles(office: Office, pair: Pair) -> bool:
    try:
        pay.settle(office, _octets(pair.payer), _octets(pair.payee))
    except Refusal:
        return False        # the next look says why
    return True


def _judged(office: Office, pairs: Sequence[Pair], opened: Sequence[Deposit | Refusal]) -> list[Row]:
    seen: set[Pair] = set()
    rows = []
    for pair, claim in zip(pairs, opened, strict=True):
        if isinstance(claim, Refusal):
            rows.append(Row(UNREADABLE, refusal=claim))
        elif pair in seen:
            rows.append(Row(TWICE, claim))
        else:
            rows.append(_row(office, pair, claim))
        seen.add(pair)
    return rows


def _opened(pair: Pair) -> Deposit | Refusal:
    """The till's claim, by its form alone; why there is none."""
    try:
        code, claim = (cose.parse(_octets(each)).body for each in (pair.payer, pair.payee))
    except Refusal as refusal:
        return refusal
    return claim if type(code) is OfflineCode and type(claim) is Deposit else Refusal("WRONG_PURPOSE")


def _row(office: Office, pair: Pair, claim: Deposit) -> Row:
    """By the ledger; of what isn't in it, by the rules of money at this moment, which decide again when it is handed in."""
    try:
        payer, payee = open_signed(office, _octets(pair.payer), (OfflineCode,)), open_signed(office, _octets(pair.payee), (Deposit,))
        known = lookup.outcome(office, claim.expires_at_s, payee.id)
        if isinstance(known, Settled):
            return Row(SETTLED, claim, entry=known.entry)
        if known is not None:
            raise known
        with office.store.snapshot() as state:
            apply(state, Sale(payer, payee), office.now_s(), in_force(state))
    except Refusal as refusal:
        return Row(REFUSED if refusal.final else LATER, claim, refusal)
    return Row(GOOD, claim)


def _octets(text: str) -> bytes:
    """NOT_A_MESSAGE where it is no base64url, as it is written: no two texts are one message."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (NotBase64, ValueError):
        raise Refusal("NOT_A_MESSAGE") from None
    if _text(raw) != text:
        raise Refusal("NOT_A_MESSAGE")
    return raw


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
