"""The gate: what a file must be before any workbook library sees a byte of it.

Limits come from measured harm: a 1 MB zip can hold 400 MB of XML, one cell at XFD1048576 makes a reader walk
17 billion cells, and entity declarations are never needed in a workbook.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from kmv_core.vocabulary.errors import KmvError, Problem, problem


@dataclass(frozen=True, slots=True)
class Limits:
    """What the gate lets through."""

    file_bytes: int = 64 * 2**20
    entries: int = 2_000
    inflated_bytes: int = 512 * 2**20
    ratio: float = 100.0
    ratio_free_bytes: int = 100 * 2**10
    cells: int = 5_000_000


_CHUNK = 2**16
_CELL = re.compile(rb'<c [^>]*?r="([A-Z]{1,3})(\d{1,7})"')
_DIMENSION = re.compile(rb'<dimension [^>]*?ref="(?:[A-Z]{1,3}\d{1,7}:)?([A-Z]{1,3})(\d{1,7})"')
_ENTITIES = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_NEEDED = ("[Content_Types].xml", "xl/workbook.xml")


def check_present(path: Path) -> None:
    """Raise KmvError E100 for a path with nothing at it, E106 for a folder."""
    if path.is_dir():
        raise KmvError(problem("E106", where=path.name, found=path.name or str(path)))
    if not path.is_file():
        raise KmvError(problem("E100", where=path.name, found=path.name))


def check_file(path: Path, limits: Limits | None = None) -> list[Problem]:
    """The warnings of a workbook file; raises KmvError (E100 to E114) for one that must not be opened."""
    limits = limits or Limits()
    where = path.name
    check_present(path)
    size = path.stat().st_size
    if size == 0:
        raise KmvError(problem("E101", where=where))
    if size > limits.file_bytes:
        raise KmvError(problem("E110", where=where, found=f"{size:,} bytes", limit=f"{limits.file_bytes:,}"))
    with path.open("rb") as stream:
        head = stream.read(8)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        # Both an old .xls and an encrypted .xlsx are compound files; the latter names its package in UTF-16.
        encrypted = "EncryptedPackage".encode("utf-16-le") in path.read_bytes()
        raise KmvError(problem("E104" if encrypted else "E103", where=where))
    if not head.startswith(b"PK"):
        raise KmvError(problem("E102", where=where, found="text", found_zh="文本"))
    try:
        with zipfile.ZipFile(path) as archive:
            return _check_archive(archive, limits, where)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise KmvError(problem("E105", where=where, found=type(error).__name__)) from None


def _check_archive(archive: zipfile.ZipFile, limits: Limits, where: str) -> list[Problem]:
    entries = archive.infolist()
    if len(entries) > limits.entries:
        raise KmvError(problem("E110", where=where, found=f"{len(entries):,} parts", limit=f"{limits.entries:,}"))
    names: set[str] = set()
    for entry in entries:
        name = entry.filename
        unsafe = name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name
        if unsafe or name.lower() in names:
            raise KmvError(problem("E112", where=where, found=repr(name)))
        names.add(name.lower())
        if entry.flag_bits & 1:
            raise KmvError(problem("E104", where=where))
    missing = [name for name in _NEEDED if name.lower() not in names]
    if missing:
        raise KmvError(problem("E114", where=where, found=missing[0]))
    total = 0
    for entry in entries:
        total = _check_part(archive, entry, total, limits, where)
    warnings = []
    if any("vbaproject" in name or "macrosheets" in name or "activex" in name for name in names):
        warnings.append(problem("W120", where=where))
    links = sum(bool(re.fullmatch(r"xl/externallinks/[^/]+\.xml", name)) for name in names)
    if links:
        warnings.append(problem("W121", where=where, count=links))
    return warnings


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, total: int, limits: Limits, where: str) -> int:
    """Inflate one part in chunks; the bytes inflated so far."""
    is_xml = entry.filename.lower().endswith((".xml", ".rels", ".vml"))
    is_sheet = entry.filename.lower().startswith("xl/worksheets/")
    last_column = last_row = read = 0
    tail = b""
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            read += len(chunk)
            total += len(chunk)
            allowed = max(limits.ratio_free_bytes, limits.ratio * max(entry.compress_size, 1))
            if total > limits.inflated_bytes or read > allowed:
                raise KmvError(
                    problem(
                        "E110",
                        where=where,
                        found=f"{read:,} bytes in {entry.filename}",
                        limit=f"{limits.inflated_bytes:,}",
                    )
                )
            window = tail + chunk
            if is_xml and _ENTITIES.search(window):
                raise KmvError(problem("E111", where=where, found=entry.filename))
            if is_sheet:
                for column, row in [*_CELL.findall(window), *_DIMENSION.findall(window)]:
                    last_column, last_row = max(last_column, _column(column)), max(last_row, int(row))
            tail = window[-256:]
    if last_column * last_row > limits.cells:
        count = f"{last_column * last_row:,}"
        raise KmvError(problem("E113", where=where, found=entry.filename, count=count, limit=f"{limits.cells:,}"))
    return total


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
