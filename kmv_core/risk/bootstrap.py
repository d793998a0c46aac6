"""The second referee: total collections over forecast drawn from the record of past deals, not from a lognormal.

    PD = (1/n) sum over the record of 1{the waterfall fails at q_i},  q_i = actual_i / forecast_i
    s.e. = sqrt(PD (1 - PD) / n)

Drawing with replacement from n ratios and paying each through the waterfall has this mean and this standard error
exactly, so nothing is drawn (Efron 1979). The record has a handful of ratios: a PD is then a multiple of 1/n, none
below 1/n can be seen, and where none of n failed the 95 % band still reaches 1 - 0.025^(1/n), 31 % for n = 10. It
contradicts a model, it does not replace one. `centred` takes the record's own bias out: a forecast is then right on
average, as the model assumes, and only its spread is tested.

Payers of support default given the pool's normal z, here that of the ratio's plotting position (i - 1/2) / n.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kmv_core.assets.volatility import LEAST, positive_row
from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.simulate import band
from kmv_core.risk.supported import payer_fails, payer_states
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import raise_errors


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapTranche:
    """One tranche; probabilities as decimals."""

    name: str
    probability_of_default: float
    standard_error: float
    low: float
    """Lower end of the 95 % band, exact binomial for so few ratios."""
    high: float
    extension_probability: float
    expected_loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """Every tranche by rank, and what it rests on."""

    tranches: tuple[BootstrapTranche, ...]
    observations: int
    """Ratios in the record."""
    mean_ratio: float
    """Of the record as given: above 1 where more came in than was forecast."""
    centred: bool

    @property
    def resolution(self) -> float:
        """The smallest PD above 0 that so many ratios can show: 1/n."""
        return 1.0 / self.observations


def bootstrap_probability(deal: Deal, ratios: ArrayLike, *, centred: bool = False) -> Bootstrap:
    """Default probability of every tranche if actual / forecast were drawn from past deals (formula above).

    `ratios` (deals,) are cumulative recoveries over their forecasts by the same date, no unit, above 0. `centred`
    divides them by their mean.

    Raises KmvError with the deal's problems; E226 for a ratio not above 0, with its row; E280 for fewer than three.
    """
    raise_errors(deal_problems(deal))
    (record,) = positive_row(LEAST, ratios=ratios)
    mean = float(record.mean())
    q = record / mean if centred else record
    n = q.size
    schedule = schedule_of(deal)
    _, same, counts = np.unique(q, return_inverse=True, return_counts=True)
    # Ratios that are equal share the middle of their ranks.
    z = special.ndtri(((np.cumsum(counts) - 0.5 * counts) / n)[same])
    tranches = len(deal.tranches)
    failed, lost = np.zeros((2 * tranches, n)), np.zeros((tranches, n))
    for state in payer_states(deal.support):
        chance: Floats = np.ones(n)
        for line, alive in zip(deal.support, state, strict=True):
            fails = payer_fails(line, z)
            chance = chance * (1.0 - fails if alive else fails)
        found = MultipleScan(deal, schedule, payers_alive=state).tests(q)
        failed += found.failed * chance
        lost += found.lost * chance
    return Bootstrap(
        tranches=tuple(
            _tranche(each.tranche, failed[k], failed[tranches + k], lost[k]) for k, each in enumerate(deal.by_rank)
        ),
        observations=n,
        mean_ratio=mean,
        centred=centred,
    )


def _tranche(name: str, failed: Floats, late: Floats, lost: Floats) -> BootstrapTranche:
    probability = float(failed.mean())
    error = float(failed.std()) / float(np.sqrt(failed.size))
    low, high = band(float(failed.sum()), failed.size, error)
    return BootstrapTranche(
        name=name,
        probability_of_default=probability,
        standard_error=error,
        low=low,
        high=high,
        extension_probability=float(late.mean()),
        expected_loss=float(lost.mean()),
    )
