"""The counter for when there is no network: certificates beforehand, and a signed no to what was taken."""

from dataclasses import dataclass

from app.desk.office import Office
from app.desk.opening import open_signed
from app.desk.receipts import must_be_signed
from app.errors import WORDS, Refusal
from app.message import cose
from app.money import policy
from app.money.orders import Act
from app.money.orders_offline import Certificate, OfflineKey, Refused
from app.money.state import OfflineKeyRecord, Register, State

# What devices call the figures of app.money.policy.
FIGURES = {
    "payer_won": policy.OFFLINE_PAYER, "till_won": policy.OFFLINE_TILL, "day_won": policy.OFFLINE_DAY,
    "life_s": policy.OFFLINE_LIFE,
}
SETTLING_S = 60             # a commit that began before a message expired has ended by then


@dataclass(frozen=True, slots=True)
class Certified:
    certificate: bytes      # COSE_Sign1, kind certificate
    record: OfflineKeyRecord


def certify(office: Office, raw: bytes) -> Certified:
    """A wallet's fresh key, certified; the same message again gives the same certificate."""
    must_be_signed(office)
    wanted = open_signed(office, raw, (OfflineKey,))
    office.sequencer.submit_opening(Act(wanted))
    record = office.store.get(Register.OFFLINE_KEY, wanted.body.key[:8])
    body = Certificate(office.issuer.operational, record.key, record.cap_won, record.from_s, record.until_s)
    return Certified(cose.sign(body, office.issuer.key, office.chain_id), record)


def right_of(office: Office, account: bytes) -> dict:
    """What a wallet must know before it asks, and while it can't: whether the account (8) may have a certificate, over how
    much now, and what the policy's dates say of later."""
    with office.store.snapshot() as state:
        right = state.get(Register.OFFLINE_RIGHT, account)
        return {"barred": bool(right and right.barred), "payer_won": policy.figure(state, policy.OFFLINE_PAYER, office.now_s()),
                "periods": _told(state, policy.OFFLINE_PAYER)}


def refused(office: Office, message: tuple[int, bytes], refusal: Refusal) -> bytes:
    """The operator's signed word that a message will never be settled; empty where it may be. message: its end and its id
    (32), as whoever asks tells them: the end is signed as well, or "too late" could be had for any id."""
    expires_at_s, message_id = message
    if not refusal.final or not expires_at_s:
        return b""
    must_be_signed(office)
    body = Refused(office.issuer.operational, message_id[:16], WORDS[refusal.word].number, office.now_s(), expires_at_s)
    return cose.sign(body, office.issuer.key, office.chain_id)


def never(office: Office, expires_at_s: int) -> bool:
    """Whether a message that is not settled now can't be any more: every entry from now on is later than its end."""
    return office.store.head().time_s > expires_at_s or office.now_s() > expires_at_s + SETTLING_S


def figures(office: Office) -> dict[str, list[list[int]]]:
    """What devices must know of the policy: name → [from, until, figure] of each period, the last of those that hold
    counts; so a device without a network follows the dates by itself."""
    with office.store.snapshot() as state:
        return {name: _told(state, subject) for name, subject in FIGURES.items()}


def _told(state: State, subject: int) -> list[list[int]]:
    return [[period.from_s, period.until_s, period.figure] for period in policy.periods(state, subject)]
