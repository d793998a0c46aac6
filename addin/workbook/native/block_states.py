"""What a block decides and keeps: triggers and the order in force, the clean-up call, balances, and its tests."""

from __future__ import annotations

import numpy as np

from addin.workbook.native.block_payments import kept_steps
from addin.workbook.native.block_plan import OF_PRINCIPAL
from addin.workbook.native.block_writing import Writing
from addin.workbook.timeline import Live
from kmv_core.deal.deal import Trigger
from kmv_core.deal.order import Step
from kmv_core.vocabulary.checks import Floats


def write_triggers(w: Writing) -> None:
    """Value, state and the order in force; the first active trigger of the list decides."""
    plan, page, deal = w.plan, w.page, w.deal
    if not deal.triggers:
        return
    collected = np.cumsum(w.values.collections)
    if plan.collected:
        page.line(
            plan.collected,
            "累计净回收（本情形） Net collections to date, this run",
            w.unit,
            f"={{p}}{{r}}+{{c}}{plan.block.collections}",
            collected,
            opening=0.0,
        )
    for i, each in enumerate(deal.triggers):
        if each.test != "date":
            _value(w, each, collected)
        _active(w, i, each)
    _order_in_force(w)


def _value(w: Writing, each: Trigger, collected: Floats) -> None:
    row = w.plan.block.trigger_value[each.trigger]
    if each.test == "unpaid":
        subject = each.subject or w.plan.names[0]
        flags = w.values.in_arrears(subject)
        label = f"触发值 Trigger value: {each.trigger}（{subject} 拖欠 unpaid）"
        formula = f"={{p}}{w.plan.in_arrears[subject]}"
        w.page.line(row, label, "是 1 否 0", formula, np.concatenate([[0.0], flags[:-1]]), "integer")
        return
    expected = w.plan.payments.triggers.expected if w.plan.payments.triggers is not None else collected
    share = np.where(expected > 0.0, collected / np.where(expected > 0.0, expected, 1.0), 1.0)
    to_date = w.native.rows.cell("net_to_date")
    w.page.line(
        row,
        f"触发值 Trigger value: {each.trigger}（实收/预期 of expected）",
        "小数 decimal",
        f"=IF({to_date}>0,{{c}}{w.plan.collected}/{to_date},1)",
        share,
        "percent",
    )


def _active(w: Writing, i: int, each: Trigger) -> None:
    plan, ref = w.plan, w.native.deal.ref
    row = plan.block.trigger_active[each.trigger]
    holds = []
    if each.from_date is not None:
        due, legal = w.native.rows.cell("due_date"), ref("deal", "legal_maturity")
        holds.append(f"({due}>=MIN({ref('triggers', i, 'from_date')},{legal}))")
    if each.test == "cumulative_recovery":
        holds.append(f"({{c}}{plan.block.trigger_value[each.trigger]}<{ref('triggers', i, 'limit')})")
    elif each.test == "unpaid":
        holds.append(f"{{c}}{plan.block.trigger_value[each.trigger]}")
    now = "*".join(holds)
    # After a call there is nothing left to test: what was active then stays as it was.
    before = f"{{c}}${plan.called_before}"
    if each.curable != "yes":
        formula = f"=MAX({{p}}{{r}},1*{now}{f'*(1-{before})' if plan.callable else ''})"
    elif plan.callable:
        formula = f"=IF({before}=0,1*{now},{{p}}{{r}})"
    else:
        formula = f"=1*{now}"
    number = w.plan.order_names.index(each.order) + 1
    w.page.line(
        row,
        f"触发 Trigger active: {each.trigger}（参数：{each.order}）",
        "是 1 否 0",
        formula,
        np.asarray(w.values.run.trigger_active[i, 0], dtype=np.float64),
        "integer",
        opening=0,
    )
    w.page.value(row, 3, number, "integer", "calc")


def _order_in_force(w: Writing) -> None:
    plan, page, block = w.plan, w.page, w.plan.block
    rows = list(block.trigger_active.values())
    numbers = ", ".join(f"{i + 1} {name}" for i, name in enumerate(plan.order_names))
    area = f"{{c}}{rows[0]}:{{c}}{rows[-1]}"
    page.line(
        block.order,
        f"生效顺序 Order in force: {numbers}",
        "编号 number",
        f"=IFERROR(INDEX($C${rows[0]}:$C${rows[-1]},MATCH(1,{area},0)),1)",
        w.values.run.order_index[0] + 1,
        "integer",
    )
    for o, row in enumerate(plan.in_force):
        page.line(
            row,
            f"是否生效 In force: {plan.order_names[o]}",
            "是 1 否 0",
            f"=1*({{c}}{block.order}=$C{row})",
            w.values.in_force[o],
            "integer",
        )
        page.value(row, 3, o + 1, "integer", "calc")


