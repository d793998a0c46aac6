"""Accumulated repayment against what has fallen due, payment date by payment date: the second thesis' table.

    DD(t) = [ln(A(t) / D(t)) - s^2 / 2] / s,    PD(t) = N(-DD(t))

A(t) are expected collections to date and the initial reserve, D(t) fees, interest and principal due to the tranche and
everything ranking before it by then (the `due` reading), s the deal's total volatility, the same at every date. That
is the pool alone, date by date: no payer of support, no running maximum. Beside it stands the chance of having failed
by then: exact for licences, else through the waterfall, support included.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np

from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.default_point import principal_due
from kmv_core.risk.assess import Assessment
from kmv_core.risk.tails import tail


@dataclass(frozen=True, slots=True, kw_only=True)
class AccumulatedPoint:
    """One tranche at one payment date, money unless said otherwise."""

    date: dt.date
    time: float
    """Years from closing."""
    tranche: str
    collections: float
    """Expected in the period."""
    accumulated: float
    """Expected to date."""
    fees_due: float
    """In the period."""
    interest_due: float
    """In the period, to the tranche and everything ranking before it."""
    principal_due: float
    """In the period, likewise."""
    cumulative_due: float
    """D: fees, interest and principal due to date."""
    asset_value: float
    """A: accumulated, and the initial reserve."""
    distance_to_default: float
    """Lognormal, as in the thesis; inf where nothing is due yet."""
    probability_of_default: float
    """N(-DD): the thesis' figure for the date."""
    waterfall_pd: float
    """Failed by then, through the waterfall; never falls."""
    exact_pd: float | None
    """Failed by then, every set of licensees in default; None where there is no exact reading."""


def accumulated_repayment(assessment: Assessment) -> tuple[AccumulatedPoint, ...]:
    """The table of every tranche by rank, date by date (see the module).

    Principal of a pass-through tranche falls due at its expected maturity. Fees, interest and principal of the periods
    add up to the cumulative amount due.
    """
    deal, schedule, due = assessment.deal, assessment.schedule, assessment.due_points
    model = replace(deal.model, form="lognormal")
    distance, probability = tail(model, due.asset_values, due.default_points)
    # Without a clean-up call, as the reading counts it.
    cash = expected_collections(deal, schedule)
    accumulated = np.cumsum(cash)
    ranks = np.array([each.rank for each in deal.by_rank])
    principal = principal_due(deal, schedule)
    points = []
    for k, each in enumerate(deal.by_rank):
        mine = ranks <= ranks[k]
        interest_to_date, principal_to_date = due.interest[mine].sum(axis=0), principal[mine].sum(axis=0)
        owed = due.default_points[k]
        interest, repaid, total = (np.diff(line, prepend=0.0) for line in (interest_to_date, principal_to_date, owed))
        waterfall, exact = assessment.terms(each.tranche, "waterfall"), assessment.terms(each.tranche, "exact")
        for t, date in enumerate(schedule.dates):
            points.append(
                AccumulatedPoint(
                    date=date,
                    time=float(schedule.times[t]),
                    tranche=each.tranche,
                    collections=float(cash[t]),
                    accumulated=float(accumulated[t]),
                    fees_due=max(float(total[t] - interest[t] - repaid[t]), 0.0),
                    interest_due=float(interest[t]),
                    principal_due=float(repaid[t]),
                    cumulative_due=float(owed[t]),
                    asset_value=float(due.asset_values[t]),
                    distance_to_default=float(distance[k, t]),
                    probability_of_default=float(probability[k, t]),
                    waterfall_pd=waterfall[t].probability_of_default,
                    exact_pd=exact[t].probability_of_default if exact else None,
                )
            )
    return tuple(points)
