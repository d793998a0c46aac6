"""Business days and day counts.

China's public holidays, the working weekends included, come from the library holidays (State Council notices to the
year they are published for; later years by the calendar's rules, without working weekends, which nobody knows yet).
"""

from __future__ import annotations

import calendar
import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase


@lru_cache(maxsize=1)
def _china() -> HolidayBase:
    import holidays  # late: only deals that ask for a calendar wait for it

    return holidays.country_holidays("CN")


def is_business_day(date: dt.date, name: str) -> bool:
    """Whether payments are made on a date; every day is one under the calendar `none`."""
    return name == "none" or bool(_china().is_working_day(date))


def adjusted(date: dt.date, name: str, convention: str) -> dt.date:
    """The date on which a payment due at `date` is made."""
    if convention == "unadjusted" or name == "none":
        return date
    forward = _next(date, name, 1)
    if convention == "preceding" or (convention == "modified_following" and forward.month != date.month):
        return _next(date, name, -1)
    return forward


def _next(date: dt.date, name: str, step: int) -> dt.date:
    while not is_business_day(date, name):
        date += dt.timedelta(days=step)
    return date


def year_fraction(start: dt.date, end: dt.date, day_count: str) -> float:
    """Years of interest between two dates.

    act_365 and act_360: days over 365 or 360. act_act (ISDA): days of each year over its length. 30_360 (US, without
    the rule of February's end): months of thirty days.
    """
    if day_count == "act_360":
        return (end - start).days / 360.0
    if day_count == "30_360":
        first = min(start.day, 30)
        last = 30 if end.day == 31 and first == 30 else end.day
        return (360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first) / 360.0
    if day_count == "act_act":
        years, at = 0.0, start
        while at < end:
            stop = min(dt.date(at.year + 1, 1, 1), end)
            years += (stop - at).days / (366.0 if calendar.isleap(at.year) else 365.0)
            at = stop
        return years
    return (end - start).days / 365.0
