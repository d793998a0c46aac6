"""WATERFALL, WATERFALL_TRACE and TRIGGERS against payments worked out by hand."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings

from addin.deal_layout import layout
from addin.functions import REGISTRY
from kmv_core.deal.deal import Structure
from tests.hand_made import DATES, TWO_TRANCHES, WITH_TRIGGERS
from tests.random_deals import deals


def call(name, *cells):
    return REGISTRY[name].call(*cells)


def block_of(deal):
    return layout(deal, {}).block


TWO, TRIGGERED = block_of(TWO_TRANCHES), block_of(WITH_TRIGGERS)


def close(rows):
    return [[pytest.approx(cell, abs=1e-12) if isinstance(cell, float) else cell for cell in row] for row in rows]


def test_the_base_case_by_hand():
    # in: 100 = fee 2 + interest 80 x .1 + principal 80 + what is left, 10, to the sub;
    # then 60 = 2 + 40 to the sub + 18 over; then 40 = 2 + 38 over
    #       date      cash  open support  fee  interest  senior  sub  over  called  balances  account
    wanted = [
        [DATES[0], 100.0, 0.0, 0.0, 2.0, 8.0, 80.0, 10.0, 0.0, 0.0, 0.0, 40.0, 0.0],
        [DATES[1], 60.0, 0.0, 0.0, 2.0, 0.0, 0.0, 40.0, 18.0, 0.0, 0.0, 0.0, 0.0],
        [DATES[2], 40.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 38.0, 0.0, 0.0, 0.0, 0.0],
    ]
    assert call("WATERFALL", TWO) == close(wanted)
    head, *labelled = call("WATERFALL", TWO, 1, True)
    assert labelled == close(wanted)
    assert [each.split(" | ")[1] for each in head] == [
        "payment_date",
        "collections",
        "opening account",
        "support",
        "paid fee agent",
        "paid interest Senior",
        "paid principal Senior",
        "paid principal Sub",
        "paid residual Sub",
        "clean_up_call",
        "balance Senior",
        "balance Sub",
        "account",
    ]


def test_half_of_the_collections_by_hand():
    # 50 = 2 + 8 + 40, 40 stay; 30 = 2 + 4 + 24, 16 stay; 20 = 2 + 1.6 + 16 + .4 to the sub
    paid = [row[4:9] for row in call("WATERFALL", TWO, 0.5)]
    assert paid == close([[2.0, 8.0, 40.0, 0.0, 0.0], [2.0, 4.0, 24.0, 0.0, 0.0], [2.0, 1.6, 16.0, 0.4, 0.0]])
    assert [row[10:12] for row in call("WATERFALL", TWO, 0.5)] == close([[40.0, 50.0], [16.0, 50.0], [0.0, 49.6]])


def test_a_clean_up_call_by_hand():
    # After the first date 40 of 130 are left, at most .4 of the issue, and 100 are still to come: redeemed at par.
    called = block_of(replace(TWO_TRANCHES, structure=Structure(call_share=0.4)))
    rows = call("WATERFALL", called)
    assert rows[0][9:] == close([[40.0, 0.0, 0.0, 0.0]])[0]
    assert [row[1] for row in rows] == [pytest.approx(100.0), 0.0, 0.0]  # the pool is the caller's from then on
    assert call("WATERFALL_TRACE", called, DATES[0])[-1] == [
        "normal", 0, "clean_up_call", "Sub", pytest.approx(40.0), pytest.approx(40.0), pytest.approx(0.0, abs=1e-12),
    ]  # fmt: skip


def test_a_trace_in_the_normal_order():
    # 100 and 3 on the account: 2, 8 and 50 x .04 = 2, the account kept at 3, 80, and 8 of the sub's 50
    wanted = [
        ["normal", 0, "available", "", 103.0, 0.0, 103.0],
        ["normal", 1, "fee", "agent", 2.0, 2.0, 101.0],
        ["normal", 2, "interest", "Senior", 8.0, 8.0, 93.0],
        ["normal", 3, "interest", "Sub", 2.0, 2.0, 91.0],
        ["normal", 4, "reserve", "", 3.0, 3.0, 88.0],
        ["normal", 5, "principal", "Senior", 80.0, 80.0, 8.0],
        ["normal", 6, "principal", "Sub", 50.0, 8.0, 0.0],
        ["normal", 7, "residual", "Sub", 0.0, 0.0, 0.0],
    ]
    assert call("WATERFALL_TRACE", TRIGGERED, DATES[0]) == close(wanted)
    head, *rows = call("WATERFALL_TRACE", TRIGGERED, "2022-01-01", None, True)
    assert rows == close(wanted)
    assert [each.split(" | ")[1] for each in head] == ["order", "level", "step", "payee", "due", "paid", "left"]
    assert call("WATERFALL_TRACE", TRIGGERED, 44562) == close(wanted)  # the day's number on the sheet


def test_a_trace_accelerated_and_with_support():
    # .3 of the collections: 33 = 2 + 8 + 23, 57 stay; 18 = 2 + 5.7 + 10.3, 46.7 stay;
    # 12 = 2 + 4.67 + 5.33, and of the 41.37 still owed the payer makes good 5; the sub's 2 a year were never paid
    wanted = [
        ["accelerated", 0, "available", "", 12.0, 0.0, 12.0],
        ["accelerated", 1, "fee", "agent", 2.0, 2.0, 10.0],
        ["accelerated", 2, "interest", "Senior", 4.67, 4.67, 5.33],
        ["accelerated", 3, "all_principal", "Senior", 46.7, 10.33, 0.0],
        ["accelerated", 4, "interest", "Sub", 6.0, 0.0, 0.0],
        ["accelerated", 5, "all_principal", "Sub", 50.0, 0.0, 0.0],
        ["accelerated", 6, "residual", "Sub", 0.0, 0.0, 0.0],
        ["accelerated", 0, "support", "parent", 5.0, 5.0, 0.0],
    ]
    assert call("WATERFALL_TRACE", TRIGGERED, DATES[2], 0.3, False, "all") == close(wanted)
    alone = call("WATERFALL_TRACE", TRIGGERED, DATES[2], 0.3)
    assert alone[3] == close([["accelerated", 3, "all_principal", "Senior", 46.7, 5.33, 0.0]])[0]
    assert len(alone) == len(wanted) - 1


def test_support_and_account_in_the_line_of_a_date():
    first, _, last = call("WATERFALL", TRIGGERED, 0.3, False, "all")
    assert first[1:4] == pytest.approx([30.0, 3.0, 0.0])  # the account's 3 goes at once, by the accelerated order
    assert last[1:4] == pytest.approx([12.0, 0.0, 5.0])
    balances = last[-3:]
    assert balances == pytest.approx([36.37, 50.0, 0.0])
    for row in (first, last):
        assert sum(row[4:-4]) == pytest.approx(sum(row[1:4]))
    assert call("WATERFALL", TRIGGERED)[0][-1] == pytest.approx(3.0)  # and stays in the normal one


def test_triggers_by_hand():
    # Half of what was expected at every date: .5 < .7 at once. Nothing of the senior's is missed. The last trigger is
    # the calendar's.
    wanted = [
        [DATES[0], 0.5, 0.7, 1, 0.0, "", 0, "", DATES[2], 0, "accelerated"],
        [DATES[1], 0.5, 0.7, 1, 0.0, "", 0, "", DATES[2], 0, "accelerated"],
        [DATES[2], 0.5, 0.7, 1, 0.0, "", 0, 1.0, DATES[2], 1, "accelerated"],
    ]
    assert call("TRIGGERS", TRIGGERED, 0.5) == close(wanted)
    planned = call("TRIGGERS", TRIGGERED, None, True)
    assert planned[0][1:4] == ["检验值 | value recovery", "限值 | limit recovery", "触发 | active recovery"]
    assert [row[-1] for row in planned[1:]] == ["normal", "normal", "accelerated"]
    # .09 of the collections, 9 and the account of 3 at first: 12 - 2 = 10 pays the 8; then 5.4 - 2 leaves 3.4 of 7.8
    short = call("TRIGGERS", TRIGGERED, 0.09)
    assert [row[5:7] for row in short] == [["", 0], ["", 0], ["", 1]]  # from the next date on
    assert call("TRIGGERS", TWO) == [[date, "normal"] for date in DATES]


@settings(max_examples=25, deadline=None)
@given(deal=deals())
def test_a_trace_adds_up_to_its_line_and_cash_is_conserved(deal):
    block = block_of(deal)
    head, *rows = call("WATERFALL", block, 0.8, True)
    steps = [at for at, each in enumerate(head) if " | paid " in each]
    scale = 1e-9 * deal.issue_size
    for row in rows:
        cash, opening, support = row[1:4]
        assert sum(row[at] for at in steps) == pytest.approx(cash + opening + support, abs=scale)
        lines = call("WATERFALL_TRACE", block, row[0], 0.8)
        traced = {f"{step} {payee}".strip(): paid for _, _, step, payee, _, paid, _ in lines[1:]}
        assert traced == {head[at].split(" | paid ")[1]: row[at] for at in steps}
        assert lines[0][-1] == pytest.approx(cash + opening, abs=scale)
        assert lines[-1][-1] == pytest.approx(0.0, abs=scale)
    # what one date leaves on the account is what the next begins with
    for earlier, later in itertools.pairwise(rows):
        assert later[2] == earlier[-1]


@pytest.mark.parametrize(
    ("name", "cells", "code"),
    [
        ("WATERFALL", (TWO, -0.1), "E226"),
        ("WATERFALL", (TWO, 1e308), "E226"),
        ("WATERFALL", (TWO, "#DIV/0!"), "E211"),
        ("WATERFALL", (TWO, "abc"), "E212"),
        ("WATERFALL", (TWO, None, 3), "E205"),
        ("WATERFALL", (TWO, None, None, "some"), "E205"),
        ("WATERFALL", ("#REF!",), "E217"),
        ("WATERFALL", (((1, 2), (3, 4)),), "E2"),
        ("WATERFALL_TRACE", (TWO, dt.date(2022, 6, 30)), "E290"),
        ("WATERFALL_TRACE", (TWO, None), "E216"),
        ("WATERFALL_TRACE", (TWO, "#N/A"), "E211"),
        ("WATERFALL_TRACE", (TWO, "soon"), "E2"),
        ("WATERFALL_TRACE", (TWO, ((1, 2),)), "E217"),
        ("TRIGGERS", (TWO, ((1, 2),)), "E217"),
        ("TRIGGERS", (TWO, None, "#N/A"), "E211"),
    ],
)
def test_refused(name, cells, code):
    assert call(name, *cells).startswith(f"#KMV! {code}")


def test_an_unknown_date_names_the_nearest():
    assert "nearest: 2022-01-01" in call("WATERFALL_TRACE", TWO, dt.date(2022, 6, 30))
    assert "nearest: 2024-01-01" in call("WATERFALL_TRACE", TWO, dt.date(2030, 1, 1))


def test_a_date_that_moves_to_a_business_day_is_known_by_both():
    moved = block_of(replace(TWO_TRANCHES, structure=Structure(calendar="china", business_day="following")))
    paid = [row[0] for row in call("WATERFALL", moved)]
    assert paid[0] > DATES[0]  # the first of January is a holiday
    assert call("WATERFALL_TRACE", moved, paid[0]) == call("WATERFALL_TRACE", moved, DATES[0])
