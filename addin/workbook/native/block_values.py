"""What stands in the cells of a block: the core's run, and the parts of its amounts that a run does not keep.

The core keeps what is due and paid in all; sheets show it order by order, line of support by line of support, and
what steps are owed while an order leaves them out. These parts follow from the run's amounts.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from addin.workbook.native.block_plan import OF_PRINCIPAL, Plan
from kmv_core.deal.order import Step
from kmv_core.deal.waterfall import PAID_TOLERANCE, Waterfall
from kmv_core.vocabulary.checks import Floats


class Values:
    """Lines over the payment dates of the one path of a run."""

    def __init__(self, plan: Plan, run: Waterfall) -> None:
        self.plan, self.run, self.payments = plan, run, plan.payments
        self.collections: Floats = run.collections[0]
        self.opening: Floats = np.concatenate([self.payments.sizes[:, None], run.outstanding[:, 0, :-1]], axis=1)
        self.opening_account = np.concatenate([[run.reserve_initial], run.reserve[0, :-1]])
        self.available: Floats = self.collections + self.opening_account
        self.in_force = [np.asarray(run.order_index[0] == o, dtype=np.float64) for o in range(len(plan.orders))]
        self.called: Floats = run.called[:, 0]
        self.call = np.asarray(self.called.sum(axis=0) > 0.0, dtype=np.float64)
        self.called_before = _before(np.cumsum(self.call))
        self.interest_owed: Floats = self.payments.interest * self.opening + _before(run.interest_short[:, 0])

    def index(self, step: Step) -> int:
        return self.run.steps.index(step)

    def paid(self, step: Step) -> Floats:
        """From cash and support."""
        return np.asarray(self.run.paid[self.index(step), 0])

    def has(self, step: Step) -> Floats:
        """1 where the order in force has the step."""
        return np.asarray(sum(self.in_force[o] for o in self.plan.having(step)))

    def due(self, order: int, step: Step) -> Floats:
        """As it is shown: interest and returns as they are owed, whatever order is in force."""
        if step.kind == "interest":
            return np.asarray(self.interest_owed[self.row(step.payee)])
        if step.kind == "fixed_return":
            return self.returns[step][0]
        due: Floats = self.run.due[self.index(step), 0]
        return np.asarray(due * self.in_force[order]) if self.plan.is_own(step) else due

    def row(self, name: str) -> int:
        return self.plan.names.index(name)

    @cached_property
    def returns(self) -> dict[Step, tuple[Floats, Floats]]:
        """Fixed returns owed and left unpaid."""
        found = {}
        for step in self.run.steps:
            if step.kind == "fixed_return":
                earned = self.payments.returns[self.row(step.payee)] * self.opening[self.row(step.payee)]
                owed, unpaid = np.zeros_like(earned), np.zeros_like(earned)
                carried = 0.0
                for t, paid in enumerate(self.paid(step)):
                    owed[t] = earned[t] + carried
                    unpaid[t] = carried = owed[t] - paid
                found[step] = owed, unpaid
        return found

    def arrears(self, step: Step) -> Floats:
        """What a fee or return that some order leaves out is still owed."""
        if step.kind == "fixed_return":
            return self.returns[step][1]
        short: Floats = self.run.due[self.index(step), 0] - self.paid(step)
        has, unpaid, carried = self.has(step), np.zeros(len(short)), 0.0
        for t in range(len(short)):
            unpaid[t] = carried = float(short[t]) if has[t] else carried
        return unpaid

    def cash(self, order: int, step: Step) -> Floats:
        """Paid from cash in one order."""
        at = self.index(step)
        amounts: Floats = (self.run.paid[at, 0] - self.run.supported[at, 0]) * self.in_force[order]
        return amounts

    def order_available(self, order: int) -> Floats:
        return self.available * self.in_force[order]

    def left(self, order: int, number: int) -> Floats:
        """Cash left before a level."""
        left = self.order_available(order)
        for level in self.plan.orders[order][:number]:
            for line in level:
                left = left - self.cash(order, line.step)
        return left

    def level_total(self, order: int, number: int) -> Floats:
        return np.asarray(sum(self.due(order, line.step) for line in self.plan.orders[order][number]))

    def level_share(self, order: int, number: int) -> Floats:
        least = PAID_TOLERANCE * self.payments.deal.issue_size
        left = self.left(order, number)
        share: Floats = np.minimum(1.0, left / np.maximum(self.level_total(order, number), least))
        return np.where(left > least, share, 0.0)

    def remaining(self, order: int, step: Step) -> Floats:
        """Principal outstanding before a level, by what its own order has paid."""
        left = self.opening.sum(axis=0)
        for level in self.plan.orders[order]:
            if any(line.step == step for line in level):
                break
            for line in level:
                if line.step.kind in OF_PRINCIPAL:
                    left = left - self.paid(line.step) * self.in_force[order]
        return np.asarray(left)

    def short(self, order: int, step: Step) -> Floats:
        """What support is called for."""
        at = self.index(step)
        due, cash = self.run.due[at, 0], self.cash(order, step)
        if self.fallen(step):
            due = np.maximum(due - self.payments.fall_due[self.row(step.payee)], cash)
        gap: Floats = np.maximum(due - cash, 0.0) * self.in_force[order]
        return gap

    def fallen(self, step: Step) -> bool:
        """Whether support pays less than what the step is due: principal next in line that has not fallen due."""
        if step.kind == "all_principal":
            return True
        return step.kind == "principal" and self.payments.pass_through[self.row(step.payee)]

    @cached_property
    def draws(self) -> dict[tuple[int, int, Step], Floats]:
        """By line of support, order and step: each line pays in turn as far as its cap goes."""
        periods = len(self.collections)
        found = {place: np.zeros(periods) for place in self.plan.draw}
        caps = [np.inf if each.cap is None else each.cap for each in self.payments.deal.support]
        left = [cap if on else 0.0 for cap, on in zip(caps, self.plan.alive, strict=True)]
        for t in range(periods):
            order = int(self.run.order_index[0, t])
            for line in self.plan.lines(order):
                wanted = float(self.run.supported[self.index(line.step), 0, t])
                for i in line.supports:
                    drawn = min(wanted, left[i])
                    wanted, left[i] = wanted - drawn, left[i] - drawn
                    found[i, order, line.step][t] = drawn
        return found

    @cached_property
    def outstanding_before_call(self) -> Floats:
        """Principal after the payment, in all."""
        return np.asarray(self.opening.sum(axis=0) - self._principal_paid())

    def _principal_paid(self) -> Floats:
        return np.asarray(sum(self.paid(step) for step in self.run.steps if step.kind in OF_PRINCIPAL))

    @cached_property
    def interest_unpaid_before_call(self) -> Floats:
        """Interest owed after the payment, in all."""
        paid: Floats = np.zeros_like(self.collections)
        for step in self.run.steps:
            if step.kind == "interest":
                paid = paid + self.paid(step)
        return np.asarray(self.interest_owed.sum(axis=0) - paid)

    def in_arrears(self, name: str) -> Floats:
        k = self.row(name)
        worst = np.maximum(self.run.interest_short[k, 0], self.run.principal_short[k, 0])
        return np.asarray(worst > PAID_TOLERANCE * self.payments.sizes[k], dtype=np.float64)


def _before(values: Floats) -> Floats:
    """Each value one date later, 0 at the first."""
    return np.concatenate([np.zeros_like(values[..., :1]), values[..., :-1]], axis=-1)
