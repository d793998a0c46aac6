"""KMV sheet, section three: the `waterfall` reading.

It starts from the break-even multiples, which are searched for, not a formula: computed values, from which the
rest is live again.
"""

from __future__ import annotations

import numpy as np

from addin.workbook.native import forms
from addin.workbook.native.kmv_sheet import NEVER, WATERFALL_HEADERS, KmvSheet, kind_of, title_of
from kmv_core.deal.break_even import MultipleScan
from kmv_core.risk.assess import TrancheAssessment


def write_waterfall_reading(sheet: KmvSheet, row: int) -> int:
    """Section three: the `waterfall` reading from its computed break-even multiples."""
    page = sheet.page
    page.section(row, "按偿付顺序口径（灰底为计算值）", "Reading: waterfall (grey: computed values)", page.width)
    page.headers(row + 1, 1, ["档次 Tranche", "次序 Rank", *map(title_of, WATERFALL_HEADERS)], height=62)
    top = sheet.waterfall_top = row + 2
    late = MultipleScan(sheet.native.assessment.deal, sheet.native.assessment.schedule).break_evens()[1]
    for k, result in enumerate(sheet.native.assessment.tranches):
        page.text(top + k, 1, result.name)
        page.value(top + k, 2, result.rank, "integer", "calc")
        _row(sheet, top + k, result, late[k].multiple)
    page.text(
        top + len(sheet.native.assessment.deal.by_rank),
        1,
        "临界倍数由求根得到，BreakEven 表用公式逐期验证。 Break-even multiples are searched for; sheet BreakEven proves each of them in formulas.",
        "note",
    )
    return top + len(sheet.native.assessment.deal.by_rank) + 1


def _row(sheet: KmvSheet, row: int, result: TrancheAssessment, late: float) -> None:
    page, form, w = sheet.page, sheet.native.assessment.deal.model.form, result.waterfall
    here = sheet.here()
    col = {key: f"${chr(67 + i)}{row}" for i, key in enumerate(WATERFALL_HEADERS)}
    place = {key: 3 + i for i, key in enumerate(WATERFALL_HEADERS)}
    q = w.break_even_multiple
    for key, value in (("break_even_multiple", q), ("extension_multiple", late)):
        page.value(row, place[key], value if np.isfinite(value) else NEVER, kind_of(key), "computed")
    page.value(row, place["expected_loss"], w.expected_loss, "percent4", "computed")
    if not (0.0 < q < np.inf):
        for key in ("default_point", "distance_to_default", "coverage", "cushion", "loss_given_default"):
            page.text(row, place[key], "-", "computed")
        for key in ("probability_of_default", "extension_probability"):
            page.value(row, place[key], getattr(w, key), kind_of(key), "computed")
    else:
        page.formula(
            row,
            place["default_point"],
            f"={col['break_even_multiple']}*{here['collected']}",
            w.default_point,
            "money",
        )
        page.formula(row, place["coverage"], f"=1/{col['break_even_multiple']}", w.coverage, "multiple")
        page.formula(row, place["cushion"], f"=1-{col['break_even_multiple']}", w.cushion, "percent")
        distance = forms.distance(form, "1", col["break_even_multiple"], here["s"])
        sheet.modelled(row, place["distance_to_default"], f"={distance}", w.distance_to_default, "multiple")
        sheet.modelled(
            row,
            place["probability_of_default"],
            f"=NORMSDIST(-{col['distance_to_default']})",
            w.probability_of_default,
            "percent4",
        )
        beyond = forms.distance(form, "1", col["extension_multiple"], here["s"])
        if np.isfinite(late) and late > 0:
            sheet.modelled(
                row,
                place["extension_probability"],
                f"=MAX(NORMSDIST(-{beyond}),{col['probability_of_default']})",
                w.extension_probability,
                "percent4",
            )
        else:
            page.value(row, place["extension_probability"], w.extension_probability, "percent4", "computed")
        sheet.modelled(
            row,
            place["loss_given_default"],
            f"={col['expected_loss']}/{col['probability_of_default']}",
            w.loss_given_default,
            "percent",
        )
    appetite = sheet.native.assessment.deal.appetite
    if appetite:
        limits, grades = (
            sheet.native.deal.column("appetite", "pd_limit"),
            sheet.native.deal.column("appetite", "grade"),
        )
        pd = col["probability_of_default"]
        text = f'=IF({pd}>MAX({limits}),"outside",INDEX({grades},1+COUNTIF({limits},"<"&{pd})))'
        page.formula(row, place["grade"], text, result.grade, "text")
    else:
        page.text(row, place["grade"], "-", "computed")
