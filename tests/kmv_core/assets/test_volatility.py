"""Estimators of the volatility of total collections: facts, slow twins, laws, refusals, standard errors."""

from __future__ import annotations

import math
import statistics
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmv_core.assets.volatility import ESTIMATORS
from kmv_core.assets.volatility_record import agency_gap_volatility, outturn_volatility
from kmv_core.assets.volatility_series import (
    ewma_volatility,
    mle_volatility,
    thesis_cumulative_volatility,
    thesis_periodic_volatility,
)
from kmv_core.vocabulary.errors import KmvError

MONTHS = 24
PATHS = 1000

SERIES = {
    "thesis_periodic": lambda x, **more: thesis_periodic_volatility(collections=x, **more),
    "thesis_cumulative": lambda x, **more: thesis_cumulative_volatility(collections=x, **more),
    "ewma": lambda x, **more: ewma_volatility(value_series=x, **more),
    "mle": lambda x, **more: mle_volatility(value_series=x, **more),
}

amounts = st.lists(st.floats(0.5, 2000.0), min_size=4, max_size=40)


def decaying_cash(paths: int = PATHS, seed: int = 20210401) -> np.ndarray:
    """model.md M4: 24 months, 5 % decay a month, independent log noise of 30 %."""
    noise = np.random.default_rng(seed).standard_normal((paths, MONTHS))
    return 0.95 ** np.arange(MONTHS) * np.exp(0.3 * noise)


# Facts of the simulation in M4, which are medians or means of many paths; tolerances are half a unit of the last digit
# given plus what so many paths leave (four standard errors).


def test_periodic_changes_give_148_percent_a_year_where_the_truth_is_7():
    cash = decaying_cash()
    found = [thesis_periodic_volatility(collections=path) for path in cash]
    assert np.mean([each.yearly(12) for each in found]) == pytest.approx(1.48, abs=0.02)
    assert np.mean([each.value for each in found]) == pytest.approx(2.04, abs=0.03)
    assert np.log(cash.sum(axis=1)).std() == pytest.approx(0.066, abs=0.004)


def test_cumulative_changes_measure_the_window():
    cash = decaying_cash(4 * PATHS)
    whole = [thesis_cumulative_volatility(collections=path).per_period for path in cash]
    late = [thesis_cumulative_volatility(collections=path, last=12).per_period for path in cash]
    assert np.median(whole) == pytest.approx(0.156, abs=0.003)
    assert np.median(late) == pytest.approx(0.015, abs=0.0008)


def test_cumulative_changes_of_a_curve_without_noise_are_not_0():
    smooth = 0.95 ** np.arange(MONTHS)
    assert thesis_cumulative_volatility(collections=smooth).per_period > 0.1


# Slow obvious twins


@given(amounts)
def test_series_twins(cash):
    changes = [math.log(b / a) for a, b in pairwise(cash)]
    running = [sum(cash[: i + 1]) for i in range(len(cash))]
    rises = [math.log(b / a) for a, b in pairwise(running)]
    near = partial(pytest.approx, rel=1e-9, abs=1e-12)
    assert SERIES["thesis_periodic"](cash).per_period == near(statistics.stdev(changes))
    assert SERIES["mle"](cash).per_period == near(statistics.pstdev(changes))
    assert SERIES["thesis_cumulative"](cash).per_period == near(statistics.stdev(rises))
    assert SERIES["thesis_cumulative"](cash, last=3).per_period == near(statistics.stdev(rises[-3:]))
    variance = weight = 0.0
    for change in changes:
        variance, weight = 0.9 * variance + change**2, 0.9 * weight + 1.0
    assert SERIES["ewma"](cash, ewma_decay=0.9).per_period == near(math.sqrt(variance / weight))


