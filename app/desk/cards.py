"""The counter for people without a phone: a paper card, whose key the city holds and uses for one request at a time, on the PIN.

The till signs its request as always; the server signs the payment in the holder's place. A card is an account's key like a phone's,
of the grade CARD: the ledger caps it for itself, its certificates are never given, and who reads the log sees which key it was.
"""

import secrets
from collections.abc import Sequence

from app.chain.body import decode
from app.desk import join, slip, pay as till_counter
from app.desk.found import Folder
from app.desk.office import Office
from app.desk.opening import open_signed
from app.desk.receipts import Settled
from app.desk.safe import Safe, open_safe
from app.errors import Refusal
from app.message import cose
from app.message.card import new_number
from app.message.keys import Signer, new_seed
from app.money import limits
from app.money.orders import CARD, AccountOpen, KeyAdd, Link, Payment, Request
from app.money.state import Key, Register
from app.people import blanks, cards, proposals
from app.people.cards import Card

WAITING, LIVE, BLOCKED = "waiting", "live", "revoked"
PIN_DIGITS = 6
OPENING_S = 300
ALIAS_BYTES = 8


# --- at the till ---------------------------------------------------------------------------

def pay(office: Office, till: int, card: tuple[str, str], raw: bytes) -> Settled:
    """Pays the till's own request out of the card (number, PIN); the same request again gives the same receipt.

    CARD_UNKNOWN, CARD_BLOCKED, CARD_NOT_YET, CARD_WAIT, CARD_PIN_WRONG, NOT_YOURS (another till's request), and as any sale.
    """
    request = open_signed(office, raw, (Request,))
    if request.body.till != till:
        raise Refusal("NOT_YOURS")
    found = cards.get(office.people, card[0])
    try:
        _must_be_held(office, till, found, card[1])
    except Refusal as refusal:
        office.refused.note_card(found.person, request, refusal)
        raise
    signer = _safe(office).open(found.sealed, found.key)
    # All of it follows from the request: sent again after a lost answer it is the same payment, not a second one.
    body = Payment(_alias(office, found.key), request.id[:16], request.body.amount_won, request.id[16:24], request.body.expires_at_s)
    return till_counter.settle(office, cose.sign(body, signer, office.chain_id), raw)


def balance(office: Office, till: int, number: str, pin: str) -> dict:
    """What the holder asks to have on paper: the sum, how much of it here, and what ends on which day, soonest first."""
    found = cards.get(office.people, number)
    _must_be_held(office, till, found, pin)
    return slip.left(office, found.key, till)


def _must_be_held(office: Office, till: int, found: Card, pin: str) -> None:
    """CARD_BLOCKED, CARD_NOT_YET, CARD_WAIT; CARD_PIN_WRONG by who is not its holder."""
    state = standing(office, found)
    if state == BLOCKED:
        raise Refusal("CARD_BLOCKED")
    if state == WAITING or not found.pin:
        raise Refusal("CARD_NOT_YET")
    wait_s = cards.count_try(office.people, found.number, till)
    if not _safe(office).pin_is(found.pin, found.number, pin):
        raise Refusal("CARD_PIN_WRONG", **({"wait_s": wait_s} if wait_s else {}))
    cards.was_right(office.people, found, till)


def standing(office: Office, card: Card) -> str:
    """LIVE: good at any till. WAITING: for the officers' signatures. BLOCKED: for good."""
    key = _key(office, card)
    if key is not None and key.revoked:
        return BLOCKED
    mine = key is not None and office.store.get(Register.ACCOUNT, key.account).person == card.person
    return LIVE if mine else WAITING


def _key(office: Office, card: Card) -> Key | None:
    return office.store.get(Register.KEY, card.key)


def _alias(office: Office, key: bytes) -> bytes:
    """The first one that the chain gave with the key. No till sees it, so that one is enough for ever."""
    entry = office.store.entries_of(Register.KEY, key)[0]
    return decode(office.store.entry(entry).a)[-1][-1][:ALIAS_BYTES]


# --- at the town office --------------------------------------------------------------------

def of_person(office: Office, person: bytes) -> Card | None:
    """The newest card of a person, whatever became of it."""
    return next(iter(cards.of_person(office.people, person)), None)


def make(office: Office, officer: int, person: bytes, until: tuple[bytes, int], number: str = "") -> Link | KeyAdd:
    """What officers sign so that a person has a new card, or the blank one of this number. Without an account: the card opens one
    and a link makes it theirs. With one: the card is added as a key, in the place of the card before, whose money it has.
    `until`: nonce, expiry. Asked for again it is the same card, but a blank one is signed for only by its number.

    CARD_UNCAPPED when no policy says how much a card may spend in a day; CARD_UNKNOWN (no blank); NOT_FOUND.
    """
    if day_won(office) is None:
        raise Refusal("CARD_UNCAPPED")
    before = cards.of_person(office.people, person)
    linked = office.store.get(Register.PERSON, person)
    beside = linked is not None and bool(linked.account)
    again = [card for card in before[:1] if standing(office, card) == WAITING and not is_loose(office, card)
             and not (beside and _was_somebodys(office, card))]
    card = _blank(office, officer, person, number) if number else again[0] if again else _new(office, officer, person)
    if not beside:
        return Link(officer, _own_account(office, card), person, *until)
    lost = [one.key for one in before if standing(office, one) == LIVE]
    return KeyAdd(officer, linked.account, card.key, CARD, *until, replaces=lost[0] if lost else b"")


