"""The deal block as a sheet: every input, its unit and its source, and the address of each for formulas."""

from __future__ import annotations

from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles.colors import Color
from openpyxl.utils import get_column_letter

from addin.deal_layout import Layout
from addin.deal_sections import SHOCK_KEYS, SOURCE_COLUMN, VALUE_COLUMN
from addin.workbook.native.input_words import SECTION_WORDS, shock_format
from addin.workbook.page import ROW_HEIGHT, Page, both, printed_lines
from addin.workbook.style import FONT, NAVY
from kmv_core.deal.structure_checks import Field
from kmv_core.vocabulary.terms import TERMS, UNITS

TOP = 6
WIDTHS = (36, 20, 26, 20, 24, 18, 15, 15, 15, 16, 15, 15, 40)
WIDTH = len(WIDTHS)
TEXT_UNIT = " ".join(reversed(UNITS["text"]))
"""Left out of the sheet: words stand in the unit column too."""
REMARK = "# "
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
                self._section(i)
            in_table = (i, 0) in fields
            for j, value in enumerate(row):
                field = fields.get((i, j))
                if field is not None and value is not None:
                    self.page.value(TOP + i, j + 1, value, self.kind(field), "input")
                elif value not in (None, "") and value != TEXT_UNIT:
                    self.page.text(
                        TOP + i, j + 1, str(value), self._role(i, j, is_section=is_section, in_table=in_table)
                    )
            if TEXT_UNIT in row and not in_table:
                self._words(TOP + i, str(row[VALUE_COLUMN] or ""))
            if str(row[0]).startswith(REMARK):
                self._labels(TOP + i, str(row[0]))
                self.page.sheet.row_dimensions[TOP + i].height = _HEAD
            elif (i, len(row) - 1) not in fields and not is_section and not self._is_keys(i):
                self._source(i, in_table=in_table)

    def kind(self, field: Field) -> str:
        """The number format of a field: of a shock or a rate, what another cell of its line makes of it."""
        key = str(field[-1])
        if key.startswith("shock"):
            return shock_format(self._of_line(field, "factor"), self._of_line(field, "mode"))
        if key == "rate":
            return "money" if self._of_line(field, "basis") == "fixed" else "rate"
        return kind_of(key)

    def _of_line(self, field: Field, key: str) -> str:
        row, column = self.layout.cells[(*field[:-1], key)]
        return str(self.layout.rows[row][column])

    def _section(self, i: int) -> None:
        if self._is_keys(i + 1):
            # A table's head on one page and its lines on the next could not be read.
            self.page.keep_together(TOP + i, _HEAD + min(self._section_rows(i), _MOST_KEPT) * ROW_HEIGHT)
        for column in range(1, WIDTH + 1):
            self.page.text(TOP + i, column, "", "section")
        # The name in brackets is what is read back; the words beside it are for people.
        self.page.text(TOP + i, 2, both(*SECTION_WORDS[str(self.layout.rows[i][0]).strip("[]")]), "section")

    def _words(self, row: int, words: str) -> None:
        """Words take the unit column too, and two lines where they must: names are longer than numbers."""
        first, last = VALUE_COLUMN + 1, VALUE_COLUMN + 2
        self.page.text(row, first, words, "input_wrap")
        self.page.text(row, last, "", "input_wrap")
        self.page.sheet.merge_cells(start_row=row, start_column=first, end_row=row, end_column=last)
        lines = printed_lines(words, int(1.2 * (WIDTHS[first - 1] + WIDTHS[last - 1])))
        self.page.sheet.row_dimensions[row].height = ROW_HEIGHT * lines

    def _labels(self, row: int, first: str) -> None:
        """The mark that keeps a row of labels from being read as a line stays in its cell, in the colour of the cell."""
        fonts = (InlineFont(rFont=FONT, sz=10, b=True, color=Color(rgb=f"FF{colour}")) for colour in (NAVY, "FFFFFF"))
        mark, label = (
            TextBlock(font, text) for font, text in zip(fonts, (REMARK, first.removeprefix(REMARK)), strict=True)
        )
        self.page.sheet.cell(row, 1).value = CellRichText(mark, label)

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
        lines = printed_lines(source, int(across * 1.2))
        height = self.page.sheet.row_dimensions[TOP + i].height or ROW_HEIGHT
        self.page.sheet.row_dimensions[TOP + i].height = max(height, 12.5 * lines + 2)

    def _role(self, i: int, j: int, *, is_section: bool, in_table: bool) -> str:
        if is_section:
            return "section"
        if str(self.layout.rows[i][0]).startswith(REMARK):
            return "header_left" if j == 0 else "header"
        is_source = j == len(self.layout.rows[i]) - 1 and (in_table or j >= 5)
        if is_source:
            return "note"
        is_key = not in_table and self._is_keys(i)
        return "key_fit" if is_key else ("key" if j == 0 else "label")

    def _section_rows(self, i: int) -> int:
        """Rows from a section's name to the next one's."""
        after = range(i + 1, len(self.layout.rows))
        return next((j for j in after if str(self.layout.rows[j][0]).startswith("[")), len(self.layout.rows)) - i

    def _is_keys(self, i: int) -> bool:
        return i + 1 < len(self.layout.rows) and str(self.layout.rows[i + 1][0]).startswith(REMARK)


def kind_of(key: str) -> str:
    """The number format of a key; a column of shocks has none of its own, its factor says."""
    if key in SHOCK_KEYS:
        return "general"
    term = TERMS[key]
    if key in ("decay_rate", "decay_shape"):
        return "number"
    for kind, units in _KINDS.items():
        if term.unit in units:
            return kind
    return "general"
