from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given, settings

from kmv_core.deal.schedule import expected_collections, schedule_of
from tests.random_deals import deals


def test_dates_of_the_example(deal):
    schedule = schedule_of(deal)
    assert schedule.dates[0] == dt.date(2021, 10, 26)
    assert schedule.dates[-1] == deal.legal_maturity
    assert len(schedule.dates) == 13
    assert schedule.times[-1] == pytest.approx((deal.legal_maturity - deal.closing_date).days / 365)


def test_month_ends_and_an_off_rhythm_maturity(deal):
    odd = dataclasses.replace(
        deal, first_payment_date=dt.date(2022, 1, 31), payments_per_year=12, legal_maturity=dt.date(2022, 4, 15)
    )
    assert schedule_of(odd).dates == (
        dt.date(2022, 1, 31),
        dt.date(2022, 2, 28),
        dt.date(2022, 3, 31),
        dt.date(2022, 4, 15),
    )


@settings(max_examples=100, deadline=None)
@given(deal=deals())
def test_times_ascend_and_collections_add_up(deal):
    schedule = schedule_of(deal)
    assert (schedule.accruals > 0).all()
    assert schedule.dates[-1] == deal.legal_maturity
    cash = expected_collections(deal, schedule)
    assert (cash >= 0).all()
    share = float(deal.recovery.share_by(schedule.window_ends[-1]))
    kept = (1 - deal.recovery.haircut) * (1 - deal.recovery.disposal_cost)
    net = deal.pool.pool_balance * deal.recovery.recovery_rate * kept
    assert cash.sum() == pytest.approx(net * share, rel=1e-12, abs=1e-9)
