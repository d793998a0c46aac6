"""Exact default of a pool of licences: every set of licensees counted by plain loops, each paid by the slow waterfall."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from statistics import NormalDist

import numpy as np
import pytest

from kmv_core.assets.licence_total import licence_distribution
from kmv_core.deal.cash_in import expected_collections, licence_contracts
from kmv_core.deal.deal import Fee, Licence, Model, Reserve, Structure, Support, Trigger
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.assess import assess
from kmv_core.risk.exact import exact_default
from tests.slow_waterfall import SlowWaterfall
from tests.structured_deals import CLOSING, deal_of, note

NORMAL = NormalDist()
STEP = 0.05
NODES = [STEP * i for i in range(-200, 201)]
"""The trapezoid rule: the integrand is smooth and gone at ten."""
WEIGHTS = [STEP * NORMAL.pdf(m) for m in NODES]


def below(pd, loading, m):
    return NORMAL.cdf((NORMAL.inv_cdf(pd) - loading * m) / math.sqrt(1.0 - loading * loading))


def pool(n, seed=0, **changes):
    """n licensees of uneven fees, the second with two contracts."""
    rng = np.random.default_rng(seed)
    licences = [
        Licence(
            licensee=f"L{i}",
            fee_amount=float(rng.uniform(5, 15)),
            first_fee_date=CLOSING + dt.timedelta(days=int(rng.integers(30, 300))),
            fee_count=3,
            months_between=12,
            lgd=float(rng.uniform(0.4, 1.0)),
            asset_correlation=float(rng.uniform(0.05, 0.4)),
            probability_of_default=float(rng.uniform(0.01, 0.2)),
        )
        for i in range(n)
    ]
    licences.append(dataclasses.replace(licences[1], fee_amount=4.0, fee_count=2))
    owed = 22.0 * n
    parts = {
        "licences": tuple(licences),
        "fees": (Fee(fee="f", basis="fixed", rate=0.5),),
        "reserve": Reserve(reserve_multiple=1.0, reserve_initial=1.0),
        "structure": Structure(day_count="30_360", surplus="retain", call_share=0.15),
        "triggers": (Trigger(trigger="t", test="cumulative_recovery", order="accelerated", limit=0.85),),
    }
    notes = [
        note("A", 1, 0.7 * owed, coupon=0.04, expected_maturity=CLOSING + dt.timedelta(days=760)),
        note("B", 2, 0.3 * owed, coupon=0.06),
    ]
    return deal_of((1, 1, 1), notes, **(parts | changes))


def counted(deal):
    """[legal, expected, loss, by date] of every tranche, by enumeration."""
    schedule = schedule_of(deal)
    expected = expected_collections(deal, schedule)
    names = list(dict.fromkeys(each.licensee for each in deal.licences))
    own = {name: next(each for each in deal.licences if each.licensee == name) for name in names}
    fails = [
        [below(own[n].probability_of_default, math.sqrt(own[n].asset_correlation), m) for m in NODES] for n in names
    ]
    payers = [[below(line.payer_pd, line.correlation, m) for m in NODES] for line in deal.support]
    windows = [date - dt.timedelta(days=deal.collection_lag) for date in schedule.dates]
    tranches = [each.tranche for each in deal.by_rank]
    total = {(what, name): [] for what in ("legal", "expected", "loss") for name in tranches}
    total |= {(t, name): [] for t in range(len(windows)) for name in tranches}

    def leaf(dead, alive, chances):
        cash = [0.0] * len(windows)
        for each in deal.licences:
            kept = each.fee_amount * (1.0 - each.lgd * (each.licensee in dead))
            for count in range(each.fee_count):
                date = each.first_fee_date.replace(year=each.first_fee_date.year + count)
                at = next((t for t, end in enumerate(windows) if end >= date), None)
                if at is not None:
                    cash[at] += kept
        slow = SlowWaterfall(deal, schedule.due_dates, cash, expected.tolist(), alive)
        chance = math.fsum(map(float.__mul__, chances, WEIGHTS))
        for each in deal.by_rank:
            name = each.tranche
            total["legal", name].append(chance * slow.failed(name))
            total["expected", name].append(chance * slow.late(name))
            total["loss", name].append(chance * slow.owed[name] / each.balance)
            for t in range(len(windows)):
                total[t, name].append(chance * slow.late(name, t))

    def branch(i, dead, alive, chances):
        if i < len(names):
            branch(i + 1, dead, alive, [c * (1.0 - f) for c, f in zip(chances, fails[i], strict=True)])
            branch(i + 1, dead | {names[i]}, alive, [c * f for c, f in zip(chances, fails[i], strict=True)])
        elif len(alive) < len(payers):
            line = payers[len(alive)]
            branch(i, dead, [*alive, True], [c * (1.0 - f) for c, f in zip(chances, line, strict=True)])
            branch(i, dead, [*alive, False], [c * f for c, f in zip(chances, line, strict=True)])
        else:
            leaf(dead, alive, chances)

    branch(0, frozenset(), [], [1.0] * len(NODES))
    return {key: math.fsum(parts) for key, parts in total.items()}


PAYERS = (
    Support(support="p", covers="A", payer_pd=0.05, correlation=0.3, cap=6.0),
    Support(support="q", covers="B", payer_pd=0.1, correlation=-0.2, cap=3.0),
)


@pytest.mark.parametrize(("n", "support"), [(2, ()), (11, ()), (6, PAYERS[:1]), (6, PAYERS)])
def test_every_set_of_defaults_is_counted_with_its_chance(n, support):
    deal = pool(n, seed=n, support=support)
    schedule = schedule_of(deal)
    found, wanted = exact_default(deal, schedule), counted(deal)
    for k, each in enumerate(deal.by_rank):
        name = each.tranche
        assert found.legal[k] == pytest.approx(wanted["legal", name], abs=1e-10)
        assert found.expected[k] == pytest.approx(wanted["expected", name], abs=1e-10)
        assert found.loss[k] == pytest.approx(wanted["loss", name], abs=1e-10)
        dates = [wanted[t, name] for t in range(len(schedule.dates))]
        assert found.by_date[k] == pytest.approx(dates, abs=1e-10)
    if support:
        alone = exact_default(dataclasses.replace(deal, support=()), schedule)
        assert found.unsupported == pytest.approx(alone.legal, abs=1e-12)
        assert found.legal[0] < alone.legal[0]
        assert (found.legal <= alone.legal + 1e-14).all()
    assert 0.001 < found.legal[1] < 0.9


@pytest.mark.parametrize(("share", "exact", "lognormal"), [(0.9, 0.063, 0.011), (0.8, 0.0049, 3e-8)])
def test_a_dozen_licensees_are_no_lognormal_total(share, exact, lognormal):
    """Eleven licensees of PD 3 %, LGD 60 %, correlation 0.2: the whole deal says what the total's distribution says."""
    line = dataclasses.replace(
        deal_of((100.0,), [note("A", 1, 1.0)]).licences[0],
        lgd=0.6,
        asset_correlation=0.2,
        probability_of_default=0.03,
    )
    licences = tuple(dataclasses.replace(line, licensee=f"L{i}") for i in range(11))
    deal = deal_of((100.0,), [note("A", 1, share * 1100.0)], licences=licences)
    total = licence_distribution(contracts=licence_contracts(deal))
    matched = math.sqrt(math.log1p(total.standard_deviation**2 / total.mean**2))
    found = assess(dataclasses.replace(deal, model=Model(total_volatility=matched))).tranches[0]
    assert found.exact is not None
    assert found.exact.probability_of_default == pytest.approx(exact, rel=0.01)
    wanted = float(total.below(share * 1100.0))
    assert found.exact.probability_of_default == pytest.approx(wanted, abs=1e-10)
    assert found.waterfall.probability_of_default == pytest.approx(lognormal, rel=0.1)
    assert found.headline is found.exact
