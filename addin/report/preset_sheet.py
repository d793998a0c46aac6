"""The Preset sheet: the notes under preset conditions, and what each risk control is worth."""

from __future__ import annotations

from addin.report.analyses import refusals, shown_distance
from addin.report.computed import PageRows, computed, notes
from addin.workbook.charts import Line, bar_chart, bars_height, pd_most
from addin.workbook.native.context import MASTER, Native
from addin.workbook.page import Page
from kmv_core.risk.preset import Condition, PresetConditions, preset_conditions

SHEET = "Preset"
_FIRST = 6
_NOTES = (
    (
        "变动 = 该条件下违约概率 - 基准违约概率，单位为百分点；风控措施的变动即其价值。违约概率计入补足；除精确口径外，违约距离仅反映资产池。",
        "Change = PD under the condition less base PD (pp): what a control is worth. PDs count support; unless exact, the DD is the pool's own.",
    ),
    (
        "每次仅去除一项措施；各项价值之和不等于全部去除的变动，因措施之间可相互替代。",
        "Controls are taken away one at a time; their worths do not add up to that of all, because one stands in for another.",
    ),
)
_RESERVE = (
    "储备由回收款积累时，本金偿还较晚、利息较多：去除后可提前还本，违约概率可能下降（变动为负）。",
    "A reserve filled from collections repays principal later, at more interest: without it notes are redeemed sooner, and PD may fall (a change below 0).",
)
_LOANS = (
    (
        "无分层：各档同顺位按比例兑付，补足覆盖整个顺位。无超额覆盖：预期回收恰等于基准情形全部应付。",
        "No subordination: all notes rank alike, support covers the class. No overcollateral: expected collections just equal all due in the base case.",
    ),
    (
        "回收下降按新的预测重新计算，累计回收触发机制以新预测为准；波动率及其余输入不变。due 口径固定基准的加权期限。",
        "Lower collections are a lower forecast, also for a recovery trigger; all else as it stands. The due reading holds the base case's weighted lives.",
    ),
)
_LICENCES = (
    (
        "无分层：各档同顺位按比例兑付，补足覆盖整个顺位。无超额覆盖：合同许可费恰等于基准情形全部应付。",
        "No subordination: all notes rank alike, support covers the class. No overcollateral: fees by contract just equal all due in the base case.",
    ),
    (
        "许可费下降按新的合同金额重新计算，其余输入不变。due 口径固定基准的加权期限。",
        "Lower fees are lower amounts by contract, all else as it stands. The due reading holds the base case's weighted lives.",
    ),
)
_SURPLUS = (
    "超额资金不留存时归末档剩余收益，不计为其本金；同顺位的过手档按全部余额参与分配，计划还本档可能因此逾期。",
    "Surplus not retained goes to the last tranche as residual, not as principal; pass-through notes claim all they are owed beside scheduled ones.",
)
_EVENTS = (
    "利率上升或回收下降时，各档违约概率是多少；每项措施值多少。",
    "higher rates or lower collections?",
)
_LICENCE_EVENTS = (
    "最大被许可人违约、利率上升或许可费下降时，各档违约概率是多少；每项措施值多少。",
    "the largest licensee in default, higher rates or lower fees?",
)


def write_preset(native: Native) -> PresetConditions:
    """One table a tranche and a chart of the controls; computed values, their changes live."""
    found = preset_conditions(native.assessment.deal)
    licences = bool(native.assessment.deal.licences)
    events = _LICENCE_EVENTS if licences else _EVENTS
    has_reserve = any(each.name == "without_reserve" for each in found.conditions)
    words = (*_NOTES, *([_RESERVE] if has_reserve else []), *(_LICENCES if licences else _LOANS), _SURPLUS)
    page = native.book.page(SHEET)
    page.heading(
        "预设条件与风控措施价值",
        "Preset conditions and the worth of risk controls",
        (
            f"回答：去除某项风控措施、{events[0]}",
            f"Answers: what is each control worth, and what is the PD with {events[1]}",
        ),
        native.unit,
        MASTER,
    )
    heads = _heads(found)
    widths = [58, *[17] * (len(heads) - 1)]
    page.widths(*widths)
    tops, row = [], _FIRST
    rows = PageRows(page, _FIRST, sum(widths))
    for k in range(len(found.tranches)):
        rows.room_for(row, len(found.conditions) + 3)
        tops.append(row + 2)
        row = _table(page, found, k, heads, row)
    row = refusals(page, row, ((each.label, each.problems) for each in found.conditions))
    rows.room_for(row, 2 * len(words))
    row = notes(page, row, words)
    _chart(page, rows, found, tops, row + 1)
    page.finish(titles="1:5", stamp=native.stamp)
    return found


