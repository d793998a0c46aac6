"""Payment dates, accrual times and collection windows of a deal.

Payment dates run from the first by whole months (a month end stays one, as EDATE does); the legal maturity is
the last even off that rhythm. Times are years ACT/365 from closing. The collection window of a date ends
`collection_lag` days before it; the first opens at the cut-off date, so cash of the transition period arrives
at the first payment date.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from dateutil.relativedelta import relativedelta

from kmv_core.deal.deal import Deal
from kmv_core.vocabulary.checks import Floats

DAYS_A_YEAR = 365.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """The dates of a deal and the times they stand for; every array has one entry a payment date."""

    dates: tuple[dt.date, ...]
    times: Floats
    """Years from closing."""
    accruals: Floats
    """Years since the payment date before, the first since closing."""
    window_ends: Floats
    """End of each collection window, years from the cut-off date."""

    def index_of(self, date: dt.date) -> int:
        """The last payment date on or before `date`; -1 if all are later."""
        return sum(each <= date for each in self.dates) - 1


def schedule_of(deal: Deal) -> Schedule:
    """The schedule of a deal whose dates are in order."""
    dates = payment_dates(deal)
    times = np.array([(each - deal.closing_date).days for each in dates]) / DAYS_A_YEAR
    ends = np.array([(each - deal.pool.cutoff_date).days - deal.collection_lag for each in dates]) / DAYS_A_YEAR
    return Schedule(dates, times, np.diff(times, prepend=0.0), np.maximum(ends, 0.0))


def payment_dates(deal: Deal) -> tuple[dt.date, ...]:
    """First payment date, then every 12 / payments_per_year months, and the legal maturity last."""
    months = 12 // deal.payments_per_year
    dates: list[dt.date] = []
    step = 0
    while (date := deal.first_payment_date + relativedelta(months=step * months)) < deal.legal_maturity:
        dates.append(date)
        step += 1
    return (*dates, deal.legal_maturity)


def expected_collections(deal: Deal, schedule: Schedule) -> Floats:
    """Expected net collections by payment date, in money."""
    return deal.recovery.net_collections(pool_balance=deal.pool.pool_balance, window_ends=schedule.window_ends)
