"""The waterfall: cash available at each payment date, paid down a list of steps.

    available(t) = collections(t) + reserve(t - 1)
    each step in order: paid = min(due, what is left)
    available(t) = sum of paid over the steps, the reserve's own step being what stays in the account

The order of payment is data. Unpaid fees and interest are carried without interest on them.
Vectorised over paths; one pass over the payment dates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kmv_core.deal.deal import Deal, Tranche
from kmv_core.deal.schedule import Schedule
from kmv_core.vocabulary.checks import Floats

StepKind = Literal["fee", "interest", "reserve", "principal", "fixed_return", "residual"]

REPAID_TOLERANCE = 1e-9
"""Of the issue size: with less interest a year than this outstanding, the reserve is released."""
PAID_TOLERANCE = 1e-12
"""Of the tranche's size: rounding of the arithmetic is below it, one cent of a billion is not."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the order of payment: what is paid, and to whom (a fee's or a tranche's name)."""

    kind: StepKind
    payee: str = ""


@dataclass(frozen=True, slots=True)
class Waterfall:
    """What was due and paid. Arrays are [line, path, payment date] unless said otherwise."""

    steps: tuple[Step, ...]
    tranches: tuple[Tranche, ...]
    """By rank: the order of the lines of `outstanding`."""
    collections: Floats
    """[path, payment date]."""
    due: Floats
    """By step."""
    paid: Floats
    """By step."""
    outstanding: Floats
    """By tranche, after the payment."""
    reserve: Floats
    """Balance after the payment, [path, payment date]."""
    reserve_initial: float

    def step(self, kind: StepKind, payee: str = "") -> int:
        """The index of a step; -1 where the order has none."""
        wanted = Step(kind, payee)
        return self.steps.index(wanted) if wanted in self.steps else -1

    def shortfall(self, kind: StepKind, payee: str) -> Floats:
        """Due less paid of a step, [path, payment date]; zeros where the order has none."""
        at = self.step(kind, payee)
        if at < 0:
            return np.zeros_like(self.collections)
        short: Floats = self.due[at] - self.paid[at]
        return short

    def imbalance(self) -> Floats:
        """Cash in less cash out, [path, payment date]; zero but for rounding."""
        opening = np.concatenate([np.full((len(self.reserve), 1), self.reserve_initial), self.reserve[:, :-1]], axis=1)
        gap: Floats = self.collections + opening - self.paid.sum(axis=0)
        return gap


def standard_order(deal: Deal) -> tuple[Step, ...]:
    """Fees, interest by rank, reserve, principal by rank, fixed returns by rank, the rest to the last tranche."""
    ranked = deal.by_rank
    steps = [Step("fee", each.fee) for each in deal.fees]
    steps += [Step("interest", each.tranche) for each in ranked if each.coupon > 0.0]
    if deal.reserve.reserve_multiple > 0.0 or deal.reserve.reserve_initial > 0.0:
        steps.append(Step("reserve"))
    steps += [Step("principal", each.tranche) for each in ranked]
    steps += [Step("fixed_return", each.tranche) for each in ranked if each.fixed_return > 0.0]
    return (*steps, Step("residual", ranked[-1].tranche))


def run_waterfall(
    deal: Deal, schedule: Schedule, collections: Floats, *, order: Sequence[Step] | None = None
) -> Waterfall:
    """Pay `collections` ([path, payment date], money) down the order of payment.

    Every step's amount due: a fee by its basis; interest coupon x accrual x outstanding; reserve target
    multiple x (next interest + next fees not charged on collections), none at the last date or once no
    coupon-bearing note is outstanding (to 1e-9 of the issue size in yearly interest); principal all that is outstanding (pass-through); fixed return simple on
    the outstanding balance; residual whatever is left.
    """
    run = _Run(deal, schedule, np.atleast_2d(np.asarray(collections, dtype=np.float64)))
    steps = tuple(order) if order is not None else standard_order(deal)
    return run.pay(steps)


