"""Payers of support through the waterfall: bounds, the closed forms, a plain simulation, and rounding."""

from __future__ import annotations

import dataclasses
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from kmv_core import supported_probability_of_default
from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.deal import Model, Support
from kmv_core.deal.payments import Payments
from kmv_core.risk.assess import assess
from kmv_core.risk.supported import payer_states, supported_probability
from kmv_core.risk.tails import tail
from tests.structured_deals import deal_of, note, structured_deal


def supported_deal(seed, count):
    """A structured deal without triggers and call, where more cash and more support only help."""
    deal = structured_deal(seed, support=False)
    rng = np.random.default_rng(seed)
    lines = tuple(
        Support(
            support=f"payer {i}",
            covers=deal.by_rank[min(i, len(deal.tranches) - 1)].tranche,
            payer_pd=float(rng.uniform(0.05, 0.3)),
            correlation=float(rng.uniform(-0.2, 0.6)),
            cap=float(rng.uniform(0.02, 0.2)) * deal.issue_size,
        )
        for i in range(count)
    )
    return dataclasses.replace(
        deal,
        support=lines,
        triggers=(),
        order=(),
        structure=dataclasses.replace(deal.structure, call_share=0.0),
        model=Model(total_volatility=0.35),
    )


@pytest.mark.parametrize("count", [1, 2])
def test_capped_support_lies_between_none_and_all(count):
    helped = 0
    for seed in range(8):
        deal = supported_deal(seed, count)
        full = dataclasses.replace(deal, support=tuple(dataclasses.replace(each, cap=None) for each in deal.support))
        none, capped, whole = (assess(each) for each in (dataclasses.replace(deal, support=()), deal, full))
        for one, two, three in zip(none.tranches, capped.tranches, whole.tranches, strict=True):
            for reading in ("waterfall", "due"):
                a, b, c = (each.reading(reading) for each in (one, two, three))
                assert c.probability_of_default <= b.probability_of_default + 1e-12
                assert b.probability_of_default <= b.unsupported_pd * (1 + 1e-14)
                assert c.expected_loss <= b.expected_loss + 2e-9 <= a.expected_loss + 4e-9
                assert b.unsupported_pd == pytest.approx(a.probability_of_default, rel=1e-12)
                helped += b.probability_of_default < 0.9 * a.probability_of_default
    assert helped > 8


def _simulated(deal, found, paths, seed):
    """[test, path] failed and [tranche, path] lost: every path paid with the payers alive on it."""
    rng = np.random.default_rng(1000 + seed)
    z = rng.standard_normal(paths)
    s = deal.model.total_volatility
    fails = np.array(
        [
            line.correlation * z + np.sqrt(1 - line.correlation**2) * rng.standard_normal(paths) < ndtri(line.payer_pd)
            for line in deal.support
        ]
    )
    payments = Payments(deal, found.schedule)
    cash = expected_collections(deal, found.schedule)[:, None] * np.exp(s * z - s * s / 2)
    failed = np.zeros((2 * len(deal.tranches), paths), dtype=bool)
    lost = np.zeros((len(deal.tranches), paths))
    for state in product((False, True), repeat=len(deal.support)):
        mine = (~fails == np.array(state)[:, None]).all(axis=0)
        tests = payments.tests(np.ascontiguousarray(cash[:, mine]), payers_alive=state)
        failed[:, mine], lost[:, mine] = tests.failed, tests.lost
    return failed, lost


@pytest.mark.parametrize("count", [1, 2])
def test_a_plain_simulation_of_pool_and_payers_agrees(count):
    """q and the payers drawn from their normals; every path paid through the waterfall with who is alive on it."""
    paths = 40_000
    errors = []
    for seed in range(8):
        deal = supported_deal(seed, count)
        found = assess(deal)
        failed, lost = _simulated(deal, found, paths, seed)
        for k, each in enumerate(found.tranches):
            for draws, exact in (
                (failed[k], each.waterfall.probability_of_default),
                (failed[len(found.tranches) + k], each.waterfall.extension_probability),
                (lost[k], each.waterfall.expected_loss),
            ):
                # At least one path's worth: an event that no path met has no spread.
                error = max(float(draws.std()), np.sqrt(exact * (1 - exact))) / np.sqrt(paths) + 1 / paths
                errors.append((float(draws.mean()) - exact) / error)
    assert np.abs(errors).max() < 3.5
    assert np.sqrt(np.mean(np.square(errors))) < 1.2


