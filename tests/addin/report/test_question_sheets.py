"""The sheets Terms, Preset and Referees: the core's numbers, live changes that recalculate, charts of what is there."""

from __future__ import annotations

import openpyxl
import pytest

from addin.deal_layout import layout
from addin.report.preset_sheet import write_preset
from addin.report.referees_sheet import write_referees
from addin.report.terms_sheet import write_terms
from addin.workbook.native.context import CHECKS, PASS, Native
from addin.workbook.native.deal_sheet import DealSheet
from addin.workbook.page import Book
from kmv_core.risk.accumulated import accumulated_repayment
from kmv_core.risk.assess import assess
from kmv_core.risk.referees import WORDS
from tests.judges import ironcalc_engine
from tests.judges.cells import differences, formula_cells
from tests.licence_deal import licence_deal


def written(assessment, path):
    book = Book("questions")
    native = Native(book, assessment, DealSheet(book.page("Inputs"), layout(assessment.deal, {})), "test")
    write_terms(native)
    preset, referees = write_preset(native), write_referees(native)
    book.page(CHECKS).text(7, 3, PASS)
    path.write_bytes(book.to_bytes())
    return preset, referees


@pytest.fixture(scope="module", params=["loans", "licences"])
def sheets(request, assessment, tmp_path_factory):
    found = assessment if request.param == "loans" else assess(licence_deal())
    path = tmp_path_factory.mktemp("questions") / "questions.xlsx"
    preset, referees = written(found, path)
    return found, preset, referees, path


def rows(path, sheet):
    return [[cell.value for cell in line] for line in openpyxl.load_workbook(path)[sheet].iter_rows()]


def test_every_live_change_recalculates(sheets):
    path = sheets[-1]
    assert len(formula_cells(path)) > 30
    assert differences(path, ironcalc_engine.recalculated(path)) == []


def test_terms_are_the_table_of_the_core(sheets):
    found, _, _, path = sheets
    points = accumulated_repayment(found)
    lines = [line for line in rows(path, "Terms") if isinstance(line[0], (int, float)) or hasattr(line[0], "year")]
    assert len(lines) == len(points)
    for line, point in zip(lines, points, strict=True):
        assert line[7] == pytest.approx(point.cumulative_due, rel=1e-12, abs=1e-12)
        assert line[9] == pytest.approx(point.probability_of_default, rel=1e-12)
        if point.exact_pd is not None:
            assert line[11] == pytest.approx(point.exact_pd, rel=1e-12)


def test_conditions_stand_with_their_figures(sheets):
    _, preset, _, path = sheets
    lines = rows(path, "Preset")
    for each in preset.conditions:
        mine = [line for line in lines if line[0] == each.label]
        figures = [preset.figures(each, k) for k in range(len(preset.tranches))]
        shown = [(line[2], line[4]) for line in mine]
        wanted = [(one.probability_of_default, one.extension_probability) for one in figures]
        assert shown == [pytest.approx(pair, rel=1e-12, abs=1e-15) for pair in wanted]


def test_referees_stand_side_by_side(sheets):
    _, _, referees, path = sheets
    lines = rows(path, "Referees")
    for method in referees.methods:
        mine = [line for line in lines if line[0] == " ".join(WORDS[method])]
        for line, name in zip(mine, referees.tranches, strict=True):
            each = referees.row(method, name)
            assert line[2] == pytest.approx(each.probability_of_default, rel=1e-12)
            assert line[4] == ("-" if each.standard_error is None else pytest.approx(each.standard_error))
    text = " ".join(str(line[0]) for line in lines)
    assert f"{referees.paths:,} paths, seed {referees.seed}" in text
    assert "bounds the due lognormal" in text


def test_a_chart_draws_the_worth_of_the_controls(sheets):
    _, preset, _, path = sheets
    book = openpyxl.load_workbook(path)
    assert [len(book[name]._charts) for name in ("Terms", "Preset", "Referees")] == [2, 1, 1]
    (chart,) = book["Preset"]._charts
    assert len(chart.series) == len(preset.tranches)
    cells = chart.series[0].val.numRef.f.split("!")[1].replace("$", "")
    drawn = [cell.value for (cell,) in book["Preset"][cells]]
    assert len(drawn) == sum(each.group == "control" for each in preset.conditions)
    assert all(str(value).startswith("=C") for value in drawn)
