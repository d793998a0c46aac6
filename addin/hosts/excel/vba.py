"""The VBA of a workbook: one procedure for every worksheet function, and the helpers they share.

Module kmv_udfs is derived from the registry; module kmv_host and the code of ThisWorkbook are written by hand
and kept beside this file. A procedure only hands its arguments on: what they mean is known in Python alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import resources

from addin.functions import REGISTRY, WorksheetFunction
from addin.hosts.excel.vba_project import Module, project_bytes
from addin.hosts.excel.xlwings_vba import xlwings_modules
from kmv_core.vocabulary.errors import KINDS, CellError

PROJECT = "KmvAbs"
WORKBOOK = "ThisWorkbook"
WIDTH = 100
_KEYWORDS = """
    abs addressof alias and any array as attribute base boolean byref byte byval call case cbool cbyte ccur cdate
    cdbl cdec circle cint clng close const csng cstr currency cvar cverr date debug decimal declare defbool defbyte
    defcur defdate defdbl defdec defint deflng defobj defsng defstr defvar dim do doevents double each else elseif
    empty end endif enum eqv erase error event exit false fix for friend function get global gosub goto if imp
    implements in input inputb int integer is lbound len lenb let like line lock long loop lset me mod name new next
    not nothing null object on open option optional or paramarray preserve print private pset public put raiseevent
    redim rem reset resume return rset scale seek select set sgn shared single spc static step stop string sub tab
    then time to true type typeof ubound unlock until variant wend while width with withevents write xor
"""
RESERVED = frozenset(_KEYWORDS.split())
"""Words VBA keeps for itself: an argument of that name gets a trailing underscore."""


def macro_project(sheets: Iterable[str]) -> bytes:
    """vbaProject.bin of a workbook with these sheets, named by their code names."""
    modules = [
        Module(WORKBOOK, "workbook", _kept("this_workbook.bas")),
        *(Module(name, "sheet") for name in sheets),
        *xlwings_modules(),
        Module("kmv_host", "standard", host_code()),
        Module("kmv_udfs", "standard", wrapper_code(list(REGISTRY.values()))),
    ]
    return project_bytes(PROJECT, modules)


def wrapper_code(records: Sequence[WorksheetFunction]) -> str:
    """The code of module kmv_udfs."""
    lines = [
        "Option Explicit",
        "",
        "' Derived from the registry of worksheet functions (kmv functions --write). Not edited by hand.",
        "",
        "' Codes whose cells show #NUM! and #N/A; those of all others show #VALUE!.",
        *_codes("KmvNumCodes", "#NUM!"),
        *_codes("KmvNaCodes", "#N/A"),
    ]
    for record in records:
        lines += ["", *_procedure(record)]
    return "\n".join(lines) + "\n"


def argument_name(name: str) -> str:
    """An argument's name as VBA takes it."""
    return f"{name}_" if name in RESERVED else name


def _codes(constant: str, shown: CellError) -> list[str]:
    codes = [kind.code for kind in KINDS.values() if kind.cell_error == shown]
    lines = [f'Public Const {constant} As String = " " & _']
    lines += [f'    "{" ".join(codes[at : at + 12])} " & _' for at in range(0, len(codes), 12)]
    return [*lines, '    ""']


def _procedure(record: WorksheetFunction) -> list[str]:
    """One function. Cells that the host looks at itself are replaced by what failed in them."""
    taken, handed = [], []
    for argument in record.arguments:
        name = argument_name(argument.name)
        taken.append(name if argument.required else f"Optional {name}")
        handed.append(f"KmvFailures({name})" if argument.term.kind == "cells" else name)
    lists_failures = any(argument.term.kind == "cells" for argument in record.arguments)
    helper = "KmvList" if lists_failures else "KmvCall"
    lines = _wrapped(f"Public Function {record.name}(", taken, ") As Variant")
    if record.heavy:
        lines.append("    If KmvInWizard() Then Exit Function")
    lines += _wrapped(f'    {record.name} = {helper}("{record.name}", Array(', handed, "))")
    return [*lines, "End Function"]


def _wrapped(head: str, words: Sequence[str], tail: str) -> list[str]:
    """Words between head and tail, on as many lines as they need."""
    lines, line = [], head
    for i, word in enumerate(words):
        more = word + (", " if i < len(words) - 1 else tail)
        if len(line) + len(more) > WIDTH:
            lines.append(f"{line.rstrip()} _")
            line = "        "
        line += more
    return [*lines, line if words else head + tail]


def host_code() -> str:
    """The code of module kmv_host."""
    return _kept("kmv_host.bas")


def _kept(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="ascii")
