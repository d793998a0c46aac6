"""Where a report may go is asked before anything is computed; what is read must be a file."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from addin import cli_base
from addin.cli import app


def kmv(*words):
    return CliRunner().invoke(app, [str(each) for each in words])


@pytest.mark.parametrize("command", ["report", "monitor", "bridge"])
@pytest.mark.parametrize(
    ("output", "code"), [("none/out.xlsx", "E304"), (".", "E305"), ("out.csv", "E306"), ("out", "E306")]
)
def test_an_output_that_cannot_be_is_refused_before_the_work(template, tmp_path, command, output, code):
    second = [] if command == "report" else [tmp_path / "nothing there either"]
    found = kmv(command, template, *second, "-o", tmp_path / output)
    assert found.exit_code == 1
    assert found.stderr.startswith(code)
    assert list(tmp_path.iterdir()) == []


def test_an_output_beside_the_inputs_passes(template, tmp_path):
    cli_base.check_report(None, template)
    cli_base.check_report(tmp_path / "out.XLSX", template)


@pytest.mark.parametrize("command", [["run"], ["tape"], ["check"]])
def test_a_folder_is_no_file(tmp_path, command):
    found = kmv(*command, tmp_path)
    assert found.exit_code == 1
    assert found.stderr.startswith("E106")
    assert "文件夹" in found.stderr


def test_a_folder_is_no_reports(template, tmp_path):
    assert kmv("monitor", template, tmp_path).stderr.startswith("E106")


def test_a_report_prints_every_reading_and_the_theses_estimators(template, tmp_path):
    found = CliRunner().invoke(app, ["report", str(template), "-o", str(tmp_path / "r.xlsx")], env={"COLUMNS": "200"})
    assert found.exit_code == 0, found.stderr
    for word in ("优先档 Senior", "次级档 Subordinated", "waterfall", "due", "展期概率", "论文估计", "首达时", "s.e."):
        assert word in found.stdout
    assert (tmp_path / "r.xlsx").is_file()
