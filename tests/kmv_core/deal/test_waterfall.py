"""The waterfall: cash is conserved, the order is kept, and a free oracle knows the break-even."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings

from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.default_point import base_case
from kmv_core.deal.order import NORMAL, order_of
from kmv_core.deal.payments import run_waterfall
from kmv_core.deal.schedule import schedule_of
from tests.random_deals import deals


@settings(max_examples=200, deadline=None)
@given(deal=deals())
def test_cash_in_equals_cash_out_at_every_date(deal):
    schedule = schedule_of(deal)
    multiples = np.array([0.0, 0.3, 0.8, 1.0, 1.7])
    run = run_waterfall(deal, schedule, multiples[:, None] * expected_collections(deal, schedule))
    assert np.abs(run.imbalance()).max() <= 1e-9 * deal.issue_size
    # and over the whole life: what came in went to someone, or is left in the reserve
    received = run.collections.sum(axis=1) + run.reserve_initial
    out = np.array(
        [line.sum(axis=1) for step, line in zip(run.steps, run.paid, strict=True) if step.kind != "reserve"]
    ).sum(axis=0)
    assert out + run.reserve[:, -1] == pytest.approx(received, rel=1e-12, abs=1e-9 * deal.issue_size)
    assert (run.paid >= 0).all()
    assert (run.paid <= run.due + 1e-9 * deal.issue_size).all()
    assert (run.outstanding >= 0).all()


@settings(max_examples=60, deadline=None)
@given(deal=deals())
def test_nothing_reaches_a_later_step_while_an_earlier_is_short(deal):
    schedule = schedule_of(deal)
    run = run_waterfall(deal, schedule, 0.5 * expected_collections(deal, schedule)[None, :])
    short = (run.due - run.paid)[:-1, 0] > 1e-9 * deal.issue_size
    later = np.cumsum(run.paid[::-1, 0], axis=0)[::-1][1:]
    assert (later[short] <= 1e-9 * deal.issue_size).all()


def test_the_order_of_the_example(deal):
    assert [f"{step.kind} {step.payee}".strip() for level in order_of(deal, NORMAL) for step in level] == [
        "fee 税费 taxes and registration",
        "fee 信托、托管、评级、审计 trustee and agents",
        "fee 贷款服务费 servicer",
        "interest 优先档 Senior",
        "reserve",
        "principal 优先档 Senior",
        "principal 次级档 Subordinated",
        "residual 次级档 Subordinated",
    ]


def test_published_weighted_lives_are_met(deal, assessment):
    for each, life in zip(deal.by_rank, assessment.due_points.lives, strict=True):
        assert life == pytest.approx(each.published_life, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(deal=deals())
def test_sequential_deal_without_reserve_has_a_closed_form_break_even(deal):
    """q* = (S + sum fee_t d_t) / sum c_t d_t, d_t = product of (1 + coupon x accrual)^-1, when interest is timely."""
    plain = dataclasses.replace(
        deal,
        fees=(),
        tranches=(dataclasses.replace(deal.by_rank[0], expected_maturity=deal.legal_maturity),),
        issue_size=deal.by_rank[0].balance,
        reserve=dataclasses.replace(deal.reserve, reserve_multiple=0.0, reserve_initial=0.0),
    )
    schedule = schedule_of(plain)
    only = plain.tranches[0]
    discount = np.cumprod(1 / (1 + only.coupon * schedule.accruals))
    cash = expected_collections(plain, schedule)
    # Dust of 1e-313 has no multiple that a double could hold.
    if not (cash * discount).sum() > 1e-200:
        return
    oracle = only.balance / (cash * discount).sum()
    timely = run_waterfall(plain, schedule, oracle * (1 + 1e-9) * cash[None, :])
    if timely.shortfall("interest", only.tranche).max() > 0:
        return
    found = MultipleScan(plain, schedule).break_evens()[0][0].multiple
    assert found == pytest.approx(oracle, rel=1e-9)


@pytest.mark.parametrize("k", [0, 1])
def test_break_even_multiple_is_just_enough(deal, k):
    """At q* the shortfall is below 1e-9 of the issue size; a millionth less cash and there is one."""
    schedule = schedule_of(deal)
    scan = MultipleScan(deal, schedule)
    q = scan.break_evens()[0][k].multiple
    name = deal.by_rank[k].tranche
    enough, short = scan.run(np.array([q])), scan.run(np.array([q * (1 - 1e-6)]))

    def missing(run):
        late = run.shortfall("interest", name).sum()
        return float(run.outstanding[: k + 1, 0, -1].sum() + late)

    assert missing(enough) < 1e-9 * deal.issue_size
    assert missing(short) > 0


def test_break_even_of_a_deal_where_more_cash_never_helps(deal):
    hopeless = dataclasses.replace(deal, recovery=dataclasses.replace(deal.recovery, recovery_rate=0.0))
    legal, _ = MultipleScan(hopeless, schedule_of(hopeless)).break_evens()
    assert [each.multiple for each in legal] == [np.inf, np.inf]


def test_reserve_is_released_once_no_coupon_is_left(assessment):
    run = assessment.base
    repaid = run.outstanding[0, 0] <= 0
    assert run.reserve[0, ~repaid].min() > 0
    assert run.reserve[0, np.flatnonzero(repaid)[1:]].max() == 0


def test_base_case_is_the_unit_multiple(deal):
    schedule = schedule_of(deal)
    run = MultipleScan(deal, schedule).run(np.array([1.0]))
    assert np.array_equal(run.paid, base_case(deal, schedule).paid)
