"""The command line `kmv`. Exit codes: 0 done, 1 the deal is refused with coded messages, 2 wrong usage."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from addin.cli_base import (
    DealPath,
    app,
    check_place,
    check_report,
    coded,
    errors,
    grid,
    say_written,
    screen,
    show,
    tell,
)
from kmv_core.vocabulary.errors import KmvError, Problem, problem

if TYPE_CHECKING:
    from kmv_core.risk.assess import Assessment


def main() -> None:
    """The entry point."""
    for stream in (sys.stdout, sys.stderr):
        # A redirected stream of another code page cannot carry Chinese.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    app()


@app.command()
def report(
    deal: DealPath,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The report to write. 输出报告。")] = None,
) -> None:
    """Write the standalone report workbook of a deal. 生成独立报告。"""
    from addin.preset_run import referee_tables
    from addin.report.build import report_bytes
    from addin.workbook.read import read_deal_file
    from addin.workbook.save import save

    target = output or deal.with_name(f"{deal.stem}_report.xlsx")

    def work() -> None:
        check_report(target, deal)
        file = read_deal_file(deal)
        show(file.warnings)
        with screen.status("评估中 assessing ..."):
            written = report_bytes(file)
            save(written.data, target)
        _print_result(written.assessment, file.warnings)
        for table in referee_tables(written.referees):
            screen.print(grid(*table))
        say_written(target)

    coded(work)


@app.command()
def run(
    deal: DealPath, as_json: Annotated[bool, typer.Option("--json", help="Print JSON. 输出 JSON。")] = False
) -> None:
    """Print the numbers of a deal. 输出结果。"""
    from addin.run_json import run_numbers
    from addin.workbook.read import read_deal_file
    from kmv_core.risk.assess import assess

    def work() -> None:
        file = read_deal_file(deal)
        show(file.warnings)
        if as_json:
            typer.echo(json.dumps(run_numbers(file), ensure_ascii=False, indent=1, allow_nan=False))
        else:
            _print_result(assess(file.parsed.deal), file.warnings)

    coded(work)


@app.command()
def new(
    example: Annotated[
        str, typer.Argument(help="npl, ip, or the name of an example. 模板或示例名称。", metavar="npl|ip|EXAMPLE")
    ],
    output: Annotated[Path, typer.Argument(help="The workbook to write. 输出工作簿。", metavar="OUT.xlsx|OUT.xlsm")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there. 覆盖已有文件。")] = False,
) -> None:
    """Write a fresh deal template. 新建项目模板。"""
    from addin.deals import EXAMPLES
    from addin.template.build import template_bytes
    from addin.template.files import put_file
    from kmv_core.vocabulary.checks import nearest

    def work() -> None:
        macros = _suffix_has_macros(output)
        if example not in EXAMPLES:
            like = nearest(example, EXAMPLES)
            raise KmvError(problem("E204", what="template", what_zh="模板", name=example, nearest=like))
        check_place(output)
        if output.exists() and not force:
            raise KmvError(problem("E320", where=output.name))
        with screen.status("生成中 writing ..."):
            put_file(template_bytes(example, macros=macros), output)
        screen.print(f"模板已保存 template written: {output}", soft_wrap=True, markup=False, highlight=False)

    coded(work)


def _suffix_has_macros(output: Path) -> bool:
    """Whether a template of this name holds macros; raises E321 for a name that is none."""
    suffix = output.suffix.lower()
    if suffix not in (".xlsx", ".xlsm"):
        raise KmvError(problem("E321", found=output.name))
    return suffix == ".xlsm"


@app.command()
def check(deal: DealPath) -> None:
    """List every problem of a deal workbook. 列出全部问题。"""
    from addin.workbook.read import read_deal_file

    def work() -> None:
        file = read_deal_file(deal)
        show(file.warnings)
        screen.print(
            f"可用 usable: {len(file.warnings)} 条警告 warnings, {len(file.parsed.assumptions)} 项假设 assumptions"
        )

    coded(work)


@app.command()
def tape(
    path: Annotated[Path, typer.Argument(help="The loan tape. 资产清单。", metavar="TAPE.csv|xlsx")],
    by: Annotated[
        str | None, typer.Option("--by", help="Measure concentration by this column, and stratify it. 按该列计算。")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON. 输出 JSON。")] = False,
) -> None:
    """Statistics of a loan tape, or everything that is wrong with it. 资产池统计。"""
    from addin.tape_run import tape_numbers, tape_tables

    def work() -> None:
        found = tape_numbers(path, by)
        show(found.warnings)
        tell(found.as_json, lambda: tape_tables(found), as_json=as_json)

    coded(work)


@app.command()
def functions(
    fresh: Annotated[bool, typer.Option("--check", help="Fail when a committed derived file is stale.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Renew the derived files of this checkout.")] = False,
) -> None:
    """List the worksheet functions. 函数一览。"""
    from addin.functions import REGISTRY
    from addin.staleness import renew_files, stale_files

    root = Path.cwd()
    if (fresh or write) and not (root / "pyproject.toml").is_file():
        errors.print("run this at the top of a checkout")
        raise typer.Exit(2)
    if write:
        renew_files(root)
        if not fresh:
            return
    if fresh:
        stale = stale_files(root)
        for name in stale:
            errors.print(f"stale: {name}; renew with `kmv functions --write`", soft_wrap=True)
        raise typer.Exit(1 if stale else 0)
    table = Table("函数 function", "说明", "what it answers")
    for record in REGISTRY.values():
        table.add_row(record.syntax.replace("[", "\\["), record.zh, record.en)
    screen.print(table)


@app.command()
def install(
    excel: Annotated[bool, typer.Option("--excel", help="Excel only. 仅 Excel。")] = False,
    libreoffice: Annotated[bool, typer.Option("--libreoffice", help="LibreOffice only. 仅 LibreOffice。")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take the functions out again. 卸载。")] = False,
) -> None:
    """Put the worksheet functions into Excel and LibreOffice. 安装工作表函数。"""
    from addin import install as steps
    from addin.machine import look

    # Without a choice: into every program that is here.
    machine = look() if not (excel or libreoffice) else None
    into_excel = excel or (machine is not None and machine.excel is not None)
    into_office = libreoffice or (machine is not None and bool(machine.offices))

    def say(line: str) -> None:
        screen.print(line, soft_wrap=True, markup=False, highlight=False)

    def work() -> None:
        if not (into_excel or into_office):
            raise KmvError(problem("E931"))
        if into_excel:
            (steps.remove_excel if remove else steps.install_excel)(say)
        if into_office:
            (steps.remove_libreoffice if remove else steps.install_libreoffice)(say)
        if not remove:
            say("请重新启动表格程序。 Restart the spreadsheet program.")

    coded(work)


@app.command()
def doctor() -> None:
    """Say what keeps cells from reaching Python, one line each with the mend. 诊断。"""
    from addin.doctor import diagnose
    from addin.machine import look

    findings = diagnose(look())
    for each in findings:
        screen.print(str(each), soft_wrap=True, markup=False, highlight=False)
    raise typer.Exit(1 if any(each.wrong for each in findings) else 0)


def _print_result(assessment: Assessment, shown: tuple[Problem, ...]) -> None:
    """What only the assessment could tell, and its tables."""
    from addin.run_tables import run_tables

    told = {each.code for each in shown}
    show(tuple(each for each in assessment.warnings if each.code not in told))
    for table in run_tables(assessment):
        screen.print(_fitted(*table))


def _fitted(title: str, header: tuple[str, ...], lines: list[list[str]]) -> Table:
    """Lines down, or each as a list of its own on a narrow screen: a figure that is cut off is a wrong figure."""
    wide = Table(title=escape(title), box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    for i, name in enumerate(header):
        wide.add_column(escape(name.replace(" ", "\n", 1)), justify="right" if i > 1 else "left", no_wrap=True)
    for line in lines:
        wide.add_row(*map(escape, line))
    if Measurement.get(screen, screen.options.update(max_width=1000), wide).maximum <= screen.width:
        return wide
    narrow = Table(title=escape(title), box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False, show_header=False)
    narrow.add_column(no_wrap=True)
    narrow.add_column(justify="right", overflow="fold")
    for line in lines:
        for name, cell in zip(header, line, strict=True):
            if cell:
                narrow.add_row(escape(name), escape(cell))
        narrow.add_section()
    return narrow


from addin import cli_questions as cli_questions  # noqa: E402  # its commands follow those above

if __name__ == "__main__":
    main()
