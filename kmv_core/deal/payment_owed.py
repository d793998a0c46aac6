"""What every line of the order of payment is owed on a date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kmv_core.deal.payment_state import Date, State
from kmv_core.vocabulary.checks import Floats

if TYPE_CHECKING:
    from kmv_core.deal.payments import Line, Payments


class Owed:
    """What falls due, from the notes and accounts as they stand; arrays are [path]."""

    def __init__(self, deal: Payments) -> None:
        self.deal = deal

    def line(self, line: Line, now: Date, state: State, left: Floats) -> Floats:
        """What a line is owed; `left` is the cash that has come down to it."""
        kind, row = line.kind, line.row
        if kind == "interest":
            return state.interest[row]
        if kind == "principal":
            return self._principal(row, now, state)
        if kind == "fee":
            return np.asarray(self.fee(row, now, state))
        if kind == "reserve":
            return self._reserve_target(now, state)
        if kind == "all_principal":
            return state.outstanding[row]
        if kind == "fixed_return":
            return state.returns[row]
        if kind == "reward":
            share: Floats = self.deal.deal.structure.servicer_reward * left
            return share
        if kind == "retain":
            some = np.zeros(left.shape, dtype=bool)
            for each, tolerance in zip(state.outstanding, self.deal.tolerances, strict=True):
                some |= each > tolerance
            return np.where(some & (now.t + 1 < self.deal.periods), left, 0.0)
        return left

    def _principal(self, row: int, now: Date, state: State) -> Floats:
        owing = state.outstanding[row]
        if self.deal.pass_through[row] or owing is state.zeros:
            return owing
        fallen: Floats = np.maximum(owing - self.deal.fall_due[row, now.t], 0.0)
        return fallen

    def fee(self, row: int, now: Date, state: State) -> Floats | float:
        """The fee of this date and what is carried of it."""
        basis, amount = self.deal.fees_at[now.t][row]
        due: Floats | float = amount
        if basis == "collections":
            due = amount * now.cash
        elif basis == "outstanding":
            due = amount * now.total
        elif now.open is not None:
            # A call ends the deal: no fee falls due after it.
            due = np.where(now.open, amount, 0.0)
        carried = state.fees[row]
        return due if carried is state.zeros else due + carried

    def _reserve_target(self, now: Date, state: State) -> Floats:
        deal, t = self.deal, now.t
        if t + 1 >= deal.periods:
            return state.zeros
        interest: Floats | None = None
        for k, rate in deal.interest_at[t + 1]:
            each = now.opening[k]
            if each is not state.zeros:
                coupon = rate * each
                interest = coupon if interest is None else np.add(interest, coupon, out=interest)
        if interest is None:
            return state.zeros
        owing = interest > deal.least_interest * float(deal.schedule.fractions[t + 1])
        target, costs, reserve = interest, deal.costs[t + 1], deal.deal.reserve
        if costs:
            target += costs
        if deal.yearly_fees > 0.0:
            target += (deal.yearly_fees * deal.accruals[t + 1]) * now.total
        if reserve.reserve_multiple != 1.0:
            target *= reserve.reserve_multiple
        if reserve.reserve_floor > 0.0:
            np.maximum(target, reserve.reserve_floor, out=target)
        if np.count_nonzero(owing) < len(owing):
            target *= owing
        return target
