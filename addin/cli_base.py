"""What the files of the command line share: the application, its two streams, and how problems and tables are shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kmv_core.vocabulary.errors import KmvError, Problem

app = typer.Typer(
    help="Distance to default and default probability of securitisation tranches. 证券化各档违约概率。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
screen, errors = Console(), Console(stderr=True)
DealPath = Annotated[Path, typer.Argument(help="The deal workbook. 项目工作簿。", metavar="DEAL.xlsx")]


def coded(work: Callable[[], None]) -> None:
    """Do it; what is refused is shown with its codes, exit code 1."""
    try:
        work()
    except KmvError as error:
        show(error.problems)
        raise typer.Exit(1) from None


def show(problems: tuple[Problem, ...]) -> None:
    """Problems on the stream of errors, so that what is printed can be piped."""
    for each in problems:
        errors.print(str(each), markup=False, highlight=False, soft_wrap=True)


def grid(title: str, header: tuple[str, ...], lines: list[list[str]]) -> Table:
    """Words left, figures right; a figure that does not fit is folded, never cut."""
    table = Table(title=escape(title), box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    for i, name in enumerate(header):
        table.add_column(escape(name), justify="right" if i else "left", overflow="fold")
    for line in lines:
        table.add_row(*map(escape, line))
    return table
