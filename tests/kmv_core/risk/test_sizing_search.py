"""Safe sizes: sized, then assessed, the note stands at its target."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import special

from addin.deals import example_deal
from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.deal import Reserve
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.assess import assess
from kmv_core.risk.sensitivity import with_frozen_lives
from kmv_core.risk.sizing import safe_sizes
from kmv_core.risk.sizing_search import safe_balance
from kmv_core.vocabulary.errors import KmvError

DEAL = example_deal("21jianxin08").deal
SENIOR = DEAL.by_rank[0]


def sized(deal, found):
    """The deal with the safe balance, put together here and not there."""
    junior = (
        found.balance + DEAL.by_rank[1].balance - found.safe_balance
        if found.hold == "total"
        else DEAL.by_rank[1].balance
    )
    tranches = (replace(SENIOR, balance=found.safe_balance), replace(DEAL.by_rank[1], balance=junior))
    return replace(deal, tranches=tranches, issue_size=found.safe_balance + junior)


@pytest.mark.parametrize("hold", ["others", "total"])
@pytest.mark.parametrize("target", [0.001, 0.01, 0.1])
def test_sized_then_assessed_is_the_target(hold, target):
    found = safe_balance(DEAL, target_pd=target, hold=hold)
    again = assess(sized(DEAL, found)).tranches[0].waterfall.probability_of_default
    assert again == pytest.approx(target, rel=1e-10)
    held = safe_balance(DEAL, target_pd=target, hold=hold, reading="due")
    again = assess(sized(with_frozen_lives(DEAL), held)).tranches[0].due.probability_of_default
    assert again == pytest.approx(target, rel=1e-10)


def test_the_due_reading_has_a_closed_form():
    assert safe_balance(DEAL, reading="due").safe_balance == pytest.approx(
        safe_sizes(assess(DEAL))[0].safe_balance, rel=1e-12
    )


def test_the_waterfall_without_reserve_has_a_closed_form():
    """S = q* sum c d - sum fee d at q* = exp(-s^2/2 - z s): the oracle of sequential deals."""
    plain = replace(DEAL, reserve=Reserve())
    schedule = schedule_of(plain)
    discount = np.cumprod(1.0 / (1.0 + SENIOR.coupon * schedule.fractions))
    s, target = plain.model.total_volatility, 0.01
    q = float(np.exp(-0.5 * s * s + special.ndtri(target) * s))
    expected = q * float(expected_collections(plain, schedule) @ discount)
    assert safe_balance(plain, target_pd=target).safe_balance == pytest.approx(expected, rel=1e-9)


def test_required_subordination_falls_with_the_appetite():
    shares = [safe_balance(DEAL, target_pd=target, hold="total").subordination for target in (0.001, 0.01, 0.1)]
    assert shares[0] > shares[1] > shares[2] > 0.0


def test_a_target_that_never_binds():
    rich = replace(DEAL, recovery=replace(DEAL.loans, recovery_rate=1.0))
    found = safe_balance(rich, hold="total", target_pd=0.01)
    assert not found.is_bound
    assert found.probability_of_default < 0.01


def test_a_target_out_of_reach_names_the_range():
    poor = replace(DEAL, model=replace(DEAL.model, form="linear", total_volatility=0.8))
    with pytest.raises(KmvError) as caught:
        safe_balance(poor, target_pd=0.01)
    assert caught.value.code == "E310"


def test_refusals():
    for arguments, code in (
        ({"tranche": "X"}, "E204"),
        ({"hold": "all"}, "E204"),
        ({"reading": "x"}, "E204"),
        ({"tranche": DEAL.by_rank[1].tranche, "hold": "total"}, "E355"),
    ):
        with pytest.raises(KmvError) as caught:
            safe_balance(DEAL, **arguments)
        assert caught.value.code == code
