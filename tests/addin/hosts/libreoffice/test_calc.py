"""Calc itself: what the wizard knows, what cells show, what KMV_ERRORS says."""

from __future__ import annotations

import pytest

from addin.functions import REGISTRY
from addin.hosts.libreoffice.inside.failures import CODES
from addin.workbook.native.deal_sheet import TOP

NUM, VALUE, NA = CODES["#NUM!"], CODES["#VALUE!"], CODES["#N/A"]


def listed(calc, watch, rows=8, sheet="Sheet1"):
    """Codes by cell, as KMV_ERRORS lists them from cell X1 down."""
    calc.ask("array", sheet, f"X1:AA{rows}", f"=KMV_ERRORS({watch};{rows})")
    shown = calc.show(sheet, f"X1:AA{rows}")
    assert not any(cell.error for row in shown for cell in row)
    return [(row[0].text, row[1].text, row[2].text, row[3].text) for row in shown if row[2].text]


def test_the_wizard_knows_every_function(calc):
    for record in REGISTRY.values():
        described, arguments = calc.ask("described", record.name)
        assert described == record.help
        assert arguments == [[each.name, each.term.help, not each.required] for each in record.arguments]


def test_a_cell_shows_the_number_of_the_core(calc):
    expected = REGISTRY["KMV_PD"].call(22336.6, 15788.682, 0.15)
    assert calc.formula("A1", "=KMV_PD(22336.6;15788.682;0.15)").value == expected
    assert calc.formula("A2", "=1+KMV_PD(22336.6;15788.682;0.15)*2").value == 1 + expected * 2
    for cell, value in (("B1", "22336.6"), ("B2", "15788.682"), ("B3", "0.15")):
        calc.ask("set", "Sheet1", cell, value)
    assert calc.formula("A3", '=KMV_PD(B1;B2;B3;;;"lognormal")').value == expected
    assert calc.formula("A4", "=SUM(KMV_PD({100;200|300;400};80;0.2))").value == pytest.approx(
        sum(sum(row) for row in REGISTRY["KMV_PD"].call([[100.0, 200.0], [300.0, 400.0]], 80.0, 0.2)), rel=1e-12
    )


def test_the_error_is_of_the_codes_own_kind(calc):
    assert calc.formula("A1", "=KMV_PD(100;80;25)").error == NUM
    assert calc.formula("A2", '=KMV_PD("x";80;0.2)').error == VALUE
    assert calc.formula("A3", "=1+KMV_PD(100;80;0)").error == NUM
    assert calc.formula("A4", "=IFERROR(KMV_PD(100;80;0);7)").value == 7.0
    assert calc.formula("A5", "=SUM(KMV_PD({100;-1};80;0.2))").error == NUM


def test_one_bad_element_of_an_array_fails_alone(calc):
    calc.ask("fill", "Sheet1", "B1:B4", [["100"], ["abc"], ["-5"], ["110"]])
    calc.ask("array", "Sheet1", "A1:A5", "=KMV_PD(B1:B4;80;0.2)")
    shown = [row[0] for row in calc.show("Sheet1", "A1:A5")]
    assert [cell.error for cell in shown] == [0, VALUE, NUM, 0, NA]
    alone = REGISTRY["KMV_PD"].call([[100.0], ["abc"], [-5.0], [110.0]], 80.0, 0.2)
    assert [shown[i].value for i in (0, 3)] == [alone[i][0] for i in (0, 3)]
    codes = listed(calc, "A1:A5")
    assert [row[:3] for row in codes] == [
        ("Sheet1!A2", "KMV_PD", "E212"),
        ("Sheet1!A3", "KMV_PD", "E224"),
        ("Sheet1!A5", "KMV_PD", "E229"),
    ]


def test_words_flags_and_labels(calc):
    calc.ask("set", "Sheet1", "B1", "=TRUE()")
    assert calc.formula("A1", '=KMV_PD(100;80;0.2;;;"student";5)').value == REGISTRY["KMV_PD"].call(
        100.0, 80.0, 0.2, None, None, "student", 5.0
    )
    assert calc.formula("A2", "=KMV_VERSION()").text == REGISTRY["KMV_VERSION"].call()
    assert calc.formula("A3", '=KMV_PD(100;80;0.2;;;"nosuch")').error == VALUE
    assert listed(calc, "A1:A3")[0][2] == "E205"


def test_what_is_wrong_with_single_cells_is_named(calc):
    calc.ask("fill", "Sheet1", "B1:B3", [["=NA()"], [""], ["=1/0"]])
    formulas = ["KMV_PD(B1;80;0.2)", "KMV_PD(B2;80;0.2)", "KMV_PD(100;80;B3)", "KMV_PD(100;80)", "KMV_PD(B1*2;80;1)"]
    for i, formula in enumerate(formulas, start=1):
        assert calc.formula(f"A{i}", f"={formula}").error
    found = listed(calc, "A1:A5")
    assert [row[:3] for row in found] == [
        ("Sheet1!A1", "KMV_PD", "E211"),
        ("Sheet1!A2", "KMV_PD", "E216"),
        ("Sheet1!A3", "KMV_PD", "E211"),
        ("Sheet1!A4", "KMV_PD", "E216"),
        ("Sheet1!A5", "", "E229"),
    ]
    assert "asset_value is #N/A" in found[0][3]
    assert "asset_volatility is #DIV/0!" in found[2][3]
    assert "资产价值" in found[0][3]


