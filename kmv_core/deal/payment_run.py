"""One run of the waterfall: the dates go by, and every path pays what it can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kmv_core.deal.payment_state import State
from kmv_core.deal.triggers import TriggerRun
from kmv_core.deal.waterfall import PAID_TOLERANCE, Waterfall
from kmv_core.vocabulary.checks import Floats

if TYPE_CHECKING:
    from kmv_core.deal.payments import Line, Payments

Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Tests:
    """What became of every tranche by rank; arrays end with [path]."""

    failed: Booleans
    """[test, path]: every tranche by legal maturity, then every tranche by its expected maturity."""
    lost: Floats
    """[tranche, path]: principal not returned by legal maturity, as a share of the tranche."""
    by_date: Booleans
    """[tranche, payment date, path]: failed by then, the expected maturity included; empty unless asked for."""
    regime: NDArray[np.uint64]
    """[path]: a number for orders in force, call, arrears and release of the reserve by date; one path's equals another's where
    they ran alike. All 0 where nothing can turn the cash."""


class Run:
    """One run; arrays inside are [line, payment date, path]."""

    def __init__(
        self,
        deal: Payments,
        collections: Floats,
        payers_alive: Sequence[bool] | None,
        *,
        keep: bool,
        by_date: bool = False,
    ) -> None:
        self.deal, self.keep = deal, keep
        periods, paths = collections.shape
        self.callable = deal.deal.structure.call_share > 0.0
        self.cash = collections.copy() if self.callable else np.ascontiguousarray(collections)
        zeros = np.zeros(paths)
        lines = deal.deal.support
        alive = [False] * len(lines) if payers_alive is None else payers_alive
        self.supported = any(alive)
        self.state = State(
            [np.full(paths, size) for size in deal.sizes],
            [zeros for _ in deal.ranked],
            [zeros for _ in deal.ranked],
            [zeros for _ in deal.deal.fees],
            np.full(paths, float(deal.deal.reserve.reserve_initial)),
            [
                np.full(paths, (np.inf if line.cap is None else line.cap) if on else 0.0)
                for line, on in zip(lines, alive, strict=True)
            ],
        )
        tranches = len(deal.ranked)
        self.arrears = np.zeros((tranches, paths), dtype=bool)
        self.missed = np.zeros((tranches, paths), dtype=bool)
        # A tranche whose expected maturity lies before the first payment stays late: nothing could repay it in time.
        self.late = np.ones((tranches, paths), dtype=bool)
        self.by_date = np.zeros((tranches, periods if by_date else 0, paths), dtype=bool)
        # Nothing is redeemed after a call; `ahead` is what is still to come on each path.
        self.ahead = np.cumsum(self.cash[::-1], axis=0)[::-1] if self.callable else self.cash
        self.open = np.ones(paths, dtype=bool)
        self.regime = np.zeros(paths, dtype=np.uint64)
        self.triggers = None if deal.triggers is None else TriggerRun(deal.triggers, paths)
        if keep:
            shape = (periods, paths)
            steps = len(deal.steps)
            self.due, self.paid = np.zeros((steps, *shape)), np.zeros((steps, *shape))
            self.from_support = np.zeros((steps if lines else 0, *shape))
            self.drawn = np.zeros((len(lines), *shape))
            self.outstanding = np.zeros((tranches, *shape))
            self.interest_short, self.principal_short = np.zeros_like(self.outstanding), np.zeros_like(self.outstanding)
            self.account = np.zeros(shape)
            self.called = np.zeros((tranches if self.callable else 0, *shape))
            self.order_index = np.zeros(shape, dtype=np.int8)
            groups = len(deal.deal.triggers)
            self.trigger_value = np.full((groups, *shape), np.nan)
            self.trigger_active = np.zeros((groups, *shape), dtype=bool)
        for t in range(periods):
            self._date(t)

    def _date(self, t: int) -> None:
        deal, state = self.deal, self.state
        cash = self.cash[t]
        if self.triggers is None:
            self._pay(deal.lines[0], t, state, cash, None)
        else:
            chosen = self.chosen = self.triggers.order_at(t, cash, self.arrears, self.open)
            for order in np.unique(chosen).tolist():
                at = np.flatnonzero(chosen == order)
                if len(at) == len(chosen):
                    self._pay(deal.lines[order], t, state, cash, None)
                else:
                    part = state.part(at)
                    self._pay(deal.lines[order], t, part, cash[at], at)
                    state.put(at, part)
            if self.keep:
                self.order_index[t] = chosen
                self.trigger_value[:, t], self.trigger_active[:, t] = self.triggers.values, self.triggers.active
        if self.callable and t + 1 < deal.periods:
            self._call(t)
        self._watch(t)
        if deal.turns:
            self._note_regime()

    def _pay(self, levels: list[list[Line]], t: int, state: State, cash: Floats, at: NDArray[np.intp] | None) -> None:
        """One date on the paths `at` (all where None), which `state` and `cash` hold."""
        opening = list(state.outstanding)
        self._accrue(t, state, opening)
        left = cash + state.account
        kept: Floats | None = None
        for level in levels:
            owed = [self._owed(line, t, state, opening, cash, left, at) for line in level]
            amounts, left = _share_out(owed, left)
            for line, due, amount in zip(level, owed, amounts, strict=True):
                paid = self._supported(line, t, state, due, amount, at) if self.supported else amount
                self._settle(line, state, due, paid)
                if line.step.kind in ("reserve", "retain"):
                    kept = amount if kept is None else kept + amount
                if self.keep:
                    self._write(self.due[line.index, t], at, due)
                    self._write(self.paid[line.index, t], at, paid)
        state.account = np.zeros_like(left) if kept is None else kept

    def _accrue(self, t: int, state: State, opening: list[Floats]) -> None:
        for k, outstanding in enumerate(opening):
            if self.deal.interest[k, t] != 0.0:
                state.interest[k] = self.deal.interest[k, t] * outstanding + state.interest[k]
            if self.deal.returns[k, t] != 0.0:
                state.returns[k] = self.deal.returns[k, t] * outstanding + state.returns[k]

    @staticmethod
    def _settle(line: Line, state: State, due: Floats, paid: Floats) -> None:
        kind, row = line.step.kind, line.row
        if kind == "fee":
            state.fees[row] = due - paid
        elif kind == "interest":
            state.interest[row] = due - paid
        elif kind in ("principal", "all_principal"):
            state.outstanding[row] = state.outstanding[row] - paid
        elif kind == "fixed_return":
            state.returns[row] = due - paid

    @staticmethod
    def _write(row: Floats, at: NDArray[np.intp] | None, values: Floats) -> None:
        if at is None:
            row[:] = values
        else:
            row[at] = values

    def _owed(
        self,
        line: Line,
        t: int,
        state: State,
        opening: list[Floats],
        cash: Floats,
        left: Floats,
        at: NDArray[np.intp] | None,
    ) -> Floats:
        kind, row = line.step.kind, line.row
        if kind == "interest":
            return state.interest[row]
        if kind == "principal":
            now = state.outstanding[row]
            return now if self.deal.pass_through[row] else np.maximum(now - self.deal.fall_due[row, t], 0.0)
        if kind == "fee":
            return self._fee(row, t, opening, cash, at) + state.fees[row]
        if kind == "reserve":
            return self._reserve_target(t, opening)
        if kind == "all_principal":
            return state.outstanding[row]
        if kind == "fixed_return":
            return state.returns[row]
        if kind == "reward":
            share: Floats = self.deal.deal.structure.servicer_reward * left
            return share
        if kind == "retain":
            owing = np.zeros(left.shape, dtype=bool)
            for each, tolerance in zip(state.outstanding, self.deal.tolerances, strict=True):
                owing |= each > tolerance
            return np.where(owing & (t + 1 < self.deal.periods), left, 0.0)
        return left

    def _fee(
        self, row: int, t: int, opening: list[Floats], cash: Floats, at: NDArray[np.intp] | None
    ) -> Floats | float:
        fee, accrual = self.deal.deal.fees[row], float(self.deal.schedule.accruals[t])
        if fee.basis == "collections":
            charged: Floats = fee.rate * cash
            return charged
        if fee.basis == "outstanding":
            yearly: Floats = (fee.rate * accrual) * _sum(opening)
            return yearly
        amount = float(self.deal.scheduled_fees[fee.fee][t]) if fee.basis == "scheduled" else fee.rate * accrual
        if self.callable:
            # A call ends the deal: no fee falls due after it.
            still: Floats = np.where(self.open if at is None else self.open[at], amount, 0.0)
            return still
        return amount

    def _reserve_target(self, t: int, opening: list[Floats]) -> Floats:
        deal = self.deal
        if t + 1 >= deal.periods:
            return np.zeros_like(opening[0])
        accrual = float(deal.schedule.accruals[t + 1])
        interest = np.zeros_like(opening[0])
        for k, each in enumerate(opening):
            if deal.interest[k, t + 1] != 0.0:
                interest = interest + deal.interest[k, t + 1] * each
        costs = deal.fixed_fees * accrual + sum(float(due[t + 1]) for due in deal.scheduled_fees.values())
        owed = interest + costs
        if deal.yearly_fees > 0.0:
            owed = owed + (deal.yearly_fees * accrual) * _sum(opening)
        reserve = deal.deal.reserve
        target = reserve.reserve_multiple * owed
        if reserve.reserve_floor > 0.0:
            target = np.maximum(target, reserve.reserve_floor)
        return np.where(interest > deal.least_interest * float(deal.schedule.fractions[t + 1]), target, 0.0)

    def _supported(
        self,
        line: Line,
        t: int,
        state: State,
        due: Floats,
        amount: Floats,
        at: NDArray[np.intp] | None,
    ) -> Floats:
        """What is paid with the help of support: it makes good what has fallen due, not what is merely next in line."""
        if not line.supports:
            return amount
        if line.step.kind in ("principal", "all_principal"):
            fallen = np.maximum(state.outstanding[line.row] - self.deal.fall_due[line.row, t], 0.0)
            short = np.maximum(np.minimum(fallen, due) - amount, 0.0)
        else:
            short = due - amount
        paid = amount
        for i in line.supports:
            drawn = np.minimum(short, state.support[i])
            state.support[i] = state.support[i] - drawn
            short, paid = short - drawn, paid + drawn
            if self.keep:
                rows = slice(None) if at is None else at
                self.drawn[i, t][rows] += drawn
                self.from_support[line.index, t][rows] += drawn
        # Part and rest may add to more than the whole, by their last digit.
        return np.minimum(paid, due)

    def _call(self, t: int) -> None:
        """The call after a payment date: the caller buys the pool, not the account, for all that the notes are owed."""
        deal, state, rules = self.deal, self.state, self.deal.deal.structure
        total = _sum(state.outstanding)
        price = total + _sum(state.interest)
        may = self.open & (total > PAID_TOLERANCE * deal.deal.issue_size)
        called = may & (total <= rules.call_share * deal.deal.issue_size)
        called &= self.ahead[t + 1] >= rules.call_cover * price
        if not called.any():
            return
        for k, (principal, interest) in enumerate(zip(state.outstanding, state.interest, strict=True)):
            if self.keep:
                self.called[k, t] = np.where(called, principal + interest, 0.0)
            state.outstanding[k] = np.where(called, 0.0, principal)
            state.interest[k] = np.where(called, 0.0, interest)
        self.open = self.open & ~called
        # The pool is the caller's from now on.
        self.cash[t + 1 :, called] = 0.0

    def _note_regime(self) -> None:
        now = self.open.astype(np.uint64)
        if self.triggers is not None:
            now += np.uint64(2) * self.chosen.astype(np.uint64)
        for each in self.arrears:
            now = np.uint64(2) * now + each
        if self.deal.releases:
            kept = np.zeros(len(now), dtype=bool)
            for k, outstanding in enumerate(self.state.outstanding):
                if self.deal.interest[k].any():
                    kept |= outstanding > self.deal.tolerances[k]
            now = np.uint64(2) * now + kept
        # The golden ratio's multiplier: wraps around and mixes.
        self.regime = (self.regime ^ now) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1)

    def _watch(self, t: int) -> None:
        deal, state = self.deal, self.state
        for k in range(len(deal.ranked)):
            tolerance = deal.tolerances[k]
            arrears = state.outstanding[k] - deal.fall_due[k, t] > tolerance
            if deal.interest[k].any():
                arrears |= state.interest[k] > tolerance
            self.arrears[k] = arrears
            self.missed[k] |= arrears
            if self.keep:
                self.outstanding[k, t] = state.outstanding[k]
                self.interest_short[k, t] = state.interest[k]
                self.principal_short[k, t] = np.maximum(state.outstanding[k] - deal.fall_due[k, t], 0.0)
        for k in range(len(deal.ranked)):
            if t == deal.last[k]:
                self.late[k] = self._failed(k, expected=True)
            if self.by_date.shape[1]:
                self.by_date[k, t] = deal.last[k] < 0 or self._failed(k, expected=t >= deal.last[k])
                if t:
                    self.by_date[k, t] |= self.by_date[k, t - 1]
        if self.keep:
            self.account[t] = state.account

    def _failed(self, k: int, *, expected: bool) -> Booleans:
        """Whether a tranche or one before it has missed a payment, or (at the expected maturity) is not repaid."""
        rows = np.flatnonzero(self.deal.before[k])
        failed: Booleans = np.asarray(self.missed[rows].any(axis=0))
        if expected:
            for row in rows:
                failed |= self.state.outstanding[row] > self.deal.tolerances[row]
        return failed

    def tests(self) -> Tests:
        legal = np.stack([self.missed[mine].any(axis=0) for mine in self.deal.before])
        lost = np.stack([each / size for each, size in zip(self.state.outstanding, self.deal.sizes, strict=True)])
        return Tests(np.concatenate([legal, self.late | legal]), lost, self.by_date, self.regime)

    def full(self) -> Waterfall:
        deal = self.deal
        shape = (self.cash.shape[1], self.cash.shape[0])

        def paths_first(values: Floats, lines: int) -> Floats:
            return np.swapaxes(values, 1, 2) if len(values) else np.zeros((lines, *shape))

        return Waterfall(
            orders=deal.orders,
            steps=deal.steps,
            tranches=deal.ranked,
            collections=self.cash.T,
            due=paths_first(self.due, 0),
            paid=paths_first(self.paid, 0),
            supported=paths_first(self.from_support, len(deal.steps)),
            outstanding=paths_first(self.outstanding, 0),
            interest_short=paths_first(self.interest_short, 0),
            principal_short=paths_first(self.principal_short, 0),
            reserve=self.account.T,
            support=paths_first(self.drawn, 0),
            called=paths_first(self.called, len(deal.ranked)),
            order_index=self.order_index.T,
            trigger_value=paths_first(self.trigger_value, 0),
            trigger_active=np.swapaxes(self.trigger_active, 1, 2),
            reserve_initial=deal.deal.reserve.reserve_initial,
        )


def _sum(rows: list[Floats]) -> Floats:
    total = rows[0]
    for each in rows[1:]:
        total = total + each
    return total


def _share_out(owed: list[Floats], left: Floats) -> tuple[list[Floats], Floats]:
    """What each step of one level is paid, and what is left: pro rata where there is not enough."""
    if len(owed) == 1:
        paid = np.minimum(owed[0], left)
        return [paid], left - paid
    total = _sum(owed)
    enough = total <= left
    share = np.where(enough, 1.0, left / np.where(enough, 1.0, total))
    return [each * share for each in owed], np.where(enough, left - total, 0.0)
