"""What every native sheet is written from: the book, the assessment, and where the inputs stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from addin.workbook.native.deal_sheet import DealSheet
from addin.workbook.native.rows import Rows
from addin.workbook.page import Book
from kmv_core.deal.cash_in import expected_collections
from kmv_core.risk.assess import Assessment
from kmv_core.vocabulary.checks import Floats

PASS, FAIL = "通过 PASS", "不通过 FAIL"
CHECKS = "Checks"
MASTER = (f"{CHECKS}!$C$7", PASS)
"""The master check, repeated in the heading of every sheet."""
TOLERANCE, TOLERANCE_CELL = 1e-9, f"{CHECKS}!$C$8"
"""What rounding may leave, of the scale of the thing: one cell for the whole workbook."""


FUNCTIONS_OUTSIDE = (
    "总检查不含函数单元格；显示 #NAME? 者须先装加载项（kmv install）。 "
    "The master check leaves out the function cells; where they show #NAME? the add-in is missing (kmv install)."
)
"""Said in a template, where results come from worksheet functions."""


@dataclass
class Native:
    """The workbook being written and the deal it shows."""

    book: Book
    assessment: Assessment
    deal: DealSheet
    stamp: str
    rows: Rows = field(default_factory=Rows)
    """Where every line over time stands; filled as the sheets are written."""

    @cached_property
    def periods(self) -> int:
        return len(self.assessment.schedule.dates)

    @cached_property
    def expected(self) -> Floats:
        """Expected net collections by payment date, before any clean-up call."""
        return expected_collections(self.assessment.deal, self.assessment.schedule)

    @property
    def unit(self) -> str:
        return self.assessment.deal.money_unit

    def fee_rate(self, basis: str) -> tuple[str, float]:
        """The sum of the fees of one basis: formula text (0 without fees) and its value."""
        fees = self.assessment.deal.fees
        value = float(np.sum([fee.rate for fee in fees if fee.basis == basis]))
        if not fees:
            return "0", value
        return f'SUMIF({self.deal.column("fees", "basis")},"{basis}",{self.deal.column("fees", "rate")})', value
