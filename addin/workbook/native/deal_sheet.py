"""The deal block as a sheet: every input, its unit and its source, and the address of each for formulas."""

from __future__ import annotations

from openpyxl.utils import get_column_letter

from addin.deal_layout import Layout
from addin.deal_sections import SOURCE_COLUMN
from addin.workbook.page import ROW_HEIGHT, Page
from kmv_core.deal.structure_checks import Field
from kmv_core.vocabulary.terms import TERMS, UNITS

TOP = 6
WIDTHS = (36, 20, 26, 17, 20, 15, 15, 13, 13, 13, 13, 13, 46)
WIDTH = len(WIDTHS)
TEXT_UNIT = " ".join(reversed(UNITS["text"]))
"""Left out of the sheet: a long name runs on over the unit column."""
_HEAD = 42.0
_MOST_KEPT = 20
"""Rows of a section that stay on one page; a longer table is cut."""
_KINDS = {"percent": ("decimal", "decimal_yearly"), "money": ("money",), "date": ("date",), "text": ("text",)}


class DealSheet:
    """Writes the block from row TOP on, names it `deal`, and knows where each field stands."""

    def __init__(self, page: Page, layout: Layout) -> None:
        self.page, self.layout = page, layout
        self.last_row = TOP + len(layout.rows) - 1
        last_column = get_column_letter(max(map(len, layout.rows)))
        self.area = f"{page.name}!$A${TOP}:${last_column}${self.last_row}"

    def ref(self, *field: str | int) -> str:
        """The address of a field, with its sheet."""
        row, column = self.layout.cells[field]
        return self.page.ref(TOP + row, column + 1)

    def column(self, section: str, key: str) -> str:
        """A table's column as a range; the table must have a line."""
        lines = sum(1 for field in self.layout.cells if len(field) == 3 and field[0] == section and field[2] == key)
        first_row, column = self.layout.cells[section, 0, key]
        first = self.page.ref(TOP + first_row, column + 1)
        last = self.page.ref(TOP + first_row + lines - 1, column + 1, sheet=False)
        return f"{first}:{last}"

    def lines(self, section: str) -> str:
        """The first cells of a table's rows, from its labels to the next section: lines inserted later fall in it."""
        heads = [i for i, row in enumerate(self.layout.rows) if str(row[0]).startswith("[")]
        start = next(i for i in heads if self.layout.rows[i][0] == f"[{section}]")
        end = next(i for i in [*heads, len(self.layout.rows)] if i > start)
        first = self.page.ref(TOP + start + 2, 1)
        return f"{first}:{self.page.ref(TOP + end, 1, sheet=False)}"

    def write(self) -> None:
        fields: dict[tuple[int, int], Field] = {place: field for field, place in self.layout.cells.items()}
        for i, row in enumerate(self.layout.rows):
            is_section = str(row[0]).startswith("[")
            if is_section:
                if self._is_keys(i + 1):
                    # A table's head on one page and its lines on the next could not be read.
                    self.page.keep_together(TOP + i, _HEAD + min(self._section_rows(i), _MOST_KEPT) * ROW_HEIGHT)
                for column in range(1, WIDTH + 1):
                    self.page.text(TOP + i, column, "", "section")
            in_table = (i, 0) in fields
            for j, value in enumerate(row):
                field = fields.get((i, j))
                if field is not None and value is not None:
                    self.page.value(TOP + i, j + 1, value, kind_of(str(field[-1])), "input")
                elif value not in (None, "") and value != TEXT_UNIT:
                    self.page.text(
                        TOP + i, j + 1, str(value), self._role(i, j, is_section=is_section, in_table=in_table)
                    )
            if str(row[0]).startswith("# "):
                self.page.sheet.row_dimensions[TOP + i].height = _HEAD
            elif (i, len(row) - 1) not in fields and not is_section and not self._is_keys(i):
                self._source(i, in_table=in_table)

    def _source(self, i: int, *, in_table: bool) -> None:
        """A source goes on to the last column, over as many lines as it needs."""
        row = self.layout.rows[i]
        column, source = len(row), row[-1]
        if not isinstance(source, str) or not source or (not in_table and column <= SOURCE_COLUMN):
            return
        self.page.text(TOP + i, column, source, "wrap_note")
        if column < WIDTH:
            self.page.sheet.merge_cells(start_row=TOP + i, start_column=column, end_row=TOP + i, end_column=WIDTH)
        across = sum(WIDTHS[column - 1 :])
        lines = -(-sum(1 if ord(each) < 0x2E80 else 2 for each in source) // int(across * 1.2))
        self.page.sheet.row_dimensions[TOP + i].height = max(ROW_HEIGHT, 12.5 * lines + 2)

    def _role(self, i: int, j: int, *, is_section: bool, in_table: bool) -> str:
        if is_section:
            return "section"
        if str(self.layout.rows[i][0]).startswith("# "):
            return "header_left" if j == 0 else "header"
        is_source = j == len(self.layout.rows[i]) - 1 and (in_table or j >= 5)
        return "note" if is_source else ("key" if j == 0 or (not in_table and self._is_keys(i)) else "label")

    def _section_rows(self, i: int) -> int:
        """Rows from a section's name to the next one's."""
        after = range(i + 1, len(self.layout.rows))
        return next((j for j in after if str(self.layout.rows[j][0]).startswith("[")), len(self.layout.rows)) - i

    def _is_keys(self, i: int) -> bool:
        return i + 1 < len(self.layout.rows) and str(self.layout.rows[i + 1][0]).startswith("# ")


def kind_of(key: str) -> str:
    """The number format of a key."""
    if key.startswith("shock_"):
        return "general"
    term = TERMS[key]
    if key in ("decay_rate", "rate"):
        return "general"
    for kind, units in _KINDS.items():
        if term.unit in units:
            return kind
    return "general"
