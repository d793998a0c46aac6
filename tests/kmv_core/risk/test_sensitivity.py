"""Every factor moves the PD the right way, and no shock is the base case."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from kmv_core.risk.answers import OUTPUTS
from kmv_core.risk.assess import assess
from kmv_core.risk.factors import apply_shock
from kmv_core.risk.sensitivity import sensitivities, sensitivity
from kmv_core.risk.sizing import safe_default_point, safe_sizes
from kmv_core.risk.timing import calibrate_timing
from kmv_core.structural import merton
from kmv_core.vocabulary.errors import KmvError
from tests.example_structures import licences

SHOCKS = {
    "issue_size": [-0.2, -0.1, 0.0, 0.05, 0.1],
    "coupon": [-0.02, 0.0, 0.01, 0.03],
    "recovery_rate": [-0.2, -0.1, 0.0, 0.1, 0.2],
    "maturity": [-1.5, -1.0, -0.5, 0.0],
    "volatility": [-0.5, -0.2, 0.0, 0.2, 0.5],
}
RISING = {"issue_size": 1, "coupon": 1, "recovery_rate": -1, "maturity": -1, "volatility": 1}


@pytest.mark.parametrize("factor", SHOCKS)
@pytest.mark.parametrize("reading", ["waterfall", "due"])
def test_directions(deal, factor, reading):
    """Volatility raises PD here because q* < 1 for both tranches: asserted first."""
    table = sensitivity(deal, factor, SHOCKS[factor], reading=reading)
    multiples = sensitivity(deal, factor, SHOCKS[factor], reading=reading, output="break_even_multiple").values
    if factor == "volatility":
        assert (multiples < 1).all()
    steps = np.diff(table.values, axis=0) * RISING[factor]
    # The subordinated tranche earns no interest, yet carries the senior's: its PD rises with the coupon too.
    assert (steps > 0).all(), table.values
    assert (table.values[:, 1] >= table.values[:, 0]).all()


def test_volatility_lowers_the_pd_of_a_tranche_that_is_not_covered(deal):
    under = apply_shock(deal, "recovery_rate", -0.4, "relative")
    table = sensitivity(under, "volatility", [-0.3, 0.0, 0.3])
    assert (sensitivity(under, "volatility", [0.0], output="break_even_multiple").values > 1).all()
    assert (np.diff(table.values[:, 1]) < 0).all()


@pytest.mark.parametrize("factor", SHOCKS)
def test_no_shock_is_the_base_case(deal, assessment, factor):
    for table in sensitivities(deal, factor, [0.0]):
        expected = [getattr(each.reading(table.reading), table.output) for each in assessment.tranches]
        assert table.values[0] == pytest.approx(expected, rel=1e-12)


def test_one_impossible_shock_does_not_spoil_the_table(deal):
    table = sensitivity(deal, "recovery_rate", [0.0, 9.0, 0.1])
    assert [bool(each) for each in table.problems] == [False, True, False]
    assert table.problems[1][0].code == "E221"
    assert np.isnan(table.values[1]).all()
    assert np.isfinite(table.values[[0, 2]]).all()


def test_shocks_that_are_no_numbers(deal):
    assert sensitivity(deal, "coupon", [float("nan")]).problems[0][0].code == "E311"
    assert sensitivity(deal, "maturity", [1e9]).problems[0][0].code == "E231"


def test_issue_size_keeps_subordination_and_pool(deal):
    bigger = apply_shock(deal, "issue_size", 0.1, "relative")
    assert bigger.issue_size == pytest.approx(1.1 * deal.issue_size)
    assert bigger.tranches[1].balance / bigger.issue_size == pytest.approx(deal.tranches[1].balance / deal.issue_size)
    assert bigger.pool == deal.pool
    same = apply_shock(deal, "issue_size", 1940.0, "absolute")
    assert same.issue_size == pytest.approx(bigger.issue_size)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"factor": "recovery"}, "recovery_rate"),
        ({"output": "pd"}, None),
        ({"mode": "both"}, None),
        ({"reading": "duo"}, "due"),
    ],
)
def test_unknown_words_name_the_nearest(deal, changed, word):
    arguments = {"factor": "coupon", "output": "probability_of_default", "mode": None, "reading": "due"} | changed
    with pytest.raises(KmvError) as caught:
        sensitivity(deal, arguments.pop("factor"), [0.0], **arguments)
    assert caught.value.code == "E204"
    assert word is None or word in caught.value.problems[0].en


def test_every_output_has_both_readings(deal):
    found = sensitivities(deal, "coupon", [0.0])
    assert [(each.reading, each.output) for each in found] == [(r, o) for r in ("waterfall", "due") for o in OUTPUTS]


@pytest.mark.parametrize(("s", "expected"), [(0.15, 15394.37), (0.20, 13584.57)])
def test_published_safe_size_of_the_senior(deal, s, expected):
    other = dataclasses.replace(deal, model=dataclasses.replace(deal.model, total_volatility=s))
    assert safe_sizes(assess(other))[0].safe_balance == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("form", ["lognormal", "linear", "log_drift", "student"])
def test_safe_default_point_gives_back_the_target(deal, form):
    model = dataclasses.replace(deal.model, form=form)
    point = safe_default_point(model, 100.0, 0.02)
    pd = merton.probability_of_default(
        asset_value=100.0, default_point=point, asset_volatility=model.total_volatility, form=form, dof=model.dof
    )
    assert float(pd) == pytest.approx(0.02, rel=1e-10)


def test_a_target_the_linear_form_cannot_reach(deal):
    model = dataclasses.replace(deal.model, form="linear", total_volatility=0.8)
    with pytest.raises(KmvError) as caught:
        safe_default_point(model, 100.0, 0.01)
    assert caught.value.code == "E310"
    assert [each.safe_balance for each in safe_sizes(assess(dataclasses.replace(deal, model=model)))] == pytest.approx(
        [0.0, 0.0], abs=1e-9
    )


def test_timing_calibration_meets_the_published_lives_and_the_shipped_curve(deal):
    rough = dataclasses.replace(deal, recovery=dataclasses.replace(deal.recovery, decay_rate=1.0, decay_shape=1.0))
    found = calibrate_timing(rough)
    assert max(map(abs, found.residuals.values())) < 1e-9
    assert found.recovery.decay_rate == pytest.approx(deal.recovery.decay_rate, rel=1e-8)
    assert found.recovery.decay_shape == pytest.approx(deal.recovery.decay_shape, rel=1e-8)


def test_timing_calibration_needs_a_life(deal):
    none = dataclasses.replace(
        deal, tranches=tuple(dataclasses.replace(each, published_life=None) for each in deal.tranches)
    )
    with pytest.raises(KmvError) as caught:
        calibrate_timing(none)
    assert caught.value.code == "E227"


@pytest.mark.parametrize("mode", ["relative", "absolute"])
def test_a_shock_to_the_recovery_of_licences_scales_their_fees(mode):
    pool = licences()
    table = sensitivity(pool, "recovery_rate", [-0.1, 0.0, 0.1], mode=mode, reading="due")
    assert table.problems == ((), (), ())
    assert (np.diff(table.values, axis=0) < 0).all()
    owned, shocked = assess(pool), assess(apply_shock(pool, "recovery_rate", 0.1, mode))
    assert shocked.asset_value == pytest.approx(1.1 * owned.asset_value, rel=1e-14)
