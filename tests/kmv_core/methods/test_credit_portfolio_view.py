"""CreditPortfolioView against systems whose coefficients are known, and the laws of the shifted matrix."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from kmv_core.methods.credit_portfolio_view import fit_portfolio_view, shifted_transition, simulate_default_rates
from kmv_core.vocabulary.errors import KmvError

LAGS = np.array([[0.4, 0.5, -0.2], [1.0, 0.3, 0.1]])
INDEX = np.array([-3.5, -0.6, 0.25])
MATRIX = np.array([[0.90, 0.07, 0.02, 0.01], [0.05, 0.80, 0.10, 0.05], [0.01, 0.09, 0.70, 0.20]])


def economy(periods, shocks, noise):
    """Series that follow LAGS, and the default rates INDEX makes of them."""
    x = np.empty((periods, 2))
    x[:2] = [[1.0, -0.5], [0.2, 2.0]]
    for t in range(2, periods):
        x[t] = LAGS[:, 0] + LAGS[:, 1] * x[t - 1] + LAGS[:, 2] * x[t - 2] + shocks[t]
    return special.expit(INDEX[0] + x @ INDEX[1:] + noise), x


def test_an_exact_system_is_found_exactly():
    rates, x = economy(9, np.zeros((9, 2)), np.zeros(9))
    found = fit_portfolio_view(default_rates=rates, macro_series=x)
    assert found.index_coefficients == pytest.approx(INDEX, abs=1e-9)
    assert found.factor_coefficients == pytest.approx(LAGS, abs=1e-8)
    assert found.covariance == pytest.approx(np.zeros((3, 3)), abs=1e-15)
    assert found.default_rate(x) == pytest.approx(rates)
    # Without shocks every path is the system run on.
    ahead, _ = economy(12, np.zeros((12, 2)), np.zeros(12))
    simulated = simulate_default_rates(view=found, horizon_periods=3, paths=4, seed=1)
    assert simulated == pytest.approx(np.tile(ahead[9:], (4, 1)), rel=1e-6)


def test_a_long_record_gives_the_coefficients_back():
    generator = np.random.default_rng(11)
    covariance = np.array([[0.09, 0.03, 0.0], [0.03, 0.25, 0.1], [0.0, 0.1, 0.36]])
    drawn = generator.multivariate_normal(np.zeros(3), covariance, size=4000)
    rates, x = economy(4000, drawn[:, 1:], drawn[:, 0])
    found = fit_portfolio_view(default_rates=rates, macro_series=x)
    # u is correlated with the first innovation, so least squares on levels is biased: the series' own equations are not
    assert found.factor_coefficients == pytest.approx(LAGS, abs=0.06)
    assert found.covariance[1:, 1:] == pytest.approx(covariance[1:, 1:], abs=0.03)
    alone = generator.normal(0, 0.3, 4000)
    rates, x = economy(4000, drawn[:, 1:], alone)
    found = fit_portfolio_view(default_rates=rates, macro_series=x)
    assert found.index_coefficients == pytest.approx(INDEX, abs=0.05)
    assert found.covariance[0, 0] == pytest.approx(0.09, rel=0.08)
    assert 0 < found.r_squared < 1


def test_residuals_are_those_of_numpy():
    generator = np.random.default_rng(2)
    rates, x = economy(30, generator.normal(0, 0.5, (30, 2)), generator.normal(0, 0.3, 30))
    found = fit_portfolio_view(default_rates=rates, macro_series=x)
    regressors = np.column_stack([np.ones(30), x])
    by_hand = np.linalg.solve(regressors.T @ regressors, regressors.T @ special.logit(rates))
    assert found.index_coefficients == pytest.approx(by_hand)
    residual = special.logit(rates) - regressors @ by_hand
    assert found.covariance[0, 0] == pytest.approx(residual @ residual / 27)
    assert found.mean_default_rate == pytest.approx(rates.mean())
    assert (found.observations, found.last_factors.tolist()) == (30, x[-2:].tolist())


def test_simulated_rates_have_the_forecast_distribution():
    generator = np.random.default_rng(5)
    rates, x = economy(60, generator.normal(0, 0.5, (60, 2)), generator.normal(0, 0.3, 60))
    view = fit_portfolio_view(default_rates=rates, macro_series=x)
    found = special.logit(simulate_default_rates(view=view, horizon_periods=2, paths=40_000, seed=9))
    g, b = view.factor_coefficients, view.index_coefficients
    ahead = g[:, 0] + g[:, 1] * x[-1] + g[:, 2] * x[-2]
    load = np.concatenate([[1.0], b[1:]])
    deviation = math.sqrt(load @ view.covariance @ load)
    assert found[:, 0].mean() == pytest.approx(b[0] + b[1:] @ ahead, abs=3 * deviation / 200)
    assert found[:, 0].std() == pytest.approx(deviation, rel=0.015)
    then = np.concatenate([[0.0], b[1:] * g[:, 1]])
    second = math.sqrt(load @ view.covariance @ load + then @ view.covariance @ then)
    assert found[:, 1].std() == pytest.approx(second, rel=0.015)
    same = simulate_default_rates(view=view, horizon_periods=2, paths=40_000, seed=9)
    assert (special.logit(same) == found).all()


@settings(max_examples=60, deadline=None)
@given(ratio=st.floats(0, 30))
def test_shifted_rows(ratio):
    found = shifted_transition(transition=MATRIX, rate_ratio=ratio)
    assert (found >= 0).all()
    assert found.sum(axis=1) == pytest.approx(1)
    worse = np.triu(np.ones(MATRIX.shape, dtype=bool), k=1)
    down = np.where(worse, MATRIX, 0).sum(axis=1)
    assert found[:, -1] == pytest.approx(MATRIX[:, -1] * np.minimum(ratio, 1 / down))
    # Odds within the downgrades, and within the rest, stay.
    assert found[0, 1] * MATRIX[0, 3] == pytest.approx(found[0, 3] * MATRIX[0, 1])
    assert found[2, 0] * MATRIX[2, 2] == pytest.approx(found[2, 2] * MATRIX[2, 0], abs=1e-15)


def test_shift_of_one_changes_nothing_and_some_rows_may_stand_still():
    assert shifted_transition(transition=MATRIX, rate_ratio=1) == pytest.approx(MATRIX)
    found = shifted_transition(transition=MATRIX, rate_ratio=[0.5, 2], speculative=[False, True, True])
    assert found.shape == (2, 3, 4)
    assert found[:, 0] == pytest.approx(np.tile(MATRIX[0], (2, 1)))
    assert found[1, 1:, -1] == pytest.approx(2 * MATRIX[1:, -1])
    certain = [[0.0, 0.6, 0.4], [0.1, 0.9, 0.0]]
    assert shifted_transition(transition=certain, rate_ratio=[0.5, 3.0]) == pytest.approx(np.array([certain, certain]))


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        ({"default_rates": [0.01] * 5}, "E217", "5 default rates"),
        ({"default_rates": [0.0] + [0.01] * 9}, "E220", "row 1"),
        ({"macro_series": [1.0] * 10}, "E348", "rank 1"),
        ({"macro_series": [[x, 2 * x + 1] for x in (1, 4, 2, 8, 5, 7, 3, 9, 6, 0)]}, "E348", "rank 2"),
        ({"macro_series": [math.nan, *range(9)]}, "E226", "macro_series"),
        ({"default_rates": [0.01] * 6, "macro_series": [1, 4, 2, 8, 5, 7]}, "E280", "7"),
    ],
)
def test_records_that_cannot_be_fitted(change, code, told):
    whole = {"default_rates": [0.01] * 10, "macro_series": [1, 4, 2, 8, 5, 7, 3, 9, 6, 0]}
    with pytest.raises(KmvError) as refused:
        fit_portfolio_view(**(whole | change))
    assert refused.value.code == code
    assert told in str(refused.value)


def test_refusals():
    rates, x = economy(9, np.zeros((9, 2)), np.zeros(9))
    view = fit_portfolio_view(default_rates=rates, macro_series=x)
    calls = [
        (lambda: view.default_rate([1.0, 2.0, 3.0]), "E217"),
        (lambda: simulate_default_rates(view=view, paths=1.5), "E226"),
        (lambda: simulate_default_rates(view=view, horizon_periods=0), "E226"),
        (lambda: shifted_transition(transition=[[0.5, 0.5]], rate_ratio=-1), "E226"),
        (lambda: shifted_transition(transition=[[0.5, 0.5], [0.1, 0.9]], rate_ratio=1), "E217"),
        (lambda: shifted_transition(transition=[[0.5, 0.4]], rate_ratio=1), "E342"),
        (lambda: shifted_transition(transition=[[0.5, 0.5]], rate_ratio=1, speculative=[True, False]), "E217"),
    ]
    for call, code in calls:
        with pytest.raises(KmvError) as refused:
            call()
        assert refused.value.code == code
