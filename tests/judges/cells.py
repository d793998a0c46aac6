"""Comparing what a judge calculated with what we wrote."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

import openpyxl

RELATIVE = 1e-9
NOISE = 1e-9
"""Below this a difference of two large amounts is rounding: a billionth of the money unit."""

Cells = dict[tuple[str, str], Any]


def formula_cells(path: Path) -> Cells:
    """Every formula cell and its formula."""
    book = openpyxl.load_workbook(path)
    return {
        (sheet.title, cell.coordinate): getattr(cell.value, "text", cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def cached_values(path: Path) -> Cells:
    """Every value a reader sees without calculating."""
    book = openpyxl.load_workbook(path, data_only=True)
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def differences(path: Path, calculated: Cells, relative: float = RELATIVE, noise: float = NOISE) -> list[str]:
    """One line for every formula cell in which the judge disagrees with the core."""
    written = cached_values(path)
    return [
        f"{place[0]}!{place[1]} {formula}: core {written.get(place)!r}, judge {calculated.get(place)!r}"
        for place, formula in formula_cells(path).items()
        if not same(written.get(place), calculated.get(place), relative, noise)
    ]


def same(core: Any, judge: Any, relative: float = RELATIVE, noise: float = NOISE) -> bool:
    if hasattr(core, "toordinal") or hasattr(judge, "toordinal"):
        return _serial(core) == _serial(judge)
    if isinstance(core, (int, float)) and isinstance(judge, (int, float)):
        return math.isclose(core, judge, rel_tol=relative, abs_tol=noise)
    return core == judge


def _serial(value: Any) -> Any:
    return value.toordinal() - 693594 if hasattr(value, "toordinal") else value


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
