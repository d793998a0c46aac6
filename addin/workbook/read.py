"""A deal workbook file -> its deal: through the gate, to the range `deal`, to the one parser."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from addin.deal_block import ParsedDeal, parse_deal
from addin.workbook.gate import check_file
from kmv_core.vocabulary.checks import nearest
from kmv_core.vocabulary.errors import KmvError, Problem, problem

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

RANGE_NAME = "deal"


@dataclass(frozen=True, slots=True)
class DealFile:
    """A deal read from a file."""

    path: Path
    parsed: ParsedDeal
    rows: tuple[tuple[Any, ...], ...]
    """The block as it stands in the file."""
    warnings: tuple[Problem, ...]
    sha256: str
    """Of the file."""


def read_deal_file(path: Path) -> DealFile:
    """Read the deal of a workbook; raises KmvError with every problem, each at its cell."""
    gate_warnings = check_file(path)
    values, formulas = _load(path, data_only=True), _load(path, data_only=False)
    sheet, area = _deal_range(values)
    rows, uncalculated = [], []
    for cells, written in zip(sheet[area], formulas[sheet.title][area], strict=True):
        rows.append(tuple(cell.value for cell in cells))
        uncalculated += [
            problem("E210", where=f"{sheet.title}!{cell.coordinate}")
            for cell, origin in zip(cells, written, strict=True)
            if origin.data_type == "f" and cell.value is None
        ]
    if uncalculated:
        raise KmvError(*uncalculated)
    first = sheet[area][0][0]

    def where(row: int, column: int) -> str:
        return f"{sheet.title}!{sheet.cell(first.row + row, first.column + column).coordinate}"

    parsed = parse_deal(rows, where)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return DealFile(path, parsed, tuple(rows), (*gate_warnings, *parsed.warnings), digest)


def _load(path: Path, *, data_only: bool) -> Workbook:
    import openpyxl

    try:
        with warnings.catch_warnings():
            # It warns of what it will not keep (styles, extensions); the deal is read, never written back.
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(path, data_only=data_only)
    except Exception as error:
        raise KmvError(problem("E114", where=path.name, found=f"{type(error).__name__}: {error}"[:200])) from None


def _deal_range(book: Workbook) -> tuple[Worksheet, str]:
    names = list(book.defined_names)
    if RANGE_NAME not in names:
        raise KmvError(
            problem(
                "E201",
                what="the name",
                what_zh="名称",
                name=RANGE_NAME,
                present=", ".join(names) or "-",
                nearest=nearest(RANGE_NAME, names),
            )
        )
    places = list(book.defined_names[RANGE_NAME].destinations)
    if len(places) != 1 or places[0][0] not in book.sheetnames or ":" not in places[0][1]:
        raise KmvError(problem("E217", name=RANGE_NAME, name_zh="项目区域", found="not one block of cells on a sheet"))
    title, area = places[0]
    return book[title], area.replace("$", "")
