"""Sensitivity tables: the `due` reading live, cell by cell; the `waterfall` reading as computed values beside it.

Each shock has its own asset value and default points in closed form, weighted lives held (kmv_core.risk.sensitivity):

    issue_size     D_k(x) = D_k + x (D_k - F0),  F0 = fees not charged on the balance
    coupon         D_k(x) = D_k + x sum over coupon-bearing j up to k of B_j WAL_j
    recovery_rate  A(x) = A + x collected,  D_k(x) = D_k + x (fees on collections)
    maturity       collections and lives cut at the moved date
    volatility     s(x) = s (1 + x)

They hold while interest is balance x coupon x life: flat coupons, interest counted between payment dates in ACT/365.
Elsewhere, and for other factors, a shock moves the whole run, and its columns are computed values.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from addin.workbook.native import forms
from addin.workbook.native.context import MASTER, Native
from addin.workbook.native.input_words import shock_format
from addin.workbook.native.kmv_sheet import KmvSheet
from addin.workbook.native.maturity_workings import write_workings
from addin.workbook.page import Page
from kmv_core.deal.deal import ShockSet
from kmv_core.deal.default_point import base_case, due_points
from kmv_core.deal.order import has_interest
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.factors import apply_shock, factor_of
from kmv_core.risk.sensitivity import Sensitivity, sensitivities, with_frozen_lives
from kmv_core.vocabulary.terms import FACTORS, TERMS

SHEET = "Sensitivity"
FACTOR_WORDS = {name: (factor_of(name).zh, factor_of(name).en) for name in FACTORS}
CLOSED_FORMS = ("issue_size", "coupon", "recovery_rate", "maturity", "volatility")
MODE_WORDS = {"relative": "相对 relative", "absolute": "绝对 absolute"}
_OUTPUTS = ("probability_of_default", "extension_probability", "distance_to_default")
SHOCK, OWNED, SPREAD, FIRST_TRANCHE = 1, 2, 3, 4
DUE_COLUMNS = ("default_point", "distance_to_default", "probability_of_default")
TABLES_A_PAGE, COLUMNS_A_PAGE = 3, 18
COMPUTED_COLUMNS = (
    ("waterfall", "probability_of_default"),
    ("waterfall", "extension_probability"),
    ("exact", "probability_of_default"),
)
EXACT_COLUMN = COMPUTED_COLUMNS[-1]
_SAME_TIME = 1e-12
"""Years of interest and years between payments closer than this are the same."""


@dataclass
class SensitivitySheet:
    """Where the tables stand."""

    page: Page
    tranches: int
    computed: tuple[tuple[str, str], ...] = COMPUTED_COLUMNS[:2]
    """Readings and results with a computed column each."""
    tops: dict[str, int] = field(default_factory=dict)
    """First shock's row by factor."""
    shocks: dict[str, ShockSet] = field(default_factory=dict)
    tables: dict[str, list[Sensitivity]] = field(default_factory=dict)

    def column(self, tranche: int, key: str) -> int:
        """The column of a tranche's result of the `due` reading; those of the computed readings follow."""
        return FIRST_TRANCHE + tranche * len(DUE_COLUMNS) + DUE_COLUMNS.index(key)

    def computed_column(self, tranche: int, reading: str, key: str) -> int:
        """The column of a tranche's computed result."""
        first = FIRST_TRANCHE + self.tranches * len(DUE_COLUMNS)
        return first + tranche * len(self.computed) + self.computed.index((reading, key))

    @property
    def headline(self) -> str:
        """The reading a committee is told first."""
        return "exact" if EXACT_COLUMN in self.computed else "waterfall"

    @property
    def width(self) -> int:
        return FIRST_TRANCHE - 1 + self.tranches * (len(DUE_COLUMNS) + len(self.computed))

    @property
    def pages_wide(self) -> int:
        return -(-self.width // COLUMNS_A_PAGE)

    def values(self, factor: str, reading: str, output: str) -> Sensitivity:
        return next(each for each in self.tables[factor] if (each.reading, each.output) == (reading, output))


def shock_kind(shock_set: ShockSet) -> str:
    """The number format of a shock: a share, or in absolute mode the factor's own unit."""
    return shock_format(shock_set.factor, shock_set.mode)


def holds(native: Native, factor: str) -> bool:
    """Whether the `due` reading under a shock is the closed form at the top of this file."""
    deal, schedule = native.assessment.deal, native.assessment.schedule
    if factor == "volatility":
        # Nothing but the spread moves.
        return True
    bearing = [each for each in deal.tranches if has_interest(deal, each)]
    flat = all(each.rate_type == "fixed" and each.step_up_date is None for each in bearing)
    same_time = not bearing or float(np.abs(schedule.fractions - schedule.accruals).max()) < _SAME_TIME
    plain = flat and same_time and factor in CLOSED_FORMS
    if factor == "maturity":
        # Another maturity has other dates: they must be the due dates, and the pool a curve.
        return plain and schedule.dates == schedule.due_dates and not deal.licences
    return plain


def write_sensitivity(native: Native, kmv: KmvSheet) -> SensitivitySheet:
    """One table a factor of the deal's [shocks]."""
    deal = native.assessment.deal
    page = native.book.page(SHEET)
    columns = COMPUTED_COLUMNS if native.assessment.exact is not None else COMPUTED_COLUMNS[:2]
    sheet = SensitivitySheet(page, len(deal.tranches), columns)
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
        if factor_of(shock_set.factor).has(deal):
            row = _Table(native, kmv, sheet, i, shock_set).write(row)
        else:
            zh, en = FACTOR_WORDS[shock_set.factor]
            page.text(row, 1, f"{zh}：项目无此项，不列表。 {en}: the deal has nothing of it, no table.", "note")
            row += 2
    if deal.shocks and not all(holds(native, each.factor) for each in deal.shocks):
        words = (
            "due 列为计算值者：浮动或跳升利率、计息基准、营业日顺延或因素本身使其无封闭公式。 "
            "Computed due columns: floating or stepped coupons, the day count, business days or the factor leave no closed form."
        )
        page.text(row, 1, words, "note")
        row += 1
    if deal.shocks and deal.support:
        words = (
            "DD 为资产池自身（不计补足）；PD 计入补足人，为计算值。 "
            "DD is the pool's own, without payers; the PD counts them and is a computed value."
        )
        page.text(row, 1, words, "note")
    if not deal.shocks:
        page.text(row, 1, "输入表 [shocks] 为空：无敏感性表。 The deal has no [shocks]: no table.", "note")
    return sheet


class _Table:
    """One factor's table."""

    def __init__(self, native: Native, kmv: KmvSheet, sheet: SensitivitySheet, order: int, shock_set: ShockSet) -> None:
        self.native, self.kmv, self.sheet, self.page = native, kmv, sheet, sheet.page
        self.order, self.set, self.factor = order, shock_set, shock_set.factor
        self.worked: dict[int, dict[str, str]] = {}
        self.deal = native.assessment.deal
        self.ranked = self.deal.by_rank
        self.frozen = with_frozen_lives(self.deal)
        self.live = holds(native, self.factor)
        readings = ("due", *dict.fromkeys(reading for reading, _ in sheet.computed))
        self.tables = sensitivities(
            self.deal, self.factor, shock_set.shocks, mode=shock_set.mode, outputs=_OUTPUTS, readings=readings
        )
        sheet.tops[self.factor], sheet.shocks[self.factor], sheet.tables[self.factor] = 0, shock_set, self.tables

    def write(self, row: int) -> int:
        page, sheet = self.page, self.sheet
        zh, en = FACTOR_WORDS[self.factor]
        mode = MODE_WORDS[self.set.mode]
        title = (
            (f"{zh}（{mode}）", en)
            if self.live
            else (f"{zh}（{mode}；due 列为计算值）", f"{en} (due columns computed)")
        )
        page.section(row, *title, sheet.width)
        names = [each.tranche for each in self.ranked]
        heads = ["冲击 Shock", "资产价值 Asset value", "波动率 Volatility"]
        heads += [f"{TERMS[key].symbol} due\n{name}" for name in names for key in DUE_COLUMNS]
        heads += [f"{TERMS[key].symbol} {reading}\n{name}" for name in names for reading, key in sheet.computed]
        page.headers(row + 1, 1, heads, height=48)
        top = sheet.tops[self.factor] = row + 2
        end = top + len(self.set.shocks)
        if self.factor == "maturity" and self.live:
            self.worked = {
                top + i: write_workings(self.kmv, page, self.frozen, self.set, top, i)
                for i in range(len(self.set.shocks))
                if not self.tables[0].problems[i]
            }
            end += len(self.set.shocks) + 2
        for i, shock in enumerate(self.set.shocks):
            self.line(top + i, i, shock)
        return end + 1

    def line(self, row: int, i: int, shock: float) -> None:
        page, sheet = self.page, self.sheet
        kind = shock_kind(self.set)
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
        self.cell(row, OWNED, self.owned(row) if self.live else "", float(points.asset_values[-1]), "money")
        page.formula(row, SPREAD, "=" + self.spread(row), shocked.model.total_volatility, "percent")
        for k in range(len(self.ranked)):
            self.due(row, i, k, float(points.default_points[k, -1]))
            for reading, key in sheet.computed:
                value = float(self.value(reading, key).values[i, k])
                page.value(row, sheet.computed_column(k, reading, key), value, "percent4", "computed")

    def due(self, row: int, i: int, k: int, point: float) -> None:
        """The `due` reading of one tranche under one shock."""
        at = {key: self.sheet.column(k, key) for key in DUE_COLUMNS}
        cell = {key: self.page.ref(row, column, sheet=False) for key, column in at.items()}
        self.cell(row, at["default_point"], self.owed(row, k) if self.live else "", point, "money")
        distance = float(self.value("due", "distance_to_default").values[i, k])
        probability = float(self.value("due", "probability_of_default").values[i, k])
        form = self.deal.model.form
        live = forms.has_twin(form) and np.isfinite(distance)
        text = forms.distance(form, f"$B{row}", cell["default_point"], f"$C{row}")
        if np.isfinite(distance):
            self.cell(row, at["distance_to_default"], text if live else "", distance, "multiple")
        else:
            self.page.text(row, at["distance_to_default"], "-", "computed")
        # With payers the distance is the pool's own, the probability is not N(-DD).
        text = f"NORMSDIST(-{cell['distance_to_default']})" if live and not self.deal.support else ""
        self.cell(row, at["probability_of_default"], text, probability, "percent4")

    def cell(self, row: int, column: int, formula: str, value: float, kind: str) -> None:
        """A formula, or a computed value where there is none."""
        if formula:
            self.page.formula(row, column, f"={formula}", value, kind)
        else:
            self.page.value(row, column, value, kind, "computed")

    def value(self, reading: str, output: str) -> Sensitivity:
        return self.sheet.values(self.factor, reading, output)

    def scale(self, row: int, base: str) -> str:
        """The factor's multiple under the shock, as formula text."""
        return f"(1+$A{row})" if self.set.mode == "relative" else f"(1+$A{row}/{base})"

    def recovery_scale(self, row: int) -> str:
        """A pool of licences moves with its fees, in either mode."""
        if self.deal.licences:
            return f"(1+$A{row})"
        return self.scale(row, self.native.deal.ref("recovery", "recovery_rate"))

    def owned(self, row: int) -> str:
        p, ref = self.kmv.parameters, self.native.deal.ref
        if self.factor == "recovery_rate":
            return f"{p['owned']}+{p['collected']}*({self.recovery_scale(row)}-1)"
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
            held = f"{p['on_cash']}*{p['collected']}-{p['fixed']}*{p['years']}-{p['scheduled']}"
            size = f"$A{row}" if self.set.mode == "relative" else f"$A{row}/{ref('deal', 'issue_size')}"
            return f"{point}+({point}-{held})*{size}"
        if self.factor == "recovery_rate":
            return f"{point}+{p['on_cash']}*{p['collected']}*({self.recovery_scale(row)}-1)"
        if self.factor == "coupon":
            k = self.kmv.class_ends[k]
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
