"""A whole deal assessed: the published figures, and the laws no deal may break."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.deal import Model, Tranche
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.assess import assess
from kmv_core.risk.tails import expected_losses, put, tail
from kmv_core.vocabulary.errors import KmvError
from tests.random_deals import deals


def test_due_reading_of_the_example(assessment):
    senior, sub = (each.due for each in assessment.tranches)
    assert senior.default_point == pytest.approx(15788.682, abs=5e-4)
    assert sub.default_point == pytest.approx(19588.682, abs=5e-4)
    assert senior.probability_of_default == pytest.approx(0.0126142, abs=1e-6)
    assert sub.probability_of_default == pytest.approx(0.211808, abs=1e-6)
    assert senior.distance_to_default == pytest.approx(2.23789, abs=1e-5)


@pytest.mark.parametrize(
    ("s", "form", "senior", "sub"), [(0.20, "lognormal", 0.0510595, 0.288978), (0.15, "linear", 0.0253319, None)]
)
def test_due_reading_under_other_models(deal, s, form, senior, sub):
    other = assess(dataclasses.replace(deal, model=dataclasses.replace(deal.model, total_volatility=s, form=form)))
    assert other.tranches[0].due.probability_of_default == pytest.approx(senior, abs=1e-6)
    if sub is not None:
        assert other.tranches[1].due.probability_of_default == pytest.approx(sub, abs=1e-6)


def test_waterfall_reading_is_a_little_above_the_due_reading(assessment):
    for each in assessment.tranches:
        assert 1.0 < each.waterfall.probability_of_default / each.due.probability_of_default < 1.5


@settings(max_examples=60, deadline=None)
@given(deal=deals())
def test_laws_of_every_assessment(deal):
    found = assess(deal)
    for name in ("waterfall", "due"):
        readings = [each.reading(name) for each in found.tranches]
        pds = [each.probability_of_default for each in readings]
        assert all(0 <= pd <= 1 for pd in pds)
        assert all(a <= b + 1e-12 for a, b in pairwise(pds)), "a later tranche is never safer"
        for each in readings:
            assert each.extension_probability >= each.probability_of_default
            assert -1e-9 <= each.expected_loss <= 1 + 1e-9
    ends = [each.detachment for each in found.tranches]
    assert ends[0] == pytest.approx(1.0)
    assert found.tranches[-1].attachment == pytest.approx(0.0, abs=1e-12)
    forward = [point.forward_pd for point in found.term_structure]
    assert min(forward) >= 0


@settings(max_examples=25, deadline=None)
@given(deal=deals())
def test_a_million_times_the_money_changes_no_probability(deal):
    big = _scaled(deal, 1e6)
    for one, other in zip(assess(deal).tranches, assess(big).tranches, strict=True):
        for name in ("waterfall", "due"):
            a, b = one.reading(name), other.reading(name)
            assert b.probability_of_default == pytest.approx(a.probability_of_default, rel=1e-12, abs=1e-12)


def test_scaling_the_example(deal, assessment):
    for one, other in zip(assessment.tranches, assess(_scaled(deal, 1e6)).tranches, strict=True):
        for name in ("waterfall", "due"):
            gap = one.reading(name).probability_of_default - other.reading(name).probability_of_default
            assert abs(gap) <= 1e-12


def test_due_losses_of_the_tranches_add_to_the_loss_of_the_whole(assessment):
    points = assessment.due_points.default_points[:, -1]
    owned = float(assessment.due_points.asset_values[-1])
    shares = np.diff(points, prepend=0.0)
    parts = sum(share * each.due.expected_loss for share, each in zip(shares, assessment.tranches, strict=True))
    assert parts == pytest.approx(float(put(assessment.deal.model, owned, points[-1])), rel=1e-12)


def test_waterfall_loss_against_brute_force_integration(deal, assessment):
    """E[loss(q)] by a fine quadrature over the lognormal multiple, without knots."""
    s = deal.model.total_volatility
    z = np.linspace(-9, 9, 40_001)
    q = np.exp(s * z - s * s / 2)
    weight = np.exp(-z * z / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    run = MultipleScan(deal, schedule_of(deal)).run(q)
    for k, each in enumerate(assessment.tranches):
        loss = run.outstanding[k, :, -1] / deal.by_rank[k].balance
        assert each.waterfall.expected_loss == pytest.approx(float((loss * weight).sum()), rel=1e-5)


def test_simulated_waterfall_agrees_under_comonotone_collections(deal, assessment):
    rng = np.random.default_rng(20211026)
    s = deal.model.total_volatility
    q = np.exp(s * rng.standard_normal(40_000) - s * s / 2)
    unpaid = MultipleScan(deal, schedule_of(deal)).unpaid(q)
    for k, each in enumerate(assessment.tranches):
        pd = each.waterfall.probability_of_default
        error = np.sqrt(pd * (1 - pd) / len(q))
        assert abs(unpaid[k].mean() - pd) < 4 * error


def test_vanishing_volatility_gives_the_certain_answer(deal):
    calm = assess(dataclasses.replace(deal, model=dataclasses.replace(deal.model, total_volatility=1e-6)))
    assert [each.waterfall.probability_of_default for each in calm.tranches] == [0.0, 0.0]


def test_tail_at_its_limits(deal):
    distance, probability = tail(deal.model, np.array([1.0, 0.0, 1.0]), np.array([0.0, 1.0, np.inf]))
    assert distance.tolist() == [np.inf, -np.inf, -np.inf]
    assert probability.tolist() == [0.0, 1.0, 1.0]


@pytest.mark.parametrize("form", ["lognormal", "linear", "student"])
def test_next_to_nothing_against_something_is_hopeless(form):
    model = Model(total_volatility=0.05, form=form)
    distance, probability = tail(model, 1e-307, np.array([10.0, 1e300]))
    assert distance.tolist() == [-np.inf, -np.inf]
    assert probability.tolist() == [1.0, 1.0]
    assert put(model, 1e-307, 10.0) == 10.0
    assert put(model, 5.0, 0.0) == 0.0


def test_grades_follow_the_appetite(assessment):
    assert [each.grade for each in assessment.tranches] == ["中 Moderate", "高 High"]


def test_a_hopeless_deal_is_assessed_not_refused(deal):
    none = assess(dataclasses.replace(deal, recovery=dataclasses.replace(deal.recovery, recovery_rate=1e-9)))
    assert [each.waterfall.probability_of_default for each in none.tranches] == [1.0, 1.0]


def test_a_refused_deal_names_every_problem(deal):
    twice = (
        *deal.tranches,
        Tranche(tranche="C", rank=2, balance=1.0, coupon=9.0, fixed_return=0.0, expected_maturity=deal.legal_maturity),
    )
    with pytest.raises(KmvError) as caught:
        assess(dataclasses.replace(deal, tranches=twice))
    assert {each.code for each in caught.value.problems} == {"E220", "E250"}


def test_loss_curve_of_nothing_is_nothing(deal):
    from kmv_core.deal.loss_curve import LossCurve

    assert expected_losses(deal.model, LossCurve(np.array([0.0]), np.zeros((2, 1)))).tolist() == [0.0, 0.0]


def _scaled(deal, scale):
    fees = tuple(
        dataclasses.replace(fee, rate=fee.rate * (scale if fee.basis == "fixed" else 1.0)) for fee in deal.fees
    )
    tranches = tuple(dataclasses.replace(each, balance=each.balance * scale) for each in deal.tranches)
    return dataclasses.replace(
        deal,
        issue_size=sum(each.balance for each in tranches),
        tranches=tranches,
        fees=fees,
        pool=dataclasses.replace(deal.pool, pool_balance=deal.pool.pool_balance * scale),
        reserve=dataclasses.replace(deal.reserve, reserve_initial=deal.reserve.reserve_initial * scale),
    )
