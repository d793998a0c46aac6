"""One cell of the deal block -> a number, a date or a word, with what was odd about it."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from typing import Any

from kmv_core.vocabulary.checks import whole_problem
from kmv_core.vocabulary.errors import Problem, problem
from kmv_core.vocabulary.terms import TERMS

CELL_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!")
_SERIAL_DAY_ZERO = dt.date(1899, 12, 30)
_SERIALS = range(18264, 73051)
"""1950 to 2100: a plain number in it is a spreadsheet date, eight digits are not."""
_SCALES = {"亿": 1e8, "万": 1e4}
_UNITS = {
    "亿": 1e8,
    "100m": 1e8,
    "百万": 1e6,
    "million": 1e6,
    "万": 1e4,
    "10k": 1e4,
    "千": 1e3,
    "thousand": 1e3,
    "元": 1.0,
    "cny": 1.0,
    "rmb": 1.0,
    "yuan": 1.0,
}
"""Longer words before the shorter ones they hold."""
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")

Found = tuple[Any, list[Problem]]


def is_cell_error(cell: Any) -> bool:
    """Whether a cell holds a spreadsheet error, as text."""
    return isinstance(cell, str) and cell.strip().upper() in CELL_ERRORS


def unit_scale(unit: str) -> float | None:
    """How many yuan one money unit of the deal is (万元 or 10k CNY: 10,000); None for a unit that is not known."""
    text = unicodedata.normalize("NFKC", unit).lower()
    return next((scale for word, scale in _UNITS.items() if word in text), None)


def read_value(
    key: str,
    kind: str,
    cell: Any,
    *,
    money: bool = False,
    unit: float | None = None,
    whole: bool = False,
    title: tuple[str, str] | None = None,
) -> Found:
    """The value of a cell and its problems; the value is a stand-in when a problem is an error.

    An amount with its unit written out (1.2亿, 300万元) is turned into the deal's money `unit`, in yuan; without
    a known unit it is refused. `title` (English, Chinese) is what a problem calls the cell, else the key's own.
    """
    en, zh = title or (key, TERMS[key].zh if key in TERMS else key)
    names: dict[str, Any] = {"name": en, "name_zh": zh}
    if is_cell_error(cell):
        return None, [problem("E211", **names, found=cell.strip())]
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None, [problem("E216", **names)]
    if kind == "date":
        return _date(names, cell)
    if kind in ("text", "choice"):
        return str(cell).strip(), []
    value, found = _number(names, cell, money, unit)
    if whole and value is not None and not any(each.is_error for each in found):
        wrong = whole_problem(key, value)
        if wrong is not None:
            return value, [wrong]
        return int(value), found
    return value, found


def _number(names: dict[str, Any], cell: Any, money: bool, unit: float | None) -> Found:
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str)):
        return None, [problem("E212", **names, found=repr(str(cell)))]
    if not isinstance(cell, str):
        value = float(cell)
        # NaN passes no comparison; infinity is no amount
        return (value, []) if abs(value) < float("inf") else (None, [problem("E212", **names, found=str(cell))])
    read, code = text_number(cell, money=money, unit=unit)
    if read is None:
        return None, [problem(code, **names, found=cell if code == "E215" else repr(cell))]
    if code == "W214":
        return read, [problem(code, **names, found=cell, read=f"{read:,.12g}")]
    return read, [problem(code, **names, read=f"{read:g}")] if code else []


def text_number(cell: str, *, money: bool = False, unit: float | None = None) -> tuple[float | None, str]:
    """The number a text stands for, and the code of what was odd about it ("" for nothing).

    None with E212 for a text that is no number and E215 for an ambiguous one (3,5; an amount with its unit written
    out where the money `unit`, in yuan, is not known); a value with W213 for full-width characters and W214 where a
    unit, a currency sign or a percent sign was turned into it.

    >>> text_number("1.2亿", money=True, unit=1e4), text_number("4.5％"), text_number("3,5")
    ((12000.0, 'W214'), (0.045, 'W214'), (None, 'E215'))
    """
    text = unicodedata.normalize("NFKC", cell).strip().replace("\u2212", "-")
    scale = 1.0
    body = text.removeprefix("¥").removesuffix("元").strip() if money else text
    has_unit = money and (body != text or body[-1:] in _SCALES)
    if has_unit:
        if unit is None:
            return None, "E215"
        scale = _SCALES.get(body[-1:], 1.0) / unit
        body = body[:-1].strip() if body[-1:] in _SCALES else body
    elif body.endswith("%"):
        scale, body = 0.01, body[:-1].strip()
    if _THOUSANDS.fullmatch(body):
        body = body.replace(",", "")
    if not _PLAIN.fullmatch(body):
        return None, "E215" if re.fullmatch(r"[+-]?\d+,\d+", body) else "E212"
    value = float(body) * scale
    if not math.isfinite(value):
        return None, "E212"
    if has_unit or scale != 1.0:
        return value, "W214"
    return value, "W213" if text != cell.strip() else ""


def _date(names: dict[str, Any], cell: Any) -> Found:
    if isinstance(cell, dt.datetime):
        return cell.date(), []
    if isinstance(cell, dt.date):
        return cell, []
    if isinstance(cell, bool):
        return None, [problem("E235", **names, found=str(cell))]
    if isinstance(cell, (int, float)):
        date = serial_date(int(cell))
        if date is not None:
            return date, []
        cell = f"{cell:g}" if cell != int(cell) else str(int(cell))
    written = str(cell)
    date, code = text_date(written)
    text = unicodedata.normalize("NFKC", written).strip()
    if date is None:
        return None, [problem(code, **names, found=text if code == "E231" else repr(cell))]
    return date, [problem(code, **names, found=text, read=date.isoformat())] if code else []


def text_date(cell: str) -> tuple[dt.date | None, str]:
    """The date a text stands for, and the code of what was odd about it ("" for nothing).

    None with E231 for a day that does not exist and E235 for what is no date; W232 for eight digits, W230 for any
    other form than ISO.

    >>> text_date("2021年3月31日"), text_date("20210230")
    ((datetime.date(2021, 3, 31), 'W230'), (None, 'E231'))
    """
    text = unicodedata.normalize("NFKC", cell).strip()
    digits = _DIGITS.fullmatch(text)
    match = _DATE.fullmatch(text) or digits
    if match is None:
        return None, "E235"
    try:
        date = dt.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None, "E231"
    if digits:
        return date, "W232"
    return date, "W230" if text != date.isoformat() else ""


def serial_date(serial: int) -> dt.date | None:
    """The date of a spreadsheet's day number; None outside 1950 to 2100."""
    return _SERIAL_DAY_ZERO + dt.timedelta(days=serial) if serial in _SERIALS else None
