"""Preset conditions: the base is the deal, laws, and a small licence deal counted by hand."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import integrate, stats

from addin.deals import example_deal
from kmv_core import KmvError
from kmv_core.deal import changes
from kmv_core.deal.deal import Reserve, Structure
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.assess import assess
from kmv_core.risk.preset import COLLECTION_SHIFTS, preset_conditions, without_controls
from kmv_core.risk.sensitivity import sensitivity
from tests.example_structures import licences, with_call, with_everything
from tests.licence_deal import licence_deal
from tests.random_deals import deals

CONTROLS = {
    "without_subordination",
    "without_overcollateral",
    "without_reserve",
    "without_support",
    "without_triggers",
    "without_retention",
    "without_clean_up_call",
}


def named(table, name, shift=0.0):
    return next(each for each in table.conditions if (each.name, each.shift) == (name, shift))


def probability(table, name, tranche=0, reading="", shift=0.0):
    return table.figures(named(table, name, shift), tranche, reading).probability_of_default


@pytest.fixture(scope="module")
def tables(deal):
    every = (
        deal,
        licence_deal(),
        licences(),
        with_everything(deal),
        with_call(deal),
        example_deal("xingye_yuanrong").deal,
    )
    return [(each, preset_conditions(each)) for each in every]


def test_the_base_is_the_deal(tables):
    for deal, table in tables:
        for k, each in enumerate(assess(deal, losses=False).tranches):
            found = table.base.tranches[k]
            assert found.waterfall.probability_of_default == each.waterfall.probability_of_default
            assert found.due.probability_of_default == pytest.approx(each.due.probability_of_default, rel=1e-12)
            assert table.worth(table.base, k) == 0.0
            assert table.figures(table.base, k).probability_of_default == each.headline.probability_of_default


def test_only_controls_that_are_there(tables):
    by_code = {deal.code + str(len(deal.tranches)): table for deal, table in reversed(tables)}
    plain, everything = by_code["21JIANXIN082"], by_code["L2"]
    assert {each.name for each in everything.conditions if each.group == "control"} == CONTROLS
    assert [each.name for each in plain.conditions] == [
        "base",
        "without_subordination",
        "without_overcollateral",
        "without_reserve",
        "without_any_control",
        "rate_up",
        *["collections_down"] * 3,
    ]
    both = [each.subject for each in by_code["LIC2"].conditions if each.name == "without_support"]
    assert both == ["差额补足 undertaking", "担保 guarantee"]
    keys = [each.key for each in everything.conditions]
    assert len(set(keys)) == len(keys)


def test_nothing_is_worse_for_the_senior_than_no_control_at_all(tables):
    for _, table in tables:
        for reading in table.readings:
            none = probability(table, "without_any_control", reading=reading)
            for each in table.conditions:
                if each.group == "control":
                    assert table.figures(each, 0, reading).probability_of_default <= none + 1e-12, each.key


def test_less_cash_is_never_safer(tables):
    for _, table in tables:
        for reading, k in itertools.product(table.readings, range(len(table.tranches))):
            falling = [probability(table, "base", k, reading)]
            falling += [probability(table, "collections_down", k, reading, shift) for shift in COLLECTION_SHIFTS]
            assert all(a <= b + 1e-12 for a, b in itertools.pairwise(falling))


@settings(max_examples=12, deadline=None)
@given(deal=deals())
def test_laws_of_random_deals(deal):
    table = preset_conditions(deal)
    for k in range(len(table.tranches)):
        assert table.worth(table.base, k) == 0.0
        # Through the waterfall: the due reading's fees on collections fall with them, a reserve paid in does not.
        falling = [probability(table, "collections_down", k, "waterfall", shift) for shift in COLLECTION_SHIFTS]
        assert probability(table, "base", k, "waterfall") - 1e-12 <= falling[0] <= falling[-1] + 1e-12
    for each in table.conditions:
        assert bool(each.tranches) != bool(each.problems)


def test_lower_collections_are_the_sensitivity_to_recovery(deal, tables):
    _, table = tables[0]
    for reading in ("waterfall", "due"):
        values = sensitivity(deal, "recovery_rate", COLLECTION_SHIFTS, reading=reading).values
        for shift, line in zip(COLLECTION_SHIFTS, values, strict=True):
            found = [probability(table, "collections_down", k, reading, shift) for k in range(2)]
            assert found == pytest.approx(line.tolist(), rel=1e-9)


def test_a_condition_that_makes_the_deal_unusable_stands_in_the_table(deal):
    dear = replace(deal, tranches=tuple(replace(each, coupon=1.495) for each in deal.tranches))
    table = preset_conditions(dear)
    up = named(table, "rate_up", 0.01)
    assert up.tranches == ()
    assert {each.code for each in up.problems} == {"E220"}
    assert table.figures(up, 0) is None
    assert table.worth(up, 0) is None
    assert named(table, "collections_down", -0.1).tranches


def test_refusals(deal):
    with pytest.raises(KmvError) as refused:
        preset_conditions(replace(deal, issue_size=1.0))
    assert refused.value.code == "E250"
    table = preset_conditions(deal)
    with pytest.raises(KmvError) as refused:
        table.figures(table.base, 0, "exact")
    assert refused.value.code == "E295"


# By hand: three licensees, eight sets of defaults, one payment after the other


def chance_of(failed: tuple[bool, ...]) -> float:
    """PD 3 %, rho .2, one factor; scipy's own quadrature."""

    def given_factor(m: float) -> float:
        p = stats.norm.cdf((stats.norm.ppf(0.03) - math.sqrt(0.2) * m) / math.sqrt(0.8))
        return stats.norm.pdf(m) * math.prod(p if each else 1 - p for each in failed)

    return integrate.quad(given_factor, -10, 10, epsabs=1e-13, limit=200)[0]


