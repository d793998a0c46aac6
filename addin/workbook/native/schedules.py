"""The Schedules sheet: coupon rates, principal that falls due and scheduled fees, as kmv_core.deal.schedule."""

from __future__ import annotations

import numpy as np

from addin.workbook.native.context import MASTER, Native
from addin.workbook.timeline import Live, Timeline
from kmv_core.deal.order import has_interest
from kmv_core.deal.schedule import coupon_rates, fees_due, shares_due
from kmv_core.vocabulary.checks import Floats

SHEET = "Schedules"
HEAD, DUE_DATE = 6, 7


def write_schedules(native: Native) -> Timeline:
    """The sheet, after Collections: what falls due by contract, whatever the pool brings."""
    page = Timeline(native.book, SHEET, native.periods)
    page.heading(
        "应付安排",
        "Schedules",
        (
            "回答：各期利率是多少，本金与约定费用何时到期应付（与资产池回收无关）。",
            "Answers: the coupon rate of every period, and when principal and scheduled fees fall due by contract.",
        ),
        native.unit,
        MASTER,
    )
    page.time_headers(HEAD)
    closing = native.assessment.deal.closing_date
    page.line(
        DUE_DATE,
        "应付日 Due date",
        "日期 date",
        "=" + native.rows.cell("due_date"),
        native.assessment.schedule.due_dates,
        "date",
        opening=Live("=" + native.rows.closing("due_date"), closing, "date"),
    )
    row = DUE_DATE + 2
    benchmark = row + 2
    if native.assessment.deal.benchmark:
        row = 1 + _benchmark(native, page, row)
    row = _coupons(native, page, row, benchmark)
    row = _principal(native, page, row + 1)
    _fees(native, page, row + 1)
    return page


def _coupons(native: Native, page: Timeline, row: int, benchmark: int) -> int:
    """Benchmark, step-ups and the rate of every tranche that may be owed interest."""
    deal, ref, rows = native.assessment.deal, native.deal.ref, native.rows
    rates = coupon_rates(deal, native.assessment.schedule)
    starts = (deal.closing_date, *native.assessment.schedule.due_dates[:-1])
    start = f"{{p}}${DUE_DATE}"
    page.section(
        row, "年利率（计息期初确定）", "Coupon rates a year, set at the start of each interest period", page.width
    )
    row += 1
    if any(each.rate_type == "floating" for each in deal.tranches):
        last = benchmark + len(deal.benchmark) - 1
        dates, values = f"$B${benchmark}:$B${last}", f"$C${benchmark}:$C${last}"
        path = sorted(deal.benchmark, key=lambda line: line.from_date)
        at_start = [next((x.benchmark_rate for x in reversed(path) if x.from_date <= each), 0.0) for each in starts]
        page.line(
            rows.put("benchmark", page, row),
            "基准利率 Benchmark",
            "小数/年 decimal",
            f"=IFERROR(INDEX({values},MATCH({start},{dates},1)),0)",
            at_start,
            "percent",
        )
        row += 1
    for k, each in enumerate(deal.by_rank):
        if not has_interest(deal, each):
            continue
        name = each.tranche
        step = ""
        if each.step_up_date is not None:
            date, up = ref("tranches", k, "step_up_date"), ref("tranches", k, "step_up")
            stepped = [each.step_up if day >= each.step_up_date else 0.0 for day in starts]
            label = f"利率上调 Step-up: {name}"
            page.line(
                rows.put("step_up", page, row, name),
                label,
                "小数/年 decimal",
                f"={up}*({start}>={date})",
                stepped,
                "percent",
            )
            step = "+" + rows.cell("step_up", name, sheet=False)
            row += 1
        coupon = ref("tranches", k, "coupon")
        base = coupon
        if each.rate_type == "floating":
            base = f"MAX({rows.cell('benchmark', sheet=False)}+{coupon},0)"
        page.line(
            rows.put("coupon", page, row, name),
            f"票面年利率 Coupon rate: {name}",
            "小数/年 decimal",
            f"={base}{step}",
            rates[k],
            "percent",
        )
        row += 1
    return row


