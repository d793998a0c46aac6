"""What keeps cells from reaching Python: one line a finding, each with its mend. Judges the facts of `machine`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from addin.hosts.excel.settings import ADDIN_NAME, INTERPRETER, dll_places
from addin.hosts.libreoffice.oxt import MINIMUM
from addin.machine import Machine, Office
from kmv_core.vocabulary.errors import Problem, problem

LEAST_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, and what is wrong with it, if anything."""

    what: str
    wrong: Problem | None = None

    def __str__(self) -> str:
        return f"ok    {self.what}" if self.wrong is None else f"MEND  {self.what}: {self.wrong}"


def diagnose(machine: Machine) -> list[Finding]:
    """Every finding, in the order in which a cell depends on it."""
    return [*_python(machine), *_excel(machine), *_offices(machine)]


def _python(machine: Machine) -> Iterator[Finding]:
    found = machine.interpreter
    shown = ".".join(map(str, found.version))
    what = f"Python {shown}, {found.bits}-bit, kmv-abs {machine.kmv}"
    if found.version < LEAST_PYTHON:
        yield Finding(what, problem("E920", found=shown, least=".".join(map(str, LEAST_PYTHON))))
    elif found.bits != 64:
        yield Finding(what, problem("E932", found=found.bits))
    elif machine.xlwings is None:
        yield Finding(what, problem("E933"))
    else:
        yield Finding(f"{what}, xlwings {machine.xlwings}")
    if machine.excel is None and not machine.offices:
        yield Finding("spreadsheet program", problem("E931"))


def _excel(machine: Machine) -> Iterator[Finding]:
    excel = machine.excel
    if excel is None:
        return
    what = f"Excel {excel.path}"
    if "windowsapps" in (part.lower() for part in PureWindowsPath(str(excel.path)).parts):
        yield Finding(what, problem("E924", found=excel.path))
    else:
        yield Finding(f"{what}, {excel.bits or '?'}-bit")
    yield _settings(machine)
    yield _addin(machine)
    if machine.xlwings is not None and excel.bits is not None:
        places = dll_places(_interpreter(machine), machine.xlwings, excel.bits)
        missing = not any(each.is_file() for each in places)
        yield Finding(
            f"{excel.bits}-bit DLL of xlwings",
            problem("E925", bits=excel.bits, found=places[0].name, version=machine.xlwings) if missing else None,
        )


def _interpreter(machine: Machine) -> Path:
    """The one Excel starts; without settings the one that would be written."""
    values = machine.settings.values or {}
    return Path(values[INTERPRETER]) if INTERPRETER in values else machine.interpreter.path


def _settings(machine: Machine) -> Finding:
    settings = machine.settings
    what = f"settings {settings.path}"
    if settings.fault:
        return Finding(what, problem("E926", found=settings.fault))
    if settings.values is None or not settings.values.get(INTERPRETER):
        return Finding(what, problem("E921", found="-"))
    named = settings.values[INTERPRETER]
    if not (PureWindowsPath(named).is_absolute() or Path(named).is_absolute()):
        return Finding(what, problem("E922", found=named))
    if not Path(named).is_file():
        return Finding(what, problem("E921", found=named))
    return Finding(f"{what}: {named}")


def _addin(machine: Machine) -> Finding:
    versions = machine.addin.versions if machine.addin is not None else None
    found = "not installed" if versions is None else (versions.kmv or "unreadable")
    if versions is None or versions.kmv != machine.kmv:
        return Finding(ADDIN_NAME, problem("E929", found=found, expected=machine.kmv))
    if versions.xlwings != machine.xlwings:
        outside = machine.xlwings or "-"
        return Finding(ADDIN_NAME, problem("E923", what=ADDIN_NAME, inside=versions.xlwings, outside=outside))
    return Finding(f"{ADDIN_NAME} {versions.kmv}, xlwings {versions.xlwings}")


def _offices(machine: Machine) -> Iterator[Finding]:
    for office in machine.offices:
        yield _office(office, machine.kmv)


def _office(office: Office, expected: str) -> Finding:
    shown = ".".join(map(str, office.version))
    what = f"LibreOffice {shown} {office.path}"
    if office.version[:2] < MINIMUM:
        return Finding(what, problem("E911", found=shown, minimum=".".join(map(str, MINIMUM))))
    if office.fault is not None:
        return Finding(what, office.fault)
    if office.extension != expected:
        return Finding(what, problem("E928", found=office.extension or "not installed", expected=expected))
    return Finding(f"{what}, extension {office.extension}")
