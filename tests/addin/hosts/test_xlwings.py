"""The worksheet functions through xlwings' real desktop code."""

from __future__ import annotations

import datetime as dt
import importlib
import sys

import pytest

from addin.deal_layout import layout
from addin.functions import REGISTRY
from addin.run_json import run_numbers
from tests.hand_made import LICENCES, TWO_TRANCHES
from tests.judges import excel
from tests.judges.excel import OMITTED, Range, call

MODULE = "addin.hosts.excel.udfs"


@pytest.fixture(scope="module", autouse=True)
def _excel():
    excel.install()
    sys.modules.pop(MODULE, None)
    importlib.import_module(MODULE)


def cell(name, *arguments):
    """The one cell a function shows."""
    found = call(MODULE, name, *arguments)
    while isinstance(found, (list, tuple)):
        (found,) = found
    return found


def test_every_function_is_bound_and_described():
    bound = importlib.import_module(MODULE)
    for record in REGISTRY.values():
        described = getattr(bound, record.name).__xlfunc__
        assert described["name"] == record.name
        assert [each["name"] for each in described["args"]] == [each.name for each in record.arguments]
        assert [each["doc"] for each in described["args"]] == [each.term.help for each in record.arguments]
        assert all(each["options"].get("err_to_str") for each in described["args"])
        assert described["category"] == f"KMV {record.category}"
        assert described["call_in_wizard"] is not record.heavy


def test_a_cell_shows_the_published_default_probability():
    assert cell("KMV_PD", 22336.60, 15788.682, 0.15) == pytest.approx(0.0126142, abs=1e-6)
    assert cell("KMV_DD", 22336.60, 15788.682, 0.15) == pytest.approx(2.23789, abs=1e-5)


def test_the_numbers_of_the_command_line(block, deal_file):
    expected = run_numbers(deal_file)["tranches"]
    keys = (
        "attachment",
        "detachment",
        "default_point",
        "distance_to_default",
        "probability_of_default",
        "extension_probability",
        "expected_loss",
        "loss_given_default",
        "cushion",
    )
    for reading in ("waterfall", "due"):
        shown = call(MODULE, "TRANCHE_PD", Range(block.block), reading, OMITTED)
        for row, tranche in zip(shown, expected, strict=True):
            source = tranche | (tranche["due"] if reading == "due" else {})
            assert list(row) == [source[key] for key in keys]


def test_sensitivity_of_the_command_line(block, deal_file):
    for factor, expected in run_numbers(deal_file)["sensitivity"].items():
        shocks = Range([[each] for each in expected["shocks"]])
        shown = call(MODULE, "SENSITIVITY", Range(block.block), factor, shocks)
        assert [list(row) for row in shown] == expected["waterfall"]["probability_of_default"]


def test_labels_add_a_header_row_and_column(block):
    shown = call(MODULE, "SENSITIVITY", Range(block.block), "coupon", Range([[0.0, 0.01]]), OMITTED, OMITTED, True)
    assert list(shown[0]) == ["coupon", "优先档 Senior", "次级档 Subordinated"]
    assert [row[0] for row in shown[1:]] == [0.0, 0.01]


@pytest.mark.parametrize("error", list(excel.ERRORS))
def test_an_error_cell_is_refused_with_its_argument(error):
    shown = cell("KMV_PD", 100.0, 80.0, Range([[error]]))
    assert shown.startswith("#KMV! E211")
    assert "asset_volatility" in shown
    assert error in shown


def test_an_error_cell_in_an_optional_argument_is_never_the_default():
    shown = cell("KMV_PD", 100.0, 80.0, 0.2, Range([["#N/A"]]))
    assert shown.startswith("#KMV! E211")
    assert "drift" in shown


def test_text_blank_omitted_and_likely_percent():
    assert cell("KMV_PD", "abc", 80.0, 0.2).startswith("#KMV! E212")
    assert cell("KMV_PD", None, 80.0, 0.2).startswith("#KMV! E216")
    assert cell("KMV_PD", OMITTED, 80.0, 0.2).startswith("#KMV! E216")
    usual = cell("KMV_PD", 100.0, 80.0, 0.2)
    assert cell("KMV_PD", 100.0, 80.0, 0.2, OMITTED, None, OMITTED) == usual
    percent = cell("KMV_PD", 100.0, 80.0, 0.2, 4.5)
    assert percent.startswith("#KMV! E220")
    assert "0.045" in percent
    assert "0.2" in cell("KMV_PD", 100.0, 80.0, 20.0)


