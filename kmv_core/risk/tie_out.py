"""Our waterfall against the trustee's report: what was due, what we say was paid, what the trustee says was paid.

    difference = trustee - ours;   agrees where |difference| <= tolerance

Collections are those reported, the future as forecast (a clean-up call looks at it). A payment by a clean-up call is
part of the principal and interest paid. Payments are made per 100 of face, rounded to the cent: the tolerance is that
cent on the whole tranche unless another is given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.schedule import schedule_of
from kmv_core.deal.waterfall import Waterfall
from kmv_core.risk.reports import ITEMS, Report, collected_by_date, payment_index
from kmv_core.vocabulary.checks import Floats, as_floats, checked, common_shape
from kmv_core.vocabulary.errors import KmvError, problem, raise_errors

CENT = 1e-4
"""A cent per 100 of face, as a share of the tranche."""
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class TieOut:
    """One figure of one tranche at one payment date, money."""

    date: dt.date
    tranche: str
    item: str
    """principal_paid, interest_paid or outstanding."""
    due: float
    """nan for principal that is passed through as it comes, and for a balance."""
    ours: float
    trustee: float
    difference: float
    tolerance: float
    agrees: bool


def tie_out(*, ours: ArrayLike, trustee: ArrayLike, tolerance: ArrayLike = 0.01) -> tuple[Floats, NDArray[np.bool_]]:
    """Difference (trustee - ours) and whether it is within the tolerance; any shapes that broadcast, money.

    Raises KmvError E378 for shapes that do not fit, E212, E226 for what is no number or a negative tolerance.

    >>> tie_out(ours=[100.0, 5.0], trustee=[100.004, 4.9])
    (array([ 0.004, -0.1  ]), array([ True, False]))
    """
    given = as_floats(ours=ours, trustee=trustee)
    limit = checked(tolerance=tolerance)["tolerance"]
    for name, values in given.items():
        if not np.isfinite(values).all():
            raise KmvError(
                problem("E212", name=name, name_zh={"ours": "本方数", "trustee": "受托方数"}[name], found="nan")
            )
    try:
        common_shape(**given, tolerance=limit)
    except KmvError as error:
        raise KmvError(problem("E378", found=error.problems[0].en)) from None
    difference: Floats = given["trustee"] - given["ours"]
    # A difference that equals the tolerance but for the arithmetic's own rounding agrees.
    slack = _ROUNDING * np.maximum(np.abs(given["ours"]), np.abs(given["trustee"]))
    # Rounded to what doubles of that size can tell apart.
    return np.where(np.abs(difference) <= slack, 0.0, difference), np.abs(difference) <= limit + slack


def tie_out_deal(deal: Deal, reports: Sequence[Report], *, tolerance: float | None = None) -> tuple[TieOut, ...]:
    """Every figure the trustee reported of a tranche beside our own; no payer of support pays.

    `tolerance` in money counts for every figure; a cent per 100 of face of each tranche if None. Paid figures of one
    payment date are added up, of balances the last counts. Raises KmvError with the deal's problems, E353, E354 for
    the dates, E226 for the tolerance.
    """
    raise_errors(deal_problems(deal))
    schedule = schedule_of(deal)
    received = collected_by_date(deal, schedule, reports)
    cash = MultipleScan(deal, schedule).expected.copy()
    cash[: len(received)] = received
    scan = MultipleScan(deal, schedule, payers_alive=[False] * len(deal.support))
    run = scan.payments.run(cash[None, :], payers_alive=[False] * len(deal.support))
    said: dict[tuple[int, str, str], float] = {}
    for each in sorted(reports, key=lambda report: report.date):
        at = payment_index(deal, schedule, each.date)
        for (tranche, item), amount in each.tranches.items():
            before = said.get((at, tranche, item), 0.0) if item != "outstanding" else 0.0
            said[at, tranche, item] = before + amount
    rows = []
    for at, date in enumerate(schedule.dates[: len(received)]):
        for k, one in enumerate(deal.by_rank):
            figures = _figures(run, k, at)
            for item in ITEMS:
                if (at, one.tranche, item) not in said:
                    continue
                trustee, (due, ours) = said[at, one.tranche, item], figures[item]
                limit = CENT * one.balance if tolerance is None else tolerance
                difference, agrees = tie_out(ours=ours, trustee=trustee, tolerance=limit)
                rows.append(
                    TieOut(
                        date=date,
                        tranche=one.tranche,
                        item=item,
                        due=due,
                        ours=ours,
                        trustee=trustee,
                        difference=float(difference),
                        tolerance=limit,
                        agrees=bool(agrees),
                    )
                )
    return tuple(rows)


def _figures(run: Waterfall, k: int, at: int) -> dict[str, tuple[float, float]]:
    """Due and paid of a tranche at a payment date, by item."""
    one = run.tranches[k]
    before = one.balance if at == 0 else float(run.outstanding[k, 0, at - 1])
    after = float(run.outstanding[k, 0, at])
    called = float(run.called[k, 0, at])
    interest = [run.step("interest", one.tranche)]
    principal = [run.step("principal", one.tranche), run.step("all_principal", one.tranche)]
    interest_due, interest_paid = (_sum(amounts, interest, at) for amounts in (run.due, run.paid))
    stepwise = _sum(run.paid, principal, at)
    return {
        "principal_paid": (
            _sum(run.due, principal, at) if one.repayment == "scheduled" else np.nan,
            before - after,
        ),
        # What a call pays beyond principal is interest owed.
        "interest_paid": (interest_due, interest_paid + called - (before - after - stepwise)),
        "outstanding": (np.nan, after),
    }


def _sum(amounts: Floats, steps: Sequence[int], at: int) -> float:
    return float(sum(amounts[step, 0, at] for step in steps if step >= 0))
