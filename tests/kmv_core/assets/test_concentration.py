"""Concentration of equal, single and uneven names; the granular volatility against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmv_core.assets.concentration import concentration, granular_volatility
from kmv_core.vocabulary.errors import KmvError


def test_equal_names():
    found = concentration(exposures=[7.0] * 25)
    assert (found.count, found.total) == (25, 175.0)
    assert found.top_1 == pytest.approx(1 / 25)
    assert found.top_10 == pytest.approx(10 / 25)
    assert found.effective_number == pytest.approx(25)


def test_uneven_names():
    rng = np.random.default_rng(5)
    values = rng.lognormal(0, 1, 40)
    found = concentration(exposures=values)
    shares = values / values.sum()
    assert found.top_1 == pytest.approx(shares.max())
    assert found.top_10 == pytest.approx(np.sort(shares)[-10:].sum())
    assert found.herfindahl == pytest.approx((shares**2).sum())


def test_a_single_name_and_names_of_nothing():
    found = concentration(exposures=[0.0, 3.0, 0.0])
    assert (found.count, found.top_1, found.top_10, found.herfindahl, found.effective_number) == (1, 1, 1, 1, 1)


@given(st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=60), st.sampled_from([1e-200, 1e-6, 1e6, 1e150]))
def test_laws(values, unit):
    found, other = concentration(exposures=values), concentration(exposures=np.array(values) * unit)
    assert other.herfindahl == pytest.approx(found.herfindahl, rel=1e-12)
    assert found.top_1 <= found.top_10 <= 1.0
    assert 1.0 - 1e-12 <= found.effective_number <= found.count + 1e-9
    assert found.top_1**2 <= found.herfindahl <= found.top_1 * (1 + 1e-12)


@pytest.mark.parametrize(
    ("values", "code", "told"),
    [
        ([1, -2], "E226", "row 2"),
        ([], "E217", "nothing above 0"),
        ([0, 0], "E217", "nothing above 0"),
        ([[1, 2], [3, 4]], "E217", "(2, 2)"),
        ([1, "x"], "E212", "exposures"),
    ],
)
def test_refusals(values, code, told):
    with pytest.raises(KmvError) as refused:
        concentration(exposures=values)
    assert refused.value.code == code
    assert told in str(refused.value)


def test_granular_volatility():
    s = granular_volatility(common_volatility=[0.0, 0.15], single_volatility=0.6, effective_number=[[1], [9]])
    assert s == pytest.approx(np.sqrt([[0.36, 0.0225 + 0.36], [0.04, 0.0225 + 0.04]]))
    assert granular_volatility(common_volatility=0.2, single_volatility=0, effective_number=3) == pytest.approx(0.2)


def test_granular_volatility_of_simulated_pools():
    rng = np.random.default_rng(8)
    weights = rng.uniform(0.2, 3.0, 40)
    n = concentration(exposures=weights).effective_number
    common, own = 0.08, 0.2
    names = np.exp(common * rng.standard_normal((40_000, 1)) + own * rng.standard_normal((40_000, 40)))
    seen = np.std(np.log(names @ weights))
    # 40000 pools know the spread to .4 %; the formula is of first order in own^2.
    assert granular_volatility(common_volatility=common, single_volatility=own, effective_number=n) == pytest.approx(
        seen, rel=0.02
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [({"common_volatility": -0.1}, "E222"), ({"single_volatility": 60}, "E223"), ({"effective_number": 0.5}, "E226")],
)
def test_granular_refusals(change, code):
    with pytest.raises(KmvError) as refused:
        granular_volatility(**({"common_volatility": 0.1, "single_volatility": 0.5, "effective_number": 5} | change))
    assert refused.value.code == code
