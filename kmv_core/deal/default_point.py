"""The `due` reading: what has fallen due to a tranche and everything ranking before it, by payment date.

    D_k = fees + sum over tranches j up to k's rank of (B_j + interest_j)
    interest_j = sum over dates of rate x year fraction x outstanding in the base case    (B_j c_j WAL_j if the rate is flat)
    fees = rate x net collections + rate x sum B_j WAL_j (all tranches) + amount a year x years to legal maturity
           + scheduled amounts

WAL is the weighted life of principal in the base case (expected collections through the waterfall; principal
still unpaid counts at legal maturity). By date: cumulative base-case fees and interest, and principal as it falls
due: by its schedule, pass-through principal from the expected maturity on. Tranches of one rank are due together.

A clean-up call is the seller's right, used only where the pool covers the notes: where the pool falls short there is
none, and its cash is the notes' to the last. So this reading is of the deal without the call: all expected collections
are owned, and principal, interest and fees run on as if the notes stayed outstanding. (With what the call pays in the
place of the cash after it, owned would equal owed in every called deal, a default probability near one half.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.deal import Deal
from kmv_core.deal.payments import run_waterfall
from kmv_core.deal.schedule import Schedule, coupon_rates, fees_due, shares_due
from kmv_core.deal.waterfall import Waterfall
from kmv_core.vocabulary.checks import Floats


@dataclass(frozen=True, slots=True)
class DuePoints:
    """Cash owned and cash owed by date; tranches by rank."""

    asset_values: Floats
    """Cumulative expected net collections, none of them a caller's, and the initial reserve, [payment date]."""
    default_points: Floats
    """[tranche, payment date]; never falling along a tranche; tranches of one rank share theirs."""
    interest: Floats
    """Base-case interest to date, [tranche, payment date]."""
    lives: Floats
    """Weighted lives in years without a clean-up call, [tranche]; the frozen ones where the deal carries them."""


def weighted_lives(base: Waterfall, schedule: Schedule) -> Floats:
    """Weighted life of principal by tranche, years; what stays unpaid counts at the last date."""
    sizes = np.array([each.balance for each in base.tranches], dtype=np.float64)
    opening = np.concatenate([sizes[:, None], base.outstanding[:, 0, :-1]], axis=1)
    lives: Floats = (opening * schedule.accruals).sum(axis=1) / sizes
    return lives


def base_case(deal: Deal, schedule: Schedule) -> Waterfall:
    """The waterfall on expected collections; one path."""
    return run_waterfall(deal, schedule, expected_collections(deal, schedule)[None, :])


def uncalled_case(deal: Deal, schedule: Schedule, base: Waterfall) -> Waterfall:
    """The base case without the clean-up call; `base` itself where the deal has none."""
    if deal.structure.call_share <= 0.0:
        return base
    return base_case(replace(deal, structure=replace(deal.structure, call_share=0.0)), schedule)


def due_points(deal: Deal, schedule: Schedule, base: Waterfall) -> DuePoints:
    """Default points of the `due` reading at every payment date, money (formula above)."""
    base = uncalled_case(deal, schedule, base)
    ranked = deal.by_rank
    sizes = np.array([each.balance for each in ranked], dtype=np.float64)
    opening = np.concatenate([sizes[:, None], base.outstanding[:, 0, :-1]], axis=1)
    exposure = np.cumsum(opening * schedule.accruals, axis=1)
    run_lives = exposure[:, -1] / sizes
    # A question holds the lives of the deal as it stands: the profile in time is the shocked run's, its level not.
    lives = np.array([deal.frozen_lives.get(each.tranche, life) for each, life in zip(ranked, run_lives, strict=True)])
    lives = np.minimum(lives, schedule.times[-1])
    exposure = exposure * (lives / run_lives)[:, None]

    collected = np.cumsum(base.collections[0])
    rates = {
        basis: sum(fee.rate for fee in deal.fees if fee.basis == basis)
        for basis in ("collections", "outstanding", "fixed")
    }
    fees = (
        rates["collections"] * collected + rates["outstanding"] * exposure.sum(axis=0) + rates["fixed"] * schedule.times
    )
    for fee in deal.fees:
        if fee.basis == "scheduled":
            fees = fees + np.cumsum(fees_due(deal, schedule, fee.fee))
    accrued = np.cumsum(coupon_rates(deal, schedule) * schedule.fractions * opening, axis=1)
    interest = accrued * (lives / run_lives)[:, None]
    owed = np.cumsum(interest + principal_due(deal, schedule), axis=0)
    ranks = [each.rank for each in ranked]
    of_class = [len(ranks) - 1 - ranks[::-1].index(rank) for rank in ranks]
    return DuePoints(
        asset_values=collected + deal.reserve.reserve_initial,
        default_points=fees + owed[of_class],
        lives=lives,
        interest=interest,
    )


def principal_due(deal: Deal, schedule: Schedule) -> Floats:
    """[tranche by rank, payment date]: scheduled principal as it falls due, pass-through from expected maturity on."""
    shares = shares_due(deal, schedule)
    for k, each in enumerate(deal.by_rank):
        if each.repayment == "pass_through":
            shares[k, max(schedule.index_of(each.expected_maturity), 0) :] = 1.0
    due: Floats = np.array([[each.balance] for each in deal.by_rank]) * shares
    return due
