"""Collections: dates, collection windows and the recovery curve, as kmv_core.assets.recovery has them."""

from __future__ import annotations

import datetime as dt

import numpy as np

from addin.workbook.native.context import MASTER, Native
from addin.workbook.native.recovery_curve import CurveFormulas
from addin.workbook.timeline import Live, Timeline

SHEET = "Collections"
(
    HEAD,
    PERIOD,
    DATE,
    WINDOW,
    YEARS,
    ACCRUAL,
    WINDOW_YEARS,
    CURVE_YEARS,
    SHARE,
    GROSS_TO_DATE,
    GROSS,
    COST,
    NET,
    NET_TO_DATE,
) = range(6, 20)


def write_collections(native: Native) -> Timeline:
    """The sheet whose line NET every waterfall starts from."""
    deal, schedule, ref = native.assessment.deal, native.assessment.schedule, native.deal.ref
    page = Timeline(native.book, SHEET, native.periods)
    page.heading(
        "回收款预测",
        "Collections",
        (
            "回答：资产池各期预计净回收多少，何时到账。",
            "Answers: how much the pool is expected to collect, net of disposal cost, and when.",
        ),
        native.unit,
        MASTER,
    )
    page.time_headers(HEAD)
    counts = list(range(1, native.periods + 1))
    recovery = deal.loans
    closing, legal = ref("deal", "closing_date"), ref("deal", "legal_maturity")
    windows = [date - dt.timedelta(days=deal.collection_lag) for date in schedule.dates]
    shares = recovery.share_by(schedule.window_ends)
    whole = deal.pool.pool_balance * recovery.recovery_rate * (1.0 - recovery.haircut)
    gross = whole * shares
    curve = CurveFormulas(native, SHEET)

    page.line(PERIOD, "期数 Period", "-", "={p}{r}+1", counts, "integer", opening=0)
    page.line(
        DATE,
        "支付日 Payment date",
        "日期 date",
        f"=MIN(EDATE({ref('deal', 'first_payment_date')},({{c}}${PERIOD}-1)*$C${DATE}),{legal})",
        schedule.dates,
        "date",
        opening=Live(f"={closing}", deal.closing_date, "date"),
        parameter=Live(f"=12/{ref('deal', 'payments_per_year')}", 12 / deal.payments_per_year, "integer"),
    )
    page.line(
        WINDOW,
        "收款期末 Collection period end",
        "日期 date",
        f"={{c}}{DATE}-{ref('deal', 'collection_lag')}",
        windows,
        "date",
        opening=Live(f"={ref('pool', 'cutoff_date')}", deal.pool.cutoff_date, "date"),
    )
    page.line(
        YEARS,
        "距设立日 Years from closing",
        "年 years",
        f"=({{c}}{DATE}-{closing})/365",
        schedule.times,
        "years",
        opening=0,
    )
    page.line(ACCRUAL, "计息期 Accrual", "年 years", f"={{c}}{YEARS}-{{p}}{YEARS}", schedule.accruals, "years")
    page.line(
        WINDOW_YEARS,
        "收款期末距起算日 Years from cut-off",
        "年 years",
        f"=MAX({{c}}{WINDOW}-{ref('pool', 'cutoff_date')},0)/365",
        schedule.window_ends,
        "years",
        opening=0,
    )
    page.line(
        CURVE_YEARS,
        "曲线上的时点（扣延迟） Time on the curve, less the delay",
        "年 years",
        "=" + curve.time(f"{{c}}{WINDOW_YEARS}"),
        recovery.curve_time(schedule.window_ends),
        "years",
        opening=0,
    )
    page.line(
        SHARE,
        "累计回收进度 Share collected",
        "小数 decimal",
        "=" + curve.share(f"{{c}}{CURVE_YEARS}", f"$C{SHARE}"),
        shares,
        "percent",
        opening=0,
        parameter=curve.parameter,
    )
    page.line(
        GROSS_TO_DATE,
        "累计毛回收（扣折扣） Gross after haircut, cumulative",
        native.unit,
        f"=$C{GROSS_TO_DATE}*{{c}}{SHARE}",
        gross,
        opening=0.0,
        parameter=Live(
            f"={ref('pool', 'pool_balance')}*{ref('recovery', 'recovery_rate')}*(1-{ref('recovery', 'haircut')})",
            whole,
        ),
    )
    step = np.diff(gross, prepend=0.0)
    page.line(GROSS, "当期毛回收 Gross", native.unit, f"={{c}}{GROSS_TO_DATE}-{{p}}{GROSS_TO_DATE}", step, total=True)
    page.line(
        COST,
        "减：处置费用 Less: disposal cost",
        native.unit,
        f"={{c}}{GROSS}*{ref('recovery', 'disposal_cost')}",
        step * recovery.disposal_cost,
        total=True,
    )
    net = native.assessment.base.collections[0]
    page.line(
        NET, "当期净回收 Net collections", native.unit, f"={{c}}{GROSS}-{{c}}{COST}", net, total=True, role="total"
    )
    page.line(
        NET_TO_DATE,
        "累计净回收 Net, cumulative",
        native.unit,
        f"={{p}}{NET_TO_DATE}+{{c}}{NET}",
        np.cumsum(net),
        opening=0.0,
    )
    page.text(NET_TO_DATE + 2, 1, "参数列：支付间隔（月）；衰减曲线在回收期末的值；毛回收总额。", "note")
    page.text(
        NET_TO_DATE + 3,
        1,
        "Parameter column: months between payment dates; the decay curve at its horizon; gross recovery in all.",
        "note",
    )
    curve.write(page)
    return page
