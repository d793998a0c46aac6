"""The two equations: reference rows, fresh random extremes against mpmath, laws, and a slow obvious twin."""

from __future__ import annotations

import csv
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from kmv_core.structural import calibration
from kmv_core.structural.calibration import Status, calibrate_assets
from kmv_core.vocabulary.errors import KmvError

TEXT = (Path(__file__).parents[2] / "published" / "two_equations.csv").read_text(encoding="utf-8")
ROWS = list(csv.DictReader(TEXT.splitlines()))


def column(name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in ROWS])


def solved(equity, spread, debt, rate, time):
    return calibrate_assets(
        equity_value=equity, equity_volatility=spread, default_point=debt, risk_free_rate=rate, horizon=time
    )


def test_every_reference_row():
    found = solved(*(column(name) for name in ("E", "sigma_E", "D", "r", "T")))
    assert len(ROWS) == 141
    assert (found.status == Status.CONVERGED).all()
    for value, name in (
        (found.asset_value, "V"),
        (found.asset_volatility, "sigma_V"),
        (found.distance_to_default, "DD_d2"),
        (found.log_probability_of_default, "logPD"),
    ):
        assert np.abs(value / column(name) - 1).max() < 1e-9, name


def test_one_number_at_a_time_gives_the_same():
    for row in ROWS[::7]:
        found = solved(*(float(row[name]) for name in ("E", "sigma_E", "D", "r", "T")))
        assert found.asset_value.shape == ()
        assert float(found.asset_value) == pytest.approx(float(row["V"]), rel=1e-9)


def _exact(owned, s, debt, rate, time):
    """E, sigma_E, d2 and ln PD of one company, 40 digits."""
    owned, s, debt, rate, time = map(mpmath.mpf, (owned, s, debt, rate, time))
    w = s * mpmath.sqrt(time)
    d2 = (mpmath.log(owned / debt) + (rate - s * s / 2) * time) / w
    equity = owned * mpmath.ncdf(d2 + w) - debt * mpmath.exp(-rate * time) * mpmath.ncdf(d2)
    spread = s * owned * mpmath.ncdf(d2 + w) / equity if equity > 0 else mpmath.nan
    log = mpmath.log(mpmath.ncdf(-d2)) if d2 > -1 else mpmath.log1p(-mpmath.ncdf(d2))
    return tuple(map(float, (equity, spread, d2, log)))


def test_ten_thousand_random_extremes_against_mpmath():
    """Over the reference rows' own range: every answer right, or a status that says there is none."""
    g = np.random.default_rng()
    n = 10_000
    owned = 10.0 ** g.uniform(-4, 14, n)
    s = np.exp(g.uniform(np.log(1e-3), np.log(5.0), n))
    time = np.exp(g.uniform(np.log(1e-4), np.log(50.0), n))
    rate = g.uniform(-0.05, 0.2, n)
    debt = owned * np.exp(g.uniform(np.log(1e-4), np.log(10.0), n))
    with mpmath.workdps(40):
        exact = np.array([_exact(*row) for row in zip(owned, s, debt, rate, time, strict=True)])
    equity, spread, distance, log = exact.T
    found = solved(equity, spread, debt, rate, time)
    done = found.converged
    # What is left out: equity that is no normal double, or too small beside the debt for one.
    unsolvable = ~np.isfinite(spread) | (equity < 1e-300) | (equity / debt < 1e-280)
    assert not (~done & ~unsolvable).any()
    # Equity of 1e-270 of the debt: the rounding of the inputs alone moves the answer by a billionth.
    allowed = np.where(equity / debt > 1e-60, 1e-9, 1e-8)
    for value, expected in (
        (found.asset_value, owned),
        (found.asset_volatility, s),
        (found.log_probability_of_default, log),
    ):
        assert (np.abs(value / expected - 1) < allowed)[done].all()
    # A distance near zero is a difference: what counts there is its size beside one standard deviation.
    gap = np.abs(found.distance_to_default[done] - distance[done])
    assert (gap / np.maximum(np.abs(distance[done]), 1e-2)).max() < 1e-9


@settings(max_examples=60, deadline=None)
@given(
    leverage=st.floats(0.05, 3.0),
    s=st.floats(0.02, 1.5),
    time=st.floats(0.1, 10.0),
    rate=st.floats(-0.02, 0.1),
    scale=st.sampled_from([1e-12, 1e6, 1e12]),
)
def test_the_money_unit_changes_nothing(leverage, s, time, rate, scale):
    equity, spread, *_ = _exact(100.0, s, 100.0 * leverage, rate, time)
    if not equity > 1e-200:
        return
    one, other = (solved(equity * k, spread, 100.0 * leverage * k, rate, time) for k in (1.0, scale))
    assert other.asset_value / scale == pytest.approx(float(one.asset_value), rel=1e-9)
    assert other.asset_volatility == pytest.approx(float(one.asset_volatility), rel=1e-9)
    assert other.probability_of_default == pytest.approx(float(one.probability_of_default), rel=1e-8, abs=1e-300)


