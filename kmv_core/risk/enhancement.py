"""What each risk control of a deal is worth, alone and whatever the order in which they are counted.

    off alone     PD of the deal without it - PD of the deal
    Shapley share phi_i = sum over sets S of the others  |S|! (n - |S| - 1)! / n!  x [v(S + i) - v(S)]
    v(S)          -PD, or DD, with the controls of S and no others; the shares add up to v(all) - v(none)

Worths off alone do not add up: controls stand in for one another. Shapley's shares (1953) do, and treat every order in
which the controls could have been put in alike. PD and DD are of the reading asked for; in DD units a share of nothing
to infinity is nan.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product

import numpy as np
from scipy import special

from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.risk.answers import ALL_READINGS, answers, reading_of
from kmv_core.risk.factors import known
from kmv_core.risk.preset import Change, controls_of
from kmv_core.risk.sensitivity import with_frozen_lives
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import KmvError, Problem, problem, raise_errors

MOST_CONTROLS = 8
"""Two hundred and fifty-six deals; beyond, lines of support are taken together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One control, tranche by tranche by rank."""

    name: str
    subject: str
    pd_without: Floats
    """[tranche]: of the deal without this control alone; nan where that deal is refused."""
    pd_share: Floats
    """[tranche]: how much of the fall of PD from none to all controls is its own."""
    dd_share: Floats
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnhancementValue:
    """Every control of a deal."""

    reading: str
    tranches: tuple[str, ...]
    pd_with: Floats
    """[tranche]: as it stands."""
    pd_without_any: Floats
    dd_with: Floats
    dd_without_any: Floats
    measures: tuple[Measure, ...]


def enhancement_value(deal: Deal, *, reading: str | None = None) -> EnhancementValue:
    """Worth of every control the deal has (kmv_core.risk.preset.controls_of), for every tranche.

    `reading` is waterfall, due or exact; the headline where none is named. DD is -N^{-1}(PD), so that support and the
    exact reading have one too. A combination the deal's checks refuse takes its shares with it: they are nan.

    Raises KmvError for a deal that is refused as it stands, E204 for an unknown reading, E357 for more than
    MOST_CONTROLS controls. Source: Shapley, A value for n-person games (1953).
    """
    raise_errors(deal_problems(deal))
    if reading is not None:
        known("reading", "口径", reading, ALL_READINGS)
    controls = tuple(controls_of(deal))
    if len(controls) > MOST_CONTROLS:
        raise KmvError(problem("E357", found=len(controls), most=MOST_CONTROLS))
    frozen = with_frozen_lives(deal)
    sets = list(product((True, False), repeat=len(controls)))
    deals = [_with_only(frozen, [each[2] for each in controls], kept) for kept in sets]
    base = answers([frozen], readings=("waterfall", "due"))[0]
    chosen = reading_of(base, reading)
    found = answers(deals, readings=(chosen,))
    count = len(deal.tranches)
    pd = {kept: each.values(chosen, "probability_of_default", count) for kept, each in zip(sets, found, strict=True)}
    with np.errstate(divide="ignore"):
        dd: dict[tuple[bool, ...], Floats] = {kept: -special.ndtri(values) for kept, values in pd.items()}
    everything, nothing = (True,) * len(controls), (False,) * len(controls)
    measures = []
    for i, (name, subject, _) in enumerate(controls):
        alone = tuple(j != i for j in range(len(controls)))
        measures.append(
            Measure(
                name=name,
                subject=subject,
                pd_without=pd[alone],
                pd_share=shapley({kept: -values for kept, values in pd.items()}, i),
                dd_share=shapley(dd, i),
                problems=found[sets.index(alone)].problems,
            )
        )
    return EnhancementValue(
        reading=chosen,
        tranches=tuple(each.tranche for each in deal.by_rank),
        pd_with=pd[everything],
        pd_without_any=pd[nothing],
        dd_with=dd[everything],
        dd_without_any=dd[nothing],
        measures=tuple(measures),
    )


def shapley(values: dict[tuple[bool, ...], Floats], player: int) -> Floats:
    """The Shapley share of one player: `values` by set of players present, any shape.

    >>> float(shapley({(False, False): 0.0, (True, False): 1.0, (False, True): 2.0, (True, True): 4.0}, 0))
    1.5
    """
    players = len(next(iter(values)))
    total: Floats = np.float64(0.0)  # type: ignore[assignment]  # an array of no dimension
    for present, value in values.items():
        if present[player]:
            continue
        size = sum(present)
        weight = math.factorial(size) * math.factorial(players - size - 1) / math.factorial(players)
        joined = tuple(flag or i == player for i, flag in enumerate(present))
        with np.errstate(invalid="ignore"):
            total = total + weight * (values[joined] - value)
    return total


def _with_only(deal: Deal, removals: Sequence[Change], kept: Sequence[bool]) -> Deal:
    gone = [removal for removal, keep in zip(removals, kept, strict=True) if not keep]
    return reduce(lambda each, removal: removal(each), gone, deal)
