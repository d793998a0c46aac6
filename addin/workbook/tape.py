"""A loan tape file (CSV or sheet) -> a clean table, by the fast reader of pandas where the file is text.

A row is numbered as a spreadsheet shows it: the header is row 1.
"""

from __future__ import annotations

import codecs
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from addin.tape_headers import canonical_columns
from addin.tape_table import MONEY_UNIT, Tape, clean_tape, money_scale, raw_of_rows
from addin.workbook.gate import Limits, check_file, check_present
from addin.workbook.tape_rows import all_fit, unfit_rows
from kmv_core.assets.tape import IDENTIFIERS, NUMBERS
from kmv_core.vocabulary.errors import KmvError, Problem, problem, raise_errors

if TYPE_CHECKING:
    import pandas as pd

SHEET_ROWS = 1_048_576
_HEAD = 2**20
_CHUNK = 2**15
"""Rows parsed at a time: pandas fills the cache of the processor instead of fresh memory, a third faster."""
_LIMITS = Limits(cells=32 * SHEET_ROWS)
"""A tape may fill a sheet; E263 then says what to do."""
_ENCODINGS = ("utf-8", "gb18030")
_SEPARATORS = ",\t;|"


def read_tape(path: Path, *, money_unit: str = MONEY_UNIT, also: Sequence[str] = ()) -> Tape:
    """Read a tape; checks of the loans themselves are `check_tape`'s.

    `money_unit` is the unit of the result, and of every amount whose header or cell names none: a column headed
    余额（万元） and a cell 1.2亿 are turned into it. `also` names columns kept as categories under their own header.
    Warnings: W213 full-width characters, W214 thousands separators, units and percent signs, W230 and W232 dates as
    text, W264 columns left out.

    Raises KmvError with every problem, each naming its first rows and their number: E100 to E114 the file; E201 a
    needed column, E203 a column twice; E211, E212, E215 cells that are no number, E231, E235 no date; E217 rows of
    unequal length; E263 a sheet that is full.
    """
    unit = money_scale(money_unit)
    check_present(path)
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head:
        raise KmvError(problem("E101", where=path.name))
    found: list[Problem] = []
    if head.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        found += check_file(path, _LIMITS)
        encoding = ""
        headers, raw = _read_sheet(path, also, found)
    else:
        headers, raw, encoding = _read_text(path, head, also, found)
    return clean_tape(headers, raw, found, unit=unit, encoding=encoding)


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
            parts = pd.read_csv(
                path,
                header=None,
                skiprows=1,
                names=list(range(len(headers))),
                dtype={place: _dtype(name) for name, place in columns.items() if name not in NUMBERS},
                keep_default_na=False,
                na_values=[""],
                low_memory=False,
                chunksize=_CHUNK,
                **shared,
            )
            with parts:
                # With `usecols` pandas would cut rows that are too long without a word
                kept, pieces, ends_blank = sorted(columns.values()), [], False
                for part in parts:
                    ends_blank = ends_blank or bool(part[len(headers) - 1].isna().any())
                    pieces.append(part if len(kept) == len(headers) else part[kept])
    except pd.errors.EmptyDataError:
        raise KmvError(problem("E261", where=path.name)) from None
    except (pd.errors.ParserError, pd.errors.ParserWarning):
        raise KmvError(*unfit_rows(path, encoding, separator)) from None
    # Of a row that is too short pandas makes blanks
    if ends_blank and not all_fit(path, encoding, separator, (sum(map(len, pieces)) + 1) * (len(headers) - 1)):
        found += unfit_rows(path, encoding, separator)
        raise_errors(found)
    return {name: headers[place] for name, place in columns.items()}, _joined(pieces, columns)


def _joined(parts: list[pd.DataFrame], columns: dict[str, int]) -> pd.DataFrame:
    """One table of the parts of a file, its columns by name and its rows numbered from 2."""
    import pandas as pd

    if not parts:
        raise KmvError(problem("E261"))
    data: dict[str, Any] = {}
    for name, place in columns.items():
        pieces = [part[place] for part in parts]
        if _dtype(name) == "str" or name in NUMBERS:
            data[name] = pd.concat(pieces, ignore_index=True).array
            continue
        words: dict[str, int] = {}
        codes = []
        for piece in pieces:
            known = [words.setdefault(word, len(words)) for word in piece.cat.categories.tolist()]
            # The code of a blank is -1, the last one
            codes.append(np.asarray([*known, -1], dtype=np.int32)[piece.cat.codes])
        data[name] = pd.Categorical.from_codes(np.concatenate(codes), categories=pd.Index(list(words), dtype="str"))
    return pd.DataFrame(data, index=pd.RangeIndex(2, sum(map(len, parts)) + 2), copy=False)


def _dtype(name: str) -> Literal["str", "category"]:
    # A date is parsed once a day, not once a loan; an id keeps its leading zeros
    return "str" if name in IDENTIFIERS else "category"


def _read_sheet(path: Path, also: Sequence[str], found: list[Problem]) -> tuple[dict[str, str], pd.DataFrame]:
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            # It warns of styles and extensions that it does not read; they are not wanted
            warnings.simplefilter("ignore")
            book = load_workbook(path, read_only=True, data_only=True)
            try:
                rows = [tuple(row) for row in book.worksheets[0].iter_rows(values_only=True)]
            finally:
                book.close()
    except Exception as error:
        raise KmvError(problem("E114", where=path.name, found=f"{type(error).__name__}: {error}"[:200])) from None
    if len(rows) >= SHEET_ROWS:
        raise KmvError(problem("E263", where=path.name, found=f"{len(rows):,}"))
    return raw_of_rows(rows, also, found)
