"""KMV sheet, section four: the `due` reading by payment date, time across."""

from __future__ import annotations

from typing import Any

import numpy as np

from addin.workbook.native import forms
from addin.workbook.native.kmv_sheet import KmvSheet
from addin.workbook.page import ROW_HEIGHT
from addin.workbook.timeline import Live
from kmv_core.deal.default_point import uncalled_case
from kmv_core.deal.order import has_interest
from kmv_core.deal.schedule import fees_due, shares_due
from kmv_core.risk.supported import supported_probability
from kmv_core.risk.tails import tail
from kmv_core.risk.terms import due_multiples
from kmv_core.vocabulary.checks import Floats


def write_term_structure(sheet: KmvSheet, row: int) -> int:
    """Section four: `due` reading by payment date, time across."""
    page, native = sheet.page, sheet.native
    title = ("期限结构（按应付金额口径，截至各支付日）", "Term structure (reading: due, up to each date)")
    # Tables above stand already; lines of a tranche: five, and four of what they rest on.
    page.keep_together(row, (8 + 9 * len(native.assessment.deal.tranches)) * ROW_HEIGHT, wide=page.pages_wide)
    page.section(row, *title, sheet.width)
    page.time_headers(row + 1)
    row = _owned(sheet, row + 2)
    row = _exposures(sheet, row)
    row = _owed(sheet, row)
    row = _fees(sheet, row)
    for k in range(len(native.assessment.deal.by_rank)):
        row = _tranche_lines(sheet, row, k)
    words = (
        "本金自预期到期日起计入应付，故以上概率含展期；法定到期违约概率见上方各表。 "
        "Principal counts from the expected maturity, so these include extension; "
        "default by legal maturity is in the tables above."
    )
    page.text(row, 1, words, "note")
    if native.assessment.deal.support:
        words = (
            "灰底：含补足人违约的概率，由核心计算。 Grey: with payers who may fail themselves, computed by the core."
        )
        if sheet.is_template:
            words = "含补足人违约的概率见函数 TRANCHE_PD。 With payers who may fail themselves: see the function TRANCHE_PD."
        page.text(row + 1, 1, words, "note")
    return row + 2


def _owned(sheet: KmvSheet, row: int) -> int:
    """Dates, and what has come in by each."""
    page, native, found = sheet.page, sheet.native, sheet.native.assessment
    sheet.lines |= {"date": row, "collected": row + 1, "owned": row + 2}
    page.line(row, "支付日 Payment date", "日期 date", f"={native.rows.cell('date')}", found.schedule.dates, "date")
    collected = np.cumsum(native.expected)
    page.line(
        row + 1,
        "累计净回收 Net collections to date",
        native.unit,
        f"={native.rows.cell('net_to_date')}",
        collected,
    )
    page.line(
        row + 2,
        "累计资产价值 Asset value to date",
        native.unit,
        f"={{c}}{row + 1}+{native.deal.ref('reserve', 'reserve_initial')}",
        found.due_points.asset_values,
    )
    return row + 3


def _exposures(sheet: KmvSheet, row: int) -> int:
    """Balance x years of every tranche to date: what fees on the balance are charged on."""
    exposure = np.cumsum(opening_balances(sheet) * sheet.native.assessment.schedule.accruals, axis=1)
    for k, each in enumerate(sheet.native.assessment.deal.by_rank):
        flow = f"{sheet.flow.name}!{{p}}{sheet.uncalled.balance[each.tranche]}*{sheet.native.rows.cell('accrual')}"
        sheet.page.line(
            row,
            f"累计计息余额 Balance x years: {each.tranche}",
            sheet.native.unit,
            f"={{p}}{{r}}+{flow}",
            exposure[k],
            opening=0.0,
        )
        sheet.term_lines[each.tranche] = {"exposure": row}
        row += 1
    return row


