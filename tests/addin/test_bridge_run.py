"""`kmv bridge`: two workbooks, what moved PD between them, on screen, as JSON and on a sheet that adds up."""

from __future__ import annotations

import json

import openpyxl
import pytest
from typer.testing import CliRunner

from addin.bridge_run import bridge_run
from addin.cli import app
from addin.deal_layout import Layout
from addin.workbook.native.deal_sheet import TOP
from addin.workbook.read import read_deal_file
from kmv_core.risk.assess import assess
from kmv_core.vocabulary.errors import KmvError
from tests.judges import ironcalc_engine
from tests.judges.cells import differences


@pytest.fixture(scope="module")
def later(template, block: Layout, tmp_path_factory):
    """The example a year on: dearer, more uncertain, and expected to bring less."""
    book = openpyxl.load_workbook(template)
    for field, value in (
        (("recovery", "recovery_rate"), 0.27),
        (("model", "total_volatility"), 0.18),
        (("tranches", 0, "coupon"), 0.035),
    ):
        row, column = block.cells[field]
        book["Deal"].cell(TOP + row, column + 1).value = value
    path = tmp_path_factory.mktemp("bridge") / "later.xlsx"
    book.save(path)
    return path


def test_the_command_and_its_json(template, later):
    run = CliRunner().invoke(app, ["bridge", str(template), str(later), "--json"])
    assert run.exit_code == 0, run.output
    found = json.loads(run.stdout)["bridge"]
    old, new = (assess(read_deal_file(path).parsed.deal) for path in (template, later))
    for each, before, after in zip(found, old.tranches, new.tranches, strict=True):
        assert each["tranche"] == after.name
        assert each["before"] == before.waterfall.probability_of_default
        assert each["after"] == after.waterfall.probability_of_default
        assert sum(part["change"] for part in each["parts"]) == pytest.approx(each["after"] - each["before"], abs=1e-12)
        assert [part["groups"] for part in each["parts"]] == [["collections"], ["tranches"], ["model"]]
    shown = CliRunner().invoke(app, ["bridge", str(template), str(later), "--reading", "due"])
    assert shown.exit_code == 0
    assert "回收预测 Collections" in shown.output


def test_the_sheet_adds_up_and_recalculates(template, later, tmp_path):
    found = bridge_run(read_deal_file(template), read_deal_file(later))
    path = tmp_path / "report.xlsx"
    path.write_bytes(found.report())
    sheet = openpyxl.load_workbook(path, data_only=True)["Bridge"]
    numbers = [cell.value for (cell,) in sheet.iter_rows(min_col=2, max_col=2) if isinstance(cell.value, float)]
    parts = [part.change for part in found.bridges[0].parts]
    at = numbers.index(pytest.approx(parts[0], rel=1e-14))
    assert numbers[at : at + len(parts)] == pytest.approx(parts, rel=1e-14)
    words = [str(cell.value) for (cell,) in sheet.iter_rows(max_col=1)]
    assert sum("回收预测 Collections：" in each for each in words) >= 1
    calculated = ironcalc_engine.recalculated(path)
    assert differences(path, calculated) == []
    verdicts = [value for (name, _), value in calculated.items() if name == "Bridge" and isinstance(value, str)]
    assert verdicts.count("通过 PASS") >= len(found.bridges)
    assert "不通过 FAIL" not in verdicts


def test_an_output_that_would_replace_an_input_is_refused(template, later):
    run = CliRunner().invoke(app, ["bridge", str(template), str(later), "-o", str(later)])
    assert run.exit_code == 1
    assert "E303" in run.output


def test_an_unknown_reading_names_the_nearest(template, later):
    with pytest.raises(KmvError) as caught:
        bridge_run(read_deal_file(template), read_deal_file(later), reading="duo")
    assert caught.value.code == "E204"
    assert "due" in str(caught.value)
