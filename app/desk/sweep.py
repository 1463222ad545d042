"""Whether expired money may go back to its programmes now. Nobody can take that back, so a clock that jumped by more than a day
since this city was last seen at work stops it until the operator has looked. Payments go on by their own rule (app/store/clock.py).

A city that was switched off for two days looks just like a clock that leapt: both are asked about.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.desk.office import Office
from app.store.sqlite import SqliteStore

MOST_S = 86_400
SEEN_EVERY_S = 600      # so often it is written down that the city is at work


@dataclass(frozen=True, slots=True)
class Gap:
    """What was seen, for the operator to judge."""
    seen_at_s: int          # the city was last at work, by the clock of then
    entry_at_s: int         # of the last entry
    now_at_s: int           # by the clock of now

    @property
    def jump_s(self) -> int:
        return self.now_at_s - self.seen_at_s


def gap(store: SqliteStore, now_s: int) -> Gap | None:
    """Why the sweep waits for the operator; None: it may go on. Cheap: each page of the console asks."""
    seen_s = store.seen_s()
    if seen_s is None:
        seen_s = store.head().time_s        # nothing was written down yet: by the last entry
    if abs(now_s - seen_s) <= MOST_S:
        return None
    return Gap(seen_s, store.head().time_s, now_s)


def waits(office: Office) -> Gap | None:
    """As `gap`; and writes down that the city is at work, or what it was last seen at: the next payment must not hide a jump."""
    now_s, seen_s = office.now_s(), office.store.seen_s()
    found = gap(office.store, now_s)
    if found is None and (seen_s is None or abs(now_s - seen_s) >= SEEN_EVERY_S):
        office.store.keep_seen(now_s)
    if found is not None and seen_s is None:
        office.store.keep_seen(found.seen_at_s)
    return found


def confirm(store: SqliteStore, now_s: int) -> None:
    """The operator's word that the clock is right."""
    store.keep_seen(now_s)


def said(found: Gap) -> str:
    """One line: what was seen, and how it ends."""
    seen, entry, now = (f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M} UTC" for at_s in (found.seen_at_s, found.entry_at_s, found.now_at_s))
    way = "ahead of" if found.jump_s > 0 else "behind"
    hours = abs(found.jump_s) // 3600
    return (f"the sweep of expired money waits: the clock says {now}, {hours} hours {way} {seen}, when this city was last seen at work "
            f"(last entry {entry}). It was switched off, or the clock jumped. If the clock is right: `resume`; payments go on meanwhile")


def would_return(store: SqliteStore, now_s: int) -> str:
    """One line: what going on would give back. Adds up every expired lot (seconds for millions): for the operator's question
    and the hourly line of the log."""
    lots, won = store.expired_sum(now_s)
    return f"{lots:,} amounts, {won:,} won, would go back to their programmes"
