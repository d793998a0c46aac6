"""Laws of the collections: neutral defaults, a vector that repeats the curve, a delay that moves cash only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmv_core.assets.recovery import Recovery
from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.schedule import schedule_of
from kmv_core.vocabulary.errors import KmvError
from tests.random_deals import deals, recoveries

ENDS = np.linspace(0.1, 9.0, 60)


def collected(recovery: Recovery, ends=ENDS):
    return recovery.net_collections(pool_balance=1000.0, window_ends=ends)


@given(recovery=recoveries())
def test_no_delay_and_no_haircut_change_nothing(recovery):
    plain = replace(recovery, delay=0.0, haircut=0.0)
    bare = Recovery(**{name: getattr(plain, name) for name in _FIRST}, curve=plain.curve)
    assert collected(plain).tolist() == collected(bare).tolist()


@given(recovery=recoveries())
def test_a_haircut_scales_every_window(recovery):
    whole = collected(replace(recovery, haircut=0.0))
    assert collected(recovery) == pytest.approx(whole * (1.0 - recovery.haircut), rel=1e-12)


@given(deal=deals())
def test_the_vector_of_the_curves_own_values_gives_the_same_collections(deal):
    recovery = replace(deal.recovery, curve=(), decay_rate=0.7, decay_shape=1.3, recovery_horizon=2.5, delay=0.0)
    schedule = schedule_of(deal)
    horizon = recovery.recovery_horizon
    ends = np.unique(schedule.window_ends)
    ends = ends[(ends > 0.0) & (ends < horizon)]
    points = zip([*ends, horizon], [*recovery.share_by(ends), 1.0], strict=True)
    vector = replace(recovery, curve=tuple((float(t), float(share)) for t, share in points), decay_rate=None)
    usual = expected_collections(replace(deal, recovery=recovery), schedule)
    same = expected_collections(replace(deal, recovery=vector), schedule)
    assert same == pytest.approx(usual, rel=1e-9, abs=1e-12 * deal.issue_size)


@given(recovery=recoveries(), delay=st.floats(0.0, 3.0))
def test_a_delay_moves_cash_and_makes_none(recovery, delay):
    now, later = (collected(replace(recovery, delay=each)) for each in (0.0, delay))
    total = recovery.total(pool_balance=1000.0)
    # Never more by any date than without, never more in all than there is, and all of it once the curve has ended.
    assert (np.cumsum(later) <= np.cumsum(now) + 1e-9).all()
    assert (later >= -1e-9).all()
    assert later.sum() <= total + 1e-9
    end = (recovery.curve[-1][0] if recovery.curve else recovery.recovery_horizon) + delay
    assert collected(replace(recovery, delay=delay), [end + 1e-9]).sum() == pytest.approx(total)


def test_what_a_delay_carries_beyond_legal_maturity_is_not_received(deal):
    late = replace(deal, recovery=replace(deal.recovery, delay=1.0))
    schedule = schedule_of(deal)
    lost = expected_collections(deal, schedule).sum() - expected_collections(late, schedule).sum()
    left = 1.0 - float(deal.recovery.share_by(schedule.window_ends[-1] - 1.0))
    assert lost == pytest.approx(left * deal.recovery.total(pool_balance=deal.pool.pool_balance))
    assert lost > 0.0


def test_neither_curve_nor_vector():
    bare = Recovery(recovery_rate=0.3, disposal_cost=0.1, recovery_horizon=3)
    with pytest.raises(KmvError, match=r"E202.*decay_rate"):
        bare.share_by(1.0)


@pytest.mark.parametrize(
    ("curve", "code", "field"),
    [
        (((1.0, 0.5), (1.0, 1.0)), "E270", ("recovery_curve", 1, "years")),
        (((0.0, 0.0), (1.0, 1.0)), "E270", ("recovery_curve", 0, "years")),
        (((1.0, 0.5), (2.0, 0.4), (3.0, 1.0)), "E271", ("recovery_curve", 1, "share")),
        (((1.0, 0.5), (3.0, 0.99)), "E272", ("recovery_curve", 1, "share")),
        (((1.0, 50.0), (3.0, 100.0)), "E226", ("recovery_curve", 0, "share")),
        ((), "E202", ("recovery", "decay_rate")),
    ],
)
def test_a_vector_that_is_none_is_refused_at_its_cell(deal, curve, code, field):
    recovery = replace(deal.recovery, curve=curve, decay_rate=None, decay_shape=None)
    found = [each for each in deal_problems(replace(deal, recovery=recovery)) if each.is_error]
    assert (code, field) in [(each.code, each.field) for each in found]


def test_what_the_vector_puts_out_of_use_is_said(deal):
    recovery = replace(deal.recovery, curve=((1.0, 0.5), (2.0, 1.0)))
    found = deal_problems(replace(deal, recovery=recovery))
    assert [(each.code, each.field[-1]) for each in found] == [
        ("W273", "decay_rate"),
        ("W273", "decay_shape"),
        ("W273", "recovery_horizon"),
    ]


_FIRST = ("recovery_rate", "disposal_cost", "recovery_horizon", "decay_rate", "decay_shape")
