"""What a tranche is paid and what that is worth, against arithmetic by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmv_core.deal.deal import Structure
from kmv_core.deal.default_point import base_case
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.summary import internal_rate, macaulay_duration, tranche_summaries
from kmv_core.vocabulary.errors import KmvError
from tests.hand_made import TWO_TRANCHES, WITH_TRIGGERS
from tests.random_deals import deals


def test_the_base_case_by_hand():
    senior, sub = tranche_summaries(TWO_TRANCHES)
    assert (senior.interest_paid, senior.principal_paid, senior.further_paid) == pytest.approx((8.0, 80.0, 0.0))
    assert (senior.price, senior.paid, senior.shortfall) == pytest.approx((80.0, 88.0, 0.0))
    assert (senior.weighted_life, senior.internal_rate, senior.duration) == pytest.approx((1.0, 0.1, 1.0))
    # Its balance after each date is 90 - 100 q, 101 - 170 q and 113.1 - 227 q while it is owed: q* = 113.1 / 227.
    assert senior.coverage == pytest.approx(227 / 113.1, rel=1e-12)
    # The sub: 10, 40 + 18 and 38 for 50 x 1.25 = 62.5; principal 10 after one year and 40 after two.
    assert (sub.principal_paid, sub.further_paid, sub.price) == pytest.approx((50.0, 56.0, 62.5))
    assert sub.weighted_life == pytest.approx((10 * 1 + 40 * 2) / 50)
    growth = next(each.real for each in np.roots([62.5, -10, -58, -38]) if each.real > 0)  # 62.5 = 10/g + 58/g2 + 38/g3
    assert sub.internal_rate == pytest.approx(growth - 1, rel=1e-12)
    worths = np.array([10, 58, 38]) / growth ** np.array([1, 2, 3])
    assert sub.duration == pytest.approx(worths @ [1, 2, 3] / 62.5, rel=1e-12)
    # After the senior is repaid 170 q - 101 have come to the sub by the second date and 210 q - 103 by the third.
    assert sub.coverage == pytest.approx(210 / 153, rel=1e-12)


def test_half_of_the_collections_by_hand():
    senior, sub = tranche_summaries(TWO_TRANCHES, multiple=0.5)
    # 40, 24 and 16 of principal; 8, 4 and 1.6 of interest: bought at par it earns its coupon, however late
    assert (senior.interest_paid, senior.principal_paid, senior.shortfall) == pytest.approx((13.6, 80.0, 0.0))
    assert senior.internal_rate == pytest.approx(0.1, rel=1e-12)
    assert senior.weighted_life == pytest.approx((40 + 2 * 24 + 3 * 16) / 80)
    assert (sub.paid, sub.principal_short, sub.interest_short) == pytest.approx((0.4, 49.6, 0.0))
    assert sub.weighted_life == pytest.approx(3.0)
    assert sub.internal_rate == pytest.approx((0.4 / 62.5) ** (1 / 3) - 1, rel=1e-9)
    assert sub.duration == pytest.approx(3.0)
    assert senior.coverage == pytest.approx(0.5 * 227 / 113.1, rel=1e-12)


def test_unpaid_interest_and_payers():
    # .3 of the collections: the senior gets 8, 5.7 and 4.67, principal 23, 10.3 and 5.33; the payer's 5 go on top
    senior, sub = tranche_summaries(WITH_TRIGGERS, multiple=0.3)
    assert (senior.interest_paid, senior.principal_paid) == pytest.approx((18.37, 38.63))
    assert (senior.shortfall, sub.interest_short, sub.principal_short) == pytest.approx((41.37, 6.0, 50.0))
    assert sub.paid == 0.0
    assert np.isnan(sub.internal_rate)
    assert np.isnan(sub.duration)
    helped, _ = tranche_summaries(WITH_TRIGGERS, multiple=0.3, payers_alive=[True])
    assert (helped.principal_paid, helped.shortfall) == pytest.approx((43.63, 36.37))
    assert helped.coverage > senior.coverage


def test_a_clean_up_call_returns_principal():
    # 40 of 130 are left after the first date, and 100 to come: redeemed at par, what would have come is the caller's
    senior, sub = tranche_summaries(replace(TWO_TRANCHES, structure=Structure(call_share=0.4)))
    assert senior.paid == pytest.approx(88.0)
    assert (sub.principal_paid, sub.further_paid, sub.shortfall) == pytest.approx((50.0, 0.0, 0.0))
    assert sub.weighted_life == pytest.approx(1.0)
    assert sub.internal_rate == pytest.approx(50 / 62.5 - 1)


def test_a_price_below_what_comes_back_earns_and_one_above_loses():
    def rate(price):
        lines = (replace(TWO_TRANCHES.tranches[0], issue_price=price), TWO_TRANCHES.tranches[1])
        return tranche_summaries(replace(TWO_TRANCHES, tranches=lines))[0].internal_rate

    # 88 after a year for 80 x price / 100
    for price in (50.0, 100.0, 110.0, 140.0):
        assert rate(price) == pytest.approx(110.0 / price - 1.0, rel=1e-12, abs=1e-15)


@settings(max_examples=200, deadline=None)
@given(
    amounts=st.lists(st.one_of(st.just(0.0), st.floats(1e-9, 1e9)), min_size=1, max_size=8),
    price=st.floats(1e-3, 1e9),
    first=st.floats(0.1, 3.0),
)
def test_the_rate_gives_the_price_back(amounts, price, first):
    times = first + np.arange(len(amounts))
    rate = internal_rate(price=price, cash=amounts, times=times)
    duration = macaulay_duration(price=price, cash=amounts, times=times)
    if not any(amounts):
        assert np.isnan(rate)
        assert np.isnan(duration)
        return
    paid = [(amount, time) for amount, time in zip(amounts, times, strict=True) if amount > 0.0]
    assert paid[0][1] - 1e-9 <= duration <= paid[-1][1] + 1e-9
    # Beyond, 1 + rate has lost the digits, or its powers pass every number.
    if -0.999 < rate < 1e6:
        worth = sum(amount / (1 + rate) ** time for amount, time in paid)
        assert worth == pytest.approx(price, rel=1e-8)


@settings(max_examples=25, deadline=None)
@given(deal=deals())
def test_what_the_tranches_are_paid_is_what_came_in_less_fees(deal):
    run = base_case(deal, schedule_of(deal))
    others = sum(line.sum() for step, line in zip(run.steps, run.paid, strict=True) if step.kind in ("fee", "reward"))
    found = tranche_summaries(deal)
    left = run.collections.sum() + run.reserve_initial - run.reserve[0, -1] - others
    assert sum(each.paid for each in found) == pytest.approx(left, rel=1e-9, abs=1e-9 * deal.issue_size)
    for line, each in zip(deal.by_rank, found, strict=True):
        assert each.principal_paid + each.principal_short == pytest.approx(line.balance, rel=1e-9)


def test_a_refused_deal():
    with pytest.raises(KmvError, match="E250"):
        tranche_summaries(replace(TWO_TRANCHES, issue_size=1.0))
