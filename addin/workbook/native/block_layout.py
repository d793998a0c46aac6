"""The rows of a block, placed before any formula is written: dues look at balances that stand further down.

From top to bottom: parameters, dates, rates, cash available, triggers, amounts due, payments order by order, support,
payments in all, call, balances, tests.
"""

from __future__ import annotations

from collections.abc import Sequence

from addin.workbook.native.block_plan import Block, Plan
from kmv_core.deal.order import Step
from kmv_core.deal.payments import Payments


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
        plan.fee_memo, plan.next_interest, plan.next_costs = row, row + 3, row + 4
        row += 5
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
