"""The list of assumptions on page one: every input that no document states, with its value and its source."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence

from addin.deal_block import Assumption, ParsedDeal
from addin.report.verdict_lines import line_kind, line_value
from addin.workbook.page import Page, printed_lines
from kmv_core.vocabulary.terms import TERMS

SOURCE_FROM = 7
"""Column of an assumption's source; its inputs stand in the columns before."""
INPUT_CHARACTERS, SOURCE_CHARACTERS, LINE_HEIGHT, HEAD_HEIGHT = 122, 98, 13.5, 20
MOST_LINES, MOST_INPUTS = 8, 8
"""Of one row: a longer one is cut by the end of a page and is not read."""
_Inputs = dict[tuple[str, str], list[str]]
"""Values by what they are of: what kind of thing and its name."""


def write_assumptions(page: Page, row: int, parsed: ParsedDeal, width: int) -> int:
    """Every input that is assumed with its value, those of one source together; the head again on every page."""
    page.section(row, f"假设（{len(parsed.assumptions)} 项，非公开文件所载）", "Assumptions: not documented", width)
    _head(page, row + 1, width)
    row += 2
    for source, inputs in by_source(parsed).items():
        for text in _chunks([_words(each, values) for each, values in inputs.items()]):
            lines = max(printed_lines(text, INPUT_CHARACTERS), printed_lines(source, SOURCE_CHARACTERS))
            height = LINE_HEIGHT * lines + 2
            if page.keep_together(row, height):
                _head(page, row, width)
                row += 1
            for first, last, words in ((1, SOURCE_FROM - 1, text), (SOURCE_FROM, width, source)):
                page.sheet.merge_cells(start_row=row, start_column=first, end_row=row, end_column=last)
                page.text(row, first, words, "wrap_note")
            page.sheet.row_dimensions[row].height = height
            row += 1
    return row


def _head(page: Page, row: int, width: int) -> None:
    page.headers(row, 1, ["输入与取值 Inputs and values", *[""] * (width - 1)], height=HEAD_HEIGHT)
    page.text(row, SOURCE_FROM, "来源 Source", "header_left")


def by_source(parsed: ParsedDeal) -> dict[str, _Inputs]:
    """By source: what is assumed; lines of a table that bear one name, such as a scenario's, are one input."""
    lines = {where: field for field, where in parsed.cells.items() if len(field) == 2 and isinstance(field[1], int)}
    found: dict[str, _Inputs] = {}
    for each in parsed.assumptions:
        field = lines.get(each.where) if each.value in (None, "") else None
        if field is None:
            thing, value = ("", _name(each)), _value(each)
        else:
            section, line = str(field[0]), int(field[1])
            thing, value = (line_kind(section), each.name), line_value(parsed.deal, section, line)
        found.setdefault(each.source, {}).setdefault(thing, []).append(value)
    return found


def _words(thing: tuple[str, str], values: Sequence[str]) -> str:
    name = " ".join(filter(None, thing))
    # A schedule of equal parts is one value for many dates.
    said = [each if count == 1 else f"{count} 期 dates × {each}" for each, count in Counter(values).items() if each]
    return f"{name} = {', '.join(said)}" if said else name


def _name(each: Assumption) -> str:
    term = TERMS.get(each.name)
    return f"{term.zh} {term.en}" if term else each.name


def _value(each: Assumption) -> str:
    if each.value in (None, ""):
        return ""
    shown = each.value.isoformat() if isinstance(each.value, dt.date) else each.value
    return f"{shown:g}" if isinstance(shown, (int, float)) else str(shown)


def _chunks(inputs: Sequence[str]) -> Iterator[str]:
    """The inputs of one source, cut so that no row is long."""
    text, count = "", 0
    for each in inputs:
        longer = f"{text}；{each}" if text else each
        if text and (count == MOST_INPUTS or printed_lines(longer, INPUT_CHARACTERS) > MOST_LINES):
            yield text
            longer, count = each, 0
        text, count = longer, count + 1
    yield text
