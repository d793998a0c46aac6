"""The uncertain multiple of collections: its tail, its put and its quantiles, in the form the deal's model has.

Collections are q x expected, E q = 1, with total volatility s, horizon 1 and drift 0 (lognormal: ln q ~ N(-s^2/2, s^2)).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kmv_core.deal.deal import Model
from kmv_core.deal.loss_curve import LossCurve
from kmv_core.deal.regions import BreakEven
from kmv_core.structural import merton
from kmv_core.vocabulary.checks import Floats

_NARROW = 3e-6
_NOTHING = 1e-200
_HOPELESS = 1e-200
"""Of what is owed: who owns no more will never pay, and the ratio of the two may leave the doubles."""


def tail(
    model: Model, asset_value: ArrayLike, default_point: ArrayLike, volatility: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """DD and PD for totals: horizon 1, drift 0. Nothing owed: DD inf, PD 0. Never enough, or nothing owned: -inf, 1.

    `volatility` takes the place of the model's where it differs from deal to deal.
    """
    given = (asset_value, default_point, model.total_volatility if volatility is None else volatility)
    owned, owed, s = np.broadcast_arrays(*(np.asarray(each, np.float64) for each in given))
    usual = (owned > owed * _HOPELESS) & (owed > 0.0) & np.isfinite(owed)
    distance = np.where(owed <= 0.0, np.inf, -np.inf)
    distance[usual] = merton.distance_to_default(
        asset_value=owned[usual], default_point=owed[usual], asset_volatility=s[usual], form=model.form
    )
    return distance, merton.probability_beyond(distance, form=model.form, dof=model.dof)


def put(model: Model, asset_value: ArrayLike, default_point: ArrayLike) -> Floats:
    """P(D) = E[(D - A)^+], money; 0 where nothing is owed."""
    owned, owed = np.broadcast_arrays(np.asarray(asset_value, np.float64), np.asarray(default_point, np.float64))
    usual = (owned > owed * _HOPELESS) & (owed > 0.0)
    value = np.where(usual, 0.0, owed)
    value[usual] = owed[usual] * merton.expected_loss(
        asset_value=owned[usual],
        default_point=owed[usual],
        asset_volatility=model.total_volatility,
        form=model.form,
        dof=model.dof,
    )
    return value


def multiple_at(model: Model, uniform: Floats) -> Floats:
    """q at a probability: the quantile function of the form; not negative.

    >>> round(float(multiple_at(Model(total_volatility=.2), np.array([.5]))[0]), 8)
    0.98019867
    """
    if model.form == "student":
        return _multiple(model, special.stdtrit(model.dof, uniform) * np.sqrt((model.dof - 2.0) / model.dof))
    return _multiple(model, special.ndtri(uniform))


def multiple_of_normal(model: Model, z: Floats) -> Floats:
    """q at a standard normal z: multiple_at(N(z)), the same far out on both sides."""
    if model.form != "student":
        return _multiple(model, z)
    # The lower tail is exact; the upper one is its mirror image.
    quantile = -np.abs(special.stdtrit(model.dof, special.ndtr(-np.abs(z))))
    return _multiple(model, np.copysign(quantile, z) * np.sqrt((model.dof - 2.0) / model.dof))


def _multiple(model: Model, standard: Floats) -> Floats:
    s = model.total_volatility
    if model.form == "linear":
        line: Floats = np.maximum(1.0 + s * standard, 0.0)
        return line
    shift = 0.0 if model.form == "log_drift" else 0.5 * s * s
    # A heavy tail goes past the largest double; e^600 times as much pays for anything.
    factor: Floats = np.exp(np.minimum(s * standard - shift, 600.0))
    return factor


def expected_losses(model: Model, curve: LossCurve) -> Floats:
    """E[loss(q)] by tranche: the sum over the pieces of an affine loss, and what stays lost above the last knot.

    On [a, b]: loss(a) P(a < q < b) + (loss(b) - loss(a)) E[(q - a) 1{a < q < b}] / (b - a),
    E[(q - a) 1{a < q < b}] = (b - a) P(q < b) - put(b) + put(a). A piece narrower than 3e-6 of its knot, where the puts
    differ by their rounding, is halved evenly instead. Below 0 (linear form) a multiple counts as 0.
    """
    if len(curve.knots) < 2:
        return np.zeros(len(curve.loss))
    width = np.diff(curve.knots)
    below = tail(model, 1.0, curve.knots)[1]
    # A put struck at nothing is worth something where q may be negative; no form takes the strike 0 itself.
    puts = put(model, 1.0, np.maximum(curve.knots, _NOTHING))
    chance = np.diff(below)
    beyond = np.where(width > _NARROW * curve.knots[1:], below[1:] - np.diff(puts) / width, 0.5 * chance)
    parts = curve.loss[:, :-1] * chance + np.diff(curve.loss, axis=1) * np.clip(beyond, 0.0, chance)
    total: Floats = parts.sum(axis=1) + curve.loss[:, -1] * (1.0 - below[-1])
    return np.clip(total, 0.0, 1.0)


def region_probability(model: Model, test: BreakEven) -> float:
    """P(q in B): what N(-DD) is too cautious for where more cash can hurt."""
    return float(sum(tail(model, 1.0, high)[1] - tail(model, 1.0, low)[1] for low, high in test.unpaid))


def probabilities(model: Model, tests: Sequence[BreakEven]) -> tuple[Floats, Floats]:
    """DD and PD of the cautious reading, P(q < q*), of each test."""
    return tail(model, 1.0, np.array([each.multiple for each in tests]))
