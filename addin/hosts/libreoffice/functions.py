"""The registry as the extension needs it: data for the component, methods for the type library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from addin.functions import REGISTRY, WorksheetFunction
from addin.functions.registry import Argument
from addin.hosts.libreoffice.type_library import Method
from kmv_core import __version__
from kmv_core.vocabulary.errors import KINDS
from kmv_core.vocabulary.terms import TERMS

MODULE = "kmvabs"
INTERFACE = f"{MODULE}.XFunctions"
SERVICE = f"{MODULE}.Functions"
ROWS = "[][]any"
"""Calc shows rows of one cell as that cell, and hands a single cell over as such rows."""
_CELLS = "com.sun.star.table.XCellRange"
_DOCUMENT = ("document", "com.sun.star.beans.XPropertySet")
"""Calc fills a parameter of this type itself, with the document of the calling cell; a user never sees it."""


def method_name(record: WorksheetFunction) -> str:
    """As UNO spells it, which knows no underscores: KMV_PD is kmvPd."""
    return _joined(record.name)


def functions_data(interpreter: Path) -> dict[str, Any]:
    """What stands in functions.json beside the component."""
    lost = KINDS["E910"]
    return {
        "version": __version__,
        "service": SERVICE,
        "interpreter": str(interpreter),
        "most_rows": TERMS["rows"].domain.high,
        "lost": {"code": lost.code, "en": lost.en, "zh": lost.zh},
        "functions": [_data(record) for record in REGISTRY.values()],
    }


def methods() -> tuple[Method, ...]:
    """The interface's methods."""
    return tuple(
        Method(
            method_name(record),
            ROWS,
            (
                *((_joined(each.name), _type(each)) for each in record.arguments),
                *([_DOCUMENT] if _watches(record) else []),
            ),
        )
        for record in REGISTRY.values()
    )


def _type(argument: Argument) -> str:
    """The UNO type, which also tells Calc whether the argument may be left out: only `any` may."""
    if argument.term.kind == "cells":
        return _CELLS
    return ROWS if argument.required else "any"


def _data(record: WorksheetFunction) -> dict[str, Any]:
    return {
        "name": record.name,
        "method": method_name(record),
        "help": record.help,
        "category": f"KMV {record.category}",
        "watches": _watches(record),
        "arguments": [
            {
                "name": each.name,
                "help": each.term.help,
                "required": each.required,
                "watched": each.term.kind == "cells",
            }
            for each in record.arguments
        ],
    }


def _watches(record: WorksheetFunction) -> bool:
    return any(each.term.kind == "cells" for each in record.arguments)


def _joined(name: str) -> str:
    first, *rest = name.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)
