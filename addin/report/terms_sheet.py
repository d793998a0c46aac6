"""The Terms sheet: accumulated repayment against what has fallen due, and the default probability date by date."""

from __future__ import annotations

from collections.abc import Sequence

from addin.report.computed import computed, notes
from addin.workbook.charts import Line, time_chart
from addin.workbook.native.context import MASTER, Native
from addin.workbook.page import Page
from kmv_core.risk.accumulated import AccumulatedPoint, accumulated_repayment

SHEET = "Terms"
_FIRST = 6
_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("date", "支付日\nPayment date", "date"),
    ("collections", "当期预期回款\nExpected in period", "money"),
    ("accumulated", "累计回款\nAccumulated", "money"),
    ("asset_value", "累计回款及初始储备 A\nwith initial reserve", "money"),
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
_AT = {key: column for column, (key, _, _) in enumerate(_COLUMNS, start=1)}
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
    page.widths(14, *[15] * (len(_COLUMNS) - 1))
    points = accumulated_repayment(assessment)
    tops, row = {}, _FIRST
    for each in assessment.tranches:
        mine = [point for point in points if point.tranche == each.name]
        terms = assessment.terms(each.name, "exact" if each.exact is not None else "waterfall")
        tops[each.name] = row + 2
        row = _table(page, each.name, mine, [point.forward_pd for point in terms], row)
    row = notes(page, row, _NOTES)
    _charts(native, page, tops, len(assessment.schedule.dates), row + 1)
    page.finish(titles="1:5", stamp=native.stamp)
    return page


def _table(page: Page, name: str, points: Sequence[AccumulatedPoint], forward: Sequence[float], row: int) -> int:
    page.section(row, name, "", len(_COLUMNS))
    page.headers(row + 1, 1, [title for _, title, _ in _COLUMNS], height=34)
    for i, (point, rise) in enumerate(zip(points, forward, strict=True)):
        at = row + 2 + i
        for key, _, kind in _COLUMNS:
            if key == "date":
                page.value(at, _AT[key], point.date, kind, "computed")
            else:
                computed(page, at, _AT[key], rise if key == "forward_pd" else getattr(point, key), kind)
    return row + 2 + len(points) + 1


def _charts(native: Native, page: Page, tops: dict[str, int], periods: int, row: int) -> None:
    page.break_before(row)

    def cells(name: str, key: str) -> tuple[int, int, int, int]:
        return tops[name], _AT[key], tops[name] + periods - 1, _AT[key]

    first = next(iter(tops))
    last_key = "exact_pd" if native.assessment.exact is not None else "waterfall_pd"
    word = "精确 exact" if native.assessment.exact is not None else "waterfall"
    time_chart(
        page.sheet,
        f"A{row + 1}",
        f"累计回款与累计应付 Accumulated repayment against due ({native.unit})",
        cells(first, "date"),
        [
            Line("累计回款 Accumulated A", cells(first, "asset_value")),
            *(Line(f"累计应付 Due D {name}", cells(name, "cumulative_due")) for name in tops),
        ],
        size=(17, 10),
    )
    time_chart(
        page.sheet,
        f"H{row + 1}",
        "各支付日违约概率 Default probability by date",
        cells(first, "date"),
        [
            line
            for k, name in enumerate(tops)
            for line in (
                Line(f"{name} 截至当日 by date ({word})", cells(name, last_key), colour=k, dash=0),
                Line(f"{name} 当日 at date (due)", cells(name, "probability_of_default"), colour=k, dash=1),
            )
        ],
        number_format="0.0%",
        size=(17, 10),
    )
