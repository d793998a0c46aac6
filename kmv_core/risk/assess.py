"""One deal assessed: distance to default, default probability and loss of every tranche, in both readings.

asset value    expected net collections of the whole life (and the initial reserve in the `due` reading)
volatility     log standard deviation of total collections, horizon 1, drift 0
`due`          default point = what falls due;    break-even multiple = D / A
`waterfall`    break-even multiple q* of the waterfall;    default point = q* x expected collections
loss, due       [P(D_k) - P(D_before)] / (D_k - D_before),  P(D) = D EL(D)
loss, waterfall E[loss(q)], loss piecewise affine in q, or made so (kmv_core.deal.loss_curve)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.default_point import DuePoints, base_case, due_points, weighted_lives
from kmv_core.deal.loss_curve import LossCurve
from kmv_core.deal.regions import BreakEven
from kmv_core.deal.schedule import Schedule, schedule_of
from kmv_core.deal.waterfall import Waterfall
from kmv_core.risk.exact import MOST_LICENSEES, ExactDefault, exact_default
from kmv_core.risk.grades import grade_on
from kmv_core.risk.supported import (
    States,
    payer_states,
    supported_losses,
    supported_probability,
    supported_region,
)
from kmv_core.risk.tails import expected_losses, put, region_probability, tail
from kmv_core.risk.terms import TermPoint, due_multiples, due_terms, exact_terms, waterfall_terms
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import Problem, problem, raise_errors

_THIN = 1e-7
"""Of a default point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One tranche in one reading; the words are those of the terms."""

    default_point: float
    distance_to_default: float
    probability_of_default: float
    extension_probability: float
    expected_loss: float
    loss_given_default: float
    break_even_multiple: float
    cushion: float
    coverage: float
    weighted_life: float
    """waterfall: of the base case; due: the life its interest is counted for, without a clean-up call."""
    region_probability: float
    """P(q in B), payers and all: differs from the PD only where more cash can hurt (a default region with a hole)."""
    unsupported_pd: float
    """Without the payers of support: N(-DD)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrancheAssessment:
    """One tranche in both readings."""

    name: str
    rank: int
    attachment: float
    detachment: float
    grade: str
    """The appetite grade its waterfall PD earns; empty without an appetite table."""
    waterfall: Reading
    due: Reading
    exact: Reading | None = None
    """Licences: every set of licensees in default; None for a pool of loans, or of more licensees than can be listed."""

    def reading(self, name: str) -> Reading:
        return self.due if name == "due" else self.waterfall

    @property
    def headline(self) -> Reading:
        """What a committee is told first: the exact reading where there is one, else the waterfall's."""
        return self.exact or self.waterfall


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """A deal, its base case, and what came out."""

    deal: Deal
    schedule: Schedule
    base: Waterfall
    due_points: DuePoints
    asset_value: float
    """Expected net collections counted to legal maturity."""
    tranches: tuple[TrancheAssessment, ...]
    exact: ExactDefault | None
    warnings: tuple[Problem, ...]

    @cached_property
    def term_structure(self) -> tuple[TermPoint, ...]:
        """Every tranche at every payment date: due, waterfall and, for licences, exact."""
        deal, schedule, due = self.deal, self.schedule, self.due_points
        exact = [] if self.exact is None else exact_terms(deal, schedule, due, self.exact)
        return (*due_terms(deal, schedule, due), *waterfall_terms(deal, schedule, due), *exact)

    def terms(self, tranche: str, reading: str) -> tuple[TermPoint, ...]:
        """The term structure of one tranche in one reading."""
        return tuple(each for each in self.term_structure if (each.tranche, each.reading) == (tranche, reading))

    def tranche(self, name: str) -> TrancheAssessment:
        return next(each for each in self.tranches if each.name == name)


