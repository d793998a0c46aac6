from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from kmv_core import KmvError
from kmv_core.structural import blocks, series
from kmv_core.structural.calibration import Status
from kmv_core.structural.series import CalibratedSeries, calibrate_series

PUBLISHED = Path(__file__).parents[2] / "published"
FITS = pd.read_csv(PUBLISHED / "dtd_fits.csv").set_index("firm")
DATA = {
    name: np.stack([rows[name].to_numpy() for _, rows in pd.read_csv(PUBLISHED / "dtd_series.csv").groupby("firm")])
    for name in ("equity_value", "default_point", "risk_free_rate", "horizon")
}
FIGURES = ("asset_volatility", "drift", "standard_error", "distance_to_default", "probability_of_default")


def fit(method: str = "iterative", **changed: Any) -> CalibratedSeries:
    return calibrate_series(**({**DATA, "periods_per_year": 252, "method": method} | changed))


def simulated(firms: int, observations: int = 120, seed: int = 1) -> dict[str, Any]:
    """Equity values of firms of many kinds, some beyond their default point, each with its own horizon."""
    rng = np.random.default_rng(seed)
    s, debt = rng.uniform(0.05, 0.7, firms), rng.uniform(40.0, 140.0, firms)
    rate, horizon = rng.uniform(-0.01, 0.06, firms), rng.choice([0.5, 1.0, 3.0], firms)
    shocks = rng.standard_normal((firms, observations)) * s[:, None] / np.sqrt(250.0)
    value = 100.0 * np.exp(np.cumsum(shocks, axis=1))
    w, owed = (s * np.sqrt(horizon))[:, None], (debt * np.exp(-rate * horizon))[:, None]
    d1 = np.log(value / owed) / w + w / 2
    equity = value * stats.norm.cdf(d1) - owed * stats.norm.cdf(d1 - w)
    return {"equity_value": equity, "default_point": debt, "risk_free_rate": rate, "horizon": horizon}


# The published fits


def test_iterative_fits_of_the_ten_firms() -> None:
    found = fit()
    assert found.converged.all()
    np.testing.assert_allclose(found.asset_volatility, FITS.it_vol, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.drift, FITS.it_mu, rtol=0, atol=1e-9)


def test_maximum_likelihood_of_the_ten_firms() -> None:
    found = fit("mle")
    assert found.converged.all()
    assert (found.log_likelihood >= FITS.loglik_grid - 1e-7).all()
    np.testing.assert_allclose(found.asset_volatility, FITS.mle_vol_grid, rtol=0, atol=1e-6)
    right = (FITS.dtd_nonoptimal == 0).to_numpy()
    np.testing.assert_allclose(found.log_likelihood[right], FITS.ll[right], rtol=0, atol=1e-7)
    np.testing.assert_allclose(found.drift[right], FITS.mle_mu[right], rtol=0, atol=1e-6)


def test_firm_18_reaches_the_maximum_that_another_search_missed() -> None:
    at = FITS.index.get_loc(18)
    found = fit("mle")
    assert float(found.asset_volatility[at]) == pytest.approx(0.51727, abs=1e-5)
    assert float(found.log_likelihood[at]) - FITS.ll[18] == pytest.approx(3.6103, abs=1e-3)


# A slow obvious twin


def twin_path(volatility: float, equity: Any, owed: Any, horizon: float) -> tuple[Any, Any]:
    w = volatility * np.sqrt(horizon)

    def call(x: float) -> float:
        return float(np.exp(x) * stats.norm.cdf(x / w + w / 2) - stats.norm.cdf(x / w - w / 2))

    x = [
        optimize.brentq(lambda x, e=e: call(x) - e, np.log(e) - 1e-6, np.log1p(e) + 1e-6, xtol=1e-14)
        for e in equity / owed
    ]
    return np.array(x) + np.log(owed), np.array(x) / w + w / 2