def write_call(w: Writing, multiple: float) -> None:
    """The clean-up call after a date's payment, before the last date."""
    plan, page, block = w.plan, w.page, w.plan.block
    if not plan.callable:
        return
    ref, rules = w.native.deal.ref, w.deal.structure
    principal = [f"{{c}}{block.paid[step]}" for step in block.paid if step.kind in OF_PRINCIPAL]
    total = w.values.outstanding_before_call
    price = total + w.values.interest_unpaid_before_call
    page.line(
        plan.call_total,
        "未偿本金（参数：回购上限） Outstanding (most to be called)",
        w.unit,
        "=" + "-".join([f"SUM({w.balances})", *principal]),
        total,
        parameter=Live(
            f"={ref('structure', 'call_share')}*{ref('deal', 'issue_size')}*{w.parameter('size')}",
            rules.call_share * w.deal.issue_size,
        ),
    )
    interest = [f"+{{c}}{block.due[step]}-{{c}}{block.paid[step]}" for step in block.due if step.kind == "interest"]
    page.line(
        plan.call_price,
        "回购价含欠息（参数：覆盖倍数） Price (cover wanted)",
        w.unit,
        f"={{c}}{plan.call_total}{''.join(interest)}",
        price,
        parameter=Live(f"={ref('structure', 'call_cover')}", rules.call_cover, "multiple"),
    )
    rows = w.native.rows
    expected = w.native.expected
    page.line(
        plan.call_ahead,
        "尚待回收 Collections still to come",
        w.unit,
        f"={w.parameter('multiple')}*({rows.last('net_to_date')}-{rows.cell('net_to_date')})",
        multiple * (expected.sum() - np.cumsum(expected)),
    )
    tests = (
        f"{{c}}{plan.called_before}=0",
        f"{{c}}{plan.call_total}>{w.parameter('tolerance')}*$C{block.call}",
        f"{{c}}{plan.call_total}<=$C{plan.call_total}",
        f"{{c}}{plan.call_ahead}>=$C{plan.call_price}*{{c}}{plan.call_price}",
        f"{{n}}${block.date}>0",
    )
    page.line(
        block.call,
        "清仓回购（参数：发行规模） Called (issue size)",
        "是 1 否 0",
        f"=1*AND({','.join(tests)})",
        w.values.call,
        "integer",
        opening=0,
        parameter=Live(f"={ref('deal', 'issue_size')}*{w.parameter('size')}", w.deal.issue_size),
    )
    for k, name in enumerate(plan.names):
        owed = f"{{p}}{block.balance[name]}" + "".join(
            f"-{{c}}{block.paid[step]}" for step in block.paid if step.kind in OF_PRINCIPAL and step.payee == name
        )
        step = Step("interest", name)
        if step in block.due:
            owed += f"+{{c}}{block.due[step]}-{{c}}{block.paid[step]}"
        page.line(
            block.called[name],
            f"回购支付 Paid by the call: {name}",
            w.unit,
            f"=({owed})*{{c}}{block.call}",
            w.values.called[k],
            total=True,
        )


def write_balances(w: Writing) -> None:
    """Notes and account after the payment."""
    deal, block, ref = w.deal, w.plan.block, w.native.deal.ref
    for k, each in enumerate(deal.by_rank):
        paid = [
            f"{{c}}{block.paid[step]}"
            for step in block.paid
            if step.kind in OF_PRINCIPAL and step.payee == each.tranche
        ]
        left = "-".join(["{p}{r}", *paid])
        w.page.line(
            block.balance[each.tranche],
            f"余额 Balance: {each.tranche}",
            w.unit,
            f"=({left})*(1-{{c}}{block.call})" if w.plan.callable else f"={left}",
            w.values.run.outstanding[k, 0],
            opening=Live(f"={ref('tranches', k, 'balance')}*{w.parameter('size')}", each.balance),
        )
    w.page.line(
        block.reserve,
        "余额 Balance: 账户 account",
        w.unit,
        "=" + ("+".join(f"{{c}}{block.paid[step]}" for step in kept_steps(w)) or "0"),
        w.values.run.reserve[0],
        opening=Live(f"={ref('reserve', 'reserve_initial')}", w.values.run.reserve_initial),
    )


def write_tests(w: Writing) -> None:
    """Cash in less cash out, and what of each tranche is owed after the payment."""
    block, run, page = w.plan.block, w.values.run, w.page
    paid = list(block.paid.values())
    drawn = "".join(f"+{{c}}{row}" for row in block.drawn.values())
    page.line(
        block.imbalance,
        "检验 Test: 流入减流出 cash in less cash out",
        w.unit,
        f"={{c}}{block.available}{drawn}-SUM({{c}}{paid[0]}:{{c}}{paid[-1]})",
        run.imbalance()[0],
        "zero",
    )
    for k, name in enumerate(w.plan.names):
        if name in block.unpaid_interest:
            step = Step("interest", name)
            unpaid = f"{{c}}{block.due[step]}-{{c}}{block.paid[step]}"
            page.line(
                block.unpaid_interest[name],
                f"检验 Test: 未付利息 unpaid interest, {name}",
                w.unit,
                f"=({unpaid})*(1-{{c}}{block.call})" if w.plan.callable else f"={unpaid}",
                run.interest_short[k, 0],
            )
        page.line(
            block.overdue_principal[name],
            f"检验 Test: 到期未付本金 principal overdue, {name}",
            w.unit,
            f"=MAX({{c}}{block.balance[name]}-{w.may_stay(name)},0)",
            run.principal_short[k, 0],
        )
        page.line(
            block.unpaid_principal[name],
            f"检验 Test: 未偿本金占比 principal unpaid, {name}",
            "小数 decimal",
            f"={{c}}{block.balance[name]}/$E{block.balance[name]}",
            run.outstanding[k, 0] / w.values.payments.sizes[k],
            "percent",
        )
        if name in w.plan.in_arrears:
            _arrears(w, k, name)


def _arrears(w: Writing, k: int, name: str) -> None:
    block, row = w.plan.block, w.plan.in_arrears[name]
    owed = [f"{{c}}{block.overdue_principal[name]}"]
    if name in block.unpaid_interest:
        owed.append(f"{{c}}{block.unpaid_interest[name]}")
    w.page.line(
        row,
        f"检验 Test: 有拖欠 in arrears, {name}",
        "是 1 否 0",
        f"=1*(MAX({','.join(owed)})>$C{row})",
        w.values.in_arrears(name),
        "integer",
        opening=0,
        parameter=Live(
            f"={w.parameter('tolerance')}*$E{block.balance[name]}", 1e-12 * float(w.values.payments.sizes[k]), "least"
        ),
    )
