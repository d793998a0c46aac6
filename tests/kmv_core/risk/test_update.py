"""What reports say of the collections still to come."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from kmv_core.risk.update import LOG_DRIFT, noise_share, outlook
from kmv_core.vocabulary.errors import KmvError

FORECAST = np.array([9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 3.0, 2.0, 1.0])


def test_nothing_reported_is_the_total_itself() -> None:
    for form, mean in (("lognormal", -0.02), (LOG_DRIFT, 0.0)):
        found = outlook(forecast=FORECAST, actual=[], total_volatility=0.2, period_noise=0.4, form=form)
        assert found.sd == pytest.approx(0.2, abs=1e-15)
        assert found.mean == pytest.approx(mean, abs=1e-15)
        assert math.isnan(found.log_deviation)


def test_all_reported_leaves_nothing_open() -> None:
    found = outlook(forecast=FORECAST, actual=FORECAST * 0.8, total_volatility=0.2, period_noise=0.4)
    assert found.sd == 0.0
    assert found.probability_below([0.0, 1e300]).tolist() == [0.0, 1.0]


def test_without_noise_the_first_report_settles_it() -> None:
    found = outlook(forecast=FORECAST, actual=[4.5], total_volatility=0.2, period_noise=0.0)
    assert found.sd == 0.0
    assert found.multiple == pytest.approx(0.5, rel=1e-15)
    assert found.probability_below([0.49999, 0.50001]).tolist() == [0.0, 1.0]


def test_the_posterior_is_bayes_by_quadrature() -> None:
    forecast, actual, s, phi = FORECAST, FORECAST[:4] * np.array([0.7, 0.9, 0.6, 0.8]), 0.25, 0.3
    found = outlook(forecast=forecast, actual=actual, total_volatility=s, period_noise=phi)
    weights = forecast / forecast.sum()
    tau = noise_share(forecast=forecast, period_noise=phi)
    due = weights[:4].sum()
    noise = math.sqrt(math.log1p(phi**2 * (weights[:4] ** 2).sum() / due**2))
    rest = math.sqrt(math.log1p(phi**2 * (weights[4:] ** 2).sum() / (1 - due) ** 2))
    common = math.sqrt(s * s - tau * tau)
    y = math.log(actual.sum() / forecast[:4].sum())
    prior, seen = stats.norm(-common * common / 2, common), stats.norm(0.0, noise)

    def weight(x: float) -> float:
        return float(prior.pdf(x) * seen.pdf(y - x + noise * noise / 2))

    def short(x: float) -> float:
        return weight(x) * float(stats.norm(x - rest * rest / 2, rest).cdf(math.log(0.7)))

    bounds = {"a": -3.0, "b": 2.0, "epsabs": 1e-14, "epsrel": 1e-12, "points": [y]}
    expected = integrate.quad(short, **bounds)[0] / integrate.quad(weight, **bounds)[0]
    assert float(found.probability_below(0.7)) == pytest.approx(expected, rel=1e-9)


def test_the_published_case() -> None:
    """F .7, Y -.2, default point .75 of the forecast: .0080, here with s .15, phi .35 and twenty equal periods."""
    s, phi, periods, seen = 0.15, 0.35, 20, 14
    found = outlook(forecast=[1.0] * periods, actual=[math.exp(-0.2)] * seen, total_volatility=s, period_noise=phi)
    assert found.share_due == pytest.approx(0.7)
    assert found.log_deviation == pytest.approx(-0.2)
    wanted = (0.75 - 0.7 * math.exp(-0.2)) / 0.3
    closed = float(found.probability_below(wanted))
    assert round(closed, 4) == 0.0080
    # The model drawn at random: the common factor, the sum seen and the sum to come; kept by how likely the report is.
    rng = np.random.default_rng(8)
    tau2 = math.log1p(phi**2 / periods)
    common = math.sqrt(s * s - tau2)
    seen_noise = math.sqrt(math.log1p(phi**2 / seen))
    rest = math.sqrt(math.log1p(phi**2 / (periods - seen)))
    x = stats.norm.ppf((np.arange(200_000) + rng.random(200_000)) / 200_000) * common - common**2 / 2
    likely = np.exp(-0.5 * ((-0.2 - x + seen_noise**2 / 2) / seen_noise) ** 2)
    # Given the factor, what is still to come is drawn by strata and counted where it falls short.
    drawn = rng.permuted((np.arange(200_000) + rng.random(200_000)) / 200_000)
    edge = (math.log(wanted) - x + rest**2 / 2) / rest
    by_count = float((likely * (stats.norm.ppf(drawn) < edge)).sum() / likely.sum())
    by_chance = float((likely * stats.norm.cdf(edge)).sum() / likely.sum())
    assert closed == pytest.approx(by_chance, rel=1e-3)
    error = math.sqrt(
        float((likely**2 * (stats.norm.cdf(edge) - closed) ** 2).sum()) + float((likely**2).sum()) * closed
    )
    assert abs(by_count - closed) < 3 * error / float(likely.sum())


def test_noise_of_single_periods_against_the_periods_themselves() -> None:
    """The lognormal sum (Fenton-Wilkinson) against periods drawn one by one."""
    s, phi = 0.2, 0.3
    rng = np.random.default_rng(3)
    weights = FORECAST / FORECAST.sum()
    common = math.sqrt(s * s - noise_share(forecast=FORECAST, period_noise=phi) ** 2)
    sigma = math.sqrt(math.log1p(phi * phi))
    x = rng.standard_normal((400_000, 1)) * common - common**2 / 2
    drawn = weights * np.exp(x + rng.standard_normal((400_000, 10)) * sigma - sigma**2 / 2)
    total = np.log(drawn.sum(axis=1))
    assert total.std() == pytest.approx(s, rel=0.01)
    assert total.mean() == pytest.approx(-s * s / 2, abs=3 * s / math.sqrt(400_000) + 1e-3)


def test_a_pool_that_brought_nothing() -> None:
    found = outlook(forecast=FORECAST, actual=[0.0, 0.0], total_volatility=0.2, period_noise=0.3)
    assert found.multiple == 0.0
    assert found.probability_below([1e-300, 1.0]).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"period_noise": 2.0}, "E350"),
        ({"actual": [1.0] * 11}, "E351"),
        ({"form": "student"}, "E352"),
        ({"actual": [-1.0]}, "E226"),
        ({"actual": [math.nan]}, "E226"),
        ({"forecast": [0.0, 0.0]}, "E224"),
        ({"actual": ["x"]}, "E212"),
        ({"total_volatility": 0.0}, "E222"),
    ],
)
def test_refusals(change: dict[str, object], code: str) -> None:
    usual = {"forecast": FORECAST, "actual": [1.0], "total_volatility": 0.2, "period_noise": 0.3}
    with pytest.raises(KmvError) as caught:
        outlook(**{**usual, **change})  # type: ignore[arg-type]  # wrong on purpose
    assert caught.value.code == code
