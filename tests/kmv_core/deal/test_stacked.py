"""Deals searched together stand where each would alone."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings

from addin.deals import example_deal
from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.payments import Payments
from kmv_core.deal.schedule import schedule_of
from kmv_core.deal.stacked import StackedScan, stack_key, stacked_break_evens
from kmv_core.risk.answers import OF_LOSSES, OUTPUTS, answers
from kmv_core.risk.assess import assess
from kmv_core.risk.factors import apply_shock
from tests.random_deals import deals

MOVES = (
    ("issue_size", 0.1, "relative"),
    ("coupon", 0.01, "absolute"),
    ("recovery_rate", -0.2, "relative"),
    ("volatility", 0.3, "relative"),
    ("delay", 0.3, "absolute"),
)


@settings(max_examples=25, deadline=None)
@given(deal=deals())
def test_a_stack_gives_the_break_evens_of_each(deal):
    moved = [deal, *(apply_shock(deal, *move) for move in MOVES)]
    stacks: dict[object, list] = {}
    for each in moved:
        stacks.setdefault(stack_key(each), []).append(each)
    assert max(map(len, stacks.values())) >= 4
    for stack in stacks.values():
        schedule = schedule_of(stack[0])
        together = stacked_break_evens(stack, schedule)
        assert together == [MultipleScan(each, schedule).break_evens() for each in stack]


@pytest.mark.parametrize("name", ["21jianxin08", "ip", "npl"])
def test_answers_are_those_of_an_assessment(name):
    deal = example_deal(name).deal
    moved = [deal, apply_shock(deal, "coupon", 0.01, "absolute"), apply_shock(deal, "recovery_rate", -0.1, "relative")]
    for answer, each in zip(answers(moved, readings=("waterfall",)), moved, strict=True):
        whole = assess(each, losses=False)
        for output in OUTPUTS:
            if output not in OF_LOSSES:
                expected = [getattr(one.waterfall, output) for one in whole.tranches]
                np.testing.assert_allclose(answer.values("waterfall", output, len(expected)), expected, rtol=1e-13)


def test_a_deal_whose_cash_can_turn_is_searched_alone():
    deal = example_deal("npl").deal
    assert Payments(deal, schedule_of(deal)).turns
    with pytest.raises(ValueError, match="alone"):
        StackedScan([deal], schedule_of(deal))


def test_what_a_stack_shares():
    deal = example_deal("21jianxin08").deal
    assert stack_key(deal) == stack_key(apply_shock(deal, "sub_share", 0.02, "absolute"))
    longer = apply_shock(deal, "maturity", 0.5, "absolute")
    dearer = dataclasses.replace(deal, fees=tuple(dataclasses.replace(each, rate=0.01) for each in deal.fees))
    assert len({stack_key(each) for each in (deal, longer, dearer)}) == 3