def _owed(sheet: KmvSheet, row: int) -> int:
    """Interest to date of every tranche that bears any; then interest and principal fallen due, all tranches together."""
    page, native, found, rows = sheet.page, sheet.native, sheet.native.assessment, sheet.native.rows
    ranked = found.deal.by_rank
    for k, each in enumerate(ranked):
        if not has_interest(found.deal, each):
            continue
        balance = f"{sheet.flow.name}!{{p}}{sheet.uncalled.balance[each.tranche]}"
        page.line(
            row,
            f"累计利息 Interest to date: {each.tranche}",
            native.unit,
            f"={{p}}{{r}}+{rows.cell('coupon', each.tranche)}*{rows.cell('fraction')}*{balance}",
            found.due_points.interest[k],
            opening=0.0,
        )
        sheet.term_lines[each.tranche]["interest"] = row
        row += 1
    for k, each in enumerate(ranked):
        _owed_line(sheet, row, k)
        sheet.term_lines[each.tranche]["owed"] = row
        row += 1
    return row


def _owed_line(sheet: KmvSheet, row: int, k: int) -> None:
    """Interest and principal of one tranche fallen due: by its schedule, or all from the expected maturity on."""
    native, found, ref = sheet.native, sheet.native.assessment, sheet.native.deal.ref
    each, date = found.deal.by_rank[k], sheet.lines["date"]
    balance, interest = ref("tranches", k, "balance"), sheet.term_lines[each.tranche].get("interest")
    parameter = None
    if each.repayment == "scheduled":
        principal = f"{balance}*{native.rows.cell('share_due', each.tranche)}"
        due = each.balance * shares_due(found.deal, found.schedule)[k]
    else:
        at = max(found.schedule.index_of(each.expected_maturity), 0)
        dates, due_dates = sheet.page.across(date, fixed=True), native.rows.across("due_date")
        text = f'=INDEX({dates},MAX(1,COUNTIF({due_dates},"<="&{ref("tranches", k, "expected_maturity")})))'
        parameter = Live(text, found.schedule.dates[at], "date")
        principal = f"IF({{c}}${date}>=$C{row},{balance},0)"
        due = np.where(np.arange(native.periods) >= at, each.balance, 0.0)
    sheet.page.line(
        row,
        f"累计应付本息 Due to date: {each.tranche}",
        native.unit,
        f"={{c}}{interest}+{principal}" if interest else f"={principal}",
        found.due_points.interest[k] + due,
        parameter=parameter,
    )


def _fees(sheet: KmvSheet, row: int) -> int:
    native, found, here = sheet.native, sheet.native.assessment, sheet.here()
    scheduled = np.zeros(native.periods)
    for fee in found.deal.fees:
        if fee.basis == "scheduled":
            scheduled = scheduled + np.cumsum(fees_due(found.deal, found.schedule, fee.fee))
    exposures = [lines["exposure"] for lines in sheet.term_lines.values()]
    rates = {basis: native.fee_rate(basis)[1] for basis in ("collections", "outstanding", "fixed")}
    exposure = np.cumsum(opening_balances(sheet) * found.schedule.accruals, axis=1).sum(axis=0)
    others = (
        rates["collections"] * np.cumsum(native.expected)
        + rates["outstanding"] * exposure
        + rates["fixed"] * found.schedule.times
    )
    text = f"={here['on_cash']}*{{c}}{sheet.lines['collected']}+{here['fixed']}*{native.rows.cell('years')}"
    text += f"+{here['yearly']}*SUM({{c}}{exposures[0]}:{{c}}{exposures[-1]})"
    if found.deal.fee_schedule:
        label = "累计日程费用 Scheduled fees to date"
        names = [fee.fee for fee in found.deal.fees if native.rows.has("fee_due", fee.fee)]
        at = f"={{p}}{{r}}+{'+'.join(native.rows.cell('fee_due', name) for name in names)}"
        sheet.page.line(row, label, native.unit, at, scheduled, opening=0.0)
        text += f"+{{c}}{row}"
        row += 1
    sheet.lines["fees"] = row
    sheet.page.line(row, "累计费用 Fees to date", native.unit, text, others + scheduled)
    return row + 1


