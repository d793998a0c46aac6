"""What a question about a deal names in its cells: factors, an output, a reading, a tranche."""

from __future__ import annotations

from typing import Any

from addin.deal_values import is_cell_error
from addin.functions.ranges import named, numbers, word
from addin.functions.shapes import COLUMNS, LINE, TABLE, misshapen
from addin.functions.tranche import tranche_of
from kmv_core.deal.deal import Deal
from kmv_core.risk.answers import OUTPUTS
from kmv_core.risk.factors import known
from kmv_core.vocabulary.errors import KmvError, Problem, problem
from kmv_core.vocabulary.terms import FACTORS, TERMS, Term


def factor_named(cell: Any, term: Term) -> str:
    """The factor of a cell, capital letters or not; an unknown one is refused with the nearest."""
    found = named(cell, term).lower()
    known(term.name, term.zh, found, FACTORS)
    return found


def factors_named(cell: Any) -> list[str] | None:
    """The factors of a cell, row or column, blank cells passed over; None, for all of them, where it is left out."""
    term = TERMS["factors"]
    if cell is None:
        return None
    rows = cell if isinstance(cell, tuple) else ((cell,),)
    if len(rows) > 1 and len(rows[0]) > 1:
        raise misshapen(term, LINE, f"{len(rows)} x {len(rows[0])}")
    return [factor_named(each, term) for row in rows for each in row if filled(each)] or None


def output_named(cell: Any) -> str:
    """The output of a cell, the default probability where it is left out; an unknown one is refused with the nearest."""
    wanted = word(cell, TERMS["output"], "probability_of_default")
    known("output", TERMS["output"].zh, wanted, OUTPUTS)
    return wanted


def headline_or(cell: Any) -> str | None:
    """The reading of a cell; None for the headline."""
    name = word(cell, TERMS["shown_reading"], "headline")
    return None if name == "headline" else name


def tranche_or_first(deal: Deal, cell: Any) -> str:
    """The tranche of a cell, the first by rank where it is left out."""
    return deal.by_rank[0].tranche if cell is None else tranche_of(deal, cell)


def steps_of(cell: Any, term: Term) -> tuple[list[float | Problem], list[float]]:
    """Shocks with a problem where a cell has none, and those that can be used."""
    if cell is None:
        raise KmvError(problem("E216", name=term.name, name_zh=term.zh))
    found = numbers(cell, term)
    return found, [each for each in found if not isinstance(each, Problem)]


def lines_of(cell: Any, term: Term, widths: tuple[int, int], header: tuple[str, ...]) -> list[list[Any]]:
    """The lines of a small table: labels (# or a header that says one of these words) and blank lines passed over.

    A table narrower than `widths` allows is refused; what stands right of its columns is not looked at.
    """
    if not isinstance(cell, tuple):
        raise misshapen(term, TABLE)
    least, most = widths
    if len(cell[0]) < least:
        raise misshapen(term, COLUMNS, f"{len(cell[0])} < {least}")
    lines = [list(row[:most]) + [None] * (most - len(row)) for row in cell if any(map(filled, row))]
    lines = [row for row in lines if not str(row[0]).startswith("#") or is_cell_error(row[0])]
    if lines and any(each in str(row_word).lower() for row_word in lines[0][1:] for each in header):
        lines = lines[1:]
    if not lines:
        raise KmvError(problem("E217", name=term.name, name_zh=term.zh, found="no line"))
    return lines


def filled(cell: Any) -> bool:
    """Whether a cell holds anything."""
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def reading_named(deal: Deal, cell: Any) -> str:
    """The reading of a cell; the exact one is refused before any shock is tried where the pool has none."""
    name = word(cell, TERMS["reading"], "waterfall")
    if name == "exact" and not deal.licences:
        raise KmvError(problem("E295", field=("licences",)))
    return name
