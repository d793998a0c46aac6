"""The dues of a block: what every step is owed at every date, as kmv_core.deal.payments defines it."""

from __future__ import annotations

import numpy as np

from addin.workbook.native.block_plan import OF_PRINCIPAL
from addin.workbook.native.block_writing import Writing, words
from addin.workbook.native.context import TOLERANCE_CELL
from addin.workbook.timeline import Live
from kmv_core.deal.order import Step
from kmv_core.deal.payments import REPAID_TOLERANCE
from kmv_core.vocabulary.checks import Floats


def write_dues(w: Writing) -> None:
    """Every line of the section, and what is carried of fees and returns that an order leaves out."""
    if w.plan.next_interest:
        _reserve_lines(w)
    for (order, step), row in w.plan.due.items():
        o = w.plan.having(step)[0] if order < 0 else order
        if step.kind == "retain":
            _remaining(w, o, step)
        formula, parameter = _owed(w, o, step, row)
        name = w.plan.mark(o) if order >= 0 else ""
        w.page.line(row, f"应付 Due{name}: {words(step)}", w.unit, formula, w.values.due(o, step), parameter=parameter)
    for step, row in w.plan.arrears.items():
        due, paid = w.plan.due[-1, step], w.plan.block.paid[step]
        formula = f"={{c}}{due}-{{c}}{paid}"
        if step.kind == "fee":
            # Where the order in force leaves the fee out, nothing is charged and what is owed stays.
            formula = f"={{p}}{row}*(1-{w.has(step)[1:]})+{{c}}{due}-{{c}}{paid}"
        w.page.line(row, f"未付 Still owed: {words(step)}", w.unit, formula, w.values.arrears(step))


def _owed(w: Writing, order: int, step: Step, row: int) -> tuple[str, Live | None]:
    """The formula of what is due at a step, and the rate it is charged at."""
    if step.kind == "fee":
        return _fee(w, step, row)
    if step.kind == "interest":
        return _interest(w, step), None
    if step.kind == "reserve":
        return _reserve(w, row)
    if step.kind in OF_PRINCIPAL:
        return _principal(w, order, step), None
    number = next(n for n, level in enumerate(w.plan.orders[order]) if any(line.step == step for line in level))
    if step.kind == "reward":
        rate = Live(
            f"={w.native.deal.ref('structure', 'servicer_reward')}", w.deal.structure.servicer_reward, "percent"
        )
        return f"=$C{row}*({w.left(order, number)})", rate
    if step.kind == "retain":
        owing = f"({{c}}{w.plan.remaining[order, step]}>$C{w.plan.remaining[order, step]})"
        return f"={owing}*({{n}}${w.plan.block.date}>0)*({w.left(order, number)})", None
    k = w.tranche(step.payee)
    rate = Live(f"={w.native.deal.ref('tranches', k, 'fixed_return')}", w.deal.by_rank[k].fixed_return, "percent")
    earned = f"$C{row}*{{c}}{w.plan.fraction}*{{p}}{w.plan.block.balance[step.payee]}"
    return f"={earned}{_carried(w, step, row)}", rate


def _carried(w: Writing, step: Step, row: int) -> str:
    """What was owed and not paid at the date before."""
    if step in w.plan.arrears:
        return f"+{{p}}{w.plan.arrears[step]}"
    return f"+{{p}}{row}-{{p}}{w.plan.block.paid[step]}"


def _fee(w: Writing, step: Step, row: int) -> tuple[str, Live | None]:
    i = next(i for i, each in enumerate(w.deal.fees) if each.fee == step.payee)
    fee = w.deal.fees[i]
    # A call ends the deal: no fee falls due after it.
    still = f"*(1-{{c}}${w.plan.called_before})" if w.plan.callable and fee.basis in ("fixed", "scheduled") else ""
    parameter: Live | None = None
    if fee.basis == "scheduled":
        fresh = w.native.rows.cell("fee_due", fee.fee)
    else:
        base = {
            "collections": f"{{c}}{w.plan.block.collections}",
            "outstanding": f"{{c}}{w.plan.accrual}*SUM({w.balances})",
            "fixed": f"{{c}}{w.plan.accrual}",
        }[fee.basis]
        fresh = f"$C{row}*{base}"
        kind = "money" if fee.basis == "fixed" else "rate"
        parameter = Live(f"={w.native.deal.ref('fees', i, 'rate')}", fee.rate, kind)
    carried, has = _carried(w, step, row), w.has(step)
    return (f"=({fresh}{still}{carried}){has}" if has else f"={fresh}{still}{carried}"), parameter


