"""xlwings' own VBA, read from the installed package, so that it always fits the xlwings that answers.

The text names the library file of its version, `xlwings64-<version>.dll`: that is why the version of xlwings is
pinned. Only two things change: the project's name, so that settings stand in a file of our own
(%USERPROFILE%\\.kmv-abs\\kmv-abs.conf), and the header of the class, which a workbook keeps in another form.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from addin.hosts.excel.vba_project import Module

PROJECT_NAME = "kmv-abs"
_NAMED = re.compile(r'(Public Const PROJECT_NAME As String = )"xlwings"')


def xlwings_modules() -> tuple[Module, Module]:
    """The module that finds and calls Python, and the dictionary class it is compiled with on a Mac."""
    folder = _package()
    code, count = _NAMED.subn(rf'\1"{PROJECT_NAME}"', _code(folder / "xlwings.bas"))
    if count != 1:
        raise ValueError("this xlwings keeps its project name elsewhere")
    return Module("xlwings", "standard", code), Module(
        "Dictionary", "class", _code(folder / "addin" / "Dictionary.cls")
    )


def _package() -> Path:
    """Where xlwings is installed, found without importing it: that takes a third of a second."""
    found = find_spec("xlwings")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("xlwings is not installed")
    return Path(found.origin).parent


def _code(path: Path) -> str:
    """A module's text without its head: the form's lines of a class, and the attributes."""
    lines = path.read_text(encoding="ascii").splitlines()
    at = lines.index("END") + 1 if lines[0].startswith("VERSION") else 0
    while lines[at].startswith("Attribute VB_"):
        at += 1
    return "\n".join(lines[at:]) + "\n"
