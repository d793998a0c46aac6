"""The module Excel imports: every registered function bound to xlwings, none written by hand.

The worksheet name is the Python name, so the bindings become this module's own functions. Every argument
asks for errors as text (`err_to_str`): otherwise an error cell would silently become the default.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import xlwings

from addin.functions import REGISTRY, WorksheetFunction


def bound(record: WorksheetFunction) -> Callable[..., Any]:
    """One function as xlwings wants it: plain signature, no type hints, options on every argument."""

    def call(*cells: Any) -> Any:
        return record.call(*cells)

    # A blank or omitted argument arrives as None, and the record knows its default.
    parameters = [
        inspect.Parameter(
            each.name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=inspect.Parameter.empty if each.required else None,
        )
        for each in record.arguments
    ]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by inspect.signature
    call.__annotations__ = {}
    call.__name__ = call.__qualname__ = record.name
    call.__module__ = __name__
    call.__doc__ = record.help
    function: Callable[..., Any] = call
    for each in record.arguments:
        # ndim: without it a column arrives as a flat list, like a row.
        function = xlwings.arg(each.name, doc=each.term.help, err_to_str=True, ndim=2)(function)
    # Last, because every `arg` sets category and wizard back to their defaults.
    finished: Callable[..., Any] = xlwings.func(category=f"KMV {record.category}", call_in_wizard=not record.heavy)(
        function
    )
    return finished


globals().update({name: bound(record) for name, record in REGISTRY.items()})
