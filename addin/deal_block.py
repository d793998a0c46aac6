"""Rows of the `deal` range -> Deal: the one parser, for files and for worksheet cells alike.

A row whose first cell is `[section]` opens a section. A section is a list of `key | 中文 | English | value | unit |
source`, or, when its first row holds several keys, a table under that header. Blank rows and rows that begin
with `#` (labels) are passed over. This module converts types and places problems; what a deal may be is
decided by kmv_core.deal.deal_checks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from addin.deal_sections import LINES, SECTIONS, SHOCK_KEYS, SOURCE_COLUMN, VALUE_COLUMN, WHOLE_NUMBERS
from addin.deal_values import read_value, unit_scale
from kmv_core.assets.recovery import Recovery
from kmv_core.deal.deal import (
    Deal,
    Model,
    Pool,
    Reserve,
    ShockSet,
    Structure,
)
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.structure_checks import Field
from kmv_core.vocabulary.checks import nearest
from kmv_core.vocabulary.errors import Problem, problem, raise_errors
from kmv_core.vocabulary.terms import TERMS

Rows = Sequence[Sequence[Any]]
DEFAULT_SOURCE = "assumed: not given, the default of kmv-abs"


@dataclass(frozen=True, slots=True)
class Assumption:
    """A value that is assumed, not documented."""

    where: str
    name: str
    value: Any
    source: str


@dataclass(frozen=True, slots=True)
class ParsedDeal:
    """The deal, what was doubtful, what is assumed, and where every field stands."""

    deal: Deal
    warnings: tuple[Problem, ...]
    assumptions: tuple[Assumption, ...]
    cells: dict[Field, str]
    sources: dict[Field, str]
    """The source column: of a key by its field, of a table's line by (section, line)."""


def parse_deal(rows: Rows, where: Callable[[int, int], str] | None = None) -> ParsedDeal:
    """The deal of a block of cells; `where(row, column)` (from 0) names a cell in messages.

    Raises KmvError with every problem found, each at its cell.
    """
    block = _Block(rows, where or (lambda row, column: f"row {row + 1}, column {column + 1}"))
    raise_errors(block.problems)
    deal = _build(block)
    found = [each.at(block.place(each.field)) for each in deal_problems(deal)]
    raise_errors(found)
    warnings = (*(each for each in block.problems if not each.is_error), *found)
    return ParsedDeal(deal, warnings, tuple(block.assumptions), block.cells, block.sources)


