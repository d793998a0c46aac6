"""`kmv new`: a template under the name it is given, and never a file lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from addin.cli import app
from addin.hosts.excel.xlsm_check import check_macro_workbook
from addin.workbook.read import read_deal_file

NAME = "21jianxin08"


def new(*arguments: str | Path):
    return CliRunner().invoke(app, ["new", *map(str, arguments)])


def test_a_new_template_is_the_shipped_one(template, tmp_path):
    path = tmp_path / "my deal.xlsx"
    found = new(NAME, path)
    assert found.exit_code == 0, found.stderr
    assert "my deal.xlsx" in found.stdout.replace("\n", "")
    assert path.read_bytes() == template.read_bytes()


def test_a_name_with_xlsm_brings_macros(example, tmp_path):
    path = tmp_path / "deal.XLSM"
    found = new(NAME, path)
    assert found.exit_code == 0, found.stderr
    assert check_macro_workbook(path) == []
    assert read_deal_file(path).parsed.deal == example.deal


def test_a_file_that_is_there_is_kept_unless_forced(template, tmp_path):
    path = tmp_path / "deal.xlsx"
    path.write_bytes(b"somebody's work")
    found = new(NAME, path)
    assert found.exit_code == 1
    assert "E320 [deal.xlsx]" in found.stderr
    assert "--force" in found.stderr
    assert "文件已存在" in found.stderr
    assert path.read_bytes() == b"somebody's work"
    assert new(NAME, path, "--force").exit_code == 0
    assert path.read_bytes() == template.read_bytes()


@pytest.mark.parametrize("name", ["deal.xls", "deal", "deal.xlam", "deal.csv"])
def test_a_template_is_no_other_kind_of_file(name, tmp_path):
    found = new(NAME, tmp_path / name)
    assert found.exit_code == 1
    assert "E321" in found.stderr
    assert not (tmp_path / name).exists()


def test_an_unknown_template_names_the_nearest(tmp_path):
    found = new("npls", tmp_path / "deal.xlsx")
    assert found.exit_code == 1
    assert "E204" in found.stderr
    assert "npl" in found.stderr.replace("npls", "")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(tmp_path):
    found = new(NAME, tmp_path / "no such folder" / "deal.xlsx")
    assert found.exit_code == 1
    assert "E304" in found.stderr


def test_both_words_are_needed(tmp_path):
    assert new("npl").exit_code == 2
    assert list(tmp_path.iterdir()) == []
