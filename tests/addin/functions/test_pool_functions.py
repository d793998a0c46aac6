"""The pool functions in cells: tables that explain themselves, coded refusals, the same reading as of files."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest

from addin.functions import REGISTRY
from addin.functions import pool as pool_module
from addin.workbook.tape import read_tape
from kmv_core import pool_statistics

STATS, STRATA, CHECK, CONCENTRATION = (
    REGISTRY[name].call for name in ("POOL_STATS", "POOL_STRATA", "POOL_CHECK", "CONCENTRATION")
)
TAPE = (
    ("借据号", "客户编号", "余额", "利率", "逾期天数", "五级分类", "发放日", "网点"),
    ("A", "x", 40.0, 0.05, 100.0, "次级", dt.datetime(2018, 1, 31), "东"),
    ("B", "y", 30.0, 0.10, 90.0, "可疑", 43646.0, "西"),
    ("C", "x", 20.0, None, 400.0, "次级", "2020年2月29日", "东"),
    ("D", "z", 10.0, 0.20, 720.0, None, "2019-06-30", "东"),
)


def changed(row, column, value):
    return tuple(
        tuple(value if (r, c) == (row, column) else cell for c, cell in enumerate(line)) for r, line in enumerate(TAPE)
    )


def figure(table, word):
    (line,) = (line for line in table if word in line[0])
    return line[1:]


def test_statistics():
    table = STATS(TAPE)
    assert all(len(line) == 3 for line in table)
    assert figure(table, "| loans") == [4, 4]
    assert figure(table, "total balance") == [100.0, 4]
    assert figure(table, "median") == [25.0, 4]
    assert figure(table, "current_interest_rate") == [pytest.approx((2 + 3 + 2) / 80), 3]
    assert figure(table, "obligors by counterparty_identifier") == [3, ""]
    assert figure(table, "share of the largest") == [pytest.approx(0.6), ""]
    assert figure(table, "ten largest") == [1.0, ""]
    hhi = 0.6**2 + 0.3**2 + 0.1**2
    assert figure(table, "Herfindahl")[0] == pytest.approx(hhi)
    assert figure(table, "effective number")[0] == pytest.approx(1 / hhi)


@pytest.mark.parametrize("by", ["借据号", "contract_identifier", "Loan ID"])
def test_concentration_by_loan(by):
    assert figure(STATS(TAPE, by), "share of the largest")[0] == 0.4


def test_concentration_by_a_column_of_the_tapes_own():
    assert figure(STATS(TAPE, "网点"), "share of the largest")[0] == pytest.approx(0.7)
    assert STATS(TAPE, "网店").startswith("#KMV! E201")


def test_an_average_of_nothing_is_blank():
    table = STATS((("借据号", "余额", "年龄"), ("A", 1, None), ("B", 2, None)))
    assert figure(table, "weighted average age") == ["", 0]


def test_cells_and_files_answer_alike(tmp_path):
    book = openpyxl.Workbook()
    for row in TAPE:
        book.active.append(row)
    book.save(tmp_path / "tape.xlsx")
    found = pool_statistics(read_tape(tmp_path / "tape.xlsx").loans)
    assert pool_module.statistics_lines(found) == STATS(TAPE)[1:]


def test_strata():
    header, *lines = STRATA(TAPE, "五级分类")
    assert header[0] == "五级分类 | loan_classification"
    assert lines == [
        ["次级", 2, 60.0, pytest.approx(0.6), 30.0],
        ["可疑", 1, 30.0, pytest.approx(0.3), 30.0],
        ["(blank) （空）", 1, 10.0, pytest.approx(0.1), 10.0],
    ]
    assert STRATA(TAPE, "loan_classification") == [header, *lines]
    assert [line[0] for line in STRATA(TAPE, "网点")] == ["网点", "东", "西"]
    assert STRATA(changed(0, 7, " 网点 "), "网点 ")[1:] == STRATA(TAPE, "网点")[1:]


def test_bands():
    expected = [["< 50", 0, 0.0, 0.0, ""], ["[50, 360)", 2, 70.0, 0.7, 35.0], [">= 360", 2, 30.0, 0.3, 15.0]]
    assert STRATA(TAPE, "逾期天数", ((50, 360),))[1:] == expected
    assert STRATA(TAPE, "逾期天数", ((50,), (360,)))[1:] == expected
    assert [line[1] for line in STRATA(TAPE, "逾期天数", 360)[1:]] == [2, 2]


@pytest.mark.parametrize("limit", [dt.datetime(2019, 1, 1), 43466, "2019-01-01", "2019年1月1日"])
def test_bands_of_dates(limit):
    assert [line[:2] for line in STRATA(TAPE, "发放日", limit)[1:]] == [["< 2019-01-01", 1], [">= 2019-01-01", 3]]


@pytest.mark.parametrize(
    ("field", "bands", "code"),
    [
        ("逾期天数", None, "E216"),
        ("逾期天数", ((90, 30),), "E217"),
        ("逾期天数", ((90, "x"),), "E212"),
        ("逾期天数", ((90, "#N/A"),), "E211"),
        ("逾期天数", ((90, None),), "E216"),
        ("发放日", "soon", "E235"),
        ("五级分类", 5, "E212"),
        ("region", None, "E201"),
        ("没有", None, "E201"),
        (None, None, "E216"),
        ("#REF!", None, "E211"),
        ((("a", "b"),), None, "E217"),
    ],
)
def test_refused_strata(field, bands, code):
    assert STRATA(TAPE, field, bands).startswith(f"#KMV! {code}")


NASTY = {
    "an id twice": (changed(4, 0, "A"), "E260", "rows 2, 5"),
    "a negative balance": (changed(2, 2, -1.0), "E226", "row 3"),
    "a blank balance": (changed(2, 2, None), "E216", "row 3"),
    "a word": (changed(2, 2, "不详"), "E212", "row 3"),
    "TRUE": (changed(2, 2, True), "E212", "row 3"),
    "an error": (changed(2, 2, "#DIV/0!"), "E211", "row 3"),
    "an error in a word": (changed(2, 5, "#N/A"), "E211", "row 3"),
    "no such day": (changed(2, 6, "20190230"), "E231", "row 3"),
    "no balance column": (tuple(line[:2] for line in TAPE), "E201", ""),
    "a column twice": (tuple((*line, line[2]) for line in TAPE), "E203", ""),
    "headers only": (TAPE[:1], "E261", ""),
    "one cell": ("A", "E217", ""),
}


@pytest.mark.parametrize("name", list(NASTY))
def test_nasty_tapes(name):
    cells, code, rows = NASTY[name]
    _, *lines = CHECK(cells)
    assert (code, rows) in [(line[0], line[1]) for line in lines]
    for shown in (STATS(cells), STRATA(cells, "五级分类")):
        assert shown.startswith(f"#KMV! {code}")
        assert rows in shown


def test_what_was_read_otherwise_is_told():
    _, *lines = CHECK(TAPE)
    assert [line[:2] for line in lines] == [["W264", ""], ["W230", "row 4"], ["W232", "row 3"]]
    written = changed(1, 2, "1.2亿")
    assert figure(STATS(written), "total balance")[0] == 1.2e8 + 60
    assert ["W214", "row 2"] in [line[:2] for line in CHECK(written)]
    wide = changed(1, 2, "４０")
    assert figure(STATS(wide), "total balance")[0] == 100.0
    assert ["W213", "row 2"] in [line[:2] for line in CHECK(wide)]


def test_a_sound_tape_and_one_loan():
    sound = (("loan id", "balance"), ("A", 1), ("B", 2), (None, None))
    assert CHECK(sound)[1:] == [["", "", pool_module.NOTHING_FOUND]]
    assert [line[0] for line in CHECK(sound[:2])[1:]] == ["W262"]
    assert figure(STATS(sound[:2]), "share of the largest")[0] == 1.0


def test_a_tape_changed_by_type_alone_is_read_anew():
    assert figure(STATS((("借据号", "余额"), ("A", 1), ("B", 2))), "total balance")[0] == 3
    assert STATS((("借据号", "余额"), ("A", True), ("B", 2))).startswith("#KMV! E212")


def test_few_tapes_are_kept():
    for i in range(20):
        STATS((("借据号", "余额"), ("A", i + 1), ("B", 2)))
    assert len(pool_module._tapes) <= 8


def test_a_formula_as_a_name_stays_text():
    assert STRATA(changed(1, 5, "=cmd|'/c calc'!A0"), "五级分类")[1][0] == "=cmd|'/c calc'!A0"


def test_concentration():
    table = CONCENTRATION(((50,), (30,), (20,)))
    assert [line[1] for line in table[1:]] == [3, 100.0, 0.5, 1.0, pytest.approx(0.38), pytest.approx(1 / 0.38)]
    assert CONCENTRATION(((50, 30, 20),)) == table
    many = CONCENTRATION([[1.0]] * 40)
    assert [line[1] for line in many[3:]] == [pytest.approx(each) for each in (1 / 40, 0.25, 1 / 40, 40)]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (((50, -1),), "E226"),
        (((50, "x"),), "E212"),
        (((50, None),), "E216"),
        (((50, "#N/A"),), "E211"),
        (((50, 1), (2, 3)), "E217"),
        (0, "E217"),
        (None, "E216"),
    ],
)
def test_refused_concentration(cells, code):
    assert CONCENTRATION(cells).startswith(f"#KMV! {code}")
