"""A phone's code where neither side has a network, judged by the till alone: the certificate under a receipt key that
the roots certified, the code under the certificate's key, its times and its sums. As strict as the server, or stricter.
The same rules stand in static/js/till/offlinecheck.js.
"""

from dataclasses import dataclass

from app.errors import Refusal
from app.message import cose
from app.message.cose import Parsed
from app.money.amount import won
from app.money.orders import EXACT, RECEIPT_KEY
from app.money.orders_offline import Certificate, Deposit, OfflineCode
from pos.allowance import Allowance
from pos.till import Sale, State, Till

DEPOSIT_S = 14 * 86_400     # how long after its certificate's end a code is deposited
SHOWN_S = 60                # a code is on the screen for so long
CLOCKS_S = 60               # by so much two clocks may differ that a server set last
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Shown:
    """A code with its certificate, both proven."""
    raw: bytes              # code and certificate
    id: bytes               # 32, of the code
    code: OfflineCode
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Taken:
    """What this till took of one certificate."""
    spent_won: int
    counts: frozenset[int]


def is_both(raw: bytes) -> bool:
    """Whether bytes hold two messages, one behind the other."""
    return 0 < cose.length_of_first(raw) < len(raw)


def code_of(raw: bytes) -> bytes:
    """The code's own bytes."""
    return raw[:cose.length_of_first(raw)]


def opened(till: Till, raw: bytes) -> Shown:
    """Form and signatures. Refusal as cose.parse and cose.verify; BAD_FIELD where it is something else, UNKNOWN_KEY for a
    receipt key that doesn't stand certified, or a certificate for another key."""
    certificate, code = cose.parse(raw[cose.length_of_first(raw):]), cose.parse(code_of(raw))
    _expect(code, OfflineCode)
    _expect(certificate, Certificate)
    signer = till.trust.key(RECEIPT_KEY, certificate.body.operational, till.now_s())
    if code.body.number != certificate.body.key[:8]:
        raise Refusal("UNKNOWN_KEY")
    cose.verify(certificate, signer, till.paired.chain_id)
    proven = cose.verify(code, certificate.body.key, till.paired.chain_id)
    if code.body.expires_at_s != certificate.body.until_s + DEPOSIT_S:
        raise Refusal("BAD_FIELD", field="expires_at_s")
    return Shown(raw, proven.id, code.body, certificate.body)


def judge(shown: Shown, amount_won: int, now_s: int, taken: Taken) -> None:
    """Returns where it pays this amount here and now. TOO_FAR_AHEAD, EXPIRED, CODE_USED (this count was taken here
    before), AMOUNT_DIFFERS, OVER_CAP."""
    code, certificate = shown.code, shown.certificate
    if now_s < certificate.from_s or code.shown_until_s > now_s + SHOWN_S + CLOCKS_S:
        raise Refusal("TOO_FAR_AHEAD")
    if now_s > code.shown_until_s or now_s >= certificate.until_s:
        raise Refusal("EXPIRED")
    if code.count in taken.counts:
        raise Refusal("CODE_USED")
    if code.mode == EXACT and code.amount_won != won(amount_won):
        raise Refusal("AMOUNT_DIFFERS", asked_won=code.amount_won)
    cap_won = min(code.amount_won, certificate.cap_won - taken.spent_won)
    if won(amount_won) > cap_won:
        raise Refusal("OVER_CAP", cap_won=max(0, cap_won))


def take(till: Till, shown: Shown, amount_won: int, marks: tuple[bytes, int], allowance: Allowance | None) -> Sale:
    """The deposit for it, on disk. marks: reference and cashier. allowance: what the city lets a till take without a network;
    None with one. Raises as `judge`; OFFLINE_OFF, OFFLINE_DAY_FULL."""
    now_s = till.now_s()
    judge(shown, amount_won, now_s, taken_of(till, shown))
    if allowance is not None:
        allowance.check(amount_won)
    taken_at_s = max(shown.certificate.from_s, min(now_s - 1, shown.code.shown_until_s, shown.certificate.until_s - 1))
    return till.deposit(shown.id, amount_won, (taken_at_s, shown.code.expires_at_s), shown.raw, *marks)


def taken_of(till: Till, shown: Shown) -> Taken:
    """By the journal, whatever became of it: a refused one counts as well."""
    spent_won, counts = 0, set()
    for line in till.journal.lines(shown.certificate.from_s - DAY_S):
        body = cose.parse(line.raw).body
        if type(body) is Deposit:
            code = cose.parse(code_of(line.payer)).body
            if code.number == shown.code.number:
                spent_won += body.amount_won
                counts.add(code.count)
    return Taken(spent_won, frozenset(counts))


def waiting(till: Till) -> list[Sale]:
    """Taken without a network, and neither settled nor refused yet; oldest first."""
    return [sale for sale in till.open_sales() if type(sale.body) is Deposit and sale.state is State.SIGNED]


def lost(till: Till) -> list[Sale]:
    """Taken without a network, and refused for good because this till was revoked since (pos.brought)."""
    kept = [till.read(line) for line in till.journal.lines() if line.word == "TILL_REVOKED"]
    return [sale for sale in kept if type(sale.body) is Deposit]


def _expect(parsed: Parsed, kind: type) -> None:
    if type(parsed.body) is not kind:
        raise Refusal("WRONG_PURPOSE")
