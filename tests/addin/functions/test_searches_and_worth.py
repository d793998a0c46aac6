"""SAFE_SIZE, REVERSE_STRESS, ENHANCEMENT_VALUE and PD_BRIDGE in cells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from addin.deal_layout import layout
from addin.functions import REGISTRY
from kmv_core.risk.bridge import bridge
from kmv_core.risk.enhancement import enhancement_value
from kmv_core.risk.reverse import reverse_stress
from kmv_core.risk.sizing import safe_sizes
from kmv_core.risk.sizing_search import safe_balance

SAFE_SIZE, REVERSE = REGISTRY["SAFE_SIZE"].call, REGISTRY["REVERSE_STRESS"].call
WORTH, BRIDGE = REGISTRY["ENHANCEMENT_VALUE"].call, REGISTRY["PD_BRIDGE"].call
SENIOR, SUB = "优先档 Senior", "次级档 Subordinated"


@pytest.fixture(scope="module")
def cells(block):
    return block.block


@pytest.mark.parametrize("hold", ["others", "total"])
def test_a_safe_size_is_the_core_s(cells, deal, assessment, hold):
    found = safe_balance(deal, SENIOR, 0.02, reading="due", hold=hold)
    (line,) = SAFE_SIZE(cells, SENIOR, 0.02, "due", hold)
    assert line == [found.safe_balance, found.subordination, found.probability_of_default, found.safe_share, 1]
    labelled = SAFE_SIZE(cells, SENIOR, 0.02, "due", hold, True)
    assert labelled[1] == [SENIOR, *line]
    assert len(labelled[0]) == len(labelled[1])
    if hold == "others":
        # The closed form of the due reading, which the JSON has under `sizing`.
        assert line[0] == pytest.approx(safe_sizes(assessment, 0.02)[0].safe_balance, rel=1e-9)


def test_a_size_out_of_reach_names_the_range(cells):
    shown = SAFE_SIZE(cells, SUB, 1e-9, "due")
    assert shown.startswith("#KMV! E310")
    assert "reachable: " in shown
    assert SAFE_SIZE(cells, "Senor", 0.01).startswith("#KMV! E204")
    assert SAFE_SIZE(cells, None, 0.01).startswith("#KMV! E216")
    assert SAFE_SIZE(cells, SENIOR, 1.0).startswith("#KMV! E220")
    assert SAFE_SIZE(cells, SENIOR, 0.01, "due", "both").startswith("#KMV! E205")
    assert SAFE_SIZE(cells, SENIOR, 0.01, "exact").startswith("#KMV! E295")
    assert SAFE_SIZE(cells, SUB, 0.01, "due", "total").startswith("#KMV! E355")


def test_a_reverse_stress_is_the_core_s(cells, deal):
    factors = ["recovery_rate", "coupon"]
    found = reverse_stress(deal, 0.05, factors, reading="due")
    rows = REVERSE(cells, 0.05, (("recovery_rate", "coupon"),), None, "due")
    assert [row[0] for row in rows] == [*(each.factor for each in found.shocks), "distance"]
    assert [row[1:] for row in rows[:-1]] == [
        [shock.size, z, share] for shock, z, share in zip(found.shocks, found.deviations, found.shares, strict=True)
    ]
    assert rows[-1][2] == found.distance
    assert REVERSE(cells, 0.05, (("recovery_rate", "coupon"),), None, "due", True)[1:] == rows
    far = REVERSE(cells, 0.9999, "fees", None, "due")
    assert far.startswith("#KMV! E3")
    far = REVERSE(cells, 0.9, "coupon", None, "due")
    assert far.startswith("#KMV! E310")
    assert " to " in far.split("reachable: ")[1]
    assert REVERSE(cells, 0.05, "maturity").startswith("#KMV! E358")
    assert REVERSE(cells, None).startswith("#KMV! E216")
    assert REVERSE(cells, 5.0).startswith("#KMV! E220")


def test_the_worth_of_controls_is_the_core_s(cells, deal):
    table = enhancement_value(deal, reading="due")
    rows = WORTH(cells, SUB, "due", True)
    assert len(rows) == 1 + len(table.measures)
    for row, each in zip(rows[1:], table.measures, strict=True):
        assert row[1:3] == [each.pd_without[1], table.pd_with[1]]
        assert row[3:] == [each.pd_share[1], each.dd_share[1]]
    # Shares add up to the fall from no control to all.
    assert sum(row[3] for row in rows[1:]) == pytest.approx(table.pd_without_any[1] - table.pd_with[1], abs=1e-12)
    assert WORTH(cells, None, "due") == [
        [row[0], each.pd_without[0], table.pd_with[0], each.pd_share[0], each.dd_share[0]]
        for row, each in zip(rows[1:], table.measures, strict=True)
    ]
    assert WORTH(cells, "Sub").startswith("#KMV! E204")


def test_a_deal_without_controls(deal):
    bare = replace(
        deal,
        tranches=(replace(deal.by_rank[0], balance=24_000.0),),
        issue_size=24_000.0,
        reserve=replace(deal.reserve, reserve_multiple=0.0),
        triggers=(),
    )
    shown = WORTH(layout(bare, {}).block, None, "due")
    assert shown.startswith("#KMV! E360")


def test_a_bridge_is_the_core_s(cells, deal):
    after = replace(
        deal,
        recovery=replace(deal.recovery, recovery_rate=0.95 * deal.recovery.recovery_rate),
        model=replace(deal.model, total_volatility=0.2),
    )
    found = bridge(deal, after, reading="due")
    rows = BRIDGE(cells, layout(after, {}).block, None, None, "due")
    assert rows[0][1] == found.before
    assert rows[-1][1] == found.after
    assert [row[1] for row in rows[1:-1]] == [each.change for each in found.parts]
    assert rows[0][1] + sum(row[1] for row in rows[1:-1]) == pytest.approx(rows[-1][1], abs=1e-14)
    labelled = BRIDGE(cells, layout(after, {}).block, None, None, "due", True)
    assert labelled[1:] == rows
    assert BRIDGE(cells, 5.0).startswith("#KMV! E217")
    assert BRIDGE(cells, cells, "Sub").startswith("#KMV! E204")
