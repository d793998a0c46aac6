"""A second waterfall for tests: one path, one date, one payment at a time, written from the words of the contract.

It shares nothing with the engine but the deal as data, the payment dates and what the pool is expected to bring:
rates, schedules, orders, triggers, account, support and call are read again here.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from kmv_core.deal.business_days import year_fraction
from kmv_core.deal.deal import Deal, Fee, Tranche, Trigger

SMALL = 1e-12
"""Of a tranche: less is rounding."""
Pay = tuple[str, str]
"""A step: its kind and its payee."""


@dataclass
class Day:
    """What happened at one payment date."""

    order: str
    available: float
    due: dict[Pay, float] = field(default_factory=dict)
    paid: dict[Pay, float] = field(default_factory=dict)
    supported: dict[Pay, float] = field(default_factory=dict)
    drawn: list[float] = field(default_factory=list)
    outstanding: dict[str, float] = field(default_factory=dict)
    interest_owed: dict[str, float] = field(default_factory=dict)
    called: dict[str, float] = field(default_factory=dict)
    account: float = 0.0
    active: list[bool] = field(default_factory=list)
    missed: set[str] = field(default_factory=set)
    """Tranches that have missed a payment by then."""


class SlowWaterfall:
    """One path through the life of a deal."""

    def __init__(
        self,
        deal: Deal,
        dates: Sequence[dt.date],
        cash: Sequence[float],
        expected: Sequence[float],
        alive: Sequence[bool],
    ) -> None:
        self.deal, self.dates, self.cash, self.expected = deal, list(dates), list(cash), list(expected)
        self.tranches = sorted(deal.tranches, key=lambda each: each.rank)
        self.owed = {each.tranche: each.balance for each in deal.tranches}
        self.interest = {each.tranche: 0.0 for each in deal.tranches}
        self.returns = {each.tranche: 0.0 for each in deal.tranches}
        self.fees = {each.fee: 0.0 for each in deal.fees}
        self.account = deal.reserve.reserve_initial
        self.left_of = [
            (math.inf if line.cap is None else line.cap) if on else 0.0
            for line, on in zip(deal.support, alive, strict=True)
        ]
        self.was_active = [False] * len(deal.triggers)
        self.arrears: set[str] = set()
        self.missed: set[str] = set()
        self.called = False
        self.order = "normal"
        self.days: list[Day] = []
        for t in range(len(self.dates)):
            self._pay_day(t)

    # what is due -----------------------------------------------------------------------------------------------

    def _start(self, t: int) -> dt.date:
        return self.deal.closing_date if t == 0 else self.dates[t - 1]

    def _days(self, t: int) -> float:
        return (self.dates[t] - self._start(t)).days / 365.0

    def _coupon(self, each: Tranche, t: int) -> float:
        start = self._start(t)
        rate = each.coupon
        if each.rate_type == "floating":
            known = [line for line in self.deal.benchmark if line.from_date <= start]
            rate = max(max(known, key=lambda line: line.from_date).benchmark_rate + each.coupon, 0.0)
        if each.step_up_date is not None and start >= each.step_up_date:
            rate += each.step_up
        return rate

    def _first_on_or_after(self, date: dt.date) -> int:
        for t, each in enumerate(self.dates):
            if each >= date:
                return t
        return len(self.dates) - 1

    def _may_stay(self, each: Tranche, t: int) -> float:
        """Principal that has not fallen due after date t."""
        if t == len(self.dates) - 1:
            return 0.0
        if each.repayment == "pass_through":
            return each.balance
        last = max([i for i, date in enumerate(self.dates) if date <= each.expected_maturity], default=0)
        if t >= last:
            return 0.0
        shares = [
            line.principal_share
            for line in self.deal.principal_schedule
            if line.tranche == each.tranche and self._first_on_or_after(line.due_date) <= t
        ]
        return each.balance * (1.0 - min(math.fsum(shares), 1.0))

    def _fee(self, fee: Fee, t: int, opening: float) -> float:
        if fee.basis == "collections":
            return fee.rate * self.cash[t]
        if fee.basis == "outstanding":
            return fee.rate * self._days(t) * opening
        if self.called:
            return 0.0
        if fee.basis == "fixed":
            return fee.rate * self._days(t)
        lines = [line for line in self.deal.fee_schedule if line.fee == fee.fee]
        return math.fsum(line.amount_due for line in lines if self._first_on_or_after(line.due_date) == t)

    def _reserve(self, t: int, opening: dict[str, float]) -> float:
        """The target after date t: what the next date will cost."""
        if t == len(self.dates) - 1:
            return 0.0
        part = year_fraction(self.dates[t], self.dates[t + 1], self.deal.structure.day_count)
        interest = math.fsum(self._coupon(each, t + 1) * part * opening[each.tranche] for each in self.tranches)
        if interest <= 1e-9 * self.deal.issue_size * part:
            return 0.0
        fees = math.fsum(
            self._fee(each, t + 1, math.fsum(opening.values()))
            for each in self.deal.fees
            if each.basis != "collections"
        )
        rules = self.deal.reserve
        return max(rules.reserve_multiple * (interest + fees), rules.reserve_floor)

    # the order -------------------------------------------------------------------------------------------------

    def _levels(self, name: str) -> list[list[Pay]]:
        own = [line for line in self.deal.order if line.order == name]
        if own:
            return [
                [(line.step, line.payee) for line in own if line.level == level]
                for level in sorted({line.level for line in own})
            ]
        ranks = sorted({each.rank for each in self.tranches})
        classes = [[each for each in self.tranches if each.rank == rank] for rank in ranks]
        found: list[list[Pay]] = [[("fee", each.fee)] for each in self.deal.fees]
        if name == "accelerated":
            for group in classes:
                found.append([("interest", each.tranche) for each in group])
                found.append([("all_principal", each.tranche) for each in group])
        else:
            found += [[("interest", each.tranche) for each in group] for group in classes]
            principal = [[("principal", each.tranche) for each in group] for group in classes]
            first = 0
            while first < len(classes) and all(each.repayment == "scheduled" for each in classes[first]):
                first += 1
            found += principal[:first]
            rules = self.deal.reserve
            if max(rules.reserve_multiple, rules.reserve_initial, rules.reserve_floor) > 0.0:
                found.append([("reserve", "")])
            found += principal[first:]
            if self.deal.structure.surplus == "retain":
                found.append([("retain", "")])
        found += [[("fixed_return", each.tranche) for each in group] for group in classes]
        if self.deal.structure.servicer_reward > 0.0:
            found.append([("reward", "servicer")])
        found.append([("residual", self.tranches[-1].tranche)])
        return found

    def _test(self, line: Trigger, t: int) -> bool:
        if line.test == "date":
            return True
        if line.test == "unpaid":
            return (line.subject or self.tranches[0].tranche) in self.arrears
        expected = math.fsum(self.expected[: t + 1])
        return expected > 0.0 and math.fsum(self.cash[: t + 1]) / expected < (line.limit or 0.0)

    def _choose(self, t: int) -> None:
        if self.called:
            return
        for i, line in enumerate(self.deal.triggers):
            if line.from_date is not None and t < self._first_on_or_after(line.from_date):
                continue
            holds = self._test(line, t)
            self.was_active[i] = holds or (self.was_active[i] and line.curable != "yes")
        self.order = next(
            (line.order for line, on in zip(self.deal.triggers, self.was_active, strict=True) if on), "normal"
        )

    # one date --------------------------------------------------------------------------------------------------

    def _pay_day(self, t: int) -> None:
        if self.called:
            self.cash[t] = 0.0
        self._choose(t)
        day = Day(
            self.order, self.cash[t] + self.account, active=list(self.was_active), drawn=[0.0] * len(self.left_of)
        )
        opening = dict(self.owed)
        part = year_fraction(self._start(t), self.dates[t], self.deal.structure.day_count)
        for each in self.tranches:
            self.interest[each.tranche] += self._coupon(each, t) * part * opening[each.tranche]
            self.returns[each.tranche] += each.fixed_return * part * opening[each.tranche]
        left, kept = day.available, 0.0
        for level in self._levels(self.order):
            due = [self._due(pay, t, opening, left) for pay in level]
            total = math.fsum(due)
            share = 1.0 if total <= left else left / total
            left = max(left - total, 0.0)
            for pay, amount in zip(level, due, strict=True):
                paid = amount * share
                helped = self._help(pay, t, amount, paid, day)
                day.due[pay], day.paid[pay], day.supported[pay] = amount, paid + helped, helped
                self._book(pay, amount, paid + helped)
                if pay[0] in ("reserve", "retain"):
                    kept += paid
        self.account = day.account = kept
        if self.deal.structure.call_share > 0.0 and t < len(self.dates) - 1:
            self._call(t, day)
        self._look(t)
        day.outstanding, day.interest_owed, day.missed = dict(self.owed), dict(self.interest), set(self.missed)
        self.days.append(day)

    def _due(self, pay: Pay, t: int, opening: dict[str, float], left: float) -> float:
        kind, payee = pay
        if kind == "fee":
            fee = next(each for each in self.deal.fees if each.fee == payee)
            return self.fees[payee] + self._fee(fee, t, math.fsum(opening.values()))
        if kind == "interest":
            return self.interest[payee]
        if kind == "all_principal":
            return self.owed[payee]
        if kind == "principal":
            each = next(one for one in self.tranches if one.tranche == payee)
            if each.repayment == "pass_through":
                return self.owed[payee]
            return max(self.owed[payee] - self._may_stay(each, t), 0.0)
        if kind == "fixed_return":
            return self.returns[payee]
        if kind == "reserve":
            return self._reserve(t, opening)
        if kind == "reward":
            return self.deal.structure.servicer_reward * left
        if kind == "retain":
            owing = any(self.owed[each.tranche] > SMALL * each.balance for each in self.tranches)
            return left if owing and t < len(self.dates) - 1 else 0.0
        return left

    def _help(self, pay: Pay, t: int, due: float, paid: float, day: Day) -> float:
        """What the payers add: to fees, interest, and principal that has fallen due, up to the tranche they cover."""
        kind, payee = pay
        if kind not in ("fee", "interest", "principal", "all_principal"):
            return 0.0
        ranks = {each.tranche: each.rank for each in self.tranches}
        short = due - paid
        if kind in ("principal", "all_principal"):
            each = next(one for one in self.tranches if one.tranche == payee)
            short = min(due, max(self.owed[payee] - self._may_stay(each, t), 0.0)) - paid
        helped = 0.0
        for i, line in enumerate(self.deal.support):
            if kind != "fee" and ranks[payee] > ranks[line.covers]:
                continue
            amount = min(max(short, 0.0), self.left_of[i])
            self.left_of[i] -= amount
            day.drawn[i] += amount
            short, helped = short - amount, helped + amount
        return helped

    def _book(self, pay: Pay, due: float, paid: float) -> None:
        kind, payee = pay
        if kind == "fee":
            self.fees[payee] = due - paid
        elif kind == "interest":
            self.interest[payee] = due - paid
        elif kind in ("principal", "all_principal"):
            self.owed[payee] -= paid
        elif kind == "fixed_return":
            self.returns[payee] = due - paid

    def _call(self, t: int, day: Day) -> None:
        rules, size = self.deal.structure, self.deal.issue_size
        principal = math.fsum(self.owed.values())
        price = principal + math.fsum(self.interest.values())
        ahead = math.fsum(self.cash[t + 1 :])
        if self.called or not SMALL * size < principal <= rules.call_share * size or ahead < rules.call_cover * price:
            return
        self.called = True
        for each in self.tranches:
            day.called[each.tranche] = self.owed[each.tranche] + self.interest[each.tranche]
            self.owed[each.tranche] = self.interest[each.tranche] = 0.0

    def _look(self, t: int) -> None:
        self.arrears = {
            each.tranche
            for each in self.tranches
            if self.interest[each.tranche] > SMALL * each.balance
            or self.owed[each.tranche] - self._may_stay(each, t) > SMALL * each.balance
        }
        self.missed |= self.arrears

    # what became of it -----------------------------------------------------------------------------------------

    def _before(self, name: str) -> list[Tranche]:
        """The tranche and all that rank before it."""
        own = next(each for each in self.tranches if each.tranche == name)
        return [each for each in self.tranches if each is own or each.rank < own.rank]

    def failed(self, name: str) -> bool:
        """By legal maturity."""
        return any(each.tranche in self.missed for each in self._before(name))

    def late(self, name: str, t: int | None = None) -> bool:
        """By its expected maturity (and by legal maturity), or by date t, from the expected maturity on repaid."""
        own = next(each for each in self.tranches if each.tranche == name)
        on_time = [i for i, date in enumerate(self.dates) if date <= own.expected_maturity]
        if not on_time:
            return True
        if t is None:
            return self.failed(name) or self._short(name, on_time[-1])
        dates = range(on_time[-1], t + 1)
        unpaid = any(each.tranche in self.days[t].missed for each in self._before(name))
        return unpaid or any(self._short(name, i) for i in dates)

    def _short(self, name: str, t: int) -> bool:
        day = self.days[t]
        return any(
            each.tranche in day.missed or day.outstanding[each.tranche] > SMALL * each.balance
            for each in self._before(name)
        )
