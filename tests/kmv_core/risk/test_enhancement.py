"""Worth of controls and bridges: parts that add up."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from addin.deals import example_deal
from kmv_core.risk.assess import assess
from kmv_core.risk.bridge import bridge
from kmv_core.risk.enhancement import enhancement_value, shapley
from kmv_core.risk.factors import apply_shock
from kmv_core.risk.preset import preset_conditions
from kmv_core.vocabulary.errors import KmvError

DEAL = example_deal("21jianxin08").deal
STRUCTURED = example_deal("npl").deal


@pytest.mark.parametrize("reading", ["waterfall", "due"])
def test_shares_add_up_and_off_alone_is_the_preset_condition(reading):
    found = enhancement_value(STRUCTURED, reading=reading)
    shares = sum(each.pd_share for each in found.measures)
    assert shares == pytest.approx(found.pd_without_any - found.pd_with, abs=1e-12)
    distance = sum(each.dd_share for each in found.measures)
    assert distance == pytest.approx(found.dd_with - found.dd_without_any, rel=1e-12)
    table = preset_conditions(STRUCTURED)
    alone = {(each.name, each.subject): each for each in table.conditions if each.group == "control"}
    for each in found.measures:
        for k in range(len(found.tranches)):
            expected = table.figures(alone[each.name, each.subject], k, reading).probability_of_default
            assert each.pd_without[k] == pytest.approx(expected, rel=1e-12)


def test_shapley_is_the_mean_over_every_order():
    rng = np.random.default_rng(5)
    players = 4
    values = {kept: float(rng.random()) for kept in itertools.product((False, True), repeat=players)}
    for player in range(players):
        gains = []
        for order in itertools.permutations(range(players)):
            before = tuple(order.index(i) < order.index(player) for i in range(players))
            after = tuple(flag or i == player for i, flag in enumerate(before))
            gains.append(values[after] - values[before])
        assert float(shapley(values, player)) == pytest.approx(np.mean(gains), rel=1e-12)


def test_a_bridge_adds_up_exactly():
    after = apply_shock(STRUCTURED, "coupon", 0.01, "absolute")
    after = apply_shock(after, "volatility", 0.2, "relative")
    after = apply_shock(after, "recovery_rate", -0.1, "relative")
    after = replace(after, reserve=replace(after.reserve, reserve_multiple=2.0))
    for output in ("probability_of_default", "distance_to_default", "coverage"):
        found = bridge(STRUCTURED, after, output=output, reading="waterfall")
        assert found.method == "shapley"
        assert {each.groups for each in found.parts} == {("collections",), ("tranches",), ("reserve",), ("model",)}
        assert sum(each.change for each in found.parts) == pytest.approx(found.after - found.before, abs=1e-12)
    pd = bridge(STRUCTURED, after, reading="waterfall")
    assert pd.before == assess(STRUCTURED).tranches[0].waterfall.probability_of_default
    assert pd.after == assess(after).tranches[0].waterfall.probability_of_default
    assert all(part.change > 0.0 for part in pd.parts if part.groups != ("reserve",))


def test_a_bridge_to_the_same_deal_has_no_parts():
    found = bridge(DEAL, replace(DEAL, name="another name"))
    assert found.parts == ()
    assert found.after == found.before


def test_a_bridge_over_a_mixture_that_is_no_deal():
    """A pool of licences for a pool of loans: nothing in between is a deal."""
    other = example_deal("ip").deal
    renamed = replace(
        other,
        tranches=tuple(
            replace(each, tranche=mine.tranche) for each, mine in zip(other.by_rank, DEAL.by_rank, strict=True)
        ),
        principal_schedule=(),
        support=(),
        triggers=(),
        order=(),
    )
    renamed = replace(renamed, tranches=tuple(replace(each, repayment="pass_through") for each in renamed.tranches))
    found = bridge(DEAL, renamed, reading="waterfall")
    assert sum(each.change for each in found.parts) == pytest.approx(found.after - found.before, abs=1e-12)


def test_a_tranche_that_is_not_there_names_the_nearest():
    with pytest.raises(KmvError) as caught:
        bridge(DEAL, DEAL, tranche="优先档")
    assert caught.value.code == "E204"
    assert DEAL.by_rank[0].tranche in str(caught.value)