def senior_fails(deal, fees: list[float], *, coupon: float, reserve: float) -> bool:
    """Half-yearly fees in, then tax, trustee, interest, scheduled principal; the rest goes to the sub and is gone."""
    dates = schedule_of(deal).dates
    senior, sub, account, owed, before = 285.0, 15.0, reserve, 0.0, deal.closing_date
    shares = [0.15, 0.17, 0.17, 0.17, 0.17, 0.17]
    for t, date in enumerate(dates):
        years = (date - before).days / 365.0
        cash = sum(fees) + account
        account, before = 0.0, date
        cash -= 0.01 * sum(fees) + 0.001 * years * (senior + sub)
        interest = coupon * years * senior
        owed = 285.0 * sum(shares[: t + 1]) - (285.0 - senior)
        if cash < interest + owed - 1e-9:
            return True
        senior -= owed
        cash -= interest + owed
        sub -= min(sub, cash)
    return False


def test_a_small_pool_by_hand():
    pool = licence_deal().licences
    deal = licence_deal(
        licences=tuple(replace(each, fee_amount=fee) for each, fee in zip(pool, (11.0, 17.0, 43.0), strict=True)),
        support=(),
        triggers=(),
        structure=Structure(),
        reserve=Reserve(reserve_initial=4.0),
    )
    table = preset_conditions(deal)
    amounts = [each.fee_amount for each in deal.licences]
    sets = list(itertools.product((False, True), repeat=3))
    chances = [chance_of(each) for each in sets]
    assert sum(chances) == pytest.approx(1.0, abs=1e-10)

    def by_hand(scale=1.0, coupon=0.04, reserve=4.0, dead=()):
        total = 0.0
        for failed, chance in zip(sets, chances, strict=True):
            fees = [
                scale * fee * (0.4 if bad or i in dead else 1.0)
                for i, (fee, bad) in enumerate(zip(amounts, failed, strict=True))
            ]
            total += chance * senior_fails(deal, fees, coupon=coupon, reserve=reserve)
        return total

    factor = changes.overcollateral_factor(deal)
    expected = {
        ("base", 0.0): by_hand(),
        ("without_overcollateral", 0.0): by_hand(scale=factor),
        ("without_reserve", 0.0): by_hand(reserve=0.0),
        ("largest_licensee_fails", 0.0): by_hand(dead=(2,)),
        ("rate_up", 0.01): by_hand(coupon=0.05),
        **{("collections_down", shift): by_hand(scale=1.0 + shift) for shift in COLLECTION_SHIFTS},
    }
    found = {key: probability(table, key[0], shift=key[1]) for key in expected}
    assert found == pytest.approx(expected, abs=1e-9)
    assert len({round(each, 9) for each in expected.values()}) >= 4
    assert np.isfinite(list(found.values())).all()


def test_no_control_is_no_control():
    bare = without_controls(licence_deal())
    assert (bare.support, bare.triggers, bare.reserve) == ((), (), Reserve())
    assert bare.structure.surplus == "release"
    assert bare.structure.call_share == 0.0
    assert {each.rank for each in bare.tranches} == {1}
