"""What a shortfall payer is worth: the tranche fails only where the pool is short AND the payer cannot make it good.

    uncapped:  PD* = N2(z_0, z_payer; rho)
    capped:    PD* = P(q < q*_C) + N2(z_0, z_payer; rho) - N2(z_C, z_payer; rho),   z = N^-1(P(q < q*))

q* is the break-even multiple of collections, q*_C the one with the whole cap paid. Below q*_C even the cap is not
enough; between the two the payer's default decides. To move the default point alone would take the payer for safe.
The payer's probability is real-world and over the same horizon; rho is that of the two normals behind the
events, above 0 where the payer fails when the pool does (wrong-way). Gaussian copula: Li 2000, Vasicek 2002.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.structural.bivariate import bivariate_normal
from kmv_core.structural.normal import distance_at
from kmv_core.vocabulary.checks import Floats, checked, common_shape
from kmv_core.vocabulary.errors import KmvError, problem
from kmv_core.vocabulary.terms import TERMS


def supported_probability_of_default(*, pool_pd: ArrayLike, payer_pd: ArrayLike, correlation: ArrayLike) -> Floats:
    """PD* = N2(z_0, z_payer; rho): default probability (decimal) of a tranche with an uncapped shortfall payer.

    Shapes broadcast. Probabilities are decimals from 0 to 1, both included, over one horizon; the correlation is a
    decimal from -1 to 1. Raises KmvError E226 naming the argument and row outside, E212 for what is no number, E217
    where shapes do not fit. Source: see the module.

    >>> supported_probability_of_default(pool_pd=.02, payer_pd=.005, correlation=[0, .3, .6]).round(8).tolist()
    [0.0001, 0.00053919, 0.00173862]
    """
    given = checked(pool_pd=pool_pd, payer_pd=payer_pd, correlation=correlation)
    common_shape(**given)
    return _joint(given["pool_pd"], given["payer_pd"], given["correlation"])


def capped_probability_of_default(
    *, unsupported_pd: ArrayLike, capped_pd: ArrayLike, payer_pd: ArrayLike, correlation: ArrayLike
) -> Floats:
    """PD* = P(q < q*_C) + N2(z_0, z_payer; rho) - N2(z_C, z_payer; rho): the same with support up to a cap.

    `unsupported_pd` is P(q < q*), without support; `capped_pd` is P(q < q*_C), the cap paid for certain, and at most
    the former. At capped_pd = 0 it is the uncapped probability, at capped_pd = unsupported_pd that without support.
    Shapes broadcast. Probabilities are decimals from 0 to 1, both included, over one horizon; the correlation is a
    decimal from -1 to 1. Raises KmvError E226 naming the argument and row outside, or capped_pd above unsupported_pd;
    E212 for what is no number; E217 where shapes do not fit. Source: see the module.

    >>> capped = capped_probability_of_default(unsupported_pd=.02, capped_pd=.004, payer_pd=.005, correlation=.3)
    >>> round(float(capped), 8)
    0.00438277
    """
    given = checked(unsupported_pd=unsupported_pd, capped_pd=capped_pd, payer_pd=payer_pd, correlation=correlation)
    shape = common_shape(**given)
    without, capped, payer, rho = (np.broadcast_to(each, shape) for each in given.values())
    _check_order(without, capped)
    between = np.maximum(_joint(without, payer, rho) - _joint(capped, payer, rho), 0.0)
    # Rounding may not carry it past either bound.
    found: Floats = np.clip(capped + between, capped, without)[()]
    return found


def _joint(first: Floats, second: Floats, rho: Floats) -> Floats:
    """Probability that both fail."""
    joint = bivariate_normal(a=-distance_at(first), b=-distance_at(second), correlation=rho)
    # The rounding of z costs an ulp or two: neither probability is passed.
    limited: Floats = np.minimum(joint, np.minimum(first, second))[()]
    return limited


def _check_order(without: Floats, capped: Floats) -> None:
    wrong = np.flatnonzero(capped > without)
    if not wrong.size:
        return
    at = int(wrong[0])
    bound = f"{float(without.reshape(-1)[at]):g}"
    raise KmvError(
        problem(
            "E226",
            where=f"row {at + 1}" if without.ndim else "",
            name=f"capped_pd ({TERMS['capped_pd'].en.lower()})",
            name_zh=f"{TERMS['capped_pd'].zh}（capped_pd）",
            domain=f"at most unsupported_pd, {bound}",
            domain_zh=f"不大于 unsupported_pd（{bound}）",
            found=f"{float(capped.reshape(-1)[at]):g}",
            remedy=": support cannot harm",
            remedy_zh="：补足不会增加违约",
        )
    )
