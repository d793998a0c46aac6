"""The loss of every tranche as a function of the multiple of collections, by adaptive chords.

A sequential deal loses piecewise affinely in q, with a jump where a trigger or a call turns; levels paid pro rata bend it
smoothly. Every piece is split into eight until its chord is true: until what the bend adds to the expected loss,
(largest gap between curve and chord) x P(q in the piece), is at most 1e-13. Ten thousand pieces then leave 1e-9 of a
tranche at the worst; a jump is closed in to the neighbouring number where it matters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kmv_core.vocabulary.checks import Floats

_PARTS = np.linspace(0.0, 1.0, 9)[1:-1]
_STILL = 1e-13
"""Of a tranche: less of an expected loss is not split for."""
_ULPS = 1e-15
"""Of a knot: two that are closer have no number between them to speak of."""
_AT_ONCE = 4096
"""Pieces split in one round, the worst first: what one run of the waterfall should hold."""
_MOST = 200_000
"""Knots, whatever the curve is like."""


@dataclass(frozen=True, slots=True)
class LossCurve:
    """Principal not returned by legal maturity as a share of the tranche, affine between the knots q."""

    knots: Floats
    loss: Floats
    """[tranche, knot]."""


def adaptive_losses(
    losses: Callable[[Floats], Floats], knots: Floats, *, rounding: Floats, chance: Callable[[Floats], Floats]
) -> LossCurve:
    """The curve of `losses` ([tranche, q] from q) from its first `knots` on, ascending.

    `chance` is P(q < knot). A bend below `rounding` [tranche] is the arithmetic's own.
    """
    loss = losses(knots)
    done_knots, done_loss = [knots], [loss]
    low, high = knots[:-1], knots[1:]
    below, above = loss[:, :-1], loss[:, 1:]
    count = len(knots)
    while low.size and count < _MOST:
        inner = low[:, None] + (high - low)[:, None] * _PARTS
        values = losses(inner.reshape(-1)).reshape(len(loss), *inner.shape)
        chord = below[..., None] * (1.0 - _PARTS) + above[..., None] * _PARTS
        gap = np.abs(values - chord)
        bend = np.where(gap > rounding[:, None, None], gap, 0.0).max(axis=(0, 2))
        adds = bend * np.abs(chance(high) - chance(low))
        split = np.flatnonzero((adds > _STILL) & (high - low > _ULPS * high))
        # What does not fit into this round waits for the next with the piece whole.
        split = split[np.argsort(-adds[split], kind="stable")]
        now, wait = split[:_AT_ONCE], split[_AT_ONCE:]
        done_knots.append(inner[now].reshape(-1))
        done_loss.append(values[:, now].reshape(len(loss), -1))
        count += done_knots[-1].size
        ladder = np.concatenate([low[now, None], inner[now], high[now, None]], axis=1)
        heights = np.concatenate([below[:, now, None], values[:, now], above[:, now, None]], axis=2)
        low = np.concatenate([ladder[:, :-1].reshape(-1), low[wait]])
        high = np.concatenate([ladder[:, 1:].reshape(-1), high[wait]])
        below = np.concatenate([heights[..., :-1].reshape(len(loss), -1), below[:, wait]], axis=1)
        above = np.concatenate([heights[..., 1:].reshape(len(loss), -1), above[:, wait]], axis=1)
    all_knots, at = np.unique(np.concatenate(done_knots), return_index=True)
    return LossCurve(all_knots, np.concatenate(done_loss, axis=1)[:, at])
