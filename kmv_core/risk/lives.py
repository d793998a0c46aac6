"""Weighted lives against the published ones, and what a gap between them does to the expected-maturity test.

The curve decides when cash comes, so a curve that misses the published lives misjudges extension. The deal's own
curve stands beside the best exponential one, whose single parameter cannot in general meet two lives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kmv_core.assets.recovery import Recovery
from kmv_core.deal.deal import Deal
from kmv_core.risk.assess import Assessment, assess
from kmv_core.risk.timing import EXPONENTIAL, calibrate_timing


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One tranche under one curve; lives in years, probabilities as decimals."""

    published: float | None
    model: float
    extension_probability: float
    probability_of_default: float

    @property
    def residual(self) -> float | None:
        """Model life less published life, years; None without a published one."""
        return None if self.published is None else self.model - self.published


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """Every tranche by rank under the deal's curve and, where loans have a published life, the best exponential one."""

    own: Mapping[str, Life]
    exponential: Mapping[str, Life] | None
    exponential_curve: Recovery | None


def lives_of(assessment: Assessment) -> Lives:
    """The lives of an assessed deal.

    A pool of licences has no curve to compare with: its fees come by contract. The exponential curve has decay_shape 1
    and the decay_rate with the least squares of the residuals (calibrate_timing); the deal is assessed again under it,
    everything else as it stands.

    Raises what assess raises, with the exponential curve in the deal.
    """
    deal = assessment.deal
    own = _lives(assessment)
    # Licence fees come when the contracts say: there is no curve to compare.
    if deal.recovery is None or all(each.published_life is None for each in deal.tranches):
        return Lives(own=own, exponential=None, exponential_curve=None)
    curve = calibrate_timing(deal, decay_shape=EXPONENTIAL).recovery
    other: Deal = replace(deal, recovery=curve)
    return Lives(
        own=own,
        exponential=_lives(assess(other, readings=("waterfall",), losses=False)),
        exponential_curve=curve,
    )


def _lives(assessment: Assessment) -> dict[str, Life]:
    return {
        line.tranche: Life(
            published=line.published_life,
            model=found.waterfall.weighted_life,
            extension_probability=found.waterfall.extension_probability,
            probability_of_default=found.waterfall.probability_of_default,
        )
        for line, found in zip(assessment.deal.by_rank, assessment.tranches, strict=True)
    }
