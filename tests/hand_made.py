"""Three small deals whose payments are worked out by hand where they are tested.

All pay once a year on 1 January 2022, 2023 and 2024, closed on 1 January 2021: every period is 365 days, so a year is
exactly 1, and collections of a period arrive on its last day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from kmv_core.assets.recovery import Recovery
from kmv_core.deal.deal import (
    Deal,
    Fee,
    Licence,
    Model,
    Pool,
    PrincipalDue,
    Reserve,
    Support,
    Tranche,
    Trigger,
)

CLOSING = dt.date(2021, 1, 1)
DATES = [dt.date(2022, 1, 1), dt.date(2023, 1, 1), dt.date(2024, 1, 1)]

SENIOR = Tranche(tranche="Senior", rank=1, balance=80.0, coupon=0.1, fixed_return=0.0, expected_maturity=DATES[1])
SUB = Tranche(
    tranche="Sub", rank=2, balance=50.0, coupon=0.0, fixed_return=0.0, expected_maturity=DATES[2], issue_price=125.0
)

TWO_TRANCHES = Deal(
    name="hand-made",
    code="H",
    originator="-",
    asset_type="consumer_loan",
    money_unit="CNY",
    closing_date=CLOSING,
    first_payment_date=DATES[0],
    payments_per_year=1,
    legal_maturity=DATES[2],
    collection_lag=0,
    issue_size=130.0,
    pool=Pool(pool_balance=1000.0, cutoff_date=CLOSING),
    recovery=Recovery(
        recovery_rate=0.2, disposal_cost=0.0, recovery_horizon=3.0, curve=((1.0, 0.5), (2.0, 0.8), (3.0, 1.0))
    ),
    tranches=(SENIOR, SUB),
    fees=(Fee(fee="agent", basis="fixed", rate=2.0),),
    model=Model(total_volatility=0.2),
)
"""1000 x .2 x (.5, .3, .2): 100, 60 and 40 come in; a fee of 2 a year, 80 at 10 %, then 50 at a price of 125."""

WITH_TRIGGERS = replace(
    TWO_TRANCHES,
    tranches=(SENIOR, replace(SUB, coupon=0.04, issue_price=None)),
    reserve=Reserve(reserve_initial=3.0, reserve_floor=3.0),
    triggers=(
        Trigger(trigger="recovery", test="cumulative_recovery", order="accelerated", limit=0.7),
        Trigger(trigger="missed", test="unpaid", order="accelerated", subject="Senior"),
        Trigger(trigger="end", test="date", order="accelerated", from_date=DATES[2]),
    ),
    support=(Support(support="parent", covers="Senior", payer_pd=0.05, correlation=0.2, cap=5.0),),
)
"""The same cash; the second tranche bears 4 %, an account of 3, three triggers, a payer good for 5."""


def _licence(licensee: str, fee: float, pd: float, lgd: float) -> Licence:
    return Licence(
        licensee=licensee,
        fee_amount=fee,
        first_fee_date=DATES[0],
        fee_count=3,
        months_between=12,
        lgd=lgd,
        asset_correlation=0.2,
        probability_of_default=pd,
    )


LICENCES = replace(
    TWO_TRANCHES,
    asset_type="patent_licence",
    recovery=None,
    issue_size=140.0,
    tranches=(
        replace(SENIOR, balance=120.0, coupon=0.05, repayment="scheduled", expected_maturity=DATES[2]),
        replace(SUB, balance=20.0),
    ),
    principal_schedule=tuple(
        PrincipalDue(tranche="Senior", due_date=date, principal_share=share)
        for date, share in zip(DATES, (0.25, 0.25, 0.5), strict=True)
    ),
    fees=(),
    licences=(_licence("Anna", 60.0, 0.1, 0.5), _licence("Bolt", 40.0, 0.2, 1.0)),
)
"""Fees of 60 and 40 a year; 120 at 5 % due by 30, 30 and 60, then 20."""