def _heads(found: PresetConditions) -> list[str]:
    """The headline's figures, then PD and change in every other reading."""
    lead = found.headline
    heads = ["条件\nCondition", f"违约距离 DD\n({lead})", f"违约概率 PD\n({lead})", "变动（百分点）\nChange of PD (pp)"]
    heads += [f"展期概率 PE\n({lead})", "变动（百分点）\nChange of PE (pp)"]
    for reading in found.readings[1:]:
        heads += [f"违约概率 PD\n({reading})", "变动（百分点）\nChange of PD (pp)"]
    return heads


def _table(page: Page, found: PresetConditions, k: int, heads: list[str], row: int) -> int:
    page.section(row, "档次 Tranche:", found.tranches[k], len(heads))
    page.headers(row + 1, 1, heads, height=34)
    for i, each in enumerate(found.conditions):
        _line(page, found, each, k, row + 2 + i, row + 2)
    return row + 2 + len(found.conditions) + 1


def _line(page: Page, found: PresetConditions, condition: Condition, k: int, at: int, base: int) -> None:
    page.text(at, 1, condition.label)
    lead, reference = found.figures(condition, k), found.figures(found.base, k)
    if lead is None or reference is None:
        for column in range(2, 7 + 2 * len(found.readings[1:])):
            computed(page, at, column, None, "text")
        return
    computed(page, at, 2, shown_distance(lead), "multiple")
    computed(page, at, 3, lead.probability_of_default, "percent4")
    _change(page, at, 4, base, lead.probability_of_default - reference.probability_of_default)
    computed(page, at, 5, lead.extension_probability, "percent4")
    _change(page, at, 6, base, lead.extension_probability - reference.extension_probability)
    for i, reading in enumerate(found.readings[1:]):
        figures, worth = found.figures(condition, k, reading), found.worth(condition, k, reading)
        if figures is not None and worth is not None:
            computed(page, at, 7 + 2 * i, figures.probability_of_default, "percent4")
            _change(page, at, 8 + 2 * i, base, worth)


def _change(page: Page, at: int, column: int, base: int, value: float) -> None:
    here, there = (page.ref(row, column - 1, fixed=False, sheet=False) for row in (at, base))
    page.formula(at, column, f"={here}-{there}", value, "percent4")


def _chart(page: Page, printed: PageRows, found: PresetConditions, tops: list[int], row: int) -> None:
    rows = [i for i, each in enumerate(found.conditions) if each.group == "control" and each.tranches]
    # One block of cells: a control without a figure ends it, and the table still tells.
    rows = [i for n, i in enumerate(rows) if i == rows[0] + n]
    if not rows:
        return
    controls = [found.conditions[i] for i in rows]
    worths = [found.worth(each, k) or 0.0 for each in controls for k in range(len(found.tranches))]
    height = bars_height(len(rows), len(found.tranches))
    printed.room_for_chart(row, height)
    lines = [Line(name, (top + rows[0], 4, top + rows[-1], 4)) for name, top in zip(found.tranches, tops, strict=True)]
    bar_chart(
        page.sheet,
        f"A{row + 1}",
        f"单独去除各项措施后违约概率的变动（百分点） Change of PD without each control, pp ({found.headline})",
        (tops[0] + rows[0], 1, tops[0] + rows[-1], 1),
        lines,
        y_limits=(None, pd_most(max(worths))),
        size=(26, height),
    )
