"""`kmv tape`: the numbers of a loan tape as JSON or as lines of a table."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from addin.functions.pool import field_of, statistics_lines, strata_lines
from addin.tape_headers import canonical_field
from addin.workbook.tape import read_tape
from kmv_core import __version__
from kmv_core.assets.pool import PoolStatistics, pool_statistics
from kmv_core.assets.strata import PoolStrata, pool_strata
from kmv_core.assets.tape import DATES, IDENTIFIERS, NUMBERS, check_tape
from kmv_core.vocabulary.errors import Problem, raise_errors

Grid = tuple[str, tuple[str, ...], list[list[str]]]
_AMOUNT = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TapeNumbers:
    """What `kmv tape` answers."""

    name: str
    statistics: PoolStatistics
    strata: PoolStrata | None
    """Of the column asked for, where it holds words."""
    warnings: tuple[Problem, ...]

    def as_json(self) -> dict[str, Any]:
        """Names as in the terms; amounts in yuan where a unit is written, rates as decimals; null for no average."""
        statistics = dataclasses.asdict(self.statistics)
        for each in statistics["averages"]:
            each["value"] = None if math.isnan(each["value"]) else each["value"]
        names = ("stratum", "loans", "balance", "share", "average")
        strata = [] if self.strata is None else strata_lines(self.strata)
        return {
            "tape": self.name,
            "statistics": statistics,
            "strata": [dict(zip(names, line, strict=True)) for line in strata],
            "warnings": [{"code": each.code, "where": each.where, "message": each.en} for each in self.warnings],
            "version": __version__,
        }


def tape_numbers(path: Path, by: str | None = None) -> TapeNumbers:
    """Read, check and measure a tape; raises KmvError with everything that is wrong with it.

    `by` is a field or a header of the tape's own; concentration is measured by it, and it is stratified if it holds
    words.
    """
    field = None if by is None else field_of(by, "by")
    also = () if field is None or canonical_field(field) is not None else (field,)
    tape = read_tape(path, also=also)
    problems = check_tape(tape.loans)
    raise_errors(problems)
    words = field is not None and field not in (*IDENTIFIERS, *NUMBERS, *DATES)
    return TapeNumbers(
        name=path.name,
        statistics=pool_statistics(tape.loans, by=field),
        strata=pool_strata(tape.loans, field) if words and field is not None else None,
        warnings=(*problems, *tape.warnings),
    )


def tape_tables(found: TapeNumbers) -> list[Grid]:
    """Title, header and lines of each table, as text."""
    header: tuple[str, ...] = ("指标 figure", "数值 value", "笔数 loans")
    tables: list[Grid] = [(found.name, header, [_texts(line) for line in statistics_lines(found.statistics)])]
    if found.strata is not None:
        header = ("分层 stratum", "笔数 loans", "余额 balance", "占比 share", "笔均 average")
        tables.append((found.strata.field, header, [_texts(line) for line in strata_lines(found.strata)]))
    return tables


def _texts(line: list[Any]) -> list[str]:
    return [_text(cell) for cell in line]


def _text(cell: Any) -> str:
    if isinstance(cell, float):
        # Above it stand amounts, to the cent; below it shares and rates, of which every digit counts
        return f"{cell:,.2f}" if abs(cell) >= _AMOUNT else f"{cell:,.6g}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
