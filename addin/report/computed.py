"""Grey cells (values the core computed, or a dash where there is no number), and what fits a printed page."""

from __future__ import annotations

import math

from openpyxl.utils import get_column_letter

from addin.workbook.page import ROW_HEIGHT, Page


def computed(page: Page, row: int, column: int, value: float | None, kind: str) -> None:
    """A computed value; infinite, undefined or absent is shown as a dash."""
    if value is None or not math.isfinite(value):
        page.text(row, column, "-", "none")
    else:
        page.value(row, column, value, kind, "computed")


def notes(page: Page, row: int, lines: tuple[tuple[str, str], ...]) -> int:
    """Chinese and English below one another; gives the next free row."""
    for i, (zh, en) in enumerate(lines):
        page.text(row + 2 * i, 1, zh, "note")
        page.text(row + 2 * i + 1, 1, en, "note")
    return row + 2 * len(lines)


def print_only(page: Page, columns: int) -> None:
    """Print these columns of what is written: what a chart or a weight is worked out from stands to their right.

    To be called when the last row is below the last chart.
    """
    page.sheet.print_area = f"A1:{get_column_letter(columns)}{page.sheet.max_row}"


class PageRows:
    """Keeps a block of rows, or a chart, on one printed page."""

    def __init__(self, page: Page, first: int, characters: float) -> None:
        """`first` is the first row below the repeated heading; `characters` the sum of the column widths."""
        self.page, self.start = page, first
        # A4 across, fitted to its width: the wider the sheet, the smaller it is printed and the more rows fit.
        self.fit = int(_ROWS_A_CHARACTER * characters) - _HEADING

    def room_for(self, row: int, height: int) -> None:
        """Begin a new page at `row` if a block of that height does not fit the one begun."""
        if row > self.start and row + height - self.start > self.fit:
            self.page.break_before(row)
            self.start = row

    def room_for_chart(self, row: int, centimetres: float) -> None:
        """The same for a chart that hangs one row below `row`."""
        self.room_for(row, chart_rows(centimetres))


def chart_rows(centimetres: float) -> int:
    """Rows that a chart covers, one above and one below to spare."""
    return 2 + math.ceil(centimetres / _ROW)


_ROW = ROW_HEIGHT * 2.54 / 72.0
"""Centimetres."""
_ROWS_A_CHARACTER = 0.193 / 28.9 * 17.7 / _ROW
"""A character of the font is .193 cm; 28.9 by 17.7 cm of the paper are printed on."""
_HEADING = 7
"""The heading and the taller row of headers, in rows."""
