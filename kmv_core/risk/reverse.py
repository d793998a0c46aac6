"""Reverse stress: the likeliest set of shocks that brings a tranche to a target default probability.

    minimise |z|  such that  PD(deal with every factor i moved by z_i x sd_i) = target

z counts standard deviations, so |z| is how far from expectation the nearest such world lies (the design point of
structural reliability; Hasofer and Lind 1974, Rackwitz and Fiessler 1978). Factors are taken to move independently;
their standard deviations are the house's (the tornado's steps where none are given: assumptions).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.risk.answers import EXACT, Answer, Shock, answers, reading_of, shocked, tranche_of
from kmv_core.risk.factors import factor_of, factors_of, require
from kmv_core.risk.sensitivity import with_frozen_lives
from kmv_core.risk.tornado import STEPS
from kmv_core.vocabulary.checks import Floats, checked
from kmv_core.vocabulary.errors import KmvError, problem, raise_errors

_STEP, _STRIDE = 1e-3, 0.5
"""Of a standard deviation: what the slope is measured over. The exact PD of licences goes in steps, one for every set of
licensees that comes to fail: its slope is that of a stride."""
_ROUNDS, _STRIDES = 40, 8
_CLOSE = 1e-11
_STILL, _STILL_STEPS = 1e-5, 0.05
"""Of |z|: what the way still turns by is its square in the distance. A PD in steps has no finer direction."""
_FAR = 12.0
"""Standard deviations: beyond, no shock set is a scenario."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseStress:
    """The nearest world in which the tranche stands at the target."""

    tranche: str
    reading: str
    target_pd: float
    probability_of_default: float
    """Of the deal under the shocks: the target, to rounding; the first value beyond it where PD jumps over the target."""
    base_pd: float
    distance: float
    """|z|, standard deviations."""
    shocks: tuple[Shock, ...]
    """Largest share first."""
    deviations: tuple[float, ...]
    """z of each shock."""

    @property
    def shares(self) -> tuple[float, ...]:
        """z^2 / |z|^2 of each shock: they add up to 1; 0 where nothing need move."""
        whole = self.distance * self.distance
        return tuple(each * each / whole if whole > 0.0 else 0.0 for each in self.deviations)


def reverse_stress(
    deal: Deal,
    target_pd: float,
    factors: Sequence[str] | None = None,
    *,
    deviations: Mapping[str, float] | None = None,
    tranche: str | None = None,
    reading: str | None = None,
) -> ReverseStress:
    """The likeliest shocks of `factors` (all the deal has, where none are named) at which PD is `target_pd`.

    `deviations` are standard deviations in each factor's usual mode. The tranche is the first by rank where none is
    named, the reading the headline. PD is met to 1e-10, relative; where it goes in steps (the exact reading, triggers)
    the answer is the nearest point beyond the target along the way found.

    Raises KmvError for a deal that is refused as it stands, E204 for an unknown word, E226 outside the domain, E310
    where the factors do not reach the target within twelve standard deviations, with the range they do reach.
    """
    raise_errors(deal_problems(deal))
    target = float(checked(target_pd=target_pd)["target_pd"])
    name = tranche_of(deal, tranche)
    chosen = [each for each in factors_of(deal) if not goes_in_steps(deal, each)] if factors is None else list(factors)
    for each in chosen:
        require(deal, each)
        if goes_in_steps(deal, each):
            raise KmvError(problem("E358", found=each))
    frozen = with_frozen_lives(deal)
    sizes = np.array([{**STEPS, **(deviations or {})}[each] for each in chosen], dtype=np.float64)
    base = answers([frozen])[0]
    search = _Search(
        frozen, chosen, sizes, [each.tranche for each in deal.by_rank].index(name), reading_of(base, reading)
    )
    z, found = search.nearest(target)
    order = np.argsort(-np.abs(z), kind="stable")
    return ReverseStress(
        tranche=name,
        reading=search.reading,
        target_pd=target,
        probability_of_default=found,
        base_pd=search.probability(base),
        distance=float(np.linalg.norm(z)),
        shocks=tuple(
            Shock(factor=chosen[i], size=float(z[i] * sizes[i]), mode=factor_of(chosen[i]).usual) for i in order
        ),
        deviations=tuple(float(z[i]) for i in order),
    )


def goes_in_steps(deal: Deal, factor: str) -> bool:
    """Whether a factor moves by whole months: no direction to follow; left out unless asked for, and refused then."""
    return factor == "maturity" or (factor == "delay" and bool(deal.licences))


