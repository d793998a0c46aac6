"""Vectors from triangles and from a constant decay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmv_core.assets.chain_ladder import chain_ladder, triangle_volatility
from kmv_core.assets.recovery import Recovery
from kmv_core.assets.recovery_sources import monthly_decay_vector, vector_from_triangle
from kmv_core.vocabulary.errors import KmvError

NAN = float("nan")
TRIANGLE = [[100, 150, 170, 175], [110, 168, 188, NAN], [120, 175, NAN, NAN], [90, NAN, NAN, NAN]]


def test_the_shares_are_the_products_of_the_factors():
    found = vector_from_triangle(triangle=TRIANGLE)
    factors = chain_ladder(triangle=TRIANGLE).factors
    assert found.cumulative == pytest.approx([1 / np.prod(factors[k:]) for k in range(4)])
    assert found.incremental.sum() == pytest.approx(1.0)


def test_the_band_is_macks_standard_error():
    found = vector_from_triangle(triangle=TRIANGLE)
    # From its only known age on, the youngest vintage is as uncertain as its total.
    assert np.log(found.cumulative[0] / found.low[0]) == pytest.approx(triangle_volatility(triangle=TRIANGLE).value)
    assert (found.low <= found.cumulative).all()
    assert (found.cumulative <= found.high).all()
    assert found.low[-1] == found.high[-1] == 1.0
    for which in ("cumulative", "low", "high"):
        curve = found.points(periods_per_year=4, which=which)
        assert curve[-1] == (1.0, 1.0)
        assert (np.diff([share for _, share in curve]) >= 0.0).all()


def test_fewer_ages_cut_the_curve_and_more_want_the_decay():
    cut = vector_from_triangle(triangle=TRIANGLE, ages=2)
    whole = vector_from_triangle(triangle=TRIANGLE)
    assert cut.cumulative == pytest.approx(whole.cumulative[:2] / whole.cumulative[1])
    with pytest.raises(KmvError, match="E276"):
        vector_from_triangle(triangle=TRIANGLE, ages=9)
    longer = vector_from_triangle(triangle=TRIANGLE, method="decay", ages=9)
    assert longer.cumulative[-1] == 1.0
    assert longer.low is None
    with pytest.raises(KmvError, match="E205"):
        longer.points(periods_per_year=4, which="low")


def test_the_decay_finds_its_own_kind_again():
    ratio = 0.6
    whole = 100 * np.cumsum(ratio ** np.arange(5))
    triangle = [[cash if j < 5 - i else NAN for j, cash in enumerate(whole)] for i in range(5)]
    found = vector_from_triangle(triangle=triangle, method="decay")
    assert found.cumulative == pytest.approx(whole / whole[-1], abs=1e-5)


def test_a_development_that_falls_is_no_curve():
    with pytest.raises(KmvError, match=r"E275.*age 3"):
        vector_from_triangle(triangle=[[100, 150, 140], [110, 168, NAN], [120, NAN, NAN]])
    with pytest.raises(KmvError, match="E205"):
        vector_from_triangle(triangle=TRIANGLE, method="mle")


@given(decay=st.floats(0.0, 0.99), months=st.integers(1, 120))
def test_monthly_decay(decay, months):
    found = monthly_decay_vector(monthly_decay=decay, months=months)
    step = found.incremental
    assert found.cumulative[-1] == 1.0
    assert step[1:] == pytest.approx(step[:-1] * (1.0 - decay), rel=1e-6, abs=1e-12)
    with pytest.raises(KmvError, match="E226"):
        monthly_decay_vector(monthly_decay=1.0, months=months)
    with pytest.raises(KmvError, match="E226"):
        monthly_decay_vector(monthly_decay=decay, months=1.5)


def test_a_vector_is_a_recoverys_curve():
    points = monthly_decay_vector(monthly_decay=0.05, months=36).points(periods_per_year=12)
    recovery = Recovery(recovery_rate=0.3, disposal_cost=0.1, recovery_horizon=3, curve=points)
    # The published illustration: 24 months at 5 % a month bring 1 - .95^24 of what 36 bring 1 - .95^36 of.
    assert float(recovery.share_by(2.0)) == pytest.approx((1 - 0.95**24) / (1 - 0.95**36))
