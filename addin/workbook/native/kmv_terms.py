"""KMV sheet, section four: the `due` reading by payment date, time across."""

from __future__ import annotations

from typing import Any

import numpy as np

from addin.workbook.native import collections as coll
from addin.workbook.native import forms
from addin.workbook.native.kmv_sheet import KmvSheet
from addin.workbook.timeline import Live
from kmv_core.risk.tails import tail
from kmv_core.vocabulary.checks import Floats


def write_term_structure(sheet: KmvSheet, row: int) -> int:
    """Section four: `due` reading by payment date, time across."""
    page, native, points = sheet.page, sheet.native, sheet.native.assessment.due_points
    page.section(
        row,
        "期限结构（按应付金额口径，截至各支付日）",
        "Term structure (reading: due, up to each date)",
        page.width,
    )
    page.time_headers(row + 1)
    row += 2
    here = sheet.here()
    date, owned = row, row + 1
    page.line(
        date,
        "支付日 Payment date",
        "日期 date",
        f"={coll.SHEET}!{{c}}${coll.DATE}",
        sheet.native.assessment.schedule.dates,
        "date",
    )
    page.line(
        owned,
        "累计资产价值 Asset value to date",
        native.unit,
        f"={coll.SHEET}!{{c}}${coll.NET_TO_DATE}+{native.deal.ref('reserve', 'reserve_initial')}",
        points.asset_values,
    )
    row += 2
    opening = _opening(sheet)
    exposure = np.cumsum(opening * sheet.native.assessment.schedule.accruals, axis=1)
    exposures: list[int] = []
    for k, each in enumerate(sheet.native.assessment.deal.by_rank):
        flow = f"{sheet.flow.name}!{{p}}{sheet.base.balance[each.tranche]}*{coll.SHEET}!{{c}}${coll.ACCRUAL}"
        page.line(
            row,
            f"累计计息余额 Balance x years: {each.tranche}",
            native.unit,
            f"={{p}}{{r}}+{flow}",
            exposure[k],
            opening=0.0,
        )
        exposures.append(row)
        row += 1
    rates = {basis: native.fee_rate(basis)[1] for basis in ("collections", "outstanding", "fixed")}
    collected = np.cumsum(sheet.native.assessment.base.collections[0])
    fees = (
        rates["collections"] * collected
        + rates["outstanding"] * exposure.sum(axis=0)
        + rates["fixed"] * sheet.native.assessment.schedule.times
    )
    fee_row = row
    page.line(
        row,
        "累计费用 Fees to date",
        native.unit,
        f"={here['on_cash']}*{coll.SHEET}!{{c}}${coll.NET_TO_DATE}+{here['yearly']}*SUM({{c}}{exposures[0]}:{{c}}{exposures[-1]})"
        f"+{here['fixed']}*{coll.SHEET}!{{c}}${coll.YEARS}",
        fees,
    )
    row += 1
    before = f"{{c}}{fee_row}"
    for k, each in enumerate(sheet.native.assessment.deal.by_rank):
        row = _tranche_lines(sheet, row, k, before, exposures[k], date, owned)
        before = f"{{c}}{sheet.term_lines[each.tranche]['default_point']}"
    page.text(
        row,
        1,
        "本金自预期到期日起计入应付，故以上概率含展期；法定到期违约概率见上方两表。 "
        "Principal counts from the expected maturity, so these include extension; "
        "default by legal maturity is in the tables above.",
        "note",
    )
    return row + 1


def _tranche_lines(sheet: KmvSheet, row: int, k: int, before: str, exposure: int, date: int, owned: int) -> int:
    """Default point, DD, cumulative and forward PD of one tranche by date."""
    page, each, form = sheet.page, sheet.native.assessment.deal.by_rank[k], sheet.native.assessment.deal.model.form
    ref, s = sheet.native.deal.ref, sheet.local(sheet.parameters["s"])
    schedule = sheet.native.assessment.schedule
    index = min(max(schedule.index_of(each.expected_maturity), 0), len(schedule.dates) - 1)
    dates = page.across(date, fixed=True)
    due_from = f'=INDEX({dates},MAX(1,COUNTIF({dates},"<="&{ref("tranches", k, "expected_maturity")})))'
    lines = {
        key: row + i
        for i, key in enumerate(
            ("default_point", "distance_to_default", "by_date", "probability_of_default", "forward_pd")
        )
    }
    point = lines["default_point"]
    balance = ref("tranches", k, "balance")
    page.line(
        point,
        f"违约点 Default point: {each.tranche}",
        sheet.native.unit,
        f"={before}+{ref('tranches', k, 'coupon')}*{{c}}{exposure}+IF({{c}}${date}>=$C{point},{balance},0)",
        sheet.native.assessment.due_points.default_points[k],
        parameter=Live(due_from, schedule.dates[index], "date"),
    )
    distance, probability = tail(
        sheet.native.assessment.deal.model,
        sheet.native.assessment.due_points.asset_values,
        sheet.native.assessment.due_points.default_points[k],
    )
    usual = np.isfinite(distance)
    shown = [float(value) if ok else "-" for value, ok in zip(distance, usual, strict=True)]
    gap = forms.distance(form, f"{{c}}${owned}", f"{{c}}{point}", s)
    dd = lines["distance_to_default"]
    terms: list[tuple[int, str, str, list[Any], str]] = [
        (dd, f"违约距离 DD: {each.tranche}", f'=IF({{c}}${owned}*{{c}}{point}>0,{gap},"-")', shown, "multiple"),
        (
            lines["by_date"],
            f"当日不足概率 Shortfall probability at the date: {each.tranche}",
            f"=IF(ISNUMBER({{c}}{dd}),NORMSDIST(-N({{c}}{dd})),1*({{c}}{point}>0))",
            probability.tolist(),
            "percent4",
        ),
    ]
    for at, label, text, values, kind in terms:
        if forms.has_twin(form):
            page.line(at, label, "-", text, values, kind)
        else:
            page.text(at, 1, label)
            for i, value in enumerate(values):
                page.value(at, 6 + i, value, kind, "computed")
    cumulative = np.maximum.accumulate(probability)
    page.line(
        lines["probability_of_default"],
        f"曾经不足概率 Ever short up to the date: {each.tranche}",
        "小数 decimal",
        f"=MAX({{p}}{{r}},{{c}}{lines['by_date']})",
        cumulative,
        "percent4",
        opening=0.0,
    )
    page.line(
        lines["forward_pd"],
        f"首次不足概率 First short at the date: {each.tranche}",
        "小数 decimal",
        f"={{c}}{lines['probability_of_default']}-{{p}}{lines['probability_of_default']}",
        np.diff(cumulative, prepend=0.0),
        "percent4",
    )
    sheet.term_lines[each.tranche] = lines
    return row + len(lines)


def _opening(sheet: KmvSheet) -> Floats:
    """Balances before each payment, [tranche, date]."""
    found = sheet.native.assessment
    sizes = np.array([each.balance for each in found.deal.by_rank], dtype=np.float64)
    opening: Floats = np.concatenate([sizes[:, None], found.base.outstanding[:, 0, :-1]], axis=1)
    return opening
