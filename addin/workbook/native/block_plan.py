"""One run of the waterfall as a block of rows: where every line stands, before any formula is written.

Rows are laid out first because dues look at balances that stand further down. From top to bottom: parameters, dates,
rates, cash available, triggers, amounts due, payments order by order, support, payments in all, call, balances, tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kmv_core.deal.order import Step
from kmv_core.deal.payments import Line, Payments

OF_PRINCIPAL = ("principal", "all_principal")
OF_WHAT_IS_LEFT = ("retain", "reward")
"""Due depends on what the steps before leave, so every order has a line of its own."""

Place = tuple[int, Step]
"""A step in an order; order -1 where one line serves all orders."""


@dataclass
class Block:
    """Where the lines of a written block stand, by row."""

    top: int
    multiple: int = 0
    date: int = 0
    available: int = 0
    collections: int = 0
    rate: dict[str, int] = field(default_factory=dict)
    """Coupon rates by tranche; 0 where none is owed."""
    due: dict[Step, int] = field(default_factory=dict)
    """The step's line; in several orders, that of the first order that has it."""
    paid: dict[Step, int] = field(default_factory=dict)
    """In all: from cash and from support, whatever order is in force."""
    balance: dict[str, int] = field(default_factory=dict)
    reserve: int = 0
    """What is on the account after the payment, retained surplus included."""
    imbalance: int = 0
    unpaid_interest: dict[str, int] = field(default_factory=dict)
    """Of tranches whose interest is a step of some order."""
    unpaid_principal: dict[str, int] = field(default_factory=dict)
    """Share of the tranche outstanding."""
    overdue_principal: dict[str, int] = field(default_factory=dict)
    """Principal that has fallen due and is not paid, an amount."""
    trigger_value: dict[str, int] = field(default_factory=dict)
    trigger_active: dict[str, int] = field(default_factory=dict)
    order: int = 0
    """Number of the order in force, from 1; 0 where there is one order without triggers."""
    call: int = 0
    """1 where the clean-up call is made after the date's payment; 0 where the deal has none."""
    called: dict[str, int] = field(default_factory=dict)
    """What the call pays, by tranche."""
    drawn: dict[str, int] = field(default_factory=dict)
    """What each line of support pays in; where payers pay."""
    end: int = 0


