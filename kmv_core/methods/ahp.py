"""Weights from pairwise comparisons: the analytic hierarchy process.

    A w = lambda_max w,  sum w = 1,  CI = (lambda_max - n) / (n - 1),  CR = CI / RI(n)

Saaty, The Analytic Hierarchy Process, 1980: the principal eigenvector, and the mean consistency index RI of random
reciprocal matrices to measure the comparisons by; up to .1 they are consistent enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.vocabulary.checks import Floats, checked
from kmv_core.vocabulary.errors import KmvError, Problem, problem

RANDOM_INDICES = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
"""RI of 1 to 15 items, Saaty 1980."""
CONSISTENT = 0.1
RECIPROCAL = 0.01
"""A third typed as .33 is its reciprocal still: the product may miss 1 by this much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairwiseWeights:
    """What the comparisons amount to."""

    weights: Floats
    """(n,) decimals that add to 1."""
    principal_eigenvalue: float
    """n where the comparisons do not contradict each other, more where they do."""
    consistency_index: float
    consistency_ratio: float
    """0 for two items; above .1 the comparisons should be looked at again."""
    problems: tuple[Problem, ...]
    """W345 for a ratio above .1, with the comparison that fits least."""


def pairwise_weights(*, pairwise: ArrayLike) -> PairwiseWeights:
    """AHP weights of n items from (n, n) comparisons: a_ij says how many times more i matters than j.

    The matrix has ones on the diagonal and a_ji = 1 / a_ij, to one part in a hundred; the upper half counts. The
    principal eigenvector is positive and unique (Perron). Raises KmvError E217 for a matrix that is not square, E226
    for a value that is not above 0, E343 where it is not reciprocal, E344 for more than fifteen items.

    >>> found = pairwise_weights(pairwise=[[1, 2, 6], [1/2, 1, 3], [1/6, 1/3, 1]])
    >>> found.weights.round(10).tolist(), round(found.consistency_ratio, 10)
    ([0.6, 0.3, 0.1], 0.0)
    """
    given = checked(pairwise=pairwise)["pairwise"]
    if given.ndim != 2 or given.shape[0] != given.shape[1] or not given.size:
        found = "x".join(map(str, given.shape))
        raise KmvError(problem("E217", name="pairwise", name_zh="两两比较矩阵", found=found))
    size = len(given)
    if size > len(RANDOM_INDICES):
        raise KmvError(problem("E344", found=size, most=len(RANDOM_INDICES)))
    _check_reciprocal(given)
    upper = np.triu(given, k=1)
    with np.errstate(divide="ignore"):
        matrix = upper + np.tril(1.0 / given.T, k=-1) + np.eye(size)
    values, vectors = np.linalg.eig(matrix)
    largest = int(np.argmax(values.real))
    principal = np.abs(vectors[:, largest].real)
    weights = principal / principal.sum()
    eigenvalue = float(values[largest].real)
    index = max(eigenvalue - size, 0.0) / (size - 1) if size > 1 else 0.0
    random = RANDOM_INDICES[size - 1]
    ratio = index / random if random else 0.0
    return PairwiseWeights(
        weights=weights,
        principal_eigenvalue=eigenvalue,
        consistency_index=index,
        consistency_ratio=ratio,
        problems=_doubts(matrix, weights, ratio),
    )


def _check_reciprocal(given: Floats) -> None:
    away = np.abs(given * given.T - 1.0)
    if away.max() <= RECIPROCAL:
        return
    row, column = (int(each) for each in np.argwhere(away > RECIPROCAL)[0])
    raise KmvError(
        problem(
            "E343",
            first=f"({row + 1}, {column + 1})",
            found=f"{given[row, column]:g}",
            second=f"({column + 1}, {row + 1})",
            expected=f"{1.0 / given[row, column]:.4g}",
        )
    )


def _doubts(matrix: Floats, weights: Floats, ratio: float) -> tuple[Problem, ...]:
    if ratio <= CONSISTENT:
        return ()
    stretch = np.abs(np.log(matrix * weights / weights[:, None]))
    row, column = (int(each) for each in np.unravel_index(int(np.argmax(np.triu(stretch))), stretch.shape))
    place = f"({row + 1}, {column + 1})"
    return (problem("W345", where=place, found=f"{ratio:.2f}", first=place),)
