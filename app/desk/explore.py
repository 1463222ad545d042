"""What the public ledger shows to anyone: what stands in the log in clear, and the proofs of it.

Of a hidden or two-sided entry nothing is told but that it is there: its leaf tells no more. Live sums
would tell more than the log does, so what went back unspent is rounded here; the day's totals are exact.
"""

import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass, fields

from app.chain import checkpoint, tiles
from app.chain.body import decode
from app.chain.checkpoint import Checkpoint
from app.chain.entry import CLEAR, Entry, leaf_data
from app.chain.merkle import inclusion_proof, verify_inclusion
from app.chain.proof import Proof
from app.desk.office import Office
from app.desk.seal import city_day
from app.errors import Refusal
from app.message import cose, kinds, qr
from app.message.kinds import BLOCK, GENESIS
from app.money import orders
from app.money.orders import CHECKPOINT_KEY, RECEIPT_KEY
from app.money.registers import totals_id
from app.money.state import Register
from app.store.history import Supply
from app.store.read import Block

ROUGH_WON = 10_000
DAYS_SHOWN = 14
NO_MESSAGE = {GENESIS: "genesis", BLOCK: "block"}
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


# --- the log -------------------------------------------------------------------------------

def newest(office: Office) -> Checkpoint:
    """The newest checkpoint; of an empty log the one that it began with."""
    return checkpoint.parse(office.store.checkpoint() or office.checkpoints.last().note)


def tile(office: Office, path: str) -> bytes:
    """A tile or entry bundle of what the newest checkpoint covers. NOT_FOUND."""
    place = tiles.read_path(path)
    span = tiles.span(*place, newest(office).size) if place else None
    if span is None:
        raise Refusal("NOT_FOUND")
    start, end = span
    if place[0] == tiles.ENTRIES:
        return tiles.bundle(leaf_data(entry) for entry in office.store.entries_after(start - 1, end - start))
    return b"".join(office.store.hashes(place[0], start, end))


def proof(office: Office, number: int) -> Proof:
    """That entry `number` stands under the newest checkpoint. NOT_FOUND while none covers it."""
    over = newest(office)
    if not 0 <= number < over.size:
        raise Refusal("NOT_FOUND")
    return Proof(number, tuple(inclusion_proof(office.store.hashes, number, over.size)), over)


def verifier_keys(office: Office) -> list[str]:
    """The keys under which checkpoints verify, as monitors and witnesses take them."""
    return [
        checkpoint.verifier_key(newest(office).origin, record.key)
        for _, record in office.store.records(Register.OPERATIONAL) if record.role == CHECKPOINT_KEY
    ]


def witnesses(note: str, origin: str) -> list[str]:
    """Who signed a note besides the log itself."""
    return sorted({name for name, _, _ in checkpoint.signatures(note)} - {origin})


# --- blocks and entries --------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Shown:
    """One entry as anyone may see it."""
    number: int
    at_s: int
    form: int
    kind: str               # of a clear entry; else empty: the leaf does not tell
    leaf: bytes             # 32, leaf hash
    data: bytes             # leaf data
    block: Block | None     # None: genesis
    covered: bool           # by the newest checkpoint
    body: object            # of a clear entry's message, of app.money.orders; else None
    approvals: tuple[orders.Approval, ...]


def block(office: Office, height: int) -> Block:
    """NOT_FOUND if there is none of this height (from 1)."""
    found = office.store.blocks(before=height + 1, limit=1) if 0 < height < 2**53 else []
    if not found or found[0].header.height != height:
        raise Refusal("NOT_FOUND")
    return found[0]


def height_before(office: Office, at_s: int) -> int:
    """The height of the first block at `at_s` or later; one above the last if there is none."""
    found = office.store.block_of(max(1, office.store.first_at(at_s)))
    return found.header.height if found else office.store.head().height + 1


def entries(office: Office, first: int, last: int) -> list[Shown]:
    """Entries first..last of one block."""
    over, found = newest(office).size, office.store.entries_after(first - 1, last - first + 1)
    return [shown(office, entry, over) for entry in found]


def entry(office: Office, number: int) -> Shown:
    """NOT_FOUND if there is none yet."""
    try:
        found = office.store.entry(number)
    except (KeyError, OverflowError):
        raise Refusal("NOT_FOUND") from None
    return shown(office, found, newest(office).size)


