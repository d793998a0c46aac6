"""The facts of a machine that decide whether cells can reach Python. Looked at here, judged in `doctor`."""

from __future__ import annotations

import os
import platform
import struct
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from addin.hosts.excel.macro_versions import MacroVersions, macro_versions
from addin.hosts.excel.settings import addin_path, conf_path, program_bits, read_conf
from addin.hosts.libreoffice.install import extension_state, find_office
from kmv_core import __version__
from kmv_core.vocabulary.errors import KmvError, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """The Python that runs now."""

    path: Path
    version: tuple[int, int, int]
    bits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The user's settings file of Excel's side."""

    path: Path
    values: dict[str, str] | None
    """None where there is no file, or it cannot be read."""
    fault: str = ""
    """Why it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddIn:
    """kmv.xlam where Excel looks for it."""

    path: Path
    versions: MacroVersions | None
    """None where there is no file; versions are empty where it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excel:
    """The Excel program."""

    path: Path
    bits: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A LibreOffice, and the version of our extension in it."""

    path: Path
    version: tuple[int, ...]
    extension: str | None
    fault: Problem | None = None
    """Why the extension could not be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Everything the doctor judges."""

    system: str
    interpreter: Interpreter
    xlwings: str | None
    settings: Settings
    addin: AddIn | None
    """None where there is no place for it: Excel's add-ins need Windows."""
    excel: Excel | None
    offices: tuple[Office, ...]
    kmv: str = __version__


def look(*, home: Path | None = None, appdata: Path | None = None) -> Machine:
    """Look at this machine; `home` and `appdata` stand for the user's folders."""
    system = platform.system()
    roaming = appdata or (Path(os.environ["APPDATA"]) if os.environ.get("APPDATA") else None)
    return Machine(
        system=system,
        interpreter=Interpreter(path=Path(sys.executable), version=sys.version_info[:3], bits=8 * struct.calcsize("P")),
        xlwings=_installed("xlwings"),
        settings=read_settings(conf_path(home or Path.home())),
        addin=None if roaming is None else AddIn(path=addin_path(roaming), versions=_versions(addin_path(roaming))),
        excel=_excel() if system == "Windows" else None,
        offices=tuple(_office(path, found) for path, found in find_office()),
    )


def read_settings(path: Path) -> Settings:
    """The settings file as VBA would read it."""
    if not path.exists():
        return Settings(path=path, values=None)
    try:
        return Settings(path=path, values=read_conf(path.read_text(encoding=conf_encoding())))
    except (OSError, ValueError) as fault:
        return Settings(path=path, values=None, fault=f"{type(fault).__name__}: {fault}"[:160])


def conf_encoding() -> str:
    """VBA reads text in the system's code page."""
    return "mbcs" if sys.platform == "win32" else "utf-8"


def _versions(path: Path) -> MacroVersions | None:
    return macro_versions(path) if path.is_file() else None


def _office(path: Path, version: tuple[int, ...]) -> Office:
    try:
        return Office(path=path, version=version, extension=extension_state(path))
    except KmvError as error:
        return Office(path=path, version=version, extension=None, fault=error.problems[0])


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _excel() -> Excel | None:
    if sys.platform == "win32":
        import winreg

        place = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
        for root in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
            try:
                path = Path(winreg.QueryValue(root, place).strip('"'))
            except OSError:
                continue
            return Excel(path=path, bits=program_bits(path))
    return None
