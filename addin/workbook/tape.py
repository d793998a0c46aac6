"""A loan tape file (CSV or sheet) -> a clean table with canonical columns, and what was odd about it.

The fast reader of pandas parses what is plain. Only the cells it cannot take are looked at one by one, by the same
reading as the deal block, and every change is counted in a warning that names rows. A row is numbered as a spreadsheet
shows it: the header is row 1.
"""

from __future__ import annotations

import codecs
import datetime as dt
import difflib
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from addin.deal_values import is_cell_error, serial_date, text_date, text_number, unit_scale
from addin.workbook.gate import check_file
from addin.workbook.tape_headers import HEADERS
from kmv_core.assets.tape import BALANCE, DATES, IDENTIFIERS, NUMBERS, rows_named
from kmv_core.vocabulary.errors import KmvError, Problem, problem, raise_errors
from kmv_core.vocabulary.terms import TERMS

if TYPE_CHECKING:
    import pandas as pd

SHEET_ROWS = 1_048_576
NEEDED = ("contract_identifier", BALANCE)
_HEAD = 2**20
_ENCODINGS = ("utf-8", "gb18030")
_SEPARATORS = ",\t;|"
_BRACKETED = re.compile(r"[(\[【](.*?)[)\]】]")
_PUNCTUATION = re.compile(r"[\W_]+")
_NOTHING = frozenset(("", "-", "--", "—", "——", "/", "n/a", "na", "null", "none", "nan", "无"))
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00(\.0+)?)?$")
_SERIAL = re.compile(r"\d{5}(\.0)?")

