"""Laws of every structured deal, and break-evens known from elsewhere."""

from __future__ import annotations

import dataclasses
import random
from itertools import pairwise

import numpy as np
import pytest

from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.deal import Fee, Model, OrderLine, Support, Trigger
from kmv_core.deal.payments import run_waterfall
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.assess import assess
from kmv_core.risk.tails import put, region_probability, tail
from kmv_core.structural import merton
from tests.structured_deals import CLOSING, deal_of, note, structured_deal


@pytest.fixture(scope="module")
def runs():
    found = []
    for seed in range(500):
        deal = structured_deal(seed)
        schedule = schedule_of(deal)
        expected = expected_collections(deal, schedule)
        scale = deal.issue_size / max(float(expected.sum()), 1e-9)
        uneven = np.random.default_rng(seed).gamma(1.5, 1 / 1.5, len(expected))
        cash = np.stack([0.3 * expected, 0.9 * uneven * expected, 1.5 * expected]) * scale
        alive = [bool((seed >> i) & 1) for i in range(len(deal.support))]
        found.append((deal, run_waterfall(deal, schedule, cash, payers_alive=alive)))
    return found


def test_cash_in_equals_cash_out_at_every_date(runs):
    for deal, run in runs:
        assert np.abs(run.imbalance()).max() <= 1e-9 * deal.issue_size
        assert (run.paid >= 0).all()
        assert (run.paid <= run.due + 1e-9 * deal.issue_size).all()
        assert (run.outstanding >= -1e-9 * deal.issue_size).all()
        # Principal only ever falls, and by what was paid of it.
        sizes = np.array([each.balance for each in run.tranches])[:, None]
        repaid = sizes - run.outstanding[:, :, -1]
        for k, each in enumerate(run.tranches):
            ways = [run.step(kind, each.tranche) for kind in ("principal", "all_principal")]
            paid = sum(run.paid[i].sum(axis=1) for i in ways if i >= 0)
            interest = run.step("interest", each.tranche)
            arrears = run.due[interest] - run.paid[interest] if interest >= 0 else 0.0
            by_call = run.called[k] - np.where(run.called[k] > 0.0, arrears, 0.0)
            assert paid + by_call.sum(axis=1) == pytest.approx(repaid[k], abs=1e-9 * deal.issue_size)


def test_no_level_is_paid_by_the_pool_while_one_before_it_is_short(runs):
    for deal, run in runs:
        small = 1e-9 * deal.issue_size
        own = run.paid - run.supported
        for number, levels in enumerate(run.orders.values()):
            in_force = run.order_index == number
            short = np.zeros_like(in_force)
            for level in levels:
                rows = [run.steps.index(step) for step in level]
                assert own[rows][:, in_force & short].max(initial=0.0) <= small
                short |= ((run.due[rows] - own[rows]).sum(axis=0) > small) & in_force


def test_a_juniors_principal_waits_for_the_seniors_interest(runs):
    """In the standard orders, whatever triggers and support do."""
    checked = 0
    for deal, run in runs:
        for number, name in enumerate(run.orders):
            if any(line.order == name for line in deal.order):
                continue
            in_force = run.order_index == number
            for senior in run.tranches:
                interest = run.step("interest", senior.tranche)
                if interest < 0:
                    continue
                short = in_force & (run.due[interest] - run.paid[interest] > 1e-9 * deal.issue_size)
                for junior in (each for each in run.tranches if each.rank > senior.rank):
                    for kind in ("principal", "all_principal"):
                        at = run.step(kind, junior.tranche)
                        if at >= 0:
                            own = run.paid[at] - run.supported[at]
                            assert own[short].max(initial=0.0) <= 1e-9 * deal.issue_size
                            checked += int(short.sum())
    assert checked > 100


def test_triggers_that_do_not_return_stay_and_the_first_active_decides(runs):
    returned = 0
    for deal, run in runs:
        orders = list(run.orders)
        for i, line in enumerate(deal.triggers):
            falls = run.trigger_active[i, :, :-1] & ~run.trigger_active[i, :, 1:]
            returned += int(falls.sum())
            assert line.curable == "yes" or not falls.any()
        for path, date in np.ndindex(run.order_index.shape):
            active = run.trigger_active[:, path, date]
            wanted = next((line.order for line, on in zip(deal.triggers, active, strict=True) if on), "normal")
            assert orders[run.order_index[path, date]] == wanted
    assert returned > 20, "some trigger was cured"


def test_nothing_is_owed_or_collected_after_a_call(runs):
    calls = 0
    for deal, run in runs:
        total = run.called.sum(axis=0)
        for path, date in np.argwhere(total > 0.0):
            calls += 1
            opening = run.outstanding[:, path, date] + run.called[:, path, date]
            assert deal.structure.call_share > 0.0
            assert date < total.shape[1] - 1
            assert run.collections[path, date + 1 :].max() == 0.0
            assert run.outstanding[:, path, date:].max() == 0.0
            assert run.interest_short[:, path, date:].max() == 0.0
            assert run.principal_short[:, path, date:].max() == 0.0
            assert total[path, date + 1 :].max() == 0.0
            interest = [run.step("interest", each.tranche) for each in run.tranches]
            arrears = sum(float((run.due[i] - run.paid[i])[path, date]) for i in interest if i >= 0)
            assert opening.sum() - arrears <= deal.structure.call_share * deal.issue_size * (1 + 1e-12)
    assert calls > 50


