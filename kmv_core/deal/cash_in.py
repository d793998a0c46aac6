"""What the pool brings by payment date: recoveries of loans, or fees of licences.

A fee arrives with the first payment date whose collection window closes on or after the fee's day; a fee after the
last window is not received.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from functools import lru_cache

import numpy as np
from dateutil.relativedelta import relativedelta

from kmv_core.assets.licence import LicenceContract
from kmv_core.deal.deal import Deal, Licence
from kmv_core.deal.schedule import DAYS_A_YEAR, Schedule
from kmv_core.vocabulary.checks import Floats


def expected_collections(deal: Deal, schedule: Schedule) -> Floats:
    """Expected net collections by payment date, in money."""
    if deal.licences:
        kept = np.array([1.0 - licensee_pd(deal, each) * each.lgd for each in deal.licences])
        expected: Floats = kept @ contract_fees(deal, schedule)
        return expected
    return deal.loans.net_collections(pool_balance=deal.pool.pool_balance, window_ends=schedule.window_ends)


def contract_fees(deal: Deal, schedule: Schedule) -> Floats:
    """[licence, payment date]: fees as the contracts promise them, in money."""
    fees = np.zeros((len(deal.licences), len(schedule.dates)))
    ends = [each - dt.timedelta(days=deal.collection_lag) for each in schedule.dates]
    for i, licence in enumerate(deal.licences):
        for date in fee_dates(licence):
            at = bisect_left(ends, date)
            if at < len(ends):
                fees[i, at] += licence.fee_amount
    return fees


def fee_dates(licence: Licence) -> tuple[dt.date, ...]:
    """The days a licence's fees fall due, up to the patent's expiry."""
    return _fee_dates(licence.first_fee_date, licence.fee_count, licence.months_between, licence.patent_expiry_date)


@lru_cache(maxsize=4096)
def _fee_dates(first: dt.date, count: int, months: int, expiry: dt.date | None) -> tuple[dt.date, ...]:
    """Kept: a question of a deal asks for the same dates in every copy of it."""
    dates = (first + relativedelta(months=i * months) for i in range(count))
    return tuple(each for each in dates if expiry is None or each <= expiry)


def licensee_pd(deal: Deal, licence: Licence) -> float:
    """The licensee's default probability over the life of the deal: typed in, or by its grade."""
    if licence.probability_of_default is not None:
        return licence.probability_of_default
    return next(line.grade_pd for line in deal.grade_table if line.credit_grade == licence.credit_grade)


def licence_contracts(deal: Deal) -> tuple[LicenceContract, ...]:
    """The licences as contracts in years from closing, lapsed fees left out."""
    contracts = []
    for each in deal.licences:
        years = tuple((date - deal.closing_date).days / DAYS_A_YEAR for date in fee_dates(each))
        contracts.append(
            LicenceContract(
                licensee=each.licensee,
                fee_dates=years,
                fee_amounts=(each.fee_amount,) * len(years),
                probability_of_default=licensee_pd(deal, each),
                lgd=each.lgd,
                asset_correlation=each.asset_correlation,
            )
        )
    return tuple(contracts)
