"""Closed forms against published vectors, mpmath, and the laws they must obey."""

from __future__ import annotations

from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmv_core.structural import merton
from kmv_core.vocabulary.errors import KmvError

PUBLISHED = [
    # Hull's Merton example; end-of-chapter; forum exercise; physical exam question (A, D, s, m, T, PD, tolerance)
    (12.395387, 10.0, 0.212305, 0.05, 1.0, 0.126971, 2e-6),
    (17.083947, 15.0, 0.157618, 0.06, 2.0, 0.156128, 3e-6),
    (27.850492, 18.0, 0.284947, 0.06, 1.0, 0.054812, 1e-6),
    (110.0, 130.0, 0.3, 0.2, 3.0, 0.283188, 1e-6),
    (140.186377, 100.0, 0.220743, 0.047, 4.0, 0.165963, 1e-6),
    (100.0, 80.0, 0.2, 0.05, 1.0, 0.1028070744, 1e-10),
]
"""Published to six digits: the tolerance is what their rounding leaves."""


@pytest.mark.parametrize(("owned", "owed", "s", "m", "t", "expected", "tolerance"), PUBLISHED)
def test_published_default_probabilities(owned, owed, s, m, t, expected, tolerance):
    found = merton.probability_of_default(asset_value=owned, default_point=owed, asset_volatility=s, drift=m, horizon=t)
    assert float(found) == pytest.approx(expected, abs=tolerance)


def test_published_distances():
    hull = merton.distance_to_default(asset_value=12.395387, default_point=10, asset_volatility=0.212305, drift=0.05)
    assert float(hull) == pytest.approx(1.140826, abs=3e-6)
    exam = merton.distance_to_default(asset_value=110, default_point=130, asset_volatility=0.3, drift=0.2, horizon=3)
    assert float(exam) == pytest.approx(0.573397, abs=1e-6)
    own = merton.distance_to_default(asset_value=100, default_point=80, asset_volatility=0.2, drift=0.05)
    assert float(own) == pytest.approx(1.26571776, abs=5e-9)


@pytest.mark.parametrize(("owned", "owed", "s", "expected"), [(44.1, 5.3, 0.21, 4.190), (42.3, 12.2, 0.39, 1.825)])
def test_crosbie_bohn_linear_distance(owned, owed, s, expected):
    found = merton.distance_to_default(asset_value=owned, default_point=owed, asset_volatility=s, form="linear")
    assert float(found) == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(("s", "senior", "all_notes"), [(0.15, 0.0126142, 0.211808), (0.20, 0.0510595, 0.288978)])
def test_thesis_reading_of_the_deal(s, senior, all_notes):
    owed = np.array([15788.682, 19588.682])
    found = merton.probability_of_default(asset_value=22336.60, default_point=owed, asset_volatility=s)
    assert found == pytest.approx([senior, all_notes], abs=1e-6)


def test_thesis_reading_in_the_linear_form():
    found = merton.probability_of_default(
        asset_value=22336.60, default_point=15788.682, asset_volatility=0.15, form="linear"
    )
    assert float(found) == pytest.approx(0.0253319, abs=1e-6)


def test_expected_loss_regression_values():
    one = merton.expected_loss(asset_value=100, default_point=80, asset_volatility=0.2, drift=0.05)
    assert float(one) == pytest.approx(0.0090302795, abs=5e-11)
    hull = merton.expected_loss(asset_value=12.395387, default_point=10, asset_volatility=0.212305, drift=0.05)
    assert float(hull) == pytest.approx(0.012290, abs=2e-6)


@given(
    ratio=st.floats(0.05, 20.0),
    s=st.floats(0.02, 3.0),
    m=st.floats(-0.3, 0.3),
    t=st.floats(0.05, 10.0),
    form=st.sampled_from(["lognormal", "log_drift"]),
)
def test_normal_forms_against_mpmath(ratio, s, m, t, form):
    with mpmath.workdps(50):
        a, w, growth = mpmath.mpf(ratio), mpmath.mpf(s) * mpmath.sqrt(t), mpmath.mpf(m) * t
        convexity = w**2 / 2 if form == "lognormal" else mpmath.mpf(0)
        distance = (mpmath.log(a) + growth - convexity) / w
        probability = mpmath.ncdf(-distance)
        forward = a * mpmath.exp(growth + (0 if form == "lognormal" else w**2 / 2))
        loss = probability - forward * mpmath.ncdf(-distance - w)
    arguments = {
        "asset_value": ratio,
        "default_point": 1.0,
        "asset_volatility": s,
        "drift": m,
        "horizon": t,
        "form": form,
    }
    found = float(merton.distance_to_default(**arguments))
    assert found == pytest.approx(float(distance), rel=1e-12, abs=1e-13)
    slack = 1e-13 * (1 + abs(float(distance))) * (1 + abs(float(distance)))
    assert float(merton.log_probability_of_default(**arguments)) == pytest.approx(
        float(mpmath.log(probability)), rel=1e-12, abs=slack
    )
    assert float(merton.expected_loss(**arguments)) == pytest.approx(float(loss), rel=1e-9, abs=1e-15)