Reading = Callable[[str], tuple[Any, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tape:
    """A tape read from a file."""

    loans: pd.DataFrame
    """One row a loan, indexed by its row in the file; canonical columns, amounts in the money unit asked for."""
    headers: dict[str, str]
    """Canonical name -> the header it was read from."""
    encoding: str
    """Of a text file; blank for a sheet."""
    warnings: tuple[Problem, ...]


def read_tape(path: Path, *, money_unit: str = "元", also: Sequence[str] = ()) -> Tape:
    """Read a tape; checks of the loans themselves are `check_tape`'s.

    `money_unit` is the unit of the result, and of every amount whose header or cell names none: a column headed
    余额（万元） and a cell 1.2亿 are turned into it. `also` names columns kept as categories under their own header.
    Warnings: W213 full-width characters, W214 thousands separators, units and percent signs, W230 and W232 dates as
    text, W264 columns left out.

    Raises KmvError with every problem, each naming its first rows and their number: E100 to E114 the file; E201 a
    needed column, E203 a column twice; E211, E212, E215 cells that are no number, E231, E235 no date; E217 rows of
    unequal length; E263 a sheet that is full.
    """
    unit = unit_scale(money_unit)
    if unit is None:
        raise KmvError(problem("E215", name="money_unit", name_zh=TERMS["money_unit"].zh, found=money_unit))
    if not path.is_file():
        raise KmvError(problem("E100", where=path.name, found=path.name))
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head:
        raise KmvError(problem("E101", where=path.name))
    found: list[Problem] = []
    if head.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        found += check_file(path)
        encoding = ""
        headers, raw = _read_sheet(path, also, found)
    else:
        headers, raw, encoding = _read_text(path, head, also, found)
    kept = raw.notna().any(axis=1) if raw.iloc[:, 0].isna().any() else None
    if kept is not None and not kept.all():
        raw = raw[kept]
    clean = {name: _clean(raw[name], name, headers[name], unit, found) for name in raw.columns}
    raise_errors(found)
    import pandas as pd

    return Tape(
        loans=pd.DataFrame(clean, index=raw.index, copy=False),
        headers=headers,
        encoding=encoding,
        warnings=tuple(found),
    )


def canonical_columns(headers: Sequence[str], also: Sequence[str] = ()) -> tuple[dict[str, int], list[Problem]]:
    """Which column holds each field, by position, and what is wrong with the headers.

    >>> columns, found = canonical_columns(["借据号", "未偿本息费余额（万元）", "備考"])
    >>> columns, [each.code for each in found]
    ({'contract_identifier': 0, 'total_balance': 1}, ['W264'])
    """
    known = {_plain(alias): name for name, aliases in HEADERS.items() for alias in (name, TERMS[name].zh, *aliases)}
    columns: dict[str, int] = {}
    found: list[Problem] = []
    unknown = []
    for i, header in enumerate(headers):
        name = header if header in also else known.get(_plain(header))
        if name is None:
            unknown.append(header.strip())
        elif name in columns:
            found.append(problem("E203", name=name, first=repr(headers[columns[name]]), second=repr(header)))
        else:
            columns[name] = i
    for name in (*NEEDED, *also):
        if name not in columns:
            aliases = [alias for alias, field in known.items() if field == name] or [_plain(name)]
            close = max(headers, key=lambda header: _likeness(_plain(header), aliases), default="-")
            words = {"what": "column", "what_zh": "列", "present": ", ".join(headers) or "-", "nearest": close}
            found.append(problem("E201", name=name, field=(name,), **words))
    named = [header for header in unknown if header]
    if named:
        found.append(problem("W264", count=len(named), found=", ".join(named)))
    return columns, found


def _plain(header: str) -> str:
    text = unicodedata.normalize("NFKC", header).lower()
    return _PUNCTUATION.sub("", _BRACKETED.sub("", text))


def _likeness(word: str, aliases: Iterable[str]) -> float:
    return max(difflib.SequenceMatcher(None, word, alias).ratio() for alias in aliases)


def _read_text(
    path: Path, head: bytes, also: Sequence[str], found: list[Problem]
) -> tuple[dict[str, str], pd.DataFrame, str]:
    for encoding in _encodings(head):
        try:
            return *_parse(path, encoding, also, found), encoding
        except UnicodeError:
            found.clear()
    raise KmvError(problem("E102", where=path.name, found="text of an unknown encoding", found_zh="编码不明的文本"))


def _encodings(head: bytes) -> tuple[str, ...]:
    """The encodings to try, likeliest first; the head decides between UTF-8 and GB 18030 as far as it can."""
    if head.startswith(codecs.BOM_UTF8):
        return ("utf-8-sig",)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return ("gb18030",)
    return _ENCODINGS


def _parse(path: Path, encoding: str, also: Sequence[str], found: list[Problem]) -> tuple[dict[str, str], pd.DataFrame]:
    import pandas as pd

    with path.open(encoding=encoding, newline="") as stream:
        first = stream.readline()
    separator = max(_SEPARATORS, key=first.count)
    shared: dict[str, Any] = {"sep": separator, "encoding": encoding, "skip_blank_lines": False, "index_col": False}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            row = pd.read_csv(path, header=None, nrows=1, dtype=str, keep_default_na=False, **shared)
            headers = [str(each) for each in row.iloc[0]]
            columns, problems = canonical_columns(headers, also)
            found += problems
            raise_errors(found)
            raw = pd.read_csv(
                path,
                header=None,
                skiprows=1,
                names=list(range(len(headers))),
                usecols=sorted(columns.values()),
                dtype={place: _dtype(name) for name, place in columns.items() if name not in NUMBERS},
                keep_default_na=False,
                na_values=[""],
                low_memory=False,
                **shared,
            )
    except pd.errors.EmptyDataError:
        raise KmvError(problem("E261", where=path.name)) from None
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise KmvError(problem("E217", where=path.name, name="columns", name_zh="列", found=str(error))) from None
    places = {place: name for name, place in columns.items()}
    raw.columns = pd.Index([places[place] for place in raw.columns])
    raw.index = pd.RangeIndex(2, len(raw) + 2)
    return {name: headers[place] for name, place in columns.items()}, raw


def _dtype(name: str) -> Literal["str", "category"]:
    # A date is parsed once a day, not once a loan; an id keeps its leading zeros
    return "str" if name in IDENTIFIERS else "category"


def _read_sheet(path: Path, also: Sequence[str], found: list[Problem]) -> tuple[dict[str, str], pd.DataFrame]:
    import pandas as pd
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True, data_only=True)
    try:
        rows = [tuple(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    finally:
        book.close()
    if len(rows) >= SHEET_ROWS:
        raise KmvError(problem("E263", where=path.name, found=f"{len(rows):,}"))
    if not rows:
        raise KmvError(problem("E261", where=path.name))
    headers = ["" if cell is None else str(cell) for cell in rows[0]]
    columns, problems = canonical_columns(headers, also)
    found += problems
    raise_errors(found)
    index = pd.RangeIndex(2, len(rows) + 1)
    data = {}
    for name, place in columns.items():
        cells = [row[place] if place < len(row) else None for row in rows[1:]]
        texts = [None if cell is None or cell == "" else _as_text(cell) for cell in cells]
        column = pd.Series(texts, index=index, dtype="str" if name in (*IDENTIFIERS, *NUMBERS) else "category")
        data[name] = column
    return {name: headers[place] for name, place in columns.items()}, pd.DataFrame(data, index=index)


def _as_text(cell: Any) -> str:
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _clean(column: pd.Series[Any], name: str, header: str, unit: float, found: list[Problem]) -> Any:
    if name in IDENTIFIERS:
        return _clean_identifiers(column)
    if name in NUMBERS:
        return _clean_numbers(column, name, header, unit, found)
    if name in DATES:
        return _clean_dates(column, name, found)
    words = column.cat.categories
    tidy = [word.strip() for word in words]
    if tidy == list(words) and "" not in tidy:
        return column
    return column.astype("str").str.strip().replace("", None).astype("category")


def _clean_identifiers(column: pd.Series[Any]) -> pd.Series[Any]:
    """Ids without blanks around them and in half width, so that one loan cannot pass under two spellings."""
    texts = column.to_numpy(dtype=object)
    odd = [i for i, text in enumerate(texts) if isinstance(text, str) and (not text.isascii() or text != text.strip())]
    if not odd:
        return column
    column = column.copy()
    places = np.asarray(odd)
    tidy = [unicodedata.normalize("NFKC", texts[i]).strip() or None for i in odd]
    column.iloc[places] = np.asarray(tidy, dtype=object)
    return column


def _clean_numbers(
    column: pd.Series[Any], name: str, header: str, unit: float, found: list[Problem]
) -> NDArray[np.float64]:
    import pandas as pd

    money = TERMS[name].unit == "money"
    scale, words = _header_scale(header, money, unit)
    if pd.api.types.is_bool_dtype(column.dtype):
        column = column.astype(object).map(str)
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64)
        odd = np.flatnonzero(np.isinf(values))
    else:
        values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
        odd = np.flatnonzero((np.isnan(values) & column.notna().to_numpy()) | np.isinf(values))
    if scale != 1.0:
        values = values * scale
        found.append(problem("W214", field=(name,), **_names(name), found=header, read=words))
    if odd.size:
        values = np.array(values)
        texts = column.iloc[odd].astype(object).map(str)
        values[odd] = _read_each(texts, name, _number_reading(money, unit, scale), found).astype(np.float64)
    return values


def _header_scale(header: str, money: bool, unit: float) -> tuple[float, str]:
    """What a plain number under that header is multiplied by, and the words for it."""
    bracketed = " ".join(_BRACKETED.findall(unicodedata.normalize("NFKC", header)))
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
        # A cell that names its own unit is not bound to the header's
        own = code == "W214"
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
    dates = np.append(iso.to_numpy(dtype="datetime64[s]"), np.datetime64("NaT", "s"))
    odd = np.flatnonzero(np.isnat(dates[:-1]))
    if odd.size:
        place = np.flatnonzero(np.isin(codes, odd))
        dates = dates[codes]
        texts = column.iloc[place].astype(object)
        dates[place] = _read_each(texts, name, _date_reading, found).astype("datetime64[s]")
        return dates
    return dates[codes]


def _read_each(texts: pd.Series[Any], name: str, reading: Reading, found: list[Problem]) -> NDArray[Any]:
    """The values of cells that were not plain, each spelling read once; adds one problem a code, with its rows."""
    import pandas as pd

    codes, spellings = pd.factorize(texts)
    read = [reading(text) for text in spellings]
    values = np.empty(len(read), dtype=object)
    values[:] = [value for value, _ in read]
    verdicts = np.asarray([code for _, code in read], dtype=object)
    for code in sorted({each for each in verdicts if each}):
        rows = np.flatnonzero((verdicts == code)[codes])
        k = codes[rows[0]]
        written, value = str(spellings[k]), read[k][0]
        words: dict[str, Any] = {**_names(name), "found": written if code != "E212" else repr(written)}
        if code.startswith("W"):
            words["read"] = value.isoformat() if isinstance(value, dt.date) else f"{value:,.12g}"
        found.append(problem(code, where=rows_named(texts.index[rows]), field=(name,), **words))
    return values[codes]


def _names(name: str) -> dict[str, str]:
    return {"name": name, "name_zh": TERMS[name].zh}
