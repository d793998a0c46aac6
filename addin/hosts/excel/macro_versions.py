"""Which kmv-abs wrote a workbook with macros, and which xlwings its macros belong to."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import NamedTuple

from addin.hosts.excel.project_reader import read_project

_XLWINGS = re.compile(r'XLWINGS_VERSION As String = "([^"]+)"')
_KMV = re.compile(r"<dc:title>[^<]*kmv-abs (\d[^<\s]*)")


class MacroVersions(NamedTuple):
    """Versions as text; empty where the file does not say."""

    kmv: str
    xlwings: str


def macro_versions(path: Path) -> MacroVersions:
    """Read them from the file's properties and its macros; empty ones where it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            title = archive.read("docProps/core.xml").decode("utf-8", "replace")
            project = read_project(archive.read("xl/vbaProject.bin"))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return MacroVersions("", "")
    text = next((each.source for each in project.modules if each.name == "xlwings"), "")
    kmv, xlwings = _KMV.search(title), _XLWINGS.search(text)
    return MacroVersions(kmv[1] if kmv else "", xlwings[1] if xlwings else "")
