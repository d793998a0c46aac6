"""The finished files: every example's template in both forms, and the add-in; and how they are put in place."""

from __future__ import annotations

from pathlib import Path

from addin.deals import EXAMPLES
from addin.hosts.excel.xlsm_check import check_macro_workbook
from addin.template.addin_file import ADDIN, addin_bytes
from addin.template.build import template_bytes
from addin.workbook.save import MACRO_SUFFIXES, save


def built_files() -> dict[str, bytes]:
    """Name and content of every file that is shipped."""
    files = {}
    for name in EXAMPLES:
        files[f"{name}.xlsx"] = template_bytes(name)
        files[f"{name}.xlsm"] = template_bytes(name, macros=True)
    return {**files, ADDIN: addin_bytes()}


def put_file(data: bytes, path: Path) -> None:
    """Save a template or the add-in; one with macros only where Excel can be expected to take it as it is."""
    save(data, path, proof=check_macro_workbook if path.suffix.lower() in MACRO_SUFFIXES else None)
