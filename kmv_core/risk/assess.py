"""One deal assessed: distance to default, default probability and loss of every tranche, in both readings.

asset value    expected net collections of the whole life (and the initial reserve in the `due` reading)
volatility     log standard deviation of total collections, horizon 1, drift 0
`due`          default point = what falls due;    break-even multiple = D / A
`waterfall`    break-even multiple q* of the waterfall;    default point = q* x expected collections
loss, due       [P(D_k) - P(D_before)] / (D_k - D_before),  P(D) = D EL(D)
loss, waterfall E[loss(q)], loss piecewise affine in q: the sum over its knots of (change of slope) x P(q)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.deal.break_even import BreakEven, LossCurve, MultipleScan
from kmv_core.deal.deal import Deal, Model
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.default_point import DuePoints, base_case, due_points
from kmv_core.deal.schedule import Schedule, schedule_of
from kmv_core.deal.waterfall import Waterfall
from kmv_core.structural import merton
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import Problem, raise_errors

OUTSIDE_APPETITE = "outside"


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
    region_probability: float
    """P(q in B): differs from the PD only where more cash can hurt (a default region with a hole)."""


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

    def reading(self, name: str) -> Reading:
        return self.due if name == "due" else self.waterfall


@dataclass(frozen=True, slots=True, kw_only=True)
class TermPoint:
    """One tranche at one payment date, `due` reading; the PD is cumulative (never falls)."""

    date: dt.date
    time: float
    tranche: str
    asset_value: float
    default_point: float
    distance_to_default: float
    probability_of_default: float
    forward_pd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A deal, its base case, and what came out."""

    deal: Deal
    schedule: Schedule
    base: Waterfall
    due_points: DuePoints
    asset_value: float
    """Expected net collections counted to legal maturity."""
    tranches: tuple[TrancheAssessment, ...]
    term_structure: tuple[TermPoint, ...]
    warnings: tuple[Problem, ...]

    def tranche(self, name: str) -> TrancheAssessment:
        return next(each for each in self.tranches if each.name == name)


def assess(deal: Deal, *, readings: Sequence[str] = ("waterfall", "due"), losses: bool = True) -> Assessment:
    """Assess every tranche of a deal.

    Raises KmvError with every problem of the deal that refuses it. `readings` and `losses` leave out what a
    question does not need: a reading left out repeats the other, a loss left out is nan.
    """
    problems = deal_problems(deal)
    raise_errors(problems)
    schedule = schedule_of(deal)
    base = base_case(deal, schedule)
    due = due_points(deal, schedule, base)
    asset_value = float(base.collections.sum())
    found = {
        "waterfall": _waterfall_readings(deal, schedule, due, asset_value, losses) if "waterfall" in readings else [],
        "due": _due_readings(deal, schedule, due) if "due" in readings else [],
    }
    ranked = deal.by_rank
    ends = np.cumsum([each.balance for each in ranked]) / deal.issue_size
    tranches = []
    for k, each in enumerate(ranked):
        waterfall = (found["waterfall"] or found["due"])[k]
        tranches.append(
            TrancheAssessment(
                name=each.tranche,
                rank=each.rank,
                attachment=max(float(1.0 - ends[k]), 0.0),
                detachment=float(1.0 - (ends[k - 1] if k else 0.0)),
                grade=grade_of(deal, waterfall.probability_of_default),
                waterfall=waterfall,
                due=(found["due"] or found["waterfall"])[k],
            )
        )
    return Assessment(
        deal=deal,
        schedule=schedule,
        base=base,
        due_points=due,
        asset_value=asset_value,
        tranches=tuple(tranches),
        term_structure=tuple(_term_structure(deal, schedule, due)),
        warnings=tuple(problems),
    )


def grade_of(deal: Deal, probability: float) -> str:
    """The first grade of the appetite table whose limit the PD keeps; empty without a table."""
    if not deal.appetite:
        return ""
    for row in sorted(deal.appetite, key=lambda each: each.pd_limit):
        if probability <= row.pd_limit:
            return row.grade
    return OUTSIDE_APPETITE


def tail(model: Model, asset_value: ArrayLike, default_point: ArrayLike) -> tuple[Floats, Floats]:
    """DD and PD for totals: horizon 1, drift 0. Nothing owed: DD inf, PD 0. Never enough, or nothing owned: -inf, 1."""
    owned, owed = np.broadcast_arrays(np.asarray(asset_value, np.float64), np.asarray(default_point, np.float64))
    usual = (owned > 0.0) & (owed > 0.0) & np.isfinite(owed)
    distance = np.where(owed <= 0.0, np.inf, -np.inf)
    distance[usual] = merton.distance_to_default(
        asset_value=owned[usual], default_point=owed[usual], asset_volatility=model.total_volatility, form=model.form
    )
    return distance, merton.probability_beyond(distance, form=model.form, dof=model.dof)


