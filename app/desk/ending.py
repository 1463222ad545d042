"""Money that ends soon, and whose: what a slip says, and whom officers call or write to. Those without a phone hear of it no
other way.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.desk.office import Office
from app.errors import Refusal
from app.money.state import RESIDENT, Register
from app.people import access, addresses, calls, cards, joins, posted, register
from app.people.addresses import Addresses
from app.people.calls import Call
from app.people.posted import Posted

DAY_S = 86_400
WARN_DAYS, SOON_DAYS = 14, 3
NONE, CARD, WALLET = "none", "card", "wallet"       # how a person has their money; NONE: it waits for them
AT_ONCE = 200       # letters of one file
KEPT_S = 5          # a page may be so old: a hundred thousand people are read in seconds


@dataclass(frozen=True, slots=True)
class End:
    """What ends on one day of the city's clocks, the last on which it is good."""
    day: date
    left_days: int      # after today
    amount_won: int
    expires_at_s: int   # the latest of that day


@dataclass(frozen=True, slots=True)
class Ending:
    """One person and what of theirs ends soon, soonest first."""
    person: bytes       # 16
    kind: str
    ends: tuple[End, ...]
    call: Call | None   # of this time: none that was before
    letter: Posted | None

    @property
    def amount_won(self) -> int:
        return sum(end.amount_won for end in self.ends)


@dataclass(frozen=True, slots=True, repr=False)
class Warned:
    """A letter to one person. No repr: whoever reads a code can use it."""
    person: bytes
    name: str
    reference: str
    code: str           # to join with; empty for who has wallet or card
    until_s: int        # the code's
    ending: Ending


Held = tuple[bytes, str, tuple[End, ...]]       # person, kind, ends


def by_day(office: Office, held: Iterable[tuple[int, int]]) -> tuple[End, ...]:
    """(expires_at_s, won) of one person's money, as days, soonest first."""
    zone, days = office.city.zone, {}
    today = _day(office.now_s(), zone)
    for expires_at_s, won in sorted(held):
        day = _day(expires_at_s - 1, zone)
        before = days.get(day)
        days[day] = End(day, (day - today).days, won + (before.amount_won if before else 0), expires_at_s)
    return tuple(days.values())


