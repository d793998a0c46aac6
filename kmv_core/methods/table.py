"""The methods side by side on one pool: each one's losses, or why it has none.

A default-mode method suits obligors that may default: the licensees of an IP pool. The loans of an NPL pool are in
default already; there the table gives the recovery distribution and says of each other method that it does not apply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.deal.cash_in import expected_collections, licence_contracts
from kmv_core.deal.deal import Deal, Model
from kmv_core.deal.schedule import schedule_of
from kmv_core.methods.credit_metrics import default_mode_losses
from kmv_core.methods.credit_portfolio_view import PortfolioView, simulate_default_rates
from kmv_core.methods.credit_risk_plus import credit_risk_plus
from kmv_core.methods.loss_distribution import SAME, LossDistribution, simulated
from kmv_core.methods.method_words import IN_DEFAULT, METHODS, NO_RECORD, Method
from kmv_core.methods.obligors import Obligor, check_obligors, obligors_of
from kmv_core.methods.vasicek import default_rate_deviation, default_rate_probability, worst_case_default_rate
from kmv_core.structural.implied import implied
from kmv_core.structural.merton import Form, probability_of_default
from kmv_core.structural.normal import distance_at
from kmv_core.vocabulary.checks import Floats, checked
from kmv_core.vocabulary.errors import Problem, problem, raise_errors

QUANTILES = (0.5, 0.95, 0.99, 0.999)
PATHS = 100_000
SEED = 20_211_008
_DRAWS = 4_000_000
"""Uniforms at once: 32 MB."""


class _Shape(TypedDict):
    asset_value: float
    asset_volatility: float
    form: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodResult:
    """What a method says of the losses of the pool."""

    expected_loss: float | None
    """In money; None where the distribution has no mean: the student form of KMV."""
    standard_deviation: float | None
    """In money; None as above."""
    loss_quantiles: Floats
    """In money, one a level; below 0 where a method lets the pool bring more than is owed."""
    exceedance: Floats
    """P(loss > cushion), one a cushion, decimals."""
    standard_error: Floats | None = None
    """Of each exceedance, where it was simulated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodRow:
    """A method with its result, or with the coded reason why there is none."""

    method: Method
    result: MethodResult | None = None
    reason: Problem | None = None
    """E340 what is missing; E341 why it does not apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodTable:
    """All methods on one pool."""

    rows: tuple[MethodRow, ...]
    quantiles: Floats
    cushions: Floats
    """In money."""
    owed: float
    """What losses are counted from, in money: exposures, or for an NPL pool the expected collections."""

    def row(self, code: str) -> MethodRow:
        """The row of one method by its code."""
        return next(each for each in self.rows if each.method.code == code)


def compare_methods(
    *,
    obligors: Sequence[Obligor],
    cushions: ArrayLike = (),
    quantiles: ArrayLike = QUANTILES,
    portfolio_view: PortfolioView | None = None,
    paths: int = PATHS,
    seed: int = SEED,
) -> MethodTable:
    """The five methods on a pool of live obligors, each fed with the same figures.

        KMV             cash lognormal with the exact mean and deviation of the pool; loss = owed - cash
        CreditMetrics   the one-factor model, exactly (default_mode_losses)
        CreditRisk+     one sector; intensity PD, sector deviation sum_i sd_i / sum_i PD_i, sd_i the deviation of the
                        default rate in the one-factor model (Gordy 2000)
        CreditPortfolioView  PD_i times simulated rate over mean rate, at most 1; defaults drawn; one period
        ASRF            PD and correlation averaged by loss, loss = LGD x exposure in all

    `cushions` (c,) and `quantiles` (q,): money and levels. `portfolio_view` as fitted by fit_portfolio_view: without
    one that row says what is missing (E340).

    Raises KmvError E227 without obligors, E226 for a value outside its domain, E220 for a level.

    >>> eleven = [Obligor(name=f"L{i}", exposure=100, probability_of_default=.03, lgd=.6, asset_correlation=.2)
    ...     for i in range(11)]
    >>> found = compare_methods(obligors=eleven, cushions=[200])
    >>> [(row.method.code, row.result and round(row.result.exceedance[0].item(), 5)) for row in found.rows]
    [('kmv', 0.0), ('credit_metrics', 0.0049), ('credit_risk_plus', 0.00575), ('credit_portfolio_view', None), ('vasicek', 0.00075)]
    """
    raise_errors(check_obligors(obligors))
    asked = checked(cushions=np.atleast_1d(cushions), quantiles=np.atleast_1d(quantiles))
    pool = _Pool(obligors)
    exact = default_mode_losses(
        exposures=pool.losses, probability_of_default=pool.chances, asset_correlation=pool.correlations
    )
    results: dict[str, MethodResult | None] = {
        "kmv": _lognormal(pool.owed, pool.owed - pool.expected, exact.standard_deviation, **asked),
        "credit_metrics": _of(exact, **asked),
        "credit_risk_plus": _of(pool.poisson(), **asked),
        "credit_portfolio_view": None,
        "vasicek": pool.granular(**asked),
    }
    if portfolio_view is not None:
        results["credit_portfolio_view"] = _of(pool.with_economy(portfolio_view, paths, seed), **asked)
    return MethodTable(
        rows=tuple(_row(each, results[each.code]) for each in METHODS),
        quantiles=asked["quantiles"],
        cushions=asked["cushions"],
        owed=pool.owed,
    )


def method_table(
    *,
    deal: Deal,
    cushions: ArrayLike = (),
    quantiles: ArrayLike = QUANTILES,
    portfolio_view: PortfolioView | None = None,
    paths: int = PATHS,
    seed: int = SEED,
) -> MethodTable:
    """The table of a deal: its licences as obligors, or its recovery distribution.

    A pool of licences: compare_methods with one obligor a licensee. A pool of loans in default: the distribution of
    total net collections in the form of the deal's model, with losses counted from the expected total, so that
    P(loss > cushion) is the closed-form PD of what is due = expected total - cushion; every other method refuses with
    E341. The expected loss is 0, but below 0 in the form log_drift, which lifts the mean by exp(s^2 / 2).

    Raises KmvError as compare_methods.
    """
    if deal.licences:
        return compare_methods(
            obligors=obligors_of(licence_contracts(deal)),
            cushions=cushions,
            quantiles=quantiles,
            portfolio_view=portfolio_view,
            paths=paths,
            seed=seed,
        )
    asked = checked(cushions=np.atleast_1d(cushions), quantiles=np.atleast_1d(quantiles))
    total = float(expected_collections(deal, schedule_of(deal)).sum())
    own = _recovery(deal.model, total, **asked)
    return MethodTable(
        rows=tuple(
            MethodRow(method=each, result=own)
            if each.code == "kmv"
            else MethodRow(method=each, reason=_not_applicable(each))
            for each in METHODS
        ),
        quantiles=asked["quantiles"],
        cushions=asked["cushions"],
        owed=total,
    )


class _Pool:
    """The obligors as arrays, and what each method makes of them."""

    def __init__(self, obligors: Sequence[Obligor]) -> None:
        self.losses = np.array([each.exposure * each.lgd for each in obligors])
        self.chances = np.array([each.probability_of_default for each in obligors])
        self.correlations = np.array([each.asset_correlation for each in obligors])
        self.owed = float(sum(each.exposure for each in obligors))
        self.expected = float(self.losses @ self.chances)

    def poisson(self) -> LossDistribution:
        """CreditRisk+ with one sector of the deviation the one-factor model gives."""
        spread = default_rate_deviation(probability_of_default=self.chances, asset_correlation=self.correlations)
        intensity = float(self.chances.sum())
        return credit_risk_plus(
            exposures=self.losses,
            default_intensity=self.chances,
            sector_volatility=float(spread.sum()) / intensity if intensity else 0.0,
        )

    def granular(self, *, cushions: Floats, quantiles: Floats) -> MethodResult:
        """ASRF with PD and correlation averaged by loss."""
        total = float(self.losses.sum())
        if not total:
            return MethodResult(
                expected_loss=0.0,
                standard_deviation=0.0,
                loss_quantiles=np.zeros(quantiles.shape),
                exceedance=np.zeros(cushions.shape),
            )
        pd = self.expected / total
        rho = float(self.losses @ self.correlations) / total
        one = {"probability_of_default": pd, "asset_correlation": rho}
        return MethodResult(
            expected_loss=self.expected,
            standard_deviation=total * float(default_rate_deviation(**one)),
            loss_quantiles=total * worst_case_default_rate(quantiles=quantiles, **one),
            exceedance=1.0 - default_rate_probability(default_rate=cushions / total, **one),
        )

    def with_economy(self, view: PortfolioView, paths: int, seed: int) -> LossDistribution:
        """CreditPortfolioView: the rate of the next period moves every PD in proportion, then defaults are drawn."""
        rates = simulate_default_rates(view=view, paths=paths, seed=seed)[:, 0] / view.mean_default_rate
        generator = np.random.default_rng([seed, 1])
        block = max(1, _DRAWS // self.losses.size)
        parts = []
        for start in range(0, paths, block):
            chances = np.minimum(rates[start : start + block, None] * self.chances, 1.0)
            parts.append((generator.random(chances.shape) < chances) @ self.losses)
        return simulated(np.concatenate(parts))


def _row(method: Method, result: MethodResult | None) -> MethodRow:
    if result is not None:
        return MethodRow(method=method, result=result)
    name, name_zh = method.name
    return MethodRow(
        method=method,
        reason=problem("E340", name=name, name_zh=name_zh, missing=NO_RECORD[0], missing_zh=NO_RECORD[1]),
    )


def _not_applicable(method: Method) -> Problem:
    name, name_zh = method.name
    return problem("E341", name=name, name_zh=name_zh, reason=IN_DEFAULT[0], reason_zh=IN_DEFAULT[1])


def _of(found: LossDistribution, *, cushions: Floats, quantiles: Floats) -> MethodResult:
    exceedance = found.exceedance(cushions)
    return MethodResult(
        expected_loss=found.expected_loss,
        standard_deviation=found.standard_deviation,
        loss_quantiles=found.quantile(quantiles),
        exceedance=exceedance,
        standard_error=None if found.paths is None else np.sqrt(exceedance * (1.0 - exceedance) / found.paths),
    )


def _recovery(model: Model, total: float, *, cushions: Floats, quantiles: Floats) -> MethodResult:
    """Total collections in the form of the model; the loss is what they miss of the expected total."""
    shape: _Shape = {"asset_value": total, "asset_volatility": model.total_volatility, "form": model.form}
    due = total - cushions
    positive = due > 0.0
    short = probability_of_default(default_point=np.where(positive, due, total), dof=model.dof, **shape)
    found = implied("default_point", probability_of_default=1.0 - quantiles, dof=model.dof, **shape)
    mean, deviation = _moments(model)
    return MethodResult(
        expected_loss=None if mean is None else total * (1.0 - mean),
        standard_deviation=None if deviation is None else total * deviation,
        # The linear form reaches below 0: nothing is collected there, and all of it is lost.
        loss_quantiles=total - np.where(np.isfinite(found.value), found.value, 0.0),
        exceedance=np.where(positive, short, 0.0),
    )


def _moments(model: Model) -> tuple[float | None, float | None]:
    """Mean and deviation of the multiple of expected collections, in the form of the model."""
    s = model.total_volatility
    if model.form == "student":
        return None, None
    if model.form == "linear":
        return 1.0, s
    mean = float(np.exp(0.5 * s * s)) if model.form == "log_drift" else 1.0
    return mean, mean * float(np.sqrt(np.expm1(s * s)))


def _lognormal(owed: float, mean: float, deviation: float, *, cushions: Floats, quantiles: Floats) -> MethodResult:
    """Cash lognormal with this mean and deviation; the loss is what it misses of `owed`."""
    due = owed - cushions
    s = float(np.sqrt(np.log1p((deviation / mean) ** 2))) if mean else 0.0
    if s:
        positive = due > 0.0
        short = probability_of_default(asset_value=mean, default_point=np.where(positive, due, 1.0), asset_volatility=s)
        exceedance = np.where(positive, short, 0.0)
        cash = mean * np.exp(s * np.asarray(distance_at(quantiles)) - 0.5 * s * s)
    else:
        exceedance = np.where(due > mean + SAME * owed, 1.0, 0.0)
        cash = np.full(quantiles.shape, mean)
    return MethodResult(
        expected_loss=owed - mean,
        standard_deviation=deviation,
        loss_quantiles=owed - cash,
        exceedance=exceedance,
    )
