"""Shortfall support: the printed values, the bounds, wrong-way risk and a simulation."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from kmv_core import KmvError, capped_probability_of_default, supported_probability_of_default

PROBABILITIES = st.floats(0, 1)
CORRELATIONS = st.floats(-1, 1)


def test_the_reference_values():
    found = supported_probability_of_default(pool_pd=0.02, payer_pd=0.005, correlation=[0, 0.3, 0.6])
    assert found == pytest.approx([0.0001, 0.00053919, 0.00173862], abs=1e-8)
    assert found[0] == pytest.approx(1e-4, rel=1e-14)


def test_the_capped_formula_at_high_precision():
    with mpmath.workdps(30):

        def z(p):
            return mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(p) - 1)

        def within(x):
            return mpmath.npdf(x) * mpmath.ncdf((z(0.005) - 0.3 * x) / mpmath.sqrt(1 - mpmath.mpf(0.3) ** 2))

        exact = 0.004 + mpmath.quad(within, [z(0.004), z(0.02)])
    found = capped_probability_of_default(unsupported_pd=0.02, capped_pd=0.004, payer_pd=0.005, correlation=0.3)
    assert float(found) == pytest.approx(float(exact), rel=1e-13)


@given(PROBABILITIES, PROBABILITIES, PROBABILITIES, CORRELATIONS)
@settings(deadline=None)
def test_capped_support_lies_between_none_and_full(first, second, payer, rho):
    capped, without = sorted((first, second))
    found = float(
        capped_probability_of_default(unsupported_pd=without, capped_pd=capped, payer_pd=payer, correlation=rho)
    )
    full = float(supported_probability_of_default(pool_pd=without, payer_pd=payer, correlation=rho))
    # The sum and the difference of three probabilities round by their own last digits.
    assert full * (1 - 1e-12) - 1e-300 <= found <= without
    assert capped <= found


def test_the_ends_of_the_cap():
    common = {"payer_pd": 0.1, "correlation": 0.4}
    full = supported_probability_of_default(pool_pd=0.05, **common)
    assert capped_probability_of_default(unsupported_pd=0.05, capped_pd=0, **common) == full
    assert capped_probability_of_default(unsupported_pd=0.05, capped_pd=0.05, **common) == 0.05


@pytest.mark.parametrize("rho", [-1, -0.5, 0, 0.3, 1])
def test_certain_and_impossible_defaults(rho):
    call = supported_probability_of_default
    assert call(pool_pd=0, payer_pd=0.3, correlation=rho) == 0
    assert call(pool_pd=0.3, payer_pd=0, correlation=rho) == 0
    assert float(call(pool_pd=1, payer_pd=0.3, correlation=rho)) == pytest.approx(0.3, rel=1e-14)
    assert float(call(pool_pd=0.3, payer_pd=1, correlation=rho)) == pytest.approx(0.3, rel=1e-14)
    assert call(pool_pd=1, payer_pd=1, correlation=rho) == 1
    certain = capped_probability_of_default(unsupported_pd=0.2, capped_pd=0.1, payer_pd=[0, 1], correlation=rho)
    assert certain == pytest.approx([0.1, 0.2], rel=1e-13)


def test_perfect_dependence():
    call = supported_probability_of_default
    assert float(call(pool_pd=0.02, payer_pd=0.005, correlation=1)) == pytest.approx(0.005, rel=1e-13)
    assert float(call(pool_pd=0.02, payer_pd=0.005, correlation=-1)) == 0
    assert float(call(pool_pd=0.7, payer_pd=0.5, correlation=-1)) == pytest.approx(0.2, rel=1e-13)


def test_wrong_way_correlation_raises_it():
    rho = np.linspace(-1, 1, 81)
    assert (np.diff(supported_probability_of_default(pool_pd=0.02, payer_pd=0.005, correlation=rho)) >= 0).all()
    positive = rho[rho >= 0]
    capped = capped_probability_of_default(unsupported_pd=0.2, capped_pd=0.01, payer_pd=0.05, correlation=positive)
    assert capped[8] > capped[0]
    fixed = supported_probability_of_default(pool_pd=0.2, payer_pd=0.05, correlation=rho[1:])
    assert (np.diff(fixed) > 0).all()


@pytest.mark.parametrize("rho", [-0.4, 0.0, 0.5, 0.9])
def test_a_simulation_agrees(rho):
    """One factor-built pair of normals; a payer that pays up to the cap, or nothing."""
    g = np.random.default_rng(20260)
    n, spread, owed, cap, payer = 1_000_000, 0.3, 70.0, 12.0, 0.15
    x, noise = g.standard_normal((2, n))
    cash = 100 * np.exp(spread * x - spread**2 / 2)
    fails = rho * x + np.sqrt(1 - rho**2) * noise <= -1.0364333894937896  # N of it is 0.15
    shares = []
    for most in (cap, np.inf):
        paid = np.where(fails, 0.0, np.minimum(np.maximum(owed - cash, 0.0), most))
        shares.append(float((cash + paid < owed * (1 - 1e-12)).mean()))

    def short(level: float) -> float:
        return float(ndtr((np.log(level / 100) + spread**2 / 2) / spread))

    capped = capped_probability_of_default(
        unsupported_pd=short(owed), capped_pd=short(owed - cap), payer_pd=payer, correlation=rho
    )
    full = supported_probability_of_default(pool_pd=short(owed), payer_pd=payer, correlation=rho)
    for share, exact in zip(shares, (float(capped), float(full)), strict=True):
        assert abs(share - exact) <= 3 * np.sqrt(exact * (1 - exact) / n)


def test_refusals_name_argument_and_row():
    with pytest.raises(KmvError, match="payer_pd"):
        supported_probability_of_default(pool_pd=0.1, payer_pd=[0.1, 1.2], correlation=0)
    with pytest.raises(KmvError, match=r"E226.*correlation") as caught:
        supported_probability_of_default(pool_pd=0.1, payer_pd=0.1, correlation=30)
    assert "enter 0.3" in str(caught.value)
    with pytest.raises(KmvError, match=r"E226 \[row 2\] capped_pd") as caught:
        capped_probability_of_default(unsupported_pd=0.1, capped_pd=[0.05, 0.2], payer_pd=0.1, correlation=0)
    assert "at most unsupported_pd, 0.1" in str(caught.value)
    with pytest.raises(KmvError, match="E217"):
        supported_probability_of_default(pool_pd=[0.1, 0.2], payer_pd=[0.1, 0.2, 0.3], correlation=0)
