"""Words and number formats of the deal sheet: every section and key is named, every shock in its own unit."""

from __future__ import annotations

import openpyxl
import pytest

from addin.deal_layout import layout
from addin.deal_sections import SECTIONS, SHOCK_KEYS
from addin.deals import EXAMPLES, example_deal
from addin.template.build import template_bytes
from addin.workbook.native.deal_sheet import DealSheet
from addin.workbook.native.input_words import SECTION_WORDS, item, shock_format, words_of
from addin.workbook.page import Book
from addin.workbook.read import read_deal_file


def test_every_section_and_key_has_words_in_both_languages():
    assert set(SECTION_WORDS) == set(SECTIONS)
    for name, section in SECTIONS.items():
        assert all(words_of(name))
        assert all(any("\u4e00" <= each <= "\u9fff" for each in item(key)) for key in section.keys)
    assert words_of("rate_type 2") == ("利率类型（第 2 行）", "Rate type, line 2")
    assert {item(key) for key in SHOCK_KEYS} == {f"冲击{i} Shock {i}" for i in range(1, 8)}


def test_a_shock_is_shown_in_its_own_unit():
    assert shock_format("issue_size", "relative") == "percent"
    assert shock_format("coupon", "absolute") == "percent"
    assert shock_format("delay", "absolute") == "shift_years"
    assert shock_format("issue_size", "absolute") == "money"
    assert shock_format("", "") == "percent"


def test_a_rate_is_money_only_where_it_is_an_amount_a_year():
    deal = example_deal("npl").deal
    sheet = DealSheet(Book("").page("Deal"), layout(deal, {}))
    assert [sheet.kind(("fees", i, "rate")) for i in range(len(deal.fees))] == [
        "money" if fee.basis == "fixed" else "rate" for fee in deal.fees
    ]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_words_beside_the_keys_leave_the_deal_as_it_is(name, tmp_path):
    path = tmp_path / "deal.xlsx"
    path.write_bytes(template_bytes(name))
    read = read_deal_file(path)
    assert read.parsed.deal == example_deal(name).deal
    assert not read.parsed.warnings
    sheet = openpyxl.load_workbook(path)["Deal"]
    beside = {row[0].value: row[1].value for row in sheet.iter_rows() if str(row[0].value).startswith("[")}
    assert beside["[deal]"] == "项目 Deal"
    assert all(beside.values())
    names = [row for row in sheet.iter_rows() if row[0].value in ("name", "originator")]
    merged = {each.coord for each in sheet.merged_cells.ranges}
    assert {f"D{row[0].row}:E{row[0].row}" for row in names} <= merged
