"""Each faulty deal is refused with its code, its cell and its remedy, and leaves no file behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell import MergedCell
from rich.console import Console
from typer.testing import CliRunner

from addin.cli import app
from addin.deal_layout import Layout
from addin.workbook.native.deal_sheet import TOP
from addin.workbook.read import read_deal_file

Edit = Callable[[Any, Layout], None]


def at(layout: Layout, *field: str | int) -> str:
    row, column = layout.cells[field]
    return f"{chr(65 + column)}{TOP + row}"


def value(*field: str | int, to: Any) -> Edit:
    def edit(sheet: Any, layout: Layout) -> None:
        sheet[at(layout, *field)] = to

    return edit


def drop_key(*field: str) -> Edit:
    def edit(sheet: Any, layout: Layout) -> None:
        row, _ = layout.cells[field]
        for column in range(1, 10):
            cell = sheet.cell(TOP + row, column)
            if not isinstance(cell, MergedCell):
                cell.value = None

    return edit


def repeat_key(sheet: Any, layout: Layout) -> None:
    row, _ = layout.cells["pool", "pool_balance"]
    sheet.cell(TOP + row + 1, 1).value = "pool_balance"


RATE, SIGMA = ("tranches", 0, "coupon"), ("model", "total_volatility")
CASES: dict[str, tuple[Edit, str, tuple[str | int, ...], str]] = {
    "missing key": (drop_key("recovery", "recovery_rate"), "E202", ("recovery",), "recovery_rate"),
    "duplicate key": (repeat_key, "E203", ("pool", "cutoff_date"), "pool_balance"),
    "text in a number": (value("pool", "pool_balance", to="abc"), "E212", ("pool", "pool_balance"), "must be a number"),
    "recovery 130 %": (value("recovery", "recovery_rate", to=1.3), "E221", ("recovery", "recovery_rate"), "at most 1"),
    "rate 4.5": (value(*RATE, to=4.5), "E220", RATE, "for 4.5 % enter 0.045"),
    "volatility 0": (value(*SIGMA, to=0), "E222", SIGMA, "above 0"),
    "horizon 0": (value("recovery", "recovery_horizon", to=0), "E225", ("recovery", "recovery_horizon"), "above 0"),
    "dates out of order": (
        value("deal", "legal_maturity", to=dt.date(2021, 10, 1)),
        "E234",
        ("deal", "legal_maturity"),
        "2021-10-26",
    ),
    "tranche sum": (value("tranches", 0, "balance", to=15000), "E250", ("deal", "issue_size"), "18,800"),
    "error cell": (value("pool", "pool_balance", to="#REF!"), "E211", ("pool", "pool_balance"), "mend that cell"),
    "blank": (value("pool", "pool_balance", to=None), "E216", ("pool", "pool_balance"), "enter a value"),
    "ambiguous": (value("pool", "pool_balance", to="3,5"), "E215", ("pool", "pool_balance"), "plain number"),
    "no such date": (value("pool", "cutoff_date", to="2021-02-30"), "E231", ("pool", "cutoff_date"), "2021-02-30"),
    "no date": (value("pool", "cutoff_date", to="soon"), "E235", ("pool", "cutoff_date"), "ISO"),
    "unknown word": (value("model", "form", to="probit"), "E205", ("model", "form"), "lognormal"),
    "unknown factor": (value("shocks", 0, "factor", to="size"), "E205", ("shocks", 0, "factor"), "issue_size"),
    "same name twice": (
        value("tranches", 1, "tranche", to="优先档 Senior"),
        "E206",
        ("tranches", 1, "tranche"),
        "own name",
    ),
    "payments a year": (value("deal", "payments_per_year", to=5), "E205", ("deal", "payments_per_year"), "1, 2, 4, 12"),
    "half a rank": (value("tranches", 1, "rank", to=1.5), "E226", ("tranches", 1, "rank"), "whole number"),
}


@pytest.fixture
def edited(template: Path, block: Layout, tmp_path: Path) -> Callable[[Edit], Path]:
    def make(edit: Edit) -> Path:
        book = openpyxl.load_workbook(template)
        edit(book["Deal"], block)
        path = tmp_path / "deal.xlsx"
        book.save(path)
        return path

    return make


@pytest.mark.parametrize("name", list(CASES))
def test_refused_with_code_cell_and_remedy(name, edited, block):
    edit, code, field, remedy = CASES[name]
    path = edited(edit)
    found = CliRunner().invoke(app, ["report", str(path), "-o", str(path.with_name("report.xlsx"))])
    assert found.exit_code == 1
    row, column = block.cells[field] if field in block.cells else (block.rows.index([f"[{field[0]}]"]), 0)
    if name == "duplicate key":
        column = 0
    expected = f"{code} [Deal!{chr(65 + column)}{TOP + row}]"
    line = next((each for each in found.stderr.splitlines() if each.startswith(expected)), "")
    assert line, f"{expected} not in {found.stderr}"
    assert remedy in line
    assert any("\u4e00" <= letter <= "\u9fff" for letter in line), "the message is bilingual"
    assert sorted(each.name for each in path.parent.iterdir()) == ["deal.xlsx"]


def test_all_problems_are_told_at_once(edited, block):
    def edit(sheet, layout):
        for name in ("text in a number", "unknown word", "rate 4.5"):
            CASES[name][0](sheet, layout)

    found = CliRunner().invoke(app, ["check", str(edited(edit))])
    assert found.exit_code == 1
    assert "E212" in found.stderr

    def ranges(sheet, layout):
        for name in ("recovery 130 %", "unknown word", "rate 4.5", "volatility 0"):
            CASES[name][0](sheet, layout)

    found = CliRunner().invoke(app, ["check", str(edited(ranges))])
    assert all(code in found.stderr for code in ("E221", "E205", "E220", "E222"))


@pytest.mark.parametrize(("typed", "code"), [("１５，６００", "W213"), ("1.56亿", "W214"), ("156,000,000元", "W214")])
def test_doubtful_amounts_are_read_and_warned(typed, code, edited, block):
    path = edited(value("tranches", 0, "balance", to=typed))
    found = CliRunner().invoke(app, ["check", str(path)])
    assert found.exit_code == 0, found.stderr
    assert f"{code} [Deal!{at(block, 'tranches', 0, 'balance')}]" in found.stderr
    # In the deal's own unit, 10k CNY, whatever was written: the tranches still add to the issue size.
    assert read_deal_file(path).parsed.deal.by_rank[0].balance == pytest.approx(15600)


def test_a_written_unit_needs_a_money_unit_that_is_known(edited):
    def edit(sheet, layout):
        value("deal", "money_unit", to="Taler")(sheet, layout)
        value("tranches", 0, "balance", to="1.56亿")(sheet, layout)

    found = CliRunner().invoke(app, ["check", str(edited(edit))])
    assert found.exit_code == 1
    assert "E215" in found.stderr


def test_a_section_of_tranches_without_a_tranche(edited):
    def edit(sheet, layout):
        rows = [TOP + row for (name, *_), (row, _) in layout.cells.items() if name == "tranches"]
        for row in range(min(rows) - 2, max(rows) + 1):
            for cell in sheet[row]:
                cell.value = None

    found = CliRunner().invoke(app, ["check", str(edited(edit))])
    assert found.exit_code == 1
    assert "E227" in found.stderr


def test_words_in_brackets_are_names_not_markup(edited):
    def edit(sheet, layout):
        value("tranches", 0, "tranche", to="优先档 [a] [/b]")(sheet, layout)

    found = CliRunner().invoke(app, ["run", str(edited(edit))])
    assert found.exit_code == 0, found.output


def test_a_share_above_one_is_offered_no_hundredth(edited):
    found = CliRunner().invoke(app, ["check", str(edited(value("recovery", "recovery_rate", to=1.3)))])
    assert "E221" in found.stderr
    assert "0.013" not in found.stderr


@pytest.mark.parametrize(("typed", "code"), [("2021年7月30日", "W230"), ("20210730", "W232"), ("2021/7/30", "W230")])
def test_dates_as_text_are_read_and_warned(typed, code, edited, block):
    found = CliRunner().invoke(app, ["check", str(edited(value("pool", "cutoff_date", to=typed)))])
    assert found.exit_code == 0, found.stderr
    assert f"{code} [Deal!{at(block, 'pool', 'cutoff_date')}]" in found.stderr


def test_a_date_as_eight_digits_in_a_plain_cell_is_read(edited, block):
    def edit(sheet, layout):
        sheet[at(layout, "pool", "cutoff_date")] = 20210730
        sheet[at(layout, "pool", "cutoff_date")].number_format = "General"

    found = CliRunner().invoke(app, ["check", str(edited(edit))])
    assert found.exit_code == 0, found.stderr
    assert f"W232 [Deal!{at(block, 'pool', 'cutoff_date')}]" in found.stderr


def test_eight_digits_in_a_date_cell_are_what_excel_shows_as_an_error(edited, block):
    found = CliRunner().invoke(app, ["check", str(edited(value("pool", "cutoff_date", to=20210730)))])
    assert found.exit_code == 1
    assert f"E211 [Deal!{at(block, 'pool', 'cutoff_date')}]" in found.stderr


def test_a_formula_without_a_result_is_refused(edited, block):
    found = CliRunner().invoke(app, ["run", str(edited(value("pool", "pool_balance", to="=1+1")))])
    assert found.exit_code == 1
    assert f"E210 [Deal!{at(block, 'pool', 'pool_balance')}]" in found.stderr


def test_a_report_never_replaces_its_own_input(template, tmp_path):
    path = tmp_path / "deal.xlsx"
    path.write_bytes(template.read_bytes())
    found = CliRunner().invoke(app, ["report", str(path), "-o", str(path)])
    assert found.exit_code == 1
    assert "E303" in found.stderr
    assert path.read_bytes() == template.read_bytes()


def test_wrong_usage_is_exit_code_2():
    assert CliRunner().invoke(app, ["report"]).exit_code == 2
    assert CliRunner().invoke(app, ["nonsense"]).exit_code == 2


def test_a_line_whose_name_begins_with_a_hash_is_not_dropped_in_silence(edited, block):
    found = CliRunner().invoke(app, ["check", str(edited(value("fees", 1, "fee", to="#1 trustee")))])
    assert found.exit_code == 0, found.stderr
    assert f"W207 [Deal!{at(block, 'fees', 1, 'fee')}]" in found.stderr


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_screen_is_too_narrow_for_a_figure(edited, width, monkeypatch):
    monkeypatch.setattr("addin.cli.screen", Console(width=width, legacy_windows=False))
    found = CliRunner().invoke(app, ["run", str(edited(lambda sheet, layout: None))])
    for figure in ("2.145", "1.5963%", "57.7592%", "0.7167", "21.1807%", "8.9884%"):
        assert figure in found.output