def test_the_reserve_is_released_at_the_end_and_once_no_coupon_is_left(runs):
    for deal, run in runs:
        at = run.step("reserve")
        assert run.reserve[:, -1].max() <= 1e-9 * deal.issue_size
        if at < 0:
            continue
        assert run.due[at][:, -1].max() == 0.0
        opening = np.concatenate(
            [np.array([[[each.balance]] * 3 for each in run.tranches]), run.outstanding[:, :, :-1]], axis=2
        )
        gone = opening.max(axis=0) <= 0.0
        assert run.due[at][gone].max(initial=0.0) == 0.0


def sequential(seed):
    """Three tranches, any fees, nothing that keeps cash back, and no junior's interest before the senior's principal."""
    rng = random.Random(seed)  # noqa: S311
    cash = [rng.uniform(20.0, 60.0) for _ in range(rng.randint(1, 6))]
    junior = 0.05 * (seed % 2)
    notes = [
        note(
            f"T{i}", i, rng.uniform(10.0, 80.0), coupon=rng.choice([0.0, 0.06]) if i == 1 else junior, fixed_return=0.1
        )
        for i in (1, 2, 3)
    ]
    by_rank = Trigger(trigger="by rank", test="date", order="accelerated", from_date=CLOSING)
    fees = (
        Fee(fee="fixed", basis="fixed", rate=rng.uniform(0.0, 0.5)),
        Fee(fee="share", basis="collections", rate=rng.uniform(0.0, 0.1)),
    )
    return deal_of(cash, notes, fees=fees, triggers=(by_rank,) if junior else ())


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_the_free_oracle_of_the_break_even(start):
    """q* = (S + sum fee_t d_t) / sum c_t d_t, d_t = product of (1 + coupon)^-1, where interest is timely."""
    known = 0
    for seed in range(start, start + 50):
        deal = sequential(seed)
        only = dataclasses.replace(deal, tranches=deal.by_rank[:1], issue_size=deal.by_rank[0].balance)
        schedule = schedule_of(only)
        first = only.tranches[0]
        discount = np.cumprod(1.0 / (1.0 + first.coupon * schedule.fractions))
        net = expected_collections(only, schedule) * (1.0 - only.fees[1].rate)
        oracle = (first.balance + (only.fees[0].rate * schedule.accruals * discount).sum()) / (net * discount).sum()
        timely = run_waterfall(only, schedule, oracle * (1 + 1e-9) * expected_collections(only, schedule))
        if timely.interest_short[:, :, :-1].max(initial=0.0) > 0 or timely.outstanding[0, 0, :-1].min(initial=1.0) <= 0:
            continue
        known += 1
        for each in (only, deal):
            found = MultipleScan(each, schedule_of(each)).break_evens()[0][0].multiple
            assert found == pytest.approx(oracle, rel=1e-9)
    assert known >= 30


def test_more_cash_can_hurt_where_a_trigger_leaks():
    """Cash (60, 45) q against (50, 50): surplus leaks unless the first period brings less than 58."""
    leak = [("principal", "A"), ("principal", "B"), ("residual", "B")]
    keep = [("principal", "A"), ("principal", "B"), ("retain", ""), ("residual", "B")]
    lines = tuple(
        OrderLine(order=name, level=level, step=step, payee=payee)
        for name, steps in (("normal", leak), ("keep", keep))
        for level, (step, payee) in enumerate(steps, start=1)
    )
    one, two = (
        note(
            name,
            rank,
            50.0,
            repayment="scheduled",
            expected_maturity=deal_of((1,) * rank, [note("x", 1, 1)]).legal_maturity,
        )
        for rank, name in ((1, "A"), (2, "B"))
    )
    trigger = Trigger(trigger="t", test="cumulative_recovery", order="keep", limit=58 / 60, curable="yes")
    deal = deal_of((60, 45), [one, two], triggers=(trigger,), order=lines)
    legal, _ = MultipleScan(deal, schedule_of(deal)).break_evens()
    # After the first date the notes of 50 fall due; 2 A is repaid by 60 q, what is above leaks or stays.
    assert not legal[1].is_interval
    edges = [edge for span in legal[1].unpaid for edge in span]
    # Kept below 58/60, 105 q covers 100 from 0.9524 on; from 0.9667 on only 45 q is left for the second 50.
    assert edges == pytest.approx([0.0, 100 / 105, 58 / 60, 50 / 45], rel=1e-12)
    found = assess(deal)
    assert [each.code for each in found.warnings if each.code == "W257"] == ["W257"]
    reading = found.tranches[1].waterfall
    assert reading.probability_of_default == pytest.approx(float(tail(deal.model, 1.0, 50 / 45)[1]), rel=1e-9)
    assert reading.region_probability == pytest.approx(region_probability(deal.model, legal[1]), rel=1e-12)
    assert reading.region_probability < reading.probability_of_default


