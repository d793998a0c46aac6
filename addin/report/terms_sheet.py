"""The Terms sheet: accumulated repayment against what has fallen due, and the default probability date by date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from addin.report.computed import PageRows, computed, notes
from addin.workbook.charts import Line, time_chart
from addin.workbook.native.context import MASTER, Native
from addin.workbook.page import Page
from kmv_core.risk.accumulated import AccumulatedPoint, accumulated_repayment

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
    ("probability_of_default", "当日违约概率 PD\n(due, lognormal)", "percent4"),
    ("waterfall_pd", "截至当日 PD\n(waterfall)", "percent4"),
    ("exact_pd", "截至当日 PD\n(exact)", "percent4"),
    ("forward_pd", "当期新增 PD\nForward PD", "percent4"),
)
_NOTES = (
    (
        "方法：A 为截至当日预期净回款与初始储备之和；D 为截至当日对该档及其之前各档应付的费用、利息、本金（过手档本金自预期到期日起计）。",
        "A is expected net collections to date and the initial reserve; D what is due to the tranche and all before it (pass-through: at expected maturity).",
    ),
    (
        "DD = [ln(A/D) - s²/2]/s，PD = N(-DD)：逐日、仅资产池、不计补足；累计应付等于各期应付之和。",
        "DD = [ln(A/D) - s²/2]/s, PD = N(-DD): date by date, the pool alone, without support; the amounts of the periods add up to D.",
    ),
    (
        "截至当日 PD 为在该日或之前已发生不足的概率（waterfall 或精确枚举，含补足），不下降；新增 PD 为其较上一支付日的增量。",
        "PD by date: chance of having been short by then (waterfall, or every default set; support included), never falling; forward PD: its rise.",
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
        rows.room_for(row, len(mine) + 3)
        page.section(row, "档次 Tranche:", each.name, len(columns))
        tops[each.name] = row + 2
        row = _table(page, columns, mine, rises, row + 1)
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
    page.headers(row, 1, [title for _, title, _ in columns], height=34)
    for at, (point, rise) in enumerate(zip(points, rises, strict=True), start=row + 1):
        page.value(at, 1, point.date, "date", "computed")
        for column, (key, _, kind) in enumerate(columns[1:], start=2):
            computed(page, at, column, rise if key == "forward_pd" else getattr(point, key), kind)
    return row + len(points) + 2


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
        "各支付日违约概率 Default probability by date",
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
