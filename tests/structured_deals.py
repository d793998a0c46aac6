"""Random structured deals, and deals of given cash: everything an order of payment can hold, drawn from a seed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

from dateutil.relativedelta import relativedelta

from kmv_core.assets.recovery import Recovery
from kmv_core.deal.deal import (
    BenchmarkRate,
    Deal,
    Fee,
    FeeDue,
    Licence,
    Model,
    OrderLine,
    Pool,
    PrincipalDue,
    Reserve,
    StepKind,
    Structure,
    Support,
    Tranche,
    Trigger,
)

CLOSING = dt.date(2024, 3, 20)


def note(name: str, rank: int, balance: float, **changes: Any) -> Tranche:
    """A pass-through tranche without coupon, due in ten years, but for `changes`."""
    plain = Tranche(
        tranche=name, rank=rank, balance=balance, coupon=0.0, fixed_return=0.0, expected_maturity=dt.date(2099, 1, 1)
    )
    return dataclasses.replace(plain, **changes)


def deal_of(cash: Sequence[float], tranches: Sequence[Tranche], **changes: Any) -> Deal:
    """A deal that expects exactly `cash`, at yearly dates of 365 days (30/360: one year each)."""
    dates = [CLOSING + relativedelta(years=i + 1) for i in range(len(cash))]
    notes = tuple(
        dataclasses.replace(each, expected_maturity=min(each.expected_maturity, dates[-1])) for each in tranches
    )
    licences = tuple(
        Licence(
            licensee="A",
            fee_amount=amount,
            first_fee_date=date,
            fee_count=1,
            months_between=12,
            lgd=1.0,
            asset_correlation=0.0,
            probability_of_default=0.0,
        )
        for amount, date in zip(cash, dates, strict=True)
        if amount > 0.0
    )
    parts: dict[str, Any] = {
        "name": "given cash",
        "code": "G",
        "originator": "-",
        "asset_type": "patent_licence",
        "money_unit": "CNY",
        "closing_date": CLOSING,
        "first_payment_date": dates[0],
        "payments_per_year": 1,
        "legal_maturity": dates[-1],
        "collection_lag": 0,
        "issue_size": sum(each.balance for each in notes),
        "pool": Pool(pool_balance=max(sum(cash), 1.0), cutoff_date=CLOSING - dt.timedelta(days=1)),
        "licences": licences,
        "tranches": notes,
        "model": Model(total_volatility=0.2),
        "structure": Structure(day_count="30_360"),
    }
    return Deal(**(parts | changes))


def structured_deal(seed: int, *, support: bool = True) -> Deal:
    """One random deal: ranks shared or not, every fee basis, schedules, reserve, orders, triggers, call, support."""
    rng = random.Random(seed)  # noqa: S311  the same deal for the same seed, nothing secret
    payments = rng.choice([1, 2, 4])
    first = CLOSING + dt.timedelta(days=rng.randint(20, 200))
    legal = first + dt.timedelta(days=rng.randint(150, 1300))
    tranches = _tranches(rng, legal)
    total = sum(each.balance for each in tranches)
    fees = tuple(_fee(rng, i, total) for i in range(rng.randint(0, 4)))
    days = (legal - CLOSING).days

    def some_date() -> dt.date:
        return CLOSING + dt.timedelta(days=rng.randint(1, days))

    names = [each.tranche for each in tranches]
    triggers = _triggers(rng, names, some_date)
    orders = _orders(rng, tranches, fees, triggers)
    return Deal(
        name="structured",
        code="S",
        originator="-",
        asset_type="consumer_loan",
        money_unit="CNY",
        closing_date=CLOSING,
        first_payment_date=first,
        payments_per_year=payments,
        legal_maturity=legal,
        collection_lag=rng.randint(0, 20),
        issue_size=total,
        pool=Pool(pool_balance=total * rng.uniform(1.0, 4.0), cutoff_date=CLOSING - dt.timedelta(days=60)),
        recovery=Recovery(
            recovery_rate=rng.uniform(0.2, 0.9),
            disposal_cost=0.1,
            recovery_horizon=rng.uniform(1.0, 5.0),
            decay_rate=rng.uniform(0.3, 3.0),
            decay_shape=rng.uniform(0.6, 1.5),
        ),
        tranches=tranches,
        fees=fees,
        fee_schedule=tuple(
            FeeDue(fee=each.fee, due_date=some_date(), amount_due=rng.uniform(0.0, 0.02 * total))
            for each in fees
            if each.basis == "scheduled"
            for _ in range(rng.randint(1, 4))
        ),
        principal_schedule=tuple(
            PrincipalDue(tranche=each.tranche, due_date=some_date(), principal_share=rng.uniform(0.05, 0.3))
            for each in tranches
            if each.repayment == "scheduled"
            for _ in range(rng.randint(0, 3))
        ),
        benchmark=(
            BenchmarkRate(from_date=CLOSING, benchmark_rate=rng.uniform(-0.01, 0.04)),
            BenchmarkRate(from_date=some_date(), benchmark_rate=rng.uniform(-0.03, 0.06)),
        ),
        structure=Structure(
            day_count=rng.choice(["act_365", "act_360", "act_act", "30_360"]),
            surplus=rng.choice(["release", "retain"]),
            servicer_reward=rng.choice([0.0, 0.8]),
            call_share=rng.choice([0.0, 0.1, 0.4]),
            call_cover=rng.choice([0.0, 1.0, 1.3]),
        ),
        reserve=Reserve(
            reserve_multiple=rng.choice([0.0, 1.0, 2.5]),
            reserve_initial=rng.choice([0.0, 0.02 * total]),
            reserve_floor=rng.choice([0.0, 0.01 * total]),
        ),
        support=_support(rng, names, total) if support else (),
        triggers=triggers,
        order=orders,
        model=Model(total_volatility=rng.uniform(0.05, 0.5)),
    )


def _tranches(rng: random.Random, legal: dt.date) -> tuple[Tranche, ...]:
    found = []
    rank = 1
    days = (legal - CLOSING).days
    for i in range(rng.randint(1, 4)):
        rank += i > 0 and rng.random() < 0.75
        found.append(
            Tranche(
                tranche=f"T{i + 1}",
                rank=rank,
                balance=rng.uniform(10.0, 1000.0),
                coupon=rng.choice([0.0, rng.uniform(0.01, 0.1)]),
                fixed_return=rng.choice([0.0, 0.0, rng.uniform(0.01, 0.1)]),
                expected_maturity=CLOSING + dt.timedelta(days=rng.randint(1, days)),
                rate_type=rng.choice(["fixed", "fixed", "floating"]),
                step_up=0.01,
                step_up_date=rng.choice([None, CLOSING + dt.timedelta(days=rng.randint(1, days))]),
                repayment=rng.choice(["pass_through", "pass_through", "scheduled"]),
            )
        )
    return tuple(found)


def _fee(rng: random.Random, i: int, total: float) -> Fee:
    basis = rng.choice(["collections", "outstanding", "fixed", "scheduled"])
    rate = {"collections": 0.1, "outstanding": 0.02, "fixed": 0.01 * total, "scheduled": 0.0}[basis] * rng.random()
    return Fee(fee=f"fee {i}", basis=basis, rate=rate)


def _triggers(rng: random.Random, names: list[str], some_date: Any) -> tuple[Trigger, ...]:
    return tuple(
        Trigger(
            trigger=f"trigger {i}",
            test=(test := rng.choice(["cumulative_recovery", "unpaid", "date"])),
            order=rng.choice(["accelerated", "own", "normal"]),
            limit=rng.uniform(0.5, 1.2) if test == "cumulative_recovery" else None,
            subject=rng.choice(["", *names]),
            from_date=some_date() if test == "date" or rng.random() < 0.2 else None,
            curable=rng.choice(["yes", "no"]),
        )
        for i in range(rng.choice([0, 1, 2, 3]))
    )


def _orders(
    rng: random.Random, tranches: tuple[Tranche, ...], fees: tuple[Fee, ...], triggers: tuple[Trigger, ...]
) -> tuple[OrderLine, ...]:
    lines: list[OrderLine] = []
    if any(each.order == "own" for each in triggers):
        lines += own_order(rng, "own", tranches, fees, anyhow=True)
    if rng.random() < 0.4:
        lines += own_order(rng, "normal", tranches, fees, anyhow=rng.random() < 0.5)
    rng.shuffle(lines)
    return tuple(lines)


def own_order(
    rng: random.Random, name: str, tranches: tuple[Tranche, ...], fees: tuple[Fee, ...], *, anyhow: bool
) -> list[OrderLine]:
    """An order of its own: by rank, levels now and then shared; `anyhow` in any sequence at all."""
    steps: list[tuple[StepKind, str]] = [("fee", each.fee) for each in fees]
    steps += [("interest", each.tranche) for each in tranches]
    steps.append(("reserve", ""))
    steps += [(rng.choice(["principal", "all_principal"]), each.tranche) for each in tranches]
    steps += [("fixed_return", each.tranche) for each in tranches]
    if rng.random() < 0.5:
        steps.insert(rng.randint(0, len(steps)), ("retain", ""))
    if rng.random() < 0.5:
        steps.append(("reward", "servicer"))
    if anyhow:
        rng.shuffle(steps)
    level, lines = 1, []
    for i, (kind, payee) in enumerate(steps):
        level += i > 0 and rng.random() < 0.7
        lines.append(OrderLine(order=name, level=level, step=kind, payee=payee))
    lines.append(OrderLine(order=name, level=level + 1, step="residual", payee=rng.choice(tranches).tranche))
    return lines


def _support(rng: random.Random, names: list[str], total: float) -> tuple[Support, ...]:
    return tuple(
        Support(
            support=f"payer {i}",
            covers=rng.choice(names),
            payer_pd=rng.uniform(0.01, 0.2),
            correlation=rng.uniform(-0.3, 0.6),
            cap=rng.choice([None, rng.uniform(0.0, 0.3) * total]),
        )
        for i in range(rng.choice([0, 0, 1, 2]))
    )