NARROW = (135, 141, 170, 304, 409, 464, 480)
"""Seeds with a region of a thousandth of its multiple, between the points of an even scan."""


def test_every_multiple_is_in_the_region_that_its_own_run_says():
    narrow = 0
    for seed in (*range(30), *NARROW):
        deal = structured_deal(seed, support=False)
        scan = MultipleScan(deal, schedule_of(deal))
        legal, expected = scan.break_evens()
        scale = deal.issue_size / float(scan.expected.sum())
        q = np.exp(np.random.default_rng(seed).uniform(np.log(0.05), np.log(6.0), 1000)) * scale
        unpaid = scan.unpaid(q)
        for k, test in enumerate([*legal, *expected]):
            inside = np.zeros(len(q), dtype=bool)
            for low, high in test.unpaid:
                inside |= (q >= low) & (q < high)
                narrow += low > 0.0 and high < 1.02 * low
            assert np.array_equal(inside, unpaid[k]), seed
    assert narrow > 20


@pytest.mark.parametrize("seed", range(40))
def test_without_uncertainty_the_base_case_decides(seed):
    deal = structured_deal(seed, support=False)
    schedule = schedule_of(deal)
    calm = dataclasses.replace(deal, model=Model(total_volatility=1e-7))
    scan = MultipleScan(deal, schedule)
    base = scan.tests(np.array([1.0]))
    found = assess(calm)
    for k, each in enumerate(found.tranches):
        test = scan.break_evens()[0][k]
        if any(abs(edge - 1.0) < 1e-5 for span in test.unpaid for edge in span):
            continue
        assert each.waterfall.region_probability == pytest.approx(float(base.failed[k, 0]), abs=1e-12)
        if test.is_interval:
            assert each.waterfall.probability_of_default == float(base.failed[k, 0])
        # Around 1 the loss is affine, and its mean over a symmetric sliver is its value.
        assert each.waterfall.expected_loss == pytest.approx(base.lost[k, 0], abs=1e-6)


@pytest.mark.parametrize("form", ["lognormal", "linear", "student"])
@pytest.mark.parametrize("owed", [40.0, 95.0, 130.0])
def test_one_tranche_without_fees_is_the_closed_form(form, owed):
    deal = deal_of((50, 30, 20), [note("A", 1, owed)], model=Model(total_volatility=0.3, form=form))
    (found,) = assess(deal).tranches
    wanted = merton.distance_to_default(asset_value=100.0, default_point=owed, asset_volatility=0.3, form=form)
    loss = float(put(deal.model, 100.0, owed)) / owed
    for reading in (found.due, found.waterfall):
        assert reading.distance_to_default == pytest.approx(float(wanted), abs=1e-9)
        assert reading.probability_of_default == pytest.approx(
            float(merton.probability_beyond(wanted, form=form, dof=deal.model.dof)), rel=1e-9
        )
    assert found.due.expected_loss == pytest.approx(loss, rel=1e-9)
    # In the linear form collections may fall below zero; no more than all is lost of them.
    below_zero = float(put(deal.model, 100.0, 1e-200)) / owed if form == "linear" else 0.0
    assert found.waterfall.expected_loss == pytest.approx(loss - below_zero, rel=1e-9, abs=1e-12)


def test_due_losses_of_classes_add_to_the_loss_of_the_whole():
    for seed in range(100):
        deal = structured_deal(seed, support=False)
        found = assess(deal, readings=("due",))
        points = found.due_points.default_points[:, -1]
        by_rank = {
            each.rank: (point, each.due.expected_loss) for each, point in zip(found.tranches, points, strict=True)
        }
        for each in found.tranches:
            assert each.due.expected_loss == by_rank[each.rank][1], "one rank, one share"
        ends = [0.0, *(point for point, _ in by_rank.values())]
        parts = sum(
            (high - low) * loss for (low, high), (_, loss) in zip(pairwise(ends), by_rank.values(), strict=True)
        )
        whole = float(put(deal.model, float(found.due_points.asset_values[-1]), points[-1]))
        assert parts == pytest.approx(whole, rel=1e-9, abs=1e-12 * deal.issue_size)


def test_a_class_of_no_width_loses_its_default_probability():
    deal = deal_of((50, 30, 20), [note("A", 1, 90.0), note("B", 2, 1e-15)], model=Model(total_volatility=0.3))
    senior, thin = assess(deal).tranches
    assert thin.due.expected_loss == pytest.approx(senior.due.probability_of_default, rel=1e-6)
    payer = Support(support="p", covers="B", payer_pd=0.1, correlation=0.3, cap=5.0)
    helped = assess(dataclasses.replace(deal, support=(payer,))).tranches[1].due
    assert helped.expected_loss == pytest.approx(helped.probability_of_default, rel=1e-5)
    assert helped.probability_of_default < 0.9 * thin.due.probability_of_default
