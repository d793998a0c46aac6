"""The Enhancement sheet: what each risk control is worth, and shares of the whole that add up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from openpyxl.utils import get_column_letter

from addin.report.analyses import ends, lead, method_note, reason, reasons, refusals
from addin.report.computed import PageRows, chart_rows, computed, notes, print_only
from addin.workbook.charts import COLOURS_SAID, Line, bars_height, bridge_chart, pd_most
from addin.workbook.native.context import FAIL, MASTER, PASS, TOLERANCE, TOLERANCE_CELL, Native
from addin.workbook.page import Page, both
from kmv_core.risk.enhancement import EnhancementValue, Measure, enhancement_value
from kmv_core.vocabulary.errors import KmvError

SHEET = "Enhancement"
_FIRST = 6
_HEADS = (
    "风控措施\nControl",
    "仅去除该项后的 PD\nPD without this one",
    "单独价值（百分点）\nRise of PD without it (pp)",
    "PD 份额（Shapley，百分点）\nShare of the fall of PD (pp)",
    "占全部\nOf the whole",
    "DD 份额（Shapley）\nShare of the rise of DD",
)
_PARTS = ("空白\nSpace", "违约概率\nPD", "份额：降低\nShare, lowers PD", "份额：抬高\nShare, raises PD")
_FIGURES = ("0.00%", '"-"0.00%', '"+"0.00%')
_PLACES: dict[int, tuple[tuple[str, float], ...]] = {0: (), 1: (("A", 36.0),), 2: (("A", 17.2), ("C", 19.6))}
"""Column and width of one chart, or of two side by side."""
_ASIDE = len(_HEADS) + 2
"""The column where the cells that a chart draws begin: beside the table and not printed."""
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
        "单独价值 = 仅去除该措施后的违约概率 - 现状违约概率；措施之间相互替代，各项单独价值之和不等于整体。",
        "Rise of PD without it = PD without this control less PD as it stands; controls stand in for one another, so these do not add up to the whole.",
    ),
    (
        "Shapley 份额对措施加入的所有次序取平均（每种组合各评估一次），合计恒等于“全无措施”与“现状”之差；检验单元格为即时公式。",
        "Shapley shares average over every order of putting the controls in; they add up to the whole: the check is live.",
    ),
    (
        "图：各条自累计处起。累计为份额逐项相加，不是任何一种组合的违约概率；次序使其尽量介于两端之间，作图数据在右侧打印区外。",
        "Chart: a bar begins at the running sum of shares, which is the PD of no combination; the order keeps it between the ends if it can. Data: right.",
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
        row = reasons(page, row, (reason(each) for each in error.problems))
    if found is not None and found.measures:
        # The tables on one page, the pictures side by side with the notes on the next.
        drawn = []
        for k in ends(native):
            rows.room_for(row, len(found.measures) + 7)
            cells, row = _tranche(page, found, k, row)
            drawn += [] if cells is None else [(k, cells)]
        height = bars_height(len(found.measures) + 2, 0)
        rows.room_for(row, chart_rows(height) + 2 * len(_NOTES) + 2 if drawn else 0)
        for (k, cells), (letter, width) in zip(drawn, _PLACES[len(drawn)], strict=True):
            _bridge(page, found, k, cells, (f"{letter}{row + 1}", width, height))
        row += chart_rows(height) if drawn else 0
        names = ((_name(each), each.problems) for each in found.measures)
        row = refusals(page, row, names)
    elif found is not None:
        page.text(row, 1, "本项目没有可去除的风控措施。 The deal has no control that could be taken away.", "note")
        row += 2
    rows.room_for(row, 2 * len(_NOTES) + 2)
    notes(page, row, (method_note(reading), *_NOTES))
    print_only(page, len(_HEADS))
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
        page.text(at, 1, _name(each))
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


def _bridge(
    page: Page, found: EnhancementValue, k: int, cells: tuple[int, int], place: tuple[str, float, float]
) -> None:
    """From none to all, at the cell of `place`, so wide and high; the bars' places are live formulas of the shares."""
    (none, first), (cell, width, height) = cells, place
    count = len(found.measures)
    shares = [float(each.pd_share[k]) for each in found.measures]
    start, stands = float(found.pd_without_any[k]), float(found.pd_with[k])
    page.headers(none - 1, _ASIDE, ["图表数据：措施\nData of the chart", *_PARTS, "累计\nRunning sum"], height=34)
    level, after = get_column_letter(_ASIDE + 2), get_column_letter(_ASIDE + 5)
    sources = [none, *(first + i for i in between(shares, start, stands)), first + count]
    sums = [start]
    for at, source in enumerate(sources, start=none):
        page.formula(at, _ASIDE, f"=A{source}", str(page.sheet.cell(source, 1).value), "text", "label")
        if source in (none, first + count):
            value = start if source == none else stands
            figures = {1: (f"=B{source}", value), 4: (f"={level}{at}", value)}
        else:
            share = shares[source - first]
            sums.append(sums[-1] - share)
            figures = {
                0: (f"=MIN({after}{at - 1},{after}{at})", min(sums[-2:])),
                2 if share >= 0.0 else 3: (f"=ABS(D{source})", abs(share)),
                4: (f"={after}{at - 1}-D{source}", sums[-1]),
            }
        for i in range(5):
            if i in figures:
                page.formula(at, _ASIDE + 1 + i, *figures[i], "percent4")
            else:
                page.gap(at, _ASIDE + 1 + i, "percent4", "calc")
    end = none + count + 1
    bridge_chart(
        page.sheet,
        cell,
        f"各措施的 PD 份额 Shares of PD: {found.tranches[k]} ({found.reading})\n{COLOURS_SAID}",
        (none, _ASIDE, end, _ASIDE),
        [Line(name.replace("\n", " "), (none, _ASIDE + 1 + i, end, _ASIDE + 1 + i)) for i, name in enumerate(_PARTS)],
        figures=_FIGURES,
        y_most=pd_most(max(sums)),
        size=(width, height),
    )


def between(shares: Sequence[float], start: float, end: float) -> list[int]:
    """An order of the shares whose running sum, from start down to end, stays between the two where it can.

    >>> between([-0.2, 0.1, 0.5, 0.4], 1.0, 0.2)
    [1, 2, 0, 3]
    """
    low, high = min(start, end) - TOLERANCE, max(start, end) + TOLERANCE
    left, order, level = list(range(len(shares))), [], start
    while left:
        at = next((i for i in left if low <= level - shares[i] <= high), left[0])
        left.remove(at)
        order.append(at)
        level -= shares[at]
    return order


def _name(each: Measure) -> str:
    return both(*_NAMES[each.name]) + (f": {each.subject}" if each.subject else "")
