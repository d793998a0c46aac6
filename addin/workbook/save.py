"""Saving a workbook: cached values, deterministic bytes, and never a lost file.

openpyxl writes formulas without results and stamps the time; the post-pass writes the results the core
computed, fixes every time, and makes relationship targets relative (some readers refuse absolute ones).
The file is written beside its place, read back, and only then put in place.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from kmv_core.vocabulary.errors import KmvError, problem

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook

Cached = dict[tuple[str, str], float | str | bool]
"""Results by (sheet, cell)."""
Proof = Callable[[Path], Sequence[object]]
"""Looks at a written file and gives what is wrong with it."""

ADDIN_SUFFIX = ".xlam"
MACRO_SUFFIXES = (".xlsm", ADDIN_SUFFIX)

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_ISO_TIME = b"2020-01-01T00:00:00Z"
_FORMULA_CELL = re.compile(r'<c r="([A-Z]+\d+)"([^>]*)>(<f[ >].*?</f>|<f/>)<v ?/?>(?:</v>)?</c>', re.DOTALL)


def workbook_bytes(book: Workbook, cached: Cached) -> bytes:
    """The finished file: same workbook and results, same bytes. Raises E311 for a formula without a result."""
    raw = io.BytesIO()
    book.save(raw)
    sheets = {f"xl/worksheets/sheet{i}.xml": sheet.title for i, sheet in enumerate(book.worksheets, start=1)}
    done = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(done, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for name in source.namelist():
            data = source.read(name)
            if name in sheets:
                data = _with_results(data.decode(), sheets[name], cached).encode()
            elif name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + _ISO_TIME, data)
            elif name.endswith(".rels"):
                data = _relative(name, data)
            target.writestr(zip_entry(name), data)
    return done.getvalue()


def zip_entry(name: str) -> zipfile.ZipInfo:
    """An entry of the package that does not tell when and where it was written."""
    entry = zipfile.ZipInfo(name, _ZIP_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def save(data: bytes, path: Path, *, proof: Proof | None = None) -> None:
    """Save a workbook: written beside, read back, put in place. Raises E301 and E302 as put_bytes does.

    `proof` looks at the written file and gives what is wrong with it. A file with macros is not saved without
    one: where project and sheets disagree, Excel repairs the workbook and drops the macros.
    """
    put_bytes(data, path, lambda written: _read_back(written, proof))


def put_bytes(data: bytes, path: Path, check: Callable[[Path], None] | None = None) -> None:
    """Write beside, let `check` look at it, replace. Raises E301 where another program holds the file, else E302."""
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if check is not None:
            check(Path(temporary))
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except PermissionError:
        raise KmvError(problem("E301", where=path.name)) from None
    except Exception as error:
        raise KmvError(problem("E302", where=path.name, found=f"{type(error).__name__}: {error}"[:200])) from None
    finally:
        Path(temporary).unlink(missing_ok=True) if temporary else None


def _read_back(path: Path, proof: Proof | None) -> None:
    import openpyxl

    suffix = path.suffix.lower()
    if proof is None and suffix in MACRO_SUFFIXES:
        raise ValueError(f"a {suffix} holds macros; this workbook has none: save it as .xlsx")
    findings = proof(path) if proof else []
    if findings:
        raise ValueError("; ".join(map(str, findings)))
    if suffix != ADDIN_SUFFIX:  # openpyxl reads no add-ins
        openpyxl.load_workbook(path, read_only=True).close()


def _with_results(xml: str, sheet: str, cached: Cached) -> str:
    def fill(match: re.Match[str]) -> str:
        ref, attributes, formula = match.groups()
        if (sheet, ref) not in cached:
            raise KmvError(problem("E311", where=f"{sheet}!{ref}", name="formula", name_zh="公式", found="no result"))
        value = cached[sheet, ref]
        attributes = re.sub(r' t="[^"]*"', "", attributes)
        if isinstance(value, bool):
            return f'<c r="{ref}"{attributes} t="b">{formula}<v>{int(value)}</v></c>'
        if isinstance(value, str):
            return f'<c r="{ref}"{attributes} t="str">{formula}<v>{escape(value)}</v></c>'
        number = float(value)
        if number != number or number in (float("inf"), float("-inf")):
            raise KmvError(problem("E311", where=f"{sheet}!{ref}", name="formula", name_zh="公式", found=number))
        return f'<c r="{ref}"{attributes}>{formula}<v>{number!r}</v></c>'

    return _FORMULA_CELL.sub(fill, xml)


def _relative(name: str, data: bytes) -> bytes:
    """Absolute targets `/xl/...` as seen from the part the relationships belong to."""
    folder = Path(name).parent.parent.as_posix()

    def mend(match: re.Match[bytes]) -> bytes:
        target = os.path.relpath("/" + match[1].decode(), "/" + folder).replace(os.sep, "/")
        return b'Target="' + target.encode() + b'"'

    return re.sub(rb'Target="/([^"]+)"', mend, data)