def put(model: Model, asset_value: ArrayLike, default_point: ArrayLike) -> Floats:
    """P(D) = E[(D - A)^+], money; 0 where nothing is owed."""
    owned, owed = np.broadcast_arrays(np.asarray(asset_value, np.float64), np.asarray(default_point, np.float64))
    value = np.where(owned > 0.0, 0.0, owed)
    usual = (owned > 0.0) & (owed > 0.0)
    value[usual] = owed[usual] * merton.expected_loss(
        asset_value=owned[usual],
        default_point=owed[usual],
        asset_volatility=model.total_volatility,
        form=model.form,
        dof=model.dof,
    )
    return value


def _due_readings(deal: Deal, schedule: Schedule, due: DuePoints) -> list[Reading]:
    owned = float(due.asset_values[-1])
    points = due.default_points[:, -1]
    distance, probability = tail(deal.model, owned, points)
    before = np.concatenate([[0.0], points[:-1]])
    loss = (put(deal.model, owned, points) - put(deal.model, owned, before)) / (points - before)
    readings = []
    for k, each in enumerate(deal.by_rank):
        at = schedule.index_of(each.expected_maturity)
        late = 1.0 if at < 0 else float(tail(deal.model, due.asset_values[at], due.default_points[k, at])[1])
        multiple = float(points[k]) / owned if owned > 0 else np.inf
        readings.append(
            _reading(
                default_point=float(points[k]),
                distance=float(distance[k]),
                probability=float(probability[k]),
                extension=max(late, float(probability[k])),
                loss=float(loss[k]),
                multiple=multiple,
                life=float(due.lives[k]),
                region=float(probability[k]),
            )
        )
    return readings


def _waterfall_readings(
    deal: Deal, schedule: Schedule, due: DuePoints, asset_value: float, losses: bool
) -> list[Reading]:
    scan = MultipleScan(deal, schedule)
    legal, expected = scan.break_evens()
    multiples = np.array([each.multiple for each in legal])
    distance, probability = tail(deal.model, 1.0, multiples)
    late = tail(deal.model, 1.0, np.array([each.multiple for each in expected]))[1]
    loss = (
        expected_losses(deal.model, scan.loss_curve(float(multiples.max()))) if losses else np.full(len(legal), np.nan)
    )
    return [
        _reading(
            default_point=float(multiples[k]) * asset_value,
            distance=float(distance[k]),
            probability=float(probability[k]),
            extension=max(float(late[k]), float(probability[k])),
            loss=float(loss[k]),
            multiple=float(multiples[k]),
            life=float(due.lives[k]),
            region=_region_probability(deal.model, legal[k]),
        )
        for k in range(len(legal))
    ]


def expected_losses(model: Model, curve: LossCurve) -> Floats:
    """E[loss(q)] by tranche: a piecewise affine loss is a portfolio of puts struck at its knots.

    loss(q) = sum over knots of (slope before - slope after) (knot - q)^+, plus what stays lost at the last knot.
    """
    if len(curve.knots) < 2:
        return np.zeros(len(curve.loss))
    slopes = np.diff(curve.loss, axis=1) / np.diff(curve.knots)
    change = np.diff(slopes, axis=1, append=0.0)
    total: Floats = curve.loss[:, -1] + (change * put(model, 1.0, curve.knots[1:])).sum(axis=1)
    return np.clip(total, 0.0, 1.0)


def _region_probability(model: Model, test: BreakEven) -> float:
    return float(sum(tail(model, 1.0, high)[1] - tail(model, 1.0, low)[1] for low, high in test.unpaid))


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
    )


def _term_structure(deal: Deal, schedule: Schedule, due: DuePoints) -> list[TermPoint]:
    distance, probability = tail(deal.model, due.asset_values, due.default_points)
    cumulative = np.maximum.accumulate(probability, axis=1)
    forward = np.diff(cumulative, axis=1, prepend=0.0)
    return [
        TermPoint(
            date=date,
            time=float(schedule.times[i]),
            tranche=each.tranche,
            asset_value=float(due.asset_values[i]),
            default_point=float(due.default_points[k, i]),
            distance_to_default=float(distance[k, i]),
            probability_of_default=float(cumulative[k, i]),
            forward_pd=float(forward[k, i]),
        )
        for k, each in enumerate(deal.by_rank)
        for i, date in enumerate(schedule.dates)
    ]