def test_the_list_follows_the_watched_cells(calc):
    calc.ask("set", "Sheet1", "B1", "0.2")
    calc.formula("A1", "=KMV_PD(100;80;B1)")
    assert listed(calc, "A1:A3", rows=2) == []
    calc.ask("set", "Sheet1", "B1", "25")
    assert calc.show("Sheet1", "X1:Z1")[0][2].text == "E223"
    calc.ask("set", "Sheet1", "B1", "0.2")
    assert calc.show("Sheet1", "X1:Z1")[0][2].text == ""


def test_a_list_before_the_cells_it_watches(calc):
    """Calculated first, it makes Calc calculate what it watches."""
    calc.ask("sheet", "Before us")
    calc.ask("array", "Before us", "A1:D3", "=KMV_ERRORS($Sheet1.A1:A3;3)")
    calc.ask("fill", "Sheet1", "A1:A3", [["=KMV_PD(A3;80;25)"], ["=A1"], ["=50+50"]])
    calc.ask("calculate")
    assert [row[2].text for row in calc.show("Before us", "A1:D3")] == ["E223", "E229", ""]


def test_more_failures_than_rows(calc):
    calc.ask("fill", "Sheet1", "A1:A9", [["=KMV_PD(100;80;25)"]] * 9)
    assert [row[2] for row in listed(calc, "A1:A9", rows=3)] == ["E223", "E223", "W320"]


AREA = "C41:K56"
"""Of the worksheet functions on sheet KMV."""
FAULTS = [
    (("recovery", "recovery_rate"), "=NA()", "E211"),
    (("recovery", "recovery_rate"), "abc", "E212"),
    (("recovery", "recovery_rate"), "", "E216"),
    (("recovery", "recovery_rate"), "85", "E221"),
    (("model", "total_volatility"), "0", "E222"),
]


@pytest.fixture
def template_in_calc(calc, template):
    calc.ask("open", template.as_uri())
    return calc


def function_results(calc):
    """The cells of the KMV sheet from the first section of worksheet functions on."""
    shown = calc.show("KMV", AREA)
    return [cell for row in shown for cell in row if "KMVABS.FUNCTIONS" in cell.formula]


@pytest.mark.parametrize(("field", "planted", "code"), FAULTS)
def test_a_fault_in_the_deal(template_in_calc, block, field, planted, code):
    calc = template_in_calc
    calc.ask("calculate")
    healthy = function_results(calc)
    assert healthy
    assert not any(cell.error for cell in healthy)
    row, column = next(place for key, place in block.cells.items() if key[-1] == field[-1])
    calc.ask("set", "Deal", f"{chr(ord('A') + column)}{TOP + row}", planted)
    calc.ask("calculate")
    arrays = [cell for cell in function_results(calc) if "TRANCHEPD" in cell.formula]
    assert len(arrays) >= 18
    assert all(cell.error for cell in arrays)
    shocked = [cell for line in calc.show("Sensitivity", "B6:E12") for cell in line if "SENSITIVITY" in cell.formula]
    assert shocked
    assert all(cell.error for cell in shocked)
    calc.ask("sheet", "Errors")
    found = listed(calc, f"$KMV.{AREA}", rows=50, sheet="Errors")
    named = [line for line in found if line[1] == "TRANCHE_PD"]
    assert len(named) == len(arrays)
    assert {line[2] for line in named} == {code}, named[0]
    assert all(line[0].startswith("KMV!") for line in named)


def test_labels_and_results_in_a_plain_cell(template_in_calc, block):
    calc = template_in_calc
    calc.ask("sheet", "Labels")
    calc.ask("array", "Labels", "A1:J3", '=TRANCHE_PD(deal;"due";TRUE())')
    expected = REGISTRY["TRANCHE_PD"].call(block.block, "due", True)
    shown = calc.show("Labels", "A1:J3")
    assert [cell.text for cell in shown[0]] == expected[0]
    assert [[row[0].text, *(cell.value for cell in row[1:])] for row in shown[1:]] == expected[1:]
    assert calc.formula("A9", '=TRANCHE_PD(deal;"due")', sheet="Labels").value == expected[1][1]


def test_a_range_cut_short_and_an_array_too_long(template_in_calc):
    calc = template_in_calc
    calc.ask("sheet", "Short")
    calc.ask("array", "Short", "A1:I2", f"=TRANCHE_PD($Deal.A{TOP}:C{TOP + 4})")
    assert all(cell.error for row in calc.show("Short", "A1:I2") for cell in row)
    assert {line[2] for line in listed(calc, "A1:I2", rows=20, sheet="Short")} == {"E216"}
    calc.ask("array", "Short", "A5:I9", "=TRANCHE_PD(deal)")
    shown = calc.show("Short", "A5:I9")
    assert not any(cell.error for row in shown[:2] for cell in row)
    assert {cell.error for row in shown[2:] for cell in row} == {NA}
