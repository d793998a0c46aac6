"""Licences: every set of licensees in default, paid through the waterfall, weighted with its exact probability.

    PD = integral of phi(m) sum over sets d of P(d | m) P(payers a | m) 1{waterfall(d, a) fails} dm
    P(d | m) = product of p_i(m)^{d_i} (1 - p_i(m))^{1 - d_i},  p_i(m) = N((N^-1(PD_i) - sqrt(rho_i) m) / sqrt(1 - rho_i))

A dozen licensees are no lognormal total: this is the headline of a pool of licences, the lognormal stands beside it.
A licensee's default loses the share `lgd` of all its fees, whenever due (kmv_core.assets.licence). Payers of support
hang together with the same factor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from kmv_core.assets.common_factor import conditional_default
from kmv_core.deal.cash_in import contract_fees, licensee_pd
from kmv_core.deal.deal import Deal
from kmv_core.deal.payments import Payments
from kmv_core.deal.schedule import Schedule
from kmv_core.risk.supported import normal_nodes, payer_fails, payer_states
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import KmvError, problem

MOST_LICENSEES = 14
"""Sixteen thousand sets; beyond, simulate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactDefault:
    """Probabilities by tranche by rank."""

    legal: Floats
    unsupported: Floats
    """By legal maturity, with no payer of support alive."""
    expected: Floats
    loss: Floats
    """Expected principal not returned, as a share of the tranche."""
    by_date: Floats
    """[tranche, payment date]: failed by then, the expected maturity included."""


@dataclass(frozen=True, slots=True)
class LicenceScenarios:
    """Every set of licensees in default: the cash it leaves and its chance given the factor."""

    cash: Floats
    """[payment date, set]."""
    chance: Floats
    """[node, set]."""
    nodes: Floats
    weights: Floats


def licence_scenarios(deal: Deal, schedule: Schedule) -> LicenceScenarios:
    """The sets of a pool of at most MOST_LICENSEES licensees; raises KmvError E283 for more."""
    names = list(dict.fromkeys(each.licensee for each in deal.licences))
    if len(names) > MOST_LICENSEES:
        raise KmvError(problem("E283", field=("licences",), found=len(names), most=MOST_LICENSEES))
    first = {each.licensee: each for each in reversed(deal.licences)}
    fees = contract_fees(deal, schedule)
    sets = (np.arange(2 ** len(names))[:, None] >> np.arange(len(names))) & 1
    cash = np.zeros((len(schedule.dates), len(sets)))
    for line, each in zip(fees, deal.licences, strict=True):
        cash += line[:, None] * (1.0 - each.lgd * sets[:, names.index(each.licensee)])
    nodes, weights = normal_nodes(())
    # Name by name the sets double: those without it, then those with it.
    chance = np.ones((len(nodes), 1))
    for name in names:
        fails = conditional_default(
            threshold=special.ndtri(licensee_pd(deal, first[name])),
            loading=np.sqrt(first[name].asset_correlation),
            factor=nodes,
        )[:, None]
        chance = np.concatenate([chance * (1.0 - fails), chance * fails], axis=1)
    return LicenceScenarios(cash, chance, nodes, weights)


def exact_default(deal: Deal, schedule: Schedule, scenarios: LicenceScenarios | None = None) -> ExactDefault:
    """Default probability, extension, loss and term structure of every tranche (formula above).

    `scenarios` are those at issue unless others are given.
    """
    scenarios = licence_scenarios(deal, schedule) if scenarios is None else scenarios
    payments = Payments(deal, schedule)
    tranches, periods = len(deal.tranches), len(schedule.dates)
    tests, loss = np.zeros(2 * tranches), np.zeros(tranches)
    by_date = np.zeros((tranches, periods))
    unsupported = np.zeros(tranches)
    for state in payer_states(deal.support):
        payers = scenarios.weights.copy()
        for line, alive in zip(deal.support, state, strict=True):
            fails = payer_fails(line, scenarios.nodes)
            payers *= 1.0 - fails if alive else fails
        chance = payers @ scenarios.chance
        found = payments.tests(scenarios.cash, payers_alive=state, by_date=True)
        tests += found.failed @ chance
        if not any(state):
            unsupported = found.failed[:tranches] @ (scenarios.weights @ scenarios.chance)
        loss += found.lost @ chance
        by_date += found.by_date @ chance
    # Weights of the normal add to one but for rounding.
    tests, unsupported, loss, by_date = (np.minimum(each, 1.0) for each in (tests, unsupported, loss, by_date))
    return ExactDefault(
        legal=tests[:tranches], unsupported=unsupported, expected=tests[tranches:], loss=loss, by_date=by_date
    )
