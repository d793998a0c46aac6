"""What the files of the command line share: the application, its two streams, and how problems and tables are shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kmv_core.vocabulary.errors import KmvError, Problem, problem

if TYPE_CHECKING:
    from addin.run_tables import ScreenTable

app = typer.Typer(
    help="Distance to default and default probability of securitisation tranches. 证券化各档违约概率。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_FIGURE = 24
"""Characters; what is longer is a sentence."""
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
    """The first column and sentences left, figures right; a figure that does not fit is folded, never cut."""
    table = Table(title=escape(title), box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    for i, name in enumerate(header):
        is_figure = i > 0 and all(len(line[i]) <= _FIGURE for line in lines)
        table.add_column(escape(name), justify="right" if is_figure else "left", overflow="fold")
    for line in lines:
        table.add_row(*map(escape, line))
    return table


def tell(numbers: Callable[[], Any], tables: Callable[[], Iterable[ScreenTable]], *, as_json: bool) -> None:
    """An answer as JSON or as tables, whichever is asked for; the other is not made."""
    if as_json:
        typer.echo(json.dumps(numbers(), ensure_ascii=False, indent=1, allow_nan=False))
        return
    for title, header, lines in tables():
        screen.print(grid(title, header, lines))


def check_report(output: Path | None, *inputs: Path) -> None:
    """Refuse a report that would replace what is read (E303), is no .xlsx (E306), or has no place: before the work."""
    if output is None:
        return
    if output.resolve() in [each.resolve() for each in inputs]:
        raise KmvError(problem("E303", where=output.name))
    check_place(output)
    if output.suffix.lower() != ".xlsx":
        raise KmvError(problem("E306", found=output.name))


def check_place(output: Path) -> None:
    """Refuse an output that is a folder (E305) or whose folder is not there (E304)."""
    if output.is_dir():
        raise KmvError(problem("E305", found=output.name or str(output)))
    if not output.parent.is_dir():
        raise KmvError(problem("E304", where=output.name, found=str(output.parent)))


def say_written(output: Path) -> None:
    """Where the report is."""
    screen.print(f"报告已保存 report written: {output}", soft_wrap=True, markup=False, highlight=False)
