"""The commands that ask questions of a deal: preset conditions, analyses, bridge, surveillance, simulation."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import Progress

from addin.cli_base import DealPath, app, check_report, coded, errors, say_written, screen, show, tell


@app.command()
def preset(
    deal: DealPath,
    paths: Annotated[int | None, typer.Option("--paths", help="Paths of the simulated referee. 模拟路径数。")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Its seed. 随机种子。")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON. 输出 JSON。")] = False,
) -> None:
    """Preset conditions, what each risk control is worth, and the referees. 预设条件与方法比较。"""
    from addin.preset_run import preset_run, preset_tables
    from addin.workbook.read import read_deal_file

    def work() -> None:
        file = read_deal_file(deal)
        show(file.warnings)
        with screen.status("评估中 assessing ...") if not as_json else nullcontext():
            found = preset_run(file.parsed.deal, paths=paths, seed=seed)
        tell(found.as_json, lambda: preset_tables(found.preset, found.referees), as_json=as_json)

    coded(work)


@app.command()
def analyse(
    deal: DealPath,
    only: Annotated[
        str | None, typer.Option("--only", help="Sections, separated by commas; all if left out. 仅计算所列部分。")
    ] = None,
    reading: Annotated[
        str | None, typer.Option("--reading", help="due, waterfall or exact; the headline if left out. 口径。")
    ] = None,
    target_pd: Annotated[
        float | None, typer.Option("--target-pd", help="Of sizes and reverse stress; the deal's own. 目标违约概率。")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON. 输出 JSON。")] = False,
) -> None:
    """Scenarios, tornado, grid, worth of controls, safe sizes, reverse stress. 情景、龙卷风、增信价值、安全规模、反向压力。"""
    from addin.analyse_run import SECTIONS, analysis_steps, run_steps
    from addin.analyse_tables import analysis_tables
    from addin.workbook.read import read_deal_file

    def work() -> None:
        file = read_deal_file(deal)
        show(file.warnings)
        chosen = SECTIONS if only is None else [each.strip() for each in only.split(",")]
        steps = analysis_steps(file.parsed.deal, chosen, reading=reading, target_pd=target_pd)
        # On the other stream: what is printed may be piped into a file.
        with Progress(console=errors, transient=True) as progress:
            task = progress.add_task("", total=len(steps))
            done = iter(range(len(steps)))
            numbers = run_steps(
                steps, lambda step: progress.update(task, description=escape(step.title), completed=next(done))
            )
        tell(lambda: numbers, lambda: analysis_tables(numbers, reading), as_json=as_json)

    coded(work)


@app.command()
def bridge(
    before: Annotated[Path, typer.Argument(help="The earlier version. 变更前的项目工作簿。", metavar="BEFORE.xlsx")],
    after: Annotated[Path, typer.Argument(help="The later version. 变更后的项目工作簿。", metavar="AFTER.xlsx")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A report of the later with sheet Bridge. 输出报告。")
    ] = None,
    reading: Annotated[
        str | None, typer.Option("--reading", help="due, waterfall or exact; the headline if left out. 口径。")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON. 输出 JSON。")] = False,
) -> None:
    """What moved PD from one version of a deal to the next. 两个版本之间的违约概率桥。"""
    from addin.bridge_run import bridge_run, bridge_tables
    from addin.workbook.read import read_deal_file
    from addin.workbook.save import save

    def work() -> None:
        check_report(output, before, after)
        old, new = read_deal_file(before), read_deal_file(after)
        show((*old.warnings, *new.warnings))
        found = bridge_run(old, new, reading=reading)
        if output is not None:
            save(found.report(), output)
        tell(found.as_json, lambda: bridge_tables(found), as_json=as_json)
        if output is not None and not as_json:
            say_written(output)

    coded(work)


@app.command()
def monitor(
    deal: DealPath,
    actuals: Annotated[Path, typer.Argument(help="The trustee's reports. 受托报告。", metavar="ACTUALS.csv|xlsx")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A report with sheet Monitor. 输出报告。")
    ] = None,
    noise: Annotated[float | None, typer.Option("--noise", help="Variation of single periods. 单期变异系数。")] = None,
    watch: Annotated[float, typer.Option("--watch", help="Cumulative deviation of a watch. 关注界限。")] = -0.10,
    alarm: Annotated[float, typer.Option("--alarm", help="Cumulative deviation of an alarm. 预警界限。")] = -0.25,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON. 输出 JSON。")] = False,
) -> None:
    """Collections after issue against forecast: PD migration, warning levels, tie-out. 存续期监测。"""
    from addin.monitor_run import monitor_run, monitor_tables
    from addin.workbook.read import read_deal_file
    from addin.workbook.save import save
    from kmv_core.risk.monitor import WarningLevels

    def work() -> None:
        check_report(output, deal, actuals)
        levels = WarningLevels(watch_deviation=watch, alarm_deviation=alarm)
        found = monitor_run(read_deal_file(deal), actuals, noise=noise, levels=levels)
        show(found.warnings)
        if output is not None:
            save(found.report(), output)
        tell(found.as_json, lambda: monitor_tables(found), as_json=as_json)
        if output is not None and not as_json:
            say_written(output)

    coded(work)


@app.command()
def simulate(
    deal: DealPath,
    paths: Annotated[int, typer.Option("--paths", help="Paths, in antithetic pairs. 路径数。")] = 100_000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same numbers. 随机种子。")] = 1,
    noise: Annotated[
        float, typer.Option("--noise", help="Coefficient of variation of single periods. 单期噪声。")
    ] = 0.0,
    delay: Annotated[
        float, typer.Option("--delay", help="Mean delay of all collections, years. 平均延迟（年）。")
    ] = 0.0,
    workers: Annotated[int, typer.Option("--workers", help="Threads; any number, the same result. 线程数。")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON. 输出 JSON。")] = False,
) -> None:
    """Draw collections at random and pay them through the same waterfall. 模拟违约概率。"""
    from rich.progress import Progress

    from addin.simulate_run import simulation_numbers, simulation_tables
    from addin.workbook.read import read_deal_file

    def work() -> None:
        file = read_deal_file(deal)
        show(file.warnings)
        with Progress(console=errors, transient=True) as bar:
            task = bar.add_task("模拟中 simulating ...", total=max(paths, 1))
            found = simulation_numbers(
                file.parsed.deal,
                paths=paths,
                seed=seed,
                period_noise=noise,
                mean_delay=delay,
                workers=workers,
                progress=lambda done: bar.update(task, completed=done),
            )
        tell(found.as_json, lambda: simulation_tables(found), as_json=as_json)

    coded(work)
