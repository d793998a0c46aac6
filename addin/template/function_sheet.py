"""The Functions sheet: what each worksheet function answers and takes, and the words the lists offer."""

from __future__ import annotations

from dataclasses import dataclass

from addin.functions import REGISTRY
from addin.workbook.native.context import MASTER, Native
from kmv_core.vocabulary.terms import TERMS

LISTED = ("asset_type", "form", "basis", "factor", "mode")
"""Keys of the deal block whose cells offer a list."""


@dataclass(frozen=True, slots=True)
class WordList:
    """The words of a key and where they stand."""

    words: tuple[str, ...]
    area: str


def write_function_sheet(native: Native) -> dict[str, WordList]:
    """The sheet, derived from the registry; gives the word lists for data validation."""
    page = native.book.page("Functions")
    page.heading(
        "工作表函数",
        "Worksheet functions",
        (
            "回答：有哪些函数、参数含义与单位。",
            "Answers: which functions there are, and what each argument means, in which unit.",
        ),
        native.unit,
        MASTER,
    )
    page.widths(24, 24, 60, 70, 26)
    row = 6
    for record in REGISTRY.values():
        page.section(row, record.name, record.category, 5)
        page.text(row + 1, 1, f"={record.syntax}", "total")
        page.text(row + 2, 1, record.zh)
        page.text(row + 3, 1, record.en)
        page.headers(row + 4, 1, ["参数 Argument", "单位 Unit", "说明", "Meaning", "缺省 Default"], height=20)
        row += 5
        for argument in record.arguments:
            term = argument.term
            page.text(row, 1, argument.name)
            page.text(row, 2, " ".join(dict.fromkeys(reversed(term.unit_words))), "note")
            page.text(row, 3, term.doc_zh, "wrap")
            page.text(row, 4, term.doc_en, "wrap")
            page.sheet.row_dimensions[row].height = 28
            page.text(row, 5, "必填 required" if argument.required else _shown(argument.default))
            row += 1
        row += 1
    page.section(row, "词表", "Word lists", 5)
    lists: dict[str, WordList] = {}
    for i, key in enumerate(LISTED):
        words = TERMS[key].choices
        page.text(row + 1, 1 + i, f"{TERMS[key].zh} {key}", "header")
        for j, word in enumerate(words, start=2):
            page.text(row + j, 1 + i, word)
        first, last = page.ref(row + 2, 1 + i), page.ref(row + 1 + len(words), 1 + i, sheet=False)
        lists[key] = WordList(words, f"{first}:{last}")
    page.finish(titles="1:5", stamp=native.stamp)
    return lists


def _shown(default: object) -> str:
    if isinstance(default, bool):
        return str(default).upper()
    return "-" if default is None else (f"{default:g}" if isinstance(default, float) else str(default))
