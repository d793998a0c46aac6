"""Licences after issue: who is known to be in default, and who is known to have paid so far.

    PD_i(t) = 1 - (1 - PD_i)^(t / T)                        constant intensity over the deal's life T (an assumption)
    p_i(t, m) = N((N^-1(PD_i(t)) - sqrt(rho_i) m) / sqrt(1 - rho_i))            default by t, given the factor
    P(m | seen)  ~  phi(m) product of [p_i(t_k, m) - p_i(t_k-1, m)]  over i reported in default at t_k
                           x product of [1 - p_i(t, m)]              over i that has paid so far
    P(i defaults later | m, seen) = [p_i(T, m) - p_i(t, m)] / [1 - p_i(t, m)]

Times to default hang together by the Gaussian copula (Li 2000); at one horizon it is the model at issue. A default says
that the factor is low, and raises the PD of the others; a payment says the contrary. Past cash is what was collected.
Fees to come of a licensee in default are 1 - lgd of the contract's. At issue a default costs that share of all fees,
whenever it happens; fees that were paid can no longer be lost, so the probability falls with every payment. Reported amounts do not move the
factor: only names do. Payers of support are in default with the factor, whatever is known of them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import special

from kmv_core.assets.common_factor import conditional_default
from kmv_core.deal.cash_in import contract_fees, licensee_pd
from kmv_core.deal.deal import Deal
from kmv_core.deal.schedule import Schedule
from kmv_core.risk.exact import MOST_LICENSEES, ExactDefault, LicenceScenarios, exact_default
from kmv_core.risk.supported import normal_nodes
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import KmvError, problem


def default_by(probability: float, share: float) -> float:
    """1 - (1 - PD)^share: default within a share of the life, decimals, at constant intensity.

    >>> round(default_by(0.19, 0.5), 12), default_by(0.19, 1.0), default_by(1.0, 0.5)
    (0.1, 0.19, 1.0)
    """
    if share >= 1.0 or probability >= 1.0:
        return probability if share > 0.0 else 0.0
    return float(-np.expm1(share * np.log1p(-probability)))


def remaining_scenarios(
    deal: Deal, schedule: Schedule, received: Floats, defaults: Mapping[str, int]
) -> LicenceScenarios:
    """Every set of licensees that may still default, after the payment dates of `received` (money, [payment date]).

    `defaults` gives the payment date (index) at which each licensee was reported in default; later ones are not yet
    known. Raises KmvError E283 for too many licensees, E373 for a default the model holds impossible.
    """
    names = list(dict.fromkeys(each.licensee for each in deal.licences))
    if len(names) > MOST_LICENSEES:
        raise KmvError(problem("E283", field=("licences",), found=len(names), most=MOST_LICENSEES))
    seen = len(received)
    shares = np.concatenate([[0.0], schedule.times / schedule.times[-1]])
    nodes, weights = normal_nodes(())
    first = {each.licensee: each for each in reversed(deal.licences)}

    def fails(name: str, count: int) -> Floats:
        """By the payment date before `count`, given the factor."""
        chance = default_by(licensee_pd(deal, first[name]), float(shares[count]))
        loading = float(np.sqrt(first[name].asset_correlation))
        return conditional_default(threshold=special.ndtri(chance), loading=loading, factor=nodes)

    known = {name: at for name, at in defaults.items() if at < seen}
    open_names = [name for name in names if name not in known]
    likelihood = weights.copy()
    for name, at in known.items():
        likelihood *= np.maximum(fails(name, at + 1) - fails(name, at), 0.0)
        if not likelihood.sum() > 0.0:
            raise KmvError(problem("E373", found=name))
    sets = (np.arange(2 ** len(open_names))[:, None] >> np.arange(len(open_names))) & 1
    chance = np.ones((len(nodes), len(sets)))
    for i, name in enumerate(open_names):
        gone, whole = fails(name, seen), fails(name, len(shares) - 1)
        alive = 1.0 - gone
        likelihood *= alive
        # Where nobody survives there is no weight, and no survivor to ask.
        later = np.divide(np.maximum(whole - gone, 0.0), alive, out=np.zeros_like(alive), where=alive > 0.0)[:, None]
        chance *= np.where(sets[:, i] == 1, later, 1.0 - later)
    total = float(likelihood.sum())
    if not total > 0.0:
        raise KmvError(problem("E374", found=", ".join(open_names)))
    lost = {name: sets[:, i].astype(np.float64) for i, name in enumerate(open_names)}
    cash = np.zeros((len(schedule.dates), len(sets)))
    for line, each in zip(contract_fees(deal, schedule), deal.licences, strict=True):
        cash += line[:, None] * (1.0 - each.lgd * lost.get(each.licensee, np.ones(len(sets))))
    cash[:seen] = received[:, None]
    return LicenceScenarios(cash, chance, nodes, likelihood / total)


def exact_after(deal: Deal, schedule: Schedule, received: Floats, defaults: Mapping[str, int]) -> ExactDefault:
    """Default, extension and loss of every tranche once the reports are known; nothing reported: the exact reading."""
    return exact_default(deal, schedule, remaining_scenarios(deal, schedule, received, defaults))
