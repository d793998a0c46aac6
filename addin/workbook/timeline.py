"""A sheet with time across: one line a row, one payment date a column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from openpyxl.utils import get_column_letter

from addin.workbook.page import HEADING_ROWS, Book, Page, printed_lines
from kmv_core.vocabulary.checks import Floats

LINE, UNIT, PARAMETER, TOTAL, OPENING, FIRST = 1, 2, 3, 4, 5, 6
HEADERS = ("项目 Line", "单位 Unit", "参数 Parameter", "合计 Total", "设立日 Closing")
PERIODS_A_PAGE = 18
MOST_ON_A_LINE = 84
"""Narrow characters of a label that its column shows on one line, shrunk a little."""


class Live(NamedTuple):
    """A formula and its result."""

    formula: str
    result: Any
    kind: str = "money"


class Timeline(Page):
    """Columns: line, unit, parameter, total, closing, then the payment dates."""

    def __init__(self, book: Book, name: str, periods: int) -> None:
        super().__init__(book, name)
        self.periods = periods
        self.width = OPENING + periods
        self.first, self.last = get_column_letter(FIRST), get_column_letter(self.width)
        self.before_last = get_column_letter(self.width - 1)
        self.widths(58, 15, 12, 12, 12, *[11.5] * periods)

    def time_headers(self, row: int) -> None:
        """The head of a table over time; right under the heading it is repeated on every page and stays in view."""
        counts = range(1, self.periods + 1)
        self.headers(row, 1, [*HEADERS, *(f"第{i}期\nPeriod {i}" for i in counts)], height=30)
        if row == HEADING_ROWS + 1:
            self.head = row

    def line(
        self,
        row: int,
        label: str,
        unit: str,
        formula: str,
        results: Sequence[Any] | Floats,
        kind: str = "money",
        *,
        parameter: Live | None = None,
        opening: Live | float | None = None,
        total: bool = False,
        role: str = "",
    ) -> int:
        """One row; in `formula` {c} is this column, {p} the one before, {n} the one after, {r} this row. Gives the row."""
        self._label(row, label, unit)
        if parameter is not None:
            self.formula(row, PARAMETER, parameter.formula, parameter.result, parameter.kind)
        if isinstance(opening, Live):
            self.formula(row, OPENING, opening.formula, opening.result, opening.kind)
        elif opening is not None:
            self.value(row, OPENING, opening, kind, "calc")
        if total:
            self.formula(row, TOTAL, f"=SUM({self.across(row)})", sum(results), kind, "total")
        for i, result in enumerate(results):
            column = FIRST + i
            text = formula.format(
                c=get_column_letter(column), p=get_column_letter(column - 1), n=get_column_letter(column + 1), r=row
            )
            self.formula(row, column, text, result, kind, role)
        return row + 1

    def values(
        self,
        row: int,
        label: str,
        unit: str,
        results: Sequence[Any] | Floats,
        kind: str,
        *,
        opening: Live | None = None,
    ) -> int:
        """One row of values the core computed, marked as such; gives the row."""
        self._label(row, label, unit)
        if opening is not None:
            self.formula(row, OPENING, opening.formula, opening.result, opening.kind)
        for i, result in enumerate(results):
            self.value(row, FIRST + i, result, kind, "computed")
        return row

    def _label(self, row: int, label: str, unit: str) -> None:
        """What a line is and in which unit; a label that would be shrunk past reading goes over two lines."""
        is_long = printed_lines(label, MOST_ON_A_LINE) > 1
        self.text(row, LINE, label, "wrap_middle" if is_long else "fit")
        self.text(row, UNIT, unit, "note")
        if is_long:
            self.sheet.row_dimensions[row].height = 2 * 13.5

    def across(self, row: int, *, sheet: bool = False, fixed: bool = False) -> str:
        """The dates of a row as a range."""
        area = f"${self.first}${row}:${self.last}${row}" if fixed else f"{self.first}{row}:{self.last}{row}"
        return f"{self.name}!{area}" if sheet else area

    @property
    def pages_wide(self) -> int:
        return -(-self.periods // PERIODS_A_PAGE)