@settings(deadline=None, max_examples=60)
@given(ratio=st.floats(0.05, 5.0), s=st.floats(0.01, 3.0), nu=st.floats(2.1, 30.0))
def test_student_loss_against_its_own_integral(ratio, s, nu):
    """EL = integral over the loss side of (1 - A_T/D) f(A_T): by another route than the kernel's."""
    from scipy import integrate, stats

    scale = np.sqrt((nu - 2) / nu)
    d = float(merton.distance_to_default(asset_value=ratio, default_point=1.0, asset_volatility=s, form="student"))

    def integrand(x: float) -> float:
        return -np.expm1(s * (x + d)) * stats.t.pdf(x / scale, nu) / scale

    far = -abs(d) - 40 / s
    edges = sorted(
        {far, -d, *(each for each in (-300.0, -50.0, -10.0, -3.0, 0.0, 3.0, 10.0, 50.0, -d - 5 / s) if far < each < -d)}
    )
    pieces = [integrate.quad(integrand, a, b, limit=400, epsabs=1e-14)[0] for a, b in pairwise(edges)]
    expected = sum(pieces) + float(stats.t.cdf(far / scale, nu))
    found = merton.expected_loss(asset_value=ratio, default_point=1.0, asset_volatility=s, form="student", dof=nu)
    assert float(found) == pytest.approx(expected, rel=1e-9, abs=1e-11)


def test_the_tail_does_not_vanish():
    found = merton.probability_of_default(asset_value=1e6, default_point=1, asset_volatility=1.0)
    assert 0 < float(found) < 1e-36
    deep = merton.log_probability_of_default(asset_value=1000, default_point=1, asset_volatility=0.1)
    assert float(deep) == pytest.approx(-2387.5552, abs=1e-3)


def test_student_is_fatter_far_out_and_thinner_near():
    d = np.array([1.0, 3.0])
    normal, student = merton.probability_beyond(d), merton.probability_beyond(d, form="student", dof=4)
    assert student[1] > normal[1]
    assert student[0] < normal[0]


@given(
    owned=st.floats(50, 150), owed=st.floats(50, 150), s=st.floats(0.05, 1.0), scale=st.sampled_from([1e-6, 1e6, 1e12])
)
def test_amounts_scale_away(owned, owed, s, scale):
    one = merton.probability_of_default(asset_value=owned, default_point=owed, asset_volatility=s)
    other = merton.probability_of_default(asset_value=owned * scale, default_point=owed * scale, asset_volatility=s)
    assert float(other) == pytest.approx(float(one), rel=1e-11)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"asset_value": 0.0}, "E224"),
        ({"default_point": -1.0}, "E224"),
        ({"asset_volatility": 0.0}, "E222"),
        ({"asset_volatility": 12.0}, "E223"),
        ({"drift": 4.5}, "E220"),
        ({"horizon": 0.0}, "E225"),
        ({"horizon": 51.0}, "E225"),
        ({"asset_value": float("nan")}, "E224"),
        ({"form": "probit"}, "E205"),
    ],
)
def test_bad_arguments_are_refused(changed, code):
    with pytest.raises(KmvError) as caught:
        merton.probability_of_default(
            **{"asset_value": 100.0, "default_point": 80.0, "asset_volatility": 0.2, **changed}
        )
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("owned", "owed", "s"),
    [(100, 80, 0.2), (100, 150, 0.2), (29893, 10, 0.5), (100, 1e-6, 0.4), (100, 99.9, 0.01), (100, 1000, 3.0)],
)
def test_linear_loss_is_never_more_than_what_is_owed(owned, owed, s):
    """A normal asset value can fall below nothing: what it falls further is nobody's loss."""
    with mpmath.workdps(40):
        w, end = mpmath.mpf(s), 1 / mpmath.mpf(s)
        distance = (1 - mpmath.mpf(owed) / owned) / w
        expected = mpmath.quad(lambda x: mpmath.ncdf(-x), [distance, end]) / (end - distance)
    found = merton.expected_loss(asset_value=owned, default_point=owed, asset_volatility=s, form="linear")
    assert float(found) == pytest.approx(float(expected), rel=1e-12)
    assert found <= 1.0