@dataclass
class Plan:
    """Every row of the block; `block` is the part others look at."""

    payments: Payments
    block: Block
    alive: tuple[bool, ...]
    names: list[str] = field(default_factory=list)
    """Tranches by rank."""
    parameters: dict[str, int] = field(default_factory=dict)
    titles: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Headings of the parts, in both languages."""
    accrual: int = 0
    fraction: int = 0
    opening_account: int = 0
    called_before: int = 0
    collected: int = 0
    in_force: list[int] = field(default_factory=list)
    """1 where an order is in force; empty where there is one order."""
    next_interest: int = 0
    fee_memo: int = 0
    next_costs: int = 0
    due: dict[Place, int] = field(default_factory=dict)
    arrears: dict[Step, int] = field(default_factory=dict)
    """Fees and returns that an order leaves out: what they are still owed."""
    available: list[int] = field(default_factory=list)
    """By order."""
    remaining: dict[Place, int] = field(default_factory=dict)
    """Principal still outstanding where surplus is retained."""
    level_total: dict[tuple[int, int], int] = field(default_factory=dict)
    level_share: dict[tuple[int, int], int] = field(default_factory=dict)
    cash: dict[Place, int] = field(default_factory=dict)
    short: dict[Place, int] = field(default_factory=dict)
    draw: dict[tuple[int, int, Step], int] = field(default_factory=dict)
    """By line of support, order and step."""
    cap: dict[int, int] = field(default_factory=dict)
    call_total: int = 0
    call_price: int = 0
    call_ahead: int = 0
    in_arrears: dict[str, int] = field(default_factory=dict)

    @property
    def orders(self) -> list[list[list[Line]]]:
        return self.payments.levels

    @property
    def order_names(self) -> list[str]:
        return list(self.payments.orders)

    @property
    def many(self) -> bool:
        return len(self.orders) > 1

    @property
    def callable(self) -> bool:
        return self.payments.deal.structure.call_share > 0.0

    @property
    def supported(self) -> bool:
        return any(self.alive)

    def mark(self, order: int) -> str:
        """The number of an order for a label; nothing where there is one order."""
        return f" [{order + 1}]" if self.many else ""

    def lines(self, order: int) -> list[Line]:
        """All steps of an order, one after the other."""
        return [line for level in self.orders[order] for line in level]

    def having(self, step: Step) -> list[int]:
        """The orders that have a step."""
        return [o for o in range(len(self.orders)) if any(line.step == step for line in self.lines(o))]

    def everywhere(self, step: Step) -> bool:
        return len(self.having(step)) == len(self.orders)

    def earlier_principal(self, order: int, step: Step) -> list[Step]:
        """Other principal of the same tranche at levels before, in one order."""
        found: list[Step] = []
        for level in self.orders[order]:
            if any(line.step == step for line in level):
                return found
            found += [line.step for line in level if line.step.kind in OF_PRINCIPAL and line.step.payee == step.payee]
        return found

    def is_own(self, step: Step) -> bool:
        """Whether every order has a line of its own for what is due."""
        if step.kind in OF_WHAT_IS_LEFT:
            return True
        return step.kind in OF_PRINCIPAL and any(self.earlier_principal(o, step) for o in self.having(step))

    def place(self, order: int, step: Step) -> Place:
        """Where the amount due to a step of an order stands."""
        return (order if self.is_own(step) else -1, step)

    def due_row(self, order: int, step: Step) -> int:
        return self.due[self.place(order, step)]


def lay_out(payments: Payments, alive: Sequence[bool], top: int) -> Plan:
    """Give every line its row, from `top` on (the block's title)."""
    plan = Plan(payments, Block(top), tuple(alive), [each.tranche for each in payments.ranked])
    row = top + 1
    keys = ["multiple", "size", "coupon"]
    deal = payments.deal
    if plan.callable or any(each.test == "unpaid" for each in deal.triggers) or _retains(plan) or _shares(plan):
        keys.append("tolerance")
    keys += [f"payer {i}" for i in range(len(plan.alive))] if plan.supported else []
    for key in keys:
        plan.parameters[key] = row
        row += 1
    plan.block.multiple = plan.parameters["multiple"]
    row += 1  # headers
    plan.block.date, plan.accrual, plan.fraction = row, row + 1, row + 2
    row += 3
    for name in plan.names:
        plan.block.rate[name] = row
        row += 1
    row = _cash_rows(plan, row)
    plan.titles[row] = "应付", "Amounts due"
    row = _due_rows(plan, row + 1)
    row = _order_rows(plan, row)
    row = _support_rows(plan, row)
    row = _paid_rows(plan, row)
    plan.block.end = _state_rows(plan, row)
    return plan


def _retains(plan: Plan) -> bool:
    return any(line.step.kind == "retain" for o in range(len(plan.orders)) for line in plan.lines(o))


def _shares(plan: Plan) -> bool:
    return any(len(level) > 1 for levels in plan.orders for level in levels)


def _cash_rows(plan: Plan, row: int) -> int:
    block, deal = plan.block, plan.payments.deal
    if plan.callable:
        plan.called_before = row
        row += 1
    block.collections, plan.opening_account, block.available = row, row + 1, row + 2
    row += 3
    if not deal.triggers:
        return row
    plan.titles[row] = "触发与偿付顺序", "Triggers and the order in force"
    row += 1
    if any(each.test == "cumulative_recovery" for each in deal.triggers):
        plan.collected = row
        row += 1
    for each in deal.triggers:
        if each.test != "date":
            block.trigger_value[each.trigger] = row
            row += 1
    # Together: the order in force is that of the first that is active.
    for each in deal.triggers:
        block.trigger_active[each.trigger] = row
        row += 1
    block.order = row
    row += 1
    if plan.many:
        plan.in_force = list(range(row, row + len(plan.orders)))
        row += len(plan.orders)
    return row


def _due_rows(plan: Plan, row: int) -> int:
    if any(step.kind == "reserve" for step in plan.payments.steps):
        plan.fee_memo, plan.next_interest, plan.next_costs = row, row + 1, row + 2
        row += 3
    for step in plan.payments.steps:
        if step.kind == "residual":
            continue
        for o in plan.having(step):
            place = plan.place(o, step)
            if place in plan.due:
                continue
            if step.kind == "retain":
                plan.remaining[place] = row
                row += 1
            plan.due[place] = row
            plan.block.due.setdefault(step, row)
            row += 1
        if step.kind in ("fee", "fixed_return") and not plan.everywhere(step):
            plan.arrears[step] = row
            row += 1
    return row


def _order_rows(plan: Plan, row: int) -> int:
    for o, levels in enumerate(plan.orders):
        name = f"：[{o + 1}] {plan.order_names[o]}" if plan.many else ""
        cash = ("现金支付", "Paid from cash") if plan.supported else ("支付", "Payments")
        plan.titles[row] = cash[0] + name, cash[1] + name.replace("：", ", order ")
        row += 1
        if plan.many:
            plan.available.append(row)
            row += 1
        else:
            plan.available.append(plan.block.available)
        for number, level in enumerate(levels):
            if len(level) > 1:
                plan.level_total[o, number], plan.level_share[o, number] = row, row + 1
                row += 2
        for line in plan.lines(o):
            plan.cash[o, line.step] = row
            row += 1
    return row


def _support_rows(plan: Plan, row: int) -> int:
    if not plan.supported:
        return row
    plan.titles[row] = "待补足", "Due and not paid from cash"
    row += 1
    for o in range(len(plan.orders)):
        for line in plan.lines(o):
            if line.supports:
                plan.short[o, line.step] = row
                row += 1
    for i, each in enumerate(plan.payments.deal.support):
        plan.titles[row] = f"补足：{each.support}", f"Support by {each.support}"
        row += 1
        for o in range(len(plan.orders)):
            for line in plan.lines(o):
                if i in line.supports:
                    plan.draw[i, o, line.step] = row
                    row += 1
        plan.block.drawn[each.support] = row
        row += 1
        if each.cap is not None:
            plan.cap[i] = row
            row += 1
    return row


def _paid_rows(plan: Plan, row: int) -> int:
    if not plan.many and not plan.supported:
        for line in plan.lines(0):
            plan.block.paid[line.step] = plan.cash[0, line.step]
        return row
    plan.titles[row] = "实付合计", "Paid in all"
    row += 1
    for step in plan.payments.steps:
        plan.block.paid[step] = row
        row += 1
    return row


def _state_rows(plan: Plan, row: int) -> int:
    block = plan.block
    if plan.callable:
        plan.titles[row] = "清仓回购", "Clean-up call"
        row += 1
        plan.call_total, plan.call_price, plan.call_ahead, block.call = row, row + 1, row + 2, row + 3
        row += 4
        for name in plan.names:
            block.called[name] = row
            row += 1
    plan.titles[row] = "支付后余额", "Balances after the payment"
    row += 1
    for name in plan.names:
        block.balance[name] = row
        row += 1
    plan.titles[row + 1] = "检验", "Tests"
    block.reserve, block.imbalance = row, row + 2
    row += 3
    subjects = {each.subject or plan.names[0] for each in plan.payments.deal.triggers if each.test == "unpaid"}
    for name in plan.names:
        if Step("interest", name) in block.due:
            block.unpaid_interest[name] = row
            row += 1
        block.overdue_principal[name], block.unpaid_principal[name] = row, row + 1
        row += 2
        if name in subjects:
            plan.in_arrears[name] = row
            row += 1
    return row
