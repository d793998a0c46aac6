"""Merton's closed forms: distance to default, default probability, expected loss.

Symbols: A asset value, D default point, s asset volatility, m drift, T horizon, w = s sqrt(T),
N the standard normal distribution, T_nu Student's.

    lognormal  DD = (ln(A/D) + (m - s^2/2) T) / w           Merton 1974; Crosbie and Bohn 2003
    linear     DD = (A e^{mT} - D) / (A e^{mT} w)           practitioner KMV, Crosbie and Bohn 2003
    log_drift  DD = (ln(A/D) + m T) / w                     papers whose m is already the log drift
    student    DD as lognormal, PD = T_nu(-DD sqrt(nu/(nu-2)))   fat tails, Zhang and He 2014

All arguments broadcast; amounts share one unit; rates are decimals a year; times are years. A call with plain
numbers takes a short way of its own; long arrays are computed in blocks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kmv_core.structural.blocks import elementwise
from kmv_core.structural.normal import DEEP, log_upper_tail, upper_tail
from kmv_core.structural.student import student_loss, student_tail
from kmv_core.vocabulary.checks import Floats, checked, choice_problem
from kmv_core.vocabulary.errors import KmvError
from kmv_core.vocabulary.terms import FORMS, HORIZON, RATE, VOLATILITY

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
    given = (asset_value, default_point, asset_volatility, drift, horizon)
    short = _scalar_distance(form, *given)
    if short is not None:
        return np.asarray(short)[()]
    return elementwise(_distance(form), **_inputs(form, *given))


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
    given = (asset_value, default_point, asset_volatility, drift, horizon)
    if form != "student":
        short = _scalar_distance(form, *given)
        if short is not None and short < DEEP:
            return np.asarray(0.5 * math.erfc(short * _ROOT_HALF))[()]
        distance = _distance(form)
        return elementwise(lambda **v: upper_tail(distance(**v)), **_inputs(form, *given))
    return probability_beyond(elementwise(_distance(form), **_inputs(form, *given)), form=form, dof=dof)


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
            student: Floats = np.log(student_tail(distance, dof))
        return student
    return log_upper_tail(distance)


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
        return student_loss(distance, w, dof)
    if form == "linear":
        return upper_tail(distance) * _linear_severity(distance, w)
    return upper_tail(distance) * _lognormal_severity(distance, w)


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
        return student_loss(distance, w, dof) / probability_beyond(distance, form=form, dof=dof)
    if form == "linear":
        return _linear_severity(distance, w)
    return _lognormal_severity(distance, w)


def probability_beyond(distance: ArrayLike, *, form: Form = "lognormal", dof: ArrayLike = DEFAULT_DOF) -> Floats:
    """PD of a distance to default: N(-DD), or the unit-variance Student tail; any real DD."""
    d = np.asarray(distance, dtype=np.float64)
    return student_tail(d, dof) if form == "student" else upper_tail(d)


_ROOT_HALF = math.sqrt(0.5)
_NEAR_ONE = 0.01
_PLAIN = 1e150
"""Amounts below it have a ratio that doubles can hold."""
_FARTHEST = 650.0
"""ln of a ratio near the end of the doubles."""


def _inputs(form: str, *given: ArrayLike) -> dict[str, Floats]:
    """The checked arguments by name; raises KmvError for the form, or an element outside its domain."""
    wrong = choice_problem("form", form, FORMS)
    if wrong is not None:
        raise KmvError(wrong)
    names = ("asset_value", "default_point", "asset_volatility", "drift", "horizon")
    return checked(**dict(zip(names, given, strict=True)))


def _scalar_distance(form: str, *given: Any) -> float | None:
    """The distance of plain numbers well inside their domains; None sends the call the long way."""
    for each in given:
        if type(each) is not float and type(each) is not int:
            return None
    owned, owed, s, m, t = given
    if not (
        0.0 < owned < _PLAIN
        and 0.0 < owed < _PLAIN
        and 0.0 < s <= VOLATILITY.high
        and RATE.low < m <= RATE.high
        and 0.0 < t <= HORIZON.high
    ):
        return None
    ratio = owned / owed
    if form not in ("lognormal", "student", "log_drift") or not 1e-200 < ratio < 1e200:
        return None
    log = math.log1p((owned - owed) / owed) if abs(ratio - 1.0) < _NEAR_ONE else math.log(ratio)
    w = s * math.sqrt(t)
    distance = (log + m * t) / w
    return float(distance if form == "log_drift" else distance - 0.5 * w)


def _distance(form: str) -> Callable[..., Floats]:
    """The distance of arrays, as a function of the arguments by name."""

    def distance(
        *, asset_value: Floats, default_point: Floats, asset_volatility: Floats, drift: Floats, horizon: Floats
    ) -> Floats:
        w = asset_volatility * np.sqrt(horizon)
        growth = drift * horizon
        if form == "linear":
            linear: Floats = -np.expm1(log_ratio(default_point, asset_value) - growth) / w
            return linear
        shift = growth / w if form == "log_drift" else growth / w - 0.5 * w
        log: Floats = log_ratio(asset_value, default_point)
        if np.shape(log) != np.broadcast_shapes(np.shape(log), np.shape(w), np.shape(shift)) or not log.ndim:
            spread: Floats = log / w + shift
            return spread
        log /= w
        log += shift
        return log

    return distance


def log_ratio(numerator: Floats, denominator: Floats) -> Floats:
    """ln(numerator / denominator): by the gap where the ratio is near one, by difference where it leaves the doubles."""
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        log: Floats = np.log(np.atleast_1d(numerator / denominator))
    size = np.abs(log)
    for rows, better in ((np.nonzero(size < _NEAR_ONE), _by_gap), (np.nonzero(size > _FARTHEST), _by_difference)):
        if rows[0].size:
            log[rows] = better(*(np.broadcast_to(each, log.shape)[rows] for each in (numerator, denominator)))
    return log.reshape(np.broadcast_shapes(np.shape(numerator), np.shape(denominator)))


def _by_gap(numerator: Floats, denominator: Floats) -> Floats:
    log: Floats = np.log1p((numerator - denominator) / denominator)
    return log


def _by_difference(numerator: Floats, denominator: Floats) -> Floats:
    log: Floats = np.log(numerator) - np.log(denominator)
    return log


def _lognormal_severity(distance: Floats, w: Floats) -> Floats:
    """EL/PD = 1 - exp(k + ln N(-d1) - ln N(-d2)) with k = ln(F/D) = DD w + w^2/2."""
    log_forward = distance * w + 0.5 * w * w
    severity: Floats = -np.expm1(log_forward + log_upper_tail(distance + w) - log_upper_tail(distance))
    return severity


_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(16)


def _linear_severity(distance: Floats, w: Floats) -> Floats:
    """EL/PD = [g(DD) - g(1/w)] / (h N(-DD)), h = 1/w - DD = D/(F w); for small h by quadrature, nothing cancels."""
    distance, end = np.broadcast_arrays(distance, 1.0 / w)
    span = np.maximum(end - distance, 0.0)
    log = log_upper_tail(distance)
    inner = distance[..., None] + span[..., None] * (0.5 + 0.5 * _NODES)
    near = np.exp(log_upper_tail(inner) - log[..., None]) @ (0.5 * _NODE_WEIGHTS)
    wide = np.where(span < 1.0, 1.0, span)
    far = (_mills_gap(distance) - np.exp(log_upper_tail(end) - log) * _mills_gap(end)) / wide
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
