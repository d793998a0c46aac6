"""The sections of the deal block: which keys each may hold, which may be left out, and what a line of a table becomes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from kmv_core.deal.deal import (
    Appetite,
    BenchmarkRate,
    Fee,
    FeeDue,
    GradeProbability,
    Licence,
    OrderLine,
    PrincipalDue,
    ScenarioShock,
    Structure,
    Support,
    Tranche,
    Trigger,
)

VALUE_COLUMN, SOURCE_COLUMN = 3, 5
SHOCK_KEYS = tuple(f"shock_{i}" for i in range(1, 8))
STRUCTURE = {each.name: each.default for each in fields(Structure)}


@dataclass(frozen=True, slots=True)
class Section:
    """What one section may hold; a key with a default may be left out."""

    keys: tuple[str, ...]
    table: bool = False
    optional: bool = False
    defaults: tuple[tuple[str, Any], ...] = ()


SECTIONS: dict[str, Section] = {
    "deal": Section(
        (
            "name",
            "code",
            "originator",
            "asset_type",
            "money_unit",
            "closing_date",
            "first_payment_date",
            "payments_per_year",
            "legal_maturity",
            "collection_lag",
            "issue_size",
        )
    ),
    "pool": Section(("pool_balance", "cutoff_date")),
    "recovery": Section(
        ("recovery_rate", "disposal_cost", "recovery_horizon", "decay_rate", "decay_shape", "delay", "haircut"),
        optional=True,
        defaults=(("decay_rate", None), ("decay_shape", None), ("delay", 0.0), ("haircut", 0.0)),
    ),
    "recovery_curve": Section(("years", "share"), table=True, optional=True),
    "licences": Section(
        (
            "licensee",
            "fee_amount",
            "first_fee_date",
            "fee_count",
            "months_between",
            "probability_of_default",
            "credit_grade",
            "lgd",
            "asset_correlation",
            "patent_expiry_date",
        ),
        table=True,
        optional=True,
        defaults=(("probability_of_default", None), ("credit_grade", ""), ("patent_expiry_date", None)),
    ),
    "grade_table": Section(("credit_grade", "grade_pd"), table=True, optional=True),
    "structure": Section(
        tuple(STRUCTURE),
        optional=True,
        defaults=tuple(STRUCTURE.items()),
    ),
    "fees": Section(("fee", "basis", "rate"), table=True, optional=True),
    "fee_schedule": Section(("fee", "due_date", "amount_due"), table=True, optional=True),
    "tranches": Section(
        (
            "tranche",
            "rank",
            "balance",
            "coupon",
            "fixed_return",
            "expected_maturity",
            "published_life",
            "issue_price",
            "rate_type",
            "step_up",
            "step_up_date",
            "repayment",
        ),
        table=True,
        defaults=(
            ("fixed_return", 0.0),
            ("published_life", None),
            ("issue_price", None),
            ("rate_type", "fixed"),
            ("step_up", 0.0),
            ("step_up_date", None),
            ("repayment", "pass_through"),
        ),
    ),
    "principal_schedule": Section(("tranche", "due_date", "principal_share"), table=True, optional=True),
    "benchmark": Section(("from_date", "benchmark_rate"), table=True, optional=True),
    "reserve": Section(
        ("reserve_multiple", "reserve_initial", "reserve_floor"), optional=True, defaults=(("reserve_floor", 0.0),)
    ),
    "support": Section(
        ("support", "covers", "cap", "payer_pd", "correlation"), table=True, optional=True, defaults=(("cap", None),)
    ),
    "triggers": Section(
        ("trigger", "test", "limit", "subject", "from_date", "order", "curable"),
        table=True,
        optional=True,
        defaults=(("limit", None), ("subject", ""), ("from_date", None), ("order", "accelerated"), ("curable", "no")),
    ),
    "order": Section(("order", "level", "step", "payee"), table=True, optional=True, defaults=(("payee", ""),)),
    "model": Section(
        ("total_volatility", "form", "dof", "target_pd"),
        defaults=(("form", "lognormal"), ("dof", 4.0), ("target_pd", 0.01)),
    ),
    "appetite": Section(("grade", "pd_limit"), table=True, optional=True),
    "shocks": Section(
        ("factor", "mode", *SHOCK_KEYS), table=True, optional=True, defaults=tuple((key, None) for key in SHOCK_KEYS)
    ),
    "scenarios": Section(
        ("scenario", "factor", "mode", "shock"),
        table=True,
        optional=True,
        defaults=(("factor", ""), ("mode", ""), ("shock", None)),
    ),
}
WHOLE_NUMBERS = ("payments_per_year", "collection_lag", "rank", "fee_count", "months_between", "level")
LINES: dict[str, type[Any]] = {
    "licences": Licence,
    "grade_table": GradeProbability,
    "fees": Fee,
    "fee_schedule": FeeDue,
    "tranches": Tranche,
    "principal_schedule": PrincipalDue,
    "benchmark": BenchmarkRate,
    "support": Support,
    "triggers": Trigger,
    "order": OrderLine,
    "appetite": Appetite,
    "scenarios": ScenarioShock,
}
"""Tables whose lines are records of the deal under the section's name."""
