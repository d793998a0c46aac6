"""`kmv run --json`: the keys of the contract, the numbers of the core."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from addin.cli import app

READING = {
    "default_point",
    "distance_to_default",
    "probability_of_default",
    "extension_probability",
    "expected_loss",
    "loss_given_default",
    "break_even_multiple",
    "cushion",
    "coverage",
    "weighted_life",
    "unsupported_pd",
}


@pytest.fixture(scope="module")
def numbers(template):
    found = CliRunner().invoke(app, ["run", str(template), "--json"])
    assert found.exit_code == 0, found.stderr
    return json.loads(found.stdout)


def test_keys(numbers):
    assert set(numbers) == {
        "deal",
        "tranches",
        "term_structure",
        "summary",
        "lives",
        "sensitivity",
        "scenarios",
        "preset",
        "referees",
        "accumulated",
        "sizing",
        "methods",
        "register",
        "checks",
        "stamp",
    }
    assert set(numbers["stamp"]) == {"version", "input_sha256", "seed"}
    assert len(numbers["tranches"]) == 2
    for tranche in numbers["tranches"]:
        assert set(tranche) == READING | {"name", "rank", "attachment", "detachment", "grade", "due", "exact"}
        assert set(tranche["due"]) == READING


def test_published_probabilities(numbers):
    senior, sub = numbers["tranches"]
    assert senior["due"]["probability_of_default"] == pytest.approx(0.0126142, abs=1e-6)
    assert sub["due"]["probability_of_default"] == pytest.approx(0.211808, abs=1e-6)
    assert senior["probability_of_default"] > senior["due"]["probability_of_default"]


def test_every_factor_of_the_deal(numbers):
    assert list(numbers["sensitivity"]) == ["issue_size", "coupon", "recovery_rate", "maturity", "volatility"]
    for entry in numbers["sensitivity"].values():
        assert len(entry["waterfall"]["probability_of_default"]) == len(entry["shocks"])


def test_lives(numbers):
    own, other = numbers["lives"]["own"], numbers["lives"]["exponential"]
    assert [each["published_life"] for each in own] == [0.41, 1.66]
    assert [each["residual"] for each in own] == pytest.approx([0.0, 0.0], abs=1e-6)
    assert [each["residual"] for each in other] == pytest.approx([0.1414, -0.0619], abs=1e-4)
    assert own[0]["extension_probability"] == numbers["tranches"][0]["extension_probability"]
    assert other[0]["extension_probability"] - own[0]["extension_probability"] == pytest.approx(0.05426, abs=1e-5)
    assert numbers["lives"]["exponential_decay_rate"] == pytest.approx(0.84697, abs=1e-5)


def test_term_structure_ends_at_the_due_reading(numbers):
    last = [point for point in numbers["term_structure"] if (point["date"], point["reading"]) == ("2024-10-26", "due")]
    assert [point["default_point"] for point in last] == pytest.approx(
        [each["due"]["default_point"] for each in numbers["tranches"]]
    )


def test_plain_output(template):
    found = CliRunner().invoke(app, ["run", str(template)])
    assert found.exit_code == 0
    assert "1.5963%" in found.stdout


def test_functions_are_listed():
    found = CliRunner().invoke(app, ["functions"])
    assert found.exit_code == 0
    for name in ("KMV_PD", "KMV_DD", "TRANCHE_PD", "SENSITIVITY"):
        assert name in found.stdout


def test_summary(numbers, assessment):
    for line, each, assessed in zip(numbers["summary"], assessment.deal.by_rank, numbers["tranches"], strict=True):
        assert line["tranche"] == each.tranche
        assert line["principal_paid"] == pytest.approx(each.balance)
        assert line["shortfall"] == pytest.approx(0.0, abs=1e-6)
        assert line["weighted_life"] == pytest.approx(assessed["weighted_life"])
        assert line["coverage"] == pytest.approx(assessed["coverage"], rel=1e-12)
        assert line["duration"] > 0.0
    senior = numbers["summary"][0]
    # Bought at par it earns its coupon, compounded over the periods: a little more a year.
    assert 0.0 < senior["internal_rate"] - assessment.deal.by_rank[0].coupon < 0.001
