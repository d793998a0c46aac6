"""First passage against the closed form in fifty digits, an independent simulation-free referee, and its laws."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmv_core.structural import first_passage, merton
from kmv_core.vocabulary.errors import KmvError

INPUTS = {
    "ratio": st.one_of(st.floats(0.3, 40.0), st.floats(1.0, 1.1), st.floats(1.0, 1e12)),
    "s": st.one_of(st.floats(0.02, 3.0), st.floats(0.002, 5.0)),
    "m": st.floats(-0.9, 1.4),
    "t": st.floats(0.02, 50.0),
}


def exact(ratio: float, s: float, m: float, t: float) -> mpmath.mpf:
    """The textbook line, in digits enough that neither factor is lost."""
    b, s, m, t = mpmath.log(mpmath.mpf(ratio)), mpmath.mpf(s), mpmath.mpf(m), mpmath.mpf(t)
    if b <= 0:
        return mpmath.mpf(1)
    n, w = m - s * s / 2, s * mpmath.sqrt(t)
    return mpmath.ncdf(-(b + n * t) / w) + mpmath.exp(-2 * n * b / s**2) * mpmath.ncdf((n * t - b) / w)


def test_regression_value():
    found = first_passage.first_passage_probability(
        asset_value=100, default_point=80, asset_volatility=0.2, drift=0.05, horizon=1
    )
    assert float(found) == pytest.approx(0.22236889, abs=5e-9)


def test_against_the_hitting_density():
    """Another route: the density of the first hitting time, b / (s sqrt(2 pi t^3)) exp(-(b + n t)^2 / (2 s^2 t))."""
    with mpmath.workdps(25):
        b, s, n = mpmath.log(mpmath.mpf(100) / 80), mpmath.mpf("0.2"), mpmath.mpf("-0.12")
        expected = mpmath.quad(
            lambda t: b / (s * mpmath.sqrt(2 * mpmath.pi * t**3)) * mpmath.exp(-((b + n * t) ** 2) / (2 * s * s * t)),
            [0, 0.1, 0.5, 1, 1.5],
        )
    found = first_passage.first_passage_probability(
        asset_value=100, default_point=80, asset_volatility=0.2, drift=-0.1, horizon=1.5
    )
    assert float(found) == pytest.approx(float(expected), rel=1e-13)
    assert float(found) == pytest.approx(0.62044715168, rel=1e-10)


@given(**INPUTS)
def test_against_mpmath(ratio, s, m, t):
    with mpmath.workdps(80):
        expected = exact(ratio, s, m, t)
        log_expected = float(mpmath.log(expected))
    arguments = {"asset_value": ratio, "default_point": 1.0, "asset_volatility": s, "drift": m, "horizon": t}
    found = float(first_passage.first_passage_probability(**arguments))
    log_found = float(first_passage.log_first_passage_probability(**arguments))
    # The inputs' own last bit moves ln PD by up to eps x (terms of its exponent): no form can do better.
    w = s * np.sqrt(t)
    moved = (abs(np.log(ratio)) + abs(m) * t + w * w) / w
    slack = 4e-15 + 3e-16 * (moved * moved + moved)
    assert log_found == pytest.approx(log_expected, rel=1e-14, abs=slack)
    if log_expected > -700:
        assert found == pytest.approx(float(expected), rel=2.0 * slack)


@given(**INPUTS)
def test_at_least_the_probability_at_the_end(ratio, s, m, t):
    arguments = {"asset_value": ratio, "default_point": 1.0, "asset_volatility": s, "drift": m, "horizon": t}
    touched = float(first_passage.first_passage_probability(**arguments))
    ended = float(merton.probability_of_default(**arguments))
    assert ended * (1 - 1e-12) <= touched <= 1.0
    assert float(first_passage.log_first_passage_probability(**arguments)) <= 0.0


def test_certain_at_the_barrier_and_below():
    found = first_passage.first_passage_probability(
        asset_value=[100, 80, 79.999], default_point=80, asset_volatility=0.2
    )
    assert 0 < found[0] < 1
    assert found[1:].tolist() == [1.0, 1.0]
    log = first_passage.log_first_passage_probability(asset_value=[79.0, 80.0], default_point=80, asset_volatility=0.2)
    assert log.tolist() == [0.0, 0.0]


def test_nothing_overflows_where_the_textbook_line_does():
    """exp(-2 n b / s^2) alone is e^{+25000} here."""
    found = first_passage.first_passage_probability(
        asset_value=2, default_point=1, asset_volatility=0.005, drift=-0.45, horizon=1.6
    )
    with mpmath.workdps(80):
        assert float(found) == pytest.approx(float(exact(2, 0.005, -0.45, 1.6)), rel=1e-14)
    tiny = first_passage.first_passage_probability(asset_value=1e9, default_point=1, asset_volatility=1e-150)
    assert float(tiny) == 0.0


@given(scale=st.sampled_from([1e-6, 1e6, 1e100]), ratio=st.floats(1.001, 10), s=st.floats(0.05, 1))
def test_amounts_scale_away(scale, ratio, s):
    one = first_passage.first_passage_probability(asset_value=ratio, default_point=1, asset_volatility=s)
    other = first_passage.first_passage_probability(asset_value=ratio * scale, default_point=scale, asset_volatility=s)
    assert float(other) == pytest.approx(float(one), rel=1e-11)


def test_shapes_broadcast_and_do_not_depend_on_blocks():
    owned = np.linspace(70, 400, 70_001)
    found = first_passage.first_passage_probability(asset_value=owned, default_point=80, asset_volatility=0.2)
    part = first_passage.first_passage_probability(asset_value=owned[:100], default_point=80, asset_volatility=0.2)
    assert found.shape == owned.shape
    assert np.array_equal(found[:100], part)
    grid = first_passage.first_passage_probability(
        asset_value=np.ones((3, 1)) * 100, default_point=[70.0, 80.0], asset_volatility=0.2
    )
    assert grid.shape == (3, 2)
    assert np.ndim(first_passage.first_passage_probability(asset_value=2, default_point=1, asset_volatility=0.2)) == 0


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"asset_value": 0.0}, "E224"),
        ({"asset_volatility": -0.1}, "E222"),
        ({"drift": 20.0}, "E220"),
        ({"horizon": [1.0, -1.0]}, "E225"),
        ({"asset_value": "much"}, "E212"),
        ({"asset_value": [100.0, 90.0], "horizon": [1.0, 2.0, 3.0]}, "E217"),
    ],
)
def test_refusals(changed, code):
    with pytest.raises(KmvError) as caught:
        first_passage.first_passage_probability(
            **{"asset_value": 100.0, "default_point": 80.0, "asset_volatility": 0.2, **changed}
        )
    assert caught.value.code == code
