"""The Terms sheet: accumulated repayment against what has fallen due, and the default probability date by date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from addin.report.computed import PageRows, computed, notes
from addin.workbook.charts import Line, time_chart
from addin.workbook.native.context import MASTER, Native
from addin.workbook.page import Page
from kmv_core.risk.accumulated import AccumulatedPoint, accumulated_repayment
from kmv_core.risk.answers import EXACT, figures_of
from kmv_core.risk.assess import TrancheAssessment

SHEET = "Terms"
_FIRST = 6
_CHART = (17.0, 10.0)
_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("date", "支付日\nPayment date", "date"),
    ("collections", "当期预期回款\nExpected in period", "money"),
    ("accumulated", "累计回款\nAccumulated", "money"),
    ("asset_value", "含初始储备 A\nwith initial reserve", "money"),
    ("fees_due", "应付费用\nFees due", "money"),
    ("interest_due", "应付利息\nInterest due", "money"),
    ("principal_due", "应付本金\nPrincipal due", "money"),
    ("cumulative_due", "累计应付 D\nDue to date", "money"),
    ("distance_to_default", "违约距离 DD\n(due, lognormal)", "multiple"),
    ("probability_of_default", "当日不足概率\nShort at date\n(due, lognormal)", "percent4"),
    ("waterfall_pd", "截至当日不足\nShort by date\n(waterfall)", "percent4"),
    ("exact_pd", "截至当日不足\nShort by date\n(exact)", "percent4"),
    ("forward_pd", "当期首次不足\nFirst short", "percent4"),
)
_LEGAL = {"waterfall_pd": "waterfall", "exact_pd": EXACT}
"""The reading of the columns that lead to a default probability by legal maturity."""
_NOTES = (
    (
        "方法：A 为截至当日预期净回款与初始储备之和；D 为截至当日对该档及其之前各档应付的费用、利息、本金（过手档本金自预期到期日起计）。",
        "A is expected net collections to date and the initial reserve; D what is due to the tranche and all before it (pass-through: at expected maturity).",
    ),
    (
        "当日不足概率 = N(-DD)，DD = [ln(A/D) - s²/2]/s：逐日、仅资产池、不计补足。",
        "Short at date = N(-DD), DD = [ln(A/D) - s²/2]/s: date by date, the pool alone, without support.",
    ),
    (
        "D 含其之前各档于预期到期日应付的本金，故次级的当日不足概率在优先级预期到期日即上升。",
        "D holds the principal of all before it at their expected maturities: a junior tranche's chance rises there too.",
    ),
    (
        "截至当日不足：该日或之前已发生不足的概率（waterfall 或精确枚举，含补足），不下降；首次不足为其增量。",
        "Short by date: chance of having been short by then (waterfall, or every default set; support included); first short: its rise.",
    ),
    (
        "本金自该档预期到期日起计入应付，故截至当日不足含展期，可高于末行的法定到期违约概率。",
        "Principal counts from the tranche's expected maturity: extension is included, so it may stand above the PD by legal maturity.",
    ),
)


def write_terms(native: Native) -> Page:
    """One table a tranche, two charts below; every number computed by the core."""
    assessment = native.assessment
    page = native.book.page(SHEET)
    page.heading(
        "累计回款与累计应付",
        "Accumulated repayment against due",
        (
            "回答：每个支付日累计回款能否覆盖累计应付，距违约多远，违约概率如何随时间累积。",
            "Answers: do accumulated collections cover what has fallen due at each date, how far is default, and how does its probability build up?",
        ),
        native.unit,
        MASTER,
    )
    # A pool of loans has no exact reading.
    columns = [each for each in _COLUMNS if each[0] != "exact_pd" or assessment.exact is not None]
    widths = [14, *[15] * (len(columns) - 1)]
    page.widths(*widths)
    points = accumulated_repayment(assessment)
    reading = "waterfall" if assessment.exact is None else "exact"
    rows = PageRows(page, _FIRST, sum(widths))
    tops, row = {}, _FIRST
    for each in assessment.tranches:
        mine = [point for point in points if point.tranche == each.name]
        rises = [point.forward_pd for point in assessment.terms(each.name, reading)]
        rows.room_for(row, len(mine) + 4)
        page.section(row, "档次 Tranche:", each.name, len(columns))
        tops[each.name] = row + 2
        row = _table(page, columns, mine, rises, row + 1)
        row = _legal(page, columns, each, row - 1)
    rows.room_for(row, 2 * len(_NOTES))
    row = notes(page, row, _NOTES)
    places = {key: column for column, (key, _, _) in enumerate(columns, start=1)}
    rows.room_for_chart(row + 1, _CHART[1])
    _charts(native, page, _Cells(tops, places, len(assessment.schedule.dates)), row + 1)
    page.finish(titles="1:5", stamp=native.stamp)
    return page


def _table(
    page: Page,
    columns: Sequence[tuple[str, str, str]],
    points: Sequence[AccumulatedPoint],
    rises: Sequence[float],
    row: int,
) -> int:
    page.headers(row, 1, [title for _, title, _ in columns], height=48)
    for at, (point, rise) in enumerate(zip(points, rises, strict=True), start=row + 1):
        page.value(at, 1, point.date, "date", "computed")
        for column, (key, _, kind) in enumerate(columns[1:], start=2):
            computed(page, at, column, rise if key == "forward_pd" else getattr(point, key), kind)
    return row + len(points) + 2


def _legal(page: Page, columns: Sequence[tuple[str, str, str]], tranche: TrancheAssessment, row: int) -> int:
    """What the dates lead to: the default probability by legal maturity, without extension."""
    page.text(row, 1, "法定到期违约概率 PD by legal maturity", "label")
    for column, (key, _, kind) in enumerate(columns, start=1):
        if key in _LEGAL:
            figures = figures_of(tranche, _LEGAL[key])
            computed(page, row, column, figures.probability_of_default, kind)
    return row + 2


class _Cells(NamedTuple):
    """Where the columns of each tranche stand."""

    tops: dict[str, int]
    places: dict[str, int]
    periods: int

    def of(self, name: str, key: str) -> tuple[int, int, int, int]:
        top, column = self.tops[name], self.places[key]
        return top, column, top + self.periods - 1, column


def _charts(native: Native, page: Page, cells: _Cells, row: int) -> None:
    names = list(cells.tops)
    key, word = ("waterfall_pd", "waterfall") if native.assessment.exact is None else ("exact_pd", "精确 exact")
    dates = cells.of(names[0], "date")
    time_chart(
        page.sheet,
        f"A{row + 1}",
        f"累计回款与累计应付 Accumulated repayment against due ({native.unit})",
        dates,
        [
            Line("累计回款 Accumulated A", cells.of(names[0], "asset_value")),
            *(Line(f"累计应付 Due D {name}", cells.of(name, "cumulative_due")) for name in names),
        ],
        size=_CHART,
    )
    time_chart(
        page.sheet,
        f"H{row + 1}",
        "各支付日不足概率（含展期） Probability of being short, extension included",
        dates,
        [
            line
            for k, name in enumerate(names)
            for line in (
                Line(f"{name} 截至当日 by date ({word})", cells.of(name, key), colour=k, dash=0),
                Line(f"{name} 当日 at date (due)", cells.of(name, "probability_of_default"), colour=k, dash=1),
            )
        ],
        number_format="0.0%",
        size=_CHART,
    )
