"""Workings of the maturity shocks: moved date, collections, capped lives and what is owed, under the sensitivity table."""

from __future__ import annotations

import numpy as np

from addin.workbook.native import collections as coll
from addin.workbook.native.kmv_sheet import KmvSheet
from addin.workbook.native.recovery_curve import CurveFormulas
from addin.workbook.page import Page
from kmv_core.deal.deal import Deal, ShockSet
from kmv_core.deal.default_point import base_case, due_points
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.factors import apply_shock


def write_workings(kmv: KmvSheet, page: Page, frozen: Deal, shock_set: ShockSet, top: int, i: int) -> dict[str, str]:
    """The workings of one shock of the table whose first shock stands in row `top`; addresses of what came out.

    `frozen` is the deal with its weighted lives held.
    """
    native = kmv.native
    deal, p, ref = native.assessment.deal, kmv.parameters, native.deal.ref
    ranked, mode = deal.by_rank, shock_set.mode
    shocked = apply_shock(frozen, shock_set.factor, shock_set.shocks[i], mode)
    shocked_row, offset = top + i, len(shock_set.shocks) + 2
    schedule = schedule_of(shocked)
    points = due_points(shocked, schedule, base_case(shocked, schedule))
    row, left = shocked_row + offset, 2
    n = len(ranked)
    cell = {
        name: page.ref(row, left + j, sheet=False)
        for j, name in enumerate(("date", "years", "window", "share", "collected"))
    }
    life, interest, owed = ([page.ref(row, left + 5 + j * n + k, sheet=False) for k in range(n)] for j in range(3))
    if shocked_row == top:
        names = [each.tranche for each in ranked]
        heads = [
            "法定期限计算 Workings",
            "法定到期日\nLegal maturity",
            "年数 Years",
            "回收年数\nYears of recovery",
            "回收进度 Share",
            "净回收 Collected",
        ]
        heads += [f"期限 Life\n{name}" for name in names] + [f"余额×年\nBalance x years\n{name}" for name in names]
        heads += [f"累计应付 Owed\n{name}" for name in names]
        page.headers(row - 1, 1, heads, height=48)
    page.formula(row, 1, f"=$A{shocked_row}", shock_set.shocks[i], "shift_years" if mode == "absolute" else "percent")
    closing, cutoff, lag = ref("deal", "closing_date"), ref("pool", "cutoff_date"), ref("deal", "collection_lag")
    legal = ref("deal", "legal_maturity")
    months = f"12*$A{row}" if mode == "absolute" else f"12*$A{row}*({legal}-{closing})/365"
    page.formula(row, left, f"=EDATE({legal},INT({months}+0.5))", shocked.legal_maturity, "date")
    page.formula(row, left + 1, f"=({cell['date']}-{closing})/365", float(schedule.times[-1]), "years")
    window = float(deal.loans.curve_time(schedule.window_ends[-1]))
    curve = CurveFormulas(native, page.name)
    page.formula(row, left + 2, "=" + curve.time(f"({cell['date']}-{lag}-{cutoff})/365"), window, "years")
    page.formula(
        row,
        left + 3,
        "=" + curve.share(cell["window"], f"{coll.SHEET}!$C${coll.SHARE}"),
        float(deal.loans.share_by(schedule.window_ends[-1])),
        "percent",
    )
    collected = float(points.asset_values[-1]) - deal.reserve.reserve_initial
    net = f"{coll.SHEET}!$C${coll.GROSS_TO_DATE}*(1-{ref('recovery', 'disposal_cost')})"
    page.formula(row, left + 4, f"={net}*{cell['share']}", collected, "money")
    spent = f"{p['on_cash']}*{cell['collected']}+{p['fixed']}*{cell['years']}+{p['scheduled']}"
    sizes, coupons = (np.array([getattr(each, key) for each in ranked]) for key in ("balance", "coupon"))
    exposure = sizes * points.lives
    each_owes = sizes + coupons * exposure
    later = each_owes.sum() - np.cumsum(each_owes)
    for k in range(n):
        page.formula(
            row,
            left + 5 + k,
            f"=MIN({kmv.due(k, 'weighted_life')},{cell['years']})",
            float(points.lives[k]),
            "years",
        )
        page.formula(row, left + 5 + n + k, f"={kmv.due(k, 'balance')}*{life[k]}", float(exposure[k]), "money")
        carried = f"{p['yearly']}*SUM({interest[0]}:{interest[-1]})+{spent}" if k == 0 else owed[k - 1]
        page.formula(
            row,
            left + 5 + 2 * n + k,
            f"={kmv.due(k, 'balance')}+{kmv.due(k, 'coupon')}*{interest[k]}+{carried}",
            float(points.default_points[-1, -1] - later[k]),
            "money",
        )
    # Tranches of one rank share the default point of the last of them.
    return cell | {f"owed {k}": owed[end] for k, end in enumerate(kmv.class_ends)}
