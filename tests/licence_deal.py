"""A pool of licences with every control a deal can have, small enough to be listed by hand."""

from __future__ import annotations

import datetime as dt

from kmv_core.deal.deal import (
    Deal,
    Fee,
    Licence,
    Model,
    Pool,
    PrincipalDue,
    Reserve,
    Structure,
    Support,
    Tranche,
    Trigger,
)


def licence_deal(licensees: int = 3, **parts: object) -> Deal:
    """Equal contracts but for the first, which is twice as large; half-yearly fees over three years."""
    closing = dt.date(2019, 9, 11)
    legal = dt.date(2022, 9, 20)
    fee = 60.0 / (licensees + 1)
    given = {
        "name": "许可 licences",
        "code": "L",
        "originator": "-",
        "asset_type": "patent_licence",
        "money_unit": "百万元 CNY m",
        "closing_date": closing,
        "first_payment_date": dt.date(2020, 3, 20),
        "payments_per_year": 2,
        "legal_maturity": legal,
        "collection_lag": 5,
        "issue_size": 300.0,
        "pool": Pool(pool_balance=360.0, cutoff_date=dt.date(2019, 9, 1)),
        "licences": tuple(
            Licence(
                licensee=f"L{i + 1}",
                fee_amount=fee * (2.0 if i == 0 else 1.0),
                first_fee_date=dt.date(2020, 3, 10),
                fee_count=6,
                months_between=6,
                lgd=0.6,
                asset_correlation=0.2,
                probability_of_default=0.03,
            )
            for i in range(licensees)
        ),
        "fees": (Fee(fee="trustee", basis="outstanding", rate=0.001), Fee(fee="tax", basis="collections", rate=0.01)),
        "tranches": (
            Tranche(
                tranche="Senior",
                rank=1,
                balance=285.0,
                coupon=0.04,
                fixed_return=0.0,
                expected_maturity=legal,
                repayment="scheduled",
            ),
            Tranche(tranche="Sub", rank=2, balance=15.0, coupon=0.0, fixed_return=0.0, expected_maturity=legal),
        ),
        "principal_schedule": tuple(
            PrincipalDue(tranche="Senior", due_date=dt.date(2020, 3, 20), principal_share=0.15)
            if i == 0
            else PrincipalDue(
                tranche="Senior", due_date=dt.date(2020 + i // 2, 3 + 6 * (i % 2), 20), principal_share=0.17
            )
            for i in range(6)
        ),
        "reserve": Reserve(reserve_multiple=1.0, reserve_initial=4.0),
        "support": (Support(support="undertaking", covers="Senior", payer_pd=0.005, correlation=0.3, cap=60.0),),
        "triggers": (Trigger(trigger="recovery", test="cumulative_recovery", order="accelerated", limit=0.8),),
        "structure": Structure(surplus="retain", call_share=0.05),
        "model": Model(total_volatility=0.06),
    }
    return Deal(**{**given, **parts})
