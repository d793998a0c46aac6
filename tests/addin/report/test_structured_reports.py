"""Reports of structured deals: loans with every feature, loans with a call, licences with two payers."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import openpyxl
import pytest

from addin.deal_block import parse_deal
from addin.deal_layout import layout
from addin.report.build import report_bytes
from addin.workbook.read import DealFile, read_deal_file
from kmv_core.risk.assess import assess
from tests.example_structures import licences, with_call, with_everything
from tests.judges import ironcalc_engine, libreoffice
from tests.judges.cells import cached_values, differences, formula_cells

MAKERS = {"everything": with_everything, "call": with_call, "licences": lambda _: licences()}


@pytest.fixture(scope="module")
def shown(deal, tmp_path_factory):
    """By name: the deal, its assessment and its report."""
    found = {}
    for name, make in MAKERS.items():
        rows = layout(make(deal), {}).block
        data, assessment, _ = report_bytes(
            DealFile(Path("deal.xlsx"), parse_deal(rows), rows, (), "0" * 64), analyses=False
        )
        path = tmp_path_factory.mktemp("reports") / f"{name}.xlsx"
        path.write_bytes(data)
        found[name] = (make(deal), assessment, path)
    return found


@pytest.mark.parametrize("name", MAKERS)
def test_every_formula_equals_the_core(shown, name):
    _, _, path = shown[name]
    found = ironcalc_engine.recalculated(path)
    assert differences(path, found) == []
    assert found["Checks", "C7"] == "通过 PASS"


def test_every_formula_of_licences_equals_the_core_in_libreoffice(shown):
    path = shown["licences"][2]
    assert len(formula_cells(path)) > 2000
    assert differences(path, libreoffice.recalculated(path)) == []


@pytest.mark.parametrize("name", MAKERS)
def test_a_report_is_itself_the_deal(shown, name):
    deal, _, path = shown[name]
    assert read_deal_file(path).parsed.deal == deal


@pytest.mark.parametrize("name", MAKERS)
def test_formulas_keep_the_house_rules(shown, name):
    for (sheet, cell), formula in formula_cells(shown[name][2]).items():
        assert len(formula) <= 120, f"{sheet}!{cell}: {len(formula)}"
        assert len(re.findall(r"(?<![A-Z])IF\(", formula)) <= 1, formula


def test_the_verdict_on_licences_is_the_exact_one_and_the_lognormal_stands_beside_it(shown):
    _, found, path = shown["licences"]
    values = cached_values(path)
    senior = found.tranches[0]
    assert values["Verdict", "C12"] == senior.exact.probability_of_default != senior.waterfall.probability_of_default
    row = next(
        cell for (sheet, cell), value in values.items() if sheet == "Verdict" and value == senior.name and cell > "A14"
    )
    shown_values = [values["Verdict", f"{column}{row[1:]}"] for column in "BCEFHI"]
    readings = (senior.exact, senior.waterfall, senior.due)
    assert shown_values == [pd for each in readings for pd in (each.probability_of_default, each.extension_probability)]
    text = "\n".join(str(value) for (sheet, _), value in values.items() if sheet in ("Verdict", "KMV"))
    assert "exact" in text
    assert "the lognormal of the thesis" in text


def test_tranches_of_one_rank_share_their_default_point(shown):
    values = cached_values(shown["everything"][2])
    points = {values["KMV", f"A{row}"]: values["KMV", f"H{row}"] for row in range(20, 24)}
    assert points["中间档 B1"] == points["中间档 B2"]
    assert points["优先 A"] < points["中间档 B1"] < points["次级 C"]


def test_a_payer_that_a_reader_makes_worse_is_followed_in_formulas(shown, tmp_path):
    """The quadrature on sheet Support is live: another PD of the payer gives the core's PD of the tranche."""
    deal, found, path = shown["everything"]
    book = openpyxl.load_workbook(path)
    sheet = book["Inputs"]
    head = next(row[0].row for row in sheet.iter_rows() if row[0].value == "[support]")
    column = next(cell.column for cell in sheet[head + 1] if cell.value == "payer_pd")
    assert sheet.cell(head + 3, column).value == deal.support[0].payer_pd
    sheet.cell(head + 3, column).value = 0.2
    changed = tmp_path / "changed.xlsx"
    book.save(changed)
    worse = assess(dataclasses.replace(deal, support=(dataclasses.replace(deal.support[0], payer_pd=0.2),)))
    values, names = ironcalc_engine.recalculated(changed), cached_values(path)
    row = next(row for row in range(18, 30) if names.get(("KMV", f"A{row}")) == "中间档 B1")
    before, after = (each.tranche("中间档 B1").due.probability_of_default for each in (found, worse))
    assert after > 2 * before
    assert values["KMV", f"J{row}"] == pytest.approx(after, rel=1e-9)
    assert values["Checks", "C7"] == "不通过 FAIL"


def test_without_the_call_the_due_reading_owns_all_collections(shown):
    _, found, path = shown["call"]
    values = cached_values(path)
    assert "Uncalled" in openpyxl.load_workbook(path, read_only=True).sheetnames
    assert found.base.called.sum() > 0
    assert values["KMV", "C9"] == pytest.approx(found.asset_value, rel=1e-12)
    assert found.base.collections.sum() < found.asset_value
