"""Whether the city can take payments now, and if not, why: one line for the operator's log, the console and /readyz."""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.desk.found import KEY_NAMES, key_fault
from app.desk.office import Office
from app.errors import Refusal
from app.money.state import Register
from app.store.clock import Watch
from app.store.database import free_bytes
from app.store.sqlite import LEAST_ROOM

EARLY_ROOM = 1 << 30

DAY_S = 86_400
KEYS_WARN_S, KEYS_SOON_S = 60 * DAY_S, 14 * DAY_S       # the roots are three people who have to meet


@dataclass(frozen=True, slots=True)
class KeysEnd:
    """The first of the server's own keys to end; from then on nothing is paid."""
    name: str
    at_s: int
    is_soon: bool

    @property
    def line(self) -> str:
        return (f"the server's {self.name} key ends on {datetime.fromtimestamp(self.at_s, UTC):%Y-%m-%d}, and nothing is paid from then on: "
                "`renew` writes the sheet that asks the roots for three more years")


def keys_end(office: Office) -> KeysEnd | None:
    """Said while the roots still have time. None: no key ends within 60 days, or one has, which is a fault."""
    records = [(office.store.get(Register.OPERATIONAL, role), name) for role, name in KEY_NAMES.items()]
    at_s, name = min((record.valid_until_s if record else 0, name) for record, name in records)
    left_s = at_s - office.now_s()
    return KeysEnd(name, at_s, left_s <= KEYS_SOON_S) if 0 < left_s <= KEYS_WARN_S else None


def fault(office: Office) -> str:
    """What stops everything, in one line that says how it ends; empty when nothing does."""
    why = office.store.halted()
    if why:
        return f"halted: {why}: look into it, then `resume`"
    return office.store.full() or clock_fault(office.sequencer.watch, office.store.head().time_s) or key_fault(office)


def narrow(office: Office) -> str:
    """That the disk fills up, early enough to do something about it; empty while there is room."""
    left = free_bytes(office.store.path)
    if left >= EARLY_ROOM:
        return ""
    return f"the disk of {office.folder} has {left >> 20} MB left; below {LEAST_ROOM >> 20} MB nothing is paid any more"


def clock_fault(watch: Watch, last_s: int) -> str:
    """Why an entry after one of `last_s` has no time that can be believed; empty when it has."""
    try:
        watch.time_s(last_s)
    except Refusal as refusal:
        return _said(**refusal.facts)
    return ""


def _said(jump_s: int = 0, behind_s: int = 0) -> str:
    if behind_s:
        return (f"the clock is {behind_s} s behind the last entry: all wait until it has caught up; "
                "if it is wrong now, set it right")
    way = "ahead" if jump_s > 0 else "back"
    return (f"the clock leapt {abs(jump_s)} s {way} while the server ran: all wait until it is set right; "
            "if it is right now, start `run` again")
