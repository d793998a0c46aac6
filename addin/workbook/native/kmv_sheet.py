"""What the parts of the KMV sheet share: where results stand, their titles and formats, the form's formulas."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from openpyxl.utils import get_column_letter

from addin.workbook.native import forms
from addin.workbook.native.context import Native
from addin.workbook.native.waterfall import Block
from addin.workbook.timeline import Timeline
from kmv_core.vocabulary.terms import TERMS

SHEET = "KMV"
NEVER = "无法足额 never paid"
SEE_FUNCTION = "见下 below"
"""Where a template leaves a result to the function TRANCHE_PD under the native sections."""
FIRST_RESULT = 3
"""The column of a table's first result: names and ranks stand before it."""
DUE_HEADERS = (
    "balance",
    "coupon",
    "weighted_life",
    "interest",
    "to_date",
    "default_point",
    "distance_to_default",
    "probability_of_default",
    "extension_probability",
    "coverage",
    "cushion",
    "put",
    "expected_loss",
    "loss_given_default",
    "safe_balance",
)
WATERFALL_HEADERS = (
    "break_even_multiple",
    "default_point",
    "distance_to_default",
    "probability_of_default",
    "coverage",
    "cushion",
    "extension_multiple",
    "extension_probability",
    "expected_loss",
    "loss_given_default",
    "unsupported_pd",
    "grade",
)
EXACT_HEADERS = (
    "distance_to_default",
    "probability_of_default",
    "extension_probability",
    "expected_loss",
    "loss_given_default",
    "grade",
)
_OTHER_TITLES = {
    "interest": "利息 Interest over life",
    "to_date": "本息累计 Principal and interest, cumulative",
    "put": "预期缺口 Expected amount short E[(D-A)+]",
    "safe_balance": "安全规模（due，无补足） Safe size at target PD (due, no payers)",
    "extension_multiple": "展期临界倍数 Break-even to expected maturity",
    "unsupported_pd": "无补足违约概率 PD without payers",
}
NEAR_CERTAIN = 1e-15
"""Closer to 0 or 1 a probability has no normal quantile on a sheet."""


@dataclass
class KmvSheet:
    """The sheet being written, and where its results stand."""

    native: Native
    page: Timeline
    waterfall: Timeline
    """The sheet of the base case."""
    base: Block
    """Its lines there."""
    flow: Timeline
    """The sheet of the base case without a clean-up call, which the `due` reading counts in."""
    uncalled: Block
    """Its lines there."""
    is_template: bool = False
    """Whether the user goes on working in it: no value may stand there that does not follow the inputs."""
    parameters: dict[str, str] = field(default_factory=dict)
    """Addresses of the parameters, with the sheet."""
    due_top: int = 0
    waterfall_top: int = 0
    exact_top: int = 0
    """0 where there is no exact reading."""
    lines: dict[str, int] = field(default_factory=dict)
    """Rows of the term structure that no tranche owns, by what they show."""
    term_lines: dict[str, dict[str, int]] = field(default_factory=dict)
    """Rows of the term structure by tranche and result."""
    with_payers: tuple[str, ...] = ()
    """Break-even multiples with every payer of support paying, by rank: cells of the Support sheet."""

    @property
    def width(self) -> int:
        """Columns of the sheet: the widest table may have more than the dates."""
        return max(self.page.width, FIRST_RESULT - 1 + len(DUE_HEADERS))

    def due(self, k: int, key: str) -> str:
        """The address of a result of the `due` reading, tranche by rank."""
        return self.page.ref(self.due_top + k, FIRST_RESULT + DUE_HEADERS.index(key))

    def by_waterfall(self, k: int, key: str) -> str:
        """The address of a result of the `waterfall` reading, tranche by rank."""
        return self.page.ref(self.waterfall_top + k, FIRST_RESULT + WATERFALL_HEADERS.index(key))

    def exactly(self, k: int, key: str) -> str:
        """The address of a result of the exact reading, tranche by rank."""
        return self.page.ref(self.exact_top + k, FIRST_RESULT + EXACT_HEADERS.index(key))

    def headline(self, k: int, key: str) -> str:
        """The address of what a committee is told first: the exact reading where it has the result, else the waterfall's."""
        if self.exact_top and key in EXACT_HEADERS:
            return self.exactly(k, key)
        return self.by_waterfall(k, key)

    def local(self, address: str) -> str:
        """An address of this sheet without its name."""
        return address.removeprefix(f"{self.page.name}!")

    def here(self) -> dict[str, str]:
        """The parameters' addresses without the sheet."""
        return {name: self.local(address) for name, address in self.parameters.items()}

    def life(self, k: int, *, called: bool) -> str:
        """Formula text of a weighted life: balances before each payment x years, over the size."""
        page, block = (self.waterfall, self.base) if called else (self.flow, self.uncalled)
        row = block.balance[self.native.assessment.deal.by_rank[k].tranche]
        balances = f"{page.name}!$E${row}:${page.before_last}${row}"
        return f"SUMPRODUCT({balances},{self.native.rows.across('accrual')})"

    @cached_property
    def class_ends(self) -> list[int]:
        """By tranche by rank: the last tranche of its rank. Tranches of one rank share their default point."""
        ranks = [each.rank for each in self.native.assessment.deal.by_rank]
        return [len(ranks) - 1 - ranks[::-1].index(rank) for rank in ranks]

    @cached_property
    def classes_before(self) -> list[int]:
        """By tranche by rank: a tranche of the rank before; -1 for the first."""
        ranks = [each.rank for each in self.native.assessment.deal.by_rank]
        return [ranks.index(rank) - 1 for rank in ranks]

    def modelled(self, row: int, column: int, formula: str, value: float, kind: str) -> None:
        """A formula of the model's form; a computed value where it has no worksheet twin, or nothing is owned."""
        if np.isfinite(value) and self.has_formulas:
            self.page.formula(row, column, formula, value, kind)
        else:
            self.computed(row, column, value, kind)

    @property
    def has_formulas(self) -> bool:
        """Whether distances and probabilities can be written as formulas."""
        found = self.native.assessment
        return forms.has_twin(found.deal.model.form) and found.asset_value > 0.0

    def computed(self, row: int, column: int, value: float, kind: str) -> None:
        """A value of the core; in a template the word where the worksheet function stands that has it."""
        if self.is_template:
            self.page.text(row, column, SEE_FUNCTION, "calc")
        elif np.isfinite(value):
            self.page.value(row, column, value, kind, "computed")
        else:
            self.page.text(row, column, "-", "computed")


def columns_of(keys: tuple[str, ...], row: int) -> dict[str, str]:
    """The cells of one line of a table, without the sheet, the column fixed."""
    return {key: f"${get_column_letter(FIRST_RESULT + i)}{row}" for i, key in enumerate(keys)}


def title_of(key: str) -> str:
    """The bilingual heading of a result."""
    return _OTHER_TITLES.get(key) or f"{TERMS[key].zh} {TERMS[key].en}"


def kind_of(key: str) -> str:
    """The number format of a result."""
    if key in ("probability_of_default", "extension_probability", "expected_loss", "unsupported_pd"):
        return "percent4"
    if key in ("cushion", "loss_given_default", "coupon"):
        return "percent"
    if key in ("coverage", "break_even_multiple", "extension_multiple", "distance_to_default"):
        return "multiple"
    return "years" if key == "weighted_life" else ("text" if key == "grade" else "money")