def _principal(native: Native, page: Timeline, row: int) -> int:
    """Share of principal fallen due, and what may still be outstanding."""
    deal, ref, rows = native.assessment.deal, native.deal.ref, native.rows
    shares = shares_due(deal, native.assessment.schedule)
    following = f"{{n}}${DUE_DATE}"
    page.section(row, "本金到期", "Principal that falls due", page.width)
    row += 1
    for k, each in enumerate(deal.by_rank):
        name = each.tranche
        # After the last date stands an empty cell.
        formula, parameter = f"=1*({following}=0)", None
        if each.repayment == "scheduled":
            listed = "0"
            if deal.principal_schedule:
                listed = f"{{c}}{row}"
                row = _listed(native, page, row, k)
            formula = f"=IF(({following}>0)*({following}<=$C{row}),MIN(1,{listed}),1)"
            parameter = Live(f"={ref('tranches', k, 'expected_maturity')}", each.expected_maturity, "date")
        page.line(
            rows.put("share_due", page, row, name),
            f"累计到期本金占比 Share fallen due: {name}",
            "小数 decimal",
            formula,
            shares[k],
            "percent",
            parameter=parameter,
        )
        page.line(
            rows.put("may_stay", page, row + 1, name),
            f"尚可未偿余额 Balance not fallen due: {name}",
            native.unit,
            f"={ref('tranches', k, 'balance')}*(1-{{c}}{row})",
            each.balance * (1.0 - shares[k]),
        )
        row += 2
    return row


def _listed(native: Native, page: Timeline, row: int, k: int) -> int:
    """The lines of the deal's principal schedule up to each date, of one tranche."""
    deal, column = native.assessment.deal, native.deal.column
    each = deal.by_rank[k]
    schedule = native.assessment.schedule
    listed: Floats = np.zeros(native.periods)
    for line in deal.principal_schedule:
        if line.tranche == each.tranche:
            listed[schedule.index_from(line.due_date) :] += line.principal_share
    names, dates = column("principal_schedule", "tranche"), column("principal_schedule", "due_date")
    due = f"(({dates}<={{c}}${DUE_DATE})+({{n}}${DUE_DATE}=0)>0)"
    return page.line(
        row,
        f"其中按计划 By the principal schedule: {each.tranche}",
        "小数 decimal",
        f"=SUMPRODUCT(({names}={native.deal.ref('tranches', k, 'tranche')})*{due}*{column('principal_schedule', 'principal_share')})",
        listed,
        "percent",
    )


def _fees(native: Native, page: Timeline, row: int) -> None:
    """Amounts of the scheduled fees: each at the first date on or after its own, the last if there is none."""
    deal, column = native.assessment.deal, native.deal.column
    scheduled = [(i, fee) for i, fee in enumerate(deal.fees) if fee.basis == "scheduled"]
    if not scheduled:
        return
    page.section(row, "约定费用", "Scheduled fees", page.width)
    row += 1
    for i, fee in scheduled:
        formula = "=0"
        if deal.fee_schedule:
            names, dates = column("fee_schedule", "fee"), column("fee_schedule", "due_date")
            due = f"(({dates}<={{c}}${DUE_DATE})+({{n}}${DUE_DATE}=0)>0)"
            of = native.deal.ref("fees", i, "fee")
            formula = f"=SUMPRODUCT(({names}={of})*{due}*{column('fee_schedule', 'amount_due')})"
        amounts = fees_due(deal, native.assessment.schedule, fee.fee)
        page.line(
            row, f"累计约定费用 Scheduled to date: {fee.fee}", native.unit, formula, np.cumsum(amounts), opening=0.0
        )
        page.line(
            native.rows.put("fee_due", page, row + 1, fee.fee),
            f"当期约定费用 Scheduled: {fee.fee}",
            native.unit,
            f"={{c}}{row}-{{p}}{row}",
            amounts,
            total=True,
        )
        row += 2


def _benchmark(native: Native, page: Timeline, row: int) -> int:
    """The path of the benchmark in the order of its dates, whatever order it was typed in."""
    deal, ref = native.assessment.deal, native.deal.ref
    page.section(row, "基准利率路径", "Benchmark path", page.width)
    page.headers(row + 1, 1, ["区间 Line", "自 From", "年利率 Rate a year"], height=30)
    order = sorted(range(len(deal.benchmark)), key=lambda i: deal.benchmark[i].from_date)
    top = row + 2
    for at, i in enumerate(order):
        line = deal.benchmark[i]
        page.text(top + at, 1, f"第{at + 1}段 Line {at + 1}")
        page.formula(top + at, 2, f"={ref('benchmark', i, 'from_date')}", line.from_date, "date")
        page.formula(top + at, 3, f"={ref('benchmark', i, 'benchmark_rate')}", line.benchmark_rate, "percent")
    return top + len(order)
