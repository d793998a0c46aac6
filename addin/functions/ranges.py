"""Cells <-> arrays, and the sentinel that stands for a failed cell.

A cell argument is a number, a word, a date, None (blank or left out) or an error as text; a range is rows of
them. A sentinel is text `#KMV! CODE message`, which the host turns into a true spreadsheet error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from addin.deal_values import is_cell_error, read_value
from addin.functions.shapes import LINE, ONE_CELL, misshapen
from kmv_core.vocabulary.checks import Floats, nearest, number_problem, outside, whole_problem
from kmv_core.vocabulary.errors import KmvError, Problem, problem
from kmv_core.vocabulary.terms import TERMS, Term

SENTINEL = "#KMV!"


def sentinel(found: Problem) -> str:
    """The text a host turns into the problem's true spreadsheet error."""
    return f"{SENTINEL} {found}"


def cells_of(cell: Any) -> Any:
    """A range as a tuple of tuples (a single row or column too), a single cell as itself, blank as None."""
    if isinstance(cell, np.ndarray):
        cell = cell.tolist()
    if not isinstance(cell, (list, tuple)):
        return None if isinstance(cell, str) and not cell.strip() else cell
    rows = [row if isinstance(row, (list, tuple)) else (row,) for row in cell]
    if not any(isinstance(row, (list, tuple)) for row in cell):
        rows = [tuple(cell)]  # a plain vector is one row, as xlwings hands it over
    if len({len(row) for row in rows}) > 1:
        raise KmvError(problem("E217", name="range", name_zh="区域", found="rows of unequal length"))
    if len(rows) == 1 and len(rows[0]) == 1:
        return cells_of(rows[0][0])
    return tuple(tuple(row) for row in rows)


def shaped(result: Any) -> Any:
    """What a cell can show: problems become sentinels, numpy numbers plain ones, nan and inf E311."""
    if isinstance(result, (list, tuple)):
        return [[_shown(cell) for cell in row] for row in result]
    return _shown(result)


def _shown(cell: Any) -> Any:
    if isinstance(cell, Problem):
        return sentinel(cell)
    if isinstance(cell, (float, np.floating)):
        value = float(cell)
        return value if np.isfinite(value) else sentinel(problem("E311", name="result", name_zh="结果", found=value))
    return cell


def word(cell: Any, term: Term, default: str) -> str:
    """A single word among the term's choices; blank is the default."""
    if isinstance(cell, tuple):
        raise misshapen(term, ONE_CELL)
    if cell is None:
        return default
    if is_cell_error(cell):
        raise KmvError(problem("E211", name=term.name, name_zh=term.zh, found=cell))
    text = str(cell).strip().lower()
    if term.choices and text not in term.choices:
        raise KmvError(
            problem(
                "E205",
                name=term.name,
                name_zh=term.zh,
                choices=", ".join(term.choices),
                found=f"{cell!r}; nearest: {nearest(text, term.choices)}",
                found_zh=f"{cell!r}；最接近：{nearest(text, term.choices)}",
            )
        )
    return text


def flag(cell: Any, term: Term) -> bool:
    """TRUE or FALSE; blank is FALSE, 1 and 0 count."""
    if isinstance(cell, tuple):
        raise misshapen(term, ONE_CELL)
    if cell is None:
        return False
    if is_cell_error(cell):
        raise KmvError(problem("E211", name=term.name, name_zh=term.zh, found=cell))
    if isinstance(cell, (bool, int, float)) and cell in (0, 1):
        return bool(cell)
    raise KmvError(problem("E205", name=term.name, name_zh=term.zh, choices="TRUE, FALSE", found=repr(cell)))


def numbers(cell: Any, term: Term) -> list[float | Problem]:
    """A number, a row or a column as a list, a problem standing where a cell has none."""
    rows = cell if isinstance(cell, tuple) else ((cell,),)
    if len(rows) > 1 and len(rows[0]) > 1:
        raise misshapen(term, LINE, f"{len(rows)} x {len(rows[0])}")
    return [_number(each, term) for row in rows for each in row]


def flat_numbers(cells: dict[str, Any], defaults: dict[str, float]) -> list[list[float | Problem]]:
    """Rows of one number an argument: rows or columns of one length, and single cells that count for all."""
    lists = {}
    for name, cell in cells.items():
        value = defaults.get(name) if cell is None else cell
        lists[name] = numbers(value, TERMS[name])
    length = max(map(len, lists.values()))
    if any(len(each) not in (1, length) for each in lists.values()):
        sizes = ", ".join(f"{name} {len(each)}" for name, each in lists.items())
        raise KmvError(problem("E217", name="ranges", name_zh="各区域", found=sizes))
    columns = [each * length if len(each) == 1 else each for each in lists.values()]
    return [list(row) for row in zip(*columns, strict=True)]


