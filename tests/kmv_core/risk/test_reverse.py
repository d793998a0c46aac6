"""The likeliest shocks that bring a tranche to a target."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, special

from addin.deals import example_deal
from kmv_core.deal.deal import Support
from kmv_core.risk.answers import Shock, answers, shocked
from kmv_core.risk.reverse import reverse_stress
from kmv_core.risk.sensitivity import with_frozen_lives
from kmv_core.risk.tornado import STEPS
from kmv_core.vocabulary.errors import KmvError

DEAL = example_deal("21jianxin08").deal
FACTORS = ["recovery_rate", "volatility", "coupon"]


@pytest.mark.parametrize("target", [0.001, 0.05, 0.3])
def test_the_target_is_reached(target):
    found = reverse_stress(DEAL, target, FACTORS)
    deal = shocked(with_frozen_lives(DEAL), found.shocks)
    again = answers([deal])[0].tranches[0].waterfall.probability_of_default
    assert again == pytest.approx(target, rel=1e-9)
    assert found.probability_of_default == pytest.approx(target, rel=1e-10)
    assert sum(found.shares) == pytest.approx(1.0, rel=1e-12)
    assert found.distance == pytest.approx(np.linalg.norm(found.deviations), rel=1e-12)
    # A worse world where the target is above the deal's PD, a better one where it is below.
    assert (found.base_pd < target) == (
        dict(zip((s.factor for s in found.shocks), found.deviations, strict=True))["recovery_rate"] < 0
    )


def test_no_nearer_shocks_reach_it():
    """Another method of search finds the same point."""
    target, factors = 0.05, ["recovery_rate", "volatility"]
    found = reverse_stress(DEAL, target, factors)
    frozen = with_frozen_lives(DEAL)

    def gap(z):
        deal = shocked(frozen, [Shock(factor=f, size=float(x) * STEPS[f]) for f, x in zip(factors, z, strict=True)])
        pd = answers([deal], readings=("waterfall",))[0].values("waterfall", "probability_of_default", 1)[0]
        return float(special.ndtri(pd) - special.ndtri(target))

    other = optimize.minimize(
        lambda z: float(z @ z), np.array([-0.3, 0.3]), constraints={"type": "eq", "fun": gap}, tol=1e-10, method="SLSQP"
    )
    assert np.sqrt(other.fun) == pytest.approx(found.distance, rel=1e-5)


def test_what_cannot_be_reached_names_the_range():
    with pytest.raises(KmvError) as caught:
        reverse_stress(DEAL, 0.9, ["coupon"], deviations={"coupon": 1e-5})
    assert caught.value.code == "E310"
    assert " to " in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"factors": ["maturity"]}, "E358"),
        ({"factors": ["lgd"]}, "E355"),
        ({"factors": ["coupn"]}, "E204"),
        ({"tranche": "C"}, "E204"),
        ({"reading": "both"}, "E204"),
    ],
)
def test_refusals(arguments, code):
    with pytest.raises(KmvError) as caught:
        reverse_stress(DEAL, 0.05, **arguments)
    assert caught.value.code == code


def test_a_factor_at_the_edge_of_its_domain_stays_there():
    """Collections cannot come before they are due: a better world is found without an earlier one."""
    found = reverse_stress(DEAL, 0.01, ["recovery_rate", "volatility", "delay"], reading="waterfall")
    moves = dict(zip((each.factor for each in found.shocks), found.deviations, strict=True))
    assert moves["delay"] == 0.0
    without = reverse_stress(DEAL, 0.01, ["recovery_rate", "volatility"], reading="waterfall")
    assert found.probability_of_default == pytest.approx(0.01, rel=1e-10)
    assert found.distance == pytest.approx(without.distance, rel=1e-6)
    with pytest.raises(KmvError) as caught:
        reverse_stress(DEAL, 0.01, ["delay"], reading="waterfall")
    assert caught.value.code == "E310"


@pytest.mark.parametrize("reading", ["waterfall", "due"])
def test_a_factor_at_the_edge_of_its_domain_is_held(reading):
    """Collections cannot come earlier than they do: a better world is found without the delay, and it is the target."""
    found = reverse_stress(DEAL, 0.005, ["delay", "recovery_rate"], reading=reading)
    assert found.base_pd > 0.005
    sizes = {each.factor: each.size for each in found.shocks}
    assert sizes["delay"] == pytest.approx(0.0, abs=1e-9)
    assert sizes["recovery_rate"] > 0.0
    again = answers([shocked(with_frozen_lives(DEAL), found.shocks)])[0].tranches[0].reading(reading)
    assert again.probability_of_default == pytest.approx(0.005, rel=1e-9)
    with pytest.raises(KmvError) as caught:
        reverse_stress(DEAL, 0.005, ["delay"], reading=reading)
    assert caught.value.code == "E310"


@pytest.mark.parametrize("volatility", [0.0005, 0.005, 0.9])
@pytest.mark.parametrize("target", [1e-12, 0.05, 0.5, 0.95])
def test_a_way_is_found_from_a_pd_beyond_the_doubles(volatility, target):
    """At a volatility of half a percent the base is 0 to every digit, and still so many deviations from the target."""
    deal = replace(DEAL, model=replace(DEAL.model, total_volatility=volatility))
    found = reverse_stress(deal, target, reading="waterfall")
    if volatility < 0.9:
        assert found.base_pd < 1e-100
    again = answers([shocked(with_frozen_lives(deal), found.shocks)], readings=("waterfall",))[0]
    reached = again.values("waterfall", "probability_of_default", 1)[0]
    assert reached == pytest.approx(target, rel=1e-9)


def test_the_range_of_a_refusal_does_not_hold_the_target():
    deal = replace(DEAL, model=replace(DEAL.model, total_volatility=0.9))
    with pytest.raises(KmvError) as caught:
        reverse_stress(deal, 0.9999, ["coupon", "volatility"], reading="waterfall")
    low, high = re.search(r"reachable: (\S+) to (\S+)", caught.value.problems[0].en).groups()
    assert float(low) < reverse_stress(deal, 0.2, reading="waterfall").base_pd < float(high) < 0.9999
    assert f"{low} 至 {high}" in caught.value.problems[0].zh


@pytest.mark.parametrize("target", [0.01, 0.5])
def test_a_payer_s_flat_does_not_hide_what_lies_behind_it(target):
    """Below the payer's own PD, then beyond it: the nearest world is that in which the payer's cap is used up."""
    payer = Support(support="P", covers=DEAL.by_rank[0].tranche, payer_pd=0.02, correlation=0.1, cap=500.0)
    deal = replace(DEAL, support=(payer,), model=replace(DEAL.model, total_volatility=0.005))
    factors = ["recovery_rate", "payer_pd", "support_cap"]
    found = reverse_stress(deal, target, factors, reading="waterfall")
    moves = dict(zip((each.factor for each in found.shocks), found.deviations, strict=True))
    assert found.base_pd < 1e-12
    assert moves["recovery_rate"] < -1.0
    assert found.probability_of_default == pytest.approx(target, rel=1e-9)
    # No shock of half a sphere this near reaches it
    rng = np.random.default_rng(0)
    sizes = np.array([STEPS[each] for each in factors])
    for z in rng.normal(size=(40, 3)):
        nearer = 0.97 * found.distance * z / np.linalg.norm(z) * sizes
        shocks = [Shock(factor=f, size=float(x)) for f, x in zip(factors, nearer, strict=True)]
        answer = answers([shocked(with_frozen_lives(deal), shocks)], readings=("waterfall",))[0]
        if not answer.problems:
            assert answer.values("waterfall", "probability_of_default", 1)[0] < target


@pytest.mark.parametrize("target", [0.98, 0.999])
def test_a_factor_alone_reaches_what_the_steepest_way_does_not(target):
    deal = replace(DEAL, model=replace(DEAL.model, total_volatility=0.8))
    found = reverse_stress(deal, target, ["recovery_rate", "volatility"], reading="due")
    again = answers([shocked(with_frozen_lives(deal), found.shocks)], readings=("due",))[0]
    assert again.values("due", "probability_of_default", 1)[0] == pytest.approx(target, rel=1e-9)


def test_a_range_near_the_target_is_told_with_digits_enough():
    deal = replace(DEAL, model=replace(DEAL.model, total_volatility=0.005))
    with pytest.raises(KmvError) as caught:
        reverse_stress(deal, 1.0 - 1e-12, ["coupon"], reading="waterfall")
    found = caught.value.problems[0].en
    assert "PD 0.999999999999 " in found
    low, high = re.search(r"reachable: (\S+) to (\S+)", found).groups()
    assert not float(low) <= 1.0 - 1e-12 <= float(high)
