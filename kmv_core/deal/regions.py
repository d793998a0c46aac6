"""Where a test fails along a line of multiples: a scan, and every change of state closed in on to neighbouring numbers.

One batch serves every line and every test, for a run of the waterfall costs the same for a few paths as for a thousand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kmv_core.vocabulary.checks import Floats

_SECTIONS, _MOST_SECTIONS = 16, 255
_POINTS = 2048
"""Points inside all brackets together: so many cost little more than one."""

Owners = NDArray[np.intp]
"""[path]: whose line a multiple is on."""
Unpaid = Callable[[Owners, Floats], NDArray[np.bool_]]
"""[test, path]: whether the tests fail at each multiple."""


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The set of multiples at which one test fails, as ascending intervals [from, to)."""

    unpaid: tuple[tuple[float, float], ...]

    @property
    def multiple(self) -> float:
        """q* = sup B: 0 where the test always holds, inf where it never does."""
        return self.unpaid[-1][1] if self.unpaid else 0.0

    @property
    def is_interval(self) -> bool:
        """Whether B is [0, q*) or empty; if not, more cash can hurt, and N(-DD) is the conservative figure."""
        return not self.unpaid or (len(self.unpaid) == 1 and self.unpaid[0][0] == 0.0)


def find_regions(grids: Floats, unpaid: Unpaid) -> list[list[BreakEven]]:
    """[line][test]: the multiples at which each test fails; `grids` [line, point] ascends along every line."""
    lines, points = grids.shape
    owners = np.repeat(np.arange(lines), points)
    states = unpaid(owners, grids.reshape(-1)).reshape(-1, lines, points)
    tests, owner, at = np.nonzero(states[..., 1:] != states[..., :-1])
    low, high = grids[owner, at], grids[owner, at + 1]
    below = states[tests, owner, at]
    _close_in(unpaid, tests, owner, below, low, high)
    edges: list[list[list[float]]] = [[[] for _ in range(len(states))] for _ in range(lines)]
    for test, line in zip(*np.nonzero(states[..., 0]), strict=True):
        edges[line][test].append(0.0)
    # A state belongs to its bracket's paid end: q* itself is paid.
    found = np.where(below, high, low)
    for test, line, edge in zip(tests.tolist(), owner.tolist(), found.tolist(), strict=True):
        edges[line][test].append(edge)
    for test, line in zip(*np.nonzero(states[..., -1]), strict=True):
        edges[line][test].append(float("inf"))
    return [[BreakEven(tuple(zip(each[::2], each[1::2], strict=True))) for each in of_line] for of_line in edges]


def _close_in(
    unpaid: Unpaid,
    tests: NDArray[np.intp],
    owner: Owners,
    below: NDArray[np.bool_],
    low: Floats,
    high: Floats,
) -> None:
    """Narrow every bracket to neighbouring numbers, all brackets in one batch; in place."""
    while True:
        wide = np.flatnonzero(high > np.nextafter(low, np.inf))
        if not len(wide):
            return
        # Tests that change in the same bracket share its points.
        rows = np.stack([owner[wide].astype(np.float64), low[wide], high[wide]])
        brackets, mine = np.unique(rows, axis=1, return_inverse=True)
        whose = brackets[0].astype(np.intp)
        sections = min(max(_POINTS // len(whose), _SECTIONS), _MOST_SECTIONS)
        parts = np.linspace(0.0, 1.0, sections + 2)[1:-1]
        inner = brackets[1][:, None] + (brackets[2] - brackets[1])[:, None] * parts
        states = unpaid(np.repeat(whose, sections), inner.reshape(-1)).reshape(-1, *inner.shape)[tests[wide], mine]
        same = states == below[wide][:, None]
        # The first inner point in the upper state closes the bracket; those before it keep the lower one.
        first = np.where(same.all(axis=1), sections, np.argmin(same, axis=1))
        ladder = np.concatenate([low[wide][:, None], inner[mine], high[wide][:, None]], axis=1)
        at = np.arange(len(wide))
        new_low, new_high = ladder[at, first], ladder[at, first + 1]
        if np.array_equal(new_low, low[wide]) and np.array_equal(new_high, high[wide]):
            return
        low[wide], high[wide] = new_low, new_high
