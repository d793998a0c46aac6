"""A deal -> the rows of its block, complete and in one order: what every workbook we write shows.

The inverse of deal_block: parsing these rows gives the deal back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from addin.deal_sections import SECTIONS, SHOCK_KEYS, VALUE_COLUMN
from kmv_core.deal.deal import Deal
from kmv_core.deal.structure_checks import Field
from kmv_core.vocabulary.terms import TERMS

LOAN_SECTIONS, LICENCE_SECTIONS = ("recovery", "recovery_curve"), ("licences", "grade_table")
"""What a pool of the other kind has no use for."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The rows, and the (row, column) from 0 of every field in them."""

    rows: list[list[Any]]
    cells: dict[Field, tuple[int, int]]

    @property
    def block(self) -> tuple[tuple[Any, ...], ...]:
        """The rows as a range: all of one width, empty cells None."""
        width = max(map(len, self.rows))
        return tuple((*row, *[None] * (width - len(row))) for row in self.rows)


def layout(deal: Deal, sources: Mapping[Field, str]) -> Layout:
    """Lay a deal out: lists with labels and units, tables under a row of keys and a row of labels."""
    rows: list[list[Any]] = []
    cells: dict[Field, tuple[int, int]] = {}
    for name, section in SECTIONS.items():
        if name in (LICENCE_SECTIONS if deal.recovery is not None else LOAN_SECTIONS):
            continue
        rows.append([f"[{name}]"])
        if not section.table:
            part = deal if name == "deal" else getattr(deal, name)
            for key in section.keys:
                cells[name, key] = (len(rows), VALUE_COLUMN)
                term = TERMS[key]
                unit = " ".join(dict.fromkeys(reversed(term.unit_words)))
                rows.append([key, term.zh, term.en, getattr(part, key), unit, sources.get((name, key), "")])
            continue
        entries = _entries(deal, name)
        sourced = any((name, order) in sources for order, _ in entries)
        keys = [*section.keys, *(["source"] if sourced else [])]
        rows += [keys, ["# " + title(keys[0]), *map(title, keys[1:])]]
        for i, (order, entry) in enumerate(entries):
            cells |= {(name, i, key): (len(rows), column) for column, key in enumerate(section.keys)}
            rows.append(
                [*(entry.get(key) for key in section.keys), *([sources.get((name, order), "")] if sourced else [])]
            )
    return Layout(rows, cells)


def title(key: str) -> str:
    """The bilingual heading of a column."""
    if key in SHOCK_KEYS:
        number = key.removeprefix("shock_")
        return f"冲击{number} Shock {number}"
    return "来源 Source" if key == "source" else f"{TERMS[key].zh} {TERMS[key].en}"


def _entries(deal: Deal, name: str) -> list[tuple[int, dict[str, Any]]]:
    """The lines of a table with their place in the deal; limits ascend, tranches stand by rank."""
    if name == "recovery_curve":
        curve = deal.recovery.curve if deal.recovery is not None else ()
        return [(i, {"years": years, "share": share}) for i, (years, share) in enumerate(curve)]
    lines = list(enumerate(getattr(deal, name)))
    if name == "tranches":
        lines.sort(key=lambda line: line[1].rank)
    if name == "appetite":
        lines.sort(key=lambda line: line[1].pd_limit)
    if name == "shocks":
        return [
            (i, {"factor": row.factor, "mode": row.mode, **dict(zip(SHOCK_KEYS, row.shocks, strict=False))})
            for i, row in lines
        ]
    return [(i, {key: getattr(row, key) for key in SECTIONS[name].keys}) for i, row in lines]