def _blank(office: Office, officer: int, person: bytes, number: str) -> Card:
    """The blank one of this number, the person's from now on: out of the stock, or from somebody for whom it was scanned by mistake."""
    held = cards.find(office.people, number)
    if held is None:
        return blanks.give(office.people, officer, person, number)
    loose = is_loose(office, held)
    if held.person == person and standing(office, held) == WAITING and (not loose or held == of_person(office, person)):
        return held
    if not loose:
        raise Refusal("CARD_UNKNOWN")
    return blanks.pass_on(office.people, officer, person, held)


def is_loose(office: Office, card: Card) -> bool:
    """Whether it is a blank one that was scanned for its person and no officer has signed for: it may be passed on."""
    key = _key(office, card)
    if not card.batch or (key is not None and key.revoked):
        return False
    if _was_somebodys(office, card):
        return False
    own = key.account if key else b""
    bodies = [cose.parse(each.message).body for each in proposals.waiting(office.people)]
    return not any(isinstance(body, KeyAdd) and body.key == card.key or isinstance(body, Link) and body.account == own for body in bodies)


def _was_somebodys(office: Office, card: Card) -> bool:
    """Whether the account that the card opened was ever linked: a link gives it back with its money, but it can't be moved to another."""
    key = _key(office, card)
    return key is not None and len(office.store.entries_of(Register.ACCOUNT, key.account)) > 1


def _new(office: Office, officer: int, person: bytes) -> Card:
    seed, safe = new_seed(), _safe(office)
    card = Card(new_number(), person, Signer(seed).public, safe.seal(seed), "", officer, office.now_s())
    cards.add(office.people, card)
    return card


def make_blanks(office: Office, officer: int, count: int) -> int:
    """Cards that are nobody's yet, to be printed ahead; the number of their batch. CARD_UNCAPPED, CARD_STOCK_FULL."""
    if day_won(office) is None:
        raise Refusal("CARD_UNCAPPED")
    safe, made = _safe(office), []
    for _ in range(count):
        seed = new_seed()
        made.append(Card("", blanks.NOBODY, Signer(seed).public, safe.seal(seed), "", officer, office.now_s()))
    return blanks.add(office.people, made)


def blank_pins(office: Office, officer: int, batch: int, again: bool = False) -> list[tuple[str, str]]:
    """Number and PIN, told this once, of the cards of a batch that had no slip yet; `again`: of all that are left, whose earlier slips
    are worthless from then on. NOT_FOUND."""
    safe = _safe(office)
    drawn = [(card.number, _drawn()) for card in blanks.of_batch(office.people, batch) if again or not card.pin]
    hashed = {number: safe.hash_pin(number, pin) for number, pin in drawn}
    changed = blanks.set_pins(office.people, officer, batch, hashed)
    return [(number, pin) for number, pin in drawn if number in changed]


def _own_account(office: Office, card: Card) -> bytes:
    """The account that the card opened, opened now where there is none."""
    key = _key(office, card)
    if key is not None:
        return key.account
    body = AccountOpen(card.key, CARD, secrets.token_bytes(8), office.now_s() + OPENING_S)
    return join.open_account(office, cose.sign(body, _safe(office).open(card.sealed, card.key), office.chain_id)).account


def new_pin(office: Office, officer: int, card: Card, why: str = "") -> str:
    """Six digits for the PIN slip, told this once; an earlier PIN is over. `why`: where there was a slip before.
    CARD_IN_USE: who forgot the PIN gets a new card; REASON_MISSING, RESIDENT_NUMBER."""
    pin = _drawn()
    cards.set_pin(office.people, officer, card.number, _safe(office).hash_pin(card.number, pin), why)
    return pin


def new_pins(office: Office, officer: int, made: Sequence[Card], why: str = "") -> list[tuple[Card, str]]:
    """The same of many, but for those with which somebody paid meanwhile: an earlier one's PIN must not be lost for a later one."""
    told = []
    for card in made:
        try:
            told.append((card, new_pin(office, officer, card, why)))
        except Refusal as refusal:
            if refusal.word != "CARD_IN_USE":
                raise
    return told


def _drawn() -> str:
    return f"{secrets.randbelow(10 ** PIN_DIGITS):0{PIN_DIGITS}}"


def day_won(office: Office) -> int | None:
    """What a card may spend in 24 hours now."""
    with office.store.snapshot() as state:
        return limits.of_cards(state, office.now_s(), office.rules)


def _safe(office: Office) -> Safe:
    return open_safe(Folder(office.folder).card_key, new=not cards.any_made(office.people))
