"""What of the inputs decides which lines are written: a change of it needs a new workbook, no formula can follow it.

Every entry is a formula that is 0 while the input is as it was. A report compares all inputs with those its values
were computed from; a template, whose inputs are there to be changed, has these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from addin.workbook.native.context import Native
from addin.workbook.native.dates import moves
from addin.workbook.native.input_words import words_of
from addin.workbook.native.licences import fee_date_area
from kmv_core.deal.deal import Deal

OF_STRUCTURE = ("servicer_reward", "call_share")
OF_RESERVE = ("reserve_multiple", "reserve_initial", "reserve_floor")
TEXT_TABLES = ("fees", "fee_schedule", "principal_schedule", "support", "triggers", "order")
"""Tables whose first column is words."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One input that lines depend on."""

    zh: str
    en: str
    formula: str


def decisions(native: Native) -> list[Decision]:
    """All of them, 0 each as written."""
    found = [*_business_days(native), *_presence(native), *_blanks(native), *_orders(native), *_counts(native)]
    return [
        Decision(
            f"{zh}：公式按现有输入写成，改动须重新生成。",
            f"{en}: lines are written for this input; a change needs a new workbook.",
            formula,
        )
        for (zh, en), formula in ((words_of(name), formula) for name, formula in found)
    ]


def _business_days(native: Native) -> Iterator[tuple[str, str]]:
    """Payment dates on business days are computed values, good for the due dates they were computed from."""
    if moves(native.assessment.deal.structure):
        yield "business_day", f"=SUM({native.rows.across('due_date')})-{native.rows.parameter('date')}"


def _presence(native: Native) -> Iterator[tuple[str, str]]:
    """Numbers that are 0, or are not: with 0 there is no line."""
    deal, ref = native.assessment.deal, native.deal.ref
    numbers = [(("structure", key), getattr(deal.structure, key)) for key in OF_STRUCTURE]
    numbers += [(("reserve", key), getattr(deal.reserve, key)) for key in OF_RESERVE]
    for (section, key), value in numbers:
        yield key, f"=1*({ref(section, key)}{'<=' if value > 0.0 else '>'}0)"
    for i, each in enumerate(deal.by_rank):
        for key in ("coupon", "fixed_return"):
            sign = "<=" if getattr(each, key) > 0.0 else ">"
            yield f"{key} {i + 1}", f"=1*({ref('tranches', i, key)}{sign}0)"


def _blanks(native: Native) -> Iterator[tuple[str, str]]:
    """Cells that are blank, or are not."""
    deal, ref = native.assessment.deal, native.deal.ref
    cells = [(("tranches", i, "step_up_date"), each.step_up_date) for i, each in enumerate(deal.by_rank)]
    cells += [(("triggers", i, "from_date"), each.from_date) for i, each in enumerate(deal.triggers)]
    held = [(field, value is None) for field, value in cells]
    held += [(("support", i, "cap"), each.cap is None) for i, each in enumerate(deal.support)]
    for (section, i, key), is_blank in held:
        yield f"{key} {i + 1}", f'=1*({ref(section, i, key)}{"<>" if is_blank else "="}"")'


def _orders(native: Native) -> Iterator[tuple[str, str]]:
    """Ranks and levels: what counts is which come before which."""
    deal, ref = native.assessment.deal, native.deal.ref
    for i, (before, after) in enumerate(pairwise(deal.by_rank)):
        sign = "<=" if after.rank > before.rank else "<>"
        yield f"rank {i + 2}", f"=1*({ref('tranches', i + 1, 'rank')}{sign}{ref('tranches', i, 'rank')})"
    for i, line in enumerate(deal.order):
        for key in ("order", "step", "payee"):
            yield f"{key} {i + 1}", f'=1*({ref("order", i, key)}<>"{_quoted(getattr(line, key))}")'
    for i, j in _level_pairs(deal):
        sign = "<=" if deal.order[j].level > deal.order[i].level else "<>"
        yield f"level {j + 1}", f"=1*({ref('order', j, 'level')}{sign}{ref('order', i, 'level')})"


def _level_pairs(deal: Deal) -> Iterator[tuple[int, int]]:
    """Lines of one order that follow each other."""
    for name in dict.fromkeys(line.order for line in deal.order):
        mine = [i for i, line in enumerate(deal.order) if line.order == name]
        yield from pairwise(sorted(mine, key=lambda i: deal.order[i].level))


def _counts(native: Native) -> Iterator[tuple[str, str]]:
    """Lines of tables, and fees of licences."""
    deal, sheet = native.assessment.deal, native.deal
    for section in (*TEXT_TABLES, *(("licences", "grade_table") if deal.licences else ())):
        lines = len(getattr(deal, section))
        key = next(field[2] for field in sheet.layout.cells if len(field) == 3 and field[0] == section) if lines else ""
        shown = f"-ROWS({sheet.column(section, str(key))})" if lines else ""
        # The range begins with the row of labels and ends with the head of the next section.
        yield section, f"=COUNTA({sheet.lines(section)})-2{shown}"
    shown = f"-ROWS({sheet.column('benchmark', 'from_date')})" if deal.benchmark else ""
    yield "benchmark", f"=COUNT({sheet.lines('benchmark')}){shown}"
    for i in range(len(deal.licences)):
        yield f"fee_count {i + 1}", f"={sheet.ref('licences', i, 'fee_count')}-COUNT({fee_date_area(deal, i)})"


def _quoted(word: str) -> str:
    return word.replace('"', '""')
