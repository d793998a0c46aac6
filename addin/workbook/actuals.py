"""A file of trustee reports (CSV or sheet) -> reports: through the gate, to the one parser."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from addin.actuals import Actuals, actuals_of_rows
from addin.workbook.gate import Limits, check_file, check_present
from kmv_core.deal.deal import Deal
from kmv_core.vocabulary.errors import KmvError, problem

_ENCODINGS = ("utf-8-sig", "gb18030")
_SEPARATORS = ",\t;|"
_LIMITS = Limits(file_bytes=2**24, cells=2**20)
"""A report a month for a hundred years is far below."""


def read_actuals(path: Path, deal: Deal) -> Actuals:
    """The reports of a file; raises KmvError E100 to E114 for the file and what `actuals_of_rows` raises.

    Text is UTF-8, UTF-16 with its mark, or GB 18030; a workbook's first sheet counts.
    """
    check_present(path)
    if path.stat().st_size == 0:
        raise KmvError(problem("E101", where=path.name))
    with path.open("rb") as stream:
        head = stream.read(8)
    if head.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        told = check_file(path, _LIMITS)
        found = actuals_of_rows(deal, _sheet_rows(path))
        return Actuals(reports=found.reports, warnings=(*told, *found.warnings))
    if path.stat().st_size > _LIMITS.file_bytes:
        found_bytes = f"{path.stat().st_size:,} bytes"
        raise KmvError(problem("E110", where=path.name, found=found_bytes, limit=f"{_LIMITS.file_bytes:,}"))
    return actuals_of_rows(deal, _text_rows(path))


def _text_rows(path: Path) -> list[list[str]]:
    data = path.read_bytes()
    encodings: Sequence[str] = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else _ENCODINGS
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeError:
            continue
        first = text.partition("\n")[0]
        try:
            return list(csv.reader(io.StringIO(text, newline=""), delimiter=max(_SEPARATORS, key=first.count)))
        except csv.Error as error:
            raise KmvError(problem("E217", where=path.name, name="columns", name_zh="列", found=str(error))) from None
    raise KmvError(problem("E102", where=path.name, found="text of an unknown encoding", found_zh="编码不明的文本"))


def _sheet_rows(path: Path) -> list[tuple[Any, ...]]:
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            # It warns of styles and extensions that it does not read; they are not wanted.
            warnings.simplefilter("ignore")
            book = load_workbook(path, read_only=True, data_only=True)
            try:
                return [tuple(row) for row in book.worksheets[0].iter_rows(values_only=True)]
            finally:
                book.close()
    except Exception as error:
        raise KmvError(problem("E114", where=path.name, found=f"{type(error).__name__}: {error}"[:200])) from None
