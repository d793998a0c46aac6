"""CreditPortfolioView: default rates that follow the economy.

    ln(p_t / (1 - p_t)) = b_0 + sum_k b_k X_k,t + u_t
    X_k,t = g_k0 + g_k1 X_k,t-1 + g_k2 X_k,t-2 + e_k,t,   (u, e_1, ..., e_K) normal with one covariance matrix

Both are fitted by least squares; the covariance is that of the residuals. Wilson, Portfolio Credit Risk I and II,
Risk 10 (9 and 10), 1997. A higher index is a higher default rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kmv_core.methods.credit_metrics import normalised_rows
from kmv_core.vocabulary.checks import Floats, checked, whole_problem
from kmv_core.vocabulary.errors import KmvError, problem

LAGS = 2
LEAST_FREE = 2
"""Observations more than coefficients, at least, in each regression."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioView:
    """A fitted macroeconomic default model; K series."""

    index_coefficients: Floats
    """(K + 1,) b: constant, then one a series."""
    factor_coefficients: Floats
    """(K, 3) g: constant, first and second lag of each series."""
    covariance: Floats
    """(K + 1, K + 1) of the index's residual and the series' innovations, in this order."""
    last_factors: Floats
    """(2, K) the last two observations, the older first: where a simulation starts."""
    mean_default_rate: float
    """Of the record, a decimal: what a simulated rate is compared with."""
    r_squared: float
    """Of the index regression."""
    observations: int

    def default_rate(self, macro_series: ArrayLike) -> Floats:
        """p(X) = 1 / (1 + exp(-(b_0 + b X))), the default rate at these values of the series, the residual left out.

        `macro_series` (..., K); the result (...,), a decimal. Raises KmvError E217 for another number of series.
        """
        factors = checked(macro_series=macro_series)["macro_series"]
        series = self.index_coefficients.size - 1
        if not factors.ndim or factors.shape[-1] != series:
            found = f"{factors.shape[-1] if factors.ndim else 1}, {series} series were fitted"
            raise KmvError(problem("E217", name="macro_series", name_zh="宏观经济序列", found=found))
        rate: Floats = special.expit(self.index_coefficients[0] + factors @ self.index_coefficients[1:])
        return rate


def fit_portfolio_view(*, default_rates: ArrayLike, macro_series: ArrayLike) -> PortfolioView:
    """The two regressions of the module, by least squares.

    `default_rates` (t,) decimals above 0 and below 1, oldest first; `macro_series` (t,) or (t, K) of the same periods.
    The residuals' covariance divides by the degrees of freedom: of the index t - K - 1, of a series t - 2 - 3, of two
    different ones the root of their product.

    Raises KmvError E217 for unequal lengths, E220 for a rate of 0 or 1, E280 for fewer than K + 3 or 7 periods, E348
    for series that depend on each other, one that does not vary included. Wilson 1997 I.

    >>> x = np.array([1, 2, 4, 3, 5, 8, 6, 7, 9, 8.5])
    >>> found = fit_portfolio_view(default_rates=special.expit(-4 + .2 * x), macro_series=x)
    >>> found.index_coefficients.round(8).tolist(), round(found.r_squared, 8)
    ([-4.0, 0.2], 1.0)
    """
    given = checked(default_rates=default_rates, macro_series=macro_series)
    rates, factors = given["default_rates"], given["macro_series"]
    if factors.ndim == 1:
        factors = factors[:, None]
    if rates.ndim != 1 or factors.ndim != 2 or len(rates) != len(factors):
        found = f"{rates.shape[0] if rates.ndim else 1} default rates, {factors.shape[0] if factors.ndim else 1} rows"
        raise KmvError(problem("E217", name="macro_series", name_zh="宏观经济序列", found=found))
    least = max(factors.shape[1] + 1 + LEAST_FREE, 2 * LAGS + 1 + LEAST_FREE)
    if len(rates) < least:
        raise KmvError(problem("E280", name="default_rates", name_zh="违约率序列", found=len(rates), least=least))
    index = special.logit(rates)
    coefficients, residual = _least_squares(np.column_stack([np.ones(len(rates)), factors]), index)
    lagged = [_autoregression(column) for column in factors.T]
    away = index - index.mean()
    total = float(away @ away)
    return PortfolioView(
        index_coefficients=coefficients,
        factor_coefficients=np.array([each[0] for each in lagged]),
        covariance=_covariance(residual, np.array([each[1] for each in lagged]), factors.shape[1]),
        last_factors=factors[-LAGS:].copy(),
        mean_default_rate=float(rates.mean()),
        r_squared=1.0 - float(residual @ residual) / total if total else 0.0,
        observations=len(rates),
    )


