"""The values of one column of a tape: numbers, dates, ids and words out of whatever stands in the cells.

What is plain is parsed a column at a time. Only the cells that are not plain are looked at one by one, by the same
reading as the deal block, and every change is counted in a warning that names rows.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from addin.deal_values import is_cell_error, serial_date, text_date, text_number, unit_scale
from addin.tape_headers import bracketed_words
from kmv_core.assets.tape import DATES, IDENTIFIERS, NUMBERS, names_of, rows_named
from kmv_core.vocabulary.errors import Problem, problem
from kmv_core.vocabulary.terms import TERMS

if TYPE_CHECKING:
    import pandas as pd

_NOTHING = frozenset(("", "-", "--", "—", "——", "/", "n/a", "na", "null", "none", "nan", "无"))
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00(\.0+)?)?$")
_BREAK, _SHOWN = "\n", 40
_SPELLINGS = 3
"""Shown of what could not be read."""
_SIGN_ALONE = re.compile(r"¥[^元万亿]*")
_ODD_IN_ID = ("#", *filter(str.isspace, map(chr, range(128))))
_SERIAL = re.compile(r"\d{5}(\.0)?")

Reading = Callable[[str], tuple[Any, str]]


def clean_column(column: pd.Series[Any], name: str, header: str, unit: float, found: list[Problem]) -> Any:
    """The values of a column, a problem for each kind of oddity added to `found`.

    `column` is raw: text for ids, numbers or text for numbers, categories for dates and words. `unit` is the money unit
    of the result in yuan. W213, W214, W219, W230, W232 tell what was read; E211, E212, E215, E231, E235 what was not.
    """
    if name in IDENTIFIERS:
        return _clean_identifiers(column, name, found)
    if name in NUMBERS:
        return _clean_numbers(column, name, header, unit, found)
    if name in DATES:
        return _clean_dates(column, name, found)
    return _clean_words(column, name, found)


def _clean_words(column: pd.Series[Any], name: str, found: list[Problem]) -> Any:
    import pandas as pd

    words = list(column.cat.categories)
    codes = column.cat.codes.to_numpy()
    failed = [is_cell_error(word) for word in words]
    if any(failed):
        _cell_errors(column[np.isin(codes, np.flatnonzero(failed))], name, found)
    broken = [_BREAK in word.strip() for word in words]
    if any(broken):
        _line_breaks(column[np.isin(codes, np.flatnonzero(broken))], name, found)
    tidy = [word.strip() for word in words]
    if tidy == words and "" not in tidy:
        return column
    kept = {word: i for i, word in enumerate(dict.fromkeys(filter(None, tidy)))}
    places = np.asarray([*(kept.get(word, -1) for word in tidy), -1], dtype=np.int32)
    return pd.Categorical.from_codes(places[codes], categories=pd.Index(list(kept), dtype="str"))


def _clean_identifiers(column: pd.Series[Any], name: str, found: list[Problem]) -> pd.Series[Any]:
    """Ids without blanks around them and in half width, so that one loan cannot pass under two spellings."""
    texts = column.to_numpy(dtype=object)
    try:
        whole = "".join(texts)
    except TypeError:
        # A blank is no text
        whole = "".join(column.dropna())
    if whole.isascii() and not any(sign in whole for sign in _ODD_IN_ID):
        return column
    failed = [i for i, text in enumerate(texts) if is_cell_error(text)]
    if failed:
        _cell_errors(column.iloc[failed], name, found)
    broken = [i for i, text in enumerate(texts) if isinstance(text, str) and _BREAK in text.strip()]
    if broken:
        _line_breaks(column.iloc[broken], name, found)
    odd = [i for i, text in enumerate(texts) if isinstance(text, str) and (not text.isascii() or text != text.strip())]
    tidy = texts.copy()
    tidy[odd] = [unicodedata.normalize("NFKC", texts[i]).strip() or None for i in odd]
    return column if not odd else type(column)(tidy, index=column.index, dtype=column.dtype)


def _line_breaks(broken: pd.Series[Any], name: str, found: list[Problem]) -> None:
    first = repr(str(broken.iloc[0])[:_SHOWN])
    found.append(problem("W219", where=rows_named(broken.index), field=(name,), **names_of(name), found=first))


def _cell_errors(failed: pd.Series[Any], name: str, found: list[Problem]) -> None:
    words = {**names_of(name), "found": str(failed.iloc[0])}
    found.append(problem("E211", where=rows_named(failed.index), field=(name,), **words))


def _clean_numbers(
    column: pd.Series[Any], name: str, header: str, unit: float, found: list[Problem]
) -> NDArray[np.float64]:
    import pandas as pd

    money = TERMS[name].unit == "money"
    scale, words = _header_scale(header, money, unit)
    if column.dtype == object or pd.api.types.is_bool_dtype(column.dtype):
        # TRUE is no 1
        column = column.astype(object).map(lambda cell: str(cell) if isinstance(cell, bool) else cell)
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64)
        odd = np.flatnonzero(np.isinf(values))
    else:
        values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
        odd = np.flatnonzero((np.isnan(values) & column.notna().to_numpy()) | np.isinf(values))
    if scale != 1.0:
        values = values * scale
        found.append(problem("W214", field=(name,), **names_of(name), found=header, read=words))
    if odd.size:
        values = np.array(values)
        codes, spellings = pd.factorize(column.iloc[odd].astype(object).map(str))
        reading = _number_reading(money, unit, scale)
        read = _read_each(codes, spellings, column.index[odd], name, reading, found)
        values[odd] = read.astype(np.float64)[codes]
    return values


def _header_scale(header: str, money: bool, unit: float) -> tuple[float, str]:
    """What a plain number under that header is multiplied by, and the words for it."""
    bracketed = bracketed_words(header)
    if money:
        written = unit_scale(bracketed)
        scale = 1.0 if written is None else written / unit
        return scale, f"x {scale:g}"
    return (0.01, "%") if "%" in bracketed else (1.0, "")


def _number_reading(money: bool, unit: float, scale: float) -> Reading:
    def reading(text: str) -> tuple[Any, str]:
        if text.strip().lower() in _NOTHING:
            return np.nan, ""
        if is_cell_error(text):
            return None, "E211"
        value, code = text_number(text, money=money, unit=unit)
        if value is None:
            return None, code
        # A cell that names its own unit is not bound to the header's; a currency sign names none
        own = code == "W214"
        if own and scale != 1.0 and _SIGN_ALONE.fullmatch(unicodedata.normalize("NFKC", text).strip()):
            return None, "E215"
        return (value if own else value * scale), code or "W214"

    return reading


def _date_reading(text: str) -> tuple[Any, str]:
    text = _MIDNIGHT.sub("", text.strip())
    if text.lower() in _NOTHING:
        return None, ""
    if is_cell_error(text):
        return None, "E211"
    serial = serial_date(int(float(text))) if _SERIAL.fullmatch(text) else None
    return (serial, "W232") if serial is not None else text_date(text)


def _clean_dates(column: pd.Series[Any], name: str, found: list[Problem]) -> NDArray[np.datetime64]:
    import pandas as pd

    days = column.cat.categories
    codes = column.cat.codes.to_numpy()
    iso = pd.to_datetime(pd.Series(days, dtype="str"), format="%Y-%m-%d", errors="coerce")
    # The code of a blank is -1, the last one
    dates = np.append(iso.to_numpy(dtype="datetime64[s]"), np.datetime64("NaT", "s"))
    odd = np.flatnonzero(np.isnat(dates[:-1]))
    if odd.size:
        place = np.full(len(dates), -1)
        place[odd] = np.arange(odd.size)
        read = _read_each(place[codes], days[odd], column.index, name, _date_reading, found)
        dates[odd] = read.astype("datetime64[s]")
    return dates[codes]


def _read_each(
    codes: NDArray[np.intp],
    spellings: Sequence[str] | pd.Index,
    index: pd.Index,
    name: str,
    reading: Reading,
    found: list[Problem],
) -> NDArray[Any]:
    """The value of each spelling, read once; adds one problem a kind of oddity, with its rows.

    `codes` (rows,) says which spelling a row has, -1 for none.
    """
    read = [reading(text) for text in spellings]
    values = np.empty(len(read), dtype=object)
    values[:] = [value for value, _ in read]
    verdicts = np.asarray([*(code for _, code in read), ""], dtype=object)
    for code in sorted({each for each in verdicts if each}):
        rows = np.flatnonzero((verdicts == code)[codes])
        k = codes[rows[0]]
        written, value = str(spellings[k]), read[k][0]
        words: dict[str, Any] = names_of(name)
        if code.startswith("W"):
            words["found"] = written
            words["read"] = value.isoformat() if isinstance(value, dt.date) else f"{value:,.12g}"
        else:
            places = list(dict.fromkeys(codes[rows].tolist()))
            shown = [repr(str(spellings[i])) if code == "E212" else str(spellings[i]) for i in places[:_SPELLINGS]]
            words["found"] = ", ".join(shown) + (f", ... ({len(places):,})" if len(places) > _SPELLINGS else "")
        found.append(problem(code, where=rows_named(index[rows]), field=(name,), **words))
    return values
