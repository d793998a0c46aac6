"""Chain ladder of a vintage triangle with Mack's standard error.

Written here and not taken from a library: `chainladder` (MPL-2.0, well kept) does it and agrees to the last digit, but
brings scikit-learn, sparse, numba and matplotlib with it, which neither a workbook's start-up time nor Pyodide can
bear, for some sixty lines of arithmetic. Mack 1993, ASTIN Bulletin 23(2) 213-225.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kmv_core.assets.volatility import LEAST, VolatilityEstimate, require
from kmv_core.vocabulary.checks import Floats, number_problem
from kmv_core.vocabulary.errors import KmvError, problem
from kmv_core.vocabulary.terms import TERMS


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLadder:
    """Mack's chain ladder of n vintages and J ages; arrays are not to be written to."""

    factors: Floats
    """(J - 1,) f_k: cumulative recovery at the next age over that at age k."""
    variances: Floats
    """(J - 1,) sigma_k^2, money."""
    completed: Floats
    """(n, J) the triangle with its lower part filled in, money."""
    outstanding: Floats
    """(n,) still to come of each vintage, money: Mack's reserve."""
    standard_errors: Floats
    """(n,) of `outstanding`, money."""
    total_outstanding: float
    total_standard_error: float
    """Larger than the root of the sum of squares: all vintages share the same factors."""
    terms: Floats
    """(n, J - 1) what each age adds to (standard error / ultimate)^2 of each vintage."""
    degrees: Floats
    """(J - 1,) degrees of freedom of each sigma_k^2."""

    @property
    def ultimate(self) -> Floats:
        """(n,) total recovery of each vintage, money."""
        last: Floats = self.completed[:, -1]
        return last


@dataclass(frozen=True, slots=True, kw_only=True)
class TriangleVolatility(VolatilityEstimate):
    """Log standard deviation of one vintage's total recovery."""

    vintage: int
    """Row of the triangle, from 1."""


def chain_ladder(*, triangle: ArrayLike) -> ChainLadder:
    """Chain ladder with Mack's standard errors.

        f_k       = sum_i C_i,k+1 / S_k,  S_k = sum_i C_ik,  over the vintages seen at age k + 1
        sigma_k^2 = sum_i C_ik (C_i,k+1 / C_ik - f_k)^2 / (n_k - 1); with one vintage min(s_{k-1}^4 / s_{k-2}^2,
                    s_{k-2}^2, s_{k-1}^2), s meaning sigma
        se_i^2    = U_i^2 sum_{k from last age seen} sigma_k^2 / f_k^2 (1 / C_ik + 1 / S_k)
        se^2      = sum_i [se_i^2 + 2 U_i (sum_{j > i} U_j) sum_{k from last age of i} sigma_k^2 / (f_k^2 S_k)]

    `triangle` (vintages, ages) is CUMULATIVE recovery in money, oldest vintage first, nan where not yet seen; the
    first row is complete and no row reaches further than the one above.

    Raises KmvError: E226 an amount not above 0, with row and column; E217 a triangle that is not one; E280 fewer than
    three ages or vintages.

    >>> seen = [[100, 150, 170], [110, 168, float("nan")], [120, float("nan"), float("nan")]]
    >>> found = chain_ladder(triangle=seen)
    >>> [round(float(each), 4) for each in found.factors], round(found.total_outstanding, 2)
    ([1.5143, 1.1333], 108.34)
    """
    cash, seen = _checked_triangle(triangle)
    ages = cash.shape[1]
    both = seen[:, 1:]
    start, end = np.where(both, cash[:, :-1], 0.0), np.where(both, cash[:, 1:], 0.0)
    sums = start.sum(axis=0)
    factors = end.sum(axis=0) / sums
    count = both.sum(axis=0)
    residual = np.where(both, (end - factors * start) ** 2 / np.where(both, start, 1.0), 0.0).sum(axis=0)
    variances = np.zeros(ages - 1)
    for k in range(ages - 1):
        variances[k] = residual[k] / (count[k] - 1) if count[k] > 1 else _extrapolated(variances[:k])

    completed = np.where(seen, cash, 0.0)
    for k in range(ages - 1):
        completed[:, k + 1] = np.where(seen[:, k + 1], completed[:, k + 1], completed[:, k] * factors[k])
    ultimate = completed[:, -1]
    spread = variances / factors**2
    terms = np.where(~both, spread * (1.0 / completed[:, :-1] + 1.0 / sums), 0.0)
    errors = ultimate * np.sqrt(terms.sum(axis=1))
    younger = np.cumsum(ultimate[::-1])[::-1] - ultimate
    shared = 2.0 * ultimate * younger * np.where(~both, spread / sums, 0.0).sum(axis=1)
    latest = cash[np.arange(seen.shape[0]), seen.sum(axis=1) - 1]
    return ChainLadder(
        factors=factors,
        variances=variances,
        completed=completed,
        outstanding=ultimate - latest,
        standard_errors=errors,
        total_outstanding=float(np.sum(ultimate - latest)),
        total_standard_error=float(np.sqrt(np.sum(errors**2 + shared))),
        terms=terms,
        degrees=np.maximum(count - 1.0, 1.0),
    )


