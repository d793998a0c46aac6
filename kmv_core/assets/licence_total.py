"""Total cash of a dozen licences: its exact distribution, and the lognormal that the theses put in its place.

A dozen licensees that pay or default make a total of a few lumps. A lognormal of the same mean and standard deviation
is too thin below: for eleven equal licensees (PD 3 %, LGD 60 %, correlation .2) it gives 3e-8 for a total under 80 % of
the contracts, where the truth is .0049.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.assets.common_factor import loss_states, state_probabilities
from kmv_core.assets.licence import LicenceContract, check_licences
from kmv_core.structural.merton import log_ratio
from kmv_core.structural.normal import upper_tail
from kmv_core.vocabulary.checks import Floats, checked
from kmv_core.vocabulary.errors import raise_errors

PAID = 1e-10
"""A total short of the amount due by no more than this share of the contracts is short by rounding, and pays."""

_NO_SPREAD = 1e-7
"""The root of what rounding leaves of a variance that is nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceDistribution:
    """The distribution of total cash; arrays (m,)."""

    cash: Floats
    """Every total that can occur, in money, ascending."""
    probability: Floats
    """Of each total, good to 1e-10."""
    contract_total: float
    """Cash without default, in money."""
    mean: float
    """In money, free of rounding: what licence_cash accumulates to."""
    standard_deviation: float
    """In money."""
    rounding: float
    """The most a total can be off, in money: 0 up to thirteen licensees, and wherever equal sums leave few totals."""

    def below(self, amount: ArrayLike) -> Floats:
        """P(total < amount), strictly: a total that equals the amount pays it. Shape of `amount`, in money."""
        short = self.cash + PAID * self.contract_total
        places = np.searchsorted(short, np.asarray(amount, dtype=np.float64), side="left")
        found: Floats = np.minimum(np.concatenate([[0.0], np.cumsum(self.probability)]), 1.0)[places]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceDefault:
    """Default probabilities of an amount due, decimals of the shape of `due`."""

    probability_of_default: Floats
    """P(total < due): the headline."""
    at_least: Floats
    """The same less what the lattice may have moved; equal to it where nothing was rounded."""
    at_most: Floats
    thesis: Floats
    """The lognormal of the same mean and standard deviation: beside the headline, not in place of it."""
    mean: float
    """Expected total, in money."""
    total_volatility: float
    """Log standard deviation of that lognormal."""


def licence_distribution(*, contracts: Sequence[LicenceContract]) -> LicenceDistribution:
    """The exact distribution of total cash in the one-factor Gaussian model.

        total = sum_i amount_due_i (1 - LGD_i [x_i < N^{-1}(PD_i)]),  x_i = sqrt(rho_i) M + sqrt(1 - rho_i) e_i

    Given M defaults are independent: the sums are built up licensee by licensee, and M is integrated until nothing
    moves (common_factor). Contracts of one licensee default together. Where more than 8192 sums differ, each
    licensee's loss is rounded to the nearest of 4096 steps of the sum of losses, and `rounding` says how far a total
    can be off.

    Raises KmvError as check_licences. Vasicek 2002; Andersen, Sidenius and Basu 2003.

    >>> pair = [LicenceContract(licensee=who, fee_dates=(1,), fee_amounts=(100,), probability_of_default=.1, lgd=.5,
    ...     asset_correlation=0) for who in "AB"]
    >>> found = licence_distribution(contracts=pair)
    >>> found.cash.tolist(), found.probability.round(10).tolist(), round(found.mean, 6)
    ([100.0, 150.0, 200.0], [0.01, 0.18, 0.81], 190.0)
    """
    raise_errors(check_licences(contracts))
    grouped: dict[str, list[LicenceContract]] = {}
    for each in contracts:
        grouped.setdefault(each.licensee, []).append(each)
    losses = np.array([sum(each.loss for each in group) for group in grouped.values()], dtype=np.float64)
    chances = np.array([group[0].probability_of_default for group in grouped.values()], dtype=np.float64)
    correlations = np.array([group[0].asset_correlation for group in grouped.values()], dtype=np.float64)
    total = float(sum(each.amount_due for each in contracts))
    states = loss_states(losses)
    found = state_probabilities(states, probability_of_default=chances, correlation=correlations)
    mean_loss = float(found @ states.losses)
    spread = float(np.sqrt(found @ (states.losses - mean_loss) ** 2))
    return LicenceDistribution(
        cash=np.maximum(total - states.losses, 0.0)[::-1],
        probability=found[::-1],
        contract_total=total,
        mean=total - float(losses @ chances),
        # A certain total has no spread; the last digit of its mean is none.
        standard_deviation=spread if spread > PAID * total else 0.0,
        rounding=states.rounding,
    )


def licence_probability_of_default(*, contracts: Sequence[LicenceContract], due: ArrayLike) -> LicenceDefault:
    """P(total licence cash < due), exactly, and the thesis's lognormal beside it.

        headline   P(total < due), strictly, from licence_distribution
        thesis     N((ln(due / E) + s^2 / 2) / s),  s^2 = ln(1 + (standard deviation / E)^2),  E the expected total

    `due` in money, any shape; results have its shape. Where the losses were rounded, at_least and at_most enclose the
    exact figure. A total without spread gives 0 or 1 in both.

    Raises KmvError as check_licences; E226 for a due below 0.

    >>> eleven = [LicenceContract(licensee=f"L{i}", fee_dates=(1,), fee_amounts=(100,), probability_of_default=.03,
    ...     lgd=.6, asset_correlation=.2) for i in range(11)]
    >>> found = licence_probability_of_default(contracts=eleven, due=[990, 880])
    >>> found.probability_of_default.round(4).tolist(), [f"{each:.2g}" for each in found.thesis]
    ([0.0631, 0.0049], ['0.011', '3.2e-08'])
    """
    owed = checked(due=due)["due"]
    found = licence_distribution(contracts=contracts)
    ratio = found.standard_deviation / found.mean if found.mean else 0.0
    s = float(np.sqrt(np.log1p(ratio * ratio)))
    return LicenceDefault(
        probability_of_default=found.below(owed)[()],
        at_least=found.below(owed - found.rounding)[()],
        at_most=found.below(owed + found.rounding)[()],
        thesis=_matched_lognormal(owed, found.mean, s, PAID * found.contract_total)[()],
        mean=found.mean,
        total_volatility=s,
    )


def _matched_lognormal(owed: Floats, mean: float, s: float, paid: float) -> Floats:
    if s <= _NO_SPREAD:
        certain: Floats = np.asarray(owed > mean + paid, dtype=np.float64)
        return certain
    positive = owed > 0.0
    gap = log_ratio(np.full(owed.shape, mean), np.where(positive, owed, 1.0))
    chance: Floats = np.where(positive, upper_tail(gap / s - 0.5 * s), 0.0)
    return chance
