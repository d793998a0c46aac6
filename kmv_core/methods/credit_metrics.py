"""CreditMetrics: grades migrate with the asset value, and each bond is worth what its new grade makes it worth.

    the obligor ends in grade j or worse where x < z_j,  z_j = N^-1(P(grade j or worse)),  x standard normal
    value in grade j = coupon + sum_t cash_t / (1 + f_j,t)^t,  in default the recovery

Two obligors' asset values have a correlation, and their joint migration is a difference of bivariate normal
probabilities. J. P. Morgan, CreditMetrics Technical Document 1997, chapters 2, 3 and 8. Default mode alone is the
one-factor model of this product, read exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kmv_core.assets.common_factor import loss_states, state_probabilities
from kmv_core.methods.loss_distribution import LossDistribution
from kmv_core.structural.bivariate import bivariate_normal
from kmv_core.vocabulary.checks import Floats, checked, common_shape, whole_problem
from kmv_core.vocabulary.errors import KmvError, problem

SUM_TOLERANCE = 5e-4
"""Published rows are rounded to hundredths of a percent, eight to eighteen of them: such a row is scaled to 1."""
_BLOCK = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioValue:
    """The value of a portfolio at the horizon, in money."""

    mean: float
    standard_deviation: float
    """Exact, by pairs of obligors; with what recoveries add."""
    marginal_deviation: Floats
    """(n,) what the deviation falls by without the bond."""
    values: Floats
    """(m,) ascending: every value that can occur, for one or two bonds; else the simulated ones. Recoveries are at
    their means."""
    probability: Floats
    """(m,) of each value."""
    paths: int | None
    """None: the distribution is exact."""

    def quantile(self, quantiles: ArrayLike) -> Floats:
        """The smallest value not exceeded with at least this probability. Raises KmvError E220 outside 0 to 1."""
        levels = checked(quantiles=quantiles)["quantiles"]
        places = np.searchsorted(np.cumsum(self.probability) + 1e-12, levels, side="left")
        found: Floats = self.values[np.minimum(places, self.values.size - 1)]
        return found


def migration_thresholds(*, transition: ArrayLike) -> Floats:
    """z_j = N^-1(P(worse than grade j)): below z_j the obligor ends worse than grade j.

    `transition` (m,) or (g, m) decimals, best grade first, default last; the result (m - 1,) or (g, m - 1), falling
    from left to right, infinite where nothing lies on one side; its last is the default threshold. Rows that miss 1
    by no more than .0005 are scaled.
    Raises KmvError E226 for a value outside, E342 for a row that does not add to 1. Technical Document, chapter 8.

    >>> migration_thresholds(transition=[.0003, .0014, .0067, .0773, .8053, .0884, .01, .0106]).round(2).tolist()
    [3.43, 2.93, 2.39, 1.37, -1.23, -2.04, -2.3]
    """
    rows = normalised_rows(transition)
    worse = np.clip(np.cumsum(rows[..., :0:-1], axis=-1)[..., ::-1], 0.0, 1.0)
    better = np.clip(np.cumsum(rows[..., :-1], axis=-1), 0.0, 1.0)
    # From the nearer end: 1 - .9999 has no digits to spare.
    found: Floats = np.where(worse <= 0.5, special.ndtri(worse), -special.ndtri(better))
    return found


def joint_migration(*, first: ArrayLike, second: ArrayLike, correlation: float) -> Floats:
    """(m, n) probability that the first obligor ends in grade i and the second in grade j.

    `first` (m,) and `second` (n,) transition probabilities, best first, default last; `correlation` that of the asset
    values, a decimal from -1 to 1. Row and column sums are the transition probabilities.
    Raises KmvError as migration_thresholds. Technical Document, chapter 8.

    >>> bbb = [.0002, .0033, .0595, .8693, .053, .0117, .0012, .0018]
    >>> a = [.0009, .0227, .9105, .0552, .0074, .0026, .0001, .0006]
    >>> joint_migration(first=bbb, second=a, correlation=.3)[3, 2].round(4).item()  # both stay
    0.7969
    """
    rho = float(checked(correlation=correlation)["correlation"])
    upper = [_edges(migration_thresholds(transition=each)) for each in (first, second)]
    below = bivariate_normal(a=upper[0][:, None], b=upper[1][None, :], correlation=rho)
    found: Floats = np.maximum(np.diff(np.diff(below, axis=0), axis=1), 0.0)[::-1, ::-1]
    return found


def forward_values(
    *, face: float, coupon: float, payments_left: int, forward_rates: ArrayLike, recovery_rate: float
) -> Floats:
    """(g + 1,) value of a bullet bond at the horizon of one year, by grade, best first, default last; in money.

        coupon face + sum_{t=1}^{n-1} coupon face / (1 + f_t)^t + face / (1 + f_{n-1})^{n-1},  default: recovery face

    `payments_left` n counts the yearly coupons from today on, the one at the horizon included; `forward_rates` (g, at
    least n - 1) zero rates from the horizon, decimals a year. Raises KmvError E217 where years are missing, E220, E221
    or E226 for a value outside. Technical Document, chapter 2.

    >>> curves = [[.036, .0417, .0473, .0512], [.041, .0467, .0525, .0563]]
    >>> forward_values(face=100, coupon=.06, payments_left=5, forward_rates=curves, recovery_rate=.5113).round(2).tolist()
    [109.35, 107.53, 51.13]
    """
    given = checked(
        face=face,
        coupon=coupon,
        payments_left=payments_left,
        forward_rates=np.atleast_2d(np.asarray(forward_rates, dtype=np.float64)),
        recovery_rate=recovery_rate,
    )
    whole = whole_problem("payments_left", float(given["payments_left"]))
    if whole is not None:
        raise KmvError(whole)
    years = int(payments_left) - 1
    curves = given["forward_rates"]
    if curves.shape[1] < years:
        found = f"{curves.shape[1]} years, {years} needed"
        raise KmvError(problem("E217", name="forward_rates", name_zh="远期零息利率", found=found))
    discount = (1.0 + curves[:, :years]) ** -np.arange(1.0, years + 1.0)
    end = discount[:, -1] if years else np.ones(len(curves))
    values = face * (coupon * (1.0 + discount.sum(axis=1)) + end)
    result: Floats = np.append(values, face * recovery_rate)
    return result


def portfolio_value(
    *,
    values: ArrayLike,
    transition: ArrayLike,
    correlation: ArrayLike,
    recovery_deviation: ArrayLike = 0.0,
    paths: int = 100_000,
    seed: int = 20_211_008,
) -> PortfolioValue:
    """Mean, deviation and distribution of the portfolio's value at the horizon.

        mean = sum_i sum_j p_ij V_ij
        variance = sum_i sum_k Cov(V_i, V_k) + sum_i p_i,default s_i^2,  Cov by joint_migration, pair by pair

    `values` and `transition` (n, m) a row a bond, best grade first, default last; `correlation` (n, n) of the asset
    values; `recovery_deviation` one or (n,), the standard deviation of each value in default, in money. The deviation
    is exact for any number of bonds. The distribution is exact for one or two bonds; for more it is simulated with
    `paths` paths from `seed`.

    Raises KmvError E217 where shapes do not fit, E226 for a value outside, E342 for rows that do not add to 1, E347
    for a correlation matrix that is none. Technical Document, chapters 3, 9 and 10.

    >>> bbb = [.0002, .0033, .0595, .8693, .053, .0117, .0012, .0018]
    >>> published = [109.37, 109.19, 108.66, 107.55, 102.02, 98.10, 83.64, 51.13]
    >>> found = portfolio_value(values=[published], transition=[bbb], correlation=[[1]])
    >>> round(found.mean, 2), round(found.standard_deviation, 2), found.quantile(.01).item()
    (107.09, 2.99, 98.1)
    """
    worth = np.atleast_2d(np.asarray(values, dtype=np.float64))
    rows = np.atleast_2d(normalised_rows(transition))
    if not np.isfinite(worth).all():
        raise KmvError(problem("E212", name="values", name_zh="各等级价值", found="nan"))
    checked(paths=paths)
    rho = _correlation(correlation, len(worth))
    common_shape(values=worth, transition=rows)
    if worth.shape != rows.shape:
        found = f"values {worth.shape[0]}x{worth.shape[1]}, transition {rows.shape[0]}x{rows.shape[1]}"
        raise KmvError(problem("E217", name="transition", name_zh="迁移概率", found=found))
    spread = np.broadcast_to(checked(recovery_deviation=recovery_deviation)["recovery_deviation"], (len(worth),))
    means = (rows * worth).sum(axis=1)
    covariance = _covariance(worth - means[:, None], rows, rho) + np.diag(rows[:, -1] * spread**2)
    variance = float(covariance.sum())
    without = variance - 2.0 * covariance.sum(axis=1) + np.diag(covariance)
    exact = len(worth) <= 2
    sums, chances = _exact(worth, rows, rho) if exact else _simulated(worth, rows, rho, paths, seed)
    return PortfolioValue(
        mean=float(means.sum()),
        standard_deviation=float(np.sqrt(max(variance, 0.0))),
        marginal_deviation=np.sqrt(max(variance, 0.0)) - np.sqrt(np.maximum(without, 0.0)),
        values=sums,
        probability=chances,
        paths=None if exact else paths,
    )


def default_mode_losses(
    *,
    exposures: ArrayLike,
    probability_of_default: ArrayLike,
    asset_correlation: ArrayLike,
    lgd: ArrayLike = 1.0,
) -> LossDistribution:
    """The loss distribution with two grades, alive and in default, and one common factor; exact.

        x_i = sqrt(rho_i) M + sqrt(1 - rho_i) e_i,  loss = sum_i exposure_i LGD_i [x_i < N^-1(PD_i)]

    Exposures (n,) in money, the rest one or (n,), decimals. The recursion of kmv_core.assets.common_factor, which the
    exact reading of a licence pool uses too. Raises KmvError E217 where shapes do not fit, E226 for a value outside.

    >>> default_mode_losses(exposures=[1, 1], probability_of_default=.1, asset_correlation=0).probability.round(10).tolist()
    [0.81, 0.18, 0.01]
    """
    given = checked(
        exposures=np.atleast_1d(exposures),
        probability_of_default=probability_of_default,
        asset_correlation=asset_correlation,
        lgd=lgd,
    )
    shape = common_shape(**given)
    amounts, pd, rho, share = (np.broadcast_to(each, shape) for each in given.values())
    if amounts.ndim != 1:
        raise KmvError(problem("E217", name="exposures", name_zh="各户金额", found="x".join(map(str, shape))))
    losses = amounts * share
    if not losses.sum():
        return LossDistribution(losses=np.zeros(1), probability=np.ones(1))
    states = loss_states(losses)
    found = state_probabilities(states, probability_of_default=pd, correlation=rho)
    return LossDistribution(losses=states.losses, probability=found)


def normalised_rows(transition: ArrayLike) -> Floats:
    """Transition probabilities with rows that add to 1; same shape. Raises KmvError E226, E342."""
    rows = checked(transition=transition)["transition"]
    sums = np.atleast_1d(rows.sum(axis=-1))
    wrong = np.flatnonzero(np.abs(sums - 1.0) > SUM_TOLERANCE)
    if wrong.size:
        where = f"row {wrong[0] + 1}" if rows.ndim > 1 else ""
        raise KmvError(problem("E342", where=where, found=f"{sums[wrong[0]]:g}"))
    scaled: Floats = rows / rows.sum(axis=-1, keepdims=True)
    return scaled


def _edges(thresholds: Floats) -> Floats:
    """Bounds of the grades from default upwards, both infinities included."""
    return np.concatenate([[-np.inf], thresholds[::-1], [np.inf]])


def _correlation(correlation: ArrayLike, bonds: int) -> Floats:
    rho = np.atleast_2d(checked(correlation=correlation)["correlation"])
    if rho.shape != (bonds, bonds):
        found = f"{rho.shape[0]}x{rho.shape[1]}, {bonds} bonds"
        raise KmvError(problem("E217", name="correlation", name_zh="相关系数", found=found))
    if (rho != rho.T).any() or (np.diag(rho) != 1.0).any():
        raise KmvError(
            problem("E347", reason="not symmetric with ones on the diagonal", reason_zh="须对称且对角线为 1")
        )
    if np.linalg.eigvalsh(rho)[0] < -1e-10:
        raise KmvError(
            problem("E347", reason="the correlations contradict each other", reason_zh="各相关系数相互矛盾（非半正定）")
        )
    return rho


def _covariance(away: Floats, rows: Floats, rho: Floats) -> Floats:
    found = np.diag((rows * away**2).sum(axis=1))
    for i in range(len(away)):
        for k in range(i):
            joint = joint_migration(first=rows[i], second=rows[k], correlation=float(rho[i, k]))
            found[i, k] = found[k, i] = away[i] @ joint @ away[k]
    return found


def _exact(worth: Floats, rows: Floats, rho: Floats) -> tuple[Floats, Floats]:
    sums, chances = worth[0], rows[0]
    if len(worth) == 2:
        sums = (worth[0][:, None] + worth[1][None, :]).reshape(-1)
        chances = joint_migration(first=rows[0], second=rows[1], correlation=float(rho[0, 1])).reshape(-1)
    order = np.argsort(sums, kind="stable")
    return sums[order], chances[order]


def _simulated(worth: Floats, rows: Floats, rho: Floats, paths: int, seed: int) -> tuple[Floats, Floats]:
    # The square root by eigenvalues also takes a matrix of perfect correlations.
    heights, directions = np.linalg.eigh(rho)
    root = directions * np.sqrt(np.maximum(heights, 0.0))
    edges = [each[::-1] for each in migration_thresholds(transition=rows)]
    upwards = worth[:, ::-1]
    generator = np.random.default_rng(seed)
    parts = []
    for start in range(0, paths, _BLOCK):
        shocks = generator.standard_normal((min(_BLOCK, paths - start), len(worth))) @ root.T
        grades = (np.searchsorted(edges[i], shocks[:, i], side="right") for i in range(len(worth)))
        parts.append(np.sum([upwards[i][grade] for i, grade in enumerate(grades)], axis=0))
    sums, counts = np.unique(np.concatenate(parts), return_counts=True)
    return sums, counts / paths
