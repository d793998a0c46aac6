"""Calibrate the recovery curve to published weighted lives.

Two parameters, decay_rate and decay_shape, meet up to two lives; with one published life the shape is held.
The waterfall decides the lives, so the fit runs the base case; residuals are returned, never hidden.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedTiming:
    """The curve found and how far its lives stay from the published ones."""

    recovery: Recovery
    residuals: dict[str, float]
    """Model life less published life, years, by tranche."""


def calibrate_timing(deal: Deal) -> CalibratedTiming:
    """The decay rate and shape whose base case meets the tranches' published lives (least squares in years).

    Raises E227 when no tranche has a published life.
    """
    from scipy.optimize import least_squares  # late: half a second of start-up that reading a deal does not need

    targets = {each.tranche: each.published_life for each in deal.by_rank if each.published_life is not None}
    if not targets:
        raise KmvError(problem("E227", what="published_life", what_zh="公布加权期限", section="tranches"))
    wanted = np.array(list(targets.values()))
    at = [i for i, each in enumerate(deal.by_rank) if each.tranche in targets]
    schedule = schedule_of(deal)

    def curve(logs: Floats) -> Recovery:
        shape = float(np.exp(logs[1])) if len(logs) > 1 else deal.recovery.decay_shape
        return replace(deal.recovery, decay_rate=float(np.exp(logs[0])), decay_shape=shape)

    def residual(logs: Floats) -> Floats:
        shocked = replace(deal, recovery=curve(logs))
        gap: Floats = weighted_lives(base_case(shocked, schedule), schedule)[at] - wanted
        return gap

    starts = [np.log([rate, shape][: min(len(targets), 2)]) for rate in (0.3, 1.0, 3.0) for shape in (0.5, 1.0, 1.5)]
    bounds = (np.log([1e-3, 0.1])[: len(starts[0])], np.log([50.0, 10.0])[: len(starts[0])])
    fits = [least_squares(residual, start, bounds=bounds, xtol=1e-15, ftol=1e-15, gtol=1e-15) for start in starts]
    best = min(fits, key=lambda fit: float(fit.cost))
    gaps = residual(best.x)
    return CalibratedTiming(recovery=curve(best.x), residuals=dict(zip(targets, map(float, gaps), strict=True)))
