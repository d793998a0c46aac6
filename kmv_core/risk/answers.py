"""Many deals assessed for one question: what every analysis (a table, a grid, a search) asks."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.schedule import schedule_of
from kmv_core.deal.stacked import stack_key, stacked_break_evens
from kmv_core.risk.assess import Reading, TrancheAssessment, assess
from kmv_core.risk.factors import apply_shock, factor_of, known, require
from kmv_core.risk.supported import payer_states, supported_probability
from kmv_core.risk.tails import tail
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
    waterfall: Mapping[str, Floats] | None = None
    """In place of the tranches where the waterfall reading alone was asked for: [tranche] by output."""

    def values(self, reading: str, output: str, count: int) -> Floats:
        """[tranche]: one output; nan where the deal is refused or has no such reading."""
        if self.waterfall is not None:
            return self.waterfall[output]
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


def tranche_of(deal: Deal, tranche: str | None) -> str:
    """The tranche asked for, the first by rank where none is; raises KmvError E204 with the nearest for an unknown one."""
    names = tuple(each.tranche for each in deal.by_rank)
    name = names[0] if tranche is None else tranche
    known("tranche", "档次", name, names)
    return name


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
    """Assess many deals; one already refused (an Answer) is passed on, so that a table keeps its places.

    Where the waterfall reading alone is asked for, without losses, deals that differ in numbers only go through one
    search; the numbers are those of `assess`.
    """
    if tuple(readings) == ("waterfall",) and not losses:
        return waterfall_answers(list(deals))
    # Beside the exact reading there is always another; due is the quick one.
    needed = (*readings, "due") if EXACT in readings else tuple(readings)
    return [each if isinstance(each, Answer) else _answer(each, needed, losses) for each in deals]


def waterfall_answers(deals: Sequence[Deal | Answer]) -> list[Answer]:
    """The waterfall reading of many deals, stack by stack (kmv_core.deal.stacked)."""
    found: dict[int, Answer] = {}
    stacks: dict[Hashable, list[int]] = {}
    for i, each in enumerate(deals):
        if isinstance(each, Answer):
            found[i] = each
            continue
        errors = tuple(problem for problem in deal_problems(each) if problem.is_error)
        if errors:
            found[i] = Answer(problems=errors)
        else:
            stacks.setdefault((stack_key(each), each.model.form, each.model.dof), []).append(i)
    for places in stacks.values():
        stack = [each for each in (deals[i] for i in places) if isinstance(each, Deal)]
        found.update(zip(places, _stack(stack), strict=True))
    return [found[i] for i in range(len(deals))]


def _stack(deals: Sequence[Deal]) -> list[Answer]:
    """Deals of one stack through one search."""
    first, schedule = deals[0], schedule_of(deals[0])
    states = payer_states(first.support)
    scans = {state: stacked_break_evens(deals, schedule, payers_alive=state) for state in states}
    expected = np.array([float(expected_collections(each, schedule).sum()) for each in deals])
    # [test, deal, tranche] by set of payers: by legal and by expected maturity.
    stars = {
        state: np.array([[[one.multiple for one in test] for test in tests] for tests in of_deals]).swapaxes(0, 1)
        for state, of_deals in scans.items()
    }
    none = stars[states[0]]
    volatility = np.array([[each.model.total_volatility] for each in deals])
    distance, legal = tail(first.model, 1.0, none[0], volatility)
    late = tail(first.model, 1.0, none[1], volatility)[1]
    if first.support:
        legal, late = (
            np.array(
                [
                    [
                        supported_probability(
                            each.model, each.support, {state: float(q[test, i, k]) for state, q in stars.items()}
                        )
                        for k in range(len(each.tranches))
                    ]
                    for i, each in enumerate(deals)
                ]
            )
            for test in (0, 1)
        )
    late = np.maximum(late, legal)
    # Never enough of nothing: such a default point is nan, as `assess` has it.
    with np.errstate(divide="ignore", invalid="ignore"):
        coverage = np.where(none[0] > 0.0, 1.0 / none[0], np.inf)
        points = none[0] * expected[:, None]
    columns = {
        "probability_of_default": legal,
        "extension_probability": late,
        "distance_to_default": distance,
        "default_point": points,
        "break_even_multiple": none[0],
        "cushion": 1.0 - none[0],
        "coverage": coverage,
    }
    return [Answer(waterfall={key: values[i] for key, values in columns.items()}) for i in range(len(deals))]


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
