"""Merton's closed forms: distance to default, default probability, expected loss.

Symbols: A asset value, D default point, s asset volatility, m drift, T horizon, w = s sqrt(T),
N the standard normal distribution, T_nu Student's.

    lognormal  DD = (ln(A/D) + (m - s^2/2) T) / w           Merton 1974; Crosbie and Bohn 2003
    linear     DD = (A e^{mT} - D) / (A e^{mT} w)           practitioner KMV, Crosbie and Bohn 2003
    log_drift  DD = (ln(A/D) + m T) / w                     papers whose m is already the log drift
    student    DD as lognormal, PD = T_nu(-DD sqrt(nu/(nu-2)))   fat tails, Zhang and He 2014

All arguments broadcast; amounts share one unit; rates are decimals a year; times are years.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kmv_core.vocabulary.checks import Floats, checked, choice_problem
from kmv_core.vocabulary.errors import KmvError
from kmv_core.vocabulary.terms import FORMS

Form = Literal["lognormal", "linear", "log_drift", "student"]
DEFAULT_DOF = 4.0


def distance_to_default(
    *,
    asset_value: ArrayLike,
    default_point: ArrayLike,
    asset_volatility: ArrayLike,
    drift: ArrayLike = 0.0,
    horizon: ArrayLike = 1.0,
    form: Form = "lognormal",
) -> Floats:
    """Distance to default in standard deviations, in the named form (formulas above).

    Shapes broadcast. Raises KmvError (E220 to E225) naming the argument and row outside its domain.

    >>> round(float(distance_to_default(asset_value=100, default_point=80, asset_volatility=.2, drift=.05)), 8)
    1.26571776
    """
    _check_form(form)
    v = checked(
        asset_value=asset_value,
        default_point=default_point,
        asset_volatility=asset_volatility,
        drift=drift,
        horizon=horizon,
    )
    w = v["asset_volatility"] * np.sqrt(v["horizon"])
    growth = v["drift"] * v["horizon"]
    distance: Floats
    if form == "linear":
        distance = -np.expm1(_log_ratio(v["default_point"], v["asset_value"]) - growth) / w
    else:
        distance = (_log_ratio(v["asset_value"], v["default_point"]) + growth) / w
        if form != "log_drift":
            distance = distance - 0.5 * w
    return distance


def probability_of_default(
    *,
    asset_value: ArrayLike,
    default_point: ArrayLike,
    asset_volatility: ArrayLike,
    drift: ArrayLike = 0.0,
    horizon: ArrayLike = 1.0,
    form: Form = "lognormal",
    dof: ArrayLike = DEFAULT_DOF,
) -> Floats:
    """Default probability PD = N(-DD), or T_nu(-DD sqrt(nu/(nu-2))) in the student form; a decimal.

    Shapes broadcast. Raises KmvError as distance_to_default does.

    >>> round(float(probability_of_default(asset_value=100, default_point=80, asset_volatility=.2, drift=.05)), 10)
    0.1028070744
    """
    distance = distance_to_default(
        asset_value=asset_value,
        default_point=default_point,
        asset_volatility=asset_volatility,
        drift=drift,
        horizon=horizon,
        form=form,
    )
    return probability_beyond(distance, form=form, dof=dof)


def log_probability_of_default(
    *,
    asset_value: ArrayLike,
    default_point: ArrayLike,
    asset_volatility: ArrayLike,
    drift: ArrayLike = 0.0,
    horizon: ArrayLike = 1.0,
    form: Form = "lognormal",
    dof: ArrayLike = DEFAULT_DOF,
) -> Floats:
    """Natural logarithm of the default probability, exact where the probability underflows.

    Shapes broadcast. Raises KmvError as distance_to_default does.

    >>> round(float(log_probability_of_default(asset_value=1000, default_point=1, asset_volatility=.1)), 4)
    -2387.5552
    """
    distance = distance_to_default(
        asset_value=asset_value,
        default_point=default_point,
        asset_volatility=asset_volatility,
        drift=drift,
        horizon=horizon,
        form=form,
    )
    if form == "student":
        with np.errstate(divide="ignore"):
            student: Floats = np.log(probability_beyond(distance, form=form, dof=dof))
        return student
    normal: Floats = special.log_ndtr(-distance)
    return normal


def expected_loss(
    *,
    asset_value: ArrayLike,
    default_point: ArrayLike,
    asset_volatility: ArrayLike,
    drift: ArrayLike = 0.0,
    horizon: ArrayLike = 1.0,
    form: Form = "lognormal",
    dof: ArrayLike = DEFAULT_DOF,
) -> Floats:
    """Expected loss as a share of the default point, E[(D - A_T)^+] / D.

    lognormal  EL = N(-d2) - (A e^{mT}/D) N(-d1), d2 = DD, d1 = DD + w; log_drift has the forward
               A e^{(m + s^2/2) T}; linear is A_T normal about A e^{mT} with deviation A e^{mT} w,
               and no more is lost than is owed: EL = [g(DD) - g(1/w)] / (1/w - DD), g(x) = phi(x) - x N(-x), which
               is the mean of N(-x) from DD to 1/w (where nothing is left); student by quadrature of its loss side
               (E[A_T] is infinite under t, the loss side is finite).
    Shapes broadcast. Raises KmvError as distance_to_default does.

    >>> round(float(expected_loss(asset_value=100, default_point=80, asset_volatility=.2, drift=.05)), 10)
    0.0090302795
    """
    distance = distance_to_default(
        asset_value=asset_value,
        default_point=default_point,
        asset_volatility=asset_volatility,
        drift=drift,
        horizon=horizon,
        form=form,
    )
    w = np.asarray(asset_volatility, dtype=np.float64) * np.sqrt(np.asarray(horizon, dtype=np.float64))
    if form == "student":
        return _student_loss(distance, w, dof)
    if form == "linear":
        return np.exp(special.log_ndtr(-distance)) * _linear_severity(distance, w)
    return np.exp(special.log_ndtr(-distance)) * _lognormal_severity(distance, w)


def loss_given_default(
    *,
    asset_value: ArrayLike,
    default_point: ArrayLike,
    asset_volatility: ArrayLike,
    drift: ArrayLike = 0.0,
    horizon: ArrayLike = 1.0,
    form: Form = "lognormal",
    dof: ArrayLike = DEFAULT_DOF,
) -> Floats:
    """Loss given default, EL / PD, computed without dividing two vanishing numbers in the normal forms.

    Shapes broadcast. Raises KmvError as distance_to_default does.

    >>> round(float(loss_given_default(asset_value=100, default_point=80, asset_volatility=.2, drift=.05)), 8)
    0.08783714
    """
    distance = distance_to_default(
        asset_value=asset_value,
        default_point=default_point,
        asset_volatility=asset_volatility,
        drift=drift,
        horizon=horizon,
        form=form,
    )
    w = np.asarray(asset_volatility, dtype=np.float64) * np.sqrt(np.asarray(horizon, dtype=np.float64))
    if form == "student":
        return _student_loss(distance, w, dof) / probability_beyond(distance, form=form, dof=dof)
    if form == "linear":
        return _linear_severity(distance, w)
    return _lognormal_severity(distance, w)


def probability_beyond(distance: ArrayLike, *, form: Form = "lognormal", dof: ArrayLike = DEFAULT_DOF) -> Floats:
    """PD of a distance to default: N(-DD), or the unit-variance Student tail; any real DD."""
    d = np.asarray(distance, dtype=np.float64)
    if form == "student":
        nu = checked(dof=dof)["dof"]
        student: Floats = special.stdtr(nu, -d * np.sqrt(nu / (nu - 2.0)))
        return student
    normal: Floats = special.ndtr(-d)
    return normal


def _check_form(form: str) -> None:
    wrong = choice_problem("form", form, FORMS)
    if wrong is not None:
        raise KmvError(wrong)


def _log_ratio(numerator: Floats, denominator: Floats) -> Floats:
    """ln(numerator/denominator): by the ratio where it is near one, by difference where it over- or underflows."""
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        ratio = numerator / denominator
        near = (ratio > 0.5) & (ratio < 2.0)
        gap = np.where(near, (numerator - denominator) / denominator, 0.0)
    result: Floats = np.where(near, np.log1p(gap), np.log(numerator) - np.log(denominator))
    return result


def _lognormal_severity(distance: Floats, w: Floats) -> Floats:
    """EL/PD = 1 - exp(k + ln N(-d1) - ln N(-d2)) with k = ln(F/D) = DD w + w^2/2."""
    log_forward = distance * w + 0.5 * w * w
    severity: Floats = -np.expm1(log_forward + special.log_ndtr(-distance - w) - special.log_ndtr(-distance))
    return severity


_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(16)


def _linear_severity(distance: Floats, w: Floats) -> Floats:
    """EL/PD = [g(DD) - g(1/w)] / (h N(-DD)), h = 1/w - DD = D/(F w); for small h by quadrature, nothing cancels."""
    distance, end = np.broadcast_arrays(distance, 1.0 / w)
    span = np.maximum(end - distance, 0.0)
    log = special.log_ndtr(-distance)
    inner = distance[..., None] + span[..., None] * (0.5 + 0.5 * _NODES)
    near = np.exp(special.log_ndtr(-inner) - log[..., None]) @ (0.5 * _NODE_WEIGHTS)
    wide = np.where(span < 1.0, 1.0, span)
    far = (_mills_gap(distance) - np.exp(special.log_ndtr(-end) - log) * _mills_gap(end)) / wide
    severity: Floats = np.where(span < 1.0, near, far)
    return severity


def _mills_gap(distance: Floats) -> Floats:
    """phi(x)/N(-x) - x, by the scaled complementary error function: no cancellation far into the tail.

    Beyond 50 the asymptotic series 1/x - 2/x^3 + 10/x^5 - 74/x^7 + 706/x^9 is exact to double precision.
    """
    with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
        hazard = np.sqrt(2.0 / np.pi) / special.erfcx(distance / np.sqrt(2.0))
        x2 = distance * distance
        far = (1.0 - (2.0 - (10.0 - (74.0 - 706.0 / x2) / x2) / x2) / x2) / distance
        gap: Floats = np.where(distance > 50.0, far, hazard - distance)
    return gap


# Nodes of y = exp(t - e^{-t}), which maps the real line to (0, inf) with double-exponential decay at 0 and
# leaves e^{-y} to close the other end.
_T = np.linspace(-4.5, 4.0, 171)
_Y = np.exp(_T - np.exp(-_T))
_WEIGHT = np.exp(-_Y) * _Y * (1.0 + np.exp(-_T)) * (_T[1] - _T[0])
# Nodes of (0, 1) under x = 1 / (1 + exp(pi sinh t)), which crowds both ends.
_S = np.linspace(-4.0, 4.0, 241)
_X = special.expit(np.pi * np.sinh(_S))
_X_WEIGHT = np.pi * np.cosh(_S) * _X * special.expit(-np.pi * np.sinh(_S)) * (_S[1] - _S[0])


def _student_loss(distance: Floats, w: Floats, dof: ArrayLike) -> Floats:
    """EL = E[(1 - A_T/D)^+] = integral over y > 0 of e^{-y} T(-(DD + y/w)) dy, T the unit-variance Student tail.

    Past default (DD < 0) the tail is a step of width w inside the range, which no fixed nodes resolve. There
    the integral is split where the tail passes 1/2:
    EL = 1 - e^{w DD} + e^{w DD} integral(e^{-y} T(-y/w)) - integral over v from 0 to -DD of w e^{w(DD + v)} T(-v).
    """
    nu = checked(dof=dof)["dof"]
    distance, w, nu = np.broadcast_arrays(distance, w, nu)
    unit = np.sqrt(nu / (nu - 2.0))[..., None]
    above, below = np.maximum(distance, 0.0), np.minimum(distance, 0.0)
    tail = special.stdtr(nu[..., None], -(above[..., None] + _Y / w[..., None]) * unit) @ _WEIGHT
    gap = -below[..., None] * _X
    grown = np.exp(w[..., None] * (below[..., None] + gap))
    step = -below * w * ((grown * special.stdtr(nu[..., None], -gap * unit)) @ _X_WEIGHT)
    loss: Floats = -np.expm1(w * below) + np.exp(w * below) * tail - step
    return loss