def test_cumulative_standard_error_against_differences():
    """The delta method's slopes, by moving each month's cash a little."""
    cash = decaying_cash(1)[0]
    found = thesis_cumulative_volatility(collections=cash, last=12)
    noise = statistics.stdev(np.diff(np.log(cash)).tolist()) / math.sqrt(2)
    total = 0.0
    for month in range(MONTHS):
        up, down = cash.copy(), cash.copy()
        up[month] *= math.exp(1e-5)
        down[month] *= math.exp(-1e-5)
        rise = thesis_cumulative_volatility(collections=up, last=12).value
        total += ((rise - thesis_cumulative_volatility(collections=down, last=12).value) / 2e-5) ** 2
    assert found.standard_error == pytest.approx(noise * math.sqrt(total), rel=1e-6)


def test_outturn_twin():
    rng = np.random.default_rng(3)
    types = ["a"] * 4 + ["b"] * 7 + ["c"]
    actual, forecast = np.exp(rng.normal(size=12)), np.full(12, 2.0)
    y = [math.log(u / v) for u, v in zip(actual, forecast, strict=True)]
    a, b = y[:4], y[4:11]
    pooled = (3 * statistics.variance(a) + 6 * statistics.variance(b)) / 9
    own = partial(outturn_volatility, actual=actual, forecast=forecast, asset_types=types)
    found = own(asset_type="a", prior_observations=5)
    assert found.value == pytest.approx(math.sqrt((3 * statistics.variance(a) + 5 * pooled) / 8), rel=1e-12)
    assert found.own == pytest.approx(statistics.stdev(a), rel=1e-12)
    assert found.pooled == pytest.approx(math.sqrt(pooled), rel=1e-12)
    assert found.forecast_bias == pytest.approx(statistics.mean(a), rel=1e-12)
    assert found.observations == 4
    assert own().value == pytest.approx(math.sqrt(pooled), rel=1e-12)
    assert own(asset_type="a", prior_observations=0).value == pytest.approx(statistics.stdev(a), rel=1e-12)
    assert own(asset_type="a", prior_observations=1e12).value == pytest.approx(math.sqrt(pooled), rel=1e-9)


def test_agency_gap_leaves_misprints_out_and_names_their_rows():
    found = agency_gap_volatility(forecast_a=[10, 12, 9, 100], forecast_b=[11, 10, 10, 9])
    logs = [math.log(10 / 11), math.log(1.2), math.log(0.9)]
    assert found.value == pytest.approx(math.sqrt(sum(x * x for x in logs) / 3), rel=1e-12)
    assert found.floor == pytest.approx(found.value / math.sqrt(2), rel=1e-12)
    assert found.excluded == (4,)
    assert found.observations == 3
    kept = agency_gap_volatility(forecast_a=[10, 12, 9, 100], forecast_b=[11, 10, 10, 9], misprint_factor=20)
    assert kept.excluded == ()
    assert kept.value > 1


# Laws


@pytest.mark.parametrize("name", SERIES)
@given(amounts)
def test_the_unit_of_money_changes_nothing(name, cash):
    once, scaled = SERIES[name](cash), SERIES[name]([1e6 * each for each in cash])
    assert scaled.value == pytest.approx(once.value, rel=1e-9, abs=1e-12)
    # near a constant series the error is a ratio of roundings
    assert scaled.standard_error == pytest.approx(once.standard_error, rel=1e-5, abs=1e-9)


