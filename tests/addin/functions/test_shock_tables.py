"""SENSITIVITY, SENSITIVITY_GRID, TORNADO and SCENARIO_PD in cells: the core's tables, and what is wrong in its place."""

from __future__ import annotations

import pytest

from addin.deal_layout import layout
from addin.functions import REGISTRY
from kmv_core.risk.answers import Shock
from kmv_core.risk.grid import sensitivity_grid
from kmv_core.risk.scenarios import Scenario, scenarios, usual_scenarios
from kmv_core.risk.sensitivity import sensitivity
from kmv_core.risk.tornado import POINTS, spider, tornado
from tests.licence_deal import licence_deal

SENSITIVITY, GRID = REGISTRY["SENSITIVITY"].call, REGISTRY["SENSITIVITY_GRID"].call
TORNADO, SCENARIO_PD = REGISTRY["TORNADO"].call, REGISTRY["SCENARIO_PD"].call
SENIOR, SUB = "优先档 Senior", "次级档 Subordinated"
DOWN, ACROSS = ((-0.1,), (0.0,), (0.1,)), ((0.0, 0.01),)


@pytest.fixture(scope="module")
def cells(block):
    return block.block


def test_the_exact_reading_of_licences():
    deal = licence_deal()
    table = sensitivity(deal, "licensee_pd", [0.0, 1.0], reading="exact")
    cells = layout(deal, {}).block
    assert SENSITIVITY(cells, "licensee_pd", ((0.0, 1.0),), None, None, None, "exact") == table.values.tolist()
    assert table.values[1, 0] > table.values[0, 0]


def test_a_grid_is_the_core_s(cells, deal):
    table = sensitivity_grid(deal, "recovery_rate", [-0.1, 0.0, 0.1], "coupon", [0.0, 0.01], reading="due")
    plain = GRID(cells, "recovery_rate", DOWN, "Coupon", ACROSS, SUB, None, "due")
    assert plain == table.values[1].tolist()
    labelled = GRID(cells, "recovery_rate", DOWN, "coupon", ACROSS, SUB, None, "due", True)
    assert labelled[0] == ["recovery_rate \\ coupon", 0.0, 0.01]
    assert [row[0] for row in labelled[1:]] == [-0.1, 0.0, 0.1]
    assert [row[1:] for row in labelled[1:]] == plain
    first = GRID(cells, "recovery_rate", DOWN, "coupon", ACROSS, None, "distance_to_default")
    assert first[1][0] == pytest.approx(2.1455, abs=1e-3)


def test_a_grid_keeps_its_places(cells):
    rows = GRID(cells, "recovery_rate", ((0.0,), ("abc",), (9.0,), (0.1,)), "coupon", ((0.0, "#N/A", 0.01),))
    good = GRID(cells, "recovery_rate", ((0.0,), (0.1,)), "coupon", ACROSS)
    assert [rows[0][0], rows[0][2], rows[3][0], rows[3][2]] == [*good[0], *good[1]]
    assert all(cell.startswith("#KMV! E212") for cell in rows[1])
    assert rows[0][1].startswith("#KMV! E211")
    assert rows[2][0].startswith("#KMV! E221")


@pytest.mark.parametrize(
    ("given", "code", "word"),
    [
        (("recovery_rte", DOWN, "coupon", ACROSS), "E204", "nearest: recovery_rate"),
        (("coupon", DOWN, "coupon", ACROSS), "E356", "coupon"),
        (("licensee_pd", DOWN, "coupon", ACROSS), "E355", "licensee_pd"),
        ((None, DOWN, "coupon", ACROSS), "E216", "factor_down"),
        (("delay", None, "coupon", ACROSS), "E216", "shocks_down"),
        (("delay", ((1, 2), (3, 4)), "coupon", ACROSS), "E217", "shocks_down"),
        (("delay", DOWN, "coupon", ACROSS, "Senor"), "E204", "tranche"),
        (("delay", DOWN, "coupon", ACROSS, None, "PD"), "E204", "nearest"),
        (("delay", DOWN, "coupon", ACROSS, None, None, "exact"), "E295", "exact"),
        (("#REF!", DOWN, "coupon", ACROSS), "E211", "factor_down"),
    ],
)
def test_a_grid_that_cannot_be(cells, given, code, word):
    shown = GRID(cells, *given)
    assert shown.startswith(f"#KMV! {code}")
    assert word in shown


