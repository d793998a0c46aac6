"""The Student form: unit-variance fat tail, and its expected loss by quadrature.

E[A_T] is infinite when ln A_T is Student, so the loss is integrated on its own side, which is finite:
EL = E[(1 - A_T/D)^+].
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kmv_core.vocabulary.checks import Floats, checked


def student_tail(distance: Floats, dof: ArrayLike) -> Floats:
    """T_nu(-DD sqrt(nu / (nu - 2))), the tail of a Student variable scaled to unit variance."""
    nu = checked(dof=dof)["dof"]
    tail: Floats = special.stdtr(nu, -distance * np.sqrt(nu / (nu - 2.0)))
    return tail


# Nodes of y = exp(t - e^{-t}), which maps the real line to (0, inf) with double-exponential decay at 0 and
# leaves e^{-y} to close the other end.
_T = np.linspace(-4.5, 4.0, 171)
_Y = np.exp(_T - np.exp(-_T))
_WEIGHT = np.exp(-_Y) * _Y * (1.0 + np.exp(-_T)) * (_T[1] - _T[0])
# Nodes of (0, 1) under x = 1 / (1 + exp(pi sinh t)), which crowds both ends.
_S = np.linspace(-4.0, 4.0, 241)
_X = special.expit(np.pi * np.sinh(_S))
_X_WEIGHT = np.pi * np.cosh(_S) * _X * special.expit(-np.pi * np.sinh(_S)) * (_S[1] - _S[0])


def student_loss(distance: Floats, w: Floats, dof: ArrayLike) -> Floats:
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
