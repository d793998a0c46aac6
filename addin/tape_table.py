"""A loan tape as a clean table with canonical columns, out of rows of cells or a raw table, and what was odd about it.

A row is numbered as a spreadsheet shows it when the tape starts in row 1: the header is row 1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from addin.deal_values import unit_scale
from addin.tape_headers import canonical_columns
from addin.tape_values import clean_column
from kmv_core.assets.tape import BALANCE, IDENTIFIERS, NUMBERS, check_tape
from kmv_core.vocabulary.errors import KmvError, Problem, problem, raise_errors
from kmv_core.vocabulary.terms import TERMS

if TYPE_CHECKING:
    import pandas as pd

MONEY_UNIT = "元"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tape:
    """A tape that was read."""

    loans: pd.DataFrame
    """One row a loan, indexed by its row; canonical columns, amounts in the money unit asked for."""
    headers: dict[str, str]
    """Canonical name -> the header it was read from."""
    encoding: str = ""
    """Of a text file; blank for cells."""
    warnings: tuple[Problem, ...]


def money_scale(money_unit: str) -> float:
    """How many yuan the money unit is; raises KmvError E215 for one that is not known."""
    unit = unit_scale(money_unit)
    if unit is None:
        raise KmvError(problem("E215", name="money_unit", name_zh=TERMS["money_unit"].zh, found=money_unit))
    return unit


def raw_of_rows(
    rows: Sequence[Sequence[Any]], also: Sequence[str], found: list[Problem]
) -> tuple[dict[str, str], pd.DataFrame]:
    """Headers and raw text columns of rows of cells, the first of which holds the headers.

    Problems are added to `found`; raises KmvError E261 without any row, and what is wrong with the headers.
    """
    import pandas as pd

    if not rows:
        raise KmvError(problem("E261"))
    headers = ["" if cell is None else str(cell) for cell in rows[0]]
    columns, problems = canonical_columns(headers, also)
    found += problems
    raise_errors(found)
    index = pd.RangeIndex(2, len(rows) + 1)
    data = {}
    for name, place in columns.items():
        cells = [row[place] if place < len(row) else None for row in rows[1:]]
        if name in NUMBERS:
            data[name] = pd.Series([_as_number(cell) for cell in cells], index=index, dtype=object)
            continue
        texts = [None if cell is None or cell == "" else _as_text(cell) for cell in cells]
        column = pd.Series(texts, index=index, dtype="str")
        data[name] = column if name in IDENTIFIERS else column.astype("category")
    return {name: headers[place] for name, place in columns.items()}, pd.DataFrame(data, index=index)


def tape_of_rows(rows: Sequence[Sequence[Any]], *, money_unit: str = MONEY_UNIT, also: Sequence[str] = ()) -> Tape:
    """The tape of a range of cells whose first row holds the headers; as `read_tape` of a file, without E100 to E114.

    >>> tape = tape_of_rows([["借据号", "余额（万元）"], ["A", 1.5], ["B", "１２"]])
    >>> tape.loans.total_balance.tolist(), [each.code for each in tape.warnings]
    ([15000.0, 120000.0], ['W214', 'W213'])
    """
    unit = money_scale(money_unit)
    found: list[Problem] = []
    headers, raw = raw_of_rows(rows, also, found)
    return clean_tape(headers, raw, found, unit=unit)


def clean_tape(
    headers: dict[str, str], raw: pd.DataFrame, found: list[Problem], *, unit: float, encoding: str = ""
) -> Tape:
    """The tape of a raw table; rows without any value are left out, `unit` is the money unit in yuan.

    Raises KmvError with every problem, each naming its first rows and their number.
    """
    import pandas as pd

    if raw[BALANCE].isna().any():
        kept = raw.notna().any(axis=1)
        raw = raw if kept.all() else raw[kept]
    clean = {}
    sound = []
    for name in raw.columns:
        known = len(found)
        clean[name] = clean_column(raw[name], name, headers[name], unit, found)
        if not any(each.is_error for each in found[known:]):
            sound.append(name)
    loans = pd.DataFrame(clean, index=raw.index, copy=False)
    if len(sound) < len(clean):
        # Whoever mends the tape wants to hear everything at once, not the loans' own faults in a second round
        found += [each for each in check_tape(loans[sound]) if each.is_error and each.code != "E201"]
        for name in clean.keys() - set(sound):
            read = loans.loc[raw[name].isna() | loans[name].notna(), [name]]
            found += [each for each in check_tape(read) if each.is_error and each.field == (name,)]
    raise_errors(found)
    return Tape(loans=loans, headers=headers, encoding=encoding, warnings=tuple(found))


def _as_number(cell: Any) -> Any:
    # TRUE is no 1
    return cell if cell is None or (isinstance(cell, (int, float)) and not isinstance(cell, bool)) else _as_text(cell)


def _as_text(cell: Any) -> str:
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
