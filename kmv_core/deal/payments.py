"""The waterfall at work: cash available at each payment date, paid down an order of payment.

    available(t) = collections(t) + account(t - 1)
    each level in order: paid = due x min(1, what is left / due of the level)
    available(t) + support(t) = sum of paid over the steps; what reserve and retention keep is account(t)

Due at a step: a fee by its basis; interest rate x year fraction x outstanding; reserve target
max(multiple x (next interest + next fees not charged on collections), floor), both on what is outstanding before the
payment (principal comes after the reserve), none at the last date or once no
coupon-bearing note is outstanding (to 1e-9 of the issue size in yearly interest); principal all that is outstanding
(pass-through) or what has fallen due (scheduled); retention all that is left while a note is outstanding; fixed
return simple on the outstanding balance; the servicer's reward its share of what is left; residual the rest.
Unpaid fees, interest and returns are carried without interest on them.

Clean-up call, after a payment date before the last: all notes are redeemed for the principal outstanding and the
interest owed, where the principal is at most call_share x issue and the collections to come are at least
call_cover x that price. The pool is then the caller's and no fee falls due; the account, which is not sold with the
pool and not counted in the cover, is paid out by the order at the next date.

Vectorised over paths; one pass over the payment dates. A deal is compiled once and run many times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kmv_core.deal.deal import Deal, Fee, StepKind
from kmv_core.deal.order import OF_TRANCHES, Step, has_reserve, orders_of
from kmv_core.deal.payment_run import Booleans, CollectionsByDate, Run, Tests
from kmv_core.deal.schedule import Schedule, coupon_rates, fees_due, shares_due
from kmv_core.deal.triggers import Triggers
from kmv_core.deal.waterfall import PAID_TOLERANCE, Waterfall
from kmv_core.vocabulary.checks import Floats

REPAID_TOLERANCE = 1e-9
"""Of the issue size: with less interest a year than this outstanding, the reserve is released."""


def run_waterfall(
    deal: Deal, schedule: Schedule, collections: Floats, *, payers_alive: Sequence[bool] | None = None
) -> Waterfall:
    """Pay `collections` ([path, payment date], money) down the deal's order of payment.

    `payers_alive` says of each line of support whether it pays, on all paths alike; none pays where it is left out.
    """
    return Payments(deal, schedule).run(collections, payers_alive=payers_alive)


@dataclass(frozen=True, slots=True)
class Line:
    """A step compiled: its place in the record and the tranche, fee or support it speaks of."""

    index: int
    step: Step
    row: int
    supports: tuple[int, ...]
    kind: StepKind
    keeps: bool
    """What it is paid stays in the account."""


class Payments:
    """A deal compiled: all that does not change with the cash."""

    is_stack = False
    """Whether balances and rates differ from path to path (kmv_core.deal.stacked)."""

    def __init__(self, deal: Deal, schedule: Schedule) -> None:
        self.deal, self.schedule = deal, schedule
        self.ranked = deal.by_rank
        self.periods = len(schedule.dates)
        self.sizes = np.array([each.balance for each in self.ranked], dtype=np.float64)
        self.tolerances = PAID_TOLERANCE * self.sizes
        self.rates = coupon_rates(deal, schedule)
        self.interest = self.rates * schedule.fractions
        self.returns = np.array([[each.fixed_return] for each in self.ranked]) * schedule.fractions
        self.fall_due = self.sizes[:, None] * (1.0 - shares_due(deal, schedule))
        """[tranche, payment date]: what may still be outstanding."""
        self.pass_through = [each.repayment == "pass_through" for each in self.ranked]
        self.least_interest = REPAID_TOLERANCE * deal.issue_size
        self.scheduled_fees = {
            each.fee: fees_due(deal, schedule, each.fee) for each in deal.fees if each.basis == "scheduled"
        }
        self.yearly_fees = sum(fee.rate for fee in deal.fees if fee.basis == "outstanding")
        fixed = sum(fee.rate for fee in deal.fees if fee.basis == "fixed")
        # Plain numbers by payment date: every path pays by them.
        self.interest_at, self.returns_at = _by_date(self.interest), _by_date(self.returns)
        self.accruals = schedule.accruals.tolist()
        self.costs = [
            fixed * accrual + sum(float(due[t]) for due in self.scheduled_fees.values())
            for t, accrual in enumerate(self.accruals)
        ]
        """Fees that depend on nothing."""
        self.fees_at = [[(each.basis, self._fee(each, t)) for each in deal.fees] for t in range(self.periods)]
        """[payment date][fee]: what it is charged on, and the amount or the share of it."""
        self.orders = orders_of(deal)
        self.steps = tuple(dict.fromkeys(step for levels in self.orders.values() for level in levels for step in level))
        compiled = [[[self._line(step) for step in level] for level in levels] for levels in self.orders.values()]
        self.levels = compiled
        """[order][level]: the lines of each, as orders_of has them."""
        self.lines = [[[level] for level in levels] for levels in compiled]
        """[order][group][level]: what is recorded is paid level by level."""
        self.tested = [_groups(_that_matter(levels)) for levels in compiled]
        """The same where only the tests count: runs of fees and interest together, nothing after the last note."""
        ranks = np.array([each.rank for each in self.ranked])
        self.before = (ranks[None, :] < ranks[:, None]) | np.eye(len(ranks), dtype=bool)
        """[tranche, tranche]: whose failure is the row's own: its own and that of all ranking before."""
        self.last = [schedule.index_of(each.expected_maturity) for each in self.ranked]
        self.releases = _releases(deal)
        """Whether a reserve that is released may pass by a note that is not yet due."""
        self.turns = can_turn(deal)
        """Whether cash can turn to another on the way, so that more of it could hurt."""
        self.triggers = Triggers(deal, schedule, list(self.orders)) if deal.triggers else None

    def _fee(self, fee: Fee, t: int) -> float:
        if fee.basis == "scheduled":
            return float(self.scheduled_fees[fee.fee][t])
        return fee.rate if fee.basis == "collections" else fee.rate * self.accruals[t]

    def _line(self, step: Step) -> Line:
        row = -1
        covered = -1
        if step.kind in OF_TRANCHES:
            row = next(i for i, each in enumerate(self.ranked) if each.tranche == step.payee)
            covered = self.ranked[row].rank
        elif step.kind == "fee":
            row = next(i for i, each in enumerate(self.deal.fees) if each.fee == step.payee)
            covered = 0
        supports = tuple(
            i
            for i, each in enumerate(self.deal.support)
            if step.kind in ("fee", "interest", "principal", "all_principal")
            and covered <= next(one.rank for one in self.ranked if one.tranche == each.covers)
        )
        return Line(self.steps.index(step), step, row, supports, step.kind, step.kind in ("reserve", "retain"))

    def run(self, collections: Floats, *, payers_alive: Sequence[bool] | None = None) -> Waterfall:
        """Every amount of a run on `collections` [path, payment date], money."""
        return Run(
            self, np.atleast_2d(np.asarray(collections, dtype=np.float64)).T, payers_alive, keep=True
        ).waterfall()

    def tests(
        self,
        collections: Floats | CollectionsByDate,
        *,
        payers_alive: Sequence[bool] | Booleans | None = None,
        by_date: bool = False,
    ) -> Tests:
        """What became of every tranche on `collections` [payment date, path], money: no amount is kept.

        `payers_alive` says of each line of support whether it pays: on all paths alike, or [line, path].
        """
        return Run(self, collections, payers_alive, keep=False, by_date=by_date).tests()


