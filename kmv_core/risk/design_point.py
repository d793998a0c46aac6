"""The point nearest to expectation at which a tranche's PD is the target, in the space of shocks.

    minimise |z|  such that  PD(deal with every factor i moved by z_i x sd_i) = target

Rackwitz and Fiessler's iteration: the foot of the perpendicular from the origin on the tangent plane of N^{-1}(PD), again
and again, then the last digits along the ray that was found. Where it finds nothing, or something far away, the way
of steepest change is walked, then each factor alone, and it starts again where that crosses the target; what was met on
the ways is the range of a refusal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray
from scipy import special

from kmv_core.deal.deal import Deal
from kmv_core.risk.answers import EXACT, Answer, Shock, answers, shocked
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import KmvError, problem

_STEP, _STRIDE = 1e-3, 0.5
"""Of a standard deviation: what the slope is measured over. The exact PD of licences goes in steps, one for every set of
licensees that comes to fail: its slope is that of a stride."""
_FEELERS = (0.5, 4.0)
"""Standard deviations over which the way of steepest change feels its slope; the wider sees beyond a flat, such as the
PD of a payer who makes good whatever is missing."""
_ROUNDS, _STRIDES = 40, 8
_CLOSE = 1e-11
_STILL, _STILL_STEPS = 1e-5, 0.05
"""Of |z|: what the way still turns by is its square in the distance. A PD in steps has no finer direction."""
_BOUND = 40.0
"""A score beyond which PD is 0 or 1 to every digit."""
_NEAR = 4.0
"""Standard deviations: a point found within is not looked for elsewhere."""
_FAR = 12.0
"""Standard deviations: beyond, no shock set is a scenario."""


@dataclass(frozen=True, slots=True)
class _Slope:
    """The score at a point, how every factor moves it, and which ways are open there."""

    here: float
    slope: Floats
    up: NDArray[np.bool_]
    down: NDArray[np.bool_]


class DesignPoint:
    """Search for the nearest shocks of `factors`, in units of `sizes`, that bring the tranche in `row` to a target."""

    def __init__(self, deal: Deal, factors: Sequence[str], sizes: Floats, row: int, reading: str) -> None:
        self.deal, self.factors, self.sizes, self.row, self.reading = deal, factors, sizes, row, reading
        self.step = _STRIDE if reading == EXACT else _STEP

    def probability(self, answer: Answer) -> float:
        return float(answer.values(self.reading, "probability_of_default", self.row + 1)[self.row])

    def scores(self, points: Sequence[Floats]) -> Floats:
        """N^{-1}(PD) at each point, infinite where PD is 0 or 1 for good; nan where the deal is refused there."""
        deals = [
            shocked(
                self.deal,
                [
                    Shock(factor=factor, size=float(size))
                    for factor, size in zip(self.factors, point * self.sizes, strict=True)
                    if size != 0.0
                ],
            )
            for point in points
        ]
        runs = answers(deals, readings=(self.reading,))
        found: Floats = special.ndtri(np.array([self.probability(each) for each in runs]))
        if self.reading == EXACT:
            return found
        # A PD beyond the doubles, or a certain one, still has a distance that tells the way back
        distances = [each.values(self.reading, "distance_to_default", self.row + 1)[self.row] for each in runs]
        return np.where(np.isinf(found), -np.array(distances), found)

    def nearest(self, target: float) -> tuple[Floats, float]:
        """The design point and the PD there; raises KmvError E310 with what the factors do reach."""
        wanted = float(special.ndtri(target))
        first = self._from(np.zeros(len(self.factors)), wanted)
        if first is not None and _length(first) <= _NEAR:
            return first
        # Far away, or nowhere: another point may be nearer, behind a flat or a bend
        walks = (self._walk(way, size) for size, way in product(_FEELERS, (1.0, -1.0)))
        found, reached = self._crossings(walks, wanted)
        if first is not None:
            found.append(first)
        if not found or min(map(_length, found)) > _NEAR:
            more, further = self._crossings(self._rays(), wanted)
            found += more
            reached += further
        if found:
            return min(found, key=_length)
        low, high = _outside(target, min(reached), max(reached))
        raise KmvError(
            problem("E310", found=f"PD {target:.15g}", reachable=f"{low} to {high}", reachable_zh=f"{low} 至 {high}")
        )

    def _crossings(self, ways: Iterable[list[Floats]], wanted: float) -> tuple[list[tuple[Floats, float]], list[float]]:
        """The design points by way of where each way crosses the target first, and every PD met on the ways."""
        found, reached = [], []
        for way in ways:
            scores = self.scores(way)
            reached += special.ndtr(scores[~np.isnan(scores)]).tolist()
            at = next((i for i, pair in enumerate(pairwise(scores)) if min(pair) <= wanted <= max(pair)), None)
            if at is not None:
                point = self._between(way[at], way[at + 1], wanted)
                # Where the iteration does not settle from there either, the way itself is an answer
                found.append(self._from(point, wanted) or (point, float(special.ndtr(self.scores([point])[0]))))
        return found, reached

    def _rays(self) -> Iterator[list[Floats]]:
        """Each factor alone, both ways, a standard deviation a step."""
        for unit in np.eye(len(self.factors)):
            for way in (1.0, -1.0):
                yield [way * steps * unit for steps in range(int(_FAR) + 1)]

    def _between(self, start: Floats, end: Floats, wanted: float) -> Floats:
        """The point between two, on either side of the target, that is at or just beyond it."""
        from scipy.optimize import brentq  # late: half a second of start-up

        # An infinite score says which side, no more
        def gap(share: float) -> float:
            score = float(self.scores([start + share * (end - start)])[0])
            return float(np.clip(score, -_BOUND, _BOUND)) - wanted

        share: float = brentq(gap, 0.0, 1.0, xtol=1e-15, rtol=8.9e-16, maxiter=200)
        shares = (share, *(min(share + shift, 1.0) for shift in (1e-15, 1e-13, 1e-11, 1e-9)))
        beyond = next((each for each in shares if _meets(gap(each), gap(0.0), wanted)), 1.0)
        return start + beyond * (end - start)

    def _from(self, z: Floats, wanted: float) -> tuple[Floats, float] | None:
        """The design point by way of z, or None."""
        last = np.zeros(len(z))
        for _ in range(_STRIDES if self.reading == EXACT else _ROUNDS):
            at = self._slope(z)
            if not np.isfinite(at.here):
                return None
            new = _foot(z, at, at.here - wanted)
            if new is None:
                return None
            if last @ (new - z) < 0.0:
                # It swings about the point: half way is nearer
                new = 0.5 * (z + new)
            new = self._usable(z, new)
            last = new - z
            moved = float(np.linalg.norm(last))
            z = new
            if moved < (_STILL if self.reading != EXACT else _STILL_STEPS) * max(1.0, float(np.linalg.norm(z))):
                break
        return self._along(z, wanted)

    def _slope(self, z: Floats, step: float | None = None) -> _Slope:
        size = self.step if step is None else step
        units = size * np.eye(len(z))
        here, *around = self.scores([z, *(z + units), *(z - units)]).tolist()
        ahead, behind = np.array(around[: len(z)]), np.array(around[len(z) :])
        # Between two infinite scores there is no slope.
        with np.errstate(invalid="ignore"):
            slope = (ahead - behind) / (2.0 * size)
            # At the edge of a domain one side is no deal.
            one_sided = np.where(np.isfinite(ahead), ahead - here, here - behind) / size
            slope = np.where(np.isnan(slope), one_sided, slope)
        return _Slope(here, np.where(np.isfinite(slope), slope, 0.0), ~np.isnan(ahead), ~np.isnan(behind))

    def _walk(self, way: float, size: float) -> list[Floats]:
        """The way of steepest change from the deal as it stands, up (1) or down (-1), a standard deviation a step; the
        slope is measured over `size` of them."""
        z = np.zeros(len(self.factors))
        walked = [z]
        for _ in range(int(_FAR)):
            at = self._slope(z, size)
            heading = way * at.slope
            heading[(~at.up & (heading > 0.0)) | (~at.down & (heading < 0.0))] = 0.0
            if not heading.any():
                break
            new = self._usable(z, z + heading / np.linalg.norm(heading))
            if np.array_equal(new, z):
                break
            z = new
            walked.append(z)
        return walked

    def _usable(self, start: Floats, end: Floats) -> Floats:
        """The farthest halving of the step at which there still is a deal."""
        for _ in range(30):
            if np.isfinite(self.scores([end])[0]):
                return end
            end = 0.5 * (start + end)
        return start

    def _along(self, z: Floats, wanted: float) -> tuple[Floats, float] | None:
        from scipy.optimize import brentq  # late: half a second of start-up

        length = float(np.linalg.norm(z))
        if length > _FAR:
            return None
        if length == 0.0:
            here = float(self.scores([z])[0])
            return (z, float(special.ndtr(here))) if abs(here - wanted) <= _CLOSE * max(1.0, abs(wanted)) else None
        ray = z / length

        def gap(distance: float) -> float:
            return float(self.scores([distance * ray])[0]) - wanted

        low, high = 0.999 * length, 1.001 * length
        while np.isfinite(gap(low)) and np.isfinite(gap(high)) and gap(low) * gap(high) > 0.0:
            low, high = 0.9 * low, 1.1 * high
            if high > _FAR:
                return None
        if not (np.isfinite(gap(low)) and np.isfinite(gap(high))):
            return None
        found: float = brentq(gap, low, high, xtol=1e-15, rtol=8.9e-16, maxiter=200)
        # Where PD jumps, the root is the jump: the near side is short of the target, the far side beyond it.
        beyond = next(
            (each for each in (found, *(found * (1.0 + shift) for shift in (1e-15, 1e-14, 1e-13, 1e-12, 1e-9)))
             if _meets(gap(each), gap(0.0), wanted)),
            None,
        )  # fmt: skip
        return None if beyond is None else (beyond * ray, float(special.ndtr(wanted + gap(beyond))))


def _foot(z: Floats, at: _Slope, gap: float) -> Floats | None:
    """The nearest point of the tangent plane; a factor at the edge of its domain stays there. None without a slope."""
    free = np.ones(len(z), dtype=np.bool_)
    while True:
        way = np.where(free, at.slope, 0.0)
        steep = float(way @ way)
        if steep == 0.0:
            return None
        new: Floats = np.where(free, (float(way @ z) - gap) / steep * way, z)
        barred = free & ((~at.up & (new > z)) | (~at.down & (new < z)))
        if not barred.any():
            return new
        free &= ~barred


def _length(found: tuple[Floats, float]) -> float:
    return float(np.linalg.norm(found[0]))


def _outside(target: float, low: float, high: float) -> tuple[str, str]:
    """A range that does not hold the target, with no more digits than show that."""
    for digits in range(3, 18):
        words = f"{low:.{digits}g}", f"{high:.{digits}g}"
        if not float(words[0]) <= target <= float(words[1]):
            break
    return words


def _meets(gap: float, start: float, wanted: float) -> bool:
    """Whether a point is at the target, or on its other side than where the way started."""
    return abs(gap) <= _CLOSE * max(1.0, abs(wanted)) or gap * start < 0.0
