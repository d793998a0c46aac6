"""Expected losses against quadrature of what the waterfall leaves unpaid, on structured deals with jumps and bends."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.deal import OrderLine
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.assess import assess
from kmv_core.risk.supported import payer_states
from kmv_core.risk.tails import expected_losses, tail
from tests.structured_deals import deal_of, note, structured_deal

ROOTS, WEIGHTS = np.polynomial.legendre.leggauss(6)


def curve_of(deal, state=()):
    scan = MultipleScan(deal, schedule_of(deal), payers_alive=state)
    ceiling = max(each.multiple for each in scan.break_evens()[0])
    return scan, scan.loss_curve(ceiling, lambda q: tail(deal.model, 1.0, q)[1])


def nodes_between(knots, s):
    """Nodes and weights of the normal between the knots (and at least every quarter); q at each."""
    with np.errstate(divide="ignore"):
        ends = np.clip((np.log(knots) + s * s / 2) / s, -12, 12)
    ends = np.unique(np.concatenate([ends, np.arange(-12, 12.1, 0.25)]))
    half = np.diff(ends)[:, None] / 2
    z = ((ends[1:] + ends[:-1])[:, None] / 2 + half * ROOTS).reshape(-1)
    weight = (half * WEIGHTS).reshape(-1) * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return z, weight, np.exp(s * z - s * s / 2)


@pytest.mark.parametrize("start", range(0, 80, 20))
def test_expected_loss_is_the_integral_of_the_loss(start):
    for seed in range(start, start + 20):
        deal = structured_deal(seed, support=False)
        scan, curve = curve_of(deal)
        assert len(curve.knots) < 60_000
        _, weight, q = nodes_between(curve.knots, deal.model.total_volatility)
        integral = scan.tests(q).lost @ weight
        assert expected_losses(deal.model, curve) == pytest.approx(integral, abs=1e-9), seed


def test_the_curve_is_the_waterfalls_at_any_multiple():
    """At places the curve was not made from: no region between its knots went unseen."""
    for seed in range(30):
        deal = structured_deal(seed, support=False)
        scan, curve = curve_of(deal)
        s = deal.model.total_volatility
        q = np.exp(s * np.random.default_rng(seed).uniform(-3, 3, 1000) - s * s / 2)
        q = q[q < curve.knots[-1]]
        chords = np.stack([np.interp(q, curve.knots, line) for line in curve.loss])
        assert np.abs(scan.tests(q).lost - chords).max(initial=0.0) < 1e-6, seed


def test_with_payers_it_is_the_integral_over_who_is_alive():
    checked = 0
    for seed in range(24):
        deal = structured_deal(seed)
        if not deal.support or len(deal.support) > 2:
            continue
        checked += 1
        total = 0.0
        for state in payer_states(deal.support):
            scan, curve = curve_of(deal, state)
            z, weight, q = nodes_between(curve.knots, deal.model.total_volatility)
            for line, alive in zip(deal.support, state, strict=True):
                fails = _normal_below(line.payer_pd, line.correlation, z)
                weight = weight * (1 - fails if alive else fails)
            total = total + scan.tests(q).lost @ weight
        found = [each.waterfall.expected_loss for each in assess(deal).tranches]
        assert found == pytest.approx(total.tolist(), abs=2e-9), seed
    assert checked >= 8


def _normal_below(pd, rho, z):
    return norm.cdf((norm.ppf(pd) - rho * z) / np.sqrt(1 - rho * rho))


def test_a_loss_that_is_smooth_in_the_multiple_does_not_run_away():
    """One's interest pro rata with the other's principal: the loss is no chain of chords."""
    notes = [note("A", 1, 60.0, coupon=0.3), note("B", 1, 40.0, coupon=0.15)]
    steps = [
        ("interest", "A", 1),
        ("principal", "B", 1),
        ("interest", "B", 2),
        ("principal", "A", 3),
        ("residual", "A", 4),
    ]
    order = tuple(OrderLine(order="normal", level=level, step=step, payee=payee) for step, payee, level in steps)
    deal = deal_of((30,) * 8, notes, order=order)
    scan, curve = curve_of(deal)
    assert 2_000 < len(curve.knots) < 60_000
    _, weight, q = nodes_between(curve.knots[::8], deal.model.total_volatility)
    assert expected_losses(deal.model, curve) == pytest.approx(scan.tests(q).lost @ weight, abs=1e-9)


def test_due_losses_with_payers_are_the_layers_that_nobody_makes_good():
    """The layer between a class's default point and the one before, moved down by the caps of who is alive."""
    z = np.linspace(-9, 9, 20_001)
    weight = np.exp(-z * z / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    checked = 0
    for seed in range(40):
        deal = structured_deal(seed)
        if not deal.support:
            continue
        checked += 1
        found = assess(deal, readings=("due",))
        s = deal.model.total_volatility
        owned = float(found.due_points.asset_values[-1]) * np.exp(s * z - s * s / 2)
        points = found.due_points.default_points[:, -1]
        ranks = {each.tranche: each.rank for each in deal.tranches}
        for k, each in enumerate(found.tranches):
            before = max((points[i] for i, one in enumerate(found.tranches) if one.rank < each.rank), default=0.0)
            total = 0.0
            for state in payer_states(deal.support):
                chance, cap = weight, 0.0
                for line, alive in zip(deal.support, state, strict=True):
                    fails = _normal_below(line.payer_pd, line.correlation, z)
                    chance = chance * (1 - fails if alive else fails)
                    if alive and ranks[line.covers] >= each.rank:
                        cap += np.inf if line.cap is None else line.cap
                owed = max(points[k] - cap, 0.0)
                total += float(chance @ np.clip((owed - owned) / (points[k] - before), 0.0, 1.0))
            assert each.due.expected_loss == pytest.approx(total, abs=1e-6), seed
    assert checked >= 12
