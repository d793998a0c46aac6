"""The Tornado sheet: which factor moves the default probability most, and how it runs along each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from addin.report.analyses import ends, factor_words, is_exact, lead, method_note, number, refusals, shock_text
from addin.report.computed import PageRows, chart_rows, computed, notes
from addin.workbook.charts import Line, curve_chart, tornado_chart
from addin.workbook.native.context import MASTER, Native
from addin.workbook.page import Page
from kmv_core.risk.answers import Shock
from kmv_core.risk.tornado import Bar, Spider, Tornado, spider, tornado

SHEET = "Tornado"
POINTS = (-2.0, -1.0, 0.0, 1.0, 2.0)
BEYOND = (-2.0, 2.0)
DRAWN = 6
"""Lines that a chart can tell apart."""
_FIRST = 6
_LINES = 9.5
_SWING = 7
"""The column of the swings."""
DWARFED = 10.0
"""A line that reaches this many times the median of all would flatten the others."""
_NEARLY_CERTAIN = 0.85
_HEADS = (
    "影响因素\nFactor",
    "变动幅度（假设）\nStep (assumed)",
    "违约概率：下移\nPD, factor down",
    "违约概率：上移\nPD, factor up",
    "变动：下移\nChange, down",
    "变动：上移\nChange, up",
    "幅度\nSwing",
)
_NOTES = (
    (
        "每次只移动一个因素，其余不变；幅度为假设（各因素常见的“中等意外”），可替换为本机构数值。",
        "One factor at a time, all else as it stands. Steps are assumptions (a moderate surprise of each factor) until the house puts its own.",
    ),
    (
        "空白：该侧变动不可能（例如回收早于封包日）；其幅度为另一侧与基准之差。due 口径以外的加权期限随变动重新计算。",
        "Blank: that side is impossible (collections before the cut-off date); the swing is then the other side's distance from the base.",
    ),
    (
        "蛛网图横轴为变动幅度的倍数，纵轴自 0 起、均为线性刻度；画幅度最大的六个因素，远超其余者不画并在标题列出，数值见表。",
        "Spider: steps across, PD from 0 up, both linear; the six widest factors. One that dwarfs the rest is named in the title; the table has all.",
    ),
    (
        "总额波动率不进入精确枚举口径，故该口径下其变动为 0。",
        "Total volatility does not enter the exact reading: its change is 0 there.",
    ),
)


@dataclass(frozen=True, slots=True)
class TornadoSheet:
    """What was written."""

    found: Tornado
    swings: dict[int, str]
    """By tranche that is shown: where the swing of its first factor stands."""


def write_tornado(native: Native) -> TornadoSheet:
    """A table, bars and lines for the first and for the last tranche; changes are live."""
    deal, reading = native.assessment.deal, lead(native)
    found = tornado(deal, reading=reading)
    # The steps of the tornado are points of the spider: only what lies beyond is assessed anew.
    beyond = spider(deal, points=BEYOND, reading=reading)
    page = native.book.page(SHEET)
    page.heading(
        "单因素排序（龙卷风图与蛛网图）",
        "What moves the PD most: tornado and spider",
        (
            "回答：哪个因素对违约概率影响最大；沿该因素违约概率如何变化。",
            "Answers: which factor moves the default probability most, and how does it run along that factor?",
        ),
        native.unit,
        MASTER,
    )
    widths = [46.0, 30.0, *[24.0] * 5]
    page.widths(*widths)
    rows, row = PageRows(page, _FIRST, sum(widths)), _FIRST
    swings = {}
    for k in ends(native):
        count = len(found.bars[k])
        height = min(2.8 + 0.62 * count, 10.5)
        rows.room_for(row, count + 4 + chart_rows(height))
        top, row = row + 3, _bars(page, found, k, row)
        swings[k] = page.ref(top, _SWING)
        row = _bar_chart(page, found, k, top, (row, height))
        rows.room_for(row, count + 4 + chart_rows(_LINES))
        first, row = row + 3, _along(page, found, beyond, k, row)
        row = _line_chart(page, found, beyond, k, (first, row))
    rows.room_for(row, 2 * len(_NOTES) + 4)
    words = _NOTES if is_exact(native) else _NOTES[:-1]
    row = notes(page, row, (method_note(reading), *words))
    problems = ((factor_words(bar.factor), side) for bar in found.bars[0] for side in bar.problems)
    refusals(page, row, problems)
    page.finish(titles="1:5", stamp=native.stamp)
    return TornadoSheet(found, swings)


def _bars(page: Page, found: Tornado, k: int, row: int) -> int:
    page.section(row, "档次 Tranche:", found.tranches[k], len(_HEADS))
    page.headers(row + 1, 1, _HEADS, height=34)
    base = row + 2
    page.text(base, 1, "基准 Base", "total")
    computed(page, base, 3, float(found.base[k]), "percent4")
    for i, bar in enumerate(found.bars[k]):
        _bar(page, bar, base + 1 + i, base)
    return base + 1 + len(found.bars[k]) + 1


def _bar(page: Page, bar: Bar, at: int, base: int) -> None:
    page.text(at, 1, factor_words(bar.factor))
    page.text(at, 2, shock_text(Shock(factor=bar.factor, size=bar.step, mode=bar.mode)).replace("+", "± "))
    for column, value in ((3, bar.low), (4, bar.high)):
        number(page, at, column, value, "percent4")
        if np.isfinite(value):
            cell = page.ref(at, column, fixed=False, sheet=False)
            page.formula(at, column + 2, f"={cell}-$C${base}", value - bar.base, "percent4")
        else:
            page.gap(at, column + 2, "percent4", "calc")
    if bar.swing >= 0.0:
        both = np.isfinite(bar.low) and np.isfinite(bar.high)
        swing = f"C{at}-D{at}" if both else f"E{at}" if np.isfinite(bar.low) else f"F{at}"
        page.formula(at, _SWING, f"=ABS({swing})", bar.swing, "percent4")
    else:
        page.text(at, _SWING, "-")


def _bar_chart(page: Page, found: Tornado, k: int, top: int, place: tuple[int, float]) -> int:
    row, height = place
    count = sum(bar.swing >= 0.0 for bar in found.bars[k])
    if not count:
        return row
    tornado_chart(
        page.sheet,
        f"A{row}",
        f"违约概率变动 Change of PD: {found.tranches[k]} ({found.reading})",
        (top, 1, top + count - 1, 1),
        [
            Line("因素下移 factor down", (top, 5, top + count - 1, 5)),
            Line("因素上移 factor up", (top, 6, top + count - 1, 6)),
        ],
        size=(36, height),
    )
    return row + chart_rows(height)


def _along(page: Page, found: Tornado, beyond: Spider, k: int, row: int) -> int:
    page.section(row, "沿各因素的违约概率：", f"PD along each factor, {found.tranches[k]}", len(_HEADS))
    heads = ["影响因素\nFactor", "一倍幅度\nOne step", *(f"{point:+g} ×" if point else "基准 Base" for point in POINTS)]
    page.headers(row + 1, 1, heads, height=34)
    page.text(row + 2, 1, "幅度倍数 Steps", "note")
    for j, point in enumerate(POINTS):
        page.value(row + 2, 3 + j, point, "number", "computed")
    for i, bar in enumerate(found.bars[k]):
        at, mine = row + 3 + i, beyond.factors.index(bar.factor)
        page.text(at, 1, factor_words(bar.factor))
        page.text(at, 2, shock_text(Shock(factor=bar.factor, size=bar.step, mode=bar.mode)).replace("+", "± "))
        least, most = beyond.values[k, mine].tolist()
        for j, value in enumerate((least, bar.low, bar.base, bar.high, most)):
            number(page, at, 3 + j, value, "percent4")
    return row + 3 + len(found.bars[k]) + 1


def _line_chart(page: Page, found: Tornado, beyond: Spider, k: int, place: tuple[int, int]) -> int:
    first, row = place
    last = 2 + len(POINTS)
    bars = list(enumerate(found.bars[k]))
    tops = [_top(bar, beyond.values[k, beyond.factors.index(bar.factor)].tolist()) for _, bar in bars]
    limit = DWARFED * float(np.median(tops))
    out = [bar for (_, bar), top in zip(bars, tops, strict=True) if top > limit]
    drawn = [each for each, top in zip(bars, tops, strict=True) if top <= limit][:DRAWN]
    title = f"违约概率沿各因素 PD along each factor: {found.tranches[k]} ({found.reading})"
    if out:
        title += f"；未画 not drawn: {', '.join(factor_words(bar.factor) for bar in out)}"
    highest = max(tops[i] for i, _ in drawn)
    curve_chart(
        page.sheet,
        f"A{row}",
        title,
        (first - 1, 3, first - 1, last),
        [Line(factor_words(bar.factor), (first + i, 3, first + i, last)) for i, bar in drawn],
        x_format="0",
        x_limits=(POINTS[0], POINTS[-1]),
        y_most=1.0 if highest > _NEARLY_CERTAIN else None,
        size=(36, _LINES),
    )
    return row + chart_rows(_LINES)


def _top(bar: Bar, beyond: list[float]) -> float:
    """The highest PD along a factor."""
    return float(np.nanmax([bar.low, bar.base, bar.high, *beyond]))
