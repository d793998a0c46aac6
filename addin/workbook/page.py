"""A sheet being written: labels, inputs, computed values, and formulas with the core's result beside them.

A formula is never written without its result: the pair is what the file's readers see without calculating,
and what the judges compare the recalculated cell with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties

from addin.workbook.save import Cached, workbook_bytes
from addin.workbook.style import add_style
from kmv_core.vocabulary.errors import KmvError, problem

EPOCH = dt.date(1899, 12, 30)
LONGEST_TEXT = 32_767
ROW_HEIGHT = 15.0
HEADING_ROWS = 5
"""Title, what the sheet answers, money unit, master check."""
PRINTED_WIDTH, PRINTED_HEIGHT, CHARACTER_WIDTH = 784.0, 490.0, 5.4
"""Of an A4 page within its margins, and of a column's unit, in points; a little less than there is."""
ROOMIEST = 1.075
"""Programs differ in how wide a column is, and so in how many rows a page takes: the most of the least."""
WORKBOOK_CODE = "ThisWorkbook"
"""By code names, `Sheet1` and so on for the sheets, macros know the parts of a workbook."""


def serial(date: dt.date) -> int:
    """The number a spreadsheet keeps for a date."""
    return (date - EPOCH).days


def both(zh: str, en: str) -> str:
    """A bilingual label."""
    return f"{zh} {en}"


