"""The distribution of total licence cash against brute enumeration, limits, laws and the published pair of figures."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from kmv_core.assets import common_factor
from kmv_core.assets.licence import LicenceContract, licence_cash
from kmv_core.assets.licence_total import licence_distribution, licence_probability_of_default
from kmv_core.vocabulary.errors import KmvError


def contract(licensee: str, fee: float, pd: float, lgd: float, rho: float) -> LicenceContract:
    return LicenceContract(
        licensee=licensee, fee_dates=(1,), fee_amounts=(fee,), probability_of_default=pd, lgd=lgd, asset_correlation=rho
    )


def equal(n: int, pd: float, lgd: float, rho: float) -> list[LicenceContract]:
    return [contract(f"L{i}", 100.0, pd, lgd, rho) for i in range(n)]


def unequal(n: int, seed: int, low: float = 0.0, high: float = 0.9) -> list[LicenceContract]:
    rng = np.random.default_rng(seed)
    return [
        contract(f"L{i}", rng.uniform(1, 100), rng.uniform(0.001, 0.4), rng.uniform(0.1, 1), rng.uniform(low, high))
        for i in range(n)
    ]


def enumerated(contracts: list[LicenceContract]) -> tuple[np.ndarray, np.ndarray]:
    """All 2^n outcomes, the factor by the trapezoidal rule: another route to the states and to the integral."""
    factor, step = np.linspace(-10.0, 10.0, 8001, retstep=True)
    weight = np.exp(-0.5 * factor**2) / math.sqrt(2 * math.pi) * step
    chance = [
        special.ndtr(
            (special.ndtri(each.probability_of_default) - math.sqrt(each.asset_correlation) * factor)
            / math.sqrt(1 - each.asset_correlation)
        )
        for each in contracts
    ]
    cash, probability = [], []
    for outcome in itertools.product((False, True), repeat=len(contracts)):
        given_factor = weight.copy()
        total = 0.0
        for each, p, lost in zip(contracts, chance, outcome, strict=True):
            given_factor *= p if lost else 1 - p
            total += each.fee_amounts[0] * ((1 - each.lgd) if lost else 1)
        cash.append(total)
        probability.append(given_factor.sum())
    order = np.argsort(cash)
    return np.array(cash)[order], np.array(probability)[order]


def test_figures_of_eleven_licensees():
    found = licence_probability_of_default(contracts=equal(11, 0.03, 0.6, 0.2), due=[990, 880])
    # The figures are printed to two digits.
    assert found.probability_of_default == pytest.approx([0.063, 0.0049], abs=0.0005)
    assert found.probability_of_default[1] == pytest.approx(0.0049, abs=0.00005)
    assert found.thesis[0] == pytest.approx(0.011, abs=0.0005)
    assert found.thesis[1] == pytest.approx(3e-8, abs=0.5e-8)


@pytest.mark.parametrize("n", [1, 2, 5, 9, 12])
def test_every_state_of_unequal_licensees(n):
    contracts = unequal(n, seed=n)
    cash, probability = enumerated(contracts)
    found = licence_distribution(contracts=contracts)
    assert found.rounding == 0.0
    assert found.cash == pytest.approx(cash, rel=1e-12)
    assert np.abs(found.probability - probability).max() < 1e-12
    cut = 0.5 * (cash[1:] + cash[:-1])
    below = licence_probability_of_default(contracts=contracts, due=cut).probability_of_default
    assert np.abs(below - np.cumsum(probability)[:-1]).max() < 1e-10


def test_equal_sums_are_merged():
    contracts = equal(11, 0.03, 0.6, 0.2)
    cash, probability = enumerated(contracts)
    found = licence_distribution(contracts=contracts)
    assert found.cash.size == 12
    for state, chance in zip(found.cash, found.probability, strict=True):
        assert chance == pytest.approx(probability[np.abs(cash - state) < 1.0].sum(), abs=1e-12)


def test_without_correlation_it_is_binomial():
    found = licence_distribution(contracts=equal(30, 0.03, 0.6, 0.0))
    assert np.abs(found.probability[::-1] - stats.binom.pmf(np.arange(31), 30, 0.03)).max() < 1e-13


@pytest.mark.parametrize("rho", [1.0, 1.0 - 1e-12])
def test_with_full_correlation_the_worse_defaults_first(rho):
    pds = [0.0, 0.03, 0.1, 0.1, 1.0]
    found = licence_distribution(contracts=[contract(f"L{i}", 100.0, pd, 0.6, rho) for i, pd in enumerate(pds)])
    # 1 - 1e-12 differs from 1 by a step 1e-6 wide, of probability 1e-7.
    close = 1e-12 if rho == 1.0 else 1e-6
    assert found.probability == pytest.approx([0, 0.03, 0.07, 0, 0.9, 0], abs=close)


@pytest.mark.parametrize("rho", [0.95, 0.9999, 0.999999])
def test_steep_steps_against_the_bivariate_normal(rho):
    contracts = [contract("A", 100.0, 0.03, 1.0, rho), contract("B", 50.0, 0.08, 1.0, rho)]
    a, b = special.ndtri([0.03, 0.08])
    # Both default: one integral over the own part of A's variable, fine enough for the steepest step.
    x = a - np.geomspace(1e-9, 12, 400_001)
    inside = stats.norm.pdf(x) * special.ndtr((b - rho * x) / math.sqrt(1 - rho**2))
    both = np.trapezoid(inside[::-1], x[::-1])
    found = licence_distribution(contracts=contracts)
    assert found.probability == pytest.approx([both, 0.03 - both, 0.08 - both, 0.89 + both], abs=2e-9)


def test_an_amount_just_met_is_paid():
    contracts = [contract(f"L{i}", fee, 0.1, 0.1, 0.3) for i, fee in enumerate([1.0, 2.0, 3.0])]
    found = licence_distribution(contracts=contracts)
    # The losses .1, .2 and .3: .1 + .2 and .3 are one state, not two a rounding apart.
    assert found.cash.size == 7
    sums = np.cumsum(found.probability)
    for place, met in enumerate(found.cash):
        before = sums[place - 1] if place else 0.0
        assert found.below(met) == pytest.approx(before, abs=1e-15)
        assert found.below(met + 1e-12) == pytest.approx(before, abs=1e-15)
        assert found.below(met + 1e-6) == pytest.approx(sums[place], abs=1e-15)


def test_shape_of_due_and_its_ends():
    contracts = equal(4, 0.05, 0.5, 0.2)
    found = licence_probability_of_default(contracts=contracts, due=[[0, 399], [400, 401]])
    assert found.probability_of_default.shape == found.thesis.shape == (2, 2)
    assert found.probability_of_default[0, 0] == found.thesis[0, 0] == 0.0
    assert found.probability_of_default[0, 1] == found.probability_of_default[1, 0]
    assert found.probability_of_default[1, 1] == pytest.approx(1.0, abs=1e-14)
    assert np.shape(licence_probability_of_default(contracts=contracts, due=390).probability_of_default) == ()


@pytest.mark.parametrize(("pd", "lgd", "total"), [(0.0, 0.6, 300.0), (1.0, 0.6, 120.0), (0.1, 0.0, 300.0), (1, 1, 0)])
def test_a_certain_total(pd, lgd, total):
    found = licence_probability_of_default(contracts=equal(3, pd, lgd, 0.2), due=[total, total + 1])
    assert found.total_volatility == pytest.approx(0.0, abs=1e-7)
    assert found.probability_of_default == pytest.approx([0, 1], abs=1e-14)
    assert found.thesis == pytest.approx([0, 1], abs=1e-14)


def test_contracts_of_one_licensee_default_together():
    one = [contract("A", 100.0, 0.1, 0.5, 0.2), contract("A", 60.0, 0.1, 1.0, 0.2)]
    found = licence_distribution(contracts=one)
    assert found.cash == pytest.approx([50.0, 160.0])
    assert found.probability == pytest.approx([0.1, 0.9], abs=1e-13)


def test_fees_after_the_patent_do_not_count():
    long = LicenceContract(
        licensee="A",
        fee_dates=(1, 2, 3),
        fee_amounts=(10, 20, 40),
        probability_of_default=0.1,
        lgd=0.5,
        asset_correlation=0.2,
        patent_expiry=2,
    )
    found = licence_distribution(contracts=[long])
    assert found.cash == pytest.approx([15.0, 30.0])
    assert found.contract_total == 30.0


def test_a_lattice_encloses_the_exact_figure(monkeypatch):
    contracts = unequal(12, seed=3)
    due = np.linspace(100, 600, 41)
    exact = licence_probability_of_default(contracts=contracts, due=due).probability_of_default
    monkeypatch.setattr(common_factor, "MOST_STATES", 100)
    rough = licence_probability_of_default(contracts=contracts, due=due)
    assert licence_distribution(contracts=contracts).rounding > 0.0
    assert (rough.at_least <= exact + 1e-12).all()
    assert (exact <= rough.at_most + 1e-12).all()
    # Steps are 1/4096 of all losses: few of the 4096 totals lie within that of a due.
    assert np.abs(rough.probability_of_default - exact).max() < 2e-3
    assert rough.mean == pytest.approx(licence_cash(contracts=contracts).accumulated[-1], rel=1e-14)


def test_many_licensees_come_near_the_large_pool():
    found = licence_distribution(contracts=equal(400, 0.03, 0.6, 0.2))
    assert found.rounding == 0.0
    share = 0.1
    vasicek = 1 - special.ndtr((math.sqrt(0.8) * special.ndtri(share) - special.ndtri(0.03)) / math.sqrt(0.2))
    # The granularity of 400 names moves the tail of the endless pool by about one over their number.
    assert found.below(40_000 * (1 - 0.6 * share)) == pytest.approx(vasicek, abs=0.003)


amounts = st.floats(0.0, 1000.0)
shares = st.floats(0.0, 1.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(amounts, shares, shares, shares), min_size=1, max_size=6), st.floats(0.0, 1.2))
def test_laws(rows, level):
    contracts = [contract(f"L{i}", *row) for i, row in enumerate(rows)]
    found = licence_distribution(contracts=contracts)
    assert found.probability.sum() == pytest.approx(1.0, abs=1e-11)
    assert (found.probability >= 0.0).all()
    expected = sum(fee * (1 - pd * lgd) for fee, pd, lgd, _ in rows)
    assert found.mean == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert float(found.probability @ found.cash) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    # The money unit is nobody's business; a power of two leaves every digit as it is.
    large = [contract(f"L{i}", fee * 2.0**20, *rest) for i, (fee, *rest) in enumerate(rows)]
    due = level * found.contract_total
    one = licence_probability_of_default(contracts=contracts, due=due)
    two = licence_probability_of_default(contracts=large, due=due * 2.0**20)
    assert two.probability_of_default == one.probability_of_default
    assert two.thesis == pytest.approx(one.thesis, rel=1e-9)
    grid = np.linspace(0.0, 1.1, 12) * found.contract_total
    assert (np.diff(found.below(grid)) >= 0.0).all()


def test_correlation_fattens_the_tail():
    far = [
        float(licence_probability_of_default(contracts=equal(11, 0.03, 0.6, rho), due=700).probability_of_default)
        for rho in (0.0, 0.1, 0.2, 0.4, 0.6)
    ]
    assert far == sorted(far)


def test_refusals():
    with pytest.raises(KmvError) as refused:
        licence_probability_of_default(contracts=equal(2, 0.03, 0.6, 0.2), due=-1)
    assert refused.value.code == "E226"
    with pytest.raises(KmvError) as refused:
        licence_distribution(contracts=[])
    assert refused.value.code == "E227"
