"""Calibrate the recovery curve to published weighted lives.

Two parameters, decay_rate and decay_shape, meet up to two lives; with one published life, or a shape asked for, the
shape is held. The waterfall decides the lives, so the fit runs the base case; residuals are returned, never hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kmv_core.assets.recovery import Recovery
from kmv_core.deal.deal import Deal
from kmv_core.deal.default_point import base_case, weighted_lives
from kmv_core.deal.schedule import schedule_of
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import KmvError, problem

EXPONENTIAL = 1.0
"""The decay shape with one parameter left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedTiming:
    """The curve found and how far its lives stay from the published ones."""

    recovery: Recovery
    residuals: dict[str, float]
    """Model life less published life, years, by tranche."""


def calibrate_timing(deal: Deal, *, decay_shape: float | None = None) -> CalibratedTiming:
    """The decay rate and shape whose base case meets the tranches' published lives (least squares in years).

        minimise sum_k (WAL_k(decay_rate, decay_shape) - published life_k)^2

    `decay_shape` holds the shape (1 is exponential); left out, it is found where two or more lives are published and
    held at the deal's own (1 without one) where only one is. A vector of the deal is put aside: the parametric curve
    is what is sought. Delay and haircut stay.

    Raises KmvError E227 when no tranche has a published life.
    """
    from scipy.optimize import least_squares  # late: half a second of start-up that reading a deal does not need

    targets = {each.tranche: each.published_life for each in deal.by_rank if each.published_life is not None}
    if not targets:
        raise KmvError(problem("E227", what="published_life", what_zh="公布加权期限", section="tranches"))
    wanted = np.array(list(targets.values()))
    at = [i for i, each in enumerate(deal.by_rank) if each.tranche in targets]
    schedule = schedule_of(deal)
    held = EXPONENTIAL if deal.loans.decay_shape is None else deal.loans.decay_shape
    if decay_shape is not None:
        held = decay_shape
    count = 2 if decay_shape is None and len(targets) > 1 else 1

    def curve(logs: Floats) -> Recovery:
        shape = float(np.exp(logs[1])) if len(logs) > 1 else held
        return replace(deal.loans, curve=(), decay_rate=float(np.exp(logs[0])), decay_shape=shape)

    def residual(logs: Floats) -> Floats:
        shocked = replace(deal, recovery=curve(logs))
        gap: Floats = weighted_lives(base_case(shocked, schedule), schedule)[at] - wanted
        return gap

    shapes = (0.5, 1.0, 1.5) if count > 1 else (held,)
    starts = [np.log([rate, shape][:count]) for rate in (0.3, 1.0, 3.0) for shape in shapes]
    bounds = (np.log([1e-3, 0.1])[:count], np.log([50.0, 10.0])[:count])
    fits = [least_squares(residual, start, bounds=bounds, xtol=1e-15, ftol=1e-15, gtol=1e-15) for start in starts]
    best = min(fits, key=lambda fit: float(fit.cost))
    gaps = residual(best.x)
    return CalibratedTiming(recovery=curve(best.x), residuals=dict(zip(targets, map(float, gaps), strict=True)))
