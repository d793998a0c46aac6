"""Sensitivity tables: the `due` reading live, cell by cell; the `waterfall` reading as computed values beside it.

Each shock has its own asset value and default points in closed form, weighted lives held (kmv_core.risk.sensitivity):

    issue_size     D_k(x) = F0 + (1 + x)(D_k - F0),  F0 = fees not charged on the balance
    coupon         D_k(x) = D_k + x sum over coupon-bearing j up to k of B_j WAL_j
    recovery_rate  A(x) = A + x collected,  D_k(x) = D_k + x (fees on collections)
    maturity       collections and lives cut at the moved date
    volatility     s(x) = s (1 + x)
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from addin.workbook.native import collections as coll
from addin.workbook.native import forms
from addin.workbook.native.context import MASTER, Native
from addin.workbook.native.kmv_sheet import KmvSheet
from addin.workbook.native.recovery_curve import CurveFormulas
from addin.workbook.page import Page
from kmv_core.deal.deal import ShockSet
from kmv_core.deal.default_point import base_case, due_points
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.factors import apply_shock
from kmv_core.risk.sensitivity import Sensitivity, sensitivities, with_frozen_lives
from kmv_core.vocabulary.terms import TERMS

SHEET = "Sensitivity"
FACTOR_WORDS = {
    "issue_size": ("发行规模", "Issue size"),
    "coupon": ("票面利率", "Coupon"),
    "recovery_rate": ("回收率", "Recovery rate"),
    "maturity": ("法定期限", "Maturity"),
    "volatility": ("波动率", "Volatility"),
}
_OUTPUTS = ("probability_of_default", "extension_probability", "distance_to_default")
SHOCK, OWNED, SPREAD, FIRST_TRANCHE = 1, 2, 3, 4
DUE_COLUMNS = ("default_point", "distance_to_default", "probability_of_default")
TABLES_A_PAGE = 3
COMPUTED_COLUMNS = ("probability_of_default", "extension_probability")


@dataclass
class SensitivitySheet:
    """Where the tables stand."""

    page: Page
    tranches: int
    tops: dict[str, int] = field(default_factory=dict)
    """First shock's row by factor."""
    shocks: dict[str, ShockSet] = field(default_factory=dict)
    tables: dict[str, list[Sensitivity]] = field(default_factory=dict)

    def column(self, tranche: int, key: str, *, computed: bool = False) -> int:
        """The column of a tranche's result: the live ones first, then the computed ones."""
        if computed:
            return (
                FIRST_TRANCHE
                + self.tranches * len(DUE_COLUMNS)
                + tranche * len(COMPUTED_COLUMNS)
                + COMPUTED_COLUMNS.index(key)
            )
        return FIRST_TRANCHE + tranche * len(DUE_COLUMNS) + DUE_COLUMNS.index(key)

    @property
    def width(self) -> int:
        return FIRST_TRANCHE - 1 + self.tranches * (len(DUE_COLUMNS) + len(COMPUTED_COLUMNS))

    def values(self, factor: str, reading: str, output: str) -> Sensitivity:
        return next(each for each in self.tables[factor] if (each.reading, each.output) == (reading, output))


def write_sensitivity(native: Native, kmv: KmvSheet) -> SensitivitySheet:
    """One table a factor of the deal's [shocks]."""
    deal = native.assessment.deal
    page = native.book.page(SHEET)
    sheet = SensitivitySheet(page, len(deal.tranches))
    page.heading(
        "敏感性分析",
        "Sensitivity",
        (
            "回答：各因素变动后，各档违约概率如何变化。加权期限保持不变；次级规模随发行规模同比例变动。",
            "Answers: how the PD of each tranche moves with each factor. Weighted lives are held; subordination moves with the issue size.",
        ),
        native.unit,
        MASTER,
    )
    page.widths(24, 13, 11, *[13] * (sheet.width - 3))
    row = 6
    for i, shock_set in enumerate(deal.shocks):
        if i and i % TABLES_A_PAGE == 0:
            page.break_before(row)
        row = _Table(native, kmv, sheet, i, shock_set).write(row)
    if not deal.shocks:
        page.text(row, 1, "输入表 [shocks] 为空：无敏感性表。 The deal has no [shocks]: no table.", "note")
    return sheet