def _tranche_lines(sheet: KmvSheet, row: int, k: int) -> int:
    """Default point, DD, cumulative and forward PD of one tranche by date."""
    page, found, form = sheet.page, sheet.native.assessment, sheet.native.assessment.deal.model.form
    each, s, owned = found.deal.by_rank[k], sheet.local(sheet.parameters["s"]), sheet.lines["owned"]
    keys = ("default_point", "distance_to_default", "by_date", "probability_of_default", "forward_pd")
    lines = sheet.term_lines[each.tranche] | {key: row + i for i, key in enumerate(keys)}
    sheet.term_lines[each.tranche] = lines
    point, dd = lines["default_point"], lines["distance_to_default"]
    names = [one.tranche for one in found.deal.by_rank]
    first, last = (sheet.term_lines[names[i]]["owed"] for i in (0, sheet.class_ends[k]))
    values = found.due_points.default_points[k]
    page.line(
        point,
        f"违约点 Default point: {each.tranche}",
        sheet.native.unit,
        f"={{c}}${sheet.lines['fees']}+SUM({{c}}${first}:{{c}}${last})",
        values,
    )
    distance, alone = tail(found.deal.model, found.due_points.asset_values, values)
    shown = [float(value) if ok else "-" for value, ok in zip(distance, np.isfinite(distance), strict=True)]
    gap = forms.distance(form, f"{{c}}${owned}", f"{{c}}{point}", s)
    formula = f'=IF({{c}}${owned}*{{c}}{point}>0,{gap},"-")'
    _modelled_line(sheet, dd, f"违约距离 DD: {each.tranche}", formula, shown, "multiple", live=True)
    formula = f"=IF(ISNUMBER({{c}}{dd}),NORMSDIST(-N({{c}}{dd})),1*({{c}}{point}>0))"
    label = f"当日不足概率 Shortfall probability at the date: {each.tranche}"
    probability = _supported(sheet, k) if found.deal.support else alone.tolist()
    _modelled_line(sheet, lines["by_date"], label, formula, probability, "percent4", live=not found.deal.support)
    expected = sheet.native.deal.ref("tranches", k, "expected_maturity")
    due_dates = sheet.native.rows.across("due_date")
    count = f'=COUNTIF({due_dates},"<="&{expected})'
    page.formula(lines["by_date"], 3, count, found.schedule.index_of(each.expected_maturity) + 1, "integer")
    if sheet.is_template and not (sheet.has_formulas and not found.deal.support):
        # Nothing to accumulate: the dates' probabilities are no formulas.
        return row + 3
    cumulative = np.maximum.accumulate(np.array(probability))
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
    return row + len(keys)


def _supported(sheet: KmvSheet, k: int) -> list[float]:
    """By date: the pool short, and the payers unable to make it good."""
    found = sheet.native.assessment
    deal, due = found.deal, found.due_points
    multiples = [due_multiples(deal, due, k, t) for t in range(sheet.native.periods)]
    return [supported_probability(deal.model, deal.support, each) for each in multiples]


def _modelled_line(
    sheet: KmvSheet, row: int, label: str, formula: str, values: list[Any], kind: str, *, live: bool
) -> None:
    """A line of the model's form; computed values where it has no worksheet twin."""
    if live and forms.has_twin(sheet.native.assessment.deal.model.form):
        sheet.page.line(row, label, "-", formula, values, kind)
        return
    sheet.page.text(row, 1, label)
    sheet.page.text(row, 2, "-", "note")
    for i, value in enumerate(values):
        if sheet.is_template:
            sheet.page.text(row, 6 + i, "-", "calc")
        else:
            sheet.page.value(row, 6 + i, value, kind, "computed")


def opening_balances(sheet: KmvSheet) -> Floats:
    """Balances before each payment without a clean-up call, [tranche, date]."""
    found = sheet.native.assessment
    sizes = np.array([each.balance for each in found.deal.by_rank], dtype=np.float64)
    run = uncalled_case(found.deal, found.schedule, found.base)
    opening: Floats = np.concatenate([sizes[:, None], run.outstanding[:, 0, :-1]], axis=1)
    return opening
