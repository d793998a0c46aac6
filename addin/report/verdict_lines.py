"""What a line of a table of the deal block says, in a few words: for the list of assumptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addin.deal_sections import SECTIONS
from addin.report.analyses import factor_words, shock_text
from kmv_core.deal.deal import Deal, Fee, Licence, ScenarioShock, ShockSet, Support, Tranche, Trigger
from kmv_core.risk.answers import Shock
from kmv_core.vocabulary.terms import TERMS

_KINDS = {
    "principal_schedule": "计划还本 Principal schedule",
    "fee_schedule": "计划费用 Fee schedule",
    "recovery_curve": "回收向量 Recovery vector",
}
"""Of tables whose first column is the name of something else."""


def line_kind(section: str) -> str:
    """What the lines of a table are."""
    term = TERMS[SECTIONS[section].keys[0]]
    return _KINDS.get(section) or f"{term.zh} {term.en}"


def line_value(deal: Deal, section: str, line: int) -> str:
    """The line's figures; its name stands before them."""
    if section == "recovery_curve":
        curve = deal.recovery.curve if deal.recovery is not None else ()
        return f"{curve[line][1]:.2%}"
    return _SAYS[section](getattr(deal, section)[line])


def _fee(each: Fee) -> str:
    if each.basis == "scheduled":
        return "见计划费用 as scheduled"
    if each.basis == "fixed":
        return f"{each.rate:,.2f} 每年 a year"
    of = {"collections": "占回收额 of collections", "outstanding": "占余额/年 of the balance a year"}[each.basis]
    return f"{each.rate:.4g} {of}" if each.rate > 1.0 else f"{each.rate:.2%} {of}"


def _tranche(each: Tranche) -> str:
    words = f"规模 balance {each.balance:,.2f}, 票息 coupon {each.coupon:.2%}"
    if each.fixed_return:
        words += f", 固定收益 fixed return {each.fixed_return:.2%}"
    if each.issue_price is not None:
        words += f", 发行价 issue price {each.issue_price:g}"
    return f"{words}, 预期到期 expected {each.expected_maturity.isoformat()}"


def _licence(each: Licence) -> str:
    pd = f"PD {each.probability_of_default:.2%}" if each.probability_of_default is not None else each.credit_grade
    return (
        f"{each.fee_amount:,.2f} × {each.fee_count} 期 fees, 自 from {each.first_fee_date.isoformat()}, {pd}, "
        f"LGD {each.lgd:.0%}, ρ {each.asset_correlation:.0%}"
    )


def _support(each: Support) -> str:
    cap = "无上限 no cap" if each.cap is None else f"上限 cap {each.cap:,.2f}"
    return f"{cap}, PD {each.payer_pd:.2%}, ρ {each.correlation:.0%}"


def _trigger(each: Trigger) -> str:
    if each.test == "cumulative_recovery":
        return f"累计回收低于预期 cumulative collections below expected × {each.limit or 0.0:.0%}"
    if each.test == "unpaid":
        return f"{each.subject} 未付 unpaid"
    return f"自 from {each.from_date.isoformat()}" if each.from_date is not None else each.test


def _shock(factor: str, size: float, mode: str) -> str:
    """Without the words for a share of what is: a row holds many, and points and years say their unit."""
    return shock_text(Shock(factor=factor, size=size, mode=mode or None)).removesuffix(" × 现值 of itself")


def _shocks(each: ShockSet) -> str:
    return ", ".join(_shock(each.factor, size, each.mode) for size in each.shocks)


def _scenario(each: ScenarioShock) -> str:
    if not each.factor or each.shock is None:
        return "无冲击 no shock"
    return f"{factor_words(each.factor)} {_shock(each.factor, each.shock, each.mode)}"


_SAYS: dict[str, Callable[[Any], str]] = {
    "licences": _licence,
    "grade_table": lambda each: f"PD {each.grade_pd:.2%}",
    "fees": _fee,
    "fee_schedule": lambda each: f"{each.due_date.isoformat()} {each.amount_due:,.2f}",
    "tranches": _tranche,
    "principal_schedule": lambda each: f"{each.principal_share:.4%}",
    "benchmark": lambda each: f"{each.benchmark_rate:.2%}",
    "support": _support,
    "triggers": _trigger,
    "order": lambda each: f"{each.level} {each.step} {each.payee}".rstrip(),
    "appetite": lambda each: f"PD ≤ {each.pd_limit:.2%}",
    "shocks": _shocks,
    "scenarios": _scenario,
}