class _Table:
    """One factor's table."""

    def __init__(self, native: Native, kmv: KmvSheet, sheet: SensitivitySheet, order: int, shock_set: ShockSet) -> None:
        self.native, self.kmv, self.sheet, self.page = native, kmv, sheet, sheet.page
        self.order, self.set, self.factor = order, shock_set, shock_set.factor
        self.worked: dict[int, dict[str, str]] = {}
        self.offset = 0
        self.deal = native.assessment.deal
        self.ranked = self.deal.by_rank
        self.frozen = with_frozen_lives(self.deal)
        self.tables = sensitivities(self.deal, self.factor, shock_set.shocks, mode=shock_set.mode, outputs=_OUTPUTS)
        sheet.tops[self.factor], sheet.shocks[self.factor], sheet.tables[self.factor] = 0, shock_set, self.tables

    def write(self, row: int) -> int:
        page, sheet = self.page, self.sheet
        zh, en = FACTOR_WORDS[self.factor]
        mode = {"relative": "相对 relative", "absolute": "绝对 absolute"}[self.set.mode]
        page.section(row, f"{zh}（{mode}）", en, sheet.width)
        names = [each.tranche for each in self.ranked]
        heads = ["冲击 Shock", "资产价值 Asset value", "波动率 Volatility"]
        heads += [f"{TERMS[key].symbol} due\n{name}" for name in names for key in DUE_COLUMNS]
        heads += [f"{TERMS[key].symbol} waterfall\n{name}" for name in names for key in COMPUTED_COLUMNS]
        page.headers(row + 1, 1, heads, height=48)
        top = sheet.tops[self.factor] = row + 2
        end = top + len(self.set.shocks)
        if self.factor == "maturity":
            self.offset = len(self.set.shocks) + 2
            self.worked = {
                top + i: self.workings(top + i, i)
                for i in range(len(self.set.shocks))
                if not self.tables[0].problems[i]
            }
            end += self.offset
        for i, shock in enumerate(self.set.shocks):
            self.line(top + i, i, shock)
        return end + 1

    def line(self, row: int, i: int, shock: float) -> None:
        page, sheet = self.page, self.sheet
        kind = {"relative": "percent", "absolute": "shift_years" if self.factor == "maturity" else "percent"}[
            self.set.mode
        ]
        page.formula(row, SHOCK, f"={self.native.deal.ref('shocks', self.order, f'shock_{i + 1}')}", shock, kind)
        problems = self.tables[0].problems[i]
        if problems:
            for column in range(OWNED, sheet.width + 1):
                page.text(
                    row,
                    column,
                    problems[0].code if column > OWNED else f"{problems[0].code} {problems[0].zh}",
                    "computed",
                )
            return
        shocked = apply_shock(self.frozen, self.factor, shock, self.set.mode)
        schedule = schedule_of(shocked)
        points = due_points(shocked, schedule, base_case(shocked, schedule))
        owned, spread = f"$B{row}", f"$C{row}"
        page.formula(row, OWNED, "=" + self.owned(row), float(points.asset_values[-1]), "money")
        page.formula(row, SPREAD, "=" + self.spread(row), shocked.model.total_volatility, "percent")
        form = self.deal.model.form
        for k in range(len(self.ranked)):
            at = {key: sheet.column(k, key) for key in DUE_COLUMNS}
            cell = {key: page.ref(row, column, sheet=False) for key, column in at.items()}
            page.formula(
                row, at["default_point"], "=" + self.owed(row, k), float(points.default_points[k, -1]), "money"
            )
            distance = float(self.value("due", "distance_to_default").values[i, k])
            probability = float(self.value("due", "probability_of_default").values[i, k])
            if forms.has_twin(form) and np.isfinite(distance):
                text = forms.distance(form, owned, cell["default_point"], spread)
                page.formula(row, at["distance_to_default"], f"={text}", distance, "multiple")
                page.formula(
                    row,
                    at["probability_of_default"],
                    f"=NORMSDIST(-{cell['distance_to_default']})",
                    probability,
                    "percent4",
                )
            else:
                page.value(
                    row, at["distance_to_default"], distance if np.isfinite(distance) else "-", "multiple", "computed"
                )
                page.value(row, at["probability_of_default"], probability, "percent4", "computed")
            for key in COMPUTED_COLUMNS:
                value = float(self.value("waterfall", key).values[i, k])
                page.value(row, sheet.column(k, key, computed=True), value, "percent4", "computed")

    def value(self, reading: str, output: str) -> Sensitivity:
        return self.sheet.values(self.factor, reading, output)

    def scale(self, row: int, base: str) -> str:
        """The factor's multiple under the shock, as formula text."""
        return f"(1+$A{row})" if self.set.mode == "relative" else f"(1+$A{row}/{base})"

    def owned(self, row: int) -> str:
        p, ref = self.kmv.parameters, self.native.deal.ref
        if self.factor == "recovery_rate":
            return f"{p['owned']}+{p['collected']}*({self.scale(row, ref('recovery', 'recovery_rate'))}-1)"
        if self.factor == "maturity":
            return f"{self.worked[row]['collected']}+{ref('reserve', 'reserve_initial')}"
        return p["owned"]

    def spread(self, row: int) -> str:
        s = self.kmv.parameters["s"]
        if self.factor != "volatility":
            return s
        return f"{s}*(1+$A{row})" if self.set.mode == "relative" else f"{s}+$A{row}"

    def owed(self, row: int, k: int) -> str:
        p, ref = self.kmv.parameters, self.native.deal.ref
        point = self.kmv.due(k, "default_point")
        if self.factor == "issue_size":
            held = f"({p['on_cash']}*{p['collected']}+{p['fixed']}*{p['years']})"
            return f"{held}+({point}-{held})*{self.scale(row, ref('deal', 'issue_size'))}"
        if self.factor == "recovery_rate":
            return f"{point}+{p['on_cash']}*{p['collected']}*({self.scale(row, ref('recovery', 'recovery_rate'))}-1)"
        if self.factor == "coupon":
            first, last = self.kmv.due(0, "balance"), self.kmv.page.ref(self.kmv.due_top + k, 3, sheet=False)
            if self.set.mode == "relative":
                interest = f"{self.kmv.due(0, 'interest')}:{self.kmv.page.ref(self.kmv.due_top + k, 6, sheet=False)}"
                return f"{point}+$A{row}*SUM({interest})"
            coupons = f"{self.kmv.due(0, 'coupon')}:{self.kmv.page.ref(self.kmv.due_top + k, 4, sheet=False)}"
            lives = f"{self.kmv.due(0, 'weighted_life')}:{self.kmv.page.ref(self.kmv.due_top + k, 5, sheet=False)}"
            return f"{point}+$A{row}*SUMPRODUCT(1*({coupons}>0),{first}:{last},{lives})"
        if self.factor == "maturity":
            return self.worked[row][f"owed {k}"]
        return point

    def workings(self, shocked_row: int, i: int) -> dict[str, str]:
        """Under the table: moved date, collections, capped lives and default points of one shift of the maturity."""
        page, deal, p, ref = self.page, self.deal, self.kmv.parameters, self.native.deal.ref
        shocked = apply_shock(self.frozen, self.factor, self.set.shocks[i], self.set.mode)
        schedule = schedule_of(shocked)
        points = due_points(shocked, schedule, base_case(shocked, schedule))
        row, left = shocked_row + self.offset, 2
        n = len(self.ranked)
        cell = {
            name: page.ref(row, left + j, sheet=False)
            for j, name in enumerate(("date", "years", "window", "share", "collected"))
        }
        life, interest, owed = ([page.ref(row, left + 5 + j * n + k, sheet=False) for k in range(n)] for j in range(3))
        if shocked_row == self.sheet.tops[self.factor]:
            names = [each.tranche for each in self.ranked]
            heads = [
                "法定期限计算 Workings",
                "法定到期日\nLegal maturity",
                "年数 Years",
                "回收年数\nYears of recovery",
                "回收进度 Share",
                "净回收 Collected",
            ]
            heads += [f"期限 Life\n{name}" for name in names] + [f"余额×年\nBalance x years\n{name}" for name in names]
            heads += [f"违约点 D\n{name}" for name in names]
            page.headers(row - 1, 1, heads, height=48)
        page.formula(
            row, 1, f"=$A{shocked_row}", self.set.shocks[i], "shift_years" if self.set.mode == "absolute" else "percent"
        )
        closing, cutoff, lag = ref("deal", "closing_date"), ref("pool", "cutoff_date"), ref("deal", "collection_lag")
        legal = ref("deal", "legal_maturity")
        months = f"12*$A{row}" if self.set.mode == "absolute" else f"12*$A{row}*({legal}-{closing})/365"
        page.formula(row, left, f"=EDATE({legal},INT({months}+0.5))", shocked.legal_maturity, "date")
        page.formula(row, left + 1, f"=({cell['date']}-{closing})/365", float(schedule.times[-1]), "years")
        window = float(deal.loans.curve_time(schedule.window_ends[-1]))
        curve = CurveFormulas(self.native, SHEET)
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
        spent = f"{p['on_cash']}*{cell['collected']}+{p['fixed']}*{cell['years']}"
        exposure = np.array([each.balance for each in self.ranked]) * points.lives
        for k in range(n):
            page.formula(
                row,
                left + 5 + k,
                f"=MIN({self.kmv.due(k, 'weighted_life')},{cell['years']})",
                float(points.lives[k]),
                "years",
            )
            page.formula(row, left + 5 + n + k, f"={self.kmv.due(k, 'balance')}*{life[k]}", float(exposure[k]), "money")
            carried = f"{p['yearly']}*SUM({interest[0]}:{interest[-1]})+{spent}" if k == 0 else owed[k - 1]
            page.formula(
                row,
                left + 5 + 2 * n + k,
                f"={self.kmv.due(k, 'balance')}+{self.kmv.due(k, 'coupon')}*{interest[k]}+{carried}",
                float(points.default_points[k, -1]),
                "money",
            )
        return cell | {f"owed {k}": each for k, each in enumerate(owed)}
