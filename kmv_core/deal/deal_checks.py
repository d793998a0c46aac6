"""What makes a deal unusable, or doubtful: one problem each, with the path of the field it stands in."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from kmv_core.deal.business_days import adjusted
from kmv_core.deal.curve_checks import curve_problems
from kmv_core.deal.deal import Deal
from kmv_core.deal.scenario_checks import scenario_problems
from kmv_core.deal.schedule import due_dates
from kmv_core.deal.structure_checks import Field, structure_problems
from kmv_core.vocabulary.checks import choice_problem, number_problem
from kmv_core.vocabulary.errors import Problem, problem
from kmv_core.vocabulary.terms import ASSET_TYPES, FACTORS, FEE_BASES, FORMS, MODES, TERMS

SIZE_TOLERANCE = 1e-9
"""Of the issue size: rounding of typed amounts is below it, a missing tranche is not."""

LINE_NUMBERS: dict[str, tuple[str, ...]] = {
    "appetite": ("pd_limit",),
    "licences": (
        "fee_amount",
        "fee_count",
        "months_between",
        "probability_of_default",
        "lgd",
        "asset_correlation",
    ),
    "grade_table": ("grade_pd",),
    "fee_schedule": ("amount_due",),
    "principal_schedule": ("principal_share",),
    "benchmark": ("benchmark_rate",),
    "support": ("cap", "payer_pd", "correlation"),
    "triggers": ("limit",),
    "order": ("level",),
}
WORDS_OF_STRUCTURE = ("day_count", "calendar", "business_day", "surplus")
WORDS_OF_LINES = (
    ("tranches", "rate_type"),
    ("tranches", "repayment"),
    ("triggers", "test"),
    ("triggers", "curable"),
    ("order", "step"),
)
RECOVERY_NUMBERS = (
    "recovery_rate",
    "disposal_cost",
    "recovery_horizon",
    "decay_rate",
    "decay_shape",
    "delay",
    "haircut",
)


def deal_problems(deal: Deal) -> list[Problem]:
    """Every problem of the deal; empty when there is none. Errors refuse, warnings stand beside the result."""
    curve = () if deal.recovery is None else curve_problems(deal.recovery)
    return [
        *_numbers(deal),
        *curve,
        *_words(deal),
        *_rows(deal),
        *_dates(deal),
        *structure_problems(deal),
        *scenario_problems(deal),
    ]


def _numbers(deal: Deal) -> Iterator[Problem]:
    parts: list[tuple[Field, Any, Sequence[str]]] = [
        (("deal",), deal, ("payments_per_year", "collection_lag", "issue_size")),
        (("pool",), deal.pool, ("pool_balance",)),
        (("reserve",), deal.reserve, ("reserve_multiple", "reserve_initial", "reserve_floor")),
        (("structure",), deal.structure, ("servicer_reward", "call_share", "call_cover")),
        (("model",), deal.model, ("total_volatility", "dof", "target_pd")),
    ]
    if deal.recovery is not None:
        parts.append((("recovery",), deal.recovery, RECOVERY_NUMBERS))
    parts += [(("fees", i), row, ("rate",)) for i, row in enumerate(deal.fees)]
    parts += [
        (
            ("tranches", i),
            row,
            ("rank", "balance", "coupon", "fixed_return", "published_life", "issue_price", "step_up"),
        )
        for i, row in enumerate(deal.tranches)
    ]
    parts += [
        ((name, i), row, keys) for name, keys in LINE_NUMBERS.items() for i, row in enumerate(getattr(deal, name))
    ]
    for path, part, names in parts:
        for name in names:
            value = getattr(part, name)
            found = None if value is None else number_problem(name, float(value), field=(*path, name))
            if found is not None:
                yield found
    for i, fee in enumerate(deal.fees):
        if fee.basis in ("collections", "outstanding") and fee.rate > 1.0:
            yield problem(
                "E220",
                field=("fees", i, "rate"),
                name="rate",
                name_zh="费率",
                domain="at most 1",
                domain_zh="不大于 1",
                found=f"{fee.rate:g}",
                remedy=f": for {fee.rate:g} % enter {fee.rate / 100:g}",
                remedy_zh=f"：{fee.rate:g}% 请输入 {fee.rate / 100:g}",
            )
    shares = sum(fee.rate for fee in deal.fees if fee.basis == "collections")
    if shares > 1.0:
        yield problem(
            "E228", field=("fees", 0, "rate"), what="fees on collections", what_zh="按回收额计的费率", found=shares
        )
    if deal.payments_per_year not in (1, 2, 4, 12):
        yield problem(
            "E205",
            field=("deal", "payments_per_year"),
            name="payments_per_year",
            choices="1, 2, 4, 12",
            found=deal.payments_per_year,
        )


def _words(deal: Deal) -> Iterator[Problem]:
    words: list[tuple[Field, str, str, Sequence[str]]] = [
        (("deal", "asset_type"), "asset_type", deal.asset_type, ASSET_TYPES),
        (("model", "form"), "form", deal.model.form, FORMS),
    ]
    words += [(("fees", i, "basis"), "basis", fee.basis, FEE_BASES) for i, fee in enumerate(deal.fees)]
    for i, row in enumerate(deal.shocks):
        words.append((("shocks", i, "factor"), "factor", row.factor, FACTORS))
        words.append((("shocks", i, "mode"), "mode", row.mode, MODES))
    words += [
        (("structure", name), name, getattr(deal.structure, name), TERMS[name].choices) for name in WORDS_OF_STRUCTURE
    ]
    words += [
        ((name, i, key), key, getattr(row, key), TERMS[key].choices)
        for name, key in WORDS_OF_LINES
        for i, row in enumerate(getattr(deal, name))
    ]
    for path, name, value, choices in words:
        found = choice_problem(name, value, choices, field=path)
        if found is not None:
            yield found


def _rows(deal: Deal) -> Iterator[Problem]:
    if not deal.tranches:
        yield problem("E227", field=("tranches",), what="tranche", what_zh="档次", section="tranches")
        return
    names: list[tuple[str, list[str], str]] = [
        ("tranches", [row.tranche for row in deal.tranches], "tranche"),
        ("support", [row.support for row in deal.support], "support"),
        ("triggers", [row.trigger for row in deal.triggers], "trigger"),
        ("grade_table", [row.credit_grade for row in deal.grade_table], "credit_grade"),
        ("fees", [row.fee for row in deal.fees], "fee"),
        ("shocks", [row.factor for row in deal.shocks], "factor"),
    ]
    for section, column, key in names:
        for word, count in Counter(column).items():
            if count > 1:
                last = len(column) - 1 - column[::-1].index(word)
                yield problem("E206", field=(section, last, key), found=word, section=section)
    ranks = [row.rank for row in deal.tranches]
    for rank, count in Counter(ranks).items():
        if count > 1:
            yield problem("W251", field=("tranches", len(ranks) - 1 - ranks[::-1].index(rank), "rank"), found=rank)
    total = math.fsum(row.balance for row in deal.tranches)
    if not abs(total - deal.issue_size) <= SIZE_TOLERANCE * abs(deal.issue_size):
        yield problem("E250", field=("deal", "issue_size"), found=f"{total:,.12g}", expected=f"{deal.issue_size:,.12g}")


def _dates(deal: Deal) -> Iterator[Problem]:
    order: list[tuple[Field, str, dt.date, str, dt.date, bool]] = [
        (("deal", "closing_date"), "closing_date", deal.closing_date, "cutoff_date", deal.pool.cutoff_date, True),
        (
            ("deal", "first_payment_date"),
            "first_payment_date",
            deal.first_payment_date,
            "closing_date",
            deal.closing_date,
            False,
        ),
        (
            ("deal", "legal_maturity"),
            "legal_maturity",
            deal.legal_maturity,
            "first_payment_date",
            deal.first_payment_date,
            True,
        ),
    ]
    for i, row in enumerate(deal.tranches):
        path: Field = ("tranches", i, "expected_maturity")
        order.append((path, "expected_maturity", row.expected_maturity, "closing_date", deal.closing_date, False))
        order.append(
            (
                ("tranches", i, "expected_maturity"),
                "legal_maturity",
                deal.legal_maturity,
                "expected_maturity",
                row.expected_maturity,
                True,
            )
        )
    for field, later_name, later, earlier_name, earlier, same_allowed in order:
        if later < earlier or (later == earlier and not same_allowed):
            yield problem(
                "E234",
                field=field,
                later_name=later_name,
                later_name_zh=TERMS[later_name].zh,
                later=later.isoformat(),
                relation="on or after" if same_allowed else "after",
                relation_zh="不早于" if same_allowed else "晚于",
                earlier_name=earlier_name,
                earlier_name_zh=TERMS[earlier_name].zh,
                earlier=earlier.isoformat(),
            )
    years = (deal.legal_maturity - deal.closing_date).days / 365.0
    if deal.closing_date < deal.first_payment_date <= deal.legal_maturity and years <= 50:
        yield from _moved(deal)
    if years > 50:
        found = number_problem("horizon", years, field=("deal", "legal_maturity"))
        if found is not None:
            yield found


def _moved(deal: Deal) -> Iterator[Problem]:
    """Payments that business days move to the closing date or before it, or onto one another."""
    rules = deal.structure
    words = (rules.calendar in TERMS["calendar"].choices, rules.business_day in TERMS["business_day"].choices)
    if not all(words) or deal.payments_per_year not in (1, 2, 4, 12) or rules.calendar == "none":
        return
    before, name, name_zh = deal.closing_date, "closing_date", TERMS["closing_date"].zh
    for due in due_dates(deal):
        date = adjusted(due, rules.calendar, rules.business_day)
        if date <= before:
            yield problem(
                "E234",
                field=("structure", "business_day"),
                later_name=f"the payment due {due.isoformat()}, made",
                later_name_zh=f"应于 {due.isoformat()} 支付、按营业日调整后的日期",
                later=date.isoformat(),
                relation="after",
                relation_zh="晚于",
                earlier_name=name,
                earlier_name_zh=name_zh,
                earlier=before.isoformat(),
            )
        before, name, name_zh = date, "the payment before it", "上一支付日"
