"""One run of the waterfall: the dates go by, and every path pays what it can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from kmv_core.deal.payment_owed import Owed
from kmv_core.deal.payment_record import Record
from kmv_core.deal.payment_state import Date, State, sum_of
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
    regime: NDArray[np.uint64]
    """[path]: a number for orders in force, call, arrears and release of the reserve by date; one path's equals another's where
    they ran alike. All 0 where nothing can turn the cash."""


class CollectionsByDate(Protocol):
    """Collections made date by date, for as many paths as still matter; not for a deal with a clean-up call."""

    @property
    def shape(self) -> tuple[int, int]:
        """(payment dates, paths)."""

    def row(self, t: int, paths: int) -> Floats:
        """[path] money of date `t` on the first `paths` paths; asked for once, in the order of the dates."""


class Run:
    """One run; arrays inside are [line, payment date, path]."""

    def __init__(
        self,
        deal: Payments,
        collections: Floats | CollectionsByDate,
        payers_alive: Sequence[bool] | Booleans | None,
        *,
        keep: bool,
        by_date: bool = False,
    ) -> None:
        self.deal, self.owed = deal, Owed(deal)
        periods, paths = collections.shape
        self.record = Record(deal, periods, paths) if keep else None
        self.callable = deal.deal.structure.call_share > 0.0
        self.by_row = None if isinstance(collections, np.ndarray) else collections
        self.cash = np.zeros((0, paths)) if self.by_row is not None else np.ascontiguousarray(collections)
        if self.callable:
            self.cash = self.cash.copy()
        zeros = np.zeros(paths)
        self.lines = deal.lines if keep else deal.tested
        lines = deal.deal.support
        alive = [False] * len(lines) if payers_alive is None else payers_alive
        self.supported = bool(np.any(alive))
        self.state = State(
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
        self.regime = np.zeros(paths, dtype=np.uint64)
        self.triggers = None if deal.triggers is None else TriggerRun(deal.triggers, paths)
        narrows = not (keep or by_date or deal.turns or deal.is_stack)
        for t in range(periods):
            self._date(t)
            if narrows and t % _NARROW == _NARROW - 1:
                self._narrow()

    def _date(self, t: int) -> None:
        deal, state = self.deal, self.state
        paths = len(state.zeros)
        cash = self.cash[t, :paths] if self.by_row is None else self.by_row.row(t, paths)
        if self.triggers is None:
            self._pay(self.lines[0], t, state, cash, None)
        else:
            chosen = self.chosen = self.triggers.order_at(t, cash, self.arrears, self.open)
            for order in np.unique(chosen).tolist():
                at = np.flatnonzero(chosen == order)
                if len(at) == len(chosen):
                    self._pay(self.lines[order], t, state, cash, None)
                else:
                    part = state.part(at)
                    self._pay(self.lines[order], t, part, cash[at], at)
                    state.put(at, part)
            if self.record is not None:
                self.record.note_order(t, chosen, self.triggers)
        if self.callable and t + 1 < deal.periods:
            self._call(t)
        self._watch(t)
        if deal.turns:
            self._note_regime()

    def _narrow(self) -> None:
        """Go on with the paths up to the last that still owes a note: the others can fail no more.

        Paths ordered from poor to rich, as the simulation draws them, are done from the end.
        """
        state, last = self.state, 0
        for rows in (state.outstanding, state.interest):
            for k, each in enumerate(rows):
                if each is not state.zeros:
                    owing = each[::-1] != 0.0
                    done = int(np.argmax(owing))
                    if owing[done]:
                        last = max(last, len(each) - done)
                    else:
                        rows[k] = state.zeros
        if last < _WORTH * len(state.zeros):
            self.state = state.part(slice(0, last))

    def _pay(
        self, groups: list[list[list[Line]]], t: int, state: State, cash: Floats, at: NDArray[np.intp] | None
    ) -> None:
        """One date on the paths `at` (all where None), which `state` and `cash` hold."""
        opening = list(state.outstanding)
        total = sum_of(state, opening) if self.deal.yearly_fees > 0.0 else cash
        still = (self.open if at is None else self.open[at]) if self.callable else None
        now = Date(t, at, cash, opening, total, still)
        self._accrue(t, state, opening)
        left = cash + state.account
        state.account = state.zeros
        for group in groups:
            rest = self._all_paid(group, now, state, left) if len(group) > 1 else None
            if rest is not None:
                left = rest
                continue
            for level in group:
                if len(level) > 1 or self.record is not None or self.supported:
                    left = self._pay_level(level, now, state, left)
                else:
                    self._pay_line(level[0], now, state, left)

    def _pay_level(self, level: list[Line], now: Date, state: State, left: Floats) -> Floats:
        """Pay one level; what is left."""
        owed = [self.owed.line(line, now, state, left) for line in level]
        amounts, left = _share_out(owed, left)
        for line, due, amount in zip(level, owed, amounts, strict=True):
            paid = self._supported(line, now.t, state, due, amount, now.at) if self.supported else amount
            self._settle(line, state, due, paid)
            if line.keeps:
                state.account = amount if state.account is state.zeros else state.account + amount
            if self.record is not None:
                self.record.note_payment(line.index, now.t, now.at, due, paid)
        return left

    def _pay_line(self, line: Line, now: Date, state: State, left: Floats) -> None:
        """The same for a level of one line where nothing is recorded, in place: `left` is this date's own."""
        due = self.owed.line(line, now, state, left)
        if due is state.zeros:
            return
        paid = np.minimum(due, left)
        np.subtract(left, paid, out=left)
        if line.keeps:
            state.account = paid if state.account is state.zeros else state.account + paid
        else:
            self._settle(line, state, due, paid, paid)

    def _all_paid(self, group: list[list[Line]], now: Date, state: State, left: Floats) -> Floats | None:
        """What is left of a run of fees and interest where every path pays all of it, as most do; else None."""
        rest = left
        for (line,) in group:
            owed: Floats | float
            if line.kind == "interest":
                owed = state.interest[line.row]
                if owed is state.zeros:
                    continue
            else:
                owed = self.owed.fee(line.row, now, state)
            # The first leaves what is there before as it is; the others work in place.
            rest = np.subtract(rest, owed, out=None if rest is left else rest)
        # What is owed is never negative: no level before can have been short.
        if rest is not left and not np.minimum.reduce(rest, initial=0.0) >= 0.0:
            return None
        for (line,) in group:
            (state.interest if line.kind == "interest" else state.fees)[line.row] = state.zeros
        return rest

    def _accrue(self, t: int, state: State, opening: list[Floats]) -> None:
        for rates, owed in ((self.deal.interest_at[t], state.interest), (self.deal.returns_at[t], state.returns)):
            for k, rate in rates:
                if opening[k] is not state.zeros:
                    new = rate * opening[k]
                    owed[k] = new if owed[k] is state.zeros else new + owed[k]

    @staticmethod
    def _settle(line: Line, state: State, due: Floats, paid: Floats, out: Floats | None = None) -> None:
        """What stays owed, into `out` where an array is to spare."""
        kind, row = line.kind, line.row
        if due is state.zeros:
            return
        if kind in ("principal", "all_principal"):
            state.outstanding[row] = np.subtract(state.outstanding[row], paid, out=out)
        elif kind == "interest":
            state.interest[row] = np.subtract(due, paid, out=out)
        elif kind == "fee":
            state.fees[row] = np.subtract(due, paid, out=out)
        elif kind == "fixed_return":
            state.returns[row] = np.subtract(due, paid, out=out)

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
        if not line.supports or due is amount:
            return amount
        if line.kind in ("principal", "all_principal"):
            fallen = np.maximum(state.outstanding[line.row] - self.deal.fall_due[line.row, t], 0.0)
            short = np.maximum(np.minimum(fallen, due) - amount, 0.0)
        else:
            short = due - amount
        paid = amount
        for i in line.supports:
            drawn = np.minimum(short, state.support[i])
            state.support[i] = state.support[i] - drawn
            short, paid = short - drawn, paid + drawn
            if self.record is not None:
                self.record.note_support(i, line.index, t, at, drawn)
        # Part and rest may add to more than the whole, by their last digit.
        return np.minimum(paid, due)

    def _call(self, t: int) -> None:
        """The call after a payment date: the caller buys the pool, not the account, for all that the notes are owed."""
        deal, state, rules = self.deal, self.state, self.deal.deal.structure
        total = sum_of(state, state.outstanding)
        price = total + sum_of(state, state.interest)
        may = self.open & (total > PAID_TOLERANCE * deal.deal.issue_size)
        called = may & (total <= rules.call_share * deal.deal.issue_size)
        called &= self.ahead[t + 1] >= rules.call_cover * price
        if not called.any():
            return
        for k, (principal, interest) in enumerate(zip(state.outstanding, state.interest, strict=True)):
            if self.record is not None:
                self.record.called[k, t] = np.where(called, principal + interest, 0.0)
            state.outstanding[k] = np.where(called, 0.0, principal)
            state.interest[k] = np.where(called, 0.0, interest)
        self.open = self.open & ~called
        # The pool is the caller's from now on.
        self.cash[t + 1 :, called] = 0.0

    def _arrears(self, k: int, t: int) -> Booleans | None:
        """Whether interest or fallen-due principal of a tranche is short; None where none can be."""
        deal, state = self.deal, self.state
        short = None if state.interest[k] is state.zeros else state.interest[k] > deal.tolerances[k]
        # Nothing of a pass-through tranche has fallen due before the last date.
        if state.outstanding[k] is state.zeros or (t + 1 < deal.periods and deal.pass_through[k]):
            return short
        fallen: Booleans = state.outstanding[k] - deal.fall_due[k, t] > deal.tolerances[k]
        return fallen if short is None else short | fallen

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
            arrears = self._arrears(k, t)
            if arrears is not None:
                self.missed[k, : len(arrears)] |= arrears
            if deal.turns:
                self.arrears[k] = False if arrears is None else arrears
        for k in range(len(deal.ranked)):
            if t == deal.last[k]:
                self.late[k] = self._failed(k, expected=True)
            if self.by_date.shape[1]:
                self.by_date[k, t] = deal.last[k] < 0 or self._failed(k, expected=t >= deal.last[k])
                if t:
                    self.by_date[k, t] |= self.by_date[k, t - 1]
        if self.record is not None:
            self.record.note_state(t, state)

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
        return Tests(np.concatenate([legal, self.late | legal]), lost, self.by_date, self.regime)

    def waterfall(self) -> Waterfall:
        """Every step, of a run that keeps them."""
        if self.record is None:
            raise ValueError("the run keeps no record")
        return self.record.waterfall(self.cash)


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
