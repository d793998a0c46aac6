"""What trustees report after issue, placed on the payment dates of the deal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kmv_core.deal.deal import Deal
from kmv_core.deal.schedule import Schedule
from kmv_core.vocabulary.checks import Floats, nearest
from kmv_core.vocabulary.errors import KmvError, problem

ITEMS = ("principal_paid", "interest_paid", "outstanding")
"""What a trustee's report says of each tranche, money: paid in the period, and the balance after the payment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One trustee report: net collections of a period, money; its date is the payment date or a day before it."""

    date: dt.date
    collections: float
    defaults: tuple[str, ...] = ()
    """Licensees in default; one that was named stays in default."""
    tranches: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """The trustee's own figures by tranche and item of ITEMS."""


def payment_index(deal: Deal, schedule: Schedule, date: dt.date) -> int:
    """The payment date a report belongs to; raises KmvError E354 outside the deal."""
    if not deal.closing_date < date <= max(schedule.dates[-1], schedule.due_dates[-1]):
        low, high = deal.closing_date.isoformat(), schedule.dates[-1].isoformat()
        raise KmvError(problem("E354", found=date.isoformat(), low=low, high=high))
    return min(sum(each < date for each in schedule.dates), len(schedule.dates) - 1)


def collected_by_date(deal: Deal, schedule: Schedule, reports: Sequence[Report]) -> Floats:
    """Reported collections by payment date, up to the last one reported; money.

    Reports of one payment date are added up. Raises KmvError E353 for a payment date left out.
    """
    by_date: dict[int, float] = {}
    for each in reports:
        at = payment_index(deal, schedule, each.date)
        by_date[at] = by_date.get(at, 0.0) + each.collections
    count = max(by_date, default=-1) + 1
    for at in range(count):
        if at not in by_date:
            raise KmvError(problem("E353", found=schedule.dates[at].isoformat()))
    return np.array([by_date[at] for at in range(count)], dtype=np.float64)


def defaults_by_licensee(deal: Deal, schedule: Schedule, reports: Sequence[Report]) -> dict[str, int]:
    """The payment date (its index) at which each licensee was first reported in default.

    Raises KmvError E372 for a name that is no licensee of the deal.
    """
    known = {each.licensee for each in deal.licences}
    found: dict[str, int] = {}
    for each in sorted(reports, key=lambda report: report.date):
        for name in each.defaults:
            if name not in known:
                raise KmvError(problem("E372", found=name, nearest=nearest(name, known)))
            found.setdefault(name, payment_index(deal, schedule, each.date))
    return found
