"""Functions about the functions: what failed and why, and which version answers."""

from __future__ import annotations

import re
from typing import Any

from addin.deal_values import is_cell_error
from addin.functions.ranges import SENTINEL, whole_number
from addin.functions.registry import worksheet_function
from kmv_core import __version__
from kmv_core.vocabulary.errors import problem
from kmv_core.vocabulary.terms import TERMS

NOTHING_FAILED = "没有失败的单元格 | no failed cell"
_CODE = re.compile(r"([EW]\d{3}) (.*)", re.DOTALL)


@worksheet_function("Service", "列出所监视区域内失败的单元格：单元格、函数、代码与说明。")
def KMV_ERRORS(watch: Any, rows: Any = None) -> Any:
    """Failed cells of the watched range: cell, function, code and message, one a row."""
    lines = [found for line in _lines(watch) for cell in line if (found := _failure(cell)) is not None]
    if not lines:
        lines = [["", "", "", NOTHING_FAILED]]
    return lines if rows is None else _fitted(lines, whole_number(rows, TERMS["rows"]))


@worksheet_function("Service", "当前 kmv-abs 的版本号。")
def KMV_VERSION() -> Any:
    """Version of kmv-abs that answers this cell."""
    return __version__


def located(cell: str, function: str, failure: str) -> str:
    """What a host puts in place of a failed cell of `watch`: its address, its function, the kept sentinel.

    `failure` is the sentinel, or the bare spreadsheet error where the host has no message for the cell.
    """
    return f"{cell}\t{function}\t{failure}"


def _lines(watch: Any) -> Any:
    return watch if isinstance(watch, tuple) else ((watch,),)


def _failure(cell: Any) -> list[Any] | None:
    """Address, function, code, message of a failed cell; None for a cell that is no failure."""
    if not isinstance(cell, str):
        return None
    *place, failure = cell.rsplit("\t", 2)
    address, function = place if len(place) == 2 else ("", "")
    if failure.startswith(SENTINEL):
        match = _CODE.match(failure.removeprefix(SENTINEL).strip())
        code, message = match.groups() if match else ("", failure)
        return [address, function, code, message]
    if is_cell_error(failure):
        unexplained = problem("E229", found=failure.strip())
        return [address, function, unexplained.code, f"{unexplained.en} | {unexplained.zh}"]
    return None


def _fitted(lines: list[list[Any]], count: int) -> list[list[Any]]:
    """Exactly `count` rows: blank below, or the last one saying how many are not shown."""
    if len(lines) > count:
        hidden = len(lines) - count + 1
        cut = problem("W320", found=len(lines), kept=count)
        lines = [*lines[: count - 1], ["", "", cut.code, f"+{hidden}: {cut.en} | {cut.zh}"]]
    return [*lines, *[["", "", "", ""]] * (count - len(lines))]