def can_turn(deal: Deal) -> bool:
    """Whether cash can turn to another on the way, so that more of it could hurt."""
    return bool(deal.triggers) or deal.structure.call_share > 0.0 or _releases(deal)


def _releases(deal: Deal) -> bool:
    passes = all(each.repayment == "pass_through" for each in deal.tranches)
    return has_reserve(deal) and (bool(deal.order) or not passes)


Levels = list[list[Line]]
Rates = list[list[tuple[int, Any]]]
"""[payment date]: the tranches that bear something, each with its rate; a number, or [path] in a stack of deals."""


def _by_date(rates: Floats) -> Rates:
    return [[(k, rate) for k, rate in enumerate(line) if rate != 0.0] for line in rates.T.tolist()]


_AFTER_THE_NOTES = ("fixed_return", "reward", "residual")


def _that_matter(levels: Levels) -> Levels:
    """Without the last levels, which take what no note and no account is waiting for."""
    last = max(i for i, level in enumerate(levels) if any(each.step.kind not in _AFTER_THE_NOTES for each in level))
    return levels[: last + 1]


def _groups(levels: Levels) -> list[Levels]:
    """Levels of one fee or one interest each that follow one another, in one group; any other level alone."""
    groups: list[Levels] = []
    plain = False
    for level in levels:
        before, plain = plain, len(level) == 1 and level[0].step.kind in ("fee", "interest")
        if before and plain:
            groups[-1].append(level)
        else:
            groups.append([level])
    return groups
