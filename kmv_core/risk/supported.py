"""Default and loss with payers of support who may themselves be in default.

    PD = sum over sets S of payers alive of P(q < q*_S and exactly S alive)

q*_S is the break-even multiple with the payers of S paying. The payers' assets hang together with the pool's through
one normal z (q is its quantile, correlation rho_i each) and are independent given it:

    P(payer i fails | z) = N((N^-1(PD_i) - rho_i z) / sqrt(1 - rho_i^2))

One payer: the closed form P(q < q*_C) + N2(z_0, z_payer; rho) - N2(z_C, z_payer; rho) (kmv_core.deal.support).
Several, or one that harms: Gauss-Legendre over z between the break-evens. (A payer can harm a tranche: what it pays
may keep a trigger from turning the cash to it.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kmv_core.assets.common_factor import conditional_default
from kmv_core.deal.deal import Model, Support
from kmv_core.deal.loss_curve import LossCurve
from kmv_core.deal.regions import BreakEven
from kmv_core.deal.support import capped_probability_of_default
from kmv_core.risk.tails import multiple_at, region_probability, tail
from kmv_core.vocabulary.checks import Floats

States = tuple[bool, ...]
"""Which payers are alive, in the order of the deal's lines of support."""

_RULE, _SHORT_RULE = (np.polynomial.legendre.leggauss(count) for count in (24, 6))
_NARROW = 0.05
"""Of a panel: what bends over about one is a polynomial on it, and a loss has thousands of knots."""
_ROUNDING = 1e-12
_END = 12.0
"""Of the normal: 2e-33 lies beyond."""
_WIDEST = 1.0
"""Panels of the normal are no wider: the conditional probabilities bend over about one."""


def payer_states(support: Sequence[Support]) -> list[States]:
    """Every set of payers alive; none first, all last."""
    return list(product((False, True), repeat=len(support)))


def supported_probability(model: Model, support: Sequence[Support], multiples: Mapping[States, float]) -> float:
    """PD from the break-even multiple of each state (formula above)."""
    chances = {state: float(tail(model, 1.0, q)[1]) for state, q in multiples.items()}
    none, everyone = (False,) * len(support), (True,) * len(support)
    low, high = min(chances.values()), max(chances.values())
    if low == high:
        return low
    # Rounding of the searches is no harm: it moves neither bound.
    if chances[everyone] <= low * (1.0 + _ROUNDING):
        low = chances[everyone]
    if chances[none] >= high * (1.0 - _ROUNDING):
        high = chances[none]
    if len(support) == 1 and chances[none] == high:
        found = capped_probability_of_default(
            unsupported_pd=chances[none],
            capped_pd=min(low, high),
            payer_pd=support[0].payer_pd,
            correlation=support[0].correlation,
        )
        return float(found)
    scores = {state: float(special.ndtri(chance)) for state, chance in chances.items()}
    total = 0.0
    z, weight = normal_nodes([*scores.values()])
    for state, score in scores.items():
        total += float((weight * (z < score) * _chance_of(support, state, z)).sum())
    return min(max(total, low), high)


def supported_region(model: Model, support: Sequence[Support], tests: Mapping[States, BreakEven]) -> float:
    """P(q in the unpaid region of exactly the payers alive): the PD where no region has a hole."""
    if all(each.is_interval for each in tests.values()):
        return supported_probability(model, support, {state: each.multiple for state, each in tests.items()})
    if not support:
        return region_probability(model, next(iter(tests.values())))
    spans = {
        state: special.ndtri(tail(model, 1.0, np.array(test.unpaid).reshape(-1, 2))[1]) for state, test in tests.items()
    }
    z, weight = normal_nodes(np.concatenate([each.reshape(-1) for each in spans.values()]))
    total = 0.0
    for state, edges in spans.items():
        inside = ((z[:, None] > edges[:, 0]) & (z[:, None] < edges[:, 1])).any(axis=1)
        total += float((weight * inside * _chance_of(support, state, z)).sum())
    return min(total, 1.0)


def supported_losses(model: Model, support: Sequence[Support], curves: Mapping[States, LossCurve]) -> Floats:
    """E[loss] by tranche from the loss curve of each state; what is lost at a curve's last knot stays lost above it."""
    total: Floats = np.zeros(len(next(iter(curves.values())).loss))
    for state, curve in curves.items():
        knots = tail(model, 1.0, curve.knots)[1]
        z, weight = normal_nodes(special.ndtri(knots))
        q = multiple_at(model, special.ndtr(z))
        loss = np.stack([np.interp(q, curve.knots, line) for line in curve.loss])
        total += loss @ (weight * _chance_of(support, state, z))
    return np.clip(total, 0.0, 1.0)


def _chance_of(support: Sequence[Support], state: States, z: Floats) -> Floats:
    """P(exactly these payers alive | z)."""
    chance: Floats = np.ones_like(z)
    for line, alive in zip(support, state, strict=True):
        fails = payer_fails(line, z)
        chance = chance * (1.0 - fails if alive else fails)
    return chance


def payer_fails(line: Support, z: Floats) -> Floats:
    """P(payer in default | z): low z is a poor pool."""
    return conditional_default(threshold=special.ndtri(line.payer_pd), loading=line.correlation, factor=z)


def normal_nodes(edges: ArrayLike) -> tuple[Floats, Floats]:
    """Nodes over z with weights of the normal density; every edge is a panel's end."""
    given = np.asarray(edges, dtype=np.float64)
    inner = given[np.abs(given) < _END]
    ends = np.unique(np.concatenate([np.arange(-_END, _END + 0.5 * _WIDEST, _WIDEST), inner]))
    narrow = np.diff(ends) < _NARROW
    nodes, weights = [], []
    for few, (roots, shares) in ((False, _RULE), (True, _SHORT_RULE)):
        low, high = ends[:-1][narrow == few], ends[1:][narrow == few]
        half = 0.5 * (high - low)[:, None]
        nodes.append((0.5 * (low + high)[:, None] + half * roots).reshape(-1))
        weights.append((half * shares).reshape(-1))
    z = np.concatenate(nodes)
    density: Floats = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    return z, np.concatenate(weights) * density
