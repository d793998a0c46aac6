"""Saving: results beside formulas, text that stays text, and files that survive a crash."""

from __future__ import annotations

import openpyxl
import pytest

from addin.workbook.page import Book, serial
from addin.workbook.save import save
from kmv_core.vocabulary.errors import KmvError
from tests.judges.cells import cached_values, parts


def book_of(write):
    book = Book("test")
    page = book.page("S")
    write(page)
    return book


def test_results_stand_beside_formulas(tmp_path):
    def write(page):
        page.formula(1, 1, "=1/3", 1 / 3, "number")
        page.formula(2, 1, '="a"&"<b>"', "a<b>", "text")
        page.array(3, 1, "=F(A1)", [[1.5, 2.5], [3.5, 4.5]], ["number", "number"])

    path = tmp_path / "x.xlsx"
    path.write_bytes(book_of(write).to_bytes())
    found = cached_values(path)
    assert found["S", "A1"] == 1 / 3
    assert found["S", "A2"] == "a<b>"
    assert [found["S", cell] for cell in ("A3", "B3", "A4", "B4")] == [1.5, 2.5, 3.5, 4.5]


def test_text_from_outside_is_never_a_formula_or_an_error(tmp_path):
    words = ["=cmd|'/c calc'!A0", "#REF!", "+1", "@x", "a\x00b\x07"]

    def write(page):
        for i, word in enumerate(words, start=1):
            page.text(i, 1, word)

    path = tmp_path / "x.xlsx"
    path.write_bytes(book_of(write).to_bytes())
    sheet = openpyxl.load_workbook(path)["S"]
    assert [sheet.cell(i, 1).data_type for i in range(1, 6)] == ["s"] * 5
    assert [sheet.cell(i, 1).value for i in range(1, 6)] == [*words[:4], "ab"]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_no_number_is_ever_written_as_an_empty_cell(bad):
    for write in (lambda page: page.formula(1, 1, "=0/0", bad, "number"), lambda page: page.value(1, 1, bad, "number")):
        with pytest.raises(KmvError) as caught:
            book_of(write)
        assert caught.value.code == "E311"


def test_a_formula_without_a_result_is_refused():
    def write(page):
        page.sheet["A1"] = "=1+1"

    with pytest.raises(KmvError) as caught:
        book_of(write).to_bytes()
    assert caught.value.code == "E311"


def test_text_past_the_cell_limit_is_refused():
    with pytest.raises(KmvError):
        book_of(lambda page: page.text(1, 1, "x" * 40_000))


def test_same_book_same_bytes_and_fixed_times():
    one, other = (book_of(lambda page: page.formula(1, 1, "=1+1", 2, "number")).to_bytes() for _ in range(2))
    assert one == other


def test_relationships_are_relative(report):
    for name, data in parts(report).items():
        if name.endswith(".rels"):
            assert b'Target="/' not in data


def test_a_failed_save_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "report.xlsx"
    path.write_bytes(b"the old one")
    with pytest.raises(KmvError) as caught:
        save(b"not a workbook", path)
    assert caught.value.code == "E302"
    assert path.read_bytes() == b"the old one"
    assert [each.name for each in tmp_path.iterdir()] == ["report.xlsx"]


def test_a_held_file_is_told_apart(tmp_path, monkeypatch):
    data = book_of(lambda page: page.text(1, 1, "x")).to_bytes()

    def held(self, target):
        raise PermissionError(13, "held")

    monkeypatch.setattr("pathlib.Path.replace", held)
    with pytest.raises(KmvError) as caught:
        save(data, tmp_path / "report.xlsx")
    assert caught.value.code == "E301"
    assert list(tmp_path.iterdir()) == []


def test_dates_are_serials():
    import datetime as dt

    assert serial(dt.date(2024, 10, 26)) == 45591
