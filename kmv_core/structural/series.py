"""Classic KMV from a price series: asset volatility and drift of companies with a history of equity values.

    E_i = A_i N(d1) - K_i N(d2),  K = D e^{-rT},  d2 = ln(A/K) / (s sqrt T) - s sqrt T / 2,  d1 = d2 + s sqrt T
    iterative   s^2 = sum (r_i - mean r)^2 / (c dt),  r_i = ln(A_i / A_{i-1}) along the path implied at s
    mle         the s of greatest likelihood of the equity values
    drift       m = mean r / dt + s^2 / 2

Vassalou and Xing 2004; Duan 1994, 2000. For licensees, guarantors and shortfall payers, whose equity has a price.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kmv_core.structural.asset_paths import Market
from kmv_core.structural.blocks import in_blocks
from kmv_core.structural.calibration import Status
from kmv_core.structural.normal import log_upper_tail, upper_tail
from kmv_core.structural.series_iterative import first_guess, iterate
from kmv_core.structural.series_likelihood import likelihood, maximise
from kmv_core.vocabulary.checks import Floats, outside
from kmv_core.vocabulary.errors import KmvError, problem
from kmv_core.vocabulary.terms import POSITIVE, TERMS

Method = Literal["iterative", "mle"]
Divisor = Literal["n", "n-1"]
METHODS, DIVISORS = ("iterative", "mle"), ("n", "n-1")
LEAST_OBSERVATIONS = 3

_INPUTS = ("equity_value", "default_point", "risk_free_rate", "horizon")
_BLOCK = 32_768
"""Observations that are worked on together: their arrays stay in the processor's cache."""
_PATHS = 20
"""About as many paths are implied for a firm: what it costs, when threads are shared out."""
_SMALLEST, _LARGEST = 1e-290, 1e290
"""Of equity over discounted debt: beyond, the equations leave the doubles."""
_STILL = 1e-12
"""Equity that swings less than this is constant."""
_FIGURES = (
    "asset_volatility",
    "drift",
    "log_likelihood",
    "standard_error",
    "drift_standard_error",
    "asset_value",
    "distance_to_default",
    "probability_of_default",
    "risk_neutral_distance_to_default",
    "risk_neutral_probability_of_default",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedSeries:
    """One figure a firm, of shape (firms,), or () for a single series; nan where the status is not CONVERGED."""

    asset_volatility: Floats
    """Decimal a year."""
    drift: Floats
    """Real-world growth of the asset value, decimal a year."""
    log_likelihood: Floats
    """Of the equity values after the first, in the unit given: in another unit it moves by a constant."""
    standard_error: Floats
    """Of the volatility: from the observed information (mle), or of the fixed point (iterative)."""
    drift_standard_error: Floats
    """Of the drift: mostly s / sqrt(years observed), however often one observes."""
    asset_value: Floats
    """At the last observation, money."""
    distance_to_default: Floats
    """At the last observation, real-world: with the estimated drift, which is rarely known well."""
    probability_of_default: Floats
    """Real-world, over the horizon of the last observation."""
    risk_neutral_distance_to_default: Floats
    """At the last observation, with the risk-free rate as drift."""
    risk_neutral_probability_of_default: Floats
    status: NDArray[np.int8]
    """Status of every firm."""
    iterations: NDArray[np.int64]
    """Volatilities at which the path was implied; 0 where nothing was tried."""
    asset_series: Floats | None = None
    """(firms, observations) or (observations,), where asked for."""

    @property
    def converged(self) -> NDArray[np.bool_]:
        solved: NDArray[np.bool_] = self.status == Status.CONVERGED
        return solved

    @property
    def log_probability_of_default(self) -> Floats:
        """ln of the real-world PD, exact where the probability underflows."""
        return log_upper_tail(self.distance_to_default)


def calibrate_series(
    *,
    equity_value: ArrayLike,
    default_point: ArrayLike,
    risk_free_rate: ArrayLike = 0.0,
    horizon: ArrayLike = 1.0,
    periods_per_year: float = 250.0,
    method: Method = "iterative",
    divisor: Divisor = "n",
    asset_series: bool = False,
) -> CalibratedSeries:
    """Asset volatility, drift and default probability of every firm from its equity values, evenly spaced in time.

    `equity_value` (money) has the shape (observations,) or (firms, observations), 3 observations at least. The
    default point (money), rate (decimal a year) and horizon (years) are a number, one a firm (firms,), or of the
    full shape. `divisor`, for n changes: n, or n - 1, which in the mle integrates the drift out.

    Never raises for a bad firm: its status says NOT_APPLICABLE (an input outside its domain, a missing value) or
    NO_BRACKET (equity that never moves, or no volatility found). Raises KmvError E212 (not numbers), E217 (shapes),
    E205 (method, divisor), E226 (periods_per_year).

    >>> prices = [30, 31, 29.5, 30.2, 32, 31.1, 33]
    >>> found = calibrate_series(equity_value=prices, default_point=60, horizon=5, periods_per_year=12)
    >>> round(float(found.asset_volatility), 6), round(float(found.risk_neutral_probability_of_default), 8)
    (0.04885, 3.786e-05)
    """
    _check_choices(method, divisor, periods_per_year)
    equity, columns = _aligned(equity_value, default_point, risk_free_rate, horizon)
    table = columns[0]
    firms, observations = table.shape
    figures = np.full((len(_FIGURES), firms), np.nan)
    status = np.full(firms, Status.NOT_APPLICABLE, dtype=np.int8)
    iterations = np.zeros(firms, dtype=np.int64)
    series = np.full(table.shape, np.nan) if asset_series else None
    task = _Task(1.0 / float(periods_per_year), method, observations - (1 if divisor == "n" else 2))

    def work(part: slice) -> None:
        rows = slice(part.start // cost, part.stop // cost)
        block = [each[rows] for each in columns]
        good = np.ones(len(block[0]), dtype=bool)
        for name, each in zip(_INPUTS, block, strict=True):
            good &= ~outside(each, TERMS[name].domain).any(axis=1)
        with np.errstate(all="ignore"):
            done = _calibrate([each[good] for each in block], task)
        index = np.flatnonzero(good) + rows.start
        figures[:, index], status[index], iterations[index] = done.figures, done.status, done.iterations
        if series is not None:
            series[index] = done.asset_value

    cost = _PATHS * observations
    in_blocks(work, firms * cost, block=max(1, _BLOCK // observations) * cost)
    shape = equity.shape[:-1]
    named = dict(zip(_FIGURES, (each.reshape(shape) for each in figures), strict=True))
    return CalibratedSeries(
        **named,
        status=status.reshape(shape),
        iterations=iterations.reshape(shape),
        asset_series=None if series is None else series.reshape(equity.shape),
    )


def _check_choices(method: str, divisor: str, periods_per_year: float) -> None:
    for name, word, choices in (("method", method, METHODS), ("divisor", divisor, DIVISORS)):
        if word not in choices:
            raise KmvError(problem("E205", name=name, choices=", ".join(choices), found=repr(word)))
    if not 0.0 < periods_per_year < np.inf:
        en, zh = POSITIVE.words()
        raise KmvError(
            problem("E226", name="periods_per_year", domain=en, domain_zh=zh, found=periods_per_year, remedy="")
        )


def _aligned(*given: ArrayLike) -> tuple[Floats, list[Floats]]:
    """Equity as given, and every input as (firms, observations) or (firms, 1)."""
    arrays: list[Floats] = []
    for name, each in zip(_INPUTS, given, strict=True):
        try:
            arrays.append(np.asarray(each, dtype=np.float64))
        except (TypeError, ValueError):
            raise KmvError(problem("E212", name=name, found=repr(each)[:60])) from None
    equity = arrays[0]
    if equity.ndim not in (1, 2) or equity.shape[-1] < LEAST_OBSERVATIONS:
        found = f"{equity.shape}, not (observations,) or (firms, observations) of at least {LEAST_OBSERVATIONS}"
        raise KmvError(problem("E217", name=_INPUTS[0], found=found))
    table = np.atleast_2d(equity)
    columns = [table]
    for name, each in zip(_INPUTS[1:], arrays[1:], strict=True):
        if each.shape == equity.shape:
            columns.append(np.atleast_2d(each))
        elif each.shape in ((), equity.shape[:-1], (len(table), 1)):
            columns.append(np.broadcast_to(each.reshape(-1, 1), (len(table), 1)))
        else:
            raise KmvError(problem("E217", name=name, found=f"{each.shape} beside equity_value {equity.shape}"))
    return equity, columns


class _Task(NamedTuple):
    """What is asked of every block."""

    dt: float
    method: Method
    divisor: int
    """As a count, n or n - 1."""


class _Block(NamedTuple):
    """The results of some firms: figures (10, firms), asset values (firms, observations)."""

    figures: Floats
    asset_value: Floats
    status: NDArray[np.int8]
    iterations: NDArray[np.int64]


def _calibrate(columns: list[Floats], task: _Task) -> _Block:
    """Firms whose inputs are inside their domains."""
    equity, debt, rate, time = columns
    owed = debt * np.exp(-rate * time)
    e = equity / owed
    growth = np.log(owed[:, 1:] / owed[:, :-1]) if owed.shape[1] > 1 else np.zeros_like(owed)
    block = _Block(
        np.full((len(_FIGURES), len(equity)), np.nan),
        np.full(equity.shape, np.nan),
        np.full(len(equity), Status.NO_BRACKET, dtype=np.int8),
        np.zeros(len(equity), dtype=np.int64),
    )
    held = ((e > _SMALLEST) & (e < _LARGEST)).all(axis=1)
    held &= np.log(equity[:, 1:] / equity[:, :-1]).std(axis=1) > _STILL
    if not held.any():
        return block
    market = Market(e, np.sqrt(time), growth).rows(held)
    guess, log_spread = first_guess(market, task.dt)
    fit = iterate(market, guess, dt=task.dt, divisor=task.divisor)
    if task.method == "mle":
        begin = fit._replace(log_volatility=np.where(fit.solved, fit.log_volatility, guess))
        fit = maximise(market, begin, log_spread, dt=task.dt, divisor=task.divisor)
    index = np.flatnonzero(held)
    block.iterations[index] = fit.iterations
    found, index = fit.solved, index[fit.solved]
    if index.size:
        theta, x = fit.log_volatility[found], fit.x[found]
        asset = owed[index] * np.exp(x)
        figures = _figures(market.rows(found), theta, x, task)
        figures["log_likelihood"] -= np.broadcast_to(np.log(owed[index]), asset.shape)[:, 1:].sum(axis=1)
        figures["asset_value"] = asset[:, -1]
        neutral = figures["risk_neutral_distance_to_default"]
        lead = (figures["drift"] - rate[index, -1]) * np.sqrt(time[index, -1]) / figures["asset_volatility"]
        figures["distance_to_default"] = neutral + lead
        figures["probability_of_default"] = upper_tail(neutral + lead)
        figures["risk_neutral_probability_of_default"] = upper_tail(neutral)
        block.figures[:, index] = [figures[name] for name in _FIGURES]
        block.asset_value[index] = asset
        block.status[index] = Status.CONVERGED
    return block


def _figures(market: Market, theta: Floats, x: Floats, task: _Task) -> dict[str, Floats]:
    """What follows from the volatility exp(theta) and its path x alone."""
    n, dt = x.shape[1] - 1, task.dt
    there = likelihood(market, theta, x, dt=dt, divisor=n)
    volatility = np.exp(theta)
    if task.method == "mle":
        variance = np.where(there.curve < 0.0, -1.0 / there.curve, np.inf)
    else:
        # theta solves ln g(theta) = theta; at the true theta ln g errs by 1 / sqrt(2 n).
        slope = 0.5 * there.changes.squares_1 / there.changes.squares
        variance = 0.5 / n / (1.0 - slope) ** 2
    drift_slope = there.changes.mean_1 / dt + volatility**2
    return {
        "asset_volatility": volatility,
        "drift": there.changes.mean / dt + 0.5 * volatility**2,
        "log_likelihood": there.value,
        "standard_error": volatility * np.sqrt(variance),
        "drift_standard_error": np.sqrt(drift_slope**2 * variance + volatility**2 / (n * dt)),
        "risk_neutral_distance_to_default": there.paths.d2[:, -1],
    }
