"""What the sheets of the analyses have in common: the reading they lead with, and how a shock is said."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from addin.workbook.native.context import Native
from addin.workbook.page import Page, both
from kmv_core.risk.answers import EXACT, Shock, headline_of
from kmv_core.risk.assess import Reading
from kmv_core.risk.factors import factor_of
from kmv_core.vocabulary.errors import Problem

_WORDS = {
    "exact": ("精确枚举（逐一列举被许可人违约组合）", "exact: every set of licensees in default"),
    "waterfall": ("偿付顺序 waterfall（对数正态等形式的回收倍数）", "waterfall: the form's multiple of collections"),
    "due": ("应付金额 due（资产对累计应付）", "due: assets against all that is due"),
}
_PLAIN = (
    # A field's name in files, once the sentence has named it in words.
    (re.compile(r"（\w+，([^（）]+)）"), r"（\1）"),
    (re.compile(r"\b(\w+) \(\1, ([^()]+)\)"), r"\1 (\2)"),
    # What was found is what a shock would make of the deal, not what stands in it.
    (re.compile("；现为 "), "；变动后为 "),
    (re.compile("; got "), "; here it would be "),
)
_NO_ROOT = ("无解：", "no root: ")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.])")
_CERTAIN = 1.0 - 5e-7
"""From here a PD is shown as 100.0000 %."""
_NEXT_TO_NOTHING = 1e-4
"""Of the unit of a shock."""
_MOST_NAMED = 4
"""Places that one reason names; of more, how many there are."""
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
        return _signed(100.0 * shock.size, 1, "% × 现值 of itself")
    unit = factor_of(shock.factor).unit
    if unit == "years":
        return _signed(shock.size, 3, " 年 years")
    return _signed(shock.size, 2, "") if unit == "money" else _signed(100.0 * shock.size, 2, " 个百分点 pp")


def _signed(size: float, digits: int, unit: str) -> str:
    """More digits for what would be shown as nothing; no sign for nothing, nor for what comes close."""
    if round(size, digits):
        return f"{size:+,.{digits}f}{unit}"
    return f"{size:+.1g}{unit}" if abs(size) >= _NEXT_TO_NOTHING else f"{'≈ ' if size else ''}0{unit}"


def reason(found: Problem) -> str:
    """Why there is no number, in plain words; probabilities in per cent, the code last."""
    zh, en = found.zh, found.en
    if found.en.startswith(_NO_ROOT[1]):
        zh, en = zh.removeprefix(_NO_ROOT[0]), en.removeprefix(_NO_ROOT[1])
        if en.startswith("PD "):
            zh, en = (_NUMBER.sub(lambda each: f"{100.0 * float(each[0]):.4g}%", text) for text in (zh, en))
    for pattern, word in _PLAIN:
        zh, en = pattern.sub(word, zh), pattern.sub(word, en)
    return f"{zh}。 {en}. ({found.code})"


def shown_distance(figures: Reading) -> float | None:
    """DD, or nothing where PD is shown as 100 %: there only digits that nobody sees tell one DD from another."""
    return None if figures.probability_of_default >= _CERTAIN else figures.distance_to_default


def number(page: Page, row: int, column: int, value: float, kind: str, role: str = "computed") -> None:
    """A computed value, or nothing where there is none: for cells that a chart draws."""
    if np.isfinite(value):
        page.value(row, column, float(value), kind, role)
    else:
        page.gap(row, column, kind, role)


def refusals(page: Page, row: int, found: Iterable[tuple[str, tuple[Problem, ...]]]) -> int:
    """Each reason for a cell without a number once, after all the places it is of; gives the next free row."""
    said: dict[str, list[str]] = {}
    for where, problems in found:
        for each in problems:
            places = said.setdefault(reason(each), [])
            places += [where] if where not in places else []
    return reasons(page, row, (f"{_places(places)}: {text}" for text, places in said.items()))


def reasons(page: Page, row: int, lines: Iterable[str]) -> int:
    """Grey lines under a table; gives the next free row."""
    for text in lines:
        page.text(row, 1, text, "note")
        row += 1
    return row


def _places(places: list[str]) -> str:
    named = "、".join(places[:_MOST_NAMED])
    return named if len(places) <= _MOST_NAMED else f"{named} 等 {len(places)} 处 and others, {len(places)} in all"
