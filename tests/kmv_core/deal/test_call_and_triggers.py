"""The clean-up call and the triggers, on deals small enough to pay by hand."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest

from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.deal import Fee, OrderLine, PrincipalDue, Reserve, Structure, Support, Trigger
from kmv_core.deal.default_point import base_case, due_points
from kmv_core.deal.payments import run_waterfall
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.assess import assess
from tests.structured_deals import CLOSING, deal_of, note


def called(share=0.5, cover=1.0, **changes):
    return Structure(day_count="30_360", call_share=share, call_cover=cover, **changes)


def run_of(deal, cash=None, **changes):
    schedule = schedule_of(deal)
    paid = expected_collections(deal, schedule) if cash is None else np.array(cash, dtype=float)
    return run_waterfall(deal, schedule, paid, **changes)


def test_the_call_pays_par_and_nothing_comes_afterwards():
    deal = deal_of((60, 50, 50), [note("A", 1, 100.0)], structure=called(), fees=(Fee(fee="f", basis="fixed", rate=1),))
    run = run_of(deal)
    assert run.called[0, 0].tolist() == [41, 0, 0]
    assert run.collections[0].tolist() == [60, 0, 0]
    assert run.outstanding[0, 0].tolist() == [0, 0, 0]
    assert run.due[:, 0, 1:].max() == 0, "the deal has ended: no fee falls due, and none is asked of a payer"


def test_the_call_pays_the_interest_owed():
    """100 at 10 % bring 4 of interest and nothing of principal of A; B is nearly repaid ahead of it."""
    order = tuple(
        OrderLine(order="normal", level=level, step=step, payee=payee)
        for level, (step, payee) in enumerate(
            [("principal", "B"), ("interest", "A"), ("principal", "A"), ("residual", "A")], start=1
        )
    )
    notes = [note("A", 1, 40.0, coupon=0.1), note("B", 2, 60.0)]
    deal = deal_of((62, 50, 50), notes, structure=called(), order=order)
    run = run_of(deal)
    assert run.called[:, 0, 0].tolist() == pytest.approx([42, 0])
    assert run.interest_short[0, 0].tolist() == [0, 0, 0]
    found = MultipleScan(deal, schedule_of(deal)).tests(np.array([1.0]))
    assert found.lost[:, 0].tolist() == [0, 0]


@pytest.mark.parametrize(("share", "cover", "is_called"), [(0.4, 1.0, True), (0.39, 1.0, False), (0.4, 1.3, False)])
def test_the_call_is_used_below_its_share_and_with_cover(share, cover, is_called):
    run = run_of(deal_of((60, 25, 25), [note("A", 1, 100.0)], structure=called(share, cover)))
    assert bool(run.called[0, 0, 0] == 40) is is_called


def test_the_account_is_no_cover_for_the_call_and_is_paid_out_after_it():
    """The caller buys the pool: 30 to come do not cover 40 of notes, whatever the account holds."""
    deal = deal_of(
        (60, 30),
        [note("A", 1, 100.0, coupon=1e-6, repayment="scheduled", expected_maturity=CLOSING + dt.timedelta(days=365))],
        structure=called(),
        reserve=Reserve(reserve_initial=20.0, reserve_floor=20.0),
    )
    order = tuple(
        OrderLine(order="normal", level=level, step=step, payee=payee)
        for level, (step, payee) in enumerate(
            [("interest", "A"), ("reserve", ""), ("principal", "A"), ("residual", "A")], start=1
        )
    )
    deal = dataclasses.replace(deal, order=order)
    assert not run_of(deal).called.any()
    rich = run_of(deal, (60, 41))
    assert rich.called[0, 0, 0] == pytest.approx(40, abs=1e-3)
    assert rich.reserve[0].tolist() == pytest.approx([20, 0])
    assert rich.paid[rich.step("residual", "A"), 0].tolist() == pytest.approx([0, 20])
    assert np.abs(rich.imbalance()).max() < 1e-12


def test_the_due_reading_is_of_the_deal_without_the_call():
    """Neither a false default (owned would equal owed) nor a hidden one: as if nobody called."""
    notes = [note("A", 1, 80.0, coupon=0.05), note("B", 2, 20.0)]
    plain = deal_of((70, 60, 60), notes)
    deal = dataclasses.replace(plain, structure=called(0.4))
    schedule = schedule_of(deal)
    assert base_case(deal, schedule).called.any()
    with_call, without = (due_points(each, schedule, base_case(each, schedule)) for each in (deal, plain))
    assert with_call.asset_values.tolist() == [70, 130, 190]
    assert np.array_equal(with_call.default_points, without.default_points)
    assert np.array_equal(with_call.lives, without.lives)
    ours, theirs = assess(deal), assess(plain)
    assert ours.asset_value == theirs.asset_value == 190
    for one, other in zip(ours.tranches, theirs.tranches, strict=True):
        assert one.due == other.due
        assert one.due.probability_of_default < 0.01
    lives = [[each.waterfall.weighted_life for each in found.tranches] for found in (ours, theirs)]
    assert lives[0][1] < lives[1][1], "the base case, and so its life, ends with the call"


def test_no_trigger_is_tested_after_the_call():
    trigger = Trigger(trigger="t", test="cumulative_recovery", order="accelerated", limit=0.9)
    run = run_of(deal_of((60, 50, 50), [note("A", 1, 100.0)], structure=called(), triggers=(trigger,)))
    assert run.called.any()
    assert not run.trigger_active.any()
    assert run.order_index[0].tolist() == [0, 0, 0]
    assert np.isnan(run.trigger_value[0, 0]).tolist() == [False, True, True]


def test_an_active_trigger_stays_as_it_was_at_the_call():
    trigger = Trigger(trigger="t", test="cumulative_recovery", order="accelerated", limit=0.9, curable="yes")
    deal = deal_of((60, 50, 50), [note("A", 1, 100.0)], structure=called(0.6), triggers=(trigger,))
    run = run_of(deal, (50, 50, 50))
    assert run.called.any()
    assert run.order_index[0].tolist() == [1, 1, 1]


ARREARS = deal_of(
    (10, 90, 60, 60),
    [
        note("A", 1, 100.0, coupon=0.2),
        note("B", 2, 50.0, expected_maturity=CLOSING + dt.timedelta(days=800), repayment="scheduled"),
    ],
)


@pytest.mark.parametrize(("curable", "orders"), [("yes", [0, 1, 0, 0]), ("no", [0, 1, 1, 1])])
def test_arrears_start_a_trigger_and_only_a_curable_one_returns(curable, orders):
    trigger = Trigger(trigger="t", test="unpaid", order="accelerated", curable=curable)
    deal = dataclasses.replace(ARREARS, triggers=(trigger,))
    run = run_of(deal)
    assert run.interest_short[0, 0].tolist() == [10, 0, 0, 0]
    assert run.order_index[0].tolist() == orders
    # What was missed once remains a default, cured or not.
    assert MultipleScan(deal, schedule_of(deal)).unpaid(np.array([1.0]))[0, 0]


def test_principal_in_arrears_is_unpaid_until_it_is_paid():
    notes = [note("A", 1, 100.0, repayment="scheduled")]
    schedule = (PrincipalDue(tranche="A", due_date=CLOSING + dt.timedelta(days=300), principal_share=0.5),)
    trigger = Trigger(trigger="t", test="unpaid", order="accelerated", curable="yes")
    deal = deal_of((30, 30, 60), notes, principal_schedule=schedule, triggers=(trigger,))
    run = run_of(deal)
    assert run.principal_short[0, 0].tolist() == [20, 0, 0]
    assert run.order_index[0].tolist() == [0, 1, 0]


def test_the_first_active_trigger_decides():
    late = Trigger(trigger="late", test="date", order="normal", from_date=CLOSING + dt.timedelta(days=700))
    short = Trigger(trigger="short", test="cumulative_recovery", order="accelerated", limit=0.9, curable="yes")
    deal = deal_of((60, 60, 60, 60), [note("A", 1, 100.0)], triggers=(late, short))
    run = run_of(deal, (10, 10, 10, 200))
    assert run.order_index[0].tolist() == [1, 0, 0, 0]
    assert run.trigger_active[1, 0].tolist() == [True, True, True, False]


def test_a_tranche_due_before_the_first_payment_is_late_by_every_date():
    deal = deal_of((60, 60), [note("A", 1, 50.0, expected_maturity=CLOSING + dt.timedelta(days=10))])
    scan = MultipleScan(deal, schedule_of(deal))
    legal, expected = scan.break_evens()
    assert legal[0].multiple == pytest.approx(50 / 120)
    assert expected[0].multiple == np.inf
    assert [each.multiple for each in scan.break_evens_by_date()[0]] == [np.inf, np.inf]


def test_exact_default_without_payers_is_worse_than_with_one():
    licences = tuple(
        dataclasses.replace(each, licensee=f"L{i}", probability_of_default=0.1, asset_correlation=0.2)
        for i, each in enumerate(deal_of((60, 60), [note("A", 1, 100.0)]).licences)
    )
    deal = deal_of((60, 60), [note("A", 1, 100.0)], licences=licences)
    payer = Support(support="p", covers="A", payer_pd=0.05, correlation=0.3)
    alone = assess(deal).tranches[0].exact
    helped = assess(dataclasses.replace(deal, support=(payer,))).tranches[0].exact
    assert alone is not None
    assert helped is not None
    assert alone.unsupported_pd == alone.probability_of_default
    assert helped.unsupported_pd == pytest.approx(alone.probability_of_default, rel=1e-12)
    assert helped.probability_of_default < 0.3 * helped.unsupported_pd
