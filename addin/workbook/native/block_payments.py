"""The payments of a block: order by order from cash, then what support makes good, then in all.

An order that is not in force has no cash, so nothing is paid down it: its lines are zero.
"""

from __future__ import annotations

import numpy as np

from addin.workbook.native.block_plan import OF_WHAT_IS_LEFT
from addin.workbook.native.block_writing import Writing, words
from addin.workbook.timeline import Live
from kmv_core.deal.order import Step
from kmv_core.deal.payments import Line


def write_payments(w: Writing) -> None:
    """Cash, support, and both together."""
    for order in range(len(w.plan.orders)):
        _order(w, order)
    if w.plan.supported:
        _shortfalls(w)
        for i in range(len(w.plan.alive)):
            _support(w, i)
    if w.plan.many or w.plan.supported:
        _in_all(w)


def _order(w: Writing, order: int) -> None:
    plan, page = w.plan, w.page
    name = plan.mark(order)
    if plan.many:
        page.line(
            plan.available[order],
            f"可分配资金 Available{name}",
            w.unit,
            f"={{c}}{plan.block.available}*{{c}}{plan.in_force[order]}",
            w.values.order_available(order),
            role="total",
        )
    for number, level in enumerate(plan.orders[order]):
        if len(level) > 1:
            _level(w, order, number, level, name)
        for line in level:
            # Support may come on top; without it the line is what is paid in all.
            label = "现金 Cash" if plan.supported else "实付 Paid"
            page.line(
                plan.cash[order, line.step],
                f"{label}{name}: {words(line.step)}",
                w.unit,
                _cash(w, order, number, line),
                w.values.cash(order, line.step),
                total=line.step.kind not in ("reserve", "retain"),
            )


def _cash(w: Writing, order: int, number: int, line: Line) -> str:
    left = w.left(order, number)
    if line.step.kind == "residual":
        return f"={left}"
    due = f"{{c}}{w.plan.due_row(order, line.step)}"
    if len(w.plan.orders[order][number]) > 1:
        return f"={due}*{{c}}{w.plan.level_share[order, number]}"
    # What is due of what is left is never more than it.
    return f"={due}" if line.step.kind in OF_WHAT_IS_LEFT else f"=MIN({due},{left})"


def _level(w: Writing, order: int, number: int, level: list[Line], name: str) -> None:
    """The steps of one level share what is left; less than the parameter is rounding, to leave or to owe."""
    total, share = w.plan.level_total[order, number], w.plan.level_share[order, number]
    left = w.left(order, number)
    dues = "+".join(f"{{c}}{w.plan.due_row(order, line.step)}" for line in level)
    w.page.line(
        total,
        f"第{number + 1}级应付合计 Due at level {number + 1}{name}",
        w.unit,
        f"={dues}",
        w.values.level_total(order, number),
    )
    w.page.line(
        share,
        f"第{number + 1}级按比例支付 Share paid at level {number + 1}{name}",
        "小数 decimal",
        f"=IF({left}>$C{share},MIN(1,({left})/MAX({{c}}{total},$C{share})),0)",
        w.values.level_share(order, number),
        "percent",
        parameter=Live(*w.repaid_below()),
    )


def _shortfalls(w: Writing) -> None:
    """What has fallen due and cash did not pay, step by step."""
    for (order, step), row in w.plan.short.items():
        due, cash = f"{{c}}{w.plan.due_row(order, step)}", f"{{c}}{w.plan.cash[order, step]}"
        less = f"-{w.may_stay(step.payee)}" if w.values.fallen(step) else ""
        force = f"*{{c}}${w.plan.in_force[order]}" if w.plan.many else ""
        name = w.plan.mark(order)
        w.page.line(
            row,
            f"待补足 Short{name}: {words(step)}",
            w.unit,
            f"=MAX({due}-{cash}{less},0){force}",
            w.values.short(order, step),
        )


def _support(w: Writing, i: int) -> None:
    plan, page = w.plan, w.page
    line = plan.payments.deal.support[i]
    rows = [(order, step, row) for (j, order, step), row in plan.draw.items() if j == i]
    for order, step, row in rows:
        # Lines of support pay in turn: what those before have paid is no longer short.
        earlier = "".join(f"-{{c}}{plan.draw[j, order, step]}" for j in range(i) if (j, order, step) in plan.draw)
        wanted = f"{{c}}{plan.short[order, step]}{earlier}"
        if i in plan.cap:
            before = f"-SUM({{c}}${rows[0][2]}:{{c}}{row - 1})" if row > rows[0][2] else ""
            wanted = f"MIN({wanted},{{p}}{plan.cap[i]}{before})"
        page.line(
            row,
            f"补足 Support{plan.mark(order)}: {words(step)}",
            w.unit,
            f"={w.parameter(f'payer {i}')}*({wanted})",
            w.values.draws[i, order, step],
        )
    drawn = np.asarray(w.values.run.support[i, 0])
    page.line(
        plan.block.drawn[line.support],
        f"补足合计 Support drawn: {line.support}",
        w.unit,
        f"=SUM({{c}}{rows[0][2]}:{{c}}{rows[-1][2]})" if rows else "=0",
        drawn,
        total=True,
        role="total",
    )
    if i in plan.cap:
        cap = float(line.cap or 0.0)
        page.line(
            plan.cap[i],
            f"剩余额度 Cap left: {line.support}",
            w.unit,
            f"={{p}}{{r}}-{{c}}{plan.block.drawn[line.support]}",
            cap - np.cumsum(drawn),
            opening=Live(f"={w.native.deal.ref('support', i, 'cap')}", cap),
        )


def _in_all(w: Writing) -> None:
    plan = w.plan
    for step, row in plan.block.paid.items():
        cells = [f"{{c}}{cash}" for (_, paid), cash in plan.cash.items() if paid == step]
        cells += [f"{{c}}{drawn}" for (_, _, paid), drawn in plan.draw.items() if paid == step]
        w.page.line(
            row,
            f"实付合计 Paid in all: {words(step)}",
            w.unit,
            "=" + "+".join(cells),
            w.values.paid(step),
            total=step.kind not in ("reserve", "retain"),
        )


def kept_steps(w: Writing) -> list[Step]:
    """Steps whose payments stay on the account."""
    return [step for step in w.plan.block.paid if step.kind in ("reserve", "retain")]