def assess(deal: Deal, *, readings: Sequence[str] = ("waterfall", "due"), losses: bool = True) -> Assessment:
    """Assess every tranche of a deal.

    Raises KmvError with every problem of the deal that refuses it. `readings` and `losses` leave out what a
    question does not need: a reading left out repeats the other, a loss left out is nan. The exact reading comes with
    the waterfall's; for itself alone ask ("exact", "due").
    """
    problems = deal_problems(deal)
    raise_errors(problems)
    schedule = schedule_of(deal)
    base = base_case(deal, schedule)
    due = due_points(deal, schedule, base)
    # All of it, though a clean-up call in the base case hands the rest of the pool to the caller.
    asset_value = float(expected_collections(deal, schedule).sum())
    found: dict[str, list[Reading]] = {"waterfall": [], "due": []}
    exact = None
    if "waterfall" in readings:
        lives = weighted_lives(base, schedule)
        found["waterfall"], regions = _waterfall_readings(deal, schedule, lives, asset_value, losses)
        problems = [*problems, *regions]
    few = deal.licences and len({each.licensee for each in deal.licences}) <= MOST_LICENSEES
    if few and not {"waterfall", "exact"}.isdisjoint(readings):
        exact = exact_default(deal, schedule)
    if "due" in readings:
        found["due"] = _due_readings(deal, schedule, due)
    exactly = _exact_readings(due, exact) if exact is not None else []
    ranked = deal.by_rank
    ranks = np.array([each.rank for each in ranked])
    sizes = np.array([each.balance for each in ranked]) / deal.issue_size
    tranches = []
    for k, each in enumerate(ranked):
        waterfall = (found["waterfall"] or found["due"])[k]
        tranches.append(
            TrancheAssessment(
                name=each.tranche,
                rank=each.rank,
                attachment=max(float(1.0 - sizes[ranks <= each.rank].sum()), 0.0),
                detachment=float(1.0 - sizes[ranks < each.rank].sum()),
                grade=grade_of(deal, (exactly[k] if exactly else waterfall).probability_of_default),
                waterfall=waterfall,
                due=(found["due"] or found["waterfall"])[k],
                exact=exactly[k] if exactly else None,
            )
        )
    return Assessment(
        deal=deal,
        schedule=schedule,
        base=base,
        due_points=due,
        asset_value=asset_value,
        tranches=tuple(tranches),
        exact=exact,
        warnings=tuple(problems),
    )


def grade_of(deal: Deal, probability: float) -> str:
    """The first grade of the deal's appetite table whose limit the PD keeps; empty without a table."""
    return grade_on(deal.appetite, probability)


def _due_readings(deal: Deal, schedule: Schedule, due: DuePoints) -> list[Reading]:
    owned = float(due.asset_values[-1])
    points = due.default_points[:, -1]
    last = len(schedule.dates) - 1
    distance, alone = tail(deal.model, owned, points)
    loss = _due_losses(deal, due)
    readings = []
    for k, each in enumerate(deal.by_rank):
        at = schedule.index_of(each.expected_maturity)
        legal = supported_probability(deal.model, deal.support, due_multiples(deal, due, k, last))
        late = 1.0 if at < 0 else supported_probability(deal.model, deal.support, due_multiples(deal, due, k, at))
        readings.append(
            _reading(
                default_point=float(points[k]),
                distance=float(distance[k]),
                probability=legal,
                extension=max(late, legal),
                loss=float(loss[k]),
                multiple=float(points[k]) / owned if owned > 0 else np.inf,
                life=float(due.lives[k]),
                region=legal,
                alone=float(alone[k]),
            )
        )
    return readings


def _due_losses(deal: Deal, due: DuePoints) -> Floats:
    """Expected loss between the default point of a tranche's class and that of the class before.

    Tranches of one rank share their class's loss by what they are owed: each loses the same share. A class so thin that
    two puts differ by their rounding loses what the middle of its edges says: P(A < D).
    """
    owned, points = float(due.asset_values[-1]), due.default_points[:, -1]
    ranks = np.array([each.rank for each in deal.by_rank])
    before = np.array([points[ranks < rank].max(initial=0.0) for rank in ranks])
    if not deal.support:
        width = points - before
        thin = width <= _THIN * points
        layer = (put(deal.model, owned, points) - put(deal.model, owned, before)) / np.where(thin, 1.0, width)
        edges = 0.5 * (tail(deal.model, owned, points)[1] + tail(deal.model, owned, before)[1])
        spread: Floats = np.where(thin, edges, layer)
        return spread
    last = due.default_points.shape[1] - 1
    losses = np.empty(len(points))
    for k, width in enumerate(np.maximum(points - before, _THIN * points)):
        curves = {}
        for state, upper in due_multiples(deal, due, k, last).items():
            lower = max(upper - width / owned, 0.0) if owned > 0.0 else 0.0
            # Below the class's own layer all of it is lost, above none.
            top = min(upper * owned / width, 1.0) if np.isfinite(upper) else 1.0
            knots = np.unique([0.0, lower, upper if np.isfinite(upper) else 1.0])
            curves[state] = LossCurve(knots, np.interp(knots, [lower, max(upper, lower + 1e-300)], [top, 0.0])[None, :])
        losses[k] = supported_losses(deal.model, deal.support, curves)[0]
    return losses