def shown(office: Office, found: Entry, covered: int) -> Shown:
    kind, body, approvals = "", None, ()
    if found.form == CLEAR:
        kind = NO_MESSAGE.get(found.kind) or kinds.BY_NUMBER[found.kind].name
    if kind and found.kind not in NO_MESSAGE:
        _, _, _, raw, _, pairs = decode(found.a)
        body, approvals = cose.parse(raw).body, tuple(cose.parse(each).body for each, _ in pairs)
    return Shown(
        found.number, found.time_s, found.form, kind, found.leaf, leaf_data(found),
        office.store.block_of(found.number), found.number < covered, body, approvals,
    )


def facts(body: object) -> list[tuple[str, int | bytes]]:
    """The signed fields of a clear message, in the order in which they are signed."""
    return [(field.name, getattr(body, field.name)) for field in fields(body)]


# --- how much there is ---------------------------------------------------------------------

def supply(office: Office) -> list[Supply]:
    """Every coin's figures now. What expired is rounded down and still counts as outstanding for the rest:
    one person's leftover could be read off the difference of two moments."""
    found = office.store.supply()
    return [_rough(found.get(coin.number, Supply(coin.number, 0, 0, 0, 0))) for coin in office.city.coins]


def _rough(exact: Supply) -> Supply:
    expired_won = exact.expired_won // ROUGH_WON * ROUGH_WON
    outstanding_won = exact.issued_won - exact.redeemed_won - expired_won
    return Supply(exact.coin, exact.issued_won, exact.redeemed_won, expired_won, outstanding_won)


def daily_totals(office: Office) -> list[tuple[int, orders.Totals]]:
    """(entry, totals) of the last two weeks, newest day first, as they stand in the log."""
    today, found = city_day(office, office.now_s()), []
    for day in range(today, today - DAYS_SHOWN, -1):
        for coin in office.city.coins:
            number = office.store.entry_of(*totals_id(day, coin.number))
            if number is not None:
                found.append((number, entry(office, number).body))
    return found


# --- registers -----------------------------------------------------------------------------

def tills_of_shops(office: Office) -> dict[int, int]:
    """How many working tills each shop has."""
    count: dict[int, int] = {}
    for _, till in office.store.records(Register.TILL):
        if till.rights:
            count[till.shop] = count.get(till.shop, 0) + 1
    return count


def served(office: Office) -> Shown | None:
    """The newest entry that says which files browsers are served; None while there is none."""
    numbers = office.store.entries_of(Register.SERVED, 0)
    return entry(office, numbers[-1]) if numbers else None


# --- a receipt -----------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Judged:
    """A receipt whose signature holds, set beside the log."""
    receipt: orders.Receipt
    same_leaf: bool         # the log's entry of this number is the one that the receipt names
    proof: Proof | None     # None: no checkpoint covers it yet
    in_tree: bool           # the proof holds for the leaf on the receipt


def judge(office: Office, text: str) -> Judged:
    """What a receipt proves. Its QR's text, its digits, or base64url. Refusals of the message, and UNKNOWN_KEY."""
    parsed = cose.parse(_receipt_bytes(office, text.strip()))
    if type(parsed.body) is not orders.Receipt:
        raise Refusal("WRONG_PURPOSE")
    key = office.store.get(Register.OPERATIONAL, parsed.body.operational)
    if key is None or key.role != RECEIPT_KEY:
        raise Refusal("UNKNOWN_KEY")
    body = cose.verify(parsed, key.key, office.chain_id, office.other_chains, office.diagnoses.take).body
    try:
        same_leaf = office.store.entry(body.entry).leaf == body.leaf
        found = proof(office, body.entry)
    except KeyError:
        return Judged(body, False, None, False)
    except Refusal:
        return Judged(body, same_leaf, None, False)
    over = found.checkpoint
    return Judged(body, same_leaf, found, verify_inclusion(body.leaf, body.entry, over.size, found.hashes, over.root))


def _receipt_bytes(office: Office, text: str) -> bytes:
    if _BASE64URL.fullmatch(text) and not text.isdecimal() and len(text) % 4 != 1:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return qr.from_text(text, [office.genesis.host])


def page_of(listed: Sequence, after: int, count: int) -> tuple[Sequence, int]:
    """One page of (number, …) rows with numbers above `after`, and the number to go on from; 0: that was all."""
    rest = [row for row in listed if row[0] > after]
    return rest[:count], rest[count - 1][0] if len(rest) > count else 0
