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

from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.risk.answers import Shock, answers, reading_of, tranche_of
from kmv_core.risk.design_point import DesignPoint
from kmv_core.risk.factors import factor_of, factors_of, require
from kmv_core.risk.sensitivity import with_frozen_lives
from kmv_core.risk.tornado import STEPS
from kmv_core.vocabulary.checks import checked
from kmv_core.vocabulary.errors import KmvError, problem, raise_errors


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
    the answer is the nearest point beyond the target along the way found. Where the search for the nearest does not
    settle, the answer is where such a way crosses the target: no farther than twelve standard deviations, and an upper
    limit of the distance.

    Raises KmvError for a deal that is refused as it stands, E204 for an unknown word, E226 outside the domain, E310
    where neither the way of steepest change nor a factor alone reaches the target within twelve standard deviations, with
    what they reach.
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
    search = DesignPoint(
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
