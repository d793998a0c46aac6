"""KMV sheet, section three: the `waterfall` reading, and for licences the exact one.

Both start from what no formula finds: the break-even multiples are searched for, the sets of licensees listed. Those
are computed values, from which the rest is live again.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from addin.workbook.native import forms
from addin.workbook.native.kmv_sheet import (
    EXACT_HEADERS,
    FIRST_RESULT,
    NEAR_CERTAIN,
    NEVER,
    WATERFALL_HEADERS,
    KmvSheet,
    columns_of,
    kind_of,
    title_of,
)
from addin.workbook.native.kmv_support import LEAST, SupportSheet
from kmv_core.deal.break_even import MultipleScan
from kmv_core.risk.assess import Reading, grade_of


def waterfall_end(sheet: KmvSheet, row: int) -> int:
    """The first row under section three, if it starts at `row`; sets where its lines stand."""
    found = sheet.native.assessment
    sheet.waterfall_top = row + 2
    row = sheet.waterfall_top + len(found.tranches) + 1
    if found.exact is not None:
        sheet.exact_top = row + 3
        row = sheet.exact_top + len(found.tranches) + 1
    return row


def write_waterfall_reading(sheet: KmvSheet, row: int, support: SupportSheet | None) -> None:
    """Section three: the `waterfall` reading from its computed break-even multiples."""
    page, found = sheet.page, sheet.native.assessment
    words = ("按偿付顺序口径（灰底为计算值）", "Reading: waterfall (grey: computed values)")
    if found.exact is not None:
        words = (f"{words[0]}：论文的对数正态近似", f"{words[1]}: the lognormal of the thesis")
    page.section(row, *words, sheet.width)
    page.headers(row + 1, 1, ["档次 Tranche", "次序 Rank", *map(title_of, WATERFALL_HEADERS)], height=62)
    late = MultipleScan(found.deal, found.schedule).break_evens()[1]
    for k, result in enumerate(found.tranches):
        at = sheet.waterfall_top + k
        page.text(at, 1, result.name)
        page.value(at, 2, result.rank, "integer", "calc")
        _row(sheet, k, late[k].multiple, support)
    note = "临界倍数由求根得到，BreakEven 表用公式逐期验证。 Break-even multiples are searched for; sheet BreakEven proves each of them in formulas."
    page.text(sheet.waterfall_top + len(found.tranches), 1, note, "note")
    if found.exact is not None:
        _exact(sheet)


def _row(sheet: KmvSheet, k: int, late: float, support: SupportSheet | None) -> None:
    page, found, here = sheet.page, sheet.native.assessment, sheet.here()
    row, form, w = sheet.waterfall_top + k, found.deal.model.form, found.tranches[k].waterfall
    col = columns_of(WATERFALL_HEADERS, row)
    place = {key: FIRST_RESULT + i for i, key in enumerate(WATERFALL_HEADERS)}
    q = w.break_even_multiple
    has_multiple = 0.0 < q < np.inf
    for key, value in (("break_even_multiple", q), ("extension_multiple", late)):
        page.value(row, place[key], value if np.isfinite(value) else NEVER, kind_of(key), "computed")
    page.value(row, place["expected_loss"], w.expected_loss, "percent4", "computed")
    if has_multiple:
        point = f"={col['break_even_multiple']}*{here['collected']}"
        page.formula(row, place["default_point"], point, w.default_point, "money")
        page.formula(row, place["coverage"], f"=1/{col['break_even_multiple']}", w.coverage, "multiple")
        page.formula(row, place["cushion"], f"=1-{col['break_even_multiple']}", w.cushion, "percent")
        distance = forms.distance(form, "1", col["break_even_multiple"], here["s"])
        sheet.modelled(row, place["distance_to_default"], f"={distance}", w.distance_to_default, "multiple")
        alone = f"=NORMSDIST(-{col['distance_to_default']})"
        sheet.modelled(row, place["unsupported_pd"], alone, w.unsupported_pd, "percent4")
    else:
        for key in ("default_point", "distance_to_default", "coverage", "cushion"):
            page.text(row, place[key], "-", "computed")
        page.value(row, place["unsupported_pd"], w.unsupported_pd, "percent4", "computed")
    if support is not None:
        for key, test in (("probability_of_default", "legal"), ("extension_probability", "expected")):
            support.show(sheet, row, place[key], ("waterfall", test, k), getattr(w, key))
    else:
        _alone(sheet, row, w, late)
    loss = f"={col['expected_loss']}/{col['probability_of_default']}"
    if support is None or w.probability_of_default > LEAST:
        sheet.modelled(row, place["loss_given_default"], loss, w.loss_given_default, "percent")
    else:
        sheet.computed(row, place["loss_given_default"], w.loss_given_default, "percent")
    _grade(sheet, row, place["grade"], col["probability_of_default"], w.probability_of_default)


def _alone(sheet: KmvSheet, row: int, w: Reading, late: float) -> None:
    """Default and extension probability without payers."""
    page, s, form = sheet.page, sheet.here()["s"], sheet.native.assessment.deal.model.form
    col = columns_of(WATERFALL_HEADERS, row)
    place = {key: FIRST_RESULT + i for i, key in enumerate(WATERFALL_HEADERS)}
    pd, extension = place["probability_of_default"], place["extension_probability"]
    if 0.0 < w.break_even_multiple < np.inf:
        sheet.modelled(row, pd, f"={col['unsupported_pd']}", w.probability_of_default, "percent4")
    else:
        page.value(row, pd, w.probability_of_default, "percent4", "computed")
    if 0.0 < late < np.inf:
        beyond = forms.distance(form, "1", col["extension_multiple"], s)
        text = f"=MAX(NORMSDIST(-{beyond}),{col['probability_of_default']})"
        sheet.modelled(row, extension, text, w.extension_probability, "percent4")
    else:
        page.value(row, extension, w.extension_probability, "percent4", "computed")


def _exact(sheet: KmvSheet) -> None:
    """Every set of licensees in default: probabilities computed, distance, loss given default and grade live."""
    page, found, top = sheet.page, sheet.native.assessment, sheet.exact_top
    count = len({each.licensee for each in found.deal.licences})
    page.section(
        top - 2,
        f"精确枚举：{count} 名被许可人的全部违约组合（首要口径）",
        f"Exact enumeration of every set of {count} licensees in default (the headline)",
        sheet.width,
    )
    page.headers(top - 1, 1, ["档次 Tranche", "次序 Rank", *map(title_of, EXACT_HEADERS)], height=48)
    for k, result in enumerate(found.tranches):
        row, exact = top + k, result.exact
        if exact is None:
            continue
        page.text(row, 1, result.name)
        page.value(row, 2, result.rank, "integer", "calc")
        col = columns_of(EXACT_HEADERS, row)
        place = {key: FIRST_RESULT + i for i, key in enumerate(EXACT_HEADERS)}
        for key in ("probability_of_default", "extension_probability", "expected_loss"):
            page.value(row, place[key], getattr(exact, key), "percent4", "computed")
        pd = exact.probability_of_default
        if NEAR_CERTAIN < pd < 1.0 - NEAR_CERTAIN:
            text = f"=-NORMSINV({col['probability_of_default']})"
            page.formula(row, place["distance_to_default"], text, float(-special.ndtri(pd)), "multiple")
            text = f"={col['expected_loss']}/{col['probability_of_default']}"
            page.formula(row, place["loss_given_default"], text, exact.loss_given_default, "percent")
        else:
            for key in ("distance_to_default", "loss_given_default"):
                page.text(row, place[key], "-", "computed")
        _grade(sheet, row, place["grade"], col["probability_of_default"], pd)
    note = (
        "违约概率由核心逐一枚举被许可人违约组合并运行瀑布得到（灰底）；DD = -N^-1(PD)。 "
        "PDs: every set of licensees in default paid through the waterfall by the core (grey); DD = -N^-1(PD)."
    )
    page.text(top + len(found.tranches), 1, note, "note")


def _grade(sheet: KmvSheet, row: int, column: int, pd: str, value: float) -> None:
    native = sheet.native
    deal = native.assessment.deal
    if not deal.appetite:
        sheet.page.text(row, column, "-", "computed")
        return
    limits, grades = (native.deal.column("appetite", key) for key in ("pd_limit", "grade"))
    text = f'=IF({pd}>MAX({limits}),"outside",INDEX({grades},1+COUNTIF({limits},"<"&{pd})))'
    sheet.page.formula(row, column, text, grade_of(deal, value), "text")