def twin_log_likelihood(volatility: float, equity: Any, owed: Any, horizon: float) -> float:
    log_asset, d1 = twin_path(volatility, equity, owed, horizon)
    r = np.diff(log_asset)
    density = stats.norm.logpdf(r, r.mean(), volatility / np.sqrt(250.0)).sum()
    return float(density - (log_asset + stats.norm.logcdf(d1))[1:].sum())


@pytest.mark.parametrize("firm", range(4))
def test_twin(firm: int) -> None:
    given = simulated(4, observations=40, seed=3)
    one = {name: each[firm] for name, each in given.items()}
    equity, horizon = one["equity_value"], one["horizon"]
    owed = one["default_point"] * np.exp(-one["risk_free_rate"] * horizon)
    s = 0.3
    for _ in range(200):
        s, before = float(np.diff(twin_path(s, equity, owed, horizon)[0]).std() * np.sqrt(250.0)), s
        if abs(s - before) < 1e-13:
            break
    found = calibrate_series(**one, asset_series=True)
    assert float(found.asset_volatility) == pytest.approx(s, rel=1e-10)
    assert found.asset_series is not None
    np.testing.assert_allclose(np.log(found.asset_series), twin_path(s, equity, owed, horizon)[0], atol=1e-11)
    assert float(found.log_likelihood) == pytest.approx(twin_log_likelihood(s, equity, owed, horizon), abs=1e-8)

    def cost(theta: float) -> float:
        return -twin_log_likelihood(float(np.exp(theta)), equity, owed, horizon)

    best = optimize.minimize_scalar(cost, bounds=(np.log(s) - 0.5, np.log(s) + 0.5), method="bounded")
    likeliest = calibrate_series(**one, method="mle")
    assert float(likeliest.log_likelihood) >= -best.fun - 1e-9
    assert float(likeliest.asset_volatility) == pytest.approx(np.exp(best.x), rel=1e-4)
    # Information: minus the second derivative in ln s, by differences.
    theta, h = float(np.log(likeliest.asset_volatility)), 1e-3
    information = (cost(theta + h) - 2 * cost(theta) + cost(theta - h)) / h**2
    expected = float(likeliest.asset_volatility) / np.sqrt(information)
    assert float(likeliest.standard_error) == pytest.approx(expected, rel=1e-3)


def test_no_grid_point_is_likelier() -> None:
    given = simulated(60)
    best = calibrate_series(**given, method="mle")
    theta = np.linspace(np.log(0.01), np.log(3.0), 60)
    equity = given["equity_value"]
    owed = (given["default_point"] * np.exp(-given["risk_free_rate"] * given["horizon"]))[:, None]
    market = series.Market(equity / owed, np.sqrt(given["horizon"])[:, None], np.zeros((60, 1)))
    n = equity.shape[1] - 1
    for each in theta:
        value = series.likelihood(market, np.full(60, each), None, dt=1 / 250, divisor=n).value
        assert (value - n * np.log(owed[:, 0]) <= best.log_likelihood + 1e-7).all()


# Laws


@pytest.mark.parametrize("method", series.METHODS)
@pytest.mark.parametrize("scale", [1e12, 1e-9])
def test_amounts_have_no_unit(method: str, scale: float) -> None:
    plain = fit(method)
    scaled = fit(method, equity_value=DATA["equity_value"] * scale, default_point=DATA["default_point"] * scale)
    for name in FIGURES:
        np.testing.assert_allclose(getattr(scaled, name), getattr(plain, name), rtol=1e-10)
    np.testing.assert_allclose(scaled.asset_value, plain.asset_value * scale, rtol=1e-12)
    moved = plain.log_likelihood - 249 * np.log(scale)
    np.testing.assert_allclose(scaled.log_likelihood, moved, rtol=1e-12)