@pytest.mark.parametrize(("equity", "spread", "debt"), [(3, 0.8, 10), (4, 0.6, 15), (20, 0.3, 5), (1, 2.5, 40)])
def test_a_slow_obvious_twin(equity, spread, debt):
    """Bisection of the volatility, the asset value implied at each: no start, no derivative, no table."""

    def asset(s):
        return brentq(lambda a: _equity(a, s, debt)[0] - equity, equity, equity + debt, xtol=1e-13, rtol=1e-15)

    s = brentq(lambda s: _equity(asset(s), s, debt)[1] * s * asset(s) / equity - spread, 1e-3, spread, xtol=1e-15)
    found = solved(equity, spread, debt, 0.0, 1.0)
    assert float(found.asset_volatility) == pytest.approx(s, rel=1e-9)
    assert float(found.asset_value) == pytest.approx(asset(s), rel=1e-9)


def _equity(owned, s, debt):
    d1 = np.log(owned / debt) / s + s / 2
    inside = float(mpmath.ncdf(d1))
    return owned * inside - debt * float(mpmath.ncdf(d1 - s)), inside


@pytest.mark.parametrize(
    ("equity", "spread", "debt", "expected"),
    [  # Hull (example, end-of-chapter), forum exercise, Crosbie and Bohn 2003, and a course page put right
        (3, 0.8, 10, (0.05, 1, 12.395387, 0.212305, 0.126971)),
        (4, 0.6, 15, (0.06, 2, 17.083947, 0.157618, 0.156128)),
        (11, 0.7, 18, (0.06, 1, 27.850492, 0.284947, 0.054812)),
        (3, 0.4, 10, (0.05, 1, 12.511626, 0.096090, None)),
        (60, 0.475, 100, (0.047, 4, 140.186377, 0.220743, 0.165963)),
    ],
)
def test_published_companies(equity, spread, debt, expected):
    rate, time, owned, s, probability = expected
    found = solved(equity, spread, debt, rate, time)
    assert float(found.asset_value) == pytest.approx(owned, abs=6e-7)
    assert float(found.asset_volatility) == pytest.approx(s, abs=6e-7)
    if probability is not None:
        assert float(found.probability_of_default) == pytest.approx(probability, abs=6e-7)


def test_a_bad_element_says_why_and_harms_no_other():
    found = solved(np.array([3.0, -1.0, np.nan, 0.0, 1e-300, 3.0]), 0.8, 10.0, 0.05, 1.0)
    assert found.status.tolist() == [0, 2, 2, 2, 1, 0]
    assert found.asset_value[0] == found.asset_value[5]
    assert np.isfinite(found.asset_value).tolist() == [True, False, False, False, False, True]
    for arguments in ((3, 0, 10, 0, 1), (3, 0.8, 0, 0, 1), (3, 0.8, 10, 4.5, 1), (3, 0.8, 10, 0, 0)):
        assert solved(*arguments).status == Status.NOT_APPLICABLE


def test_shapes_broadcast():
    found = solved(np.array([[3.0], [4.0]]), np.array([0.6, 0.7, 0.8]), 10.0, 0.05, 1.0)
    assert found.asset_value.shape == found.status.shape == (2, 3)
    assert float(found.asset_value[0, 2]) == pytest.approx(12.395387, abs=1e-6)
    assert solved(np.array([]), 0.8, 10.0, 0.0, 1.0).asset_value.shape == (0,)
    with pytest.raises(KmvError) as refused:
        solved(np.ones(2), np.ones(3), 10.0, 0.0, 1.0)
    assert refused.value.code == "E217"


def test_blocks_and_threads_change_no_bit(monkeypatch):
    g = np.random.default_rng(3)
    equity, spread = np.exp(g.normal(1, 1, 200_000)), np.exp(g.normal(-0.5, 0.5, 200_000))
    many = solved(equity, spread, 10.0, 0.03, 2.0)
    monkeypatch.setattr("kmv_core.structural.blocks.os.cpu_count", lambda: 1)
    one = solved(equity, spread, 10.0, 0.03, 2.0)
    assert np.array_equal(many.asset_value, one.asset_value)
    assert calibration.INPUTS[0] == "equity_value"
