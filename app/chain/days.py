"""Which days owe the public their figures: a day on which money moved has totals and a state root in the log.

Their absence proves no wrong, because the replay makes every balance itself, and what a night's outage
left out can't be put right later: so it is said in a remark each time, and is no failure.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.chain.body import Malformed
from app.money.orders import Totals

# The figures of a day are written in its first minute, or when the server starts; a long list may be paid before.
GRACE_S = 600
TOTALS_LIFE_S = 3600        # figures that were signed just before midnight may be entered after it
NAMED = 10                  # days in a remark


class Days:
    """Follows the entries' time through the city's days. `zone` is the genesis's word on when they begin."""

    def __init__(self, zone: str):
        self.remarks: list[str] = []
        try:
            self.zone = ZoneInfo(zone)
        except (ValueError, OSError, LookupError):
            self.zone = ZoneInfo("UTC")
            self.remarks.append(f"no time zone {zone!r} is known here: days were told by UTC")
        self.day = 0                # days since 1970-01-01
        self.began_s = self.ends_s = 0
        self.moved: dict[int, set[int]] = {}        # day -> programmes whose money moved
        self.told: dict[int, set[int]] = {}         # day -> coins whose totals were published
        self.rooted: set[int] = set()               # days with a state root

    def turn(self, time_s: int) -> None:
        """The next entry is of this time. Malformed if no calendar knows it."""
        if time_s < self.ends_s:
            return
        try:
            today = datetime.fromtimestamp(time_s, self.zone).date()
            self.began_s, self.ends_s = self._midnight(today), self._midnight(today + timedelta(days=1))
        except (ValueError, OverflowError, OSError):
            raise Malformed(f"{time_s} is no time") from None
        self.day = today.toordinal() - date(1970, 1, 1).toordinal()

    def _midnight(self, day: date) -> int:
        return int(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp())

    def take(self, time_s: int, programmes: Iterable[int]) -> None:
        """Money of these programmes moved."""
        if time_s >= self.began_s + GRACE_S:
            self.moved.setdefault(self.day, set()).update(programmes)

    def totals(self, time_s: int, totals: Totals) -> None:
        """Figures count for the day on which they were entered; another date in them counts for nothing."""
        late = totals.day == self.day - 1 and time_s < self.began_s + TOTALS_LIFE_S
        if totals.day == self.day or late:
            self.told.setdefault(totals.day, set()).add(totals.coin)

    def close(self, coins: dict[int, int]) -> tuple[str, ...]:
        """The remarks. coins: programme -> its coin. The day of the last entry may not be over: it owes nothing yet."""
        owing = [day for day, programmes in self.moved.items() if day < self.day and not (
            day in self.rooted and {coins[programme] for programme in programmes} <= self.told.get(day, set())
        )]
        if owing:
            names = ", ".join(str(date(1970, 1, 1) + timedelta(days=day)) for day in owing[:NAMED])
            more = f" and {len(owing) - NAMED} more" if len(owing) > NAMED else ""
            count = "1 day" if len(owing) == 1 else f"{len(owing)} days"
            self.remarks.append(f"{count} without totals or without a state root, though money moved: {names}{more}")
        return tuple(self.remarks)
