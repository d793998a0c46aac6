"""Grey cells (values the core computed, or a dash where there is no number), and what fits a printed page."""

from __future__ import annotations

import math

from addin.workbook.page import Page


def computed(page: Page, row: int, column: int, value: float | None, kind: str) -> None:
    """A computed value; infinite, undefined or absent is shown as a dash."""
    if value is None or not math.isfinite(value):
        page.text(row, column, "-", "computed")
    else:
        page.value(row, column, value, kind, "computed")


def notes(page: Page, row: int, lines: tuple[tuple[str, str], ...]) -> int:
    """Chinese and English below one another; gives the next free row."""
    for i, (zh, en) in enumerate(lines):
        page.text(row + 2 * i, 1, zh, "note")
        page.text(row + 2 * i + 1, 1, en, "note")
    return row + 2 * len(lines)


class PageRows:
    """Keeps a block of rows on one printed page."""

    FIT = 40
    """Rows below the repeated heading, a header row of two lines counting as two."""

    def __init__(self, page: Page, first: int) -> None:
        self.page, self.start = page, first

    def room_for(self, row: int, height: int) -> None:
        """Begin a new page at `row` if a block of that height does not fit the one begun."""
        if row > self.start and row + height - self.start > self.FIT:
            self.page.break_before(row)
            self.start = row
