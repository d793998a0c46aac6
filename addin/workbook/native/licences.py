"""The Licences sheet: the contracts, the days their fees fall due, and the fees by payment date, as kmv_core.deal.cash_in.

A fee counts at the first payment date whose collection period ends on or after its day, up to the patent's expiry.
Expected of a contract is its fee x (1 - PD x LGD).
"""

from __future__ import annotations

import dataclasses

from openpyxl.utils import get_column_letter

from addin.workbook.native.context import MASTER, Native
from addin.workbook.timeline import FIRST, Timeline
from kmv_core.deal.cash_in import contract_fees, fee_dates, licensee_pd
from kmv_core.deal.deal import Deal
from kmv_core.vocabulary.terms import TERMS

SHEET = "Licences"
TOP = 6
FEE, FIRST_DATE, COUNT, MONTHS, PD, LGD, KEPT, LAST_DAY = range(2, 10)
_LINKS = (
    (FEE, "fee_amount", "money"),
    (FIRST_DATE, "first_fee_date", "date"),
    (COUNT, "fee_count", "integer"),
    (MONTHS, "months_between", "integer"),
    (LGD, "lgd", "percent"),
)


def kept_shares(deal: Deal) -> str:
    """The range of 1 - PD x LGD, a contract a row."""
    return f"{SHEET}!$H${TOP + 1}:$H${TOP + len(deal.licences)}"


def fee_date_area(deal: Deal, i: int) -> str:
    """The days on which the fees of one contract fall due."""
    row = _numbers_row(deal) + 1 + i
    last = get_column_letter(FIRST + deal.licences[i].fee_count - 1)
    return f"{SHEET}!${get_column_letter(FIRST)}${row}:${last}${row}"


def _numbers_row(deal: Deal) -> int:
    return TOP + len(deal.licences) + 3


def write_licences(native: Native, page: Timeline) -> None:
    """Contracts, fee dates and fees by payment date; the collection periods are already written."""
    page.heading(
        "许可合同与许可费",
        "Licences",
        (
            "回答：各许可合同何时付费、付多少，被许可方违约后预期还能收多少。",
            "Answers: when each licence pays and how much, and what share is expected after licensees' defaults.",
        ),
        native.unit,
        MASTER,
    )
    _contracts(native, page)
    numbers = _numbers_row(native.assessment.deal)
    _fee_dates(native, page, numbers)
    _fees(native, page, numbers)


def _contracts(native: Native, page: Timeline) -> None:
    deal, ref = native.assessment.deal, native.deal.ref
    titles = [f"{TERMS[key].zh} {TERMS[key].en}" for key in ("licensee", "fee_amount", "first_fee_date", "fee_count")]
    titles += [f"{TERMS['months_between'].zh} {TERMS['months_between'].en}", "违约概率 PD", "违约损失率 LGD"]
    titles += ["预期可收占比 Share expected", "最后有效日 Last day"]
    page.headers(TOP, 1, titles, height=48)
    for i, each in enumerate(deal.licences):
        row = TOP + 1 + i
        page.text(row, 1, each.licensee)
        for column, key, kind in _LINKS:
            page.formula(row, column, f"={ref('licences', i, key)}", getattr(each, key), kind)
        pd = licensee_pd(deal, each)
        typed, grade = ref("licences", i, "probability_of_default"), ref("licences", i, "credit_grade")
        looked_up = f"={typed}"
        if deal.grade_table:
            grades = native.deal.column("grade_table", "credit_grade")
            table = native.deal.column("grade_table", "grade_pd")
            looked_up = f'=IF({typed}="",INDEX({table},MATCH({grade},{grades},0)),{typed})'
        page.formula(row, PD, looked_up, pd, "percent")
        page.formula(row, KEPT, f"=1-F{row}*G{row}", 1.0 - pd * each.lgd, "percent")
        expiry, legal = ref("licences", i, "patent_expiry_date"), ref("deal", "legal_maturity")
        page.formula(
            row, LAST_DAY, f'=IF({expiry}="",{legal},{expiry})', each.patent_expiry_date or deal.legal_maturity, "date"
        )


def _fee_dates(native: Native, page: Timeline, numbers: int) -> None:
    """Days the fees fall due, one contract a row, those after the patent's expiry too."""
    contracts = native.assessment.deal.licences
    page.section(
        numbers - 1,
        "许可费日期（到期后的不计入）",
        "Days the fees fall due; those after the last day do not count",
        page.width,
    )
    page.text(numbers, 1, "笔数 Fee number")
    for k in range(max(each.fee_count for each in contracts)):
        page.value(numbers, FIRST + k, k + 1, "integer", "calc")
    for i, each in enumerate(contracts):
        row = numbers + 1 + i
        page.text(row, 1, each.licensee)
        page.text(row, 2, "日期 date", "note")
        for k, date in enumerate(fee_dates(dataclasses.replace(each, patent_expiry_date=None))):
            letter = get_column_letter(FIRST + k)
            contract = TOP + 1 + i
            page.formula(row, FIRST + k, f"=EDATE($C${contract},({letter}${numbers}-1)*$E${contract})", date, "date")


def _fees(native: Native, page: Timeline, numbers: int) -> None:
    contracts = native.assessment.deal.licences
    head = numbers + len(contracts) + 2
    page.section(head, "各支付日许可费（合同约定）", "Fees by payment date, as promised", page.width)
    page.time_headers(head + 1)
    before, end = native.rows.cell("window_end", column="{p}"), native.rows.cell("window_end")
    for i, (each, fees) in enumerate(
        zip(contracts, contract_fees(native.assessment.deal, native.assessment.schedule), strict=True)
    ):
        row, dates, contract = head + 2 + i, numbers + 1 + i, TOP + 1 + i
        area = f"${get_column_letter(FIRST)}${dates}:${get_column_letter(FIRST + each.fee_count - 1)}${dates}"
        page.line(
            native.rows.put("licence_fees", page, row, str(i)),
            each.licensee,
            native.unit,
            f'=$B${contract}*COUNTIFS({area},">"&{before},{area},"<="&{end},{area},"<="&$I${contract})',
            fees,
            total=True,
        )