def _interest(w: Writing, step: Step) -> str:
    block = w.plan.block
    earned = f"{{c}}{block.rate[step.payee]}*{{c}}{w.plan.fraction}*{{p}}{block.balance[step.payee]}"
    return f"={earned}+{{p}}{block.unpaid_interest[step.payee]}"


def _principal(w: Writing, order: int, step: Step) -> str:
    now = f"{{p}}{w.plan.block.balance[step.payee]}"
    earlier = w.paid_so_far(order, w.plan.earlier_principal(order, step))
    if earlier:
        now = f"{now}-{'-'.join(earlier)}"
    scheduled = step.kind == "principal" and not w.plan.payments.pass_through[w.tranche(step.payee)]
    due = f"MAX({now}-{w.may_stay(step.payee)},0)" if scheduled else now
    if w.plan.is_own(step):
        return f"=({due})*{{c}}${w.plan.in_force[order]}" if w.plan.many else f"={due}"
    return f"={due}{w.has(step)}"


def _reserve(w: Writing, row: int) -> tuple[str, Live]:
    reserve, ref = w.deal.reserve, w.native.deal.ref
    target = f"$C{row}*({{c}}{w.plan.next_interest}+{{c}}{w.plan.next_costs})"
    if reserve.reserve_floor > 0.0:
        target = f"MAX({target},{ref('reserve', 'reserve_floor')})"
    owing = f"{{c}}{w.plan.next_interest}>$C${w.plan.fee_memo + 2}*{{n}}{w.plan.fraction}"
    multiple = Live(f"={ref('reserve', 'reserve_multiple')}", reserve.reserve_multiple, "multiple")
    return f"=IF({owing},{target},0){w.has(Step('reserve'))}", multiple


def _reserve_lines(w: Writing) -> None:
    """Interest and fees of the next date, on the balances before this payment."""
    page, plan, payments = w.page, w.plan, w.plan.payments
    memo = plan.fee_memo
    (yearly, yearly_value), (fixed, fixed_value) = w.native.fee_rate("outstanding"), w.native.fee_rate("fixed")
    least = f"={TOLERANCE_CELL}*{w.native.deal.ref('deal', 'issue_size')}*{w.parameter('size')}"
    memos = (
        ("按余额计年费率 Yearly fee rate on the balance", "小数/年 decimal", f"={yearly}", yearly_value, "rate"),
        ("年固定费用 Fixed fees a year", w.unit, f"={fixed}", fixed_value, "money"),
        ("视为付清的余额 Repaid below", w.unit, least, REPAID_TOLERANCE * w.deal.issue_size, "least"),
    )
    for i, (label, unit, formula, value, kind) in enumerate(memos):
        page.text(memo + i, 1, label)
        page.text(memo + i, 2, unit, "note")
        page.formula(memo + i, 3, formula, value, kind)
    rates = list(plan.block.rate.values())
    opening = w.values.opening
    page.line(
        plan.next_interest,
        "下期利息（按期初余额） Next interest, opening balances",
        w.unit,
        f"={{n}}{plan.fraction}*SUMPRODUCT({{n}}{rates[0]}:{{n}}{rates[-1]},{w.balances})",
        _next((payments.interest[:, 1:] * opening[:, :-1]).sum(axis=0)),
    )
    accruals = w.native.assessment.schedule.accruals
    scheduled = [fee.fee for fee in w.deal.fees if fee.basis == "scheduled"]
    extra = "".join("+" + w.native.rows.cell("fee_due", name, column="{n}") for name in scheduled)
    costs = accruals[1:] * (yearly_value * opening[:, :-1].sum(axis=0) + fixed_value)
    for name in scheduled:
        costs = costs + payments.scheduled_fees[name][1:]
    page.line(
        plan.next_costs,
        "下期费用（不含按回收额计） Next fees, not on collections",
        w.unit,
        f"={{n}}{plan.accrual}*($C${memo}*SUM({w.balances})+$C${memo + 1}){extra}",
        _next(costs),
    )


def _next(values: Floats) -> Floats:
    """Of the date after; nothing follows the last."""
    return np.append(values, 0.0)


def _remaining(w: Writing, order: int, step: Step) -> None:
    row = w.plan.remaining[order, step]
    earlier: list[Step] = []
    for level in w.plan.orders[order]:
        if any(line.step == step for line in level):
            break
        earlier += [line.step for line in level if line.step.kind in OF_PRINCIPAL]
    paid = w.paid_so_far(order, earlier)
    label = f"待还本金{w.plan.mark(order)}（参数：视为付清） Still outstanding"
    w.page.line(
        row,
        label,
        w.unit,
        "=" + "-".join([f"SUM({w.balances})", *paid]),
        w.values.remaining(order, step),
        parameter=Live(*w.repaid_below()),
    )