@pytest.mark.parametrize(("rho", "wanted"), [(0.0, 0.0001), (0.3, 0.00053919), (0.6, 0.00173862)])
def test_an_uncapped_payer_of_one_tranche_is_the_bivariate_normal(rho, wanted):
    """A pool PD of 2 % and a payer PD of 0.5 %, through a deal."""
    s = 0.25
    owed = 100.0 * float(np.exp(s * ndtri(0.02) - s * s / 2))
    payer = Support(support="p", covers="A", payer_pd=0.005, correlation=rho)
    deal = deal_of((60, 40), [note("A", 1, owed)], support=(payer,), model=Model(total_volatility=s))
    (found,) = assess(deal).tranches
    for reading in (found.waterfall, found.due):
        assert reading.unsupported_pd == pytest.approx(0.02, abs=1e-9)
        assert reading.probability_of_default == pytest.approx(wanted, abs=1e-8)
    joint = supported_probability_of_default(pool_pd=0.02, payer_pd=0.005, correlation=rho)
    assert found.waterfall.probability_of_default == pytest.approx(float(joint), rel=1e-7)


LINES = st.lists(st.tuples(st.floats(1e-6, 0.9), st.floats(-0.95, 0.95)), min_size=1, max_size=3)


@settings(max_examples=150, deadline=None)
@given(lines=LINES, top=st.floats(0.01, 3.0), falls=st.lists(st.floats(0.0, 1.0), min_size=8, max_size=8))
def test_rounding_never_leaves_the_bounds(lines, top, falls):
    model = Model(total_volatility=0.3)
    support = tuple(
        Support(support=str(i), covers="A", payer_pd=pd, correlation=rho) for i, (pd, rho) in enumerate(lines)
    )
    states = payer_states(support)
    # Each payer lowers the break-even, wherever it stands among the others.
    multiples = {
        state: top * float(np.prod([falls[i] if alive else 1.0 for i, alive in enumerate(state)])) for state in states
    }
    found = supported_probability(model, support, multiples)
    low, high = (float(tail(model, 1.0, multiples[state])[1]) for state in (states[-1], states[0]))
    assert low <= found <= high
    jitter = {state: q * (1 + 1e-15 * (i % 3 - 1)) for i, (state, q) in enumerate(multiples.items())}
    low, high = (float(tail(model, 1.0, jitter[state])[1]) for state in (states[-1], states[0]))
    assert min(low, high) <= supported_probability(model, support, jitter) <= max(low, high)


def test_a_payer_that_harms_is_counted_as_it_is():
    """Where a payer keeps a trigger from turning the cash, the break-even with it can be the higher one."""
    model = Model(total_volatility=0.3)
    payer = Support(support="p", covers="A", payer_pd=0.1, correlation=0.0)
    wanted = 0.9 * float(tail(model, 1.0, 1.3)[1]) + 0.1 * float(tail(model, 1.0, 1.0)[1])
    assert supported_probability(model, (payer,), {(False,): 1.0, (True,): 1.3}) == pytest.approx(wanted, rel=1e-12)


def test_the_region_with_payers_is_what_a_simulation_meets():
    """Deals whose trigger or call leaves holes: the cautious PD above, the share of paths that fail between."""
    checked = 0
    paths = 30_000
    for seed in (78, 88, 178, 256, 261, 275, 320, 339, 459, 464):
        deal = structured_deal(seed)
        found = assess(deal, losses=False)
        failed, _ = _simulated(deal, found, paths, seed)
        for k, each in enumerate(found.tranches):
            region = each.waterfall.region_probability
            checked += region < each.waterfall.probability_of_default - 1e-3
            error = np.sqrt(region * (1 - region) / paths)
            assert abs(failed[k].mean() - region) < 3.5 * error + 2 / paths, seed
    assert checked >= 10
