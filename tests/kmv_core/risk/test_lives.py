"""The curve meets the published lives, the exponential does not, and what that does to the expected-maturity test."""

from __future__ import annotations

import dataclasses

import pytest

from kmv_core.evidence.lives import published_lives
from kmv_core.risk.assess import assess
from kmv_core.risk.lives import lives_of
from kmv_core.risk.timing import calibrate_timing
from kmv_core.risk.typical_curve import typical_curve
from kmv_core.vocabulary.errors import KmvError
from tests.example_structures import licences


def test_the_two_parameters_meet_both_lives(deal):
    found = calibrate_timing(deal)
    assert max(map(abs, found.residuals.values())) < 1e-6
    calibrated = assess(dataclasses.replace(deal, recovery=found.recovery))
    assert [each.waterfall.weighted_life for each in calibrated.tranches] == pytest.approx([0.41, 1.66], abs=1e-6)


def test_a_vector_is_put_aside_and_the_delay_kept(deal):
    vector = dataclasses.replace(
        deal.recovery, curve=((1.0, 0.5), (3.0, 1.0)), decay_rate=None, decay_shape=None, delay=0.05
    )
    found = calibrate_timing(dataclasses.replace(deal, recovery=vector))
    assert found.recovery.curve == ()
    assert found.recovery.delay == 0.05
    assert max(map(abs, found.residuals.values())) < 1e-6


def test_what_the_residual_does_to_the_test_by_expected_maturity(deal):
    found = lives_of(assess(deal))
    own, other = (list(lives.values()) for lives in (found.own, found.exponential))
    assert [each.residual for each in own] == pytest.approx([0.0, 0.0], abs=1e-6)
    assert [each.residual for each in other] == pytest.approx([0.1414, -0.0619], abs=1e-4)
    assert [each.extension_probability for each in own] == pytest.approx([0.57759, 0.21785], abs=1e-5)
    assert [each.extension_probability for each in other] == pytest.approx([0.63185, 0.22335], abs=1e-5)
    assert found.exponential_curve.decay_shape == 1.0


def test_without_a_published_life_there_is_nothing_to_compare(deal):
    bare = tuple(dataclasses.replace(each, published_life=None) for each in deal.tranches)
    found = lives_of(assess(dataclasses.replace(deal, tranches=bare)))
    assert found.exponential is None
    assert [each.residual for each in found.own.values()] == [None, None]


@pytest.mark.parametrize(
    ("asset_type", "deals", "residual"),
    [("mortgage", 37, 1e-6), ("corporate_loan", 16, 1e-6), ("credit_card", 41, 0.002), ("consumer_loan", 7, 0.006)],
)
def test_the_curve_of_every_type_with_data(asset_type, deals, residual):
    lives = published_lives(asset_type=asset_type)
    found = typical_curve(**lives.of_a_deal)
    assert lives.deals == deals
    assert max(map(abs, found.residuals.values())) < residual


@pytest.mark.parametrize("asset_type", ["micro_loan", "patent_licence", ""])
def test_a_type_without_data_is_refused(asset_type):
    with pytest.raises(KmvError, match="E274"):
        published_lives(asset_type=asset_type)


def test_licences_have_no_curve_to_compare_with():
    pool = licences()
    senior, junior = pool.by_rank
    found = lives_of(
        assess(dataclasses.replace(pool, tranches=(dataclasses.replace(senior, published_life=2.0), junior)))
    )
    assert found.exponential is None
    life = found.own[senior.tranche]
    assert life.residual == pytest.approx(life.model - 2.0)