def _waterfall_readings(
    deal: Deal, schedule: Schedule, lives: Floats, asset_value: float, losses: bool
) -> tuple[list[Reading], list[Problem]]:
    states = payer_states(deal.support)
    scans = {state: MultipleScan(deal, schedule, payers_alive=state) for state in states}
    found = {state: scan.break_evens() for state, scan in scans.items()}
    legal = found[states[0]][0]
    multiples = np.array([each.multiple for each in legal])
    distance, alone = tail(deal.model, 1.0, multiples)
    # A payer can harm: the highest break-even need not be that without payers.
    ceiling = max(each.multiple for tests, _ in found.values() for each in tests)
    loss = _waterfall_losses(deal, scans, ceiling) if losses else np.full(len(legal), np.nan)
    readings = []
    for k in range(len(legal)):
        probability, late = (
            supported_probability(deal.model, deal.support, {state: found[state][test][k].multiple for state in states})
            for test in (0, 1)
        )
        region = supported_region(deal.model, deal.support, {state: tests[k] for state, (tests, _) in found.items()})
        readings.append(
            _reading(
                default_point=float(multiples[k]) * asset_value,
                distance=float(distance[k]),
                probability=probability,
                extension=max(late, probability),
                loss=float(loss[k]),
                multiple=float(multiples[k]),
                life=float(lives[k]),
                region=region,
                alone=float(alone[k]),
            )
        )
    return readings, list(_regions(deal, [tests for tests, _ in found.values()]))


def _waterfall_losses(deal: Deal, scans: dict[States, MultipleScan], ceiling: float) -> Floats:
    def chance(multiples: Floats) -> Floats:
        return tail(deal.model, 1.0, multiples)[1]

    curves = {state: scan.loss_curve(ceiling, chance) for state, scan in scans.items()}
    if not deal.support:
        return expected_losses(deal.model, next(iter(curves.values())))
    return supported_losses(deal.model, deal.support, curves)


def _regions(deal: Deal, by_state: Sequence[Sequence[BreakEven]]) -> Iterator[Problem]:
    """A warning for every tranche that more cash can hurt, with the regions without payers where those have a hole."""
    for each, tests in zip(deal.by_rank, zip(*by_state, strict=True), strict=True):
        test = next((one for one in tests if not one.is_interval), None)
        if test is not None:
            spans = ", ".join(f"[{low:.6g}, {high:.6g})" for low, high in test.unpaid)
            share = f"{region_probability(deal.model, test):.4%}"
            yield problem("W257", field=("triggers",), name=each.tranche, found=spans, share=share)


def _exact_readings(due: DuePoints, exact: ExactDefault) -> list[Reading]:
    """Licences: exact probabilities; default point and break-even are those of the `due` reading."""
    owned, points = float(due.asset_values[-1]), due.default_points[:, -1]
    return [
        _reading(
            default_point=float(points[k]),
            distance=float(-special.ndtri(exact.legal[k])),
            probability=float(exact.legal[k]),
            extension=float(max(exact.expected[k], exact.legal[k])),
            loss=float(exact.loss[k]),
            multiple=float(points[k]) / owned if owned > 0 else np.inf,
            life=float(due.lives[k]),
            region=float(exact.legal[k]),
            alone=float(exact.unsupported[k]),
        )
        for k in range(len(points))
    ]


def _reading(
    *,
    default_point: float,
    distance: float,
    probability: float,
    extension: float,
    loss: float,
    multiple: float,
    life: float,
    region: float,
    alone: float,
) -> Reading:
    return Reading(
        default_point=default_point,
        distance_to_default=distance,
        probability_of_default=probability,
        extension_probability=extension,
        expected_loss=loss,
        loss_given_default=loss / probability if probability > 0.0 else np.nan,
        break_even_multiple=multiple,
        cushion=1.0 - multiple,
        coverage=1.0 / multiple if multiple > 0.0 else np.inf,
        weighted_life=life,
        region_probability=region,
        unsupported_pd=alone,
    )
