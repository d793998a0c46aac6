"""`kmv preset` and its sections of `kmv run --json`: the numbers of the core."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from addin.cli import app
from addin.preset_run import preset_run, record_estimates
from addin.run_json import run_numbers
from kmv_core.risk.assess import assess
from kmv_core.risk.preset import preset_conditions
from tests.licence_deal import licence_deal


@pytest.fixture(scope="module")
def licences():
    return preset_run(licence_deal(), paths=2_000, seed=5).as_json()


def test_the_table_on_the_screen(template):
    found = CliRunner().invoke(app, ["preset", str(template), "--paths", "2000"], env={"COLUMNS": "160"})
    assert found.exit_code == 0, found.stderr
    for part in ("1.5963%", "No subordination", "+21.8071%", "2.5332%", "2,000 paths, seed 1", "First passage"):
        assert part in found.stdout


def test_the_same_numbers_everywhere(template, deal_file):
    found = CliRunner().invoke(app, ["preset", str(template), "--json"])
    numbers = json.loads(found.stdout)
    whole = run_numbers(deal_file)
    for section in ("preset", "referees", "accumulated"):
        assert numbers[section] == json.loads(json.dumps(whole[section]))
    assert numbers["accumulated"] == []
    assert numbers["preset"]["headline"] == "waterfall"
    assert numbers["referees"]["seed"] == 1


def test_conditions_carry_every_reading_and_their_worth(licences):
    table = preset_conditions(licence_deal())
    for line, each in zip(licences["preset"]["conditions"], table.conditions, strict=True):
        assert (line["name"], line["subject"], line["shift"]) == (each.name, each.subject, each.shift)
        for k, tranche in enumerate(line["tranches"]):
            assert set(tranche) == {"tranche", "exact", "waterfall", "due"}
            for reading in table.readings:
                figures = table.figures(each, k, reading)
                assert tranche[reading]["probability_of_default"] == figures.probability_of_default
                assert tranche[reading]["worth"] == table.worth(each, k, reading)


def test_accumulated_repayment_of_licences(licences):
    lines = licences["accumulated"]
    assert len(lines) == 12
    last = assess(licence_deal()).tranches[-1]
    assert lines[-1]["probability_of_default"] == pytest.approx(last.due.probability_of_default, rel=1e-12)
    assert lines[-1]["exact_pd"] == pytest.approx(last.exact.extension_probability, rel=1e-12)
    json.dumps(licences, allow_nan=False)


def test_the_record_speaks_of_loans_only():
    outturn, gap = record_estimates("consumer_loan")
    assert (outturn.name, gap.name) == ("outturn", "agency_gap")
    assert gap.value == pytest.approx(0.106, abs=5e-4)
    assert record_estimates("patent_licence") == ()
    # No deal of the type: all types together.
    assert [each.observations for each in record_estimates("auto_loan")] > [3, 100]


def test_wrong_paths_are_refused(template):
    found = CliRunner().invoke(app, ["preset", str(template), "--paths", "1"])
    assert found.exit_code == 1
    assert "E226" in found.stderr
