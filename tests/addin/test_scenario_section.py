"""Section [scenarios] of the deal block."""

from __future__ import annotations

from dataclasses import replace

import pytest

from addin.deal_block import parse_deal
from addin.deal_layout import layout
from addin.deals import EXAMPLES, example_deal
from kmv_core.deal.deal import ScenarioShock
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.risk.answers import Shock
from kmv_core.risk.scenarios import NAMES, Scenario, scenarios_of, usual_scenarios
from kmv_core.vocabulary.errors import KmvError

HEAD = ["scenario", "factor", "mode", "shock"]


def parsed(block, *lines):
    """The example's block with other scenarios."""
    rows = [list(row) for row in block.rows]
    start = next(i for i, row in enumerate(rows) if row[0] == "[scenarios]")
    return parse_deal([*rows[:start], ["[scenarios]"], HEAD, *map(list, lines)])


def test_lines_of_one_name_are_one_scenario(block):
    found = parsed(
        block, ("now",), ("bad", "recovery_rate", None, -0.1), ("worse", "delay", "absolute", 0.1), ("bad", "fees", "relative", 0.2)
    )  # fmt: skip
    assert scenarios_of(found.deal) == (
        Scenario(name="now"),
        Scenario(
            name="bad",
            shocks=(Shock(factor="recovery_rate", size=-0.1), Shock(factor="fees", size=0.2, mode="relative")),
        ),
        Scenario(name="worse", shocks=(Shock(factor="delay", size=0.1, mode="absolute"),)),
    )
    again = parse_deal(layout(found.deal, found.sources).block)
    assert again.deal == found.deal


@pytest.mark.parametrize(
    ("line", "code", "word"),
    [
        (("bad", "recovry_rate", None, -0.1), "E204", "nearest: recovery_rate"),
        (("bad", "coupon", "percent", 0.1), "E205", "absolute"),
        (("bad", "coupon", None, None), "E216", "shock"),
        (("bad", None, None, 0.1), "E216", "factor"),
        ((None, "coupon", None, 0.1), "E216", "scenario"),
        (("bad", "coupon", None, "abc"), "E212", "shock"),
        (("first", "coupon", None, 0.02), "E356", "coupon"),
    ],
)
def test_a_faulty_line_is_named_with_its_cell(block, line, code, word):
    with pytest.raises(KmvError) as caught:
        parsed(block, ("first", "coupon", None, 0.01), line)
    (found,) = caught.value.problems
    assert found.code == code
    assert word in found.en
    assert found.where


def test_the_core_refuses_a_shock_that_is_no_number(deal):
    faulty = replace(deal, scenarios=(ScenarioShock(scenario="a", factor="coupon", shock=float("nan")),))
    assert [each.code for each in deal_problems(faulty)] == ["E226"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_state_the_usual_scenarios_as_assumed(name):
    found = example_deal(name)
    assert tuple(each.name for each in scenarios_of(found.deal)) == NAMES
    usual = {each.name: {shock.factor for shock in each.shocks if shock.size} for each in usual_scenarios(found.deal)}
    assert {each.name: {shock.factor for shock in each.shocks} for each in scenarios_of(found.deal)} == usual
    sources = [source for field, source in found.sources.items() if field[0] == "scenarios"]
    assert len(sources) == len(found.deal.scenarios)
    assert all("assumed" in each for each in sources)


def test_a_deal_without_the_section_takes_the_usual_four(deal):
    bare = replace(deal, scenarios=())
    assert scenarios_of(bare) == usual_scenarios(bare)
    rows = [row for row in layout(bare, {}).rows if row[0] != "[scenarios]"]
    assert parse_deal(rows[: next(i for i, row in enumerate(rows) if row[0] == "scenario")]).deal == bare
