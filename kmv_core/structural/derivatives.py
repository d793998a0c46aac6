"""Derivatives of the default probability in each input, and of its logarithm.

    dPD/dx = -phi(DD) dDD/dx,   d ln PD/dx = -[phi(DD)/N(-DD)] dDD/dx     (student: its own density and tail)

With w = s sqrt T, l = ln(A/D), n = m - s^2/2 (log_drift: n = m), y = D e^{-mT}/A:

                     lognormal, student     log_drift            linear
    asset_value      1/(A w)                1/(A w)              y/(A w)
    default_point    -1/(D w)               -1/(D w)             -y/(D w)
    asset_volatility -(DD + w)/s            -DD/s                -DD/s
    drift            sqrt T/s               sqrt T/s             y sqrt T/s
    horizon          (n T - l)/(2 T w)      (n T - l)/(2 T w)    m y/w - DD/(2 T)

These are the formulas of Merton 1974 differentiated by hand; d1 = DD + w.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kmv_core.structural.blocks import elementwise
from kmv_core.structural.merton import DEFAULT_DOF, Form, log_ratio
from kmv_core.structural.normal import density, hazard
from kmv_core.structural.student import student_tail
from kmv_core.vocabulary.checks import Floats, checked, choice_problem
from kmv_core.vocabulary.errors import KmvError
from kmv_core.vocabulary.terms import FORMS

_FARTHEST = 700.0
"""ln of an amount ratio near the end of the doubles; there PD is 1 and moves no more."""
INPUTS = ("asset_value", "default_point", "asset_volatility", "drift", "horizon")


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivatives:
    """The derivative in the input of each name, per unit of that input; arrays of one shape."""

    asset_value: Floats
    default_point: Floats
    asset_volatility: Floats
    drift: Floats
    horizon: Floats


def probability_derivatives(
    *,
    asset_value: ArrayLike,
    default_point: ArrayLike,
    asset_volatility: ArrayLike,
    drift: ArrayLike = 0.0,
    horizon: ArrayLike = 1.0,
    form: Form = "lognormal",
    dof: ArrayLike = DEFAULT_DOF,
) -> Derivatives:
    """dPD/dA, dPD/dD (per money unit), dPD/ds, dPD/dm (per 1 a year), dPD/dT (per year); all four forms.

    Shapes broadcast. Raises KmvError (E220 to E226) naming the argument and row outside its domain, E205 for an
    unknown form, E217 where shapes do not fit.

    >>> found = probability_derivatives(asset_value=100, default_point=80, asset_volatility=.2, drift=.05)
    >>> round(float(found.asset_value), 8), round(float(found.asset_volatility), 7)
    (-0.00895367, 1.3123556)
    """
    return _derivatives(form, dof, (asset_value, default_point, asset_volatility, drift, horizon), relative=False)


def log_probability_derivatives(
    *,
    asset_value: ArrayLike,
    default_point: ArrayLike,
    asset_volatility: ArrayLike,
    drift: ArrayLike = 0.0,
    horizon: ArrayLike = 1.0,
    form: Form = "lognormal",
    dof: ArrayLike = DEFAULT_DOF,
) -> Derivatives:
    """The same of ln PD (relative change of PD per unit), good where PD itself underflows; same arguments.

    >>> found = log_probability_derivatives(asset_value=1000, default_point=1, asset_volatility=.1)
    >>> round(float(found.asset_value), 6)
    -0.69042
    """
    return _derivatives(form, dof, (asset_value, default_point, asset_volatility, drift, horizon), relative=True)


def _derivatives(form: str, dof: ArrayLike, given: tuple[ArrayLike, ...], *, relative: bool) -> Derivatives:
    wrong = choice_problem("form", form, FORMS)
    if wrong is not None:
        raise KmvError(wrong)
    inputs = checked(**dict(zip(INPUTS, given, strict=True)))
    if form == "student":
        inputs |= checked(dof=dof)
    return Derivatives(
        **{name: elementwise(partial(_derivative, name, form, relative=relative), **inputs) for name in INPUTS}
    )


def _derivative(name: str, form: str, *, relative: bool, dof: Floats | None = None, **inputs: Floats) -> Floats:
    """The derivative of PD, or of ln PD, in the named input."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        distance, slope = _distance_and_slope(name, form, **inputs)
        if dof is not None:
            factor = _student_hazard(distance, dof) if relative else _student_density(distance, dof)
        else:
            factor = hazard(distance) if relative else density(distance)
        # Where the density has left the doubles PD stands still, however steep DD is there.
        result: Floats = np.where(factor == 0.0, 0.0, -factor * slope)
    return result


def _distance_and_slope(
    name: str,
    form: str,
    *,
    asset_value: Floats,
    default_point: Floats,
    asset_volatility: Floats,
    drift: Floats,
    horizon: Floats,
) -> tuple[Floats, Floats]:
    """DD and its derivative in the named input (table above)."""
    root = np.sqrt(horizon)
    w = asset_volatility * root
    log = log_ratio(asset_value, default_point)
    log_forward = log + drift * horizon
    y: Floats = np.ones(())
    if form == "linear":
        least = np.maximum(log_forward, -_FARTHEST)
        y, distance = np.exp(-least), -np.expm1(-least) / w
    elif form == "log_drift":
        distance = log_forward / w
    else:
        distance = log_forward / w - 0.5 * w
    if name == "asset_value":
        return distance, y / (asset_value * w)
    if name == "default_point":
        return distance, -y / (default_point * w)
    if name == "drift":
        return distance, y * root / asset_volatility
    if name == "asset_volatility":
        d1 = log_forward / w + 0.5 * w if form in ("lognormal", "student") else distance
        return distance, -d1 / asset_volatility
    if form == "linear":
        return distance, drift * y / w - distance / (2.0 * horizon)
    growth = drift if form == "log_drift" else drift - 0.5 * asset_volatility * asset_volatility
    return distance, (growth * horizon - log) / (2.0 * horizon * w)


def _student_density(distance: Floats, dof: Floats) -> Floats:
    """The density of the unit-variance Student variable at DD."""
    scale = np.sqrt(dof / (dof - 2.0))
    log = -special.betaln(0.5, 0.5 * dof) - 0.5 * np.log(dof)
    phi: Floats = scale * np.exp(log - 0.5 * (dof + 1.0) * np.log1p((distance * scale) ** 2 / dof))
    return phi


def _student_hazard(distance: Floats, dof: Floats) -> Floats:
    ratio: Floats = _student_density(distance, dof) / student_tail(distance, dof)
    return ratio
