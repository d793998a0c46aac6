"""One run of the waterfall: the dates go by, and every path pays what it can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kmv_core.deal.triggers import TriggerRun
from kmv_core.deal.waterfall import PAID_TOLERANCE, Waterfall
from kmv_core.vocabulary.checks import Floats

if TYPE_CHECKING:
    from kmv_core.deal.payments import Line, Payments

Booleans = NDArray[np.bool_]

_NARROW = 4
"""Dates between looks at which paths are done."""
_WORTH = 0.95
"""Of the paths: with more of them left nothing is gained."""


@dataclass(frozen=True, slots=True)
class Tests:
    """What became of every tranche by rank; arrays end with [path]."""

    failed: Booleans
    """[test, path]: every tranche by legal maturity, then every tranche by its expected maturity."""
    lost: Floats
    """[tranche, path]: principal not returned by legal maturity, as a share of the tranche."""
    by_date: Booleans
    """[tranche, payment date, path]: failed by then, the expected maturity included; empty unless asked for."""


@dataclass(slots=True)
class _State:
    """Notes and accounts between two payment dates; every array is [path]."""

    outstanding: list[Floats]
    interest: list[Floats]
    """Owed and not paid."""
    returns: list[Floats]
    fees: list[Floats]
    account: Floats
    support: list[Floats]
    """What each line may still pay."""

    zeros: Floats
    """Nothing owed or held on any path: told by its identity, so that no arithmetic is done on it."""

    def part(self, at: NDArray[np.intp] | slice) -> _State:
        """The same on some of the paths; nothing stays nothing."""
        zeros = self.zeros[at]

        def those(rows: list[Floats]) -> list[Floats]:
            return [zeros if each is self.zeros else each[at] for each in rows]

        account = zeros if self.account is self.zeros else self.account[at]
        return _State(
            those(self.outstanding),
            those(self.interest),
            those(self.returns),
            those(self.fees),
            account,
            those(self.support),
            zeros,
        )

    def put(self, at: NDArray[np.intp], part: _State) -> None:
        for mine, theirs in (
            (self.outstanding, part.outstanding),
            (self.interest, part.interest),
            (self.returns, part.returns),
            (self.fees, part.fees),
            (self.support, part.support),
        ):
            for i, values in enumerate(theirs):
                if mine[i] is not self.zeros or values is not part.zeros:
                    mine[i] = mine[i].copy()
                    mine[i][at] = values
        if self.account is not self.zeros or part.account is not part.zeros:
            self.account = self.account.copy()
            self.account[at] = part.account


class Run:
    """One run; arrays inside are [line, payment date, path]."""

    def __init__(
        self,
        deal: Payments,
        collections: Floats,
        payers_alive: Sequence[bool] | Booleans | None,
        *,
        keep: bool,
        by_date: bool = False,
    ) -> None:
        self.deal, self.keep = deal, keep
        periods, paths = collections.shape
        self.callable = deal.deal.structure.call_share > 0.0
        self.cash = collections.copy() if self.callable else np.ascontiguousarray(collections)
        zeros = np.zeros(paths)
        self.lines = deal.lines if keep else deal.tested
        lines = deal.deal.support
        alive = [False] * len(lines) if payers_alive is None else payers_alive
        self.supported = bool(np.any(alive))
        self.state = _State(
            [np.full(paths, size) for size in deal.sizes],
            [zeros for _ in deal.ranked],
            [zeros for _ in deal.ranked],
            [zeros for _ in deal.deal.fees],
            np.full(paths, float(deal.deal.reserve.reserve_initial)) if deal.deal.reserve.reserve_initial else zeros,
            [
                np.where(np.broadcast_to(on, paths), np.inf if line.cap is None else line.cap, 0.0)
                for line, on in zip(lines, alive, strict=True)
            ],
            zeros,
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
        narrows = not (keep or by_date or deal.triggers or self.callable)
        for t in range(periods):
            self._date(t)
            if narrows and t % _NARROW == _NARROW - 1:
                self._narrow()

    def _date(self, t: int) -> None:
        deal, state = self.deal, self.state
        cash = self.cash[t, : len(state.zeros)]
        if self.triggers is None:
            self._pay(self.lines[0], t, state, cash, None)
        else:
            chosen = self.triggers.order_at(t, cash, self.arrears, self.open)
            for order in np.unique(chosen).tolist():
                at = np.flatnonzero(chosen == order)
                if len(at) == len(chosen):
                    self._pay(self.lines[order], t, state, cash, None)
                else:
                    part = state.part(at)
                    self._pay(self.lines[order], t, part, cash[at], at)
                    state.put(at, part)
            if self.keep:
                self.order_index[t] = chosen
                self.trigger_value[:, t], self.trigger_active[:, t] = self.triggers.values, self.triggers.active
        if self.callable and t + 1 < deal.periods:
            self._call(t)
        self._watch(t)

    def _narrow(self) -> None:
        """Go on with the paths up to the last that still owes a note: the others can fail no more.

        Paths ordered from poor to rich, as the simulation draws them, are done from the end.
        """
        state, last = self.state, 0
        for rows in (state.outstanding, state.interest):
            for k, each in enumerate(rows):
                if each is not state.zeros:
                    owing = np.flatnonzero(each)
                    last = max(last, int(owing[-1]) + 1 if len(owing) else 0)
                    if not len(owing):
                        rows[k] = state.zeros
        if last < _WORTH * len(state.zeros):
            self.state = state.part(slice(0, last))

    def _pay(
        self, groups: list[list[list[Line]]], t: int, state: _State, cash: Floats, at: NDArray[np.intp] | None
    ) -> None:
        """One date on the paths `at` (all where None), which `state` and `cash` hold."""
        opening = list(state.outstanding)
        total = _sum(state, opening) if self.deal.yearly_fees > 0.0 else cash
        self._accrue(t, state, opening)
        left = cash if state.account is state.zeros else cash + state.account
        kept: Floats | None = None
        for group in groups:
            if len(group) > 1:
                rest = self._all_paid(group, t, state, total, cash, left, at)
                if rest is not None:
                    left = rest
                    continue
            for level in group:
                owed = [self._owed(line, t, state, opening, total, cash, left, at) for line in level]
                if len(owed) == 1 and owed[0] is state.zeros:
                    amounts = owed
                else:
                    amounts, left = _share_out(owed, left)
                for line, due, amount in zip(level, owed, amounts, strict=True):
                    paid = self._supported(line, t, state, due, amount, at) if self.supported else amount
                    self._settle(line, state, due, paid)
                    if line.step.kind in ("reserve", "retain"):
                        kept = amount if kept is None else kept + amount
                    if self.keep:
                        self._write(self.due[line.index, t], at, due)
                        self._write(self.paid[line.index, t], at, paid)
        state.account = state.zeros if kept is None else kept

    def _all_paid(
        self,
        group: list[list[Line]],
        t: int,
        state: _State,
        total: Floats,
        cash: Floats,
        left: Floats,
        at: NDArray[np.intp] | None,
    ) -> Floats | None:
        """What is left of a run of fees and interest where every path pays all of it, as most do; else None."""
        rest = left
        for (line,) in group:
            owed = state.interest[line.row] if line.step.kind == "interest" else self._fee(line.row, t, total, cash, at)
            if line.step.kind == "fee" and state.fees[line.row] is not state.zeros:
                owed = owed + state.fees[line.row]
            if owed is not state.zeros:
                rest = rest - owed
        # What is owed is never negative: no level before can have been short.
        if rest is not left and not rest.min(initial=0.0) >= 0.0:
            return None
        for (line,) in group:
            (state.interest if line.step.kind == "interest" else state.fees)[line.row] = state.zeros
        return rest

    def _accrue(self, t: int, state: _State, opening: list[Floats]) -> None:
        for rates, owed in ((self.deal.interest, state.interest), (self.deal.returns, state.returns)):
            for k, outstanding in enumerate(opening):
                if rates[k, t] != 0.0 and outstanding is not state.zeros:
                    new = rates[k, t] * outstanding
                    owed[k] = new if owed[k] is state.zeros else new + owed[k]

    @staticmethod
    def _settle(line: Line, state: _State, due: Floats, paid: Floats) -> None:
        kind, row = line.step.kind, line.row
        if due is state.zeros:
            return
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
        state: _State,
        opening: list[Floats],
        total: Floats,
        cash: Floats,
        left: Floats,
        at: NDArray[np.intp] | None,
    ) -> Floats:
        kind, row = line.step.kind, line.row
        if kind == "interest":
            return state.interest[row]
        if kind == "principal":
            now = state.outstanding[row]
            return (
                now
                if self.deal.pass_through[row] or now is state.zeros
                else np.maximum(now - self.deal.fall_due[row, t], 0.0)
            )
        if kind == "fee":
            return self._fee(row, t, total, cash, at) + state.fees[row]
        if kind == "reserve":
            return self._reserve_target(t, state, opening, total)
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

    def _fee(self, row: int, t: int, total: Floats, cash: Floats, at: NDArray[np.intp] | None) -> Floats | float:
        fee, accrual = self.deal.deal.fees[row], float(self.deal.schedule.accruals[t])
        if fee.basis == "collections":
            charged: Floats = fee.rate * cash
            return charged
        if fee.basis == "outstanding":
            yearly: Floats = (fee.rate * accrual) * total
            return yearly
        amount = float(self.deal.scheduled_fees[fee.fee][t]) if fee.basis == "scheduled" else fee.rate * accrual
        if self.callable:
            # A call ends the deal: no fee falls due after it.
            still: Floats = np.where(self.open if at is None else self.open[at], amount, 0.0)
            return still
        return amount

    def _reserve_target(self, t: int, state: _State, opening: list[Floats], total: Floats) -> Floats:
        deal = self.deal
        if t + 1 >= deal.periods:
            return state.zeros
        bearing = [(k, each) for k, each in enumerate(opening) if deal.interest[k, t + 1] != 0.0]
        terms = [deal.interest[k, t + 1] * each for k, each in bearing if each is not state.zeros]
        if not terms:
            return state.zeros
        interest = terms[0]
        for each in terms[1:]:
            interest = interest + each
        accrual = float(deal.schedule.accruals[t + 1])
        costs = deal.fixed_fees * accrual + sum(float(due[t + 1]) for due in deal.scheduled_fees.values())
        target = interest + costs if costs else interest
        if deal.yearly_fees > 0.0:
            target = target + (deal.yearly_fees * accrual) * total
        reserve = deal.deal.reserve
        if reserve.reserve_multiple != 1.0:
            target = reserve.reserve_multiple * target
        if reserve.reserve_floor > 0.0:
            target = np.maximum(target, reserve.reserve_floor)
        owing = interest > deal.least_interest * float(deal.schedule.fractions[t + 1])
        kept: Floats = target if owing.all() else target * owing
        return kept

    def _supported(
        self,
        line: Line,
        t: int,
        state: _State,
        due: Floats,
        amount: Floats,
        at: NDArray[np.intp] | None,
    ) -> Floats:
        """What is paid with the help of support: it makes good what has fallen due, not what is merely next in line."""
        if not line.supports or due is amount:
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
        return paid

    def _call(self, t: int) -> None:
        """The call after a payment date: the caller buys the pool, not the account, for all that the notes are owed."""
        deal, state, rules = self.deal, self.state, self.deal.deal.structure
        total = _sum(state, state.outstanding)
        price = total + _sum(state, state.interest)
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

    def _watch(self, t: int) -> None:
        deal, state = self.deal, self.state
        paths = len(state.zeros)
        for k in range(len(deal.ranked)):
            tolerance = deal.tolerances[k]
            arrears = self.arrears[k]
            arrears[:] = False
            if state.interest[k] is not state.zeros:
                arrears[:paths] = state.interest[k] > tolerance
            # Nothing of a pass-through tranche has fallen due before the last date.
            if state.outstanding[k] is not state.zeros and (t + 1 == deal.periods or not deal.pass_through[k]):
                arrears[:paths] |= state.outstanding[k] - deal.fall_due[k, t] > tolerance
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
                failed[: len(self.state.zeros)] |= self.state.outstanding[row] > self.deal.tolerances[row]
        return failed

    def tests(self) -> Tests:
        legal = np.stack([self.missed[mine].any(axis=0) for mine in self.deal.before])
        lost = np.zeros(self.missed.shape)
        for row, each, size in zip(lost, self.state.outstanding, self.deal.sizes, strict=True):
            row[: len(each)] = each / size
        return Tests(np.concatenate([legal, self.late | legal]), lost, self.by_date)

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


def _sum(state: _State, rows: list[Floats]) -> Floats:
    """The sum of amounts by path; of none at all it is nothing."""
    total = state.zeros
    for each in rows:
        if each is not state.zeros:
            total = each if total is state.zeros else total + each
    return total


def _share_out(owed: list[Floats], left: Floats) -> tuple[list[Floats], Floats]:
    """What each step of one level is paid, and what is left: pro rata where there is not enough."""
    if len(owed) == 1:
        paid = np.minimum(owed[0], left)
        return [paid], left - paid
    total = owed[0]
    for each in owed[1:]:
        total = total + each
    enough = total <= left
    share = np.where(enough, 1.0, left / np.where(enough, 1.0, total))
    return [each * share for each in owed], np.where(enough, left - total, 0.0)