def test_one_bad_element_of_an_array_fails_alone():
    owned = Range([[100.0, "#REF!", "abc", None, 110.0]])
    shown = call(MODULE, "KMV_PD", owned, 80.0, Range([[0.2], [450.0]]))
    first, second = (list(row) for row in shown)
    assert first[0] == pytest.approx(cell("KMV_PD", 100.0, 80.0, 0.2), rel=1e-14)  # a single cell has a way of its own
    assert first[4] == pytest.approx(cell("KMV_PD", 110.0, 80.0, 0.2), rel=1e-14)
    assert [each[:10] for each in first[1:4]] == ["#KMV! E211", "#KMV! E212", "#KMV! E216"]
    assert all(each.startswith("#KMV! E2") for each in second)


def test_arrays_that_do_not_fit():
    shown = cell("KMV_PD", Range([[1.0, 2.0, 3.0]]), Range([[1.0, 2.0]]), 0.2)
    assert shown.startswith("#KMV! E217")


def test_a_shock_that_cannot_be_fails_in_its_row(block):
    shown = call(MODULE, "SENSITIVITY", Range(block.block), "recovery_rate", Range([[0.0], [9.0], ["abc"]]))
    assert isinstance(shown[0][0], float)
    assert shown[1][0].startswith("#KMV! E221")
    assert shown[2][1].startswith("#KMV! E212")


def test_a_fault_in_the_deal_is_named(block):
    rows = [list(row) for row in block.block]
    row, column = block.cells["recovery", "recovery_rate"]
    rows[row][column] = 1.3
    shown = cell("TRANCHE_PD", Range(rows))
    assert shown.startswith("#KMV! E221")
    assert f"row {row + 1}, column {column + 1}" in shown


def test_one_cell_is_no_deal():
    assert cell("TRANCHE_PD", 1.0).startswith("#KMV! E217")


def test_the_lines_a_macro_makes_of_the_watched_cells_are_listed():
    lines = (("Deal!B5\tKMV_PD\t#KMV! E222 too high | 过高",), ("Deal!B6\t\t#N/A",))
    shown = call(MODULE, "KMV_ERRORS", lines, OMITTED)
    assert list(shown[0]) == ["Deal!B5", "KMV_PD", "E222", "too high | 过高"]
    assert list(shown[1])[:3] == ["Deal!B6", "", "E229"]
    for blank in ("", OMITTED, None):
        # xlwings hands a single row over as a plain vector, which a macro sees as an array of one dimension.
        assert "no failed cell" in call(MODULE, "KMV_ERRORS", blank, OMITTED)[3]


def test_functions_of_a_run_through_the_desktop_code():
    block = Range(layout(TWO_TRANCHES, {}).block)
    shown = call(MODULE, "WATERFALL", block, OMITTED, True)
    assert [str(row[0])[:10] for row in shown[1:]] == ["2022-01-01", "2023-01-01", "2024-01-01"]
    assert [row[1] for row in shown[1:]] == pytest.approx([100.0, 60.0, 40.0])
    # a date cell arrives as COM's own time
    traced = call(MODULE, "WATERFALL_TRACE", block, Range([[dt.datetime(2022, 1, 1)]]), 0.5)
    assert list(traced[-1]) == ["normal", 5, "residual", "Sub", 0.0, 0.0, 0.0]
    assert list(call(MODULE, "TRIGGERS", block)[0])[1:] == ["normal"]
    assert list(call(MODULE, "TRANCHE_SUMMARY", block)[0])[:2] == pytest.approx([8.0, 80.0])
    assert call(MODULE, "TRANCHE_TERM", block, "Sub", "due")[2][1] == pytest.approx(144.0)
    assert cell("BREAK_EVEN", block, Range([["Senior"]])) == pytest.approx(113.1 / 227)
    assert cell("BREAK_EVEN", block, "Seniar").startswith("#KMV! E204")
    assert cell("WATERFALL", block, Range([["#N/A"]])).startswith("#KMV! E211")
    fees = call(MODULE, "LICENCE_CASH", Range(layout(LICENCES, {}).block))
    assert list(fees[0])[1:5] == pytest.approx([100.0, 57.0, 32.0, 89.0])
