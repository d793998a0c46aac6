"""Failed cells of a watched range, each with what the worker must be asked to learn why it failed.

Calc keeps no message with an error, and refuses a call with an error inside a range before we see it. So the cell's
own formula is read and asked once more, with error cells as text. The objects are UNO's: ranges, cells, a document.
"""

from __future__ import annotations

from typing import Any

from .formulas import Call, Literal, Name, parsed

ERRORS = {
    503: "#NUM!",
    519: "#VALUE!",
    521: "#NULL!",
    524: "#REF!",
    525: "#NAME?",
    532: "#DIV/0!",
    32767: "#N/A",
}
"""Calc's numbers of the errors a workbook file knows; it writes every other one as #VALUE!."""
CODES = {text: number for number, text in ERRORS.items()}
_WITH_ERRORS = 4  # com.sun.star.sheet.FormulaResult.ERROR


def error_text(number: int) -> str:
    """The error as a workbook file writes it."""
    return ERRORS.get(number, "#VALUE!")


def watched(area: Any, document: Any, functions: dict[str, Any]) -> dict[str, Any]:
    """`failures`, one for each failed cell, and `asks`, the calls they refer to by number.

    `functions` are the records of our functions by LibreOffice's internal name, in upper case.
    """
    sheet = area.getSpreadsheet()
    asked = _Asked(sheet, document)
    failures: list[dict[str, Any]] = []
    for block in area.queryFormulaCells(_WITH_ERRORS).getRangeAddresses():
        for row in range(block.StartRow, block.EndRow + 1):
            for column in range(block.StartColumn, block.EndColumn + 1):
                cell = sheet.getCellByPosition(column, row)
                formula = cell.getFormula()
                call = parsed(formula)
                record = functions.get(call.function.upper()) if call else None
                ask = asked.number(formula, call, record) if call and record else None
                down, across = (0, 0) if ask is None else _place(formula, cell, sheet, column, row)
                failures.append(
                    {
                        "cell": _address(sheet.getName(), column, row),
                        "function": record["name"] if record else "",
                        "error": error_text(cell.getError()),
                        "ask": ask,
                        "row": down,
                        "column": across,
                    }
                )
    return {"failures": failures, "asks": asked.calls}


class _Asked:
    """The calls to be made once more, each only once: the cells of an array formula share theirs."""

    def __init__(self, sheet: Any, document: Any) -> None:
        self.calls: list[Any] = []
        self._sheet, self._document = sheet, document
        self._numbers: dict[str, int | None] = {}

    def number(self, formula: str, call: Call, record: dict[str, Any]) -> int | None:
        """The place among the calls; None where an argument cannot be read."""
        if formula not in self._numbers:
            values = None if record["watches"] else _values(call, record, self._sheet, self._document)
            self._numbers[formula] = None if values is None else len(self.calls)
            if values is not None:
                self.calls.append([record["name"], values])
        return self._numbers[formula]


def _address(sheet: str, column: int, row: int) -> str:
    """As the Excel host writes it, so that a list reads the same in both."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{sheet}!{letters}{row + 1}"


def _place(formula: str, cell: Any, sheet: Any, column: int, row: int) -> tuple[int, int]:
    """Row and column of the cell inside its array formula."""
    if not formula.startswith("{"):
        return 0, 0
    cursor = sheet.createCursorByRange(cell)
    cursor.collapseToCurrentArray()
    start = cursor.getRangeAddress()
    return row - start.StartRow, column - start.StartColumn


def _values(call: Call, record: dict[str, Any], sheet: Any, document: Any) -> list[Any] | None:
    """The arguments' values; None where one cannot be read."""
    values: list[Any] = []
    for i, argument in enumerate(call.arguments):
        if isinstance(argument, Literal):
            values.append(argument.value)
            continue
        try:
            if isinstance(argument, Name):
                area = _named(argument.name, sheet, document)
            else:
                home = document.getSheets().getByName(argument.sheet) if argument.sheet else sheet
                area = home.getCellRangeByName(argument.area)
        except Exception:
            area = None
        if area is None:
            return None
        is_required = i < len(record["arguments"]) and record["arguments"][i]["required"]
        values.append(_read(area, is_required))
    return values


def _named(name: str, sheet: Any, document: Any) -> Any:
    for names in (sheet.NamedRanges, document.NamedRanges):
        if names.hasByName(name):
            return names.getByName(name).getReferredCells()
    return None


def _read(area: Any, is_required: bool) -> Any:
    """Values as Calc hands them over, errors as text."""
    rows = [
        [error_text(area.getCellByPosition(j, i).getError()) if cell is None else cell for j, cell in enumerate(row)]
        for i, row in enumerate(area.getDataArray())
    ]
    if len(rows) > 1 or len(rows[0]) > 1:
        return rows
    # Calc hands a single blank cell over as zero; where a value is required, "blank" is the better message.
    return rows[0][0] if rows[0][0] != "" else (None if is_required else 0.0)
