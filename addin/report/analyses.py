"""What the sheets of the analyses have in common: the reading they lead with, and how a shock is said."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from addin.workbook.native.context import Native
from addin.workbook.page import Page, both
from kmv_core.risk.answers import EXACT, Shock, headline_of
from kmv_core.risk.factors import factor_of
from kmv_core.vocabulary.errors import Problem

_WORDS = {
    "exact": ("精确枚举（逐一列举被许可人违约组合）", "exact: every set of licensees in default"),
    "waterfall": ("偿付顺序 waterfall（对数正态等形式的回收倍数）", "waterfall: the form's multiple of collections"),
    "due": ("应付金额 due（资产对累计应付）", "due: assets against all that is due"),
}
_METHOD = ("灰底为本软件计算值，口径：", "Grey cells are computed values; reading:")


def lead(native: Native) -> str:
    """The reading a committee is told first: exact for licences that can be listed, else the waterfall."""
    return headline_of(native.assessment.tranches)


def is_exact(native: Native) -> bool:
    """Whether the sets of licensees are listed."""
    return lead(native) == EXACT


def is_costly(native: Native) -> bool:
    """Whether one answer lists all sets of licensees or follows triggers and payers: many times the work."""
    deal = native.assessment.deal
    return bool(deal.licences or deal.triggers or deal.support)


def ends(native: Native) -> tuple[int, ...]:
    """The first and the last tranche by rank, the only one once."""
    last = len(native.assessment.tranches) - 1
    return (0,) if last == 0 else (0, last)


def method_note(*readings: str) -> tuple[str, str]:
    """What the grey cells of a sheet are."""
    zh = "；".join(_WORDS[each][0] for each in readings)
    en = "; ".join(_WORDS[each][1] for each in readings)
    return f"{_METHOD[0]}{zh}。", f"{_METHOD[1]} {en}."


def factor_words(name: str) -> str:
    """A factor in both languages."""
    found = factor_of(name)
    return both(found.zh, found.en)


def shock_text(shock: Shock) -> str:
    """A shock as a structurer says it: a share of what is, percentage points, years or money."""
    if shock.way == "relative":
        return f"{shock.size:+.1%} × 现值 of itself"
    unit = factor_of(shock.factor).unit
    if unit == "years":
        return f"{shock.size:+.3f} 年 years"
    if unit == "money":
        return f"{shock.size:+,.2f}"
    return f"{100.0 * shock.size:+.2f} 个百分点 pp"


def number(page: Page, row: int, column: int, value: float, kind: str, role: str = "computed") -> None:
    """A computed value, or nothing where there is none: for cells that a chart draws."""
    if np.isfinite(value):
        page.value(row, column, float(value), kind, role)
    else:
        page.gap(row, column, kind, role)


def refusals(page: Page, row: int, found: Iterable[tuple[str, tuple[Problem, ...]]]) -> int:
    """Each reason for a cell without a number once; gives the next free row."""
    said: dict[str, str] = {}
    for where, problems in found:
        for each in problems:
            said.setdefault(f"{each.code} {each.zh} {each.en}", where)
    for text, where in said.items():
        page.text(row, 1, f"{where}: {text}", "warning")
        row += 1
    return row
