"""CreditRisk+ against the negative binomial, the compound Poisson, its moments, its stability and a simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kmv_core.methods.credit_risk_plus import credit_risk_plus
from kmv_core.vocabulary.errors import KmvError


def moments(exposures, intensity, weights, sigma):
    """Mean and deviation of the loss in closed form."""
    loss, rate = np.asarray(exposures, float), np.asarray(intensity, float)
    sector = np.asarray(weights, float).T @ (rate * loss)
    variance = rate @ loss**2 + float(((np.asarray(sigma) * sector) ** 2).sum())
    return float(rate @ loss), math.sqrt(variance)


def test_intensity_with_mean_5_and_deviation_3():
    found = credit_risk_plus(exposures=[1], default_intensity=[5], sector_volatility=3 / 5)
    assert found.probability[0] == pytest.approx(0.05726567, abs=5e-9)
    assert found.probability[:11].sum() == pytest.approx(0.91432613, abs=5e-9)
    assert found.quantile(0.99) == 17
    size = 1 / 0.6**2
    expected = stats.nbinom.pmf(found.losses, size, size / (size + 5))
    assert found.probability == pytest.approx(expected, rel=1e-11, abs=1e-300)


@pytest.mark.parametrize(("mean", "sigma"), [(0.02, 0.4), (40.0, 1.5), (900.0, 0.3), (3.0, 4.0)])
def test_negative_binomial_far_out(mean, sigma):
    found = credit_risk_plus(exposures=[2.5] * 4, default_intensity=[mean / 4] * 4, sector_volatility=sigma)
    size = 1 / sigma**2
    counts = np.arange(found.losses.size)
    assert found.losses == pytest.approx(2.5 * counts)
    expected = stats.nbinom.pmf(counts, size, size / (size + mean))
    # To 1e-9 of each probability, the smallest too: nothing was subtracted on the way.
    usual = expected > 1e-290
    assert found.probability[usual] == pytest.approx(expected[usual], rel=1e-9)


def test_without_sectors_a_compound_poisson():
    found = credit_risk_plus(
        exposures=[1, 2], default_intensity=[0.7, 0.4], sector_volatility=1.0, sector_weights=[[0.0], [0.0]]
    )
    first, second = (stats.poisson.pmf(np.arange(40), rate) for rate in (0.7, 0.4))
    doubled = np.zeros(80)
    doubled[::2] = second
    expected = np.convolve(first, doubled)[: found.losses.size]
    assert found.probability == pytest.approx(expected, rel=1e-11)
    flat = credit_risk_plus(exposures=[1, 2], default_intensity=[0.7, 0.4], sector_volatility=0.0)
    assert flat.probability == pytest.approx(found.probability, rel=1e-12)


def test_sectors_that_do_not_meet_convolve():
    both = credit_risk_plus(
        exposures=[1, 3], default_intensity=[2, 1], sector_volatility=[0.5, 0.9], sector_weights=[[1, 0], [0, 1]]
    )
    parts = [
        credit_risk_plus(exposures=[x], default_intensity=[p], sector_volatility=s, loss_unit=1)
        for x, p, s in ((1, 2, 0.5), (3, 1, 0.9))
    ]
    expected = np.convolve(parts[0].probability, parts[1].probability)
    # Each list ends where 1e-11 is left.
    assert both.probability[:200] == pytest.approx(expected[: both.losses.size][:200], abs=1e-11)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_moments_in_closed_form(data):
    n = data.draw(st.integers(1, 8))
    exposures = data.draw(st.lists(st.integers(1, 30), min_size=n, max_size=n))
    intensity = data.draw(st.lists(st.floats(1e-4, 0.4), min_size=n, max_size=n))
    split = data.draw(st.lists(st.floats(0, 0.5), min_size=2 * n, max_size=2 * n))
    weights = np.array(split).reshape(n, 2)
    sigma = data.draw(st.lists(st.floats(0, 1.5), min_size=2, max_size=2))
    found = credit_risk_plus(
        exposures=exposures,
        default_intensity=intensity,
        sector_weights=weights,
        sector_volatility=sigma,
        loss_unit=1.0,
    )
    mean, deviation = moments(exposures, intensity, weights, sigma)
    assert (found.probability >= 0).all()
    assert found.probability.sum() == pytest.approx(1, abs=2e-11)
    assert found.expected_loss == pytest.approx(mean, rel=1e-6)
    assert found.standard_deviation == pytest.approx(deviation, rel=1e-5)


def test_against_a_simulation():
    exposures = np.array([10, 20, 20, 50, 80, 120.0])
    intensity = np.array([0.1, 0.05, 0.2, 0.03, 0.02, 0.01])
    weights = np.array([[0.5, 0.2], [1, 0], [0, 0.9], [0.3, 0.3], [0, 1], [0.8, 0.2]])
    sigma = np.array([0.8, 1.2])
    found = credit_risk_plus(
        exposures=exposures, default_intensity=intensity, sector_weights=weights, sector_volatility=sigma
    )
    generator, paths = np.random.default_rng(7), 200_000
    factors = generator.gamma(1 / sigma**2, sigma**2, size=(paths, 2))
    rates = intensity * (1 - weights.sum(axis=1) + factors @ weights.T)
    drawn = generator.poisson(rates) @ exposures
    for cushion in (0, 20, 60, 130, 220):
        chance = float(found.exceedance(cushion))
        error = math.sqrt(chance * (1 - chance) / paths)
        assert (drawn > cushion).mean() == pytest.approx(chance, abs=3 * error)


def test_bands_keep_the_expected_loss():
    exposures, intensity = [103.7, 271.3, 59.1], [0.1, 0.2, 0.3]
    exact = sum(x * p for x, p in zip(exposures, intensity, strict=True))
    for unit in (None, 1.0, 25.0, 400.0):
        found = credit_risk_plus(
            exposures=exposures, default_intensity=intensity, sector_volatility=0.7, loss_unit=unit
        )
        assert found.expected_loss == pytest.approx(exact, rel=1e-7)


def test_lgd_and_idle_names():
    one = credit_risk_plus(exposures=[100, 200], default_intensity=[0.1, 0.1], sector_volatility=0.5, lgd=0.4)
    same = credit_risk_plus(exposures=[40, 80, 70, 0], default_intensity=[0.1, 0.1, 0.0, 0.3], sector_volatility=0.5)
    assert one.losses == pytest.approx(same.losses)
    assert one.probability == pytest.approx(same.probability)
    nothing = credit_risk_plus(exposures=[100], default_intensity=[0.0], sector_volatility=0.5)
    assert (nothing.losses.tolist(), nothing.probability.tolist(), nothing.exceedance(0.0)) == ([0.0], [1.0], 0.0)


def test_many_expected_defaults_do_not_underflow():
    found = credit_risk_plus(exposures=[1], default_intensity=[2000], sector_volatility=0.0)
    at = np.array([1800, 2000, 2200])
    assert found.probability[at] == pytest.approx(stats.poisson.pmf(at, 2000), rel=1e-9)


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        ({"sector_weights": [[0.7, 0.5], [0.5, 0.5]], "sector_volatility": [1, 1]}, "E228", "1.2"),
        ({"sector_weights": [[0.7], [0.5], [0.1]]}, "E217", "3x1"),
        ({"exposures": [1, 2, 3]}, "E217", "3"),
        ({"default_intensity": [-0.1, 0.1]}, "E226", "default_intensity"),
        ({"exposures": [1, float("nan")]}, "E226", "exposures"),
        ({"loss_unit": 1e-6}, "E346", "loss_unit"),
        ({"loss_unit": 0.0}, "E226", "loss_unit"),
        ({"exposures": [[1, 2], [3, 4]]}, "E217", "2x2"),
    ],
)
def test_refusals(change, code, told):
    whole = {"exposures": [1, 2], "default_intensity": [0.1, 0.1], "sector_volatility": 0.5}
    with pytest.raises(KmvError) as refused:
        credit_risk_plus(**(whole | change))
    assert refused.value.code == code
    assert told in str(refused.value)