def printed_lines(text: str, width: int) -> int:
    """Printed lines of a text in a column of so many narrow characters; a Chinese character is two."""
    return max(1, -(-sum(1 if ord(each) < 0x2E80 else 2 for each in text) // width))


class Book:
    """A workbook being written, and the results of its formulas."""

    def __init__(self, title: str) -> None:
        self.workbook = Workbook()
        self.workbook.code_name = WORKBOOK_CODE
        first = self.workbook.active
        if first is not None:
            self.workbook.remove(first)
        self.workbook.properties.title = title
        self.workbook.properties.creator = "kmv-abs"
        self.cached: Cached = {}

    def page(self, name: str) -> Page:
        return Page(self, name)

    @property
    def code_names(self) -> list[str]:
        """How macros know the sheets."""
        return [str(sheet.sheet_properties.codeName) for sheet in self.workbook.worksheets]

    def to_bytes(self) -> bytes:
        return workbook_bytes(self.workbook, self.cached)


class Page:
    """One sheet."""

    def __init__(self, book: Book, name: str) -> None:
        self.book, self.name = book, name
        self.sheet = book.workbook.create_sheet(name)
        self.sheet.sheet_view.showGridLines = False
        self.sheet.sheet_properties.codeName = f"Sheet{len(book.workbook.worksheets)}"
        self.head = HEADING_ROWS
        """The last of the rows that every printed page repeats; a sheet that is one table has its head among them."""

    def ref(self, row: int, column: int, *, fixed: bool = True, sheet: bool = True) -> str:
        """The address of a cell, for formulas."""
        letter = get_column_letter(column)
        cell = f"${letter}${row}" if fixed else f"{letter}{row}"
        return f"{self.name}!{cell}" if sheet else cell

    def text(self, row: int, column: int, text: str, role: str = "label") -> None:
        cell = self._cell(row, column, role, "text")
        cell.value = _clean(text)
        cell.data_type = "s"

    def value(self, row: int, column: int, value: Any, kind: str, role: str = "input") -> None:
        """A number, date or word that no formula makes: an input, or with role `computed` a value of the core."""
        if isinstance(value, str):
            self.text(row, column, value, role)
            return
        cell = self._cell(row, column, role, kind)
        cell.value = serial(value) if isinstance(value, dt.date) else _finite(value, f"{self.name}!{cell.coordinate}")

    def formula(self, row: int, column: int, formula: str, result: Any, kind: str, role: str = "") -> None:
        """A live formula and the core's result; one that looks at another sheet is shown as such."""
        cell = self._cell(row, column, role or ("cross" if "!" in formula else "calc"), kind)
        cell.value = formula
        self.book.cached[self.name, cell.coordinate] = _result(result, f"{self.name}!{cell.coordinate}")

    def gap(self, row: int, column: int, kind: str, role: str = "computed") -> None:
        """A cell without a number: a chart draws nothing there, where a dash would count as zero."""
        self._cell(row, column, role, kind)

    def array(
        self, row: int, column: int, formula: str, results: Sequence[Sequence[Any]], kinds: Sequence[str]
    ) -> None:
        """A worksheet function that fills a block: one array formula, its results in every cell."""
        last = self.ref(row + len(results) - 1, column + len(kinds) - 1, fixed=False, sheet=False)
        first = self.ref(row, column, fixed=False, sheet=False)
        for i, line in enumerate(results):
            for j, (result, kind) in enumerate(zip(line, kinds, strict=True)):
                cell = self._cell(row + i, column + j, "calc", kind)
                cell.value = _result(result, cell.coordinate)
        self.sheet[first] = ArrayFormula(f"{first}:{last}", formula)
        self.book.cached[self.name, first] = _result(results[0][0], first)

    def headers(self, row: int, column: int, titles: Sequence[str], height: float = 45) -> None:
        for i, title in enumerate(titles):
            self.text(row, column + i, title, "header" if i or column > 1 else "header_left")
        self.sheet.row_dimensions[row].height = height

    def section(self, row: int, zh: str, en: str, width: int) -> None:
        for column in range(1, width + 1):
            self._cell(row, column, "section", "text")
        self.text(row, 1, both(zh, en), "section")

    def heading(self, zh: str, en: str, purpose: tuple[str, str], unit: str, master: tuple[str, str]) -> None:
        """Rows 1 to 5 of every sheet: title, what it answers, money unit, master check."""
        self.text(1, 1, both(zh, en), "title")
        self.sheet.row_dimensions[1].height = 24
        self.text(2, 1, purpose[0], "note")
        self.text(3, 1, purpose[1], "note")
        self.text(4, 1, f"金额单位 Money unit: {unit}", "label")
        if master[0]:
            lead = "总检查 Master check: "
            self.formula(5, 1, f'="{lead}"&{master[0]}', lead + master[1], "text", "total")

    def break_before(self, row: int) -> None:
        """Start a new printed page at a row."""
        self.sheet.row_breaks.append(Break(id=row - 1))

    def keep_together(self, row: int, height: float, *, wide: int = 1) -> bool:
        """Start a new printed page at a row whose block of so many points would be cut by the end of this one.

        Row heights must stand by now; `wide` as in finish. Gives whether it did.
        """
        started = max((each.id + 1 for each in self.sheet.row_breaks.brk), default=self.head + 1)
        is_cut = row > started and any(
            self._used(started, row, fits) + height > fits
            for fits in (self.printed_height(wide), ROOMIEST * self.printed_height(wide))
        )
        if is_cut:
            self.break_before(row)
        return is_cut

    def printed_height(self, wide: int = 1) -> float:
        """Points of rows that fit on a printed page, the repeated ones included; the columns' widths must stand by now."""
        letters = [get_column_letter(i) for i in range(1, self.sheet.max_column + 1)]
        across = float(sum(self.sheet.column_dimensions[each].width for each in letters)) * CHARACTER_WIDTH / wide
        return PRINTED_HEIGHT * max(across / PRINTED_WIDTH, 1.0)

    def height(self, first: int, last: int) -> float:
        """Points of rows as they stand."""
        rows = self.sheet.row_dimensions
        heights: list[float] = [rows[each].height or ROW_HEIGHT for each in range(first, last + 1)]
        return sum(heights)

    def _used(self, started: int, row: int, fits: float) -> float:
        """Points above a row on its page, where a page is full of so many: programs start the next one themselves."""
        heading = used = self.height(1, self.head)
        for each in range(started, row):
            own = self.height(each, each)
            used = own + (heading if used + own > fits else used)
        return used

    def widths(self, *widths: float) -> None:
        for i, width in enumerate(widths, start=1):
            self.sheet.column_dimensions[get_column_letter(i)].width = width

    def finish(
        self, *, freeze: str = "", titles: str = "", stamp: str = "", locked: bool = True, wide: int = 1, tall: int = 0
    ) -> None:
        """Page set-up: A4 landscape, one page wide, titles repeated, the stamp and page number in the footer."""
        sheet = self.sheet
        if self.head > HEADING_ROWS:
            titles = f"1:{self.head}"
            freeze = f"{freeze[0]}{self.head + 1}" if freeze else ""
        if freeze:
            sheet.freeze_panes = freeze
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = 9
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = wide, tall
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_margins.left = sheet.page_margins.right = 0.4
        sheet.page_margins.top, sheet.page_margins.bottom = 0.5, 0.8
        sheet.page_margins.header = sheet.page_margins.footer = 0.3
        if titles:
            sheet.print_title_rows = titles
        if wide > 1:
            # A line on a later page is nothing without its label.
            sheet.print_title_cols = "A:A"
        footer = sheet.oddFooter
        footer.left.text, footer.center.text, footer.right.text = stamp, "&A", "&P / &N"
        for part in (footer.left, footer.center, footer.right):
            part.size, part.font = 8, "Calibri,Regular"
        sheet.protection.sheet = locked
        # Heights left to the program differ between programs, and charts would drift from their rows.
        for row in range(1, sheet.max_row + 1):
            if sheet.row_dimensions[row].height is None:
                sheet.row_dimensions[row].height = ROW_HEIGHT

    def _cell(self, row: int, column: int, role: str, kind: str) -> Cell:
        cell: Cell = self.sheet.cell(row, column)
        cell.style = add_style(self.book.workbook, role, kind)
        return cell


def _clean(text: str) -> str:
    shown = "".join(each for each in text if each in "\n\t" or ord(each) >= 32)
    if len(shown) > LONGEST_TEXT:
        raise KmvError(problem("E311", name="text", name_zh="文本", found=f"{len(shown):,} characters"))
    return shown


def _finite(value: Any, where: str) -> Any:
    number = float(value)
    if number - number != 0.0:
        raise KmvError(problem("E311", where=where, name="result", name_zh="结果", found=value))
    return value if isinstance(value, (int, bool)) else number


def _result(result: Any, where: str) -> Any:
    if isinstance(result, dt.date):
        return serial(result)
    return result if isinstance(result, str) else _finite(result, where)
