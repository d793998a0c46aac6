"""The level of a factor at which a tranche is just paid: by hand, and by running the deal there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings

from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.deal import OrderLine
from kmv_core.deal.payments import Payments
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.break_even_factor import break_even_factor
from kmv_core.vocabulary.errors import KmvError
from tests.hand_made import LICENCES, TWO_TRANCHES, WITH_TRIGGERS
from tests.random_deals import deals


def failed(deal, tranche, *, multiple=1.0, cash_of=None):
    """Whether a tranche is not paid; `cash_of` is the deal whose cash comes in."""
    schedule = schedule_of(deal)
    cash = multiple * expected_collections(cash_of or deal, schedule)
    at = [each.tranche for each in deal.by_rank].index(tranche)
    return bool(Payments(deal, schedule).tests(cash[:, None]).failed[at, 0])


def with_coupon(deal, tranche, coupon):
    lines = tuple(replace(each, coupon=coupon) if each.tranche == tranche else each for each in deal.tranches)
    return replace(deal, tranches=lines)


def with_delay(deal, delay):
    return replace(deal, recovery=replace(deal.loans, delay=delay))


def test_multiple_and_recovery_rate_by_hand():
    # Balances after each date: 80 x 1.1 + 2 - 100 q = 90 - 100 q, then x 1.1 + 2 - 60 q = 101 - 170 q,
    # then x 1.1 + 2 - 40 q = 113.1 - 227 q: nothing is left at q = 113.1 / 227.
    assert break_even_factor(TWO_TRANCHES, "Senior") == pytest.approx(113.1 / 227, rel=1e-14)
    assert break_even_factor(TWO_TRANCHES, "Senior", "recovery_rate") == pytest.approx(0.2 * 113.1 / 227, rel=1e-14)
    assert break_even_factor(TWO_TRANCHES, "Sub") == pytest.approx(153 / 210, rel=1e-14)


def test_coupon_by_hand():
    # c: 80 (1 + c) + 2 - 100, x (1 + c) + 2 - 60, x (1 + c) + 2 - 40 = 0, the interest of each year being met:
    # 80 g^3 - 98 g^2 - 58 g - 38 = 0, g = 1 + c
    growth = next(each.real for each in np.roots([80, -98, -58, -38]) if abs(each.imag) < 1e-9)
    assert break_even_factor(TWO_TRANCHES, "Senior", "coupon") == pytest.approx(growth - 1, rel=1e-12)


def test_delay_by_hand():
    # Less than a year of delay d leaves 200 x .5 (1 - d) at the first date: 2 of fee and 8 of interest are met up to
    # d = .9, and by the second date (60 + 40 d) the senior is repaid. The sub's event includes the senior's interest.
    assert break_even_factor(TWO_TRANCHES, "Senior", "delay") == pytest.approx(0.9, rel=1e-12)
    assert break_even_factor(TWO_TRANCHES, "Sub", "delay") == pytest.approx(0.9, rel=1e-12)


def test_payers_make_it_later():
    # 113.1 less the account's 3 x 1.1^2 at once; a payer good for 5 at the end: 227 q = 113.1 - 3.63 - 5
    # (below .7 of the plan the order is accelerated, the account goes to the senior at once)
    alone = break_even_factor(WITH_TRIGGERS, "Senior")
    helped = break_even_factor(WITH_TRIGGERS, "Senior", payers_alive=[True])
    assert alone == pytest.approx((113.1 - 3.63) / 227, rel=1e-12)
    assert helped == pytest.approx((113.1 - 3.63 - 5) / 227, rel=1e-12)


@settings(max_examples=15, deadline=None)
@given(deal=deals())
def test_just_paid_there_and_not_beyond(deal):
    name = deal.by_rank[0].tranche
    answers, refused = {}, set()
    for factor in ("collections_multiple", "delay", "coupon"):
        try:
            answers[factor] = break_even_factor(deal, name, factor)
        except KmvError as error:
            refused.add(error.code)
    assert refused <= {"E310"}
    assume(answers)
    if (q := answers.get("collections_multiple", 0.0)) > 0.0:
        assert not failed(deal, name, multiple=q)
        assert failed(deal, name, multiple=q * (1 - 1e-9))
    if "delay" in answers:
        assert not failed(deal, name, cash_of=with_delay(deal, answers["delay"]))
        assert failed(deal, name, cash_of=with_delay(deal, answers["delay"] + 1e-9))
    if "coupon" in answers:
        assert not failed(with_coupon(deal, name, answers["coupon"]), name)
        assert failed(with_coupon(deal, name, answers["coupon"] + 1e-9), name)


def test_out_of_reach_says_what_was_looked_at():
    late = replace(TWO_TRANCHES, recovery=replace(TWO_TRANCHES.loans, recovery_rate=0.05))
    for factor, words in (
        ("delay", "delay 0 to 3: unpaid from 0 on"),
        ("coupon", "coupon 0 to 1.5: unpaid from 0 on"),
    ):
        with pytest.raises(KmvError, match=words) as caught:
            break_even_factor(late, "Senior", factor)
        assert caught.value.code == "E310"
    # So small a tranche that no coupon within the domain is too dear
    small = replace(
        TWO_TRANCHES,
        issue_size=51.0,
        tranches=(replace(TWO_TRANCHES.tranches[0], balance=1.0), TWO_TRANCHES.tranches[1]),
    )
    with pytest.raises(KmvError, match=r"coupon 0 to 1\.5: paid throughout"):
        break_even_factor(small, "Senior", "coupon")
    # Twenty times the pool: no recovery rate is enough
    large = replace(
        TWO_TRANCHES,
        issue_size=2050.0,
        tranches=(replace(TWO_TRANCHES.tranches[0], balance=2000.0), TWO_TRANCHES.tranches[1]),
    )
    with pytest.raises(KmvError, match="recovery_rate 0 to 1: unpaid"):
        break_even_factor(large, "Senior", "recovery_rate")


@pytest.mark.parametrize(
    ("deal", "tranche", "factor", "code"),
    [
        (TWO_TRANCHES, "Seniar", "coupon", "E204"),
        (TWO_TRANCHES, "Senior", "cupon", "E204"),
        (LICENCES, "Senior", "delay", "E291"),
        (LICENCES, "Senior", "recovery_rate", "E291"),
        (replace(TWO_TRANCHES, issue_size=1.0), "Senior", "coupon", "E250"),
    ],
)
def test_refused(deal, tranche, factor, code):
    with pytest.raises(KmvError) as caught:
        break_even_factor(deal, tranche, factor)
    assert caught.value.code == code


def test_a_coupon_needs_its_line_of_the_order():
    lines = (
        ("fee", "agent"),
        ("interest", "Senior"),
        ("principal", "Senior"),
        ("principal", "Sub"),
        ("residual", "Sub"),
    )
    order = tuple(
        OrderLine(order="normal", level=level, step=step, payee=payee)
        for level, (step, payee) in enumerate(lines, start=1)
    )
    ordered = replace(TWO_TRANCHES, order=order)
    assert break_even_factor(ordered, "Senior", "coupon") == break_even_factor(TWO_TRANCHES, "Senior", "coupon")
    with pytest.raises(KmvError, match="interest Sub"):
        break_even_factor(ordered, "Sub", "coupon")


def test_licences_have_a_multiple_and_a_coupon():
    # 89 a year against 30 + 6, 30 + 4.5 and 60 + 3: the last is the tightest, surplus leaks
    assert break_even_factor(LICENCES, "Senior") == pytest.approx(63 / 89, rel=1e-11)  # "just" is 1e-12 of the tranche
    # At coupon c the first date owes 30 + 120 c, the second 30 + 90 c, the third 60 + 60 c: 89 pays up to 29 / 60.
    assert break_even_factor(LICENCES, "Senior", "coupon") == pytest.approx(29 / 60, rel=1e-11)
