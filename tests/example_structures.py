"""Hand-made deals that use the structure: equal ranks, schedules, floating coupons, payers, a call, licences."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from kmv_core.deal.deal import (
    Appetite,
    BenchmarkRate,
    Deal,
    Fee,
    FeeDue,
    GradeProbability,
    Licence,
    Model,
    Pool,
    PrincipalDue,
    Reserve,
    ShockSet,
    Structure,
    Support,
    Tranche,
    Trigger,
)

SHOCKS = (
    ShockSet(factor="issue_size", mode="relative", shocks=(-0.1, 0.0, 0.1)),
    ShockSet(factor="coupon", mode="absolute", shocks=(0.0, 0.01)),
    ShockSet(factor="recovery_rate", mode="relative", shocks=(-0.1, 0.0, 0.1)),
    ShockSet(factor="maturity", mode="absolute", shocks=(-0.5, 0.0, 0.5)),
    ShockSet(factor="volatility", mode="relative", shocks=(-0.2, 0.0, 0.2)),
)
APPETITE = (Appetite(grade="低 low", pd_limit=0.01), Appetite(grade="高 high", pd_limit=0.3))


def with_everything(deal: Deal) -> Deal:
    """Loans: a scheduled senior, two tranches of one rank, one floating that steps up; a guarantor; a trigger."""
    senior, junior = deal.by_rank
    a = replace(
        senior,
        tranche="优先 A",
        balance=6000.0,
        coupon=0.03,
        expected_maturity=dt.date(2022, 4, 26),
        published_life=None,
        repayment="scheduled",
    )
    b1 = replace(
        senior,
        tranche="中间档 B1",
        rank=2,
        balance=6000.0,
        coupon=0.012,
        expected_maturity=dt.date(2023, 7, 26),
        published_life=None,
        rate_type="floating",
        step_up=0.005,
        step_up_date=dt.date(2022, 4, 26),
    )
    b2 = replace(
        b1, tranche="中间档 B2", balance=3000.0, coupon=0.035, rate_type="fixed", step_up=0.0, step_up_date=None
    )
    c = replace(junior, rank=3, tranche="次级 C", balance=4400.0, published_life=None)
    return replace(
        deal,
        issue_size=19400.0,
        tranches=(a, b1, b2, c),
        structure=Structure(day_count="30_360", calendar="china", business_day="following", servicer_reward=0.1),
        principal_schedule=(
            PrincipalDue(tranche="优先 A", due_date=dt.date(2021, 10, 26), principal_share=0.3),
            PrincipalDue(tranche="优先 A", due_date=dt.date(2022, 1, 20), principal_share=0.3),
        ),
        benchmark=(
            BenchmarkRate(from_date=dt.date(2021, 1, 1), benchmark_rate=0.0205),
            BenchmarkRate(from_date=dt.date(2022, 6, 1), benchmark_rate=0.0185),
        ),
        fees=(
            Fee(fee="税费 taxes", basis="fixed", rate=20.0),
            Fee(fee="评级 rating", basis="scheduled", rate=0.0),
            Fee(fee="服务费 servicer", basis="collections", rate=0.01),
        ),
        fee_schedule=(
            FeeDue(fee="评级 rating", due_date=dt.date(2021, 10, 26), amount_due=30.0),
            FeeDue(fee="评级 rating", due_date=dt.date(2022, 10, 1), amount_due=15.0),
        ),
        reserve=Reserve(reserve_multiple=1.0, reserve_initial=120.0, reserve_floor=50.0),
        support=(
            Support(support="差额补足 guarantor", covers="中间档 B1", payer_pd=0.02, correlation=0.3, cap=2000.0),
        ),
        triggers=(
            Trigger(trigger="加速 speed", test="cumulative_recovery", limit=0.6, order="accelerated", curable="no"),
        ),
        appetite=APPETITE,
        shocks=SHOCKS,
    )


def with_call(deal: Deal) -> Deal:
    """Loans: a clean-up call that is exercised in the base case, surplus retained; nothing else unusual."""
    senior, junior = deal.by_rank
    return replace(
        deal,
        tranches=(
            replace(senior, expected_maturity=dt.date(2023, 10, 26), published_life=None),
            replace(junior, published_life=None),
        ),
        structure=Structure(call_share=0.1, call_cover=1.0),
        shocks=SHOCKS,
    )


def licences() -> Deal:
    """Seven licences of six licensees under two notes, an undertaking and a guarantee behind the senior one."""

    def licence(i: int, **changes: object) -> Licence:
        usual = Licence(
            licensee=f"被许可方 L{i}",
            fee_amount=700.0 + 40.0 * i,
            first_fee_date=dt.date(2019, 3, 15),
            fee_count=10,
            months_between=6,
            lgd=0.6,
            asset_correlation=0.2,
            probability_of_default=0.03,
        )
        return replace(usual, **changes)  # type: ignore[arg-type]  # names of fields, in a test

    lines = [licence(i) for i in range(1, 6)]
    lines.append(licence(6, probability_of_default=None, credit_grade="BBB", patent_expiry_date=dt.date(2022, 1, 1)))
    lines.append(licence(1, fee_amount=300.0, first_fee_date=dt.date(2019, 6, 15), fee_count=4, months_between=12))
    return Deal(
        name="专利许可资产支持证券 licence example",
        code="LIC",
        originator="-",
        asset_type="patent_licence",
        money_unit="万元 10k CNY",
        closing_date=dt.date(2018, 12, 20),
        first_payment_date=dt.date(2019, 4, 20),
        payments_per_year=2,
        legal_maturity=dt.date(2024, 4, 20),
        collection_lag=10,
        issue_size=36000.0,
        pool=Pool(pool_balance=45000.0, cutoff_date=dt.date(2018, 11, 30)),
        licences=tuple(lines),
        grade_table=(GradeProbability(credit_grade="BBB", grade_pd=0.05),),
        tranches=(
            Tranche(
                tranche="优先级 Senior",
                rank=1,
                balance=34000.0,
                coupon=0.05,
                fixed_return=0.0,
                expected_maturity=dt.date(2024, 4, 20),
                repayment="scheduled",
            ),
            Tranche(
                tranche="次级 Subordinated",
                rank=2,
                balance=2000.0,
                coupon=0.0,
                fixed_return=0.0,
                expected_maturity=dt.date(2024, 4, 20),
                repayment="scheduled",
            ),
        ),
        principal_schedule=tuple(
            PrincipalDue(tranche="优先级 Senior", due_date=dt.date(year, 4, 20), principal_share=0.12)
            for year in range(2019, 2024)
        ),
        structure=Structure(surplus="retain"),
        fees=(Fee(fee="管理费 manager", basis="fixed", rate=30.0),),
        support=(
            Support(support="差额补足 undertaking", covers="优先级 Senior", payer_pd=0.02, correlation=0.3, cap=8000.0),
            Support(support="担保 guarantee", covers="优先级 Senior", payer_pd=0.005, correlation=0.1),
        ),
        model=Model(total_volatility=0.12),
        appetite=APPETITE,
        shocks=SHOCKS,
    )
