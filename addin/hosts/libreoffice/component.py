"""The component LibreOffice loads: every function of functions.json, answered by the worker.

Each function gives back rows of cells. Inside them a failed cell is a NaN that carries Calc's own number of the
error: text would not be an error, and None would show as 0. Whatever goes wrong here is an error cell too.
"""

from __future__ import annotations

import json
import os
import struct
from typing import Any

import unohelper
from com.sun.star.lang import Locale, XServiceInfo, XServiceName
from com.sun.star.sheet import LocalizedName, XAddIn, XCompatibilityNames
from kmvabs import XFunctions
from kmvabs_inside.channel import Channel, NoAnswerError
from kmvabs_inside.failures import CODES, watched

with open(os.path.join(os.path.dirname(__file__), "functions.json"), encoding="utf-8") as _file:
    DATA = json.load(_file)
FUNCTIONS = {each["method"]: each for each in DATA["functions"]}
SERVICE = DATA["service"]
IMPLEMENTATION = SERVICE + ".python"
ADD_IN = "com.sun.star.sheet.AddIn"
INTERNAL = {(SERVICE + "." + each["method"]).upper(): each for each in DATA["functions"]}
CHANNEL = Channel(DATA["interpreter"])
MOST_ROWS = DATA["most_rows"]


def error(text: str) -> float:
    """The NaN that Calc shows as this error."""
    number: float = struct.unpack("<d", struct.pack("<II", CODES.get(text, CODES["#VALUE!"]), 0x7FF80000))[0]
    return number


def answered(function: dict[str, Any], values: tuple[Any, ...]) -> tuple[tuple[Any, ...], ...]:
    """What the cells of one call show."""
    arguments: list[Any] = []
    seen: dict[str, Any] = {"failures": []}
    for argument, value in zip(function["arguments"], values):
        if argument["watched"]:
            value = seen = watched(value, values[-1], INTERNAL)
            value["reason"] = CHANNEL.reason
        arguments.append(value)
    try:
        rows = CHANNEL.ask({"call": function["name"], "arguments": arguments})
    except NoAnswerError as lost:
        if not function["watches"]:
            return ((error("#VALUE!"),),)
        rows = unanswered(seen["failures"], arguments[1:], str(lost))
    return tuple(tuple(shown(cell) for cell in row) for row in rows)


def shown(cell: Any) -> Any:
    """An error as its NaN; TRUE as 1, since Calc takes a truth value inside an array for 0."""
    if isinstance(cell, dict):
        return error(cell["error"])
    if isinstance(cell, bool):
        return float(cell)
    return "" if cell is None else cell


def unanswered(failures: list[Any], rest: list[Any], reason: str) -> list[list[Any]]:
    """The list of failures while there is no worker to make it: all have the one reason."""
    lost = DATA["lost"]
    message = "{} | {}".format(lost["en"].format(found=reason), lost["zh"].format(found=reason))
    rows: list[list[Any]] = [[each["cell"], each["function"], lost["code"], message] for each in failures]
    rows = rows or [["", "", lost["code"], message]]
    if rest and isinstance(rest[0], float) and 1 <= rest[0] <= MOST_ROWS:
        count = int(rest[0])
        if len(rows) > count:
            rows[count - 1 :] = [["", "", lost["code"], f"+{len(rows) - count + 1}: {message}"]]
        rows += [["", "", "", ""]] * (count - len(rows))
    return rows


def method(function: dict[str, Any]) -> Any:
    """A function as the method LibreOffice calls."""

    def call(self: Any, *values: Any) -> tuple[tuple[Any, ...], ...]:
        try:
            return answered(function, values)
        except Exception:
            return ((error("#VALUE!"),),)

    return call


class Functions(unohelper.Base, XAddIn, XCompatibilityNames, XServiceName, XServiceInfo, XFunctions):
    """The add-in, as Calc asks for it; its functions are added below."""

    def __init__(self, context: Any) -> None:
        self.context = context
        self.locale = Locale("en", "US", "")

    def getProgrammaticFuntionName(self, display_name: str) -> str:
        """Spelt as LibreOffice spells it."""
        return next((key for key, each in FUNCTIONS.items() if each["name"] == display_name), "")

    def getDisplayFunctionName(self, name: str) -> Any:
        return FUNCTIONS[name]["name"] if name in FUNCTIONS else ""

    def getFunctionDescription(self, name: str) -> Any:
        return FUNCTIONS[name]["help"] if name in FUNCTIONS else ""

    def getDisplayArgumentName(self, name: str, index: int) -> Any:
        return _argument(name, index, "name")

    def getArgumentDescription(self, name: str, index: int) -> Any:
        return _argument(name, index, "help")

    def getProgrammaticCategoryName(self, name: str) -> str:
        return "Add-In"

    def getDisplayCategoryName(self, name: str) -> Any:
        return FUNCTIONS[name]["category"] if name in FUNCTIONS else ""

    def setLocale(self, locale: Any) -> None:
        self.locale = locale

    def getLocale(self) -> Any:
        return self.locale

    def getCompatibilityNames(self, name: str) -> Any:
        """What a function is called in an Excel file."""
        return (LocalizedName(Locale("en", "US", ""), FUNCTIONS[name]["name"]),) if name in FUNCTIONS else ()

    def getServiceName(self) -> Any:
        return SERVICE

    def getImplementationName(self) -> Any:
        return IMPLEMENTATION

    def supportsService(self, name: str) -> bool:
        return name in (SERVICE, ADD_IN)

    def getSupportedServiceNames(self) -> Any:
        return (SERVICE, ADD_IN)


def _argument(name: str, index: int, key: str) -> Any:
    arguments = FUNCTIONS[name]["arguments"] if name in FUNCTIONS else ()
    return arguments[index][key] if 0 <= index < len(arguments) else ""


for _name, _function in FUNCTIONS.items():
    setattr(Functions, _name, method(_function))

g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(Functions, IMPLEMENTATION, (SERVICE, ADD_IN))