class _Run:
    """The state of the notes while the dates go by; one column entry a path."""

    def __init__(self, deal: Deal, schedule: Schedule, collections: Floats) -> None:
        self.deal, self.schedule, self.collections = deal, schedule, collections
        self.ranked = deal.by_rank
        self.row = {each.tranche: i for i, each in enumerate(self.ranked)}
        self.fees = {each.fee: each for each in deal.fees}
        self.coupons = np.array([[each.coupon] for each in self.ranked], dtype=np.float64)
        paths = len(collections)
        self.outstanding = np.repeat(
            np.array([[each.balance] for each in self.ranked], dtype=np.float64), paths, axis=1
        )
        self.reserve = np.full(paths, float(deal.reserve.reserve_initial))
        self.opening = self.outstanding.copy()
        self.arrears: dict[Step, Floats] = {}
        self.least_interest = REPAID_TOLERANCE * deal.issue_size
        self.date = 0
        self.dues: dict[StepKind, Callable[[Step], Floats | float]] = {
            "fee": self._fee,
            "interest": lambda step: self._accrued(step, self.ranked[self.row[step.payee]].coupon),
            "fixed_return": lambda step: self._accrued(step, self.ranked[self.row[step.payee]].fixed_return),
            "reserve": lambda _: self._reserve_target(),
            "principal": lambda step: self.outstanding[self.row[step.payee]],
        }

    def pay(self, steps: tuple[Step, ...]) -> Waterfall:
        paths, periods = self.collections.shape
        due = np.zeros((len(steps), paths, periods))
        paid = np.zeros_like(due)
        outstanding = np.zeros((len(self.ranked), paths, periods))
        reserve = np.zeros((paths, periods))
        for self.date in range(periods):
            left = self.collections[:, self.date] + self.reserve
            self.reserve = np.zeros(paths)
            self.opening = self.outstanding.copy()
            for i, step in enumerate(steps):
                owed = left if step.kind == "residual" else self.dues[step.kind](step) + self.arrears.get(step, 0.0)
                amount = np.minimum(owed, left)
                left = left - amount
                due[i, :, self.date], paid[i, :, self.date] = owed, amount
                if step.kind == "principal":
                    self.outstanding[self.row[step.payee]] = owed - amount
                elif step.kind == "reserve":
                    self.reserve = amount
                elif step.kind != "residual":
                    self.arrears[step] = owed - amount
            outstanding[:, :, self.date] = self.outstanding
            reserve[:, self.date] = self.reserve
        return Waterfall(
            steps, self.ranked, self.collections, due, paid, outstanding, reserve, self.deal.reserve.reserve_initial
        )

    def _fee(self, step: Step) -> Floats | float:
        fee, accrual = self.fees[step.payee], float(self.schedule.accruals[self.date])
        if fee.basis == "collections":
            charged: Floats = fee.rate * self.collections[:, self.date]
            return charged
        if fee.basis == "outstanding":
            yearly: Floats = fee.rate * accrual * self.opening.sum(axis=0)
            return yearly
        return fee.rate * accrual

    def _accrued(self, step: Step, rate: float) -> Floats:
        accrued: Floats = rate * float(self.schedule.accruals[self.date]) * self.opening[self.row[step.payee]]
        return accrued

    def _reserve_target(self) -> Floats | float:
        if self.date + 1 >= self.collections.shape[1]:
            return 0.0
        accrual = float(self.schedule.accruals[self.date + 1])
        interest = (self.coupons * self.opening).sum(axis=0) * accrual
        yearly = sum(fee.rate for fee in self.deal.fees if fee.basis == "outstanding") * self.opening.sum(axis=0)
        fixed = sum(fee.rate for fee in self.deal.fees if fee.basis == "fixed")
        target: Floats = self.deal.reserve.reserve_multiple * (interest + (yearly + fixed) * accrual)
        return np.where(interest > self.least_interest * accrual, target, 0.0)
