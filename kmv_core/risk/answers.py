"""Many deals assessed for one question: what every analysis (a table, a grid, a search) asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kmv_core.deal.deal import Deal
from kmv_core.risk.assess import Reading, TrancheAssessment, assess
from kmv_core.risk.factors import apply_shock, factor_of, known, require
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import KmvError, Problem, problem, raise_errors
from kmv_core.vocabulary.terms import MODES, READINGS

OUTPUTS = (
    "probability_of_default",
    "extension_probability",
    "distance_to_default",
    "expected_loss",
    "loss_given_default",
    "default_point",
    "break_even_multiple",
    "cushion",
    "coverage",
)
OF_LOSSES = frozenset({"expected_loss", "loss_given_default"})
EXACT = "exact"
ALL_READINGS = (*READINGS, EXACT)
Readings = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shock:
    """One factor moved by one amount; the factor's usual mode where none is said."""

    factor: str
    size: float
    mode: str | None = None

    @property
    def way(self) -> str:
        return factor_of(self.factor).usual if self.mode is None else self.mode


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one deal: its tranches by rank, or the problems that refuse it."""

    tranches: tuple[TrancheAssessment, ...] = ()
    problems: tuple[Problem, ...] = ()

    def values(self, reading: str, output: str, count: int) -> Floats:
        """[tranche]: one output; nan where the deal is refused or has no such reading."""
        if self.problems or (reading == EXACT and self.tranches[0].exact is None):
            return np.full(count, np.nan)
        return np.array([getattr(figures_of(each, reading), output) for each in self.tranches], dtype=np.float64)


def figures_of(tranche: TrancheAssessment, reading: str) -> Reading:
    """A tranche in one of the readings: waterfall, due or exact.

    Raises KmvError E295 for the exact reading of a deal that has none.
    """
    if reading != EXACT:
        return tranche.reading(reading)
    if tranche.exact is None:
        raise KmvError(problem("E295", field=("licences",)))
    return tranche.exact


def headline_of(tranches: Sequence[TrancheAssessment]) -> str:
    """The reading a committee is told first: exact where there is one, else waterfall."""
    return "waterfall" if tranches[0].exact is None else EXACT


def reading_of(answer: Answer, reading: str | None) -> str:
    """The reading asked for, the headline where none is; raises KmvError E204 and E295 where it is not to be had."""
    raise_errors(answer.problems)
    if reading is None:
        return headline_of(answer.tranches)
    known("reading", "口径", reading, ALL_READINGS)
    figures_of(answer.tranches[0], reading)
    return reading


def answers(
    deals: Iterable[Deal | Answer], *, readings: Readings = ("waterfall", "due"), losses: bool = False
) -> list[Answer]:
    """Assess many deals; one already refused (an Answer) is passed on, so that a table keeps its places."""
    # The exact reading comes with the waterfall's.
    needed = tuple(dict.fromkeys("waterfall" if each == EXACT else each for each in readings))
    return [each if isinstance(each, Answer) else _answer(each, needed, losses) for each in deals]


def shocked(deal: Deal, shocks: Sequence[Shock]) -> Deal | Answer:
    """A copy under several shocks, one after the other; an Answer with the problem of one that is impossible.

    Raises KmvError E204 for an unknown factor or mode, E355 for a factor the deal has nothing of.
    """
    for each in shocks:
        require(deal, each.factor)
        known("mode", "冲击方式", each.way, MODES)
        if not np.isfinite(each.size):
            return Answer(problems=(problem("E311", name="shock", name_zh="冲击值", found=each.size),))
        try:
            deal = apply_shock(deal, each.factor, each.size, each.way)
        except KmvError as error:
            return Answer(problems=error.problems)
        except (OverflowError, ValueError, ZeroDivisionError):
            # Only the calendar and shares of nothing refuse.
            found = f"{each.size:g}"
            return Answer(problems=(problem("E231", name=each.factor, name_zh=factor_of(each.factor).zh, found=found),))
    return deal


def _answer(deal: Deal, readings: Readings, losses: bool) -> Answer:  # internal
    try:
        return Answer(tranches=assess(deal, readings=readings, losses=losses).tranches)
    except KmvError as error:
        return Answer(problems=error.problems)