def elementwise(function: Callable[..., Floats], cells: dict[str, Any], defaults: dict[str, float]) -> Any:
    """Apply a broadcasting function to cells; each element fails on its own, in its place."""
    plain = _plain_numbers(cells, defaults)
    if plain is not None:
        return float(function(**plain))
    grids = {name: _grid(cell, TERMS[name], defaults.get(name)) for name, cell in cells.items()}
    try:
        shape = np.broadcast_shapes(*(values.shape for values, _ in grids.values()))
    except ValueError:
        sizes = ", ".join(f"{name} {'x'.join(map(str, values.shape))}" for name, (values, _) in grids.items())
        raise KmvError(problem("E217", name="ranges", name_zh="各区域", found=sizes)) from None
    failed: dict[tuple[int, int], Problem] = {}
    arrays: dict[str, Floats] = {}
    for name, (values, wrong) in grids.items():
        arrays[name] = values if values.shape == shape else np.broadcast_to(values, shape)
        for place, found in wrong.items():
            for row in range(shape[0]) if values.shape[0] == 1 else (place[0],):
                for column in range(shape[1]) if values.shape[1] == 1 else (place[1],):
                    failed.setdefault((row, column), found)
    result = function(**arrays)
    rows: list[list[Any]] = result.tolist()
    for (row, column), found in failed.items():
        rows[row][column] = found
    return rows if any(isinstance(cell, tuple) for cell in cells.values()) else rows[0][0]


def one_by_one(function: Callable[..., float | str], cells: dict[str, Any], defaults: dict[str, float]) -> Any:
    """Apply a function of plain numbers to every element; each fails on its own, with its own message."""
    grids = {
        name: cell if isinstance(cell, tuple) else ((defaults.get(name) if cell is None else cell,),)
        for name, cell in cells.items()
    }
    try:
        shape = np.broadcast_shapes(*((len(grid), len(grid[0])) for grid in grids.values()))
    except ValueError:
        sizes = ", ".join(f"{name} {len(grid)}x{len(grid[0])}" for name, grid in grids.items())
        raise KmvError(problem("E217", name="ranges", name_zh="各区域", found=sizes)) from None

    def element(row: int, column: int) -> float | str | Problem:
        given = {
            name: _number(grid[row if len(grid) > 1 else 0][column if len(grid[0]) > 1 else 0], TERMS[name])
            for name, grid in grids.items()
        }
        for name, each in given.items():
            wrong = each if isinstance(each, Problem) else number_problem(name, each)
            if wrong is not None and wrong.is_error:
                return wrong
        try:
            return function(**given)
        except KmvError as error:
            return error.problems[0]

    rows = [[element(row, column) for column in range(shape[1])] for row in range(shape[0])]
    return rows if any(isinstance(cell, tuple) for cell in cells.values()) else rows[0][0]


def one_number(cell: Any, term: Term, default: float | None = None) -> float:
    """A single number; blank is the default, where there is one."""
    if isinstance(cell, tuple):
        raise misshapen(term, ONE_CELL)
    value = _number(default if cell is None else cell, term)
    if isinstance(value, Problem):
        raise KmvError(value)
    return value


def number_inside(cell: Any, term: Term, default: float | None = None) -> float:
    """A single number inside the term's domain; blank is the default, where there is one."""
    value = one_number(cell, term, default)
    wrong = number_problem(term.name, value)
    if wrong is not None and wrong.is_error:
        raise KmvError(wrong)
    return value


def named(cell: Any, term: Term) -> str:
    """A single name as it is written, blanks around it apart; it is needed."""
    if isinstance(cell, tuple):
        raise misshapen(term, ONE_CELL)
    if cell is None:
        raise KmvError(problem("E216", name=term.name, name_zh=term.zh))
    if is_cell_error(cell):
        raise KmvError(problem("E211", name=term.name, name_zh=term.zh, found=cell))
    return str(cell).strip()


def whole_number(cell: Any, term: Term, default: float | None = None) -> int:
    """A single whole number inside the term's domain."""
    value = one_number(cell, term, default)
    wrong = number_problem(term.name, value) or whole_problem(term.name, value)
    if wrong is not None:
        raise KmvError(wrong)
    return int(value)


def all_numbers(cell: Any, term: Term) -> list[float]:
    """A row or column of numbers; the first cell that is none refuses the whole."""
    found = numbers(cell, term)
    wrong = next((each for each in found if isinstance(each, Problem)), None)
    if wrong is not None:
        raise KmvError(wrong)
    return [each for each in found if not isinstance(each, Problem)]


def _plain_numbers(cells: dict[str, Any], defaults: dict[str, float]) -> dict[str, float] | None:
    """The arguments of a single cell that holds numbers only: the way most cells go, without any array."""
    plain: dict[str, float] = {}
    for name, cell in cells.items():
        value = defaults.get(name) if cell is None else cell
        if type(value) is not float and type(value) is not int:
            return None
        plain[name] = value
    return plain


def _grid(cell: Any, term: Term, default: float | None) -> tuple[Floats, dict[tuple[int, int], Problem]]:
    """Values and problems by place; a value that failed is replaced by one inside the domain."""
    rows: Sequence[Sequence[Any]] = cell if isinstance(cell, tuple) else ((cell,),)
    values = np.ones((len(rows), len(rows[0])))
    wrong: dict[tuple[int, int], Problem] = {}
    for r, row in enumerate(rows):
        for c, each in enumerate(row):
            blank = each is None or (isinstance(each, str) and not each.strip())
            read = default if blank and default is not None else _number(each, term)
            if isinstance(read, Problem):
                wrong[r, c] = read
            else:
                values[r, c] = read
    refused = outside(values, term.domain)
    for r, c in np.argwhere(refused).tolist() if refused.any() else ():
        found = number_problem(term.name, float(values[r, c]))
        if found is not None:
            wrong[r, c] = found
        values[r, c] = 1.0 if term.name != "dof" else 4.0
    return values, wrong


def _number(cell: Any, term: Term) -> float | Problem:
    value, found = read_value(term.name, "number", cell)
    error = next((each for each in found if each.is_error), None)
    return float(value) if error is None else error
