"""Copies of a deal with one thing changed: the change is what it says, and nothing else moves."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from kmv_core.deal import changes
from kmv_core.deal.cash_in import contract_fees, expected_collections
from kmv_core.deal.deal import BenchmarkRate, OrderLine, Reserve, Trigger
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.default_point import base_case, due_points
from kmv_core.deal.schedule import coupon_rates, schedule_of
from kmv_core.risk.assess import assess
from kmv_core.risk.sensitivity import with_frozen_lives
from tests.licence_deal import licence_deal

OWN_ORDER = (
    OrderLine(order="normal", level=1, step="fee", payee="trustee"),
    OrderLine(order="normal", level=2, step="fee", payee="tax"),
    OrderLine(order="normal", level=3, step="interest", payee="Senior"),
    OrderLine(order="normal", level=4, step="principal", payee="Senior"),
    OrderLine(order="normal", level=5, step="reserve"),
    OrderLine(order="normal", level=6, step="principal", payee="Sub"),
    OrderLine(order="normal", level=7, step="retain"),
    OrderLine(order="normal", level=8, step="residual", payee="Sub"),
)


def errors(deal):
    return [each for each in deal_problems(deal) if each.is_error]


@pytest.mark.parametrize("factor", [0.7, 1.0, 1.2])
def test_collections_are_scaled_at_every_date(deal, factor):
    for each in (deal, licence_deal()):
        scaled, schedule = changes.scale_collections(each, factor), schedule_of(each)
        assert expected_collections(scaled, schedule) == pytest.approx(
            factor * expected_collections(each, schedule), rel=1e-14
        )
    assert changes.scale_collections(deal, 1.0) == deal


def test_coupons_move_where_there_are_any(deal):
    up = changes.shift_coupons(deal, 0.01)
    assert [each.coupon for each in up.by_rank] == [pytest.approx(0.0395), 0.0]
    lines = (BenchmarkRate(from_date=dt.date(2020, 1, 1), benchmark_rate=0.02),)
    notes = tuple(replace(each, rate_type="floating", coupon=0.0) for each in deal.tranches)
    floating = replace(deal, tranches=notes, benchmark=lines)
    moved = replace(floating, benchmark=(replace(lines[0], benchmark_rate=0.03),))
    schedule = schedule_of(deal)
    by_margin = coupon_rates(changes.shift_coupons(floating, 0.01), schedule)
    assert by_margin == pytest.approx(coupon_rates(moved, schedule), rel=1e-14)


def test_without_subordination_all_notes_fail_together(deal):
    for each in (deal, licence_deal(support=(), triggers=())):
        found = assess(changes.without_subordination(each), losses=False)
        assert [one.name for one in found.tranches] == [one.tranche for one in each.by_rank]
        points = found.due_points.default_points
        assert (points == points[0]).all()
        paid = assess(each, losses=False).tranches[0].headline.probability_of_default
        assert found.tranches[0].headline.probability_of_default > paid


def test_without_subordination_in_an_order_of_the_deal_s_own():
    """The standard order written out gives the same as the standard order, ranks taken away or not."""
    plain = licence_deal(triggers=(), reserve=Reserve())
    own = replace(plain, order=tuple(line for line in OWN_ORDER if line.step != "reserve"))
    assert not errors(own)
    for one, other in (
        (plain, own),
        (changes.without_subordination(plain), changes.without_subordination(own)),
    ):
        assert not errors(other)
        found = [assess(each, losses=False).tranches for each in (one, other)]
        for a, b in zip(*found, strict=True):
            assert b.headline.probability_of_default == pytest.approx(a.headline.probability_of_default, rel=1e-12)
            assert b.waterfall.break_even_multiple == pytest.approx(a.waterfall.break_even_multiple, rel=1e-12)
    levels = {(line.step, line.payee): line.level for line in changes.without_subordination(own).order}
    assert levels["principal", "Sub"] == levels["principal", "Senior"] == 4
    assert levels["residual", "Sub"] == 8


def test_without_overcollateral_assets_just_meet_what_is_due(deal):
    found = changes.without_overcollateral(with_frozen_lives(deal))
    schedule = schedule_of(found)
    due = due_points(found, schedule, base_case(found, schedule))
    assert due.asset_values[-1] == pytest.approx(due.default_points[-1, -1], rel=1e-12)
    pool = licence_deal()
    schedule = schedule_of(pool)
    base = due_points(pool, schedule, base_case(pool, schedule)).default_points[-1, -1]
    expected = expected_collections(pool, schedule).sum()
    promised = contract_fees(changes.without_overcollateral(pool), schedule).sum()
    # 1 % of collections is a fee: on what is promised, not on what was expected.
    assert promised == pytest.approx(base - 0.01 * expected + 0.01 * promised, rel=1e-12)
    assert changes.overcollateral_factor(pool) < 1.0


def test_a_licensee_in_default_pays_what_default_leaves():
    pool = licence_deal()
    schedule = schedule_of(pool)
    before, after = contract_fees(pool, schedule), changes.licensee_fails(pool, "L1")
    sure = contract_fees(after, schedule)
    assert sure[0] == pytest.approx(0.4 * before[0], rel=1e-14)
    assert (sure[1:] == before[1:]).all()
    assert expected_collections(after, schedule) == pytest.approx(
        0.4 * before[0] + (1 - 0.03 * 0.6) * before[1:].sum(axis=0), rel=1e-14
    )
    assert changes.licensee_fails(pool, "nobody") == pool
    all_lost = replace(pool, licences=tuple(replace(each, lgd=1.0) for each in pool.licences))
    assert [each.licensee for each in changes.licensee_fails(all_lost, "L1").licences] == ["L2", "L3"]


def test_the_largest_licensee_counts_all_its_contracts(deal):
    pool = licence_deal()
    assert changes.largest_licensee(deal) is None
    assert changes.largest_licensee(pool) == "L1"
    more = replace(pool.licences[1], fee_amount=1.5 * pool.licences[1].fee_amount)
    assert changes.largest_licensee(replace(pool, licences=(*pool.licences, more))) == "L2"


def test_controls_are_taken_away_and_nothing_else():
    own = tuple(replace(line, order="speed", level=line.level) for line in OWN_ORDER)
    speed = Trigger(trigger="speed", test="unpaid", order="speed")
    pool = licence_deal(order=(*OWN_ORDER, *own))
    pool = replace(pool, triggers=(*pool.triggers, speed))
    assert not errors(pool)
    assert changes.without_triggers(pool) == replace(pool, triggers=(), order=OWN_ORDER)
    kept = changes.without_retention(pool)
    assert {line.step for line in pool.order} - {line.step for line in kept.order} == {"retain"}
    assert kept.structure.surplus == "release"
    assert changes.without_support(pool).support == ()
    assert changes.without_support(pool, ["another"]) == pool
    assert changes.without_clean_up_call(pool).structure.call_share == 0.0
    gone = changes.without_reserve(pool)
    run = base_case(gone, schedule_of(gone))
    assert run.reserve_initial == 0.0
    assert not np.abs(run.paid[run.step("reserve")]).any()
    for each in (kept, gone):
        assert not errors(each)


def test_without_a_step_up_the_coupon_stays():
    pool = licence_deal()
    steps = tuple(replace(each, step_up=0.02, step_up_date=dt.date(2021, 1, 1)) for each in pool.tranches)
    stepped, schedule = replace(pool, tranches=steps), schedule_of(pool)
    assert coupon_rates(stepped, schedule)[0, -1] == pytest.approx(0.06)
    assert (coupon_rates(changes.without_step_up(stepped), schedule) == coupon_rates(pool, schedule)).all()
