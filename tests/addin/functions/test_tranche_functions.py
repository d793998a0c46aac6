"""TRANCHE_SUMMARY, TRANCHE_TERM, BREAK_EVEN and LICENCE_CASH against arithmetic by hand."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest
from scipy import stats

from addin.deal_layout import layout
from addin.functions import REGISTRY
from kmv_core.structural.bivariate import bivariate_normal
from tests.hand_made import DATES, LICENCES, TWO_TRANCHES, WITH_TRIGGERS


def call(name, *cells):
    return REGISTRY[name].call(*cells)


def block_of(deal):
    return layout(deal, {}).block


TWO, TRIGGERED, FEES = block_of(TWO_TRANCHES), block_of(WITH_TRIGGERS), block_of(LICENCES)
NORMAL = stats.norm()


def distance(owned, owed, s=0.2):
    return (math.log(owned / owed) - s * s / 2) / s


def test_summary_by_hand():
    # senior 8 + 80 after a year; sub 10, 58 and 38 for 62.5 (the rate and the duration: tests of kmv_core.risk.summary)
    senior, sub = call("TRANCHE_SUMMARY", TWO)
    assert senior == pytest.approx([8.0, 80.0, 0.0, 0.0, 1.0, 0.1, 1.0, 227 / 113.1])
    assert sub[:5] == pytest.approx([0.0, 50.0, 56.0, 0.0, 1.8])
    rate = sub[5]
    assert 10 / (1 + rate) + 58 / (1 + rate) ** 2 + 38 / (1 + rate) ** 3 == pytest.approx(62.5, rel=1e-12)
    assert sub[7] == pytest.approx(210 / 153)
    head, *labelled = call("TRANCHE_SUMMARY", TWO, None, True)
    assert labelled == [["Senior", *senior], ["Sub", *sub]]
    assert [each.split(" | ")[1] for each in head] == [
        "tranche",
        "interest_paid",
        "principal_paid",
        "further_paid",
        "shortfall",
        "weighted_life",
        "internal_rate",
        "duration",
        "coverage",
    ]


def test_summary_where_a_tranche_gets_nothing():
    senior, sub = call("TRANCHE_SUMMARY", TRIGGERED, 0.3)
    assert senior[3] == pytest.approx(41.37)
    assert sub[:5] == [0.0, 0.0, 0.0, pytest.approx(56.0), pytest.approx(3.0)]
    assert [each[:10] for each in sub[5:7]] == ["#KMV! E292"] * 2
    helped, _ = call("TRANCHE_SUMMARY", TRIGGERED, 0.3, False, "all")
    assert helped[3] == pytest.approx(36.37)


def test_term_of_what_falls_due_by_hand():
    # Cash 100, 160, 200. Fees of 2 a year and 8 of interest; the senior's 80 count from its expected maturity, the
    # second date, on; nothing of the sub's before the third.
    for tranche, owed in (("Senior", (10.0, 92.0, 94.0)), ("Sub", (10.0, 92.0, 144.0))):
        rows = call("TRANCHE_TERM", TWO, tranche, "due")
        wanted = [NORMAL.cdf(-distance(owned, point)) for owned, point in zip((100, 160, 200), owed, strict=True)]
        assert [row[0] for row in rows] == DATES
        assert [row[1] for row in rows] == pytest.approx(owed)
        assert [row[2] for row in rows] == pytest.approx([100.0, 160.0, 200.0])
        assert [row[3] for row in rows] == pytest.approx(
            [distance(owned, point) for owned, point in zip((100, 160, 200), owed, strict=True)]
        )
        cumulative = list(itertools.accumulate(wanted, max))
        assert [row[4] for row in rows] == pytest.approx(cumulative, rel=1e-9)
        forward = [b - a for a, b in itertools.pairwise([0.0, *cumulative])]
        assert [row[5] for row in rows] == pytest.approx(forward, rel=1e-9, abs=1e-18)


def test_term_of_the_waterfall_by_hand():
    # By the first date 100 q must meet 2 + 8, by the second all that is owed: 170 q = 101. After that nothing is.
    rows = call("TRANCHE_TERM", TWO, "senior")
    assert [row[1] for row in rows] == pytest.approx([20.0, 200 * 101 / 170, 200 * 101 / 170], rel=1e-11)
    assert [row[3] for row in rows] == pytest.approx([distance(200, row[1]) for row in rows], rel=1e-9)
    assert [row[4] for row in rows] == pytest.approx([NORMAL.cdf(-row[3]) for row in rows], rel=1e-9)
    head, *labelled = call("TRANCHE_TERM", TWO, "Senior", None, True)
    assert labelled == rows
    assert head[-1] == "远期违约概率 | forward_pd"


def test_term_where_nothing_is_due_yet():
    # No fee and no interest: nothing is due at the first two dates, whose distance is infinite.
    bare = replace(TWO_TRANCHES, fees=(), tranches=(replace(TWO_TRANCHES.tranches[1], rank=1, balance=130.0),))
    rows = call("TRANCHE_TERM", block_of(bare), "Sub", "due")
    assert [row[1] for row in rows] == pytest.approx([0.0, 0.0, 130.0])
    assert [row[3:] for row in rows[:2]] == [["", 0.0, 0.0]] * 2
    assert rows[2][3] == pytest.approx(distance(200, 130))


def test_licences_by_hand():
    # Anna 60 (1 - .1 x .5) = 57, Bolt 40 (1 - .2) = 32. Due to the senior: 30 + 6, 30 + 4.5 and 60 + 3.
    both = float(bivariate_normal(a=NORMAL.ppf(0.1), b=NORMAL.ppf(0.2), correlation=0.2))
    # Without Anna's half 70 come in a year, without Bolt 60, without both 30: the first two dates fail with both
    # gone only, the third, of 63, with Bolt gone.
    exact = (both, both, 0.2)
    rows = call("LICENCE_CASH", FEES)
    assert [row[0] for row in rows] == DATES
    for row, total, due, chance in zip(rows, (89.0, 178.0, 267.0), (36.0, 70.5, 133.5), exact, strict=True):
        assert row[1:7] == pytest.approx([100.0, 57.0, 32.0, 89.0, total, due])
        assert row[7] == pytest.approx(distance(total, due))
        assert row[9] == pytest.approx(chance, abs=1e-9)
    cumulative = itertools.accumulate((NORMAL.cdf(-row[7]) for row in rows), max)
    assert [row[8] for row in rows] == pytest.approx(list(cumulative), rel=1e-9)
    head, *labelled = call("LICENCE_CASH", FEES, "Sub", True)
    assert head[2:4] == ["预期 | expected Anna", "预期 | expected Bolt"]
    assert [row[6] for row in labelled] == pytest.approx([36.0, 70.5, 153.5])  # 20 more, at the last date
    assert [row[1:6] for row in labelled] == [row[1:6] for row in rows]
    terms = call("TRANCHE_TERM", FEES, "Senior", "exact")
    assert [row[4] for row in terms] == [row[9] for row in rows]


def test_break_even_by_hand():
    assert call("BREAK_EVEN", TWO, "Senior") == pytest.approx(113.1 / 227, rel=1e-12)
    assert call("BREAK_EVEN", TWO, " senior ", "recovery_rate") == pytest.approx(0.2 * 113.1 / 227, rel=1e-12)
    assert call("BREAK_EVEN", TWO, "Sub", "delay") == pytest.approx(0.9, rel=1e-12)
    assert call("BREAK_EVEN", TRIGGERED, "Senior", None, "all") == pytest.approx((113.1 - 3.63 - 5) / 227, rel=1e-12)
    assert call("BREAK_EVEN", FEES, "Senior", "coupon") == pytest.approx(29 / 60, rel=1e-11)


@pytest.mark.parametrize("tranche", ["Senior", "Sub"])
def test_at_the_break_even_the_waterfall_just_pays(tranche):
    q = call("BREAK_EVEN", TWO, tranche)
    at = ["Senior", "Sub"].index(tranche)
    assert call("TRANCHE_SUMMARY", TWO, q)[at][3] == pytest.approx(0.0, abs=1e-9)
    assert call("TRANCHE_SUMMARY", TWO, q - 1e-6)[at][3] > 1e-5
    assert call("TRANCHE_SUMMARY", TWO, q)[at][7] == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "cells", "code"),
    [
        ("TRANCHE_SUMMARY", (TWO, -1), "E226"),
        ("TRANCHE_SUMMARY", (TWO, "#N/A"), "E211"),
        ("TRANCHE_SUMMARY", (TWO, 1, True, "half"), "E205"),
        ("TRANCHE_TERM", (TWO, "Seniar"), "E204"),
        ("TRANCHE_TERM", (TWO, None), "E216"),
        ("TRANCHE_TERM", (TWO, "#REF!"), "E211"),
        ("TRANCHE_TERM", (TWO, (("Senior", "Sub"),)), "E217"),
        ("TRANCHE_TERM", (TWO, "Senior", "basis"), "E205"),
        ("TRANCHE_TERM", (TWO, "Senior", "exact"), "E291"),
        ("BREAK_EVEN", (TWO, "Seniar"), "E204"),
        ("BREAK_EVEN", (TWO, "Senior", "volatility"), "E205"),
        ("BREAK_EVEN", (TWO, "Senior", "#NUM!"), "E211"),
        ("BREAK_EVEN", (TWO, "Senior", None, "#NUM!"), "E211"),
        ("BREAK_EVEN", (FEES, "Senior", "delay"), "E291"),
        ("LICENCE_CASH", (TWO,), "E291"),
        ("LICENCE_CASH", (FEES, "Seniar"), "E204"),
        ("LICENCE_CASH", (FEES, None, 7), "E205"),
    ],
)
def test_refused(name, cells, code):
    assert call(name, *cells).startswith(f"#KMV! {code}")


def test_messages_name_the_remedy():
    assert "nearest: Senior" in call("BREAK_EVEN", TWO, "Seniar")
    poor = replace(TWO_TRANCHES, recovery=replace(TWO_TRANCHES.loans, recovery_rate=0.05))
    found = call("BREAK_EVEN", block_of(poor), "Senior", "delay")
    assert found.startswith("#KMV! E310")
    assert "delay 0 to 3: unpaid from 0 on" in found


def test_more_licensees_than_can_be_listed():
    many = tuple(replace(LICENCES.licences[0], licensee=f"L{i}", fee_amount=10.0) for i in range(15))
    block = block_of(replace(LICENCES, licences=many))
    rows = call("LICENCE_CASH", block)
    assert [row[-1] for row in rows] == ["", "", ""]
    assert rows[0][1] == pytest.approx(150.0)
    assert call("TRANCHE_TERM", block, "Senior", "exact").startswith("#KMV! E283")
