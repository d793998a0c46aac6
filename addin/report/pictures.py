"""The charts of the report, each beside the numbers it draws."""

from __future__ import annotations

from addin.workbook.charts import Line, curve_chart, time_chart
from addin.workbook.native.context import Native
from addin.workbook.native.kmv_sheet import KmvSheet
from addin.workbook.native.recovery_curve import below_vector
from addin.workbook.native.sensitivity import FACTOR_WORDS, SensitivitySheet, shock_kind
from addin.workbook.native.waterfall import Block
from addin.workbook.page import ROW_HEIGHT, Page
from addin.workbook.timeline import FIRST, Timeline

CHART_ROWS, CHART_HEIGHT = 18, 9.0 / 2.54 * 72.0
"""Of the tallest chart, in rows and in points."""


def draw(
    native: Native,
    collections: Timeline,
    waterfall: Timeline,
    base: Block,
    kmv: KmvSheet,
    sensitivity: SensitivitySheet,
) -> None:
    """Every chart of the report but the tornado, which stands on the verdict page."""

    def line(page: Timeline, name: str, row: int) -> Line:
        return Line(name, (row, FIRST, row, page.width))

    unit, rows = native.unit, native.rows
    time_chart(
        collections.sheet,
        f"{_left(collections.pages_wide)}{_below(native, collections)}",
        f"各期净回收 Net collections ({unit})",
        (rows.row("date"), FIRST, rows.row("date"), collections.width),
        [line(collections, "净回收 Net collections", rows.row("net"))],
        form="stacked",
    )
    time_chart(
        waterfall.sheet,
        f"{_left(waterfall.pages_wide)}{_below_balances(waterfall, base)}",
        f"各档余额 Tranche balances ({unit})",
        (base.date, FIRST, base.date, waterfall.width),
        [line(waterfall, name, row) for name, row in base.balance.items()],
        form="stacked",
    )
    lines = kmv.term_lines
    date = kmv.lines["date"]
    below = max(row for each in lines.values() for row in each.values()) + 3
    below = _place(kmv.page, below, kmv.page.pages_wide, abreast=kmv.page.pages_wide == 1)
    categories = (date, FIRST, date, kmv.page.width)
    time_chart(
        kmv.page.sheet,
        f"{_left(kmv.page.pages_wide)}{below}",
        f"累计资产价值与违约点 Asset value and default points to date ({unit})",
        categories,
        [
            line(kmv.page, "资产价值 Asset value", kmv.lines["owned"]),
            *(line(kmv.page, f"违约点 D {name}", each["default_point"]) for name, each in lines.items()),
        ],
        size=(17, 9),
    )
    time_chart(
        kmv.page.sheet,
        # Side by side they would stand on two pages of a sheet that is several wide.
        f"G{below}" if kmv.page.pages_wide == 1 else f"B{below + CHART_ROWS + 3}",
        "截至当日不足概率（含展期） Shortfall probability at each date, extension included",
        categories,
        [line(kmv.page, name, each["by_date"]) for name, each in lines.items()],
        number_format="0.0%",
        size=(17, 9),
    )
    _curves(native, sensitivity)


def _place(page: Page, row: int, wide: int, *, height: float = 9.0, abreast: bool = True, spaced: bool = True) -> int:
    """The row a chart stands from: under what is there if the page has room for it, else on the next page.

    Never the first row of a page: the chart's upper edge would be printed at the foot of the page before.
    """
    points = height / 2.54 * 72.0
    above = ROW_HEIGHT if spaced else 0.0
    has_broken = page.keep_together(row, above + (points if abreast else 2 * points), wide=wide)
    return row + 1 if spaced or has_broken else row


def _below_balances(waterfall: Timeline, base: Block) -> int:
    """The row of the chart of balances, on the page of the balances where a page takes both."""
    first, wide = min(base.balance.values()) - 1, waterfall.pages_wide
    needed = waterfall.height(first, base.end) + ROW_HEIGHT + CHART_HEIGHT
    if waterfall.height(1, waterfall.head) + needed <= waterfall.printed_height(wide):
        waterfall.keep_together(first, needed, wide=wide)
    return _place(waterfall, base.end, wide)


def _left(pages_wide: int) -> str:
    """The column charts stand from: of a sheet several pages wide the first is repeated, and what stands on it."""
    return "A" if pages_wide == 1 else "B"


def _below(native: Native, collections: Timeline) -> int:
    """The first free row of the Collections sheet."""
    if native.assessment.deal.licences:
        return int(collections.sheet.max_row) + 2
    return below_vector(native)


def _curves(native: Native, sheet: SensitivitySheet) -> None:
    """One curve chart a factor, two abreast, under the tables."""
    names = [each.name for each in native.assessment.tranches]
    tops = [(factor, top, len(sheet.shocks[factor].shocks)) for factor, top in sheet.tops.items()]
    usable = [each for each in tops if each[2] > 1 and not any(sheet.tables[each[0]][0].problems)]
    row = sheet.page.sheet.max_row + 2
    lead = sheet.headline
    # Five or six stand on one page, a little lower, sooner than one of them alone on another.
    height, rows = (5.8, 11) if 4 < len(usable) <= 6 else (8.0, CHART_ROWS)
    for i, (factor, top, count) in enumerate(usable):
        if i % 2 == 0:
            row = _place(sheet.page, row + rows if i else row, sheet.pages_wide, height=height, spaced=not i)
        zh, en = FACTOR_WORDS[factor]
        last = top + count - 1
        lines = [
            Line(f"{name} {reading}", (top, column, last, column), colour=k, dash=0 if reading == lead else 1)
            for k, name in enumerate(names)
            for reading, column in (
                (lead, sheet.computed_column(k, lead, "probability_of_default")),
                ("due", sheet.column(k, "probability_of_default")),
            )
        ]
        anchor = f"{_left(sheet.pages_wide) if i % 2 == 0 else 'H'}{row}"
        curve_chart(
            sheet.page.sheet,
            anchor,
            f"{zh}与违约概率 PD against {en.lower()}",
            (top, 1, last, 1),
            lines,
            x_format={"percent": "0.0%", "shift_years": "0.0", "money": "#,##0"}[shock_kind(sheet.shocks[factor])],
            size=(17, height),
        )
