"""The deal: frozen data without arithmetic. A question makes a changed copy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kmv_core.assets.recovery import Recovery
from kmv_core.structural.merton import DEFAULT_DOF, Form

FeeBasis = Literal["collections", "outstanding", "fixed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The pool at its cut-off date."""

    pool_balance: float
    cutoff_date: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """A cost ranking before every tranche.

    `rate` is a decimal of net cash received (`collections`), a decimal a year of the outstanding tranches
    (`outstanding`), or an amount a year (`fixed`).
    """

    fee: str
    basis: FeeBasis
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tranche:
    """A class of notes, repaid as cash comes in (pass-through), strictly by rank."""

    tranche: str
    rank: int
    balance: float
    coupon: float
    fixed_return: float
    expected_maturity: dt.date
    published_life: float | None = None
    issue_price: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """Liquidity reserve: target = multiple x (next interest + next fees)."""

    reserve_multiple: float = 0.0
    reserve_initial: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The uncertainty of total collections and the form of the model."""

    total_volatility: float
    form: Form = "lognormal"
    dof: float = DEFAULT_DOF
    target_pd: float = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Appetite:
    """One line of the house's risk appetite: PD up to the limit earns the grade."""

    grade: str
    pd_limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShockSet:
    """The shocks a factor is shown under."""

    factor: str
    mode: str
    shocks: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """A securitisation: what it owns, what it owes, and how uncertain the first is."""

    name: str
    code: str
    originator: str
    asset_type: str
    money_unit: str
    closing_date: dt.date
    first_payment_date: dt.date
    payments_per_year: int
    legal_maturity: dt.date
    collection_lag: int
    issue_size: float
    pool: Pool
    recovery: Recovery
    tranches: tuple[Tranche, ...]
    model: Model
    fees: tuple[Fee, ...] = ()
    reserve: Reserve = field(default_factory=Reserve)
    appetite: tuple[Appetite, ...] = ()
    shocks: tuple[ShockSet, ...] = ()
    frozen_lives: Mapping[str, float] = field(default_factory=dict)
    """Weighted lives a question holds fixed (the `due` reading), by tranche; empty for the deal itself."""

    @property
    def by_rank(self) -> tuple[Tranche, ...]:
        """The tranches in order of payment."""
        return tuple(sorted(self.tranches, key=lambda each: each.rank))
