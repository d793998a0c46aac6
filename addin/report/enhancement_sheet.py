"""The Enhancement sheet: what each risk control is worth, and shares of the whole that add up."""

from __future__ import annotations

import numpy as np

from addin.report.analyses import ends, lead, method_note
from addin.report.computed import PageRows, chart_rows, computed, notes
from addin.workbook.charts import Line, bars_height, bridge_chart
from addin.workbook.native.context import FAIL, MASTER, PASS, TOLERANCE, TOLERANCE_CELL, Native
from addin.workbook.page import Page, both
from kmv_core.risk.enhancement import EnhancementValue, enhancement_value
from kmv_core.vocabulary.errors import KmvError

SHEET = "Enhancement"
_FIRST = 6
_HEADS = (
    "风控措施\nControl",
    "去除后 PD\nPD without it alone",
    "单独价值\nWorth off alone",
    "PD 份额（Shapley）\nShare of the fall of PD",
    "占全部\nOf the whole",
    "DD 份额（Shapley）\nShare of the rise of DD",
)
_PARTS = ("空白\nSpace", "违约概率\nPD", "份额：降低\nShare, lowers PD", "份额：抬高\nShare, raises PD")
_NAMES: dict[str, tuple[str, str]] = {
    "without_subordination": ("优先/次级分层", "Subordination"),
    "without_reserve": ("流动性储备", "Liquidity reserve"),
    "without_overcollateral": ("超额覆盖", "Overcollateral"),
    "without_support": ("补足/担保", "Support"),
    "without_triggers": ("信用触发机制", "Triggers"),
    "without_retention": ("超额资金留存", "Surplus retained"),
    "without_clean_up_call": ("清仓回购", "Clean-up call"),
}
"""The control itself, by the name of the condition that takes it away."""
_NOTES = (
    (
        "单独价值 = 去除该措施后的违约概率 - 基准违约概率；措施之间相互替代，各项单独价值之和不等于整体。",
        "Worth off alone = PD without the control less PD; controls stand in for one another, so these do not add up to the whole.",
    ),
    (
        "Shapley 份额对措施加入的所有次序取平均（每种组合各评估一次），合计恒等于“全无措施”与“现状”之差；检验单元格为即时公式。",
        "Shapley shares average over every order of putting the controls in; they add up to the whole: the check is live.",
    ),
    (
        "DD 为 -N⁻¹(PD)；PD 为 0 的组合没有有限的 DD，其 DD 份额以“-”表示。负的份额表示该措施使该档更差（如触发机制改变现金去向）。",
        "DD is -N⁻¹(PD); where a combination has PD 0 its DD is not finite and shares are a dash. A share below 0: the control harms the tranche.",
    ),
)


def write_enhancement(native: Native) -> EnhancementValue | None:
    """A table, its check and a bridge for the first and the last tranche; None where the controls are too many."""
    reading = lead(native)
    page = native.book.page(SHEET)
    page.heading(
        "增信措施价值",
        "Worth of the enhancements",
        (
            "回答：每项风控措施单独值多少；全部措施的作用如何分摊到各项。",
            "Answers: what is each control worth alone, and how is what they do together shared among them?",
        ),
        native.unit,
        MASTER,
    )
    widths = [64.0, *[26.0] * (len(_HEADS) - 1)]
    page.widths(*widths)
    rows, row = PageRows(page, _FIRST, sum(widths)), _FIRST
    found = None
    try:
        found = enhancement_value(native.assessment.deal, reading=reading)
    except KmvError as error:
        for each in error.problems:
            page.text(row, 1, f"{each.code} {each.zh} {each.en}", "warning")
            row += 1
    if found is not None and found.measures:
        # The cells that the charts draw stand at the end: a reader wants the picture beside the table.
        drawn = []
        for k in ends(native):
            height = bars_height(len(found.measures) + 2, 0)
            rows.room_for(row, len(found.measures) + 8 + chart_rows(height))
            cells, row = _tranche(page, found, k, row)
            if cells is not None:
                drawn.append((k, cells, row))
                row += chart_rows(height)
        for k, cells, at in drawn:
            rows.room_for(row, len(found.measures) + 5)
            row = _bridge(page, found, k, cells, (row, at))
    elif found is not None:
        page.text(row, 1, "本项目没有可去除的风控措施。 The deal has no control that could be taken away.", "note")
        row += 2
    rows.room_for(row, 2 * len(_NOTES) + 2)
    notes(page, row, (method_note(reading), *_NOTES))
    page.finish(titles="1:5", stamp=native.stamp)
    return found