class _Search:
    """Distances at points of the space of shocks."""

    def __init__(self, deal: Deal, factors: Sequence[str], sizes: Floats, row: int, reading: str) -> None:
        self.deal, self.factors, self.sizes, self.row, self.reading = deal, factors, sizes, row, reading
        self.step = _STRIDE if reading == EXACT else _STEP

    def probability(self, answer: Answer) -> float:
        return float(answer.values(self.reading, "probability_of_default", self.row + 1)[self.row])

    def scores(self, points: Sequence[Floats]) -> Floats:
        """N^{-1}(PD) at each point; nan where the deal is refused there."""
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
        return found

    def nearest(self, target: float) -> tuple[Floats, float]:
        """The design point, then the last digits along its own ray."""
        wanted = float(special.ndtri(target))
        z = np.zeros(len(self.factors))
        for _ in range(_STRIDES if self.reading == EXACT else _ROUNDS):
            units = self.step * np.eye(len(z))
            here, *around = self.scores([z, *(z + units), *(z - units)]).tolist()
            ahead, behind = np.array(around[: len(z)]), np.array(around[len(z) :])
            # A PD of 0 or 1 has an infinite score, and no slope.
            with np.errstate(invalid="ignore"):
                slope = (ahead - behind) / (2.0 * self.step)
                # At the edge of a domain one side is no deal.
                one_sided = np.where(np.isfinite(ahead), ahead - here, here - behind) / self.step
                slope = np.where(np.isfinite(slope), slope, one_sided)
            slope = np.where(np.isfinite(slope), slope, 0.0)
            if not np.isfinite(here):
                raise self._unreachable(target)
            new = self._step(z, slope, here - wanted, np.isfinite(ahead), np.isfinite(behind))
            if new is None:
                raise self._unreachable(target)
            new = self._usable(z, new)
            moved = float(np.linalg.norm(new - z))
            z = new
            if moved < (_STILL if self.reading != EXACT else _STILL_STEPS) * max(1.0, float(np.linalg.norm(z))):
                break
        return self._along(z, target, wanted)

    @staticmethod
    def _step(z: Floats, slope: Floats, gap: float, up: NDArray[np.bool_], down: NDArray[np.bool_]) -> Floats | None:
        """The nearest point of the tangent plane; a factor at the edge of its domain (`up`, `down`) stays there."""
        free = np.ones(len(z), dtype=np.bool_)
        while True:
            way = np.where(free, slope, 0.0)
            steep = float(way @ way)
            if steep == 0.0:
                return None
            new: Floats = np.where(free, (float(way @ z) - gap) / steep * way, z)
            barred = free & ((~up & (new > z)) | (~down & (new < z)))
            if not barred.any():
                return new
            free &= ~barred

    def _usable(self, start: Floats, end: Floats) -> Floats:
        """The farthest halving of the step at which there still is a deal."""
        for _ in range(30):
            if np.isfinite(self.scores([end])[0]):
                return end
            end = 0.5 * (start + end)
        return start

    def _along(self, z: Floats, target: float, wanted: float) -> tuple[Floats, float]:
        from scipy.optimize import brentq  # late: half a second of start-up

        length = float(np.linalg.norm(z))
        if length > _FAR:
            raise self._unreachable(target)
        if length == 0.0:
            here = float(self.scores([z])[0])
            if abs(here - wanted) > _CLOSE * max(1.0, abs(wanted)):
                raise self._unreachable(target)
            return z, float(special.ndtr(here))
        ray = z / length

        def gap(distance: float) -> float:
            return float(self.scores([distance * ray])[0]) - wanted

        low, high = 0.999 * length, 1.001 * length
        while np.isfinite(gap(low)) and np.isfinite(gap(high)) and gap(low) * gap(high) > 0.0:
            low, high = 0.9 * low, 1.1 * high
            if high > _FAR:
                raise self._unreachable(target)
        if not (np.isfinite(gap(low)) and np.isfinite(gap(high))):
            raise self._unreachable(target)
        found: float = brentq(gap, low, high, xtol=1e-15, rtol=8.9e-16, maxiter=200)
        # Where PD jumps, the root is the jump: the near side is short of the target, the far side beyond it.
        beyond = next(
            (each for each in (found, *(found * (1.0 + shift) for shift in (1e-15, 1e-14, 1e-13, 1e-12, 1e-9)))
             if self._meets(gap(each), gap(0.0), wanted)),
            None,
        )  # fmt: skip
        if beyond is None:
            raise self._unreachable(target)
        return beyond * ray, float(special.ndtr(wanted + gap(beyond)))

    @staticmethod
    def _meets(gap: float, start: float, wanted: float) -> bool:
        """Whether a point is at the target, or on its other side than where the way started."""
        return abs(gap) <= _CLOSE * max(1.0, abs(wanted)) or gap * start < 0.0

    def _unreachable(self, target: float) -> KmvError:
        """What the factors do reach, all together against and with the tranche."""
        with np.errstate(invalid="ignore"):
            signs = np.sign(
                self.scores(list(self.step * np.eye(len(self.factors)))) - self.scores([np.zeros(len(self.factors))])[0]
            )
        signs = np.where(np.isfinite(signs), signs, 0.0)
        line = np.linspace(-_FAR, _FAR, 49)
        reached = self.scores([each / np.sqrt(max(len(signs), 1)) * signs for each in line])
        reached = special.ndtr(reached[np.isfinite(reached)])
        span = f"{reached.min():.3g} to {reached.max():.3g}" if reached.size else "-"
        return KmvError(problem("E310", found=f"PD {target:g}", reachable=span))