def test_a_tornado_is_the_core_s(cells, deal):
    table = tornado(deal, reading="due")
    bars = table.bars[1]
    rows = TORNADO(cells, None, None, SUB, "due")
    assert [row[:2] for row in rows] == [[each.factor, each.step] for each in bars]
    for row, bar in zip(rows, bars, strict=True):
        if not any(bar.problems):
            assert row[2:] == [bar.low, bar.high, bar.swing]
    # Collections cannot come earlier than they do: that side is a problem, the other a number.
    delay = next(row for row in rows if row[0] == "delay")
    assert delay[2].startswith("#KMV! E226")
    assert delay[4] == delay[2]
    assert isinstance(delay[3], float)
    chosen = TORNADO(cells, (("coupon",), ("VOLATILITY",), (None,)), None, None, None, True)
    assert chosen[0][0].endswith("| factor")
    assert [row[0] for row in chosen[1:]] == ["volatility", "coupon"]
    assert TORNADO(cells, "volatilty").startswith("#KMV! E204 unknown")
    assert "nearest: volatility" in TORNADO(cells, "volatilty")
    assert TORNADO(cells, "lgd").startswith("#KMV! E355")
    assert TORNADO(cells, (("coupon", "fees"), ("lgd", "delay"))).startswith("#KMV! E217")


def test_scenarios_of_the_deal(cells, deal):
    table = scenarios(deal)
    assert SCENARIO_PD(cells) == table.values.tolist()
    labelled = SCENARIO_PD(cells, None, "distance_to_default", "due", True)
    assert labelled[0][1:] == [SENIOR, SUB]
    assert [row[0] for row in labelled[1:]] == [each.name for each in table.scenarios]
    expected = scenarios(deal, output="distance_to_default", reading="due").values.tolist()
    assert [row[1:] for row in labelled[1:]] == expected


def test_the_usual_scenarios_where_the_deal_has_none():
    deal = licence_deal()
    assert deal.scenarios == ()
    expected = scenarios(deal, usual_scenarios(deal), reading="exact").values.tolist()
    assert SCENARIO_PD(layout(deal, {}).block, None, None, "exact") == expected


def test_scenarios_of_a_range(cells, deal):
    table = (
        ("scenario", "factor", "shock", "mode"),
        ("now", None, None, None),
        ("bad", "recovery_rate", -0.1, None),
        (None, None, None, None),
        ("bad", "Coupon", 0.1, "relative"),
        ("turned", "coupon", "relative", 0.1),
        ("typo", "recovry_rate", -0.1, None),
        ("words", "coupon", "abc", None),
        ("twice", "coupon", 0.01, None),
        ("twice", "coupon", 0.02, None),
        ("none", "licensee_pd", 0.5, None),
        ("error", "coupon", "#DIV/0!", None),
        ("impossible", "recovery_rate", 9.0, None),
        ("mode", "coupon", 0.01, "percent"),
    )
    shown = {row[0]: row[1:] for row in SCENARIO_PD(cells, table, None, "due", True)[1:]}
    given = [
        Scenario(name="now"),
        Scenario(
            name="bad",
            shocks=(
                Shock(factor="recovery_rate", size=-0.1, mode="relative"),
                Shock(factor="coupon", size=0.1, mode="relative"),
            ),
        ),
        Scenario(name="turned", shocks=(Shock(factor="coupon", size=0.1, mode="relative"),)),
    ]
    expected = scenarios(deal, given, reading="due").values.tolist()
    assert [shown[each.name] for each in given] == expected
    codes = {
        "typo": "E204",
        "words": "E212",
        "twice": "E356",
        "none": "E355",
        "error": "E211",
        "impossible": "E221",
        "mode": "E205",
    }
    for name, code in codes.items():
        assert all(cell.startswith(f"#KMV! {code}") for cell in shown[name]), name
    assert "recovery_rate" in shown["typo"][0]
    assert SCENARIO_PD(cells, "mild").startswith("#KMV! E217")
    assert SCENARIO_PD(cells, (("mild", "coupon"),)).startswith("#KMV! E217")
    assert SCENARIO_PD(cells, ((None, "coupon", 0.1),)).startswith("#KMV! E216")
    assert SCENARIO_PD(cells, table[:1]).startswith("#KMV! E217")


def test_a_spider_is_the_core_s(cells, deal):
    call = REGISTRY["SPIDER"].call
    table = spider(deal, ["coupon", "delay"], reading="due")
    rows = call(cells, (("coupon", "delay"),), None, None, SUB, "due", True)
    assert rows[0][1:] == list(POINTS)
    assert [row[0] for row in rows[1:]] == ["coupon", "delay"]
    assert rows[1][1:] == table.values[1, 0].tolist()
    # Collections cannot come earlier than they do.
    assert all(each.startswith("#KMV! E226") for each in rows[2][1:5])
    assert rows[2][5:] == table.values[1, 1, 4:].tolist()
    one = call(cells, "coupon", ((0.0, "x", 1.0),), None, None, "due")
    assert one[0][1].startswith("#KMV! E212")
    assert [one[0][0], one[0][2]] == spider(deal, ["coupon"], points=[0.0, 1.0], reading="due").values[0, 0].tolist()
