"""A recovery curve from the published weighted lives of a typical deal, where nothing nearer is known."""

from __future__ import annotations

import datetime as dt

from kmv_core.assets.recovery import Recovery
from kmv_core.deal.deal import Deal, Model, Pool, Tranche
from kmv_core.risk.timing import CalibratedTiming, calibrate_timing
from kmv_core.vocabulary.checks import checked

DISPOSAL_COST = 0.15
"""ASSUMED for every asset type: the upper end of the 8 % to 15 % seen in presale reports."""
SENIOR, SUB = "senior", "sub"
_CLOSING = dt.date(2023, 1, 1)
"""Any day: only differences of dates matter."""


def typical_curve(
    *,
    senior_life: float,
    sub_life: float,
    sub_share: float,
    forecast_multiple: float,
    senior_coupon: float,
    cutoff_lag: float,
    sub_years: float,
    payments_per_year: int,
    disposal_cost: float = DISPOSAL_COST,
) -> CalibratedTiming:
    """The two-parameter curve with which a typical deal meets both lives; the residuals say how nearly.

    The typical deal has a senior and a sub of face 1 in all, of which `sub_share` is the sub; gross collections
    `forecast_multiple` x the senior; no fees, no reserve; collections from `cutoff_lag` years before closing until the
    sub's expected maturity, `sub_years` after it, which is the curve's horizon and the last payment date.

    Lives in years from closing, shares and rates as decimals. Raises KmvError as calibrate_timing and, for a value
    outside its domain, as its term says.

    >>> found = typical_curve(
    ...     senior_life=0.41, sub_life=1.66, sub_share=0.19588, forecast_multiple=1.6845, senior_coupon=0.0295,
    ...     cutoff_lag=0.17, sub_years=3.08, payments_per_year=4,
    ... )
    >>> max(abs(each) for each in found.residuals.values()) < 1e-6
    True
    """
    checked(coupon=senior_coupon, disposal_cost=disposal_cost, share=sub_share, published_life=[senior_life, sub_life])
    last = _CLOSING + dt.timedelta(days=round(365 * sub_years))
    months = 12 // payments_per_year
    senior = 1.0 - sub_share
    rows = ((SENIOR, senior, senior_coupon, senior_life), (SUB, sub_share, 0.0, sub_life))
    deal = Deal(
        name="typical",
        code="-",
        originator="-",
        asset_type="-",
        money_unit="-",
        closing_date=_CLOSING,
        first_payment_date=_CLOSING + dt.timedelta(days=round(365 * months / 12)),
        payments_per_year=payments_per_year,
        legal_maturity=last,
        collection_lag=0,
        issue_size=1.0,
        pool=Pool(
            pool_balance=forecast_multiple * senior,
            cutoff_date=_CLOSING - dt.timedelta(days=round(365 * cutoff_lag)),
        ),
        recovery=Recovery(
            recovery_rate=1.0,
            disposal_cost=disposal_cost,
            recovery_horizon=sub_years + cutoff_lag,
            decay_rate=1.0,
            decay_shape=1.0,
        ),
        tranches=tuple(
            Tranche(
                tranche=name,
                rank=i + 1,
                balance=balance,
                coupon=coupon,
                fixed_return=0.0,
                expected_maturity=last,
                published_life=life,
            )
            for i, (name, balance, coupon, life) in enumerate(rows)
        ),
        model=Model(total_volatility=0.15),
    )
    return calibrate_timing(deal)
