"""The safe size of every tranche in the headline reading: found on sheet Sizing, or searched for where it is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from addin.report.analyses import lead
from addin.report.sizing_sheet import SizingSheet
from addin.workbook.native.context import Native
from addin.workbook.page import Page
from kmv_core.risk.sizing_search import SafeBalance, safe_balance
from kmv_core.vocabulary.errors import KmvError, Problem

HOLD = "others"
OUT_OF_REACH = "E310"
READING_WORDS = {
    "exact": ("精确枚举", "exact"),
    "waterfall": ("偿付顺序", "waterfall"),
    "due": ("应付金额", "due"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadlineSize:
    """One tranche sized to the target, the others held."""

    tranche: str
    found: SafeBalance | None
    problems: tuple[Problem, ...] = ()
    """Why there is none."""
    cell: str = ""
    """Where sheet Sizing has it; empty where it does not."""

    @property
    def is_out_of_reach(self) -> bool:
        """Whether not even a note of nothing keeps the target."""
        return any(each.code == OUT_OF_REACH for each in self.problems)


def headline_sizes(native: Native, sizing: SizingSheet | None) -> tuple[HeadlineSize, ...]:
    """By rank. A search takes seconds: what sheet Sizing has asked is not asked again."""
    reading = lead(native)
    return tuple(_size(native, sizing, each.tranche, reading) for each in native.assessment.deal.by_rank)


def _size(native: Native, sizing: SizingSheet | None, tranche: str, reading: str) -> HeadlineSize:
    asked = (tranche, HOLD, reading)
    if sizing is not None and asked in sizing.refused:
        return HeadlineSize(tranche=tranche, found=None, problems=sizing.refused[asked])
    if sizing is not None and asked in sizing.cells:
        found = next(each for each in sizing.sizes if (each.tranche, each.hold, each.reading) == asked)
        return HeadlineSize(tranche=tranche, found=found, cell=sizing.cells[asked])
    try:
        found = safe_balance(native.assessment.deal, tranche, reading=reading, hold=HOLD)
    except KmvError as error:
        return HeadlineSize(tranche=tranche, found=None, problems=error.problems)
    return HeadlineSize(tranche=tranche, found=found)


def write_size(page: Page, row: int, column: int, size: HeadlineSize) -> None:
    """A link to sheet Sizing, a computed value where that sheet has none, or the word that there is no such size."""
    if size.found is None:
        page.text(row, column, "达不到 none" if size.is_out_of_reach else size.problems[0].code, "none")
    elif not size.found.is_bound:
        page.text(row, column, "不受限 any", "none")
    elif size.cell:
        page.formula(row, column, f"={size.cell}", size.found.safe_balance, "money")
    else:
        page.value(row, column, size.found.safe_balance, "money", "computed")


def size_notes(sizes: Sequence[HeadlineSize], reading: str, target: float, *, is_linked: bool) -> list[str]:
    """What a safe size is here, and whose is out of reach."""
    zh, en = READING_WORDS[reading]
    there = ("，见 Sizing 页", ", see sheet Sizing") if is_linked else ("", "")
    words = f"安全规模：{zh}口径、固定其他档次、目标违约概率 {target:.2%}{there[0]}。"
    notes = [f"{words} Safe size: {en}, the other tranches held, at the target PD{there[1]}."]
    for each in sizes:
        if each.is_out_of_reach:
            notes.append(f"{each.tranche}：任何规模均达不到目标。 No size reaches the target.")
        elif each.problems:
            notes.append(f"{each.tranche}：{each.problems[0].zh} {each.problems[0].en}")
        elif each.found is not None and not each.found.is_bound:
            notes.append(f"{each.tranche}：任何规模均不突破目标。 Any size keeps the target.")
    return notes
