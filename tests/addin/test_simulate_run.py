"""`kmv simulate`: a table, JSON, and coded refusals with exit code 1."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from addin.cli import app
from kmv_core import simulate

SMALL = ("--paths", 3000, "--seed", 5, "--noise", 0.2)


def run(*words):
    return CliRunner().invoke(app, ["simulate", *map(str, words)])


def test_json_is_the_core_s_answer_for_any_number_of_workers(template, deal):
    first, second = (run(template, *SMALL, "--json", *more) for more in ((), ("--workers", 2)))
    assert first.exit_code == 0, first.stderr
    assert first.stdout == second.stdout
    found = json.loads(first.stdout)
    known = simulate(deal, paths=3000, seed=5, period_noise=0.2)
    assert (found["paths"], found["seed"], found["reference"]) == (3000, 5, "waterfall")
    for line, each in zip(found["tranches"], known.tranches, strict=True):
        assert line["probability_of_default"] == each.probability_of_default
        assert line["difference"] == each.probability_of_default - each.reference_probability
        assert line["z"] == pytest.approx(each.z)
    assert found["outturns"]["as_is"]["observations"] == 7
    assert found["outturns"]["centred"]["centred"] is True


def test_table(template, deal):
    shown = run(template, *SMALL, "--delay", 0.1)
    assert shown.exit_code == 0, shown.stderr
    text = "".join(shown.stdout.split())
    known = simulate(deal, paths=3000, seed=5, period_noise=0.2, mean_delay=0.1).tranches
    for each in known:
        for value in (each.probability_of_default, each.standard_error, each.waterfall_probability, each.high):
            assert f"{value:.4%}" in text
        assert f"{each.difference:+.4%}" in text
    for told in ("3,000条路径", "单期噪声", "平均延迟", "only7pastdeals"):
        assert told in text


@pytest.mark.parametrize(
    "wrong", [("--paths", 1), ("--seed", -1), ("--noise", -0.5), ("--delay", 99), ("--workers", 0)]
)
def test_refusals(template, wrong):
    refused = run(template, *wrong)
    assert refused.exit_code == 1
    assert "E226" in refused.stderr
    assert run(template, "--paths", "many").exit_code == 2
