"""The deal: frozen data without arithmetic. A question makes a changed copy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kmv_core.assets.recovery import Recovery
from kmv_core.structural.merton import DEFAULT_DOF, Form

FeeBasis = Literal["collections", "outstanding", "fixed", "scheduled"]
RateType = Literal["fixed", "floating"]
Repayment = Literal["pass_through", "scheduled"]
TriggerTest = Literal["cumulative_recovery", "unpaid", "date"]
StepKind = Literal[
    "fee", "interest", "reserve", "principal", "all_principal", "retain", "fixed_return", "reward", "residual"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The pool at its cut-off date."""

    pool_balance: float
    cutoff_date: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """A licence contract of an IP pool: equal fees at equal intervals; several lines may name one licensee.

    The licensee's default probability over the life of the deal is typed in, or looked up by its credit grade.
    """

    licensee: str
    fee_amount: float
    first_fee_date: dt.date
    fee_count: int
    months_between: int
    lgd: float
    asset_correlation: float
    probability_of_default: float | None = None
    credit_grade: str = ""
    patent_expiry_date: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeProbability:
    """One line of the table from credit grade to default probability over the life of the deal."""

    credit_grade: str
    grade_pd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """A cost ranking before every tranche, unless the order of payment says otherwise.

    `rate` is a decimal of net cash received (`collections`), a decimal a year of the outstanding tranches
    (`outstanding`), or an amount a year (`fixed`); the amounts of a `scheduled` fee are the deal's fee schedule.
    """

    fee: str
    basis: FeeBasis
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeDue:
    """One amount of a scheduled fee: due at the first payment date on or after its date."""

    fee: str
    due_date: dt.date
    amount_due: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tranche:
    """A class of notes; equal ranks are paid pro rata.

    `pass_through` principal takes what is left and falls due at legal maturity. `scheduled` principal falls due by the
    deal's principal schedule, what is not listed there at expected maturity. A `floating` coupon is a margin over the
    deal's benchmark path; from `step_up_date` on, `step_up` comes on top.
    """

    tranche: str
    rank: int
    balance: float
    coupon: float
    fixed_return: float
    expected_maturity: dt.date
    published_life: float | None = None
    issue_price: float | None = None
    rate_type: RateType = "fixed"
    step_up: float = 0.0
    step_up_date: dt.date | None = None
    repayment: Repayment = "pass_through"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalDue:
    """One line of a principal schedule: a share of the tranche's balance, due at a date."""

    tranche: str
    due_date: dt.date
    principal_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkRate:
    """The benchmark from a date on, until the next line."""

    from_date: dt.date
    benchmark_rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """Liquidity reserve: target = max(multiple x (next interest + next fees), floor) while coupons are owed."""

    reserve_multiple: float = 0.0
    reserve_initial: float = 0.0
    reserve_floor: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """How time is counted, what becomes of surplus cash, and how the deal may end early.

    Interest accrues between unadjusted dates; payments move to business days. `surplus` cash that no step before
    takes is released to the residual, or retained until every note is repaid. The clean-up call redeems all notes at
    par and pays the interest they are owed, once they are at most `call_share` of the issue and the collections still
    to come are at least `call_cover` times that price: a seller does not buy below value. The seller buys the pool
    alone: what is on the account stays the deal's and is paid out at the next date. The deal ends with the call.
    """

    day_count: str = "act_365"
    calendar: str = "none"
    business_day: str = "unadjusted"
    surplus: str = "release"
    servicer_reward: float = 0.0
    call_share: float = 0.0
    call_cover: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What changes the order of payment.

    `cumulative_recovery`: net collections to date over expected ones fall below `limit` (the same date pays by the new
    order). `unpaid`: interest or principal due of `subject` is in arrears after the date before. `date`: from
    `from_date` on, a scenario such as the servicer's termination. A trigger that is not curable stays.
    """

    trigger: str
    test: TriggerTest
    order: str
    limit: float | None = None
    subject: str = ""
    from_date: dt.date | None = None
    curable: str = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line of an order of payment: lines of one level are paid pro rata, levels one after the other."""

    order: str
    level: int
    step: StepKind
    payee: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """A shortfall undertaking or a guarantee, called upon in the order listed.

    It pays what is due and short, at every date: fees, interest and due principal up to the tranche `covers`, in total
    at most `cap` (None: without limit), unless the payer has defaulted. `correlation` is that of the pool's
    collections with the payer's assets.
    """

    support: str
    covers: str
    payer_pd: float
    correlation: float
    cap: float | None = None


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
class ScenarioShock:
    """One line of a scenario: a factor and by how much it moves, all lines of one name at once.

    Without a factor the line only names the scenario: the deal as it stands. Without a mode, the factor's usual one.
    """

    scenario: str
    factor: str = ""
    mode: str = ""
    shock: float | None = None


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
    tranches: tuple[Tranche, ...]
    model: Model
    recovery: Recovery | None = None
    """What a pool of loans brings; None for a pool of licences."""
    licences: tuple[Licence, ...] = ()
    grade_table: tuple[GradeProbability, ...] = ()
    structure: Structure = field(default_factory=Structure)
    fees: tuple[Fee, ...] = ()
    fee_schedule: tuple[FeeDue, ...] = ()
    principal_schedule: tuple[PrincipalDue, ...] = ()
    benchmark: tuple[BenchmarkRate, ...] = ()
    reserve: Reserve = field(default_factory=Reserve)
    support: tuple[Support, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    order: tuple[OrderLine, ...] = ()
    appetite: tuple[Appetite, ...] = ()
    shocks: tuple[ShockSet, ...] = ()
    scenarios: tuple[ScenarioShock, ...] = ()
    frozen_lives: Mapping[str, float] = field(default_factory=dict)
    """Weighted lives a question holds fixed (the `due` reading), by tranche; empty for the deal itself."""

    @property
    def by_rank(self) -> tuple[Tranche, ...]:
        """The tranches in order of payment."""
        return tuple(sorted(self.tranches, key=lambda each: each.rank))

    @property
    def loans(self) -> Recovery:
        """How the loans of the pool are recovered; a pool of licences has none."""
        if self.recovery is None:
            raise AttributeError("a pool of licences has no recovery of loans")
        return self.recovery
