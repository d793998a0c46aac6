"""The committed template: fresh, stored results in every cell, functions over the range `deal`."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from addin.functions import REGISTRY
from addin.staleness import same_workbook
from addin.template import build
from addin.template.build import template_bytes
from tests.judges import ironcalc_engine, libreoffice
from tests.judges.cells import cached_values, differences, formula_cells

SHEETS = ["Cover", "Deal", "Collections", "Schedules", "Waterfall", "KMV", "Sensitivity", "Checks", "Functions"]
COMMITTED = Path(__file__).parents[3] / "templates" / "21jianxin08.xlsx"


def test_sheets(template):
    assert openpyxl.load_workbook(template).sheetnames == SHEETS


def test_the_committed_template_is_the_one_the_code_makes(template):
    assert same_workbook(COMMITTED.read_bytes(), template.read_bytes())


def test_a_changed_number_or_word_makes_it_stale(template):
    fresh = template.read_bytes()
    for old, new in ((0.15, 0.16), ("优先档 Senior", "A 档")):
        book = openpyxl.load_workbook(template)
        for row in book["Deal"].iter_rows():
            for cell in row:
                if cell.value == old:
                    cell.value = new
        path = template.with_name("changed.xlsx")
        book.save(path)
        assert not same_workbook(path.read_bytes(), fresh)


def test_two_builds_are_the_same_bytes(template):
    build._built.cache_clear()
    assert template_bytes("21jianxin08") == template.read_bytes()


@pytest.mark.parametrize("judge", [libreoffice, ironcalc_engine], ids=["LibreOffice", "IronCalc"])
def test_native_formulas_equal_the_core_and_only_our_functions_are_unknown(template, judge):
    wrong = differences(template, judge.recalculated(template))
    assert wrong
    for line in wrong:
        assert any(f"={name}(" in line for name in REGISTRY), line
        assert line.endswith("'#NAME?'")


def test_functions_show_their_results_without_excel(template, block):
    values, formulas = cached_values(template), formula_cells(template)
    called = {place: formula for place, formula in formulas.items() if any(f"{name}(" in formula for name in REGISTRY)}
    used = {formula.split("(")[0].strip("=") for formula in called.values()}
    assert used == {"KMV_PD", "KMV_DD", "TRANCHE_PD", "SENSITIVITY"}
    assert all(isinstance(values[place], float) for place in called)
    place = next(place for place, formula in called.items() if formula == '=TRANCHE_PD(deal,"due")')
    assert values[place] == REGISTRY["TRANCHE_PD"].call(block.block, "due")[0][0]


def test_nothing_forces_a_recalculation_at_opening(template):
    assert not openpyxl.load_workbook(template).calculation.fullCalcOnLoad


def test_inputs_have_lists_and_notes(template):
    sheet = openpyxl.load_workbook(template)["Deal"]
    assert len(sheet.data_validations.dataValidation) == 5
    noted = [cell for row in sheet.iter_rows() for cell in row if cell.comment]
    assert len(noted) > 40
    assert all("单位 unit" in cell.comment.text for cell in noted)


def test_master_check_passes(template):
    assert cached_values(template)["Checks", "C7"] == "通过 PASS"
