"""Lists that come again every month: when the day comes, a new draft waits on its maker's desk."""

import calendar
from datetime import datetime

from app.desk.office import Office
from app.people import series
from app.people.series import Series

HOUR = 6        # before the office opens


def begin(office: Office, officer: int, list_id: bytes, day: int) -> Series:
    """From next month on. Raises what app.people.series.begin does."""
    return series.begin(office.people, list_id, officer, day, next_s(office, min(max(day, 1), 31)))


def prepare_due(office: Office) -> bool:
    """Makes the drafts of today. Whether there was one."""
    return any([series.prepare(office.people, one, next_s(office, one.day)) for one in series.due(office.people)])


def next_s(office: Office, day: int) -> int:
    """That day of the month after this one, in the city; a shorter month's last."""
    now = datetime.fromtimestamp(office.now_s(), office.city.zone)
    year, month = (now.year, now.month + 1) if now.month < 12 else (now.year + 1, 1)
    last = calendar.monthrange(year, month)[1]
    return int(datetime(year, month, min(day, last), HOUR, tzinfo=office.city.zone).timestamp())
