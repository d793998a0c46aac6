"""`kmv monitor`: surveillance after issue as JSON, as lines of tables, or as a report with the sheet Monitor."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from addin.json_values import finite, problem_words
from addin.monitor_words import AGREES, ITEMS, LEVELS, NOISE_GIVEN, NOISE_SOURCE, READINGS
from addin.report.build import report_bytes
from addin.run_tables import ScreenTable, percent
from addin.workbook.actuals import read_actuals
from addin.workbook.read import DealFile
from kmv_core import __version__
from kmv_core.risk.monitor import Monitoring, WarningLevels, monitor
from kmv_core.risk.tie_out import TieOut, tie_out_deal
from kmv_core.vocabulary.checks import checked
from kmv_core.vocabulary.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorRun:
    """What `kmv monitor` answers."""

    file: DealFile
    monitoring: Monitoring
    ties: tuple[TieOut, ...]
    warnings: tuple[Problem, ...]
    """Of the deal and of the reports."""

    def as_json(self) -> dict[str, Any]:
        """The section `monitoring`; null for what is undefined or infinite."""
        return {
            "deal": self.monitoring.deal.name,
            "monitoring": monitoring_numbers(self.monitoring, self.ties),
            "checks": [problem_words(each) for each in self.warnings],
            "stamp": {"version": __version__, "input_sha256": self.file.sha256},
        }

    def report(self) -> bytes:
        """The report workbook with the sheet Monitor."""
        return report_bytes(self.file, self.monitoring).data


def monitor_run(
    file: DealFile, actuals: Path, *, noise: float | None = None, levels: WarningLevels | None = None
) -> MonitorRun:
    """Read the reports and update the deal; raises KmvError with everything that is wrong with either."""
    deal = file.parsed.deal
    if noise is not None:
        checked(collection_noise=noise)
    read = read_actuals(actuals, deal)
    return MonitorRun(
        file=file,
        monitoring=monitor(deal, read.reports, period_noise=noise, levels=levels),
        ties=tie_out_deal(deal, read.reports),
        warnings=(*file.warnings, *read.warnings),
    )


def monitoring_numbers(found: Monitoring, ties: tuple[TieOut, ...]) -> dict[str, Any]:
    """Periods, outlook, migration and tie-out; money in the deal's unit, probabilities as decimals."""
    levels = found.levels
    return {
        "period_noise": found.period_noise,
        "period_noise_source": (NOISE_SOURCE if found.noise_is_assumed else NOISE_GIVEN)[1],
        "warning_levels": {
            "watch_deviation": levels.watch_deviation,
            "alarm_deviation": levels.alarm_deviation,
            "watch_multiple": levels.watch_multiple,
            "alarm_multiple": levels.alarm_multiple,
            "least_pd": levels.least_pd,
        },
        "headline": found.readings[0],
        "periods": [
            {
                "date": each.date.isoformat(),
                "forecast": each.forecast,
                "actual": each.actual,
                "deviation": finite(each.deviation),
                "forecast_to_date": each.forecast_to_date,
                "actual_to_date": each.actual_to_date,
                "cumulative_deviation": finite(each.cumulative_deviation),
                "share_due": each.outlook.share_due,
                "outlook_multiple": finite(each.outlook.multiple),
                "outlook_volatility": each.outlook.sd,
                "defaults": list(each.defaults),
            }
            for each in found.periods
        ],
        "migration": [
            {
                "date": each.date.isoformat(),
                "tranche": each.tranche,
                "reading": each.reading,
                "break_even_multiple": finite(each.break_even_multiple),
                "probability_of_default": each.probability_of_default,
                "extension_probability": each.extension_probability,
                "level": each.level,
            }
            for each in found.migration
        ],
        "tie_out": [
            {
                "date": each.date.isoformat(),
                "tranche": each.tranche,
                "item": each.item,
                "due": finite(each.due),
                "ours": each.ours,
                "trustee": each.trustee,
                "difference": each.difference,
                "tolerance": each.tolerance,
                "agrees": each.agrees,
            }
            for each in ties
        ],
    }


def monitor_tables(run: MonitorRun) -> list[ScreenTable]:
    """Title, header and lines for the screen: periods, one migration a tranche and reading, what does not tie out."""
    found = run.monitoring
    title = f"{found.deal.name} ({found.deal.money_unit})"
    header: tuple[str, ...] = ("支付日 date", "预测 forecast", "实际 actual", "偏离 deviation", "累计偏离 cumulative")
    if found.deal.licences:
        header = (*header, "新增违约 in default")
    grids: list[ScreenTable] = [
        (
            title,
            header,
            [
                [
                    each.date.isoformat(),
                    f"{each.forecast:,.2f}",
                    f"{each.actual:,.2f}",
                    _signed(each.deviation),
                    _signed(each.cumulative_deviation),
                    *([", ".join(each.defaults)] if found.deal.licences else []),
                ]
                for each in found.periods
            ],
        )
    ]
    header = ("日期 date", "违约概率 PD, legal", "展期概率 PD, expected", "预警级别 level")
    for each in found.deal.by_rank:
        for reading in found.readings:
            lines = [
                [
                    row.date.isoformat(),
                    percent(row.probability_of_default),
                    percent(row.extension_probability),
                    LEVELS[row.level],
                ]
                for row in found.line(each.tranche, reading)
            ]
            grids.append((f"{each.tranche}: {READINGS[reading]}", header, lines))
    source = NOISE_SOURCE if found.noise_is_assumed else NOISE_GIVEN
    header = ("假设 assumption", "取值 value", "来源 source")
    lines = [["单期噪声 period noise", f"{found.period_noise:.3g}", " ".join(source)]]
    grids.append(("监测假设 assumptions of the surveillance", header, lines))
    if run.ties:
        wrong = [each for each in run.ties if not each.agrees]
        header = ("支付日 date", "档次 tranche", "项目 item", "本方 ours", "受托方 trustee", "差异 difference")
        title = f"与受托报告核对 tie-out: {len(run.ties) - len(wrong)} {AGREES[True]}, {len(wrong)} {AGREES[False]}"
        lines = [
            [
                each.date.isoformat(),
                each.tranche,
                ITEMS[each.item],
                f"{each.ours:,.2f}",
                f"{each.trustee:,.2f}",
                f"{each.difference:+,.2f}",
            ]
            for each in wrong
        ]
        grids.append((title, header, lines))
    return grids


def _signed(value: float) -> str:
    return "-" if value != value else f"{value:+.2%}"
