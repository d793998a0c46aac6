"""Inputs that decide which lines are written: as written nothing speaks, and every change of one does."""

from __future__ import annotations

import dataclasses

import openpyxl
import pytest

from addin.workbook.native.written_for import decisions
from tests.addin.workbook.native.sheets import write_sheets
from tests.addin.workbook.native.test_structured_sheets import chained
from tests.judges import ironcalc_engine


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The sheets of a deal with orders, a trigger, a payer and licences; its decisions stand on a sheet of their own."""
    path = tmp_path_factory.mktemp("decisions") / "sheets.xlsx"
    native, _ = write_sheets(chained(), path)
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet("Decisions")
    for row, each in enumerate(decisions(native), start=1):
        sheet.cell(row, 1).value = each.formula
    book.save(path)
    return path, native.deal


def broken(path, changes, tmp_path):
    """How many decisions speak after cells of the inputs were changed."""
    book = openpyxl.load_workbook(path)
    for place, value in changes.items():
        cell = book["Inputs"][place]
        if value is None:
            # An empty cell that is there only for its style is a zero to IronCalc.
            del book["Inputs"]._cells[cell.row, cell.column]
        else:
            cell.value = value
    changed = tmp_path / "changed.xlsx"
    book.save(changed)
    return sum(1 for place, value in ironcalc_engine.recalculated(changed).items() if place[0] == "Decisions" and value)


def test_as_written_nothing_speaks(written, tmp_path):
    path, _ = written
    assert broken(path, {}, tmp_path) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (("structure", "call_share"), 0.1),
        (("reserve", "reserve_floor"), 1.0),
        (("tranches", 0, "coupon"), 0),
        (("tranches", 1, "rank"), 2),
        (("tranches", 0, "step_up_date"), 45000),
        (("triggers", 0, "from_date"), 45000),
        (("support", 0, "cap"), None),
        (("order", 0, "step"), "fee"),
        (("order", 1, "level"), 1),
        (("licences", 0, "fee_count"), 2),
    ],
    ids=lambda each: str(each[-1]) if isinstance(each, tuple) else "",
)
def test_a_change_speaks(written, tmp_path, field, value):
    path, deal = written
    place = deal.ref(*field).split("!")[1].replace("$", "")
    assert broken(path, {place: value}, tmp_path) >= 1


@pytest.mark.parametrize(
    "field",
    [("order", 2, "order"), ("support", 0, "support"), ("triggers", 0, "trigger"), ("licences", 1, "licensee")],
    ids=lambda field: field[0],
)
def test_a_line_less_speaks(written, tmp_path, field):
    """The ranges that count lines end at the next section's head, so a line inserted falls in them as well."""
    path, deal = written
    row = int(deal.ref(*field).split("$")[-1])
    assert deal.lines(field[0]).split(":")[0].endswith(f"${row - field[1] - 1}")
    assert broken(path, {f"A{row}": None}, tmp_path) >= 1


def test_a_due_date_that_moves_leaves_its_business_day_behind(tmp_path):
    deal = chained()
    rules = dataclasses.replace(deal.structure, calendar="china", business_day="following")
    path = tmp_path / "days.xlsx"
    native, _ = write_sheets(dataclasses.replace(deal, structure=rules), path)
    (formula,) = [each.formula for each in decisions(native) if each.en.startswith("Business day")]
    book = openpyxl.load_workbook(path)
    book.create_sheet("Decisions")["A1"].value = formula
    book.save(path)
    assert broken(path, {}, tmp_path) == 0
    place = native.deal.ref("deal", "first_payment_date").split("!")[1].replace("$", "")
    assert broken(path, {place: 45741}, tmp_path) == 1
