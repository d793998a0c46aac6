"""PD term structures: default by each payment date, cumulative and forward.

    due         P(cumulative collections + reserve < what has fallen due), its running maximum
    waterfall   P(q < q*_t), q*_t the break-even multiple of everything due by then: it never falls
    exact       licences only: the chance of all default sets that fail by then

By date, principal counts as due from the expected maturity on: extension is included, so the last date can stand above
the default probability by legal maturity. The forward PD is also the distribution of the first shortfall's date.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from scipy import special

from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.deal import Deal
from kmv_core.deal.default_point import DuePoints
from kmv_core.deal.schedule import Schedule
from kmv_core.risk.exact import ExactDefault
from kmv_core.risk.supported import States, payer_states, supported_probability
from kmv_core.risk.tails import tail
from kmv_core.vocabulary.checks import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class TermPoint:
    """One tranche at one payment date in one reading; the PD is cumulative (never falls)."""

    date: dt.date
    time: float
    tranche: str
    reading: str
    asset_value: float
    """Expected net collections to date and the initial reserve, money."""
    default_point: float
    """due: what has fallen due; waterfall: q*_t x expected collections of the whole life."""
    distance_to_default: float
    """Of the pool, without support; exact: the normal distance of the PD."""
    probability_of_default: float
    forward_pd: float


def due_terms(deal: Deal, schedule: Schedule, due: DuePoints) -> list[TermPoint]:
    """The `due` reading at every payment date."""
    distance, _ = tail(deal.model, due.asset_values, due.default_points)
    probability = np.array(
        [
            [
                supported_probability(deal.model, deal.support, due_multiples(deal, due, k, t))
                for t in range(len(schedule.dates))
            ]
            for k in range(len(deal.tranches))
        ]
    )
    return _points(deal, schedule, due, "due", due.default_points, distance, probability)


def due_multiples(deal: Deal, due: DuePoints, k: int, t: int) -> dict[States, float]:
    """By set of payers alive: (default point - caps of those that cover the tranche) / asset value."""
    owned, owed = float(due.asset_values[t]), float(due.default_points[k, t])
    ranked = deal.by_rank
    ranks = {each.tranche: each.rank for each in ranked}
    found = {}
    for state in payer_states(deal.support):
        caps = [
            np.inf if line.cap is None else line.cap
            for line, alive in zip(deal.support, state, strict=True)
            if alive and ranks[line.covers] >= ranked[k].rank
        ]
        left = max(owed - sum(caps), 0.0)
        found[state] = left / owned if owned > 0.0 else (np.inf if left > 0.0 else 0.0)
    return found


def waterfall_terms(deal: Deal, schedule: Schedule, due: DuePoints) -> list[TermPoint]:
    """The `waterfall` reading at every payment date."""
    scans = {state: MultipleScan(deal, schedule, payers_alive=state) for state in payer_states(deal.support)}
    none = next(iter(scans))
    by_state = {
        state: np.array([[each.multiple for each in line] for line in scan.break_evens_by_date()])
        for state, scan in scans.items()
    }
    distance, _ = tail(deal.model, 1.0, by_state[none])
    probability = np.array(
        [
            [
                supported_probability(deal.model, deal.support, {state: q[k, t] for state, q in by_state.items()})
                for t in range(len(schedule.dates))
            ]
            for k in range(len(deal.tranches))
        ]
    )
    collected = float(scans[none].expected.sum())
    # No multiple of nothing pays: the default point is out of reach.
    points = by_state[none] * collected if collected > 0.0 else np.full_like(by_state[none], np.inf)
    return _points(deal, schedule, due, "waterfall", points, distance, probability)


def exact_terms(deal: Deal, schedule: Schedule, due: DuePoints, exact: ExactDefault) -> list[TermPoint]:
    """Every set of licensees in default at every payment date."""
    distance = -special.ndtri(np.clip(exact.by_date, 0.0, 1.0))
    return _points(deal, schedule, due, "exact", due.default_points, distance, exact.by_date)


def _points(
    deal: Deal,
    schedule: Schedule,
    due: DuePoints,
    reading: str,
    points: Floats,
    distance: Floats,
    probability: Floats,
) -> list[TermPoint]:
    cumulative = np.maximum.accumulate(probability, axis=1)
    forward = np.diff(cumulative, axis=1, prepend=0.0)
    return [
        TermPoint(
            date=date,
            time=float(schedule.times[i]),
            tranche=each.tranche,
            reading=reading,
            asset_value=float(due.asset_values[i]),
            default_point=float(points[k, i]),
            distance_to_default=float(distance[k, i]),
            probability_of_default=float(cumulative[k, i]),
            forward_pd=float(forward[k, i]),
        )
        for k, each in enumerate(deal.by_rank)
        for i, date in enumerate(schedule.dates)
    ]