def _tranche(page: Page, found: EnhancementValue, k: int, row: int) -> tuple[tuple[int, int] | None, int]:
    """The table; gives the rows of `none` and of the first control where there is a bridge to draw, and the next row."""
    count = len(found.measures)
    page.section(row, "档次 Tranche:", f"{found.tranches[k]} ({found.reading})", len(_HEADS))
    page.headers(row + 1, 1, _HEADS, height=34)
    none, top = row + 2, row + 3
    base, total, check = top + count, top + count + 1, top + count + 2
    page.text(none, 1, "全无措施 None of them", "total")
    computed(page, none, 2, float(found.pd_without_any[k]), "percent4")
    for i, each in enumerate(found.measures):
        at = top + i
        page.text(at, 1, both(*_NAMES[each.name]) + (f": {each.subject}" if each.subject else ""))
        computed(page, at, 2, float(each.pd_without[k]), "percent4")
        if np.isfinite(each.pd_without[k]):
            page.formula(at, 3, f"=B{at}-B${base}", float(each.pd_without[k] - found.pd_with[k]), "percent4")
        computed(page, at, 4, float(each.pd_share[k]), "percent4")
        computed(page, at, 6, float(each.dd_share[k]), "multiple")
    page.text(base, 1, "现状（全部措施） As it stands, all of them", "total")
    computed(page, base, 2, float(found.pd_with[k]), "percent4")
    page.text(total, 1, "份额合计 Sum of the shares", "total")
    page.text(check, 1, "检验：合计 = 全无措施 - 现状 Check: the sum is none less all", "label")
    shares = np.array([each.pd_share[k] for each in found.measures])
    whole = float(found.pd_without_any[k] - found.pd_with[k])
    if np.isfinite(shares).all():
        page.formula(total, 4, f"=SUM(D{top}:D{base - 1})", float(shares.sum()), "percent4", "total")
        verdict = PASS if abs(shares.sum() - whole) <= TOLERANCE else FAIL
        page.formula(
            check, 4, f'=IF(ABS(D{total}-(B{none}-B{base}))<={TOLERANCE_CELL},"{PASS}","{FAIL}")', verdict, "text"
        )
        if whole:
            for i, share in enumerate(shares.tolist()):
                page.formula(top + i, 5, f"=D{top + i}/D${total}", share / float(shares.sum()), "percent")
            page.formula(total, 5, f"=SUM(E{top}:E{base - 1})", 1.0, "percent", "total")
        rises = np.array([each.dd_share[k] for each in found.measures])
        if np.isfinite(rises).all():
            page.formula(total, 6, f"=SUM(F{top}:F{base - 1})", float(rises.sum()), "multiple", "total")
            gap = float(found.dd_with[k] - found.dd_without_any[k])
            page.text(check + 1, 1, "DD：现状 - 全无措施 DD as it stands less DD of none", "label")
            computed(page, check + 1, 6, gap, "multiple")
        return (none, top), check + 3
    return None, check + 2


def _bridge(page: Page, found: EnhancementValue, k: int, cells: tuple[int, int], place: tuple[int, int]) -> int:
    """From none to all, drawn at the second row of `place`; the bars' places are live formulas of the shares."""
    (none, first), (row, at_row) = cells, place
    count = len(found.measures)
    page.section(row, "图表数据：", f"Data of the chart, {found.tranches[k]}", len(_HEADS))
    row += 1
    page.headers(row, 1, ["措施\nControl", *_PARTS, "其后 PD\nPD after it"], height=34)
    top = row + 1
    level = float(found.pd_without_any[k])
    for i in range(count + 2):
        at = top + i
        if i in (0, count + 1):
            source = none if i == 0 else first + count
            level = float(found.pd_without_any[k] if i == 0 else found.pd_with[k])
            page.formula(at, 1, f"=A{source}", _label(page, source), "text", "label")
            values = ((2, "", 0.0), (3, f"=B{source}", level), (4, "", 0.0), (5, "", 0.0), (6, f"=C{at}", level))
        else:
            source = first + i - 1
            share = float(found.measures[i - 1].pd_share[k])
            after = level - share
            page.formula(at, 1, f"=A{source}", _label(page, source), "text", "label")
            values = (
                (2, f"=MIN(F{at - 1},F{at})", min(level, after)),
                (3, "", 0.0),
                (4, f"=MAX(D{source},0)", max(share, 0.0)),
                (5, f"=MAX(-D{source},0)", max(-share, 0.0)),
                (6, f"=F{at - 1}-D{source}", after),
            )
            level = after
        for column, formula, value in values:
            if formula:
                page.formula(at, column, formula, value, "percent4")
            else:
                page.value(at, column, value, "percent4", "calc")
    end = top + count + 1
    bridge_chart(
        page.sheet,
        f"A{at_row}",
        f"从全无措施到现状：各措施的 PD 份额 PD from no control to all, by share: {found.tranches[k]} ({found.reading})",
        (top, 1, end, 1),
        [Line(name.replace("\n", " "), (top, 2 + i, end, 2 + i)) for i, name in enumerate(_PARTS)],
        size=(36, bars_height(count + 2, 0)),
    )
    return end + 2


def _label(page: Page, row: int) -> str:
    return str(page.sheet.cell(row, 1).value)
