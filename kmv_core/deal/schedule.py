"""Payment dates, accrual times and collection windows of a deal.

Due dates run from the first by whole months (a month end stays one, as EDATE does); the legal maturity is the last
even off that rhythm. Payments move to business days; interest accrues between the due dates. Times are years ACT/365
from closing. The collection window of a date ends `collection_lag` days before it; the first opens at the cut-off
date, so cash of the transition period arrives at the first payment date.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from dateutil.relativedelta import relativedelta

from kmv_core.deal.business_days import adjusted, year_fraction
from kmv_core.deal.deal import Deal
from kmv_core.vocabulary.checks import Floats

DAYS_A_YEAR = 365.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """The dates of a deal and the times they stand for; every array has one entry a payment date."""

    dates: tuple[dt.date, ...]
    """When payments are made."""
    due_dates: tuple[dt.date, ...]
    """Before they move to business days."""
    times: Floats
    """Years from closing, ACT/365."""
    accruals: Floats
    """Years since the payment date before, the first since closing, ACT/365: what fees and lives are counted in."""
    fractions: Floats
    """Years of interest by the deal's day count, between due dates."""
    window_ends: Floats
    """End of each collection window, years from the cut-off date."""

    def index_of(self, date: dt.date) -> int:
        """The last payment that is due on or before `date`; -1 if all are later."""
        return sum(each <= date for each in self.due_dates) - 1

    def index_from(self, date: dt.date) -> int:
        """The first payment that is due on or after `date`; the last one if all are earlier."""
        return min(sum(each < date for each in self.due_dates), len(self.due_dates) - 1)


def schedule_of(deal: Deal) -> Schedule:
    """The schedule of a deal whose dates are in order."""
    due = due_dates(deal)
    rules = deal.structure
    dates = tuple(adjusted(each, rules.calendar, rules.business_day) for each in due)
    times = np.array([(each - deal.closing_date).days for each in dates]) / DAYS_A_YEAR
    ends = np.array([(each - deal.pool.cutoff_date).days - deal.collection_lag for each in dates]) / DAYS_A_YEAR
    starts = (deal.closing_date, *due[:-1])
    fractions = np.array(
        [year_fraction(start, end, rules.day_count) for start, end in zip(starts, due, strict=True)], dtype=np.float64
    )
    return Schedule(dates, due, times, np.diff(times, prepend=0.0), fractions, np.maximum(ends, 0.0))


def due_dates(deal: Deal) -> tuple[dt.date, ...]:
    """First payment date, then every 12 / payments_per_year months, and the legal maturity last."""
    months = 12 // deal.payments_per_year
    dates: list[dt.date] = []
    step = 0
    while (date := deal.first_payment_date + relativedelta(months=step * months)) < deal.legal_maturity:
        dates.append(date)
        step += 1
    return (*dates, deal.legal_maturity)


def coupon_rates(deal: Deal, schedule: Schedule) -> Floats:
    """[tranche by rank, payment date]: the yearly rate of each interest period, set at its start.

    fixed: coupon; floating: benchmark + coupon, not below 0; from the first period that starts on or after the
    step-up date, + step_up.
    """
    starts = (deal.closing_date, *schedule.due_dates[:-1])
    path = sorted(deal.benchmark, key=lambda line: line.from_date)
    benchmark = np.array(
        [next((line.benchmark_rate for line in reversed(path) if line.from_date <= start), 0.0) for start in starts]
    )
    rates = np.empty((len(deal.tranches), len(starts)))
    for k, each in enumerate(deal.by_rank):
        rates[k] = each.coupon if each.rate_type == "fixed" else np.maximum(benchmark + each.coupon, 0.0)
        if each.step_up_date is not None:
            rates[k] += [each.step_up if start >= each.step_up_date else 0.0 for start in starts]
    return rates


def shares_due(deal: Deal, schedule: Schedule) -> Floats:
    """[tranche by rank, payment date]: share of the tranche's principal that has fallen due.

    Scheduled principal by its schedule and all of it from the expected maturity on; pass-through principal at the last
    date only.
    """
    shares = np.zeros((len(deal.tranches), len(schedule.dates)))
    for k, each in enumerate(deal.by_rank):
        if each.repayment == "scheduled":
            for line in deal.principal_schedule:
                if line.tranche == each.tranche:
                    shares[k, schedule.index_from(line.due_date) :] += line.principal_share
            shares[k, max(schedule.index_of(each.expected_maturity), 0) :] = 1.0
        shares[k, -1] = 1.0
    return np.minimum(shares, 1.0)


def fees_due(deal: Deal, schedule: Schedule, fee: str) -> Floats:
    """[payment date]: the amounts of a scheduled fee."""
    due = np.zeros(len(schedule.dates))
    for line in deal.fee_schedule:
        if line.fee == fee:
            due[schedule.index_from(line.due_date)] += line.amount_due
    return due
