"""Collections: dates, collection windows, and what the pool brings: loans on a recovery curve, or licence fees."""

from __future__ import annotations

import numpy as np

from addin.workbook.native.context import MASTER, Native
from addin.workbook.native.dates import BELOW, WINDOW_YEARS, write_dates
from addin.workbook.native.licences import SHEET as LICENCES
from addin.workbook.native.licences import kept_shares, write_licences
from addin.workbook.native.recovery_curve import CurveFormulas
from addin.workbook.timeline import Live, Timeline
from kmv_core.deal.cash_in import contract_fees

SHEET = "Collections"
CURVE_YEARS, SHARE, GROSS_TO_DATE, GROSS, COST, NET, NET_TO_DATE = range(BELOW, BELOW + 7)
"""Rows of a pool of loans; a pool of licences has fewer lines."""


def write_collections(native: Native) -> Timeline:
    """The sheet whose line `net` every waterfall starts from; a pool of licences has a sheet Licences before it."""
    licences = Timeline(native.book, LICENCES, native.periods) if native.assessment.deal.licences else None
    page = Timeline(native.book, SHEET, native.periods)
    page.heading(
        "回收款预测",
        "Collections",
        (
            "回答：资产池各期预计净回收多少，何时到账。",
            "Answers: how much the pool is expected to collect, net of disposal cost, and when.",
        )
        if licences is None
        else (
            "回答：许可费各期预计净收多少，何时到账。",
            "Answers: how much the licence fees are expected to bring, net of licensees' defaults, and when.",
        ),
        native.unit,
        MASTER,
    )
    write_dates(native, page)
    if licences is None:
        _loans(native, page)
    else:
        write_licences(native, licences)
        _fees(native, page)
    return page


def _loans(native: Native, page: Timeline) -> None:
    deal, schedule, ref, put = (
        native.assessment.deal,
        native.assessment.schedule,
        native.deal.ref,
        native.rows.put,
    )
    recovery = deal.loans
    shares = recovery.share_by(schedule.window_ends)
    whole = deal.pool.pool_balance * recovery.recovery_rate * (1.0 - recovery.haircut)
    gross = whole * shares
    curve = CurveFormulas(native, SHEET)
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
    page.line(
        put("gross", page, GROSS),
        "当期毛回收 Gross",
        native.unit,
        f"={{c}}{GROSS_TO_DATE}-{{p}}{GROSS_TO_DATE}",
        step,
        total=True,
    )
    page.line(
        COST,
        "减：处置费用 Less: disposal cost",
        native.unit,
        f"={{c}}{GROSS}*{ref('recovery', 'disposal_cost')}",
        step * recovery.disposal_cost,
        total=True,
    )
    _net(native, page, NET, f"={{c}}{GROSS}-{{c}}{COST}")
    page.text(
        NET_TO_DATE + 2,
        1,
        "参数列：支付间隔（月）；（工作日）应付日有无变动的校验；计息基数；衰减曲线在回收期末的值；毛回收总额。",
        "note",
    )
    page.text(
        NET_TO_DATE + 3,
        1,
        "Parameter column: months between dates; (business days) whether due dates moved; day count; the decay curve at its horizon; gross recovery in all.",
        "note",
    )
    curve.write(page)


def _fees(native: Native, page: Timeline) -> None:
    deal, rows = native.assessment.deal, native.rows
    promised = contract_fees(deal, native.assessment.schedule).sum(axis=0)
    first, last = rows.cell("licence_fees", "0"), rows.cell("licence_fees", str(len(deal.licences) - 1), sheet=False)
    gross, loss = BELOW, BELOW + 1
    page.line(
        rows.put("gross", page, gross),
        "合同约定许可费 Fees as promised",
        native.unit,
        f"=SUM({first}:{last})",
        promised,
        total=True,
    )
    page.line(
        loss,
        "减：被许可方违约预期损失 Less: licensees' expected loss",
        native.unit,
        f"={{c}}{gross}-SUMPRODUCT({kept_shares(deal)},{first}:{last})",
        promised - native.expected,
        total=True,
    )
    _net(native, page, loss + 1, f"={{c}}{gross}-{{c}}{loss}")
    page.text(
        loss + 4,
        1,
        "参数列：支付间隔（月）；（工作日）应付日有无变动的校验；计息基数。 "
        "Parameter column: months between dates; (business days) whether due dates moved; day count.",
        "note",
    )


def _net(native: Native, page: Timeline, row: int, formula: str) -> None:
    """Net collections, and to date."""
    net = native.expected
    page.line(
        native.rows.put("net", page, row),
        "当期净回收 Net collections",
        native.unit,
        formula,
        net,
        total=True,
        role="total",
    )
    page.line(
        native.rows.put("net_to_date", page, row + 1),
        "累计净回收 Net, cumulative",
        native.unit,
        f"={{p}}{row + 1}+{{c}}{row}",
        np.cumsum(net),
        opening=0.0,
    )
