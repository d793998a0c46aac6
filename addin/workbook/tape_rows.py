"""Rows of a text file that have another number of cells than there are headers.

The fast reader refuses a row that is too long in its own words and makes blanks of one that is too short: here the rows
are named, by a slower look that only a doubtful file gets.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from kmv_core.assets.tape import rows_named
from kmv_core.vocabulary.errors import Problem, problem

_BLOCK = 2**20


def all_fit(path: Path, encoding: str, separator: str, separators: int) -> bool:
    """Whether a file surely has so many separators and no quoted one: then no row is too short.

    `separators` are those of the rows if all are complete. False says nothing.
    """
    # In GB 18030 a vertical bar may be half a character
    if not encoding.startswith("utf-8") and (encoding != "gb18030" or separator == "|"):
        return False
    sign = separator.encode()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(_BLOCK), b""):
            if b'"' in block:
                return False
            separators -= block.count(sign)
    return separators == 0


def unfit_rows(path: Path, encoding: str, separator: str) -> list[Problem]:
    """E217 for the rows that are too long or too short, and for a quotation mark that is not closed; blank rows fit."""
    unfit: dict[int, int] = {}
    width = number = 0
    try:
        with path.open(encoding=encoding, newline="") as stream:
            for number, row in enumerate(csv.reader(stream, delimiter=separator, strict=True), start=1):
                width = width or len(row)
                if len(row) != width and any(cell.strip() for cell in row):
                    unfit[number] = len(row)
    except csv.Error:
        where = rows_named([number + 1])
        return [*_counted(unfit, width), _problem(where, "a quotation mark without its pair", "引号不成对")]
    return _counted(unfit, width)


def _counted(unfit: dict[int, int], width: int) -> list[Problem]:
    if not unfit:
        return []
    rows = list(unfit)
    cells = unfit[rows[0]]
    return [_problem(rows_named(rows), f"{cells} cells under {width} headers", f"{width} 个表头下有 {cells} 个单元格")]


def _problem(where: str, en: str, zh: str) -> Problem:
    words: dict[str, Any] = {"name": "columns", "name_zh": "列", "found": en, "found_zh": zh}
    return problem("E217", where=where, **words)