class _Block:
    """One pass over the rows: values by section, where they stand, and what is wrong with them."""

    def __init__(self, rows: Rows, where: Callable[[int, int], str]) -> None:
        self.rows, self.where = rows, where
        self.problems: list[Problem] = []
        self.assumptions: list[Assumption] = []
        self.cells: dict[Field, str] = {}
        self.sources: dict[Field, str] = {}
        self.lists: dict[str, dict[str, Any]] = {}
        self.tables: dict[str, list[dict[str, Any]]] = {}
        self.unit = next((unit_scale(_word(row, VALUE_COLUMN)) for row in rows if _word(row, 0) == "money_unit"), None)
        self._sections()

    def place(self, field: Field) -> str:
        """The cell of a field, or of the nearest thing that has one."""
        while field:
            if field in self.cells:
                return self.cells[field]
            field = field[:-1]
        return ""

    def _sections(self) -> None:
        heads = [(i, _word(row, 0)) for i, row in enumerate(self.rows) if _word(row, 0).startswith("[")]
        seen: dict[str, int] = {}
        ends = [*(start for start, _ in heads), len(self.rows)][1:]
        for (start, head), end in zip(heads, ends, strict=True):
            name = head.strip("[] ")
            self.cells.setdefault((name,), self.where(start, 0))
            if name not in SECTIONS:
                self._add("E204", start, 0, what="section", what_zh="区段", name=name, nearest=nearest(name, SECTIONS))
            elif name in seen:
                self._add("E203", start, 0, name=head, first=self.where(seen[name], 0), second=self.where(start, 0))
            else:
                seen[name] = start
                self._section(name, range(start + 1, end))
        for name, section in SECTIONS.items():
            if name not in seen and not section.optional:
                if section.table:
                    self.problems.append(problem("E227", field=(name,), what=name[:-1], what_zh="档次", section=name))
                else:
                    self._missing(name, set())

    def _section(self, name: str, span: range) -> None:
        filled = [i for i in span if any(_filled(cell) for cell in self.rows[i])]
        remarks = [i for i in filled if _word(self.rows[i], 0).startswith("#")]
        # The row of labels under a table's keys is ours; any other may be a line whose name begins with #.
        for i in remarks[1:] if SECTIONS[name].table else remarks:
            self._add("W207", i, 0, found=_word(self.rows[i], 0))
        filled = [i for i in filled if i not in remarks]
        if not SECTIONS[name].table:
            self._list(name, filled)
        elif filled:
            self._table(name, filled[0], filled[1:])
        elif not SECTIONS[name].optional:
            self.problems.append(
                problem("E227", where=self.place((name,)), field=(name,), what=name[:-1], what_zh="档次", section=name)
            )

    def _list(self, name: str, filled: list[int]) -> None:
        values: dict[str, Any] = {}
        first: dict[str, int] = {}
        for i in filled:
            key = _word(self.rows[i], 0)
            if key not in SECTIONS[name].keys:
                self._add(
                    "E204", i, 0, what="key", what_zh="关键字", name=key, nearest=nearest(key, SECTIONS[name].keys)
                )
            elif key in first:
                self._add("E203", i, 0, name=key, first=self.where(first[key], 0), second=self.where(i, 0))
            else:
                first[key] = i
                values[key] = self._value(name, key, i, VALUE_COLUMN, (name, key))
                self._source(
                    (name, key), key, values[key], _word(self.rows[i], SOURCE_COLUMN), self.where(i, VALUE_COLUMN)
                )
        self._missing(name, set(first))
        self.lists[name] = dict(SECTIONS[name].defaults) | values
        for key, value in SECTIONS[name].defaults:
            # What is left out and stays out (no haircut, no call, no decay rate beside a vector) assumes nothing.
            if key not in values and value not in (None, 0.0):
                self._source((name, key), key, value, DEFAULT_SOURCE, self.place((name,)))

    def _missing(self, name: str, present: set[str]) -> None:
        optional = dict(SECTIONS[name].defaults)
        for key in SECTIONS[name].keys:
            if key not in present and key not in optional:
                self.problems.append(
                    problem(
                        "E202",
                        where=self.place((name,)),
                        field=(name, key),
                        name=key,
                        title_en=TERMS[key].en,
                        title_zh=TERMS[key].zh,
                        section=name,
                    )
                )

    def _table(self, name: str, header: int, body: list[int]) -> None:
        columns: dict[str, int] = {}
        for column, cell in enumerate(self.rows[header]):
            key = str(cell).strip() if _filled(cell) else ""
            if not key:
                continue
            if key in columns:
                self._add(
                    "E203",
                    header,
                    column,
                    name=key,
                    first=self.where(header, columns[key]),
                    second=self.where(header, column),
                )
            elif key not in (*SECTIONS[name].keys, "source"):
                self._add(
                    "E204",
                    header,
                    column,
                    what="key",
                    what_zh="关键字",
                    name=key,
                    nearest=nearest(key, SECTIONS[name].keys),
                )
            else:
                columns[key] = column
        self._missing(name, set(columns))
        source = columns.pop("source", None)
        table = []
        for row, i in enumerate(body):
            self.cells[(name, row)] = self.where(i, 0)
            values = dict(SECTIONS[name].defaults)
            values |= {key: self._value(name, key, i, column, (name, row, key)) for key, column in columns.items()}
            table.append(values)
            if source is not None:
                label = str(values.get(SECTIONS[name].keys[0]))
                self._source((name, row), label, "", _word(self.rows[i], source), self.where(i, 0))
        self.tables[name] = table

    def _value(self, section: str, key: str, row: int, column: int, field: Field) -> Any:
        cell = self.rows[row][column] if column < len(self.rows[row]) else None
        place = self.cells[field] = self.where(row, column)
        optional = dict(SECTIONS[section].defaults)
        if not _filled(cell) and key in optional:
            return optional[key]
        kind, money = ("number", False) if key in SHOCK_KEYS else (TERMS[key].kind, TERMS[key].unit == "money")
        value, found = read_value(key, kind, cell, money=money, unit=self.unit, whole=key in WHOLE_NUMBERS)
        self.problems += [each.at(place) for each in found]
        return value

    def _source(self, field: Field, name: str, value: Any, source: str, where: str) -> None:
        if source:
            self.sources[field] = source
        if "assumed" in source.lower():
            self.assumptions.append(Assumption(where, name, value, source))

    def _add(self, code: str, row: int, column: int, **fields: Any) -> None:
        self.problems.append(problem(code, where=self.where(row, column), **fields))


def _build(block: _Block) -> Deal:
    lists, tables = block.lists, block.tables
    lines: dict[str, Any] = {name: tuple(line(**row) for row in tables.get(name, ())) for name, line in LINES.items()}
    return Deal(
        **lists["deal"],
        pool=Pool(**lists["pool"]),
        recovery=Recovery(
            **lists["recovery"], curve=tuple((row["years"], row["share"]) for row in tables.get("recovery_curve", ()))
        )
        if "recovery" in lists
        else None,
        model=Model(**lists["model"]),
        reserve=Reserve(**lists["reserve"]) if "reserve" in lists else Reserve(),
        structure=Structure(**lists["structure"]) if "structure" in lists else Structure(),
        **lines,
        shocks=tuple(
            ShockSet(
                factor=row["factor"],
                mode=row["mode"],
                shocks=tuple(row[key] for key in SHOCK_KEYS if row[key] is not None),
            )
            for row in tables.get("shocks", ())
        ),
    )


def _filled(cell: Any) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _word(row: Sequence[Any], column: int) -> str:
    cell = row[column] if column < len(row) else None
    return str(cell).strip() if _filled(cell) else ""
