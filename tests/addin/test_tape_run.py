"""`kmv tape`: a table, JSON, and coded refusals with exit code 1."""

from __future__ import annotations

import json

import openpyxl
import pytest
from typer.testing import CliRunner

from addin.cli import app

TEXT = '借据号,客户编号,余额,逾期天数,年龄,地区,网点\nA,x,4000000,91,,北京,东\nB,y,"2,000,000",400,,[上海],西\n'


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "tape.csv"
    found.write_text(TEXT, encoding="gbk")
    return found


def run(*words):
    return CliRunner().invoke(app, ["tape", *map(str, words)])


def test_table(path):
    found = run(path)
    assert found.exit_code == 0, found.stderr
    for told in ("6,000,000.00", "0.666667", "counterparty_identifier"):
        assert told in found.stdout.replace("\n", "")
    assert "W214 [row 3]" in found.stderr
    assert "W264" in found.stderr


def test_json(path):
    found = json.loads(run(path, "--json").stdout)
    assert set(found) == {"tape", "statistics", "strata", "warnings", "version"}
    assert found["statistics"]["balance"] == 6e6
    assert {each["field"]: each["value"] for each in found["statistics"]["averages"]} == {
        "days_in_pastdue": 194.0,
        "age": None,
    }
    assert found["strata"] == []
    assert [each["code"] for each in found["warnings"]] == ["W264", "W214"]


@pytest.mark.parametrize("by", ["地区", "region", "网点"])
def test_by_a_column_of_words(path, by):
    found = json.loads(run(path, "--by", by, "--json").stdout)
    assert found["statistics"]["obligors"] == 2
    assert [each["share"] for each in found["strata"]] == [pytest.approx(2 / 3), pytest.approx(1 / 3)]
    shown = run(path, "--by", by)
    assert shown.exit_code == 0
    assert "东" in shown.stdout or "[上海]" in shown.stdout


def test_by_the_loan(path):
    found = json.loads(run(path, "--by", "借据号", "--json").stdout)
    assert (found["statistics"]["by"], found["strata"]) == ("contract_identifier", [])


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        ("借据号,余额\nA,1\nA,-2\n", (), "E260 [rows 2, 3]"),
        ("借据号,余额\nA,1\nA,-2\n", (), "E226 [row 3]"),
        ("借据号,余额\nA,不详\n", ("--json",), "E212 [row 2]"),
        ("借据号,余额\n", (), "E261"),
        ("借据号,地区\nA,北京\n", (), "E201"),
        (TEXT, ("--by", "网店"), "E201"),
        (TEXT, ("--by", "职业"), "E201"),
    ],
)
def test_refused(path, text, words, code):
    path.write_text(text, encoding="utf-8")
    found = run(path, *words)
    assert (found.exit_code, found.stdout) == (1, "")
    assert any(line.startswith(code) for line in found.stderr.splitlines())


def test_a_sheet_and_no_file(tmp_path):
    book = openpyxl.Workbook()
    for row in (["loan id", "balance"], ["A", 1.5], ["B", 1]):
        book.active.append(row)
    book.save(tmp_path / "tape.xlsx")
    assert json.loads(run(tmp_path / "tape.xlsx", "--json").stdout)["statistics"]["balance"] == 2.5
    assert run(tmp_path / "none.csv").exit_code == 1
