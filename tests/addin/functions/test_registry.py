"""Every worksheet function obeys the rules of the house; plain Python calls answer as cells do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from addin.functions import REGISTRY
from addin.functions.registry import worksheet_function
from addin.staleness import BEGIN, stale_files, with_table
from kmv_core.risk.assess import assess
from kmv_core.structural.merton import probability_of_default

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", list(REGISTRY))
def test_rules(name):
    record = REGISTRY[name]
    assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", name)
    assert len(record.arguments) <= 9
    assert len(record.help) <= 255
    assert any("\u4e00" <= letter <= "\u9fff" for letter in record.zh)
    optional = [each.required for each in record.arguments]
    assert optional == sorted(optional, reverse=True), "required arguments come first"


def test_the_lint_refuses_a_cell_address_and_a_missing_term():
    def PD1(asset_value):
        """A name that is a cell."""

    with pytest.raises(ValueError, match="PD1"):
        worksheet_function("KMV", "名称")(PD1)

    def KMV_X(unheard_of):
        """A parameter without a term."""

    with pytest.raises(TypeError, match="unheard_of"):
        worksheet_function("KMV", "名称")(KMV_X)


def test_plain_calls():
    expected = float(probability_of_default(asset_value=100, default_point=80, asset_volatility=0.2))
    assert REGISTRY["KMV_PD"].call(100, 80, 0.2) == expected
    # Single numbers have a way of their own: the same to the last digit but one.
    assert REGISTRY["KMV_PD"].call([[100, 110]], 80, 0.2)[0][0] == pytest.approx(expected, rel=1e-14)
    assert REGISTRY["KMV_PD"].call(100, 80, 0.2, None, None, "student").__class__ is float
    assert REGISTRY["KMV_PD"].call(100, 80, 0.2, 0, 1, "probit").startswith("#KMV! E205")
    assert REGISTRY["KMV_PD"].call(*[1] * 12).startswith("#KMV! E217")


def test_a_fault_inside_is_an_error_in_the_cell(monkeypatch):
    record = REGISTRY["KMV_PD"]

    def broken(*cells):
        raise ZeroDivisionError("on purpose")

    other = type(record)(record.name, record.category, record.en, record.zh, record.arguments, broken, record.heavy)
    assert other.call(1, 1, 1).startswith("#KMV! E900")


def test_tranche_table(block, deal):
    rows = REGISTRY["TRANCHE_PD"].call(block.block, "due", True)
    assert rows[0][0] == "tranche"
    assert [row[0] for row in rows[1:]] == ["优先档 Senior", "次级档 Subordinated"]
    at = rows[0].index("probability_of_default")
    assert [row[at] for row in rows[1:]] == [each.due.probability_of_default for each in assess(deal).tranches]


@pytest.mark.parametrize("reading", ["basis", 3, [["due", "due"]]])
def test_unknown_readings(block, reading):
    assert REGISTRY["TRANCHE_PD"].call(block.block, reading).startswith("#KMV! E2")


def test_derived_files_are_fresh():
    assert stale_files(ROOT) == []


def test_a_stale_readme_is_noticed():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert with_table(text) == text
    assert with_table(text.replace(BEGIN, BEGIN + "\nold")) == text
    with pytest.raises(ValueError, match="marks"):
        with_table("nothing")
