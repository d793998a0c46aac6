"""Implied inputs: forward again gives the probability back, both roots do, and the reachable range is sharp."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from kmv_core.structural.implied import RootStatus, implied
from kmv_core.structural.merton import log_probability_of_default, probability_of_default
from kmv_core.vocabulary.errors import KmvError
from kmv_core.vocabulary.terms import FORMS, TERMS, UNKNOWNS

PROBABILITIES = st.one_of(
    st.floats(1e-6, 1 - 1e-6), st.floats(1e-4, 0.3), st.floats(-600, -14).map(lambda x: float(np.exp(x)))
)
INPUTS = {
    "asset_value": st.one_of(st.floats(0.02, 50.0), st.floats(0.9, 1.1)),
    "default_point": st.just(1.0),
    "asset_volatility": st.floats(0.02, 3.0),
    "drift": st.floats(-0.9, 1.4),
    "horizon": st.floats(0.05, 50.0),
}


def conditioning(inputs: dict[str, float], probability: float) -> float:
    """How far the last bit of the inputs moves ln PD: no root can be written down more exactly than that."""
    w = inputs["asset_volatility"] * np.sqrt(inputs["horizon"])
    distance = max(abs(float(np.log(probability))), 1.0) ** 0.5 * 1.5
    return distance * (abs(np.log(inputs["asset_value"])) + abs(inputs["drift"]) * inputs["horizon"] + w * w + 1) / w


def solve(unknown, inputs, probability, **options):
    known = {name: [value] for name, value in inputs.items() if name != unknown}
    return implied(unknown, probability_of_default=[probability], **known, **options)


@settings(max_examples=300, deadline=None)
@given(
    unknown=st.sampled_from(UNKNOWNS),
    probability=PROBABILITIES,
    form=st.sampled_from(FORMS),
    branch=st.sampled_from(["lower", "upper"]),
    **INPUTS,
)
def test_forward_again_gives_the_probability(unknown, probability, form, branch, **inputs):
    assume((form, unknown) != ("linear", "horizon"))
    found = solve(unknown, inputs, probability, form=form, branch=branch)
    status = RootStatus(int(found.status[0]))
    low, high = float(found.reachable_low[0]), float(found.reachable_high[0])
    if status is RootStatus.NO_ROOT:
        assert probability < low or probability > high or not 0 < probability < 1 or low == 0.5 or high == 0.5
        assert np.isnan(found.value[0])
        return
    assert low * (1 - 1e-14) <= probability <= high * (1 + 1e-14)
    roots = [float(found.value[0])] + ([float(found.other_root[0])] if status is RootStatus.TWO_ROOTS else [])
    if len(roots) == 2:
        assert (roots[0] < roots[1]) == (branch == "lower")
    for root in roots:
        there = {**inputs, unknown: root}
        again = float(probability_of_default(**there, form=form))
        slack = 1e-12 + 1e-15 * conditioning(there, min(probability, 1 - probability))
        if form == "linear":
            # 1 - D/(A e^{mT}) keeps the digits of the ratio only: near default by relative size of the amounts.
            slack *= 10
        assert again == pytest.approx(probability, rel=slack)


@pytest.mark.parametrize("unknown", ["asset_value", "default_point", "drift", "asset_volatility", "horizon"])
def test_the_model_s_own_point_comes_back(unknown):
    inputs = {"asset_value": 100.0, "default_point": 80.0, "asset_volatility": 0.2, "drift": 0.05, "horizon": 1.0}
    probability = float(probability_of_default(**inputs))
    known = {name: value for name, value in inputs.items() if name != unknown}
    found = implied(unknown, probability_of_default=probability, **known)
    assert float(found.value) == pytest.approx(inputs[unknown], rel=1e-13)


def test_safe_size_of_the_example_deal():
    """Senior that keeps PD at 1 % in the thesis reading; D = size x (1 + 2.95 % x .41 y)."""
    found = implied("default_point", probability_of_default=0.01, asset_value=22336.60, asset_volatility=[0.15, 0.20])
    assert found.value / (1 + 0.0295 * 0.41) == pytest.approx([15394.37, 13584.57], abs=0.01)


def test_two_volatilities_of_a_pool_under_water():
    with mpmath.workdps(40):
        k, z = mpmath.log(mpmath.mpf("0.8")), -mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(0.9) - 1)
        expected = [float(-z - mpmath.sqrt(z * z + 2 * k)), float(-z + mpmath.sqrt(z * z + 2 * k))]
    lower = implied("asset_volatility", probability_of_default=0.9, asset_value=80, default_point=100)
    upper = implied("asset_volatility", probability_of_default=0.9, asset_value=80, default_point=100, branch="upper")
    assert [float(lower.value), float(lower.other_root)] == pytest.approx(expected, rel=1e-14)
    assert [float(upper.other_root), float(upper.value)] == pytest.approx(expected, rel=1e-14)
    assert lower.status == upper.status == RootStatus.TWO_ROOTS


def test_two_horizons():
    """A pool above water that grows: its default probability rises first and falls later."""
    inputs = {"asset_value": 100, "default_point": 80, "asset_volatility": 0.2, "drift": 0.05}
    found = implied("horizon", probability_of_default=0.12, **inputs)
    assert found.status == RootStatus.TWO_ROOTS
    assert float(found.value) < float(found.other_root)
    both = probability_of_default(**inputs, horizon=np.array([found.value, found.other_root]))
    assert both == pytest.approx([0.12, 0.12], rel=1e-13)
    peak = float(mpmath.ncdf(-2 * mpmath.sqrt(mpmath.log(mpmath.mpf(100) / 80) * (0.05 - 0.02)) / 0.2))
    assert float(found.reachable_high) == pytest.approx(peak, rel=1e-13)


@settings(deadline=None)
@given(unknown=st.sampled_from(["asset_volatility", "horizon"]), form=st.sampled_from(FORMS), **INPUTS)
@example(
    unknown="asset_volatility", form="lognormal", asset_value=0.8, default_point=1.0, asset_volatility=1.0, drift=0.0,
    horizon=1.0,
)  # fmt: skip
def test_the_range_is_what_the_domain_gives(unknown, form, **inputs):
    """Over a fine grid of the whole domain no probability is outside the range, and its ends are approached."""
    assume((form, unknown) != ("linear", "horizon"))
    # The limit at 0 is reached below 1e-50 where ln(A/D) or k is 1e-50: no grid goes there.
    log = np.log(inputs["asset_value"])
    level = log if unknown == "horizon" else log + inputs["drift"] * inputs["horizon"]
    assume(level == 0.0 or abs(level) > 1e-5)
    found = solve(unknown, inputs, 0.5, form=form)
    low, high = float(found.reachable_low[0]), float(found.reachable_high[0])
    grid = np.concatenate([np.geomspace(1e-14, 1e-3, 400), np.geomspace(1e-3, TERMS[unknown].domain.high, 4001)])
    grid[-1] = TERMS[unknown].domain.high
    seen = probability_of_default(**{**inputs, unknown: grid}, form=form)
    assert low * (1 - 1e-13) <= seen.min()
    assert seen.max() <= high * (1 + 1e-13)
    # The student tail closes in on 0 and 1 by a power only.
    assert seen.min() == pytest.approx(low, abs=2e-4)
    assert seen.max() == pytest.approx(high, abs=2e-4)


@settings(deadline=None)
@given(
    unknown=st.sampled_from(["asset_volatility", "horizon"]), form=st.sampled_from(["lognormal", "log_drift"]), **INPUTS
)
def test_the_ends_are_reached_and_nothing_beyond(unknown, form, **inputs):
    found = solve(unknown, inputs, 0.5, form=form)
    for end, outwards in ((float(found.reachable_low[0]), 1 - 1e-9), (float(found.reachable_high[0]), 1 + 1e-9)):
        if not 1e-250 < end < 1 - 1e-6 or end == 0.5:
            continue
        there = solve(unknown, inputs, end, form=form)
        assert there.found.all()
        again = float(probability_of_default(**{**inputs, unknown: float(there.value[0])}, form=form))
        assert again == pytest.approx(end, rel=1e-10)
        beyond = solve(unknown, inputs, end * outwards, form=form)
        assert beyond.status[0] == RootStatus.NO_ROOT


def test_linear_form_reaches_down_to_its_own_floor():
    """PD >= N(-1 / (s sqrt T)): an asset value as large as you like leaves that much."""
    floor = float(mpmath.ncdf(-1 / mpmath.mpf("0.5")))
    known = {"default_point": 80.0, "asset_volatility": 0.5, "form": "linear"}
    found = implied("asset_value", probability_of_default=[floor * 0.999, floor * 1.001, 0.2], **known)
    assert found.status.tolist() == [RootStatus.NO_ROOT, RootStatus.FOUND, RootStatus.FOUND]
    assert found.reachable_low == pytest.approx(np.full(3, floor), rel=1e-14)
    with pytest.raises(KmvError, match=r"reachable: 2\.275 % to below 100 % \(asset_value above 0\)"):
        implied("asset_value", probability_of_default=0.01, **known)


def test_no_root_names_the_range_in_both_languages():
    with pytest.raises(KmvError) as caught:
        implied("asset_volatility", probability_of_default=0.5, asset_value=80, default_point=100)
    assert caught.value.code == "E310"
    assert caught.value.problems[0].en == (
        "no root: default probability 50 % cannot be reached; reachable: 74.79 % to below 100 % "
        "(asset_volatility above 0 and at most 5)"
    )
    assert "74.79 % 至小于 100%（资产波动率大于 0 且不大于 5）" in caught.value.problems[0].zh


@pytest.mark.parametrize(
    ("unknown", "known"),
    [
        ("asset_volatility", {"asset_value": 100, "default_point": 100, "form": "linear"}),
        ("asset_volatility", {"asset_value": 100, "default_point": 100, "form": "log_drift"}),
        ("horizon", {"asset_value": 100, "default_point": 100, "asset_volatility": 0.2, "form": "log_drift"}),
    ],
)
def test_where_every_value_is_a_root(unknown, known):
    found = implied(unknown, probability_of_default=[0.5, 0.4], **known)
    assert found.status.tolist() == [RootStatus.INDETERMINATE, RootStatus.NO_ROOT]
    with pytest.raises(KmvError, match="every one gives it"):
        implied(unknown, probability_of_default=0.5, **known)


def test_roots_outside_the_domain_are_none():
    """ln(A/D) = 0 and DD = -w/2: PD .999 needs w = 6.2, which no volatility up to 5 gives in a year."""
    found = implied("asset_volatility", probability_of_default=[0.999], asset_value=1, default_point=1)
    assert found.status[0] == RootStatus.NO_ROOT
    assert float(found.reachable_high[0]) == pytest.approx(float(mpmath.ncdf(2.5)), rel=1e-14)
    one_of_two = implied("asset_volatility", probability_of_default=[0.9999], asset_value=0.8, default_point=1)
    assert one_of_two.status[0] == RootStatus.FOUND
    assert one_of_two.value[0] < 0.1


@given(scale=st.sampled_from([1e-6, 1e6, 1e150]), probability=st.floats(0.001, 0.6))
def test_amounts_scale_away(scale, probability):
    for unknown, factor in (("asset_value", scale), ("asset_volatility", 1.0), ("default_point", scale)):
        known = {"asset_value": 150.0, "default_point": 80.0, "asset_volatility": 0.3}
        del known[unknown]
        large = {name: value * scale if "volatility" not in name else value for name, value in known.items()}
        one = implied(unknown, probability_of_default=probability, **known)
        other = implied(unknown, probability_of_default=probability, **large)
        assert float(other.value) == pytest.approx(float(one.value) * factor, rel=1e-11)


def test_a_status_for_every_element_and_never_a_bare_nan():
    found = implied(
        "asset_volatility",
        probability_of_default=[0.1, 0.9, 0.1, 1.5, np.nan, 0.0, 1.0],
        asset_value=[100, 80, 80, 100, 100, 100, 100],
        default_point=[80, 100, 100, 80, 80, 80, 80],
    )
    names = [RootStatus(int(each)).name for each in found.status]
    assert names == ["FOUND", "TWO_ROOTS", "NO_ROOT", "NOT_APPLICABLE", "NOT_APPLICABLE", "NO_ROOT", "NO_ROOT"]
    assert np.array_equal(np.isfinite(found.value), found.found)
    assert np.array_equal(np.isfinite(found.other_root), found.status == RootStatus.TWO_ROOTS)


def test_shapes_broadcast_and_blocks_agree():
    probability = np.linspace(0.01, 0.6, 70_003)
    known = {"asset_value": 100.0, "default_point": 80.0}
    whole = implied("asset_volatility", probability_of_default=probability, **known)
    part = implied("asset_volatility", probability_of_default=probability[:50], **known)
    assert np.array_equal(whole.value[:50], part.value)
    grid = implied("asset_value", probability_of_default=[[0.1], [0.2]], default_point=[1.0, 2.0], asset_volatility=0.2)
    assert grid.value.shape == grid.status.shape == grid.reachable_low.shape == (2, 2)
    empty = implied("asset_value", probability_of_default=[], default_point=1.0, asset_volatility=0.2)
    assert empty.value.shape == (0,)
    single = implied("asset_value", probability_of_default=0.1, default_point=1.0, asset_volatility=0.2)
    assert np.ndim(single.value) == np.ndim(single.status) == 0


def test_the_deep_tail_is_not_lost():
    found = implied("asset_value", probability_of_default=1e-300, default_point=80, asset_volatility=0.2)
    log = log_probability_of_default(asset_value=found.value, default_point=80, asset_volatility=0.2)
    assert float(log) == pytest.approx(-300 * np.log(10), rel=1e-14)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"unknown": "recovery_rate"}, "E205"),
        ({"branch": "shorter"}, "E205"),
        ({"form": "probit"}, "E205"),
        ({"unknown": "horizon", "form": "linear", "asset_volatility": 0.2, "default_point": 80}, "E205"),
        ({"default_point": 80, "asset_volatility": 0.2, "asset_value": 100}, "E218"),
        ({"default_point": 80}, "E216"),
        ({"default_point": 80, "asset_volatility": "high"}, "E212"),
        ({"default_point": 80, "asset_volatility": 0.0}, "E222"),
        ({"default_point": -80, "asset_volatility": 0.1}, "E224"),
        ({"default_point": [80, 90], "asset_volatility": [0.1, 0.2, 0.3]}, "E217"),
        ({"default_point": 80, "asset_volatility": 0.1, "probability_of_default": 1.2}, "E226"),
        ({"default_point": 80, "asset_volatility": 0.1, "form": "student", "dof": 2.0}, "E226"),
    ],
)
def test_refusals(arguments, code):
    with pytest.raises(KmvError) as caught:
        implied(**{"unknown": "asset_value", "probability_of_default": 0.1, **arguments})
    assert caught.value.code == code
