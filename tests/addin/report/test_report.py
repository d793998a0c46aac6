"""The report: every formula recalculates to the core's value in two programs, and nothing in it surprises."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from addin.deal_block import parse_deal
from addin.deal_layout import layout
from addin.deal_values import CELL_ERRORS
from addin.report.analysis_sheets import SHEETS as ANALYSES
from addin.report.build import report_bytes
from addin.workbook.read import DealFile, read_deal_file
from kmv_core.deal.deal import Reserve
from kmv_core.risk.assess import assess
from tests.judges import ironcalc_engine, libreoffice
from tests.judges.cells import cached_values, differences, formula_cells, parts
from tests.random_deals import deals

SHEETS = [
    "Verdict",
    "Inputs",
    "Collections",
    "Schedules",
    "Waterfall",
    "KMV",
    "Terms",
    "Preset",
    "Referees",
    "Lives",
    "Sensitivity",
    *ANALYSES,
    "BreakEven",
    "SpotCheck",
    "AsComputed",
    "Checks",
    "Reproducibility",
]


def test_sheets_all_visible(report):
    book = openpyxl.load_workbook(report)
    assert book.sheetnames == SHEETS
    for sheet in book:
        assert sheet.sheet_state == "visible"
        assert not any(row.hidden for row in sheet.row_dimensions.values())
        assert not any(column.hidden for column in sheet.column_dimensions.values())


@pytest.mark.parametrize("judge", [libreoffice, ironcalc_engine], ids=["LibreOffice", "IronCalc"])
def test_every_formula_equals_the_core(report, judge):
    assert len(formula_cells(report)) > 2000
    assert differences(report, judge.recalculated(report)) == []


def test_the_judges_do_calculate(report, tmp_path):
    """An input changed without our help reaches both judges: they do not repeat what is stored."""
    book = openpyxl.load_workbook(report)
    sheet = book["Inputs"]
    place = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "total_volatility").row
    sheet.cell(place, 4).value = 0.20
    path = tmp_path / "changed.xlsx"
    book.save(path)
    (pd_cell,) = [
        place
        for place, value in cached_values(report).items()
        if place[0] == "KMV"
        and isinstance(value, float)
        and abs(value - 0.0126140972) < 1e-9
        and int(place[1][1:]) < 22
    ]
    for judge in (libreoffice, ironcalc_engine):
        found = judge.recalculated(path)
        assert found[pd_cell] == pytest.approx(0.0510595, abs=1e-6)
        # and the workbook itself says that its computed values are out of date
        assert found["Checks", "C7"] == "不通过 FAIL"


@pytest.mark.parametrize(
    ("key", "to"),
    [("total_volatility", 0.15 + 1e-9), ("form", "linear"), ("target_pd", 0.02), ("pool_balance", 91683.64)],
)
def test_any_changed_input_fails_the_master_check(report, tmp_path, key, to):
    book = openpyxl.load_workbook(report)
    sheet = book["Inputs"]
    row = next(cell for line in sheet.iter_rows() for cell in line if cell.value == key).row
    sheet.cell(row, 4).value = to
    path = tmp_path / "changed.xlsx"
    book.save(path)
    assert ironcalc_engine.recalculated(path)["Checks", "C7"] == "不通过 FAIL"


def test_changes_that_add_to_nothing_fail_it_too(report, tmp_path):
    book = openpyxl.load_workbook(report)
    sheet = book["Inputs"]
    for key, shift in (("total_volatility", 0.005), ("target_pd", -0.005)):
        row = next(cell for line in sheet.iter_rows() for cell in line if cell.value == key).row
        sheet.cell(row, 4).value += shift
    path = tmp_path / "changed.xlsx"
    book.save(path)
    for judge in (libreoffice, ironcalc_engine):
        assert judge.recalculated(path)["Checks", "C7"] == "不通过 FAIL"


# Shrinking a workbook takes minutes and tells little: the seed is printed.
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(deal=deals())
def test_any_deal_recalculates_to_the_core(deal, tmp_path):
    path = tmp_path / "random.xlsx"
    path.write_bytes(report_bytes(_file(deal), analyses=False).data)
    # Loss over a vanishing PD loses digits on a sheet, where the core has a form that does not cancel; amounts are
    # what is left of larger ones.
    found = differences(path, ironcalc_engine.recalculated(path), relative=1e-6, noise=1e-9 * deal.issue_size)
    assert found == []


def test_readers_that_do_not_calculate_see_the_results(report, deal_file):
    values = cached_values(report)
    missing = [place for place in formula_cells(report) if place not in values]
    assert missing == []
    found = assess(deal_file.parsed.deal)
    shown = [values["Verdict", f"C{row}"] for row in (12, 13)]
    assert shown == [each.waterfall.probability_of_default for each in found.tranches]


def test_two_builds_are_the_same_bytes(deal_file, report):
    assert report_bytes(deal_file).data == report.read_bytes()


def test_nothing_foreign_inside(report):
    names = parts(report)
    assert not any(re.search(r"vba|externalLink|activeX|macro|connections|embeddings", name) for name in names)
    for name, data in parts(report).items():
        if name.startswith("xl/worksheets/"):
            assert b't="e"' not in data, name
    assert not set(cached_values(report).values()) & set(CELL_ERRORS)


def test_formulas_keep_the_house_rules(report):
    names = set(SHEETS) | {"deal"}
    for (sheet, cell), formula in formula_cells(report).items():
        assert len(formula) <= 120, f"{sheet}!{cell}: {len(formula)}"
        assert formula.count("IF(") - formula.count("COUNTIF(") - formula.count("SUMIF(") <= 1, formula
        assert "_xlfn" not in formula
        bare = re.sub(r'"[^"]*"', "", formula)
        bare = re.sub(r"\$?[A-Z]{1,3}\$?\d+", "", bare)
        constants = set(re.findall(r"(?<![A-Za-z])\d+(?:\.\d+)?", bare))
        assert constants <= {"0", "0.5", "1", "2", "12", "100", "365"}, formula
        for word in re.findall(r"([A-Za-z]\w+)!", formula):
            assert word in names


def test_every_sheet_says_what_it_answers_and_prints_on_paper(report):
    for sheet in openpyxl.load_workbook(report):
        assert str(sheet["A2"].value).startswith("回答：")
        assert str(sheet["A3"].value).startswith("Answers: ")
        assert "万元 10k CNY" in str(sheet["A4"].value)
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.fitToWidth == 1
        assert sheet.print_title_rows in ("$1:$5", "$1:$6")
        assert "inputs " in sheet.oddFooter.left.text
        if sheet.title != "Checks":
            assert "总检查 Master check" in str(sheet["A5"].value)


def test_the_lives_and_what_a_residual_does(report):
    values = cached_values(report)
    assert [values["Lives", f"D{row}"] for row in (8, 9)] == pytest.approx([0.0, 0.0], abs=1e-6)
    assert [values["Lives", f"D{row}"] for row in (13, 14)] == pytest.approx([0.1414, -0.0619], abs=1e-4)
    assert [values["Lives", f"G{row}"] for row in (13, 14)] == pytest.approx([0.05426, 0.0055], abs=1e-5)


def test_the_assumptions_are_on_the_verdict(report, deal_file):
    text = "\n".join(str(value) for place, value in cached_values(report).items() if place[0] == "Verdict")
    for each in deal_file.parsed.assumptions:
        assert each.source in text


def test_charts_have_named_fonts_and_visible_axes(report):
    charts = {name: data for name, data in parts(report).items() if name.startswith("xl/charts/chart")}
    assert len(charts) >= 10
    for data in charts.values():
        assert b'typeface="Calibri"' in data
        assert data.count(b'<c:delete val="0"') + data.count(b'<delete val="0"') == 2
        assert b'invertIfNegative val="1"' not in data


def test_a_report_is_itself_a_deal(report, deal):
    assert read_deal_file(report).parsed.deal == deal


def test_a_deal_without_options_reports_too(deal, tmp_path):
    bare = dataclasses.replace(
        deal, fees=(), appetite=(), shocks=(), reserve=Reserve(), tranches=deal.by_rank[:1], issue_size=15600.0
    )
    path = tmp_path / "bare.xlsx"
    path.write_bytes(report_bytes(_file(bare)).data)
    assert differences(path, ironcalc_engine.recalculated(path)) == []


@pytest.mark.parametrize("judge", [libreoffice, ironcalc_engine], ids=["LibreOffice", "IronCalc"])
def test_a_vector_later_and_less_recalculates_too(deal, tmp_path, judge):
    path = tmp_path / "vector.xlsx"
    path.write_bytes(report_bytes(_file(_with_vector(deal)), analyses=False).data)
    assert differences(path, judge.recalculated(path)) == []


@pytest.mark.parametrize("has_vector", [True, False])
def test_points_that_no_formula_reads_fail_the_master_check(deal, tmp_path, has_vector):
    shown = _file(_with_vector(deal) if has_vector else deal)
    path = tmp_path / "points.xlsx"
    path.write_bytes(report_bytes(shown, analyses=False).data)
    book = openpyxl.load_workbook(path)
    sheet = book["Inputs"]
    head = next(row[0].row for row in sheet.iter_rows() if row[0].value == "[recovery_curve]")
    end = next(row[0].row for row in sheet.iter_rows(min_row=head + 1) if str(row[0].value).startswith("["))
    # As an inserted row would leave it: a number where the range of the check looks.
    sheet.cell(end, 1).value = 4.0
    book.save(path)
    assert ironcalc_engine.recalculated(path)["Checks", "C7"] == "不通过 FAIL"


def test_a_pool_that_brings_nothing_reports_too(deal, tmp_path):
    nothing = dataclasses.replace(deal, recovery=dataclasses.replace(deal.recovery, recovery_rate=0.0))
    path = tmp_path / "nothing.xlsx"
    path.write_bytes(report_bytes(_file(nothing)).data)
    assert differences(path, ironcalc_engine.recalculated(path)) == []
    assert cached_values(path)["Verdict", "C12"] == 1.0


def _with_vector(deal):
    curve = ((0.25, 0.35), (0.5, 0.5), (1.0, 0.7), (2.0, 0.9), (3.0, 1.0))
    recovery = dataclasses.replace(
        deal.recovery, decay_rate=None, decay_shape=None, delay=0.1, haircut=0.05, curve=curve
    )
    return dataclasses.replace(deal, recovery=recovery)


def _file(deal):
    rows = layout(deal, {}).block
    return DealFile(Path("random.xlsx"), parse_deal(rows), rows, (), "0" * 64)