@pytest.mark.parametrize("method", series.METHODS)
def test_divisor(method: str) -> None:
    """Half of 1/n of the volatility is missing; the path, which follows, and the information decide how much it adds."""
    plain, wider = fit(method), fit(method, divisor="n-1")
    ratio = wider.asset_volatility / plain.asset_volatility - 1.0
    square = (plain.standard_error / plain.asset_volatility) ** 2
    # Fixed point: 1/(2n) / (1 - slope), and the error is sqrt(1/(2n)) / (1 - slope). Likelihood: one unit of slope.
    np.testing.assert_allclose(ratio, np.sqrt(square / 498.0) if method == "iterative" else square, rtol=0.05)


def test_debt_far_below_equity_leaves_the_equity_itself() -> None:
    equity = DATA["equity_value"][0]
    found = calibrate_series(equity_value=equity, default_point=1e-9)
    assert float(found.asset_volatility) == pytest.approx(np.diff(np.log(equity)).std() * np.sqrt(250.0), rel=1e-9)
    assert float(found.standard_error) == pytest.approx(float(found.asset_volatility) / np.sqrt(2 * 249), rel=1e-6)


def test_the_last_observation_gives_both_distances() -> None:
    found = fit(asset_series=True)
    s, time = found.asset_volatility, DATA["horizon"][:, -1]
    assert found.asset_series is not None
    np.testing.assert_array_equal(found.asset_series[:, -1], found.asset_value)
    lead = np.log(found.asset_value / DATA["default_point"][:, -1])
    for drift, distance, probability in (
        (found.drift, found.distance_to_default, found.probability_of_default),
        (
            DATA["risk_free_rate"][:, -1],
            found.risk_neutral_distance_to_default,
            found.risk_neutral_probability_of_default,
        ),
    ):
        expected = (lead + (drift - s**2 / 2) * time) / (s * np.sqrt(time))
        np.testing.assert_allclose(distance, expected, rtol=1e-10)
        np.testing.assert_allclose(probability, stats.norm.cdf(-expected), rtol=1e-9)