def simulate_default_rates(
    *, view: PortfolioView, horizon_periods: int = 1, paths: int = 10_000, seed: int = 20_211_008
) -> Floats:
    """(paths, horizon_periods) default rates of the periods to come, decimals, from the last two observations on.

    Shocks (u, e) are drawn together from their covariance; the same seed gives the same numbers. Raises KmvError E226
    for a horizon or a number of paths outside its domain. Wilson 1997 I.
    """
    checked(horizon_periods=horizon_periods, paths=paths)
    for name, value in (("horizon_periods", horizon_periods), ("paths", paths)):
        bad = whole_problem(name, float(value))
        if bad is not None:
            raise KmvError(bad)
    heights, directions = np.linalg.eigh(view.covariance)
    # A model that fits exactly has no shocks, and its matrix no Cholesky root.
    root = directions * np.sqrt(np.maximum(heights, 0.0))
    generator = np.random.default_rng(seed)
    before, now = (np.broadcast_to(row, (paths, row.size)) for row in view.last_factors)
    constant, first, second = view.factor_coefficients.T
    rates = np.empty((paths, horizon_periods))
    for period in range(horizon_periods):
        shocks = generator.standard_normal((paths, len(root))) @ root.T
        before, now = now, constant + first * now + second * before + shocks[:, 1:]
        rates[:, period] = special.expit(view.index_coefficients[0] + now @ view.index_coefficients[1:] + shocks[:, 0])
    return rates


def shifted_transition(*, transition: ArrayLike, rate_ratio: ArrayLike, speculative: ArrayLike | None = None) -> Floats:
    """The transition matrix in a state of the economy whose default rate is r times its long-run mean.

        p_ij(r) = r p_ij for j worse than i,   p_ij(r) = p_ij (1 - r d_i) / (1 - d_i) for the others,
        d_i = P(worse than i)

    Above 1 the mass moves towards downgrades and default, below 1 away from them; a row's default probability is
    exactly r times its own, and r ends where every migration is a downgrade, at 1 / d_i. Wilson leaves the weights of
    his shift M + (r - 1) S open; this S is the one that changes no odds among the downgrades nor among the rest.

    `transition` (g, g + 1) decimals, best grade first, default last; `speculative` (g,) true where a row follows the
    economy, all if left out (Wilson: the speculative grades); `rate_ratio` one number or (s,), the result
    (g, g + 1) or (s, g, g + 1). Raises KmvError E217 where shapes do not fit, E226 for a value outside, E342 for rows
    that do not add to 1. Wilson 1997 II.

    >>> shifted_transition(transition=[[.9, .08, .02], [.1, .8, .1]], rate_ratio=1.5).round(4).tolist()
    [[0.85, 0.12, 0.03], [0.0944, 0.7556, 0.15]]
    """
    rows = normalised_rows(transition)
    ratio = checked(rate_ratio=rate_ratio)["rate_ratio"]
    if rows.ndim != 2 or rows.shape[1] != rows.shape[0] + 1:
        found = "x".join(map(str, rows.shape))
        raise KmvError(problem("E217", name="transition", name_zh="迁移概率", found=found))
    follows = np.ones(len(rows), dtype=bool) if speculative is None else np.asarray(speculative, dtype=bool)
    if follows.shape != (len(rows),):
        found = f"{follows.size}, {len(rows)} grades"
        raise KmvError(problem("E217", name="speculative", name_zh="投机级标记", found=found))
    worse = np.triu(np.ones(rows.shape, dtype=bool), k=1)
    down = np.where(worse, rows, 0.0).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.where(follows, np.minimum(ratio[..., None], np.where(down > 0.0, 1.0 / down, np.inf)), 1.0)
        kept = np.where(down < 1.0, (1.0 - moved * down) / (1.0 - down), 0.0)
    shifted: Floats = rows * np.where(worse, moved[..., None], np.maximum(kept, 0.0)[..., None])
    # A row of downgrades alone has nothing to give back to when r falls: it stays.
    return np.where((down < 1.0)[:, None], shifted, rows)


def _least_squares(regressors: Floats, response: Floats) -> tuple[Floats, Floats]:
    solved, _, rank, _ = np.linalg.lstsq(regressors, response, rcond=None)
    found = np.asarray(solved, dtype=np.float64)
    if rank < regressors.shape[1]:
        words = {"name": "macro_series", "name_zh": "宏观经济序列", "found": int(rank), "least": regressors.shape[1]}
        raise KmvError(problem("E348", where="", field=(), **words))
    return found, response - regressors @ found


def _autoregression(series: Floats) -> tuple[Floats, Floats]:
    regressors = np.column_stack([np.ones(len(series) - LAGS), series[1:-1], series[:-LAGS]])
    return _least_squares(regressors, series[LAGS:])


def _covariance(residual: Floats, innovations: Floats, series: int) -> Floats:
    observations = residual.size
    together = np.vstack([residual[LAGS:], innovations])
    free = np.array([observations - series - 1.0] + [observations - LAGS - 3.0] * series)
    found: Floats = together @ together.T / np.sqrt(np.outer(free, free))
    # The index has two residuals more than the series have innovations.
    found[0, 0] = residual @ residual / free[0]
    return found
