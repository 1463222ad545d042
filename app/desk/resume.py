"""Going on after what only an operator may end: a halt, and the sweep that waits. Each is asked for itself: what a sweep gives
back stays there.
"""

from collections.abc import Callable

from app.desk import ready, sweep
from app.store.clock import Watch
from app.store.sqlite import SqliteStore

Tell, Ask = Callable[[str], None], Callable[[str], bool]


def clock(store: SqliteStore, now: Callable[[], float], tell: Tell) -> None:
    """Tells of a clock behind the last entry; nobody's word ends that."""
    fault = ready.clock_fault(Watch(now), store.head().time_s)
    if fault:
        tell(fault.capitalize())


def halt(store: SqliteStore, check: Callable[[], None], tell: Tell, ask: Ask) -> bool:
    """Whether nothing is halted any more. `check` raises where the ledger would fork: no word of the operator's lifts that."""
    why = store.halted()
    tell(f"Halted: {why}" if why else "Nothing is halted.")
    if not why:
        return True
    check()
    if not ask("Have you found the reason, and shall the city go on?"):
        return False
    store.lift()
    tell("Going on.")
    return True


def swept(store: SqliteStore, now: Callable[[], float], tell: Tell, ask: Ask) -> bool:
    """Whether the sweep waits no more."""
    now_s = int(now())
    waits = sweep.gap(store, now_s)
    if not waits:
        return True
    line = f"{sweep.said(waits)}; {sweep.would_return(store, now_s)}"
    tell(line[:1].upper() + line[1:])
    if not ask("Is this machine's clock right, and shall that money go back?"):
        return False
    sweep.confirm(store, int(now()))
    tell("The sweep goes on.")
    return True
