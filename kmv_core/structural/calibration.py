"""Classic KMV: asset value and asset volatility from the market price and volatility of equity.

    E         = A N(d1) - D e^{-rT} N(d2)
    sigma_E E = N(d1) s A,     d2 = [ln(A/D) + (r - s^2/2) T] / (s sqrt T),  d1 = d2 + s sqrt T

For companies with a market price: licensees, guarantors, shortfall payers. DD = d2 and PD = N(-d2) are
risk-neutral (drift = risk-free rate). Merton 1974; Crosbie and Bohn 2003.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kmv_core.structural import two_equations
from kmv_core.structural.blocks import in_blocks
from kmv_core.structural.normal import log_upper_tail, upper_tail
from kmv_core.vocabulary.checks import Floats, as_floats, common_shape, outside
from kmv_core.vocabulary.terms import TERMS

INPUTS = ("equity_value", "equity_volatility", "default_point", "risk_free_rate", "horizon")
_SMALLEST, _LARGEST = 1e-290, 1e290
"""Of equity over discounted debt: beyond, the equations leave the doubles."""


class Status(IntEnum):
    """What became of an element."""

    CONVERGED = 0
    NO_BRACKET = 1
    """The equations have no solution that doubles can hold."""
    NOT_APPLICABLE = 2
    """An input is outside its domain, or not a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedAssets:
    """Arrays of one shape; nan where the status is not CONVERGED."""

    asset_value: Floats
    asset_volatility: Floats
    """Decimal a year."""
    distance_to_default: Floats
    """Risk-neutral."""
    probability_of_default: Floats
    status: NDArray[np.int8]
    """Status of every element."""

    @property
    def log_probability_of_default(self) -> Floats:
        """ln PD, exact where the probability underflows."""
        return log_upper_tail(self.distance_to_default)

    @property
    def converged(self) -> NDArray[np.bool_]:
        solved: NDArray[np.bool_] = self.status == Status.CONVERGED
        return solved


def calibrate_assets(
    *,
    equity_value: ArrayLike,
    equity_volatility: ArrayLike,
    default_point: ArrayLike,
    risk_free_rate: ArrayLike = 0.0,
    horizon: ArrayLike = 1.0,
) -> CalibratedAssets:
    """Asset value (money) and volatility (decimal a year) of every element; shapes broadcast.

    Never raises for a bad element: its status says NOT_APPLICABLE (an input outside its domain) or NO_BRACKET.
    Raises KmvError E217 where shapes do not broadcast, E212 for what is no number.

    >>> found = calibrate_assets(equity_value=3, equity_volatility=.8, default_point=10, risk_free_rate=.05)
    >>> round(float(found.asset_value), 6), round(float(found.asset_volatility), 6)
    (12.395387, 0.212305)
    """
    given = dict(zip(INPUTS, (equity_value, equity_volatility, default_point, risk_free_rate, horizon), strict=True))
    arrays = as_floats(**given)
    shape = common_shape(**arrays)
    flat = [np.broadcast_to(each, shape).reshape(-1) if each.ndim else each for each in arrays.values()]
    size = int(np.prod(shape))
    out = np.full((4, size), np.nan)
    status = np.full(size, Status.CONVERGED, dtype=np.int8)

    def work(part: slice) -> None:
        columns = [each[part] if each.ndim else each for each in flat]
        bad = np.zeros(part.stop - part.start, dtype=bool)
        for name, each in zip(INPUTS, columns, strict=True):
            bad |= outside(each, TERMS[name].domain)
        status[part][bad] = Status.NOT_APPLICABLE
        _calibrate_block(columns, ~bad, out[:, part], status[part])

    in_blocks(work, size)
    value, volatility, distance, probability = (each.reshape(shape) for each in out)
    return CalibratedAssets(
        asset_value=value,
        asset_volatility=volatility,
        distance_to_default=distance,
        probability_of_default=probability,
        status=status.reshape(shape),
    )


def _calibrate_block(columns: list[Floats], good: NDArray[np.bool_], out: Floats, status: NDArray[np.int8]) -> None:
    """Fill one block of the results; `good` are the rows whose inputs are inside their domains."""
    whole = bool(good.all())
    equity, spread, debt, rate, time = columns if whole else [each[good] if each.ndim else each for each in columns]
    root = np.sqrt(time)
    with np.errstate(all="ignore"):
        owed = debt * np.exp(-rate * time)
        e = np.broadcast_to(equity / owed, (int(good.sum()),))
        u = np.broadcast_to(spread * root, e.shape)
        held = (e > _SMALLEST) & (e < _LARGEST)
        if not held.all():
            e, u = np.where(held, e, 1.0), np.where(held, u, 1.0)
        x, w, solved = two_equations.solve(e, u)
        distance = x / w - 0.5 * w
        found = (owed * np.exp(x), w / root, distance, upper_tail(distance))
    solved = solved & held
    if whole and solved.all():
        for line, each in zip(out, found, strict=True):
            line[:] = each
        return
    out[:, good] = np.where(solved, np.stack(found), np.nan)
    status[np.flatnonzero(good)[~solved]] = Status.NO_BRACKET
