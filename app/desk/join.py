"""The counter where a resident joins: an account for a new key, aliases for a phone, a link to a person."""

from dataclasses import dataclass

from app.chain.body import decode
from app.chain.entry import Entry
from app.desk.office import Office
from app.desk.opening import open_signed
from app.errors import Refusal
from app.message import kinds
from app.money.orders import AccountOpen, Act, AliasBatch, Join, Session
from app.money.signers import in_time
from app.money.state import Key, Register
from app.people import joins

ALIAS_BYTES = 8
KEY_ADD = kinds.BY_NAME["key-add"].number


@dataclass(frozen=True, slots=True)
class Opened:
    account: bytes              # 8
    aliases: tuple[bytes, ...]  # 8 each


def open_account(office: Office, raw: bytes) -> Opened:
    """A new account for a new key; the same message again gives the same account."""
    number = office.sequencer.submit_opening(Act(open_signed(office, raw, (AccountOpen,))))
    account, aliases = _given(office, number)
    return Opened(account, _split(aliases))


def more_aliases(office: Office, raw: bytes) -> tuple[bytes, ...]:
    number = office.sequencer.submit_opening(Act(open_signed(office, raw, (AliasBatch,))))
    return _split(_given(office, number)[0])


def _given(office: Office, number: int) -> list[bytes]:
    """What the chain gave with a hidden act: the last item of its body."""
    return decode(office.store.entry(number).a)[-1]


def _split(aliases: bytes) -> tuple[bytes, ...]:
    return tuple(aliases[at:at + ALIAS_BYTES] for at in range(0, len(aliases), ALIAS_BYTES))


def session(office: Office, raw: bytes) -> Session:
    """Who reads: a wallet (signer is an alias) or a till (a number), proven by its key.
    EXPIRED, TOO_FAR_AHEAD, REVOKED_KEY, TILL_REVOKED and what opening refuses. A stopped phone that proves its key is told
    what its owner must know: stopped_at_s, and replaced (1: another phone took its place)."""
    signed = open_signed(office, raw, (Session,))
    in_time(office.now_s(), office.rules, signed.body)
    if isinstance(signed.body.signer, bytes):
        _live(office, signed.key)
    elif not office.store.get(Register.TILL, signed.body.signer).rights:
        raise Refusal("TILL_REVOKED")
    return signed.body


def _live(office: Office, key: bytes) -> None:
    try:
        key_record(office, key)
    except Refusal as refusal:
        if refusal.word != "REVOKED_KEY":
            raise
        last = _last(office, key)
        raise Refusal(refusal.word, stopped_at_s=last.time_s, replaced=int(last.kind == KEY_ADD)) from None


def was_replaced(office: Office, key: bytes) -> bool:
    """Of a device that was stopped: whether by the one that took its place, and not by an officer alone."""
    return _last(office, key).kind == KEY_ADD


def _last(office: Office, key: bytes) -> Entry:
    """Nothing is written of a key after its end."""
    return office.store.entry(office.store.entries_of(Register.KEY, key)[-1])


def key_record(office: Office, key: bytes) -> Key:
    found = office.store.get(Register.KEY, key)
    if found is None:
        raise Refusal("UNKNOWN_KEY")
    if found.revoked:
        raise Refusal("REVOKED_KEY")
    return found


def key_of(office: Office, alias: bytes) -> bytes:
    """The key (32) that an alias stands for."""
    found = office.store.get(Register.ALIAS, alias)
    if found is None:
        raise Refusal("UNKNOWN_KEY")
    return found.key


def account_of(office: Office, alias: bytes) -> bytes:
    """The account (8) behind an alias."""
    return key_record(office, key_of(office, alias)).account


def owner_of(office: Office, alias: bytes) -> bytes:
    """The same, whether or not the key was revoked since; empty where there is no such alias."""
    found = office.store.get(Register.ALIAS, alias)
    return office.store.get(Register.KEY, found.key).account if found else b""


def shown_to_officer(office: Office, raw: bytes) -> bytes:
    """The account (8) of a wallet whose join message an officer scanned."""
    signed = open_signed(office, raw, (Join,))
    in_time(office.now_s(), office.rules, signed.body)
    return key_record(office, signed.key).account


def wish(office: Office, raw: bytes, code: str) -> joins.Wish:
    """The wallet typed the code that the office sent its person. An officer's signature links."""
    return joins.wish(office.people, code, shown_to_officer(office, raw))
