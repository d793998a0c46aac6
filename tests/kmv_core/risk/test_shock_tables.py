"""Grid, tornado, spider and scenarios: tables over shocks hold what single shocks give."""

from __future__ import annotations

import numpy as np
import pytest

from addin.deals import example_deal
from kmv_core.risk.answers import Shock
from kmv_core.risk.assess import assess
from kmv_core.risk.factors import apply_shock, factors_of
from kmv_core.risk.grid import sensitivity_grid
from kmv_core.risk.scenarios import NAMES, Scenario, scenarios
from kmv_core.risk.sensitivity import sensitivity, with_frozen_lives
from kmv_core.risk.tornado import STEPS, spider, tornado
from kmv_core.vocabulary.errors import KmvError

DEAL = example_deal("21jianxin08").deal


@pytest.mark.parametrize("reading", ["waterfall", "due"])
def test_the_grid_is_two_sensitivities_at_its_edges(reading):
    down, across = [-0.1, 0.0, 0.1], [-0.01, 0.0, 0.02]
    grid = sensitivity_grid(DEAL, "recovery_rate", down, "coupon", across, reading=reading)
    assert grid.values.shape == (2, 3, 3)
    one = sensitivity(DEAL, "recovery_rate", down, reading=reading).values
    other = sensitivity(DEAL, "coupon", across, reading=reading).values
    assert pytest.approx(one, rel=1e-12) == grid.values[:, :, 1].T
    assert pytest.approx(other, rel=1e-12) == grid.values[:, 1, :].T
    both = apply_shock(
        apply_shock(with_frozen_lives(DEAL), "recovery_rate", -0.1, "relative"), "coupon", 0.02, "absolute"
    )
    expected = [each.reading(reading).probability_of_default for each in assess(both).tranches]
    assert grid.values[:, 0, 2] == pytest.approx(expected, rel=1e-12)


def test_a_refused_pair_keeps_its_place():
    grid = sensitivity_grid(DEAL, "recovery_rate", [0.0, 9.0], "coupon", [0.0])
    assert grid.problems[1][0][0].code == "E221"
    assert np.isnan(grid.values[:, 1, 0]).all()
    assert np.isfinite(grid.values[:, 0, 0]).all()


def test_a_grid_of_one_factor_twice():
    with pytest.raises(KmvError) as caught:
        sensitivity_grid(DEAL, "coupon", [0.0], "coupon", [0.0])
    assert caught.value.code == "E356"


def test_shocks_add_where_the_model_is_linear():
    """The default point of the due reading is linear in the coupon and in the fees at held lives."""
    grid = sensitivity_grid(
        DEAL, "coupon", [0.0, 0.01], "issue_size", [0.0, 500.0], mode_across="absolute", reading="due",
        output="default_point",
    )  # fmt: skip
    one = sensitivity(DEAL, "coupon", [0.0, 0.01, 0.02], reading="due", output="default_point").values
    assert one[2] - one[0] == pytest.approx(2.0 * (one[1] - one[0]), rel=1e-9)
    size = sensitivity(DEAL, "issue_size", [0.0, 500.0, 1000.0], mode="absolute", reading="due", output="default_point")
    assert size.values[2] - size.values[0] == pytest.approx(2.0 * (size.values[1] - size.values[0]), rel=1e-9)
    assert np.isfinite(grid.values).all()


def test_the_tornado_is_sorted_and_agrees_with_single_shocks():
    found = tornado(DEAL)
    assert {bar.factor for bar in found.bars[0]} == set(factors_of(DEAL))
    for k, bars in enumerate(found.bars):
        assert [bar.swing for bar in bars] == sorted((bar.swing for bar in bars), reverse=True)
        for bar in bars:
            single = sensitivity(DEAL, bar.factor, [-bar.step, bar.step]).values[:, k]
            np.testing.assert_allclose([bar.low, bar.high], single, rtol=1e-12)


def test_equal_bars_keep_the_order_of_the_factors():
    found = tornado(DEAL, ["volatility", "coupon", "recovery_rate"], steps={"volatility": 0.0, "coupon": 0.0})
    assert [bar.factor for bar in found.bars[0]] == ["recovery_rate", "volatility", "coupon"]


def test_the_spider_goes_through_the_base_and_the_tornado():
    found = spider(DEAL, ["coupon", "volatility"], points=[-1.0, 0.0, 1.0])
    base = [each.waterfall.probability_of_default for each in assess(DEAL).tranches]
    assert pytest.approx(np.array([base, base]), rel=1e-12) == found.values[:, :, 1].T
    assert found.steps == (STEPS["coupon"], STEPS["volatility"])
    bars = {bar.factor: bar for bar in tornado(DEAL, ["coupon", "volatility"]).bars[0]}
    assert found.values[0, 0, ::2] == pytest.approx([bars["coupon"].low, bars["coupon"].high], rel=1e-12)


@pytest.mark.parametrize("name", ["21jianxin08", "xingye_yuanrong"])
def test_the_usual_scenarios_worsen_in_their_order(name):
    found = scenarios(example_deal(name).deal, reading="due")
    assert tuple(row.name for row in found.scenarios) == NAMES
    assert (np.diff(found.values, axis=0) > 0.0).all()


def test_a_scenario_of_ones_own():
    rows = [
        Scenario(name="as it stands"),
        Scenario(name="both", shocks=(Shock(factor="coupon", size=0.01), Shock(factor="delay", size=0.5))),
        Scenario(name="impossible", shocks=(Shock(factor="recovery_rate", size=9.0),)),
    ]
    found = scenarios(DEAL, rows)
    assert found.values[0] == pytest.approx([each.waterfall.probability_of_default for each in assess(DEAL).tranches])
    both = apply_shock(apply_shock(DEAL, "coupon", 0.01, "absolute"), "delay", 0.5, "absolute")
    assert found.values[1] == pytest.approx([each.waterfall.probability_of_default for each in assess(both).tranches])
    assert found.problems[2][0].code == "E221"
    with pytest.raises(KmvError) as caught:
        scenarios(DEAL, [Scenario(name="twice", shocks=(Shock(factor="coupon", size=0.1),) * 2)])
    assert caught.value.code == "E356"


def test_a_factor_that_only_worsens_stands_by_what_it_does():
    """Collections cannot come earlier than they do: the one side that can be is measured from the base."""
    found = tornado(DEAL, ["delay", "coupon"])
    (delay,) = (bar for bar in found.bars[0] if bar.factor == "delay")
    assert np.isnan(delay.low)
    assert delay.swing == delay.high - found.base[0] > 0.0
    assert found.bars[0][0] is delay
