"""Structures that are refused, or warned of, with the code and what mends them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random

import numpy as np
import pytest

from kmv_core.deal.cash_in import contract_fees, expected_collections
from kmv_core.deal.deal import BenchmarkRate, Fee, OrderLine, Reserve, Structure, Trigger
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.order import NORMAL
from kmv_core.deal.payments import run_waterfall
from kmv_core.deal.schedule import schedule_of
from tests.structured_deals import CLOSING, deal_of, note, own_order

FEES = (Fee(fee="tax", basis="fixed", rate=1.0), Fee(fee="trustee", basis="fixed", rate=1.0))
NOTES = (note("A", 1, 80.0, coupon=0.05), note("B", 2, 20.0))
TURBO = Trigger(trigger="t", test="date", order="turbo", from_date=CLOSING + dt.timedelta(days=400))


def own(name, *steps):
    return tuple(
        OrderLine(order=name, level=level, step=step, payee=payee) for level, (step, payee) in enumerate(steps, start=1)
    )


FULL = (
    ("fee", "tax"),
    ("fee", "trustee"),
    ("interest", "A"),
    ("reserve", ""),
    ("principal", "A"),
    ("principal", "B"),
    ("residual", "B"),
)


def with_order(name, *steps, **changes):
    reserve = Reserve(reserve_multiple=1.0, reserve_initial=5.0)
    parts = {"fees": FEES, "reserve": reserve, "triggers": (TURBO,), "order": own("turbo", *FULL) + own(name, *steps)}
    return deal_of((50, 60, 60), NOTES, **(parts | changes))


def errors(deal):
    return [each for each in deal_problems(deal) if each.is_error]


def without(*dropped):
    return tuple(step for step in FULL if step[0] not in dropped and step[1] not in dropped)


@pytest.mark.parametrize(
    ("name", "dropped", "missing"),
    [
        ("normal", "trustee", "fee trustee"),
        ("normal", "interest", "interest A"),
        ("normal", "reserve", "reserve"),
        ("turbo", "tax", "fee tax"),
        ("turbo", "trustee", "fee trustee"),
    ],
)
def test_an_order_that_leaves_out_what_must_be_paid(name, dropped, missing):
    found = errors(with_order(name, *without(dropped), order=own(name, *without(dropped))))
    if name == NORMAL:
        # The trigger's order is then unknown as well.
        found = [each for each in found if each.code != "E204"]
    assert [(each.code, missing in each.en, missing in each.zh) for each in found] == [("E252", True, True)]


def test_an_order_without_a_reserve_pays_the_account_out():
    deal = with_order("turbo", order=own("turbo", *without("reserve")))
    assert not errors(deal)
    schedule = schedule_of(deal)
    run = run_waterfall(deal, schedule, expected_collections(deal, schedule))
    assert run.reserve[0, 0] > 0
    assert run.order_index[0].tolist() == [0, 1, 1]
    assert run.reserve[0, 1:].tolist() == [0, 0]
    assert np.abs(run.imbalance()).max() < 1e-12
    assert run.paid[:, 0, 1].sum() == pytest.approx(60 + run.reserve[0, 0])


def test_principal_and_all_principal_of_one_tranche_on_one_level_would_be_paid_twice():
    lines = own("turbo", *FULL)
    twice = dataclasses.replace(lines[4], step="all_principal")
    found = errors(with_order("turbo", order=(*lines, twice)))
    assert [(each.code, each.field) for each in found] == [("E206", ("order", len(lines), "step"))]
    # One after the other is no fault: the second finds what the first has left.
    later = [dataclasses.replace(each, level=each.level + (each.level > 5)) for each in lines]
    assert not errors(with_order("turbo", order=(*later, dataclasses.replace(twice, level=6))))


def test_random_orders_are_accepted():
    for seed in range(50):
        rng = random.Random(seed)  # noqa: S311
        order = tuple(own_order(rng, "turbo", NOTES, FEES, anyhow=True))
        assert not errors(with_order("turbo", order=order))


def test_a_benchmark_that_begins_after_closing():
    floating = (dataclasses.replace(NOTES[0], rate_type="floating"), NOTES[1])
    late = (
        BenchmarkRate(from_date=CLOSING + dt.timedelta(days=90), benchmark_rate=0.03),
        BenchmarkRate(from_date=CLOSING + dt.timedelta(days=1), benchmark_rate=0.03),
    )
    (found,) = errors(deal_of((60, 60), floating, benchmark=late))
    assert (found.code, found.field) == ("E259", ("benchmark", 1, "from_date"))
    assert CLOSING.isoformat() in found.en
    assert CLOSING.isoformat() in found.zh
    good = (*late, BenchmarkRate(from_date=CLOSING, benchmark_rate=0.02))
    assert not errors(deal_of((60, 60), floating, benchmark=good))
    assert not errors(deal_of((60, 60), NOTES, benchmark=late)), "no tranche floats: the path is idle"


def moved(convention, **changes):
    structure = Structure(calendar="china", business_day=convention)
    return dataclasses.replace(deal_of((60, 60), NOTES), structure=structure, **changes)


def test_business_days_may_not_move_a_payment_to_closing():
    """1 to 7 October 2024 are holidays; closing on 30 September, the first payment on 2 October."""
    at = {"closing_date": dt.date(2024, 9, 30), "first_payment_date": dt.date(2024, 10, 2)}
    notes = [dataclasses.replace(each, expected_maturity=dt.date(2025, 10, 2)) for each in NOTES]
    parts = {**at, "legal_maturity": dt.date(2025, 10, 2), "tranches": tuple(notes)}
    codes = [(each.code, each.field) for each in errors(moved("preceding", **parts))]
    assert codes == [("E234", ("structure", "business_day"))]
    assert not errors(moved("following", **parts))


@pytest.mark.parametrize("convention", ["following", "preceding"])
def test_business_days_may_not_move_two_payments_onto_one_day(convention):
    dates = {"first_payment_date": dt.date(2024, 10, 2), "legal_maturity": dt.date(2024, 10, 4)}
    notes = tuple(dataclasses.replace(each, expected_maturity=dt.date(2024, 10, 4)) for each in NOTES)
    (found,) = errors(moved(convention, **dates, tranches=notes))
    assert (found.code, found.field) == ("E234", ("structure", "business_day"))
    assert "2024-10-04" in found.en


def test_fees_after_the_last_window_are_counted_and_added_up():
    plain = deal_of((60, 60), NOTES, collection_lag=10)
    licence = dataclasses.replace(plain.licences[0], fee_amount=25.0, fee_count=30, months_between=1)
    deal = dataclasses.replace(plain, licences=(licence,))
    (found,) = [each for each in deal_problems(deal) if each.code == "W258"]
    received = contract_fees(deal, schedule_of(deal)).sum()
    lapsed = 30 * 25.0 - received
    assert lapsed > 0
    for text in (found.en, found.zh):
        assert f"{lapsed:g}" in text
        assert f"{lapsed / 25.0:g}" in text
