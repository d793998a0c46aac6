"""The list of assumptions on page one: every input that no document states, with its value and its source."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence

from addin.deal_block import Assumption
from addin.workbook.page import Page, printed_lines
from kmv_core.vocabulary.terms import TERMS

SOURCE_FROM = 7
"""Column of an assumption's source; its inputs stand in the columns before."""
INPUT_CHARACTERS, SOURCE_CHARACTERS, MOST_LINES, LINE_HEIGHT = 110, 95, 6, 13.5


def write_assumptions(page: Page, row: int, assumptions: Sequence[Assumption], width: int) -> int:
    """Every input that is assumed with its value, those of one source together."""
    page.section(row, f"假设（{len(assumptions)} 项，非公开文件所载）", "Assumptions: not documented", width)
    page.headers(row + 1, 1, ["输入与取值 Inputs and values", *[""] * (width - 1)], height=20)
    page.text(row + 1, SOURCE_FROM, "来源 Source", "header_left")
    row += 2
    by_source: dict[str, list[str]] = {}
    for each in assumptions:
        by_source.setdefault(each.source, []).append(_input(each))
    for source, inputs in by_source.items():
        # Lines of a table bear the name of what they are about: once is enough.
        named = [each if count == 1 else f"{each} ×{count}" for each, count in Counter(inputs).items()]
        for text in _chunks(named):
            for first, last, words in ((1, SOURCE_FROM - 1, text), (SOURCE_FROM, width, source)):
                page.sheet.merge_cells(start_row=row, start_column=first, end_row=row, end_column=last)
                page.text(row, first, words, "wrap_note")
            lines = max(printed_lines(text, INPUT_CHARACTERS), printed_lines(source, SOURCE_CHARACTERS))
            height = LINE_HEIGHT * lines + 2
            page.keep_together(row, height)
            page.sheet.row_dimensions[row].height = height
            row += 1
    return row


def _input(each: Assumption) -> str:
    term = TERMS.get(each.name)
    name = f"{term.zh} {term.en}" if term else each.name
    if each.value in (None, ""):
        return name
    shown = each.value.isoformat() if isinstance(each.value, dt.date) else each.value
    return f"{name} = {shown:g}" if isinstance(shown, (int, float)) else f"{name} = {shown}"


def _chunks(inputs: Sequence[str]) -> Iterator[str]:
    """The inputs of one source, cut so that no row is higher than a few lines."""
    text = ""
    for each in inputs:
        longer = f"{text}；{each}" if text else each
        if text and printed_lines(longer, INPUT_CHARACTERS) > MOST_LINES:
            yield text
            longer = each
        text = longer
    yield text
