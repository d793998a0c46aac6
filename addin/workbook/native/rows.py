"""Where every line over time stands: what one sheet writes, the others find here by what it is.

`of` names whose line it is: a tranche, a fee, or the number of a licence (as text, from 0).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from addin.workbook.timeline import OPENING, PARAMETER, TOTAL, Timeline

LineKey = Literal[
    # Collections, pools of both kinds; DATE to WINDOW_YEARS with a closing column
    "due_date",  # payment dates before they move to business days
    "date",  # payment dates
    "window_end",  # end of the collection period, a date; its closing column is the cut-off date
    "years",  # from closing to the payment date, act/365
    "accrual",  # years since the payment date before, act/365: fees and lives
    "fraction",  # years of interest by the deal's day count, between due dates
    "window_years",  # from the cut-off date to the end of the collection period, at least 0
    "gross",  # before disposal cost, or fees as the contracts promise them
    "net",  # expected net collections
    "net_to_date",
    # Licences
    "licence_fees",  # of one contract, as promised
    # Schedules
    "benchmark",  # set at the start of each interest period; where a tranche floats
    "step_up",  # of a tranche that has a step-up date
    "coupon",  # yearly rate of a tranche that may ever be owed interest
    "share_due",  # share of a tranche's principal that has fallen due
    "may_stay",  # balance of a tranche that may still be outstanding after the payment: balance x (1 - share due)
    "fee_due",  # amount of a scheduled fee
]


@dataclass
class Rows:
    """Sheet and row of every line, filled as the sheets are written."""

    _places: dict[tuple[LineKey, str], tuple[Timeline, int]] = field(default_factory=dict)

    def put(self, key: LineKey, page: Timeline, row: int, of: str = "") -> int:
        """Remember a line; gives its row back."""
        self._places[key, of] = page, row
        return row

    def has(self, key: LineKey, of: str = "") -> bool:
        return (key, of) in self._places

    def page(self, key: LineKey, of: str = "") -> Timeline:
        return self._place(key, of)[0]

    def row(self, key: LineKey, of: str = "") -> int:
        return self._place(key, of)[1]

    def cell(self, key: LineKey, of: str = "", *, column: str = "{c}", sheet: bool = True) -> str:
        """The cell of a date, for Timeline.line: {c} this date, {p} the one before (at the first, closing), {n} the next."""
        page, row = self._place(key, of)
        return f"{page.name}!{column}${row}" if sheet else f"{column}${row}"

    def across(self, key: LineKey, of: str = "", *, sheet: bool = True, fixed: bool = True) -> str:
        """All dates of a line as a range."""
        page, row = self._place(key, of)
        return page.across(row, sheet=sheet, fixed=fixed)

    def to_date(self, key: LineKey, of: str = "") -> str:
        """The dates of a line up to this one, as a range for Timeline.line."""
        page, row = self._place(key, of)
        return f"{page.name}!${page.first}${row}:{{c}}${row}"

    def first(self, key: LineKey, of: str = "") -> str:
        """The cell of the first date."""
        page = self.page(key, of)
        return self.cell(key, of, column=f"${page.first}")

    def last(self, key: LineKey, of: str = "") -> str:
        """The cell of the last date."""
        page = self.page(key, of)
        return self.cell(key, of, column=f"${page.last}")

    def before_last(self, key: LineKey, of: str = "") -> str:
        """The cell of the last date but one; of closing where there is one date."""
        page = self.page(key, of)
        return self.cell(key, of, column=f"${page.before_last}")

    def parameter(self, key: LineKey, of: str = "") -> str:
        page, row = self._place(key, of)
        return page.ref(row, PARAMETER)

    def total(self, key: LineKey, of: str = "") -> str:
        page, row = self._place(key, of)
        return page.ref(row, TOTAL)

    def closing(self, key: LineKey, of: str = "") -> str:
        page, row = self._place(key, of)
        return page.ref(row, OPENING)

    def _place(self, key: LineKey, of: str) -> tuple[Timeline, int]:
        return self._places[key, of]
