"""Our waterfall against figures of a trustee: the same to the cent, or told apart."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from addin.deals import example_deal
from kmv_core.deal.deal import Structure
from kmv_core.risk.reports import ITEMS, Report
from kmv_core.risk.tie_out import CENT, tie_out, tie_out_deal
from kmv_core.vocabulary.errors import KmvError

DEAL = example_deal("21jianxin08").deal
SENIOR = DEAL.by_rank[0]
FIRST = dt.date(2021, 10, 26)


def test_the_first_interest_by_hand() -> None:
    """27 days at 2.95 % on 15,600, paid in full; the senior takes what fees and reserve leave."""
    interest = SENIOR.balance * SENIOR.coupon * (FIRST - DEAL.closing_date).days / 365.0
    given = Report(date=FIRST, collections=6000.0, tranches={(SENIOR.tranche, "interest_paid"): interest})
    (found,) = tie_out_deal(DEAL, [given])
    assert found.due == pytest.approx(interest, rel=1e-12)
    assert found.ours == pytest.approx(interest, rel=1e-12)
    assert (found.difference, found.agrees, found.tolerance) == (0.0, True, CENT * SENIOR.balance)
    off = replace(given, tranches={(SENIOR.tranche, "interest_paid"): interest + 2.0})
    assert [each.agrees for each in tie_out_deal(DEAL, [off])] == [False]
    assert [each.agrees for each in tie_out_deal(DEAL, [off], tolerance=2.0)] == [True]


def test_payments_and_balance_hang_together() -> None:
    dates = (FIRST, dt.date(2022, 1, 26))
    nothing = {(SENIOR.tranche, item): 0.0 for item in ITEMS}
    found = tie_out_deal(DEAL, [Report(date=date, collections=3000.0, tranches=nothing) for date in dates])
    by_item = [{each.item: each.ours for each in found if each.date == date} for date in dates]
    assert by_item[0]["outstanding"] == pytest.approx(SENIOR.balance - by_item[0]["principal_paid"])
    assert by_item[1]["outstanding"] == pytest.approx(by_item[0]["outstanding"] - by_item[1]["principal_paid"])


def test_a_clean_up_call_is_a_payment() -> None:
    called = replace(DEAL, structure=Structure(call_share=1.0, call_cover=0.1))
    given = Report(date=FIRST, collections=6000.0, tranches={(SENIOR.tranche, item): 0.0 for item in ITEMS})
    found = {each.item: each.ours for each in tie_out_deal(called, [given])}
    assert found["outstanding"] == 0.0
    assert found["principal_paid"] == pytest.approx(SENIOR.balance)
    assert found["interest_paid"] == pytest.approx(SENIOR.balance * SENIOR.coupon * 27 / 365.0)


def test_reports_within_a_period_add_up() -> None:
    parts = [
        Report(date=day, collections=3000.0, tranches={(SENIOR.tranche, "principal_paid"): 2.0, (SENIOR.tranche, "outstanding"): left})
        for day, left in ((dt.date(2021, 10, 10), 9.0), (FIRST, 8.0))
    ]  # fmt: skip
    assert {each.item: each.trustee for each in tie_out_deal(DEAL, parts)} == {
        "principal_paid": 4.0,
        "outstanding": 8.0,
    }


def test_shapes_and_refusals() -> None:
    difference, agrees = tie_out(ours=[[1.0], [2.0]], trustee=[1.0, 2.0], tolerance=[0.0, 1.0])
    assert difference.tolist() == [[0.0, 1.0], [-1.0, 0.0]]
    assert agrees.tolist() == [[True, True], [False, True]]
    for words, code in (
        ({"ours": [1.0, 2.0], "trustee": [1.0, 2.0, 3.0]}, "E378"),
        ({"ours": np.nan, "trustee": 1.0}, "E212"),
        ({"ours": 1.0, "trustee": 1.0, "tolerance": -1.0}, "E226"),
    ):
        with pytest.raises(KmvError) as caught:
            tie_out(**words)
        assert caught.value.code == code
