"""Templates of licences show the headline reading, and what a sheet says stays with its columns on every page."""

from __future__ import annotations

import openpyxl
import pytest

from addin.deal_layout import layout
from addin.deals import example_deal
from addin.functions import REGISTRY
from addin.template.build import template_bytes
from addin.workbook.native.kmv_sheet import title_of
from tests.judges.cells import cached_values, formula_cells


@pytest.fixture(scope="module")
def licences(tmp_path_factory):
    path = tmp_path_factory.mktemp("templates") / "ip.xlsx"
    path.write_bytes(template_bytes("ip"))
    return path


def test_the_exact_reading_stands_first(licences):
    parsed = example_deal("ip")
    block = layout(parsed.deal, parsed.sources).block
    formulas, values = formula_cells(licences), cached_values(licences)
    asked = {formula: place for place, formula in formulas.items() if formula.startswith("=TRANCHE_PD(deal,")}
    rows = [int(place[1].strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for place in asked.values()]
    assert list(asked) == [f'=TRANCHE_PD(deal,"{reading}")' for reading in ("exact", "waterfall", "due")]
    assert rows == sorted(rows)
    place = asked['=TRANCHE_PD(deal,"exact")']
    assert values[place] == REGISTRY["TRANCHE_PD"].call(block, "exact")[0][0]
    shocked = [formula for formula in formulas.values() if formula.startswith("=SENSITIVITY(")]
    assert len(shocked) == 3 * len(parsed.deal.shocks)
    assert sum('"exact"' in formula for formula in shocked) == len(parsed.deal.shocks)


def test_a_pool_of_loans_has_no_exact_reading(template):
    assert not any('"exact"' in formula for formula in formula_cells(template).values())


def test_heads_say_whether_payers_count(licences):
    texts = {str(cell.value) for row in openpyxl.load_workbook(licences)["KMV"].iter_rows() for cell in row}
    assert any("without payers of support" in text and "KMV_PD" in text for text in texts)
    assert title_of("safe_balance") in texts
    assert "no payers" in title_of("safe_balance")
    assert any("#NAME?" in text for text in texts)


def test_the_head_of_a_long_table_is_repeated_and_the_nodes_are_not_printed(licences):
    book = openpyxl.load_workbook(licences)
    for name in ("Waterfall", "Collections", "Schedules", "Checks"):
        assert book[name].print_title_rows == "$1:$6", name
    support = book["Support"]
    last = int(support.print_area.split("$")[-1])
    printed = [str(support.cell(row, 1).value) for row in range(1, last + 1)]
    assert not any("求积（" in text for text in printed)
    assert support.max_row > last + 36


def test_what_is_nothing_is_shown_as_nothing(licences):
    book = openpyxl.load_workbook(licences)
    checks = book["Checks"]
    assert checks["C9"].number_format.endswith(";0")
    assert "通过" in checks["D9"].number_format
    label = next(row for row in book["Collections"].iter_rows() if str(row[0].value).startswith("支付日"))
    assert "校验" in label[2].number_format