def triangle_volatility(*, triangle: ArrayLike, vintage: int | None = None) -> TriangleVolatility:
    """Log standard deviation of the total recovery of one vintage, from Mack's standard error.

        c = se_i / U_i,  value = sqrt(ln(1 + c^2))     (the lognormal with that mean and standard deviation)

    `triangle` as in chain_ladder; `vintage` is its row from 1, the youngest if left out: the one nearest to a deal that
    is only now issued (its first age is known, so a deal not yet begun is a little more uncertain).

    Standard error: by the delta method with sigma_k^2 chi-square of its degrees of freedom (one where extrapolated),
    factors taken as known. `observations` counts the development ratios.

    Raises KmvError as chain_ladder; E205 for a vintage that is not a row.

    >>> seen = [[100, 150, 170], [110, 168, float("nan")], [120, float("nan"), float("nan")]]
    >>> round(triangle_volatility(triangle=seen).value, 4)
    0.0243
    """
    found = chain_ladder(triangle=triangle)
    rows = found.terms.shape[0]
    row = rows if vintage is None else vintage
    if row not in range(1, rows + 1):
        raise KmvError(problem("E205", name="vintage", name_zh="批次", choices=f"1 ... {rows}", found=row))
    terms = found.terms[row - 1]
    square = float(terms.sum())
    value = float(np.sqrt(np.log1p(square)))
    of_square = float(np.sqrt(np.sum(2.0 * terms**2 / found.degrees)))
    return TriangleVolatility(
        name="triangle",
        value=value,
        standard_error=of_square / (2.0 * value * (1.0 + square)) if value else 0.0,
        observations=int(np.isfinite(np.asarray(triangle, dtype=np.float64)[:, 1:]).sum()),
        vintage=row,
    )


def _extrapolated(before: Floats) -> float:
    """Mack's rule for an age that one vintage alone has passed; the variance before where there is only one."""
    two, one = float(before[-2:][0]), float(before[-1])
    return min(one**2 / two, two, one) if two else 0.0


def _checked_triangle(triangle: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """The amounts and where they are seen."""
    try:
        cash = np.asarray(triangle, dtype=np.float64)
    except (TypeError, ValueError):
        raise _not_a_triangle("text or rows of unequal length") from None
    if cash.ndim != 2:
        raise _not_a_triangle(f"{cash.ndim} dimensions")
    require(min(cash.shape), LEAST, "triangle")
    seen = ~np.isnan(cash)
    for row, column in np.argwhere(seen & ~((cash > 0.0) & np.isfinite(cash))):
        bad = number_problem("triangle", float(cash[row, column]), where=f"row {row + 1}, column {column + 1}")
        if bad is not None:
            raise KmvError(bad)
    length = seen.sum(axis=1)
    for row in range(cash.shape[0]):
        if not length[row] or not seen[row, : length[row]].all():
            raise _not_a_triangle(f"row {row + 1} has a gap")
        if length[row] > (length[row - 1] if row else length[row]):
            raise _not_a_triangle(f"row {row + 1} reaches further than row {row}")
    if length[0] < cash.shape[1]:
        raise _not_a_triangle("row 1 is not complete")
    require(int((length > 1).sum()), 2, "triangle")
    return cash, seen


def _not_a_triangle(found: str) -> KmvError:
    return KmvError(problem("E217", name="triangle", name_zh=TERMS["triangle"].zh, found=found))
