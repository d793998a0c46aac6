"""What a shock to each factor does to a deal, and that every factor moves the PD the way it must."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from addin.deals import example_deal
from kmv_core.deal.deal import Fee, Support
from kmv_core.risk.factors import BY_NAME, apply_shock, factors_of
from kmv_core.risk.sensitivity import sensitivity
from kmv_core.vocabulary.errors import KmvError
from kmv_core.vocabulary.terms import FACTORS
from tests.example_structures import licences

LOANS = example_deal("21jianxin08").deal
FULL = replace(
    LOANS,
    fees=(Fee(fee="trustee", basis="fixed", rate=20.0), Fee(fee="servicer", basis="collections", rate=0.02)),
    support=(
        Support(support="undertaking", covers=LOANS.by_rank[0].tranche, payer_pd=0.05, correlation=0.2, cap=800.0),
    ),
)
RISES = ("issue_size", "coupon", "volatility", "fees", "delay", "disposal_cost", "payer_pd")
FALLS = ("recovery_rate", "sub_share", "support_cap")


def test_every_factor_has_its_record():
    assert tuple(BY_NAME) == FACTORS
    assert all(each.zh and each.en and each.usual in ("relative", "absolute") for each in BY_NAME.values())


@pytest.mark.parametrize("factor", [*RISES, *FALLS])
def test_the_senior_moves_the_right_way(factor):
    steps = np.diff(
        sensitivity(FULL, factor, [-0.02, 0.0, 0.04] if factor != "delay" else [0.0, 0.1, 0.4]).values[:, 0]
    )
    assert (steps > 0.0).all() if factor in RISES else (steps < 0.0).all(), steps


@pytest.mark.parametrize("factor", factors_of(FULL))
@pytest.mark.parametrize("mode", ["relative", "absolute"])
def test_no_shock_is_the_same_deal(factor, mode):
    same = apply_shock(FULL, factor, 0.0, mode)
    for line, old in zip(same.tranches, FULL.tranches, strict=True):
        assert line.balance == pytest.approx(old.balance, rel=1e-15)
    assert replace(same, tranches=FULL.tranches, issue_size=FULL.issue_size) == FULL


def test_sub_share_moves_the_boundary_and_not_the_size():
    moved = apply_shock(LOANS, "sub_share", 0.05, "absolute")
    size = sum(each.balance for each in LOANS.tranches)
    assert sum(each.balance for each in moved.tranches) == pytest.approx(size, rel=1e-15)
    assert moved.by_rank[-1].balance == pytest.approx(LOANS.by_rank[-1].balance + 0.05 * size, rel=1e-14)


def test_probabilities_stop_at_one():
    assert apply_shock(FULL, "payer_pd", 50.0, "relative").support[0].payer_pd == 1.0
    assert apply_shock(licences(), "licensee_pd", 1e6, "relative").licences[0].probability_of_default == 1.0


def test_licences_come_later_by_whole_months():
    pool = licences()
    later = apply_shock(pool, "delay", 0.25, "absolute")
    assert (later.licences[0].first_fee_date.month - pool.licences[0].first_fee_date.month) % 12 == 3


def test_a_factor_the_deal_has_nothing_of():
    for factor in ("lgd", "licensee_pd", "support_cap", "benchmark"):
        assert factor not in factors_of(LOANS)
        with pytest.raises(KmvError) as caught:
            sensitivity(LOANS, factor, [0.1])
        assert caught.value.code == "E355"
    with pytest.raises(KmvError) as caught:
        sensitivity(licences(), "disposal_cost", [0.1])
    assert caught.value.code == "E355"


def test_an_unknown_factor_names_the_nearest():
    with pytest.raises(KmvError) as caught:
        apply_shock(LOANS, "recovery", 0.1, "relative")
    assert caught.value.code == "E204"
    assert "recovery_rate" in str(caught.value)
