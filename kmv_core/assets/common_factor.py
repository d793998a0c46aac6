"""Losses that share one Gaussian factor: the exact distribution of their sum.

    x_i = sqrt(rho_i) M + sqrt(1 - rho_i) e_i,  default where x_i < N^{-1}(PD_i)
    p_i(M) = N((N^{-1}(PD_i) - sqrt(rho_i) M) / sqrt(1 - rho_i))        conditional default probability
    P(loss) = integral of phi(M) P(loss | M) dM,  P(loss | M) by recursion over the names

Given M the names are independent, so each turns the states of the sum before it into those states and the same plus its
own loss. The factor is integrated by Gauss-Legendre on panels that halve until the whole distribution stands still.
Vasicek 2002 (the factor); Andersen, Sidenius and Basu 2003 (the recursion).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kmv_core.structural.normal import density, distance_at, upper_tail
from kmv_core.vocabulary.checks import Floats

MOST_STATES = 8192
"""More sums than this are not kept apart: thirteen names of any losses still are."""
LATTICE = 4096
"""Steps of the lattice that the losses are rounded to where there are too many sums."""
SAME = 1e-12
"""Sums closer than this share of all losses differ by rounding alone: 0.1 + 0.2 is 0.3."""

_END = 10.0
"""Of the factor: 1e-23 lies beyond."""
_STILL = 1e-13
"""Change of a panel's probabilities, summed, below which it is done; a hundred panels leave 1e-11 at the worst."""
_HALVINGS = 50
_SHARP = 0.9
"""From this correlation on a default threshold is a step between nodes, and becomes a panel's end."""
_CELLS = 200_000
"""States times nodes at once: what the processor's cache holds."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class LossStates:
    """Every value the sum of the losses can take, and the way there name by name."""

    losses: Floats
    """(m,) ascending, in money."""
    steps: tuple[tuple[int, Places, Places], ...]
    """For each name: the number of states after it, where each state before goes if it pays, and if it defaults."""
    rounding: float
    """The most a loss can be off, in money: 0 where no lattice was needed."""


def loss_states(losses: Floats) -> LossStates:
    """The states of the sum of `losses` (n,), amounts in money and at least 0.

    All sums, equal ones merged, up to MOST_STATES of them; else each loss is rounded to the nearest of LATTICE steps of
    the total, and `rounding` is the sum of what that moves.
    """
    total = float(losses.sum())
    found = _sums(losses, SAME * total, MOST_STATES)
    if found is not None:
        return LossStates(*found, 0.0)
    step = total / LATTICE
    units = np.rint(losses / step)
    rounded = _sums(units, 0.5, LATTICE + losses.size)
    if rounded is None:
        raise AssertionError("a lattice has no more states than steps and names")
    return LossStates(rounded[0] * step, rounded[1], float(np.abs(losses - units * step).sum()))


def conditional_default(*, threshold: Floats | float, loading: Floats | float, factor: Floats) -> Floats:
    """N((threshold - loading M) / sqrt(1 - loading^2)): default probability at values M of the factor.

    `threshold` is N^-1(PD), `loading` the correlation of the name's own normal with the factor, from -1 to 1.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        # Nothing of one's own leaves plus or minus infinity, a certain answer; 0 / 0 is met by no node.
        distance = (loading * factor - threshold) / np.sqrt((1.0 - loading) * (1.0 + loading))
    return upper_tail(np.asarray(distance))


def state_probabilities(
    states: LossStates, *, probability_of_default: Floats, correlation: Floats, still: float = _STILL
) -> Floats:
    """(m,) probability of each state; PD and correlation (n,) in the order of the losses, decimals from 0 to 1.

    Good to 1e-10 in absolute terms, correlations of 0 and 1 included. An integral that does not stand still after
    fifty halvings keeps its last value: panels are then narrower than the doubles tell apart.
    """
    threshold = -np.asarray(distance_at(probability_of_default))
    common = np.sqrt(correlation)
    nodes_at_once = max(1, _CELLS // states.losses.size)

    def given(factor: Floats) -> Floats:
        chances = conditional_default(threshold=threshold[:, None], loading=common[:, None], factor=factor)
        return _recursion(states, chances)

    def panels(low: Floats, high: Floats) -> Floats:
        half = 0.5 * (high - low)
        factor = (low + half)[:, None] + half[:, None] * _NODES
        weight = half[:, None] * _WEIGHTS * density(factor)
        sums = np.empty((low.size, states.losses.size))
        rows = max(1, nodes_at_once // _NODES.size)
        for start in range(0, low.size, rows):
            part = slice(start, start + rows)
            chances = given(factor[part].reshape(-1)).reshape(states.losses.size, -1, _NODES.size)
            sums[part] = np.einsum("mpk,pk->pm", chances, weight[part])
        return sums

    sharp = (correlation > _SHARP) & np.isfinite(threshold)
    steps = threshold[sharp] / common[sharp]
    ends = np.unique(np.concatenate([np.linspace(-_END, _END, 11), steps[np.abs(steps) < _END]]))
    found: Floats = np.clip(_integral(panels, ends, still), 0.0, 1.0)
    return found


def _integral(panels: Callable[[Floats, Floats], Floats], ends: Floats, still: float) -> Floats:
    """The sum over panels, each halved until its two halves agree with the whole."""
    low, high = ends[:-1], ends[1:]
    whole = panels(low, high)
    total = np.zeros(whole.shape[1])
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        halves = panels(np.concatenate([low, middle]), np.concatenate([middle, high]))
        left, right = halves[: low.size], halves[low.size :]
        moved = np.abs(left + right - whole).sum(axis=1) > still
        total += (left + right)[~moved].sum(axis=0)
        low, high = np.concatenate([low[moved], middle[moved]]), np.concatenate([middle[moved], high[moved]])
        whole = np.concatenate([left[moved], right[moved]])
        if not low.size:
            break
    rest: Floats = total + whole.sum(axis=0)
    return rest


def _recursion(states: LossStates, chances: Floats) -> Floats:
    """(m, k) probability of each state given k values of the factor; `chances` (n, k) are the conditional PDs."""
    found = np.ones((1, chances.shape[1]))
    with np.errstate(under="ignore"):
        for (size, paid, lost), chance in zip(states.steps, chances, strict=True):
            after = np.zeros((size, chances.shape[1]))
            after[paid] = found * (1.0 - chance)
            after[lost] += found * chance
            found = after
    return found


def _sums(losses: Floats, same: float, most: int) -> tuple[Floats, tuple[tuple[int, Places, Places], ...]] | None:
    """The distinct sums and the steps to them; None where there are more than `most`."""
    sums = np.zeros(1)
    steps: list[tuple[int, Places, Places]] = []
    for loss in losses:
        both = np.concatenate([sums, sums + loss])
        order = np.argsort(both, kind="stable")
        firsts, groups = _merged(both[order], same)
        if len(firsts) > most:
            return None
        places = np.empty(both.size, dtype=np.intp)
        places[order] = groups
        steps.append((len(firsts), places[: sums.size], places[sums.size :]))
        sums = np.array(firsts)
    return sums, tuple(steps)


def _merged(ascending: Floats, same: float) -> tuple[list[float], list[int]]:
    """The first of each group of values no more than `same` above it, and each value's group.

    Groups are counted from their first value, not from neighbour to neighbour: two values that were apart stay apart,
    on which the recursion relies.
    """
    firsts: list[float] = []
    groups: list[int] = []
    for value in ascending.tolist():
        if not firsts or value - firsts[-1] > same:
            firsts.append(value)
        groups.append(len(firsts) - 1)
    return firsts, groups
