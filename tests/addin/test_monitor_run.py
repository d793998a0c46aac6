"""`kmv monitor` and the worksheet functions after issue: screen, JSON and sheet say what the core says."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from addin.cli import app
from addin.deal_layout import layout
from addin.deals import example_deal
from addin.functions import REGISTRY
from addin.monitor_words import AGREES, LEVELS
from addin.report.monitor_sheet import HINT, write_monitor
from addin.workbook.actuals import read_actuals
from addin.workbook.native.context import CHECKS, PASS, Native
from addin.workbook.native.deal_sheet import DealSheet
from addin.workbook.page import Book
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.assess import Assessment, assess
from kmv_core.risk.monitor import Monitoring, monitor
from kmv_core.risk.reports import Report
from kmv_core.risk.tie_out import tie_out_deal
from tests.judges import ironcalc_engine
from tests.judges.cells import differences
from tests.licence_deal import licence_deal

EXAMPLE = Path(__file__).parents[1] / "data" / "21jianxin08_actuals.csv"
PARSED = example_deal("21jianxin08")
REPORTS = read_actuals(EXAMPLE, PARSED.deal).reports


@pytest.fixture(scope="module")
def core() -> Monitoring:
    return monitor(PARSED.deal, REPORTS)


def run(*words: object):
    return CliRunner().invoke(app, ["monitor", *map(str, words)])


def test_screen(template: Path, core: Monitoring) -> None:
    found = run(template, EXAMPLE)
    assert found.exit_code == 0, found.stderr
    for told in ("-13.10%", "38.7974%", LEVELS["watch"], "假设", "35 一致 agrees, 1 不一致 differs"):
        assert told in found.stdout
    assert core.line("次级档 Subordinated", "waterfall")[-1].level == "watch"


def test_json_is_the_core(template: Path, core: Monitoring) -> None:
    found = json.loads(run(template, EXAMPLE, "--json").stdout)
    assert set(found) == {"deal", "monitoring", "checks", "stamp"}
    section = found["monitoring"]
    assert [each["probability_of_default"] for each in section["migration"]] == [
        each.probability_of_default for each in core.migration
    ]
    assert [each["cumulative_deviation"] for each in section["periods"]] == [
        each.cumulative_deviation for each in core.periods
    ]
    assert [each["date"] for each in section["tie_out"] if not each["agrees"]] == ["2022-07-26"]
    assert section["period_noise"] == 0.3
    louder = json.loads(run(template, EXAMPLE, "--json", "--noise", ".1").stdout)["monitoring"]
    assert (louder["period_noise"], louder["period_noise_source"]) == (0.1, "given by the user")


def test_levels_of_the_house(template: Path) -> None:
    section = json.loads(run(template, EXAMPLE, "--json", "--watch", "-0.2", "--alarm", "-0.4").stdout)["monitoring"]
    assert section["warning_levels"]["watch_deviation"] == -0.2
    # Only the expected maturity that is missed for certain is left to watch
    for each in section["migration"]:
        assert each["level"] == ("watch" if each["extension_probability"] >= 1.0 - 1e-9 else "normal")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--noise", "-1"), "E226"),
        (("--noise", "0.9"), "E350"),
        (("--watch", "-0.3"), "E379"),
        (("--alarm", "0.1"), "E379"),
    ],
)
def test_refused(template: Path, words: tuple[str, str], code: str) -> None:
    found = run(template, EXAMPLE, *words)
    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr.startswith(code)


def test_the_report_has_the_sheet(template: Path, report: Path, tmp_path: Path) -> None:
    target = tmp_path / "monitored.xlsx"
    assert run(template, EXAMPLE, "-o", target).exit_code == 0
    assert run(template, EXAMPLE, "-o", template).stderr.startswith("E303")
    for path, there in ((target, True), (report, False)):
        book = openpyxl.load_workbook(path, read_only=True)
        assert ("Monitor" in book.sheetnames) is there
        words = [cell for row in book["Reproducibility"].iter_rows(values_only=True) for cell in row]
        assert HINT[there] in words
        told = book["Verdict"]["A6"].value
        assert (told is not None and "Monitor" in told and "2023-01-26" in told and "△" in told) is there
        book.close()


def sheet_of(assessment: Assessment, found: Monitoring, path: Path) -> list[list[object]]:
    book = Book("monitor")
    native = Native(book, assessment, DealSheet(book.page("Inputs"), layout(assessment.deal, {})), "test")
    write_monitor(native, found)
    book.page(CHECKS).text(7, 3, PASS)
    path.write_bytes(book.to_bytes())
    assert differences(path, ironcalc_engine.recalculated(path)) == []
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path)["Monitor"].iter_rows()]


def test_the_sheet_is_the_core(assessment: Assessment, core: Monitoring, tmp_path: Path) -> None:
    rows = sheet_of(assessment, core, tmp_path / "m.xlsx")
    lead = [core.line(each.tranche, "waterfall") for each in PARSED.deal.by_rank]
    top = next(i for i, row in enumerate(rows) if str(row[0]).startswith("违约概率迁移")) + 2
    for i in range(7):
        assert rows[top + i][1] == pytest.approx(lead[0][i].probability_of_default, rel=1e-14)
        assert rows[top + i][5] == pytest.approx(lead[1][i].probability_of_default, rel=1e-14)
        assert str(rows[top + i][3]).strip() == LEVELS[lead[0][i].level]
    ties = tie_out_deal(PARSED.deal, REPORTS)
    verdicts = [str(row[10]).strip() for row in rows if str(row[10]).strip() in AGREES.values()]
    assert verdicts == [AGREES[each.agrees] for each in ties]
    assert any(row[0] == "单期噪声 Period noise φ" and row[2] == 0.3 for row in rows)


def test_the_sheet_of_licences(tmp_path: Path) -> None:
    deal = licence_deal(3)
    given = [
        Report(date=date, collections=cash, defaults=names)
        for date, cash, names in zip(schedule_of(deal).dates, (70.0, 50.0), ((), ("L2",)), strict=False)
    ]
    found = monitor(deal, given)
    rows = sheet_of(assess(deal, losses=False), found, tmp_path / "m.xlsx")
    now = found.line("Senior", "exact")[-1].probability_of_default
    assert any(row[1] == "exact 精确" and row[3] == pytest.approx(now, rel=1e-14) for row in rows)


def block() -> tuple[object, list[list[object]]]:
    rows: list[list[object]] = [list(row) for row in csv.reader(EXAMPLE.read_text(encoding="utf-8").splitlines())]
    width = max(map(len, rows))
    return layout(PARSED.deal, PARSED.sources).block, [[*row, *[None] * (width - len(row))] for row in rows]


def test_pd_migration(core: Monitoring) -> None:
    deal, actuals = block()
    found = REGISTRY["PD_MIGRATION"].call(deal, actuals, None, None, None, True)
    assert len(found[0]) == 4
    assert found[1][0] == dt.date(2021, 9, 29)
    line = core.line(PARSED.deal.by_rank[0].tranche, "waterfall")
    assert [row[1:3] for row in found[1:]] == [
        [each.probability_of_default, each.extension_probability] for each in line
    ]
    assert [row[3] for row in found[1:]] == [LEVELS[each.level] for each in line]
    sub = REGISTRY["PD_MIGRATION"].call(deal, actuals, "次级档 Subordinated", 0.1, "due")
    assert (
        sub[-1][1]
        == monitor(PARSED.deal, REPORTS, period_noise=0.1).line("次级档 Subordinated", "due")[-1].probability_of_default
    )
    for words, code in (((None, None, "exact"), "E291"), (("夹层", None, None), "E204"), ((None, -1, None), "E226")):
        assert REGISTRY["PD_MIGRATION"].call(deal, actuals, *words).startswith(f"#KMV! {code}")
    assert REGISTRY["PD_MIGRATION"].call(deal, 3.0).startswith("#KMV! E217")


def test_small_functions() -> None:
    against = REGISTRY["ACTUAL_VS_FORECAST"].call
    assert against([[8], [12], [1]], [[10], [10], [0], [5]]) == [
        [pytest.approx(-0.2), pytest.approx(-0.2)],
        [pytest.approx(0.2), 0.0],
        [None, pytest.approx(0.05)],
    ]
    assert against([[8], [12]], [[10]]).startswith("#KMV! E351")
    assert against([[-8]], [[10]]).startswith("#KMV! E226")
    tie = REGISTRY["TIE_OUT"].call
    assert tie([[100], [5]], [[100.01], [4]]) == [[pytest.approx(0.01), 1], [-1.0, 0]]
    assert tie(100, 101, 1) == [[1.0, 1]]
    assert tie([[1], [2]], [[1], [2], [3]]).startswith("#KMV! E378")
    assert tie(1, 1, -1).startswith("#KMV! E226")