@pytest.mark.parametrize("method", series.METHODS)
def test_a_firm_alone_and_among_others(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = simulated(40)
    whole = calibrate_series(**given, method=method)
    for i in (0, 17, 39):
        alone = calibrate_series(**{name: each[i] for name, each in given.items()}, method=method)
        for name in FIGURES:
            assert float(getattr(alone, name)) == pytest.approx(float(getattr(whole, name)[i]), rel=1e-11)
    monkeypatch.setattr(series, "_BLOCK", 1_000)
    monkeypatch.setattr(blocks.os, "cpu_count", lambda: 1)
    one = calibrate_series(**given, method=method)
    monkeypatch.setattr(blocks.os, "cpu_count", lambda: 4)
    monkeypatch.setattr(blocks, "SERIAL_BELOW", 0)
    four = calibrate_series(**given, method=method)
    for name in FIGURES:
        np.testing.assert_array_equal(getattr(one, name), getattr(four, name))


@pytest.mark.parametrize("method", series.METHODS)
def test_standard_errors_cover_the_truth(method: str) -> None:
    """400 firms of volatility 0.25: the errors over their standard errors swing by one; so do those of the drift."""
    rng = np.random.default_rng(7)
    value = 100.0 * np.exp(np.cumsum(0.25 / np.sqrt(250.0) * rng.standard_normal((400, 250)), axis=1))
    d1 = np.log(value / 70.0) / 0.25 + 0.125
    equity = value * stats.norm.cdf(d1) - 70.0 * stats.norm.cdf(d1 - 0.25)
    found = calibrate_series(equity_value=equity, default_point=70.0, method=method)
    assert found.converged.all()
    assert ((found.asset_volatility - 0.25) / found.standard_error).std() == pytest.approx(1.0, abs=0.15)
    assert ((found.drift - 0.25**2 / 2) / found.drift_standard_error).std() == pytest.approx(1.0, abs=0.15)


# Bad firms and shapes


@pytest.mark.parametrize("method", series.METHODS)
def test_a_bad_firm_has_a_status_and_harms_no_other(method: str) -> None:
    names = ("missing", "negative", "still", "no debt", "infinite")
    equity = np.repeat(DATA["equity_value"][:1], 7, axis=0)
    debt = np.repeat(DATA["default_point"][:1, 0], 7)
    equity[1, 9], equity[2, 9], equity[3], debt[4], equity[5, 0] = np.nan, -1.0, 30.0, 0.0, np.inf
    found = calibrate_series(equity_value=equity, default_point=debt, method=method, asset_series=True)
    bad = dict(zip(names, found.status[1:6], strict=True))
    assert bad == {name: Status.NO_BRACKET if name == "still" else Status.NOT_APPLICABLE for name in names}
    assert found.status[0] == found.status[6] == Status.CONVERGED
    assert found.asset_volatility[0] == found.asset_volatility[6]
    assert found.asset_series is not None
    for each in (found.asset_volatility, found.distance_to_default, found.standard_error, found.asset_series[:, 0]):
        np.testing.assert_array_equal(np.isnan(each), ~found.converged)


def test_equity_beyond_the_doubles_is_no_bracket() -> None:
    found = calibrate_series(equity_value=np.array([[1.0, 2.0, 1.5], [1.0, 2.0, 1.5]]), default_point=[1.0, 1e300])
    assert list(found.status) == [Status.CONVERGED, Status.NO_BRACKET]


def test_every_firm_bad() -> None:
    found = calibrate_series(equity_value=np.full((2, 5), np.nan), default_point=1.0, method="mle")
    assert (found.status == Status.NOT_APPLICABLE).all()
    assert (found.iterations == 0).all()


def test_shapes() -> None:
    single = calibrate_series(equity_value=DATA["equity_value"][0], default_point=DATA["default_point"][0])
    assert single.asset_volatility.shape == single.status.shape == ()
    assert single.asset_series is None
    none = calibrate_series(equity_value=np.ones((0, 5)), default_point=1.0)
    assert none.asset_volatility.shape == (0,)
    debt, rate = DATA["default_point"][:, 0], DATA["risk_free_rate"][:, 0]
    for each in (debt, debt[:, None], DATA["default_point"]):
        found = fit(default_point=each, risk_free_rate=rate, horizon=1.0)
        np.testing.assert_allclose(found.asset_volatility, FITS.it_vol, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"equity_value": 3.0}, "E217"),
        ({"equity_value": [3.0, 4.0]}, "E217"),
        ({"equity_value": np.ones((2, 2, 4))}, "E217"),
        ({"default_point": [1.0, 2.0]}, "E217"),
        ({"horizon": np.ones((2, 4))}, "E217"),
        ({"equity_value": ["a", "b", "c", "d"]}, "E212"),
        ({"method": "kmv"}, "E205"),
        ({"divisor": "n-2"}, "E205"),
        ({"periods_per_year": 0}, "E226"),
        ({"periods_per_year": float("nan")}, "E226"),
    ],
)
def test_what_no_firm_can_be_blamed_for_raises(given: dict[str, Any], code: str) -> None:
    with pytest.raises(KmvError) as caught:
        calibrate_series(**({"equity_value": [3.0, 4.0, 3.5, 3.6], "default_point": 2.0} | given))
    assert caught.value.code == code


def test_a_horizon_that_runs_down() -> None:
    """Debt of a fixed date: full shapes, against the twin observation by observation."""
    given = simulated(1, observations=60, seed=5)
    equity = given["equity_value"][0]
    horizon = 2.0 - np.arange(60) / 250.0
    debt = np.linspace(60.0, 66.0, 60)
    found = calibrate_series(equity_value=equity, default_point=debt, horizon=horizon, asset_series=True)
    s = float(found.asset_volatility)
    path = np.array([twin_path(s, equity[i : i + 1], debt[i : i + 1], horizon[i])[0][0] for i in range(60)])
    assert float(np.diff(path).std() * np.sqrt(250.0)) == pytest.approx(s, rel=1e-10)
    assert found.asset_series is not None
    np.testing.assert_allclose(np.log(found.asset_series), path, atol=1e-11)
