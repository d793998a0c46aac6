"""The Grid sheet: default probability over two factors at once, as a heat map whose numbers are all shown."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from openpyxl.formatting.rule import ColorScaleRule
from openpyxl.utils import get_column_letter

from addin.report.analyses import ends, factor_words, is_costly, lead, method_note, number, refusals
from addin.report.computed import PageRows, notes
from addin.workbook.native.context import MASTER, Native
from addin.workbook.page import Page, both
from kmv_core.deal.deal import Deal
from kmv_core.risk.factors import factor_of
from kmv_core.risk.grid import Axis, SensitivityGrid, sensitivity_grid

SHEET = "Grid"
FINE, COARSE = (21, 21), (9, 9)
"""Points down and across: of plain loans; and where each cell costs many times as much, since it lists all sets of
licensees or follows triggers and payers."""
_WIDE = 12
"""Columns from which a cell has room for two decimals only."""
_FIRST = 6
_SPAN, _DEAREST, _WORSE = 0.2, 0.02, 0.8
_SCALE = ("FFFFFF", "FCE4D6", "F4B183")
_NOTES = (
    (
        "颜色由浅至深表示违约概率由低至高（按本表最小、中位、最大值分级），数值以单元格为准；两侧变动同时发生，其余输入不变。",
        "Darker is higher (scaled to each table's least, median and largest PD); the numbers tell. Both factors move at once, all else as it stands.",
    ),
    (
        "加框的 0% 行列交点为基准。空白：该组合不构成有效项目，原因附后（如有）。",
        "The framed crossing of the rows and columns 0 % is the base. Blank: the pair makes no valid deal; the reasons, if any, follow.",
    ),
)


def write_grid(native: Native) -> SensitivityGrid:
    """One heat map for the first and one for the last tranche; every number computed by the core."""
    deal = native.assessment.deal
    reading = lead(native)
    down, across = axes(deal, COARSE if is_costly(native) else FINE)
    found = sensitivity_grid(
        deal,
        down.factor,
        down.shocks,
        across.factor,
        across.shocks,
        mode_down=down.mode,
        mode_across=across.mode,
        reading=reading,
    )
    page = native.book.page(SHEET)
    page.heading(
        "双因素敏感性",
        "Two factors at once",
        (
            f"回答：{factor_of(down.factor).zh}与{factor_of(across.factor).zh}同时变动时，各档违约概率是多少。",
            f"Answers: what is the PD when {factor_of(down.factor).en.lower()} and {factor_of(across.factor).en.lower()} move together?",
        ),
        native.unit,
        MASTER,
    )
    widths = [30.0, *[9.0 if len(across.shocks) > _WIDE else 19.0] * len(across.shocks)]
    page.widths(*widths)
    rows, row = PageRows(page, _FIRST, sum(widths)), _FIRST
    for k in ends(native):
        rows.room_for(row, len(down.shocks) + 4)
        row = _map(page, found, k, row)
    rows.room_for(row, 2 * len(_NOTES) + 4)
    row = notes(page, row, (method_note(reading), *_NOTES))
    pairs = (
        (f"{first:+.1%} / {second:+.1%}", found.problems[i][j])
        for i, first in enumerate(down.shocks)
        for j, second in enumerate(across.shocks)
    )
    refusals(page, row, pairs)
    page.finish(freeze="B6", titles="1:5", stamp=native.stamp)
    return found


def axes(deal: Deal, points: tuple[int, int]) -> tuple[Axis, Axis]:
    """What brings cash down the side; what is owed across, or for licences who fails."""
    first, line = (np.linspace(-1.0, 1.0, each) for each in points)
    down = Axis(factor="recovery_rate", shocks=_round(_SPAN * first), mode="relative")
    if deal.licences:
        return down, Axis(factor="licensee_pd", shocks=_round(_WORSE * line), mode="relative")
    # No coupon below nothing: the span is that of the smallest one, in whole tenths of a per cent.
    coupons = [each.coupon for each in deal.tranches if each.coupon > 0.0]
    span = min(_DEAREST, math.floor(1e3 * min(coupons, default=_DEAREST)) / 1e3) or _DEAREST
    return down, Axis(factor="coupon", shocks=_round(span * line), mode="absolute")


def _round(shocks: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, ...]:
    """Shocks as they are shown: a line of equal steps leaves rounding in its last digits."""
    return tuple(round(float(each), 6) for each in shocks)


def _map(page: Page, found: SensitivityGrid, k: int, row: int) -> int:
    down, across = found.down, found.across
    width = len(across.shocks)
    kind = "percent" if width > _WIDE else "percent4"
    page.section(row, "档次 Tranche:", found.tranches[k], width + 1)
    page.text(row + 1, 1, f"↓ {factor_words(down.factor)}", "header_left")
    for column in range(2, width + 2):
        page.gap(row + 1, column, "text", "header")
    unit = both("个百分点", "points a year") if across.mode == "absolute" else both("相对变动", "of itself")
    page.text(row + 1, 2, f"→ {factor_words(across.factor)}（{unit}）", "header_left")
    page.sheet.merge_cells(start_row=row + 1, start_column=2, end_row=row + 1, end_column=width + 1)
    page.text(row + 2, 1, both("相对变动", "of itself"), "header_left")
    for j, shock in enumerate(across.shocks):
        page.value(row + 2, 2 + j, shock, "shift2" if across.mode == "absolute" else "shift", "header")
    top = row + 3
    for i, shock in enumerate(down.shocks):
        page.value(top + i, 1, shock, "shift", "total" if shock == 0.0 else "label")
        for j in range(width):
            is_base = shock == 0.0 and across.shocks[j] == 0.0
            number(page, top + i, 2 + j, float(found.values[k, i, j]), kind, "base" if is_base else "computed")
    last = top + len(down.shocks) - 1
    low, middle, high = _SCALE
    rule: Any = ColorScaleRule
    page.sheet.conditional_formatting.add(
        f"B{top}:{get_column_letter(width + 1)}{last}",
        rule(
            start_type="min", start_color=low, mid_type="percentile", mid_value=50, mid_color=middle,
            end_type="max", end_color=high,
        ),
    )  # fmt: skip
    return last + 2
