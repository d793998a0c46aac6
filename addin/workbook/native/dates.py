"""The first lines of the Collections sheet: payment dates, collection windows and times, as kmv_core.deal.schedule.

Due dates are formulas. Where payments move to business days the dates they move to are computed values: the calendar
of public holidays is no formula. Interest runs on a clock between due dates:

    act_365, act_360  days since closing / 365 or 360
    act_act           year + day of the year / length of the year (ISDA)
    30_360            year + month / 12 + min(day, 30) / 360; a period that ends on a 31st counts one day more unless
                      it starts on or after a 30th
"""

from __future__ import annotations

import calendar
import datetime as dt

from addin.workbook.native.context import Native
from addin.workbook.page import serial
from addin.workbook.timeline import PARAMETER, Live, Timeline
from kmv_core.deal.deal import Structure

TOP = 6
HEAD, PERIOD, DUE_DATE, DATE, WINDOW, YEARS, ACCRUAL, CLOCK, FRACTION, WINDOW_YEARS = range(TOP, TOP + 10)
BELOW = WINDOW_YEARS + 1
"""The first row under the dates."""


def write_dates(native: Native, page: Timeline) -> None:
    """Rows HEAD to WINDOW_YEARS."""
    deal, schedule, ref = native.assessment.deal, native.assessment.schedule, native.deal.ref
    put = native.rows.put
    closing = ref("deal", "closing_date")
    at_closing = Live(f"={closing}", deal.closing_date, "date")
    page.time_headers(HEAD)
    page.line(PERIOD, "期数 Period", "-", "={p}{r}+1", list(range(1, native.periods + 1)), "integer", opening=0)
    page.line(
        put("due_date", page, DUE_DATE),
        "应付日 Due date",
        "日期 date",
        f"=MIN(EDATE({ref('deal', 'first_payment_date')},({{c}}${PERIOD}-1)*$C${DUE_DATE}),{ref('deal', 'legal_maturity')})",
        schedule.due_dates,
        "date",
        opening=at_closing,
        parameter=Live(f"=12/{ref('deal', 'payments_per_year')}", 12 / deal.payments_per_year, "integer"),
    )
    _payment_dates(native, page, at_closing)
    page.line(
        put("window_end", page, WINDOW),
        "收款期末 Collection period end",
        "日期 date",
        f"={{c}}{DATE}-{ref('deal', 'collection_lag')}",
        [date - dt.timedelta(days=deal.collection_lag) for date in schedule.dates],
        "date",
        opening=Live(f"={ref('pool', 'cutoff_date')}", deal.pool.cutoff_date, "date"),
    )
    page.line(
        put("years", page, YEARS),
        "距设立日 Years from closing",
        "年 years",
        f"=({{c}}{DATE}-{closing})/365",
        schedule.times,
        "years",
        opening=0,
    )
    page.line(
        put("accrual", page, ACCRUAL),
        "支付间隔 Years since the date before",
        "年 years",
        f"={{c}}{YEARS}-{{p}}{YEARS}",
        schedule.accruals,
        "years",
    )
    _interest_years(native, page)
    page.line(
        put("window_years", page, WINDOW_YEARS),
        "收款期末距起算日 Years from cut-off",
        "年 years",
        f"=MAX({{c}}{WINDOW}-{ref('pool', 'cutoff_date')},0)/365",
        schedule.window_ends,
        "years",
        opening=0,
    )


def moves(rules: Structure) -> bool:
    """Whether payment dates move to business days of a calendar."""
    return rules.calendar != "none" and rules.business_day != "unadjusted"


def _payment_dates(native: Native, page: Timeline, at_closing: Live) -> None:
    rules, schedule = native.assessment.deal.structure, native.assessment.schedule
    row = native.rows.put("date", page, DATE)
    if not moves(rules):
        page.line(
            row, "支付日 Payment date", "日期 date", f"={{c}}{DUE_DATE}", schedule.dates, "date", opening=at_closing
        )
    else:
        label = f"支付日（{rules.calendar} 工作日） Payment date, {rules.business_day}"
        page.values(row, label, "计算值 computed", schedule.dates, "date", opening=at_closing)
        # Due dates that move leave the computed dates behind: their sum tells.
        page.value(row, PARAMETER, sum(map(serial, schedule.due_dates)), "hidden", "computed")


def _interest_years(native: Native, page: Timeline) -> None:
    deal, schedule = native.assessment.deal, native.assessment.schedule
    closing = native.deal.ref("deal", "closing_date")
    count = deal.structure.day_count
    date = f"{{c}}${DUE_DATE}"
    fraction = f"={{c}}{CLOCK}-{{p}}{CLOCK}"
    base = 0
    if count == "act_act":
        year = f"DATE(YEAR({date}),1,1)"
        clock = f"=YEAR({date})+({date}-{year})/(DATE(YEAR({date})+1,1,1)-{year})"
    elif count == "30_360":
        clock = f"=YEAR({date})+MONTH({date})/12+MIN(DAY({date}),$C{CLOCK})/(12*$C{CLOCK})"
        fraction += f"+(DAY({date})>$C{CLOCK})*(DAY({{p}}${DUE_DATE})<$C{CLOCK})/(12*$C{CLOCK})"
        base = 30
    else:
        clock = f"=({date}-{closing})/$C{CLOCK}"
        base = 365 if count == "act_365" else 360
    values = [_clock(each, deal.closing_date, count) for each in (deal.closing_date, *schedule.due_dates)]
    page.line(
        CLOCK,
        f"计息时点 Interest clock, {count.replace('_', '/').upper()}",
        "年 years",
        clock,
        values[1:],
        "years",
        opening=Live(clock.format(c="E"), values[0], "years"),
    )
    if base:
        page.value(CLOCK, PARAMETER, base, "integer", "calc")
    page.line(
        native.rows.put("fraction", page, FRACTION),
        "计息期 Interest period",
        "年 years",
        fraction,
        schedule.fractions,
        "years",
    )


def _clock(date: dt.date, closing: dt.date, count: str) -> float:
    if count == "act_act":
        length = 366 if calendar.isleap(date.year) else 365
        return date.year + (date - dt.date(date.year, 1, 1)).days / length
    if count == "30_360":
        return date.year + date.month / 12 + min(date.day, 30) / 360
    return (date - closing).days / (360 if count == "act_360" else 365)
