"""Derivatives against mpmath's numerical ones, in every form and input."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmv_core.structural import derivatives, merton
from kmv_core.vocabulary.errors import KmvError
from kmv_core.vocabulary.terms import FORMS

NU = 4.5


def exact_log_probability(form: str, values: dict[str, mpmath.mpf]) -> mpmath.mpf:
    a, d, s, m, t = (values[name] for name in derivatives.INPUTS)
    w = s * mpmath.sqrt(t)
    if form == "linear":
        return mpmath.log(mpmath.ncdf(-(1 - d / (a * mpmath.exp(m * t))) / w))
    distance = (mpmath.log(a / d) + m * t) / w - (0 if form == "log_drift" else w / 2)
    if form != "student":
        return mpmath.log(mpmath.ncdf(-distance))
    x = distance * mpmath.sqrt(NU / (mpmath.mpf(NU) - 2))
    half = mpmath.betainc(NU / 2, mpmath.mpf("0.5"), 0, NU / (NU + x * x), regularized=True) / 2
    return mpmath.log(half if x > 0 else 1 - half)


@settings(deadline=None, max_examples=120)
@given(
    name=st.sampled_from(derivatives.INPUTS),
    form=st.sampled_from(FORMS),
    ratio=st.one_of(st.floats(0.3, 8.0), st.floats(0.95, 1.05)),
    s=st.floats(0.03, 2.0),
    m=st.floats(-0.4, 0.4),
    t=st.floats(0.1, 12.0),
)
def test_against_mpmath(name, form, ratio, s, m, t):
    at = dict(zip(derivatives.INPUTS, (ratio, 1.0, s, m, t), strict=True))
    with mpmath.workdps(60):
        exact = {key: mpmath.mpf(value) for key, value in at.items()}
        log_slope = mpmath.diff(lambda x: exact_log_probability(form, {**exact, name: x}), exact[name], h=1e-20)
        log = exact_log_probability(form, exact)
        slope = log_slope * mpmath.exp(log)
    found = float(getattr(derivatives.probability_derivatives(**at, form=form, dof=NU), name))
    log_found = float(getattr(derivatives.log_probability_derivatives(**at, form=form, dof=NU), name))
    # Two terms of opposite sign in DD and in its slope: eps of each is left where they cancel.
    w = s * np.sqrt(t)
    terms = (abs(np.log(ratio)) + abs(m) * t + w * w) / w
    parts = terms / s if name == "asset_volatility" else terms / t
    hazard = abs(float(log_slope)) / parts if parts else 1.0
    size = parts * max(hazard, 1 + terms)
    assert log_found == pytest.approx(float(log_slope), rel=1e-13 + 1e-15 * terms, abs=2e-15 * size * (1 + terms))
    probability = float(mpmath.exp(log))
    assert found == pytest.approx(
        float(slope), rel=1e-13 + 2e-15 * terms * terms, abs=2e-15 * size * (1 + terms) * probability + 1e-300
    )


def test_signs_of_a_pool_above_water():
    found = derivatives.probability_derivatives(asset_value=100, default_point=80, asset_volatility=0.2, drift=0.05)
    assert found.asset_value < 0 < found.default_point
    assert found.drift < 0 < found.asset_volatility


def test_probability_falls_with_volatility_only_below_the_turning_point():
    """A e^{mT} < D: PD is smallest at s = sqrt(2 |k|)."""
    turn = np.sqrt(2 * np.log(1.25))
    found = derivatives.probability_derivatives(
        asset_value=80, default_point=100, asset_volatility=np.array([0.9, 1.0, 1.1]) * turn
    )
    assert found.asset_volatility[0] < 0 < found.asset_volatility[2]
    assert found.asset_volatility[1] == pytest.approx(0.0, abs=1e-15)


def test_the_logarithm_stays_where_the_probability_underflows():
    arguments = {"asset_value": 1000.0, "default_point": 1.0, "asset_volatility": 0.02}
    assert derivatives.probability_derivatives(**arguments).asset_value == 0.0
    step = 1e-4
    up, down = (
        float(merton.log_probability_of_default(**{**arguments, "asset_value": 1000.0 + sign * step}))
        for sign in (1, -1)
    )
    found = float(derivatives.log_probability_derivatives(**arguments).asset_value)
    assert found == pytest.approx((up - down) / (2 * step), rel=1e-6)


def test_euler_amounts_together_change_nothing():
    """PD is homogeneous of degree 0 in the amounts: A dPD/dA + D dPD/dD = 0, in every form."""
    owned = np.linspace(50, 200, 31)
    for form in FORMS:
        found = derivatives.probability_derivatives(
            asset_value=owned, default_point=80, asset_volatility=0.3, drift=0.1, form=form
        )
        assert owned * found.asset_value + 80 * found.default_point == pytest.approx(np.zeros(31), abs=1e-15)


def test_shapes_extremes_and_blocks():
    owned = np.geomspace(1e-300, 1e300, 70_001)
    for form in FORMS:
        found = derivatives.probability_derivatives(
            asset_value=owned, default_point=[[1.0], [2.0]], asset_volatility=0.3, form=form
        )
        assert found.horizon.shape == (2, 70_001)
        for name in derivatives.INPUTS:
            assert np.isfinite(getattr(found, name)).all()
    one = derivatives.probability_derivatives(asset_value=2, default_point=1, asset_volatility=0.3)
    assert np.ndim(one.drift) == 0


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"form": "probit"}, "E205"),
        ({"asset_value": -1}, "E224"),
        ({"form": "student", "dof": 1.5}, "E226"),
        ({"horizon": 60}, "E225"),
        ({"asset_value": [1.0, 2.0], "horizon": [1.0, 2.0, 3.0]}, "E217"),
    ],
)
def test_refusals(changed, code):
    with pytest.raises(KmvError) as caught:
        derivatives.probability_derivatives(
            **{"asset_value": 100.0, "default_point": 80.0, "asset_volatility": 0.2, **changed}
        )
    assert caught.value.code == code