@given(amounts)
def test_the_unit_of_money_changes_nothing_in_the_record(cash):
    other = cash[::-1]
    big = [1e6 * each for each in cash], [1e6 * each for each in other]
    once = outturn_volatility(actual=cash, forecast=other)
    assert outturn_volatility(actual=big[0], forecast=big[1]).value == pytest.approx(once.value, rel=1e-9, abs=1e-12)
    gap = agency_gap_volatility(forecast_a=cash, forecast_b=other, misprint_factor=1e9)
    swapped = agency_gap_volatility(forecast_a=big[1], forecast_b=big[0], misprint_factor=1e9)
    assert swapped.value == pytest.approx(gap.value, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", ["thesis_periodic", "ewma", "mle"])
def test_a_constant_series_gives_exactly_0(name):
    found = SERIES[name]([0.1] * 9)
    assert (found.value, found.standard_error, found.observations) == (0.0, 0.0, 8)


def test_constant_ratios_give_exactly_0_and_all_the_bias():
    found = outturn_volatility(actual=[1.1] * 5, forecast=[1.0] * 5, asset_types=list("aabbb"), asset_type="b")
    assert (found.value, found.standard_error) == (0.0, 0.0)
    assert found.forecast_bias == pytest.approx(math.log(1.1), rel=1e-12)
    gap = agency_gap_volatility(forecast_a=[3, 4, 5], forecast_b=[3, 4, 5])
    assert (gap.value, gap.standard_error) == (0.0, 0.0)


def test_a_common_bias_moves_no_volatility():
    actual, forecast = np.array([3.0, 5, 4, 9]), np.array([4.0, 4, 5, 8])
    once = outturn_volatility(actual=actual, forecast=forecast)
    twice = outturn_volatility(actual=2 * actual, forecast=forecast)
    assert twice.value == pytest.approx(once.value, rel=1e-12)
    assert twice.forecast_bias == pytest.approx(once.forecast_bias + math.log(2), rel=1e-12)


@pytest.mark.parametrize("name", SERIES)
def test_the_horizon_scales_by_its_root(name):
    cash = decaying_cash(1)[0]
    one, nine = SERIES[name](cash, horizon_periods=1), SERIES[name](cash, horizon_periods=9)
    assert nine.value == pytest.approx(3 * one.value, rel=1e-12)
    assert nine.standard_error == pytest.approx(3 * one.standard_error, rel=1e-12)
    assert one.value == one.per_period
    assert SERIES[name](cash).horizon_periods == MONTHS - 1


# Standard errors against simulation: mean of the stated error over paths against the spread of the estimate.
# 2000 paths know the spread to 2 %; the rest of each tolerance is the stated approximation.


@pytest.mark.parametrize(("name", "tolerance"), [("thesis_periodic", 0.08), ("thesis_cumulative", 0.15)])
def test_standard_errors_of_the_theses_estimators(name, tolerance):
    found = [SERIES[name](path) for path in decaying_cash(2000)]
    stated = np.mean([each.standard_error for each in found])
    assert stated == pytest.approx(np.std([each.value for each in found]), rel=tolerance)


@pytest.mark.parametrize(("name", "tolerance"), [("ewma", 0.08), ("mle", 0.08), ("thesis_periodic", 0.10)])
def test_standard_errors_on_a_walk(name, tolerance):
    steps = np.random.default_rng(5).normal(0.0, 0.05, (2000, 60))
    found = [SERIES[name](path) for path in np.exp(np.cumsum(steps, axis=1))]
    stated = np.mean([each.standard_error for each in found])
    assert stated == pytest.approx(np.std([each.value for each in found]), rel=tolerance)


def test_standard_errors_of_the_record():
    rng = np.random.default_rng(7)
    types = ["a"] * 8 + ["b"] * 12 + ["c"] * 10
    y = np.exp(rng.normal(0.2, 0.15, (2000, 30)))
    ones = np.ones(30)
    kinds = [
        partial(outturn_volatility, forecast=ones, asset_types=types, asset_type="a"),
        partial(outturn_volatility, forecast=ones, asset_types=types),
    ]
    for kind in kinds:
        found = [kind(actual=row) for row in y]
        stated = np.mean([each.standard_error for each in found])
        assert stated == pytest.approx(np.std([each.value for each in found]), rel=0.08)
    bias = [kinds[0](actual=row) for row in y]
    stated = np.mean([each.forecast_bias_standard_error for each in bias])
    assert stated == pytest.approx(np.std([each.forecast_bias for each in bias]), rel=0.08)
    gaps = [agency_gap_volatility(forecast_a=row / np.exp(0.2), forecast_b=ones) for row in y]
    assert np.mean([each.standard_error for each in gaps]) == pytest.approx(np.std([g.value for g in gaps]), rel=0.08)


def test_shrinking_beats_the_type_alone_and_the_pool_alone_where_types_differ_as_the_prior_says():
    """Squared error of ln s^2 over 1500 worlds of five types; the prior's own degrees of freedom."""
    rng = np.random.default_rng(11)
    types = [kind for kind in "abcde" for _ in range(4)]
    lost = {0.0: 0.0, 10.0: 0.0, 1e9: 0.0}
    for _ in range(1500):
        s = 0.15 * np.sqrt(10.0 / rng.chisquare(10.0, 5))
        actual = np.exp(np.repeat(s, 4) * rng.standard_normal(20))
        for prior in lost:
            found = outturn_volatility(
                actual=actual, forecast=np.ones(20), asset_types=types, asset_type="a", prior_observations=prior
            )
            lost[prior] += math.log(found.value / s[0]) ** 2
    assert lost[10.0] < lost[1e9] < lost[0.0]


# Refusals


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize(
    ("cash", "code", "told"),
    [
        ([1, 2, 3], "E280", "3 observations, at least 4"),
        ([], "E280", "0 observations"),
        ([5, 4, 0, 3, 2], "E226", "row 3"),
        ([5, 4, 3, -1, 2], "E226", "row 4"),
        ([5, math.nan, 3, 1, 2], "E226", "row 2"),
        ([[1, 2], [3, 4]], "E217", "(2, 2)"),
        (["a", 1, 2, 3], "E212", "'a'"),
    ],
)
def test_series_refusals(name, cash, code, told):
    with pytest.raises(KmvError) as refused:
        SERIES[name](cash)
    assert refused.value.code == code
    assert told in str(refused.value)


def test_other_refusals_of_series():
    with pytest.raises(KmvError) as refused:
        thesis_cumulative_volatility(collections=[1, 2, 3, 4], last=9)
    assert refused.value.code == "E280"
    with pytest.raises(KmvError) as refused:
        thesis_cumulative_volatility(collections=[1, 2, 3, 4, 5], last=2)
    assert refused.value.code == "E226"
    with pytest.raises(KmvError) as refused:
        ewma_volatility(value_series=[1, 2, 3, 4], ewma_decay=1.0)
    assert refused.value.code == "E226"
    with pytest.raises(KmvError) as refused:
        mle_volatility(value_series=[1, 2, 3, 4], horizon_periods=0)
    assert refused.value.code == "E226"


@pytest.mark.parametrize(
    ("given_", "code", "told"),
    [
        ({"actual": [1, 2, 3], "forecast": [1, 2, -3]}, "E226", "forecast"),
        ({"actual": [1, 0, 3], "forecast": [1, 2, 3]}, "E226", "row 2"),
        ({"actual": [1, 2, 3], "forecast": [1, 2]}, "E217", "forecast (2,)"),
        ({"actual": [1, 2], "forecast": [1, 2]}, "E280", "2 observations"),
        ({"actual": [1, 2, 3], "forecast": [1, 2, 3], "asset_types": ["a"]}, "E217", "asset_types 1"),
        ({"actual": [1, 2, 3], "forecast": [1, 2, 3], "asset_types": list("aab"), "asset_type": "a"}, "E280", "[a]"),
        ({"actual": [1, 2, 3], "forecast": [1, 2, 3], "asset_types": list("abc")}, "E280", "at least"),
        ({"actual": [1, 2, 3], "forecast": [1, 2, 3], "prior_observations": -1}, "E226", "prior_observations"),
    ],
)
def test_outturn_refusals(given_, code, told):
    with pytest.raises(KmvError) as refused:
        outturn_volatility(**given_)
    assert refused.value.code == code
    assert told in str(refused.value)


def test_gap_refusals():
    with pytest.raises(KmvError) as refused:
        agency_gap_volatility(forecast_a=[1, 2, 3], forecast_b=[1, 2, 30])
    assert refused.value.code == "E280"
    with pytest.raises(KmvError) as refused:
        agency_gap_volatility(forecast_a=[1, 2, 3], forecast_b=[1, 2, 3], misprint_factor=1)
    assert refused.value.code == "E226"


def test_every_estimator_has_its_words_in_both_languages():
    assert set(SERIES) | {"outturn", "agency_gap", "triangle", "licence_total", "user"} == set(ESTIMATORS)
    for text in ESTIMATORS.values():
        assert all((text.method_en, text.method_zh, text.verdict_en, text.verdict_zh))
    assert SERIES["mle"]([1, 2, 3, 4]).text is ESTIMATORS["mle"]
