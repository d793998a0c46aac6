"""Worksheet functions in the template's cells, each with the result the function itself gives."""

from __future__ import annotations

from addin.functions import REGISTRY
from addin.functions.tranche import COLUMNS
from addin.workbook.native.context import FUNCTIONS_OUTSIDE, MASTER, Native
from addin.workbook.native.kmv_sheet import KmvSheet, kind_of, title_of
from addin.workbook.native.sensitivity import FACTOR_WORDS, MODE_WORDS, shock_kind
from addin.workbook.page import Page
from kmv_core.vocabulary.terms import READINGS, TERMS

READING_WORDS = {
    "exact": ("精确枚举（首要口径）", "every set of licensees in default: the headline (exact)"),
    "waterfall": ("按偿付顺序", "through the waterfall (waterfall)"),
    "due": ("按应付金额", "by what falls due (due)"),
}
WITH_PAYERS = {
    True: ("，违约概率计入补足人", ", PD with payers of support"),
    False: ("", ""),
}


def readings_of(native: Native) -> tuple[str, ...]:
    """The readings a deal has, the headline first."""
    return ("exact", *READINGS) if native.assessment.exact is not None else READINGS


def write_functions_on_kmv(native: Native, kmv: KmvSheet) -> None:
    """TRANCHE_PD in every reading, and KMV_DD and KMV_PD of the `due` default points, under the native sections."""
    page = kmv.page
    row = page.sheet.max_row + 2
    page.break_before(row)
    page.text(row, 1, FUNCTIONS_OUTSIDE, "note")
    row += 1
    tranches = native.assessment.tranches
    has_payers = bool(native.assessment.deal.support)
    for reading in readings_of(native):
        words = zip(READING_WORDS[reading], WITH_PAYERS[has_payers], strict=True)
        zh, en = (f"{each}{payers}" for each, payers in words)
        page.section(row, f"工作表函数 TRANCHE_PD：{zh}", en, page.width)
        page.headers(row + 1, 1, ["档次 Tranche", "次序 Rank", *(title_of(key) for key in COLUMNS)], height=62)
        for k, each in enumerate(tranches):
            page.text(row + 2 + k, 1, each.name)
            page.value(row + 2 + k, 2, each.rank, "integer", "calc")
        results = REGISTRY["TRANCHE_PD"].call(native.deal.layout.block, reading)
        page.array(
            row + 2,
            3,
            f'=TRANCHE_PD(deal,"{reading}")',
            results,
            [kind_of(key) if key not in ("attachment", "detachment") else "percent" for key in COLUMNS],
        )
        row += 3 + len(tranches)
    alone = ("，仅资产池、不计补足人", ", of the pool alone, without payers of support") if has_payers else ("", "")
    page.section(
        row,
        f"工作表函数 KMV_DD、KMV_PD：按应付金额口径的违约点{alone[0]}",
        f"on the default points of the due reading{alone[1]}",
        page.width,
    )
    page.headers(
        row + 1,
        1,
        [
            "档次 Tranche",
            "次序 Rank",
            title_of("default_point"),
            title_of("distance_to_default"),
            title_of("probability_of_default"),
        ],
        height=48,
    )
    owned, spread = kmv.local(kmv.parameters["owned"]), kmv.local(kmv.parameters["s"])
    form = native.assessment.deal.model.form
    at_form = native.deal.ref("model", "form")
    for k, each in enumerate(tranches):
        r = row + 2 + k
        page.text(r, 1, each.name)
        page.value(r, 2, each.rank, "integer", "calc")
        page.formula(r, 3, f"={kmv.local(kmv.due(k, 'default_point'))}", each.due.default_point, "money")
        model = native.assessment.deal.model
        inputs = (
            float(native.assessment.due_points.asset_values[-1]),
            each.due.default_point,
            model.total_volatility,
            0.0,
            1.0,
            form,
        )
        page.formula(
            r, 4, f"=KMV_DD({owned},$C{r},{spread},0,1,{at_form})", REGISTRY["KMV_DD"].call(*inputs), "multiple", "calc"
        )
        dof = native.deal.ref("model", "dof")
        page.formula(
            r,
            5,
            f"=KMV_PD({owned},$C{r},{spread},0,1,{at_form},{dof})",
            REGISTRY["KMV_PD"].call(*inputs, model.dof),
            "percent4",
            "calc",
        )


def write_sensitivity_cells(native: Native) -> Page:
    """One block a factor: shocks down, tranches across, PD in every reading by SENSITIVITY."""
    page = native.book.page("Sensitivity")
    names = [each.name for each in native.assessment.tranches]
    readings = readings_of(native)
    width = 1 + len(readings) * len(names)
    page.heading(
        "敏感性分析",
        "Sensitivity",
        (
            "回答：各因素变动后，各档违约概率如何变化。冲击在 Deal 表 [shocks] 中修改。",
            "Answers: how the PD of each tranche moves with each factor. The shocks are set on sheet Deal, [shocks].",
        ),
        native.unit,
        MASTER,
    )
    page.widths(26, *[22] * (width - 1))
    page.text(6, 1, FUNCTIONS_OUTSIDE, "note")
    row = 7
    for i, shock_set in enumerate(native.assessment.deal.shocks):
        zh, en = FACTOR_WORDS[shock_set.factor]
        page.section(row, f"{zh}（{MODE_WORDS[shock_set.mode]}）", en, width)
        page.headers(
            row + 1,
            1,
            [
                "冲击 Shock",
                *(
                    f"{TERMS['probability_of_default'].symbol} {reading}\n{name}"
                    for reading in readings
                    for name in names
                ),
            ],
            height=34,
        )
        top = row + 2
        for j, shock in enumerate(shock_set.shocks):
            source = native.deal.ref("shocks", i, f"shock_{j + 1}")
            page.formula(top + j, 1, f"={source}", shock, shock_kind(shock_set))
        last = top + len(shock_set.shocks) - 1
        factor, mode = native.deal.ref("shocks", i, "factor"), native.deal.ref("shocks", i, "mode")
        for block, reading in enumerate(readings):
            results = REGISTRY["SENSITIVITY"].call(
                native.deal.layout.block,
                shock_set.factor,
                [[each] for each in shock_set.shocks],
                None,
                shock_set.mode,
                None,
                reading,
            )
            page.array(
                top,
                2 + block * len(names),
                f'=SENSITIVITY(deal,{factor},$A${top}:$A${last},,{mode},,"{reading}")',
                results,
                ["percent4"] * len(names),
            )
        row = last + 2
        if i % 2 == 1:
            page.break_before(row)
    return page
