"""The registry: one record a worksheet function, from which every host and document derives.

A function is written with a plain positional signature; each parameter must have a term, which gives its
help, unit and domain. The record's `call` takes what a cell hands over and gives back what a cell can show.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from addin.functions.ranges import cells_of, sentinel, shaped
from kmv_core.vocabulary.errors import KmvError, problem
from kmv_core.vocabulary.terms import TERMS, Term

Category = Literal["KMV", "Tranche", "Pool", "Analysis", "Monitoring", "Service"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
MOST_ARGUMENTS = 9
MOST_HELP = 255
_CELL_ADDRESS = re.compile(r"[A-Z]{1,3}\d+|R\d*C\d*")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument, in its place; `default` counts when it is left out or blank."""

    term: Term
    required: bool
    default: Any

    @property
    def name(self) -> str:
        return self.term.name


@dataclass(frozen=True, slots=True)
class WorksheetFunction:
    """One worksheet function."""

    name: str
    category: Category
    en: str
    zh: str
    arguments: tuple[Argument, ...]
    compute: Callable[..., Any]
    heavy: bool

    @property
    def help(self) -> str:
        """The line of the Function Wizard: Chinese, then English."""
        return f"{self.zh} | {self.en}"

    @property
    def syntax(self) -> str:
        """As a user writes it: optional arguments in brackets."""
        words = [each.name if each.required else f"[{each.name}]" for each in self.arguments]
        return f"{self.name}({', '.join(words)})"

    def call(self, *cells: Any) -> Any:
        """From cells to cells: a number, a word, or rows of them; a failure is a sentinel in its place."""
        try:
            self._check_count(cells)
            padded = (*cells, *[None] * (len(self.arguments) - len(cells)))
            return shaped(self.compute(*map(cells_of, padded)))
        except KmvError as error:
            return sentinel(error.problems[0])
        except Exception as fault:
            return sentinel(problem("E900", name=self.name, found=f"{type(fault).__name__}: {fault}"))

    def _check_count(self, cells: tuple[Any, ...]) -> None:
        if len(cells) > len(self.arguments):
            found = f"{len(cells)} arguments, at most {len(self.arguments)}"
            raise KmvError(problem("E217", name=self.name, found=found))


REGISTRY: dict[str, WorksheetFunction] = {}


def worksheet_function(
    category: Category, zh: str, *, heavy: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function; its first docstring line is the English summary, `zh` the Chinese one.

    `heavy` functions are not computed inside the Function Wizard.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        name = function.__name__
        arguments = []
        for parameter in inspect.signature(function).parameters.values():
            if parameter.name not in TERMS:
                raise TypeError(f"{name}: the parameter {parameter.name} has no term")
            required = parameter.default is inspect.Parameter.empty
            arguments.append(Argument(TERMS[parameter.name], required, None if required else parameter.default))
        en = (function.__doc__ or "").strip().splitlines()[0]
        record = WorksheetFunction(name, category, en, zh, tuple(arguments), function, heavy)
        _lint(record)
        REGISTRY[name] = record

        def call(*cells: Any) -> Any:
            return record.call(*cells)

        call.__name__, call.__doc__, call.__module__ = name, function.__doc__, function.__module__
        return call

    return register


def _lint(record: WorksheetFunction) -> None:
    if not re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", record.name) or _CELL_ADDRESS.fullmatch(record.name):
        raise ValueError(f"{record.name} is no name for a worksheet function")
    if record.name in REGISTRY:
        raise ValueError(f"{record.name} is registered twice")
    if len(record.arguments) > MOST_ARGUMENTS or len(record.help) > MOST_HELP or not record.en:
        raise ValueError(f"{record.name}: too many arguments, or help missing or too long")
