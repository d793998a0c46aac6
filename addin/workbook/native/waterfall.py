"""The waterfall as a block of native formulas: what is available, due and paid at every date.

One block stands for one run; the base case, the proof of a break-even multiple and the spot check of a shock
are the same block under other parameters. Its parts: block_plan and block_layout (rows), block_values (what the core has in each cell),
block_dues, block_payments and block_states (formulas).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from addin.workbook.native.block_dues import write_dues
from addin.workbook.native.block_layout import lay_out
from addin.workbook.native.block_payments import write_payments
from addin.workbook.native.block_plan import Block as Block
from addin.workbook.native.block_states import write_balances, write_call, write_tests, write_triggers
from addin.workbook.native.block_values import Values
from addin.workbook.native.block_writing import Writing
from addin.workbook.native.context import Native
from addin.workbook.page import both
from addin.workbook.timeline import Live, Timeline
from kmv_core.deal.changes import without_clean_up_call
from kmv_core.deal.payments import Payments
from kmv_core.deal.waterfall import PAID_TOLERANCE, Waterfall


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number the block is run under: an input (the text of a number) or a formula, and its value."""

    value: float
    formula: str = ""
    computed: bool = False


def write_block(
    page: Timeline,
    top: int,
    native: Native,
    run: Waterfall,
    title: tuple[str, str],
    *,
    multiple: Parameter,
    size: Parameter | None = None,
    coupon: Parameter | None = None,
    alive: Sequence[bool] = (),
    has_call: bool = True,
) -> Block:
    """Write one run ([one path]) from row `top` on.

    The head of the columns stands right under the sheet's heading, once for all blocks: it is repeated on every page.
    `alive` says which payers of support pay in it, none if left out; `has_call` is off in a run without the call.
    """
    base = native.assessment.deal if has_call else without_clean_up_call(native.assessment.deal)
    deal = replace(base, tranches=run.tranches, issue_size=sum(each.balance for each in run.tranches))
    plan = lay_out(Payments(deal, native.assessment.schedule), alive, top)
    writing = Writing(page, native, deal, plan, Values(plan, run))
    parameters = {"multiple": multiple, "size": size or Parameter(1.0), "coupon": coupon or Parameter(0.0)}
    page.section(top, *title, page.width)
    for row, title in plan.titles.items():
        page.text(row, 1, both(*title), "total")
    _parameters(writing, parameters)
    _dates(writing)
    _rates(writing)
    _cash(writing)
    write_triggers(writing)
    write_dues(writing)
    write_payments(writing)
    write_call(writing, multiple.value)
    write_balances(writing)
    write_tests(writing)
    return plan.block


def _parameters(w: Writing, chosen: dict[str, Parameter]) -> None:
    words = {
        "multiple": ("回收倍数 Multiple of expected collections q", "倍 multiple"),
        "size": ("发行规模倍数 Multiple of the issue size", "倍 multiple"),
        "coupon": ("票面利率变动 Shift of coupons", "小数/年 decimal"),
        "tolerance": ("付清容差（占规模） Repaid below, share of the size", "小数 decimal"),
    }
    words |= {
        f"payer {i}": (f"是否履行补足 Pays (1) or not (0): {each.support}", "是 1 否 0")
        for i, each in enumerate(w.deal.support)
    }
    values = dict(chosen)
    values["tolerance"] = Parameter(PAID_TOLERANCE)
    values |= {f"payer {i}": Parameter(float(on)) for i, on in enumerate(w.plan.alive)}
    for key, row in w.plan.parameters.items():
        label, unit = words[key]
        w.page.text(row, 1, label)
        w.page.text(row, 2, unit, "note")
        each = values[key]
        kind = "least_share" if key == "tolerance" else ("integer" if key.startswith("payer") else "multiple")
        if each.formula:
            w.page.formula(row, 3, each.formula, each.value, kind)
        else:
            w.page.value(row, 3, each.value, kind, "computed" if each.computed else "calc")


def _dates(w: Writing) -> None:
    schedule, rows = w.native.assessment.schedule, w.native.rows
    w.page.line(w.plan.block.date, "支付日 Payment date", "日期 date", "=" + rows.cell("date"), schedule.dates, "date")
    w.page.line(
        w.plan.accrual,
        "支付间隔（费用） Years since the date before (fees)",
        "年 years",
        "=" + rows.cell("accrual"),
        schedule.accruals,
        "years",
    )
    w.page.line(
        w.plan.fraction,
        "计息期（利息） Interest period",
        "年 years",
        "=" + rows.cell("fraction"),
        schedule.fractions,
        "years",
    )


def _rates(w: Writing) -> None:
    """Coupon rates under the block's shift: of the margin, where the coupon floats."""
    rows, base = w.native.rows, {each.tranche: each for each in w.native.assessment.deal.tranches}
    for k, each in enumerate(w.deal.by_rank):
        row = w.plan.block.rate[each.tranche]
        # A tranche without coupon has none to shift.
        shift = f"+{w.parameter('coupon')}" if base[each.tranche].coupon > 0.0 else ""
        parameter: Live | None = None
        if not rows.has("coupon", each.tranche):
            formula = "=0"
        elif each.rate_type == "floating" and shift:
            coupon = w.native.deal.ref("tranches", k, "coupon")
            parameter = Live(f"={coupon}{shift}", each.coupon, "percent")
            step = "+" + rows.cell("step_up", each.tranche) if rows.has("step_up", each.tranche) else ""
            formula = f"=MAX({rows.cell('benchmark')}+$C{row},0){step}"
        else:
            formula = f"={rows.cell('coupon', each.tranche)}{shift}"
        w.page.line(
            row,
            f"年利率 Rate a year: {each.tranche}",
            "小数/年 decimal",
            formula,
            w.plan.payments.rates[k],
            "percent",
            parameter=parameter,
        )


def _cash(w: Writing) -> None:
    page, plan, block = w.page, w.plan, w.plan.block
    still = ""
    if plan.callable:
        page.line(
            plan.called_before,
            "已清仓回购 Called before",
            "是 1 否 0",
            f"={{p}}{{r}}+{{p}}{block.call}",
            w.values.called_before,
            "integer",
            opening=0,
        )
        still = f"*(1-{{c}}{plan.called_before})"
    page.line(
        block.collections,
        "净回收款 Net collections",
        w.unit,
        f"={w.native.rows.cell('net')}*{w.parameter('multiple')}{still}",
        w.values.collections,
        total=True,
    )
    page.line(
        plan.opening_account,
        "加：期初账户余额 Plus: account before",
        w.unit,
        f"={{p}}{block.reserve}",
        w.values.opening_account,
    )
    page.line(
        block.available,
        "可分配资金 Available",
        w.unit,
        f"={{c}}{block.collections}+{{c}}{plan.opening_account}",
        w.values.available,
        role="total",
    )
