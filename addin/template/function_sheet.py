"""The Functions sheet: what each worksheet function answers and takes, and the words the lists offer.

Its table is also what the macros of a workbook read when they describe the functions to Excel's Function
Wizard: macros are written in ASCII, so the Chinese has to stand in cells.
"""

from __future__ import annotations

from dataclasses import dataclass

from openpyxl.workbook.defined_name import DefinedName

from addin.functions import REGISTRY, WorksheetFunction
from addin.workbook.native.context import MASTER, Native
from addin.workbook.page import ROW_HEIGHT, Page, printed_lines
from kmv_core.vocabulary.errors import KINDS
from kmv_core.vocabulary.terms import TERMS

HELP_NAME, NO_ANSWER_NAME = "kmv_help", "kmv_no_answer"
"""Names of the table and of the sentence that the macros read."""
LISTED = ("asset_type", "form", "basis", "factor", "mode")
"""Keys of the deal block whose cells offer a list."""
WIDTHS = (26, 24, 26, 70, 74, 24)
COLUMNS = ("函数 Function", "参数 Argument", "单位 Unit", "说明", "Meaning", "缺省 Default")
PURPOSE = (
    "回答：有哪些函数、参数含义与单位。",
    "Answers: which functions there are, and what each argument means, in which unit.",
)


@dataclass(frozen=True, slots=True)
class WordList:
    """The words of a key and where they stand."""

    words: tuple[str, ...]
    area: str


def write_function_sheet(native: Native) -> dict[str, WordList]:
    """The sheet, derived from the registry; gives the word lists for data validation."""
    page = native.book.page("Functions")
    page.heading("工作表函数", "Worksheet functions", PURPOSE, native.unit, MASTER)
    page.widths(*WIDTHS)
    row = write_help(page, 6) + 1
    page.section(row, "词表", "Word lists", len(WIDTHS))
    lists: dict[str, WordList] = {}
    for i, key in enumerate(LISTED):
        words = TERMS[key].choices
        page.text(row + 1, 1 + i, f"{TERMS[key].zh} {key}", "header")
        for j, word in enumerate(words, start=2):
            page.text(row + j, 1 + i, word)
        first, last = page.ref(row + 2, 1 + i), page.ref(row + 1 + len(words), 1 + i, sheet=False)
        lists[key] = WordList(words, f"{first}:{last}")
    page.finish(titles="1:6", stamp=native.stamp)
    return lists


def write_help(page: Page, row: int) -> int:
    """The table of functions and arguments from a row on, and its names; gives the next free row."""
    page.headers(row, 1, COLUMNS, height=20)
    first = row = row + 1
    for record in REGISTRY.values():
        row = _write_function(page, row, record)
    _name(page, HELP_NAME, f"{page.ref(first, 1)}:{page.ref(row - 1, len(COLUMNS), sheet=False)}")
    kind = KINDS["E910"]
    page.text(row + 1, 1, f"{kind.en} | {kind.zh}", "note")
    _name(page, NO_ANSWER_NAME, page.ref(row + 1, 1))
    return row + 2


def _write_function(page: Page, row: int, record: WorksheetFunction) -> int:
    texts = (record.name, f"KMV {record.category}", "", record.zh, record.en)
    for column, text in enumerate(texts, start=1):
        page.text(row, column, text, "section_wrap")
    page.text(row, len(COLUMNS), "", "section_wrap")
    lines = max(printed_lines(text, int(1.1 * width)) for text, width in zip(texts, WIDTHS, strict=False))
    page.sheet.row_dimensions[row].height = ROW_HEIGHT * lines + 3
    for argument in record.arguments:
        row += 1
        term = argument.term
        unit = " ".join(dict.fromkeys(reversed(term.unit_words)))
        default = "必填 required" if argument.required else _shown(argument.default)
        cells = (record.name, argument.name, unit, term.doc_zh, term.doc_en, default)
        for column, text in enumerate(cells, start=1):
            page.text(row, column, text, "wrap_note" if column in (1, 3) else "wrap")
        lines = max(printed_lines(text, int(1.25 * width)) for text, width in zip(cells, WIDTHS, strict=True))
        page.sheet.row_dimensions[row].height = 13.0 * lines + 2.0
    return row + 1


def _name(page: Page, name: str, area: str) -> None:
    page.book.workbook.defined_names[name] = DefinedName(name, attr_text=area)


def _shown(default: object) -> str:
    if isinstance(default, bool):
        return str(default).upper()
    return "-" if default is None else (f"{default:g}" if isinstance(default, float) else str(default))