@lru_cache(4_096)       # a city's money ends at few moments
def _day(at_s: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(at_s, zone).date()


def count(office: Office, days: int) -> int:
    """How many people's money ends within so many days."""
    now_s = office.now_s()
    return office.store.ending_count(now_s, now_s + days * DAY_S)


def people(office: Office, days: int) -> list[Ending]:
    """Whose money ends within so many days, who ends first before; those whom no person in the register stands for are left out."""
    return _with_calls(office, _held(office, days), days)


class Kept:
    """The same for pages, which ask at each click: who has what is read again after KEPT_S, who was called each time."""

    def __init__(self, office: Office):
        self.office = office
        self._kept: dict[int, tuple[float, int, list[Held]]] = {}     # days → when, the city's time of then, what

    def people(self, days: int) -> list[Ending]:
        read_at, then_s, held = self._kept.get(days, (0.0, 0, []))
        begun, now_s = time.monotonic(), self.office.now_s()
        if not (read_at and begun - read_at < KEPT_S and 0 <= now_s - then_s < KEPT_S):
            held = _held(self.office, days)
            self._kept[days] = time.monotonic(), now_s, held
        return _with_calls(self.office, held, days)


def ends_of(office: Office, person: bytes, days: int) -> tuple[End, ...]:
    """What of one person's money ends within so many days, by their own lots alone."""
    now_s, store = office.now_s(), office.store
    linked, waits = store.get(Register.PERSON, person), store.get(Register.RESERVED, person)
    account = store.get(Register.ACCOUNT, linked.account) if linked and linked.account else None
    lots = [lot for record in (account, waits) if record for lot in store.lots_of(RESIDENT, record.number)]
    return by_day(office, [(lot.expires_at_s, lot.balance_won) for lot in lots
                           if lot.balance_won and now_s < lot.expires_at_s <= now_s + days * DAY_S])


def _held(office: Office, days: int) -> list[Held]:
    now_s = office.now_s()
    held: dict[bytes, list[tuple[int, int]]] = {}
    without: set[bytes] = set()
    for owner, expires_at_s, won in office.store.ending(now_s, now_s + days * DAY_S):
        person, waits = _person(office, owner)
        if person:
            held.setdefault(person, []).append((expires_at_s, won))
            without |= {person} if waits else set()
    known, with_card, found = register.known(office.people, held), cards.holders(office.people), []
    for person, each in held.items():
        if person not in known:
            continue        # erased
        kind = NONE if person in without else CARD if person in with_card and _card_lives(office, person) else WALLET
        found.append((person, kind, by_day(office, each)))
    return found


def _with_calls(office: Office, held: list[Held], days: int) -> list[Ending]:
    called, written, found = calls.newest(office.people), posted.newest(office.people), []
    for person, kind, ends in held:
        from_s, call, letter = since_s(ends, days), called.get(person), written.get(person)
        found.append(Ending(person, kind, ends, call if call and call.at_s >= from_s else None,
                            letter if letter and letter.at_s >= from_s else None))
    return found


def _person(office: Office, owner: int) -> tuple[bytes, bool]:
    """Who an account number stands for, or empty; whether the money waits for them."""
    holder = office.store.holder_of(owner)
    if len(holder) == 16:
        return holder, True
    account = office.store.get(Register.ACCOUNT, holder) if holder else None
    return (account.person, False) if account else (b"", False)


def _card_lives(office: Office, person: bytes) -> bool:
    """Whether one of a person's cards still pays: a phone may have taken its place."""
    keys = (office.store.get(Register.KEY, card.key) for card in cards.of_person(office.people, person))
    return any(key is not None and not key.revoked for key in keys)


def since_s(ends: tuple[End, ...], days: int) -> int:
    """From when on a call was one about these `days`: at two weeks and at three days people are called again."""
    return ends[0].expires_at_s - days * DAY_S


def letters(office: Office, officer: int, chosen: list[Ending], days: int, why: str, to: Addresses = addresses.NONE) -> list[Warned]:
    """What is printed for the next AT_ONCE of these people who have no letter about these `days` yet; it is written down that
    they have one. LIST_EMPTY, REASON_MISSING, ADDRESS_MISSING."""
    why = access.reason(why)
    new = [each for each in chosen if not each.letter]
    to.expect(office.people, [each.person for each in new[:AT_ONCE]])
    wanted = ((each.person, since_s(each.ends, days)) for each in new)
    claimed = posted.claim(office.people, officer, wanted, AT_ONCE)
    return _printed(office, officer, [each for each in chosen if each.person in claimed], why)


def letters_again(office: Office, officer: int, chosen: list[Ending], batch: int, why: str, to: Addresses = addresses.NONE) -> list[Warned]:
    """A file made before once more, of those of its people who are chosen. Raises the same."""
    why, wanted = access.reason(why), [each for each in chosen if each.letter and each.letter.batch == batch]
    to.expect(office.people, [each.person for each in wanted])
    return _printed(office, officer, wanted, why)


def _printed(office: Office, officer: int, chosen: list[Ending], why: str) -> list[Warned]:
    """Who has neither wallet nor card gets a code, which ends the one before. Each is on the access record."""
    if not chosen:
        raise Refusal("LIST_EMPTY")
    coded = [each.person for each in chosen if each.kind == NONE]
    codes = {letter.person: letter for letter in joins.letters(office.people, officer, coded, why)}
    names = joins.addresses(office.people, officer, [each.person for each in chosen if each.kind != NONE], why)
    made = []
    for each in chosen:
        letter = codes.get(each.person)
        if letter:
            made.append(Warned(each.person, letter.name, letter.reference, letter.code, letter.until_s, each))
        elif each.person in names:
            made.append(Warned(each.person, *names[each.person], "", 0, each))
    return made
