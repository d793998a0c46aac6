"""Stand-ins for pywin32, so that xlwings' own desktop code runs anywhere.

Nothing of xlwings is changed: its _xlwindows, udfs and com_server are imported as they are, over modules that
answer as pywin32 does. Values travel as COM hands them over: a range as a dispatch object, an error cell as an
HRESULT, an omitted argument as DISP_E_PARAMNOTFOUND.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import subprocess
import sys
import types
from collections.abc import Sequence
from typing import Any

OMITTED = -2147352572
ERRORS = {
    "#NULL!": -2146826288,
    "#DIV/0!": -2146826281,
    "#VALUE!": -2146826273,
    "#REF!": -2146826265,
    "#NAME?": -2146826259,
    "#NUM!": -2146826252,
    "#N/A": -2146826246,
}
_RANGE_IID = "{00020846-0000-0000-C000-000000000046}"


class ComError(Exception):
    """pywintypes.com_error."""

    hresult = 0


class Dispatch:
    """win32com.client.CDispatch."""


class _TypeInfo:
    def GetTypeAttr(self) -> Any:
        return types.SimpleNamespace(iid=_RANGE_IID)

    def GetDocumentation(self, index: int) -> tuple[str, str, int, str]:
        return "Range", "", 0, ""


class _Ole:
    def GetTypeInfo(self) -> _TypeInfo:
        return _TypeInfo()

    def GetIDsOfNames(self, *names: Any) -> tuple[int]:
        return (1,)


class Book(Dispatch):
    """The workbook that calls."""

    CLSID = "book"
    Name, FullName = "deal.xlsm", "C:\\deals\\deal.xlsm"

    def __init__(self) -> None:
        self.Application = types.SimpleNamespace(Version="16.0", Name="Microsoft Excel", Hwnd=1)
        self.Worksheets: list[Any] = []
        self.Sheets: list[Any] = []


class Range(Dispatch):
    """A range as a macro hands it over; `Value` of one cell is a scalar, of several a tuple of tuples."""

    CLSID = "range"

    def __init__(self, rows: Sequence[Sequence[Any]]) -> None:
        self.cells = tuple(tuple(_as_com(cell) for cell in row) for row in rows)
        self._oleobj_ = _Ole()
        self.Row = self.Column = 1
        self.Rows = types.SimpleNamespace(Count=len(self.cells))
        self.Columns = types.SimpleNamespace(Count=len(self.cells[0]))
        self.Count = len(self.cells) * len(self.cells[0])
        self.Worksheet = types.SimpleNamespace(Name="Deal", Parent=Book())
        self.Application = self.Worksheet.Parent.Application

    @property
    def Value(self) -> Any:
        return self.cells[0][0] if self.Count == 1 else self.cells

    Value2 = Value

    def GetAddress(self, *arguments: Any) -> str:
        return "$A$1"

    Address = GetAddress


def _as_com(cell: Any) -> Any:
    """Excel keeps every number as a double and every date as a time; errors cross as HRESULTs."""
    if isinstance(cell, str):
        return ERRORS.get(cell, cell)
    if isinstance(cell, dt.date) and not isinstance(cell, dt.datetime):
        return dt.datetime.combine(cell, dt.time())
    is_count = isinstance(cell, int) and not isinstance(cell, bool) and cell != OMITTED
    return float(cell) if is_count else cell


class _Anything:
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self


def _module(name: str, **members: Any) -> types.ModuleType:
    made = types.ModuleType(name)
    made.__dict__.update(members)
    sys.modules[name] = made
    return made


def _same(value: Any, *arguments: Any, **options: Any) -> Any:
    return value


def install() -> Any:
    """Put the stand-ins in place and give back xlwings as it is on Windows; once a process."""
    if "xlwings.udfs" in sys.modules:
        return sys.modules["xlwings"]
    iid, time = type("IID", (str,), {}), type("Time", (dt.datetime,), {})
    _module("pywintypes", com_error=ComError, error=OSError, IID=iid, TimeType=time, Time=time)
    _module(
        "pythoncom",
        __file__=None,
        CoInitialize=_Anything(),
        CoUninitialize=_Anything(),
        ole_error=ComError,
        com_error=ComError,
        IID_IDispatch="IDispatch",
        IID_IEnumVARIANT="IEnum",
        Missing=object(),
        Empty=object(),
        TypeIIDs={"IDispatch": type("PyIDispatch", (), {})},
        CoMarshalInterThreadInterfaceInStream=lambda kind, thing: thing,
        CoGetInterfaceAndReleaseStream=_same,
    )
    for name in ("win32api", "win32con", "win32gui", "win32event"):
        _module(name)
    _module("win32process", GetWindowThreadProcessId=lambda handle: (1, 4242))
    _module("win32timezone", TimeZoneInfo=types.SimpleNamespace(utc=lambda: dt.UTC))
    client = _module(
        "win32com.client",
        CDispatch=Dispatch,
        CoClassBaseClass=Dispatch,
        DispatchBaseClass=Dispatch,
        Dispatch=_same,
        DispatchEx=_same,
        VARIANT=lambda kind, value: ("VARIANT", kind, value),
    )
    util = _module("win32com.server.util", wrap=_same, unwrap=_same)
    dispatcher, policy = _module("win32com.server.dispatcher"), _module("win32com.server.policy", DefaultPolicy=object)
    server = _module("win32com.server", util=util, dispatcher=dispatcher, policy=policy)
    _module("win32com", client=client, server=server)
    real = ctypes.PyDLL
    ctypes.windll = ctypes.oledll = _Anything()  # type: ignore[attr-defined]
    ctypes.PyDLL = lambda *arguments: _Anything()  # type: ignore[assignment, misc]
    subprocess.CREATE_NO_WINDOW = 0  # type: ignore[attr-defined]
    try:
        import xlwings
        from xlwings import _xlwindows

        xlwings._xlwindows = _xlwindows
        xlwings.engines.add(xlwings.Engine(impl=_xlwindows.engine))
        xlwings.engines.active = xlwings.engines["excel"]
        from xlwings import com_server, udfs

        assert com_server
    finally:
        ctypes.PyDLL = real  # type: ignore[misc]
    # what xlwings binds when it is imported on Windows
    xlwings.func, xlwings.arg, xlwings.ret = udfs.xlfunc, udfs.xlarg, udfs.xlret
    xlwings.import_udfs, xlwings.get_udf_module = udfs.import_udfs, udfs.get_udf_module
    return xlwings


def call(module: str, name: str, *arguments: Any) -> Any:
    """What a cell's generated macro does: XLPython().CallUDF(module, name, arguments, workbook, caller)."""
    from xlwings.com_server import XLPython

    handed = tuple(_as_com(each) for each in arguments)
    return XLPython().CallUDF(module, name, handed, Book(), Range([[None]]))
