"""Whether the city can take payments now, and if not, why: one line for the operator's log, the console and /readyz."""

from app.desk.found import key_fault
from app.desk.office import Office
from app.errors import Refusal
from app.store.clock import Watch


def fault(office: Office) -> str:
    """What stops everything, in one line that says how it ends; empty when nothing does."""
    why = office.store.halted()
    if why:
        return f"halted: {why}: look into it, then `resume`"
    return clock_fault(office.sequencer.watch, office.store.head().time_s) or key_fault(office)


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
