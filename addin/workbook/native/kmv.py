"""The KMV sheet: asset value, default point, distance to default, PD and loss of every tranche, live.

The `due` reading is native from the inputs. The `waterfall` reading starts from the break-even multiples,
which are searched for, not a formula: computed values, from which the rest is live again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from addin.workbook.native import collections as coll
from addin.workbook.native import forms
from addin.workbook.native.context import MASTER, Native
from addin.workbook.native.waterfall import Block
from addin.workbook.timeline import Live, Timeline
from kmv_core.deal.break_even import MultipleScan
from kmv_core.risk.assess import TrancheAssessment, put, tail
from kmv_core.risk.sizing import safe_sizes
from kmv_core.vocabulary.terms import TERMS

SHEET = "KMV"
PARAMETERS_TOP = 6
NEVER = "无法足额 never paid"
DUE_HEADERS = (
    "balance",
    "coupon",
    "weighted_life",
    "interest",
    "to_date",
    "default_point",
    "distance_to_default",
    "probability_of_default",
    "coverage",
    "cushion",
    "put",
    "expected_loss",
    "loss_given_default",
    "safe_balance",
)
WATERFALL_HEADERS = (
    "break_even_multiple",
    "default_point",
    "distance_to_default",
    "probability_of_default",
    "coverage",
    "cushion",
    "extension_multiple",
    "extension_probability",
    "expected_loss",
    "loss_given_default",
    "grade",
)
_OTHER_TITLES = {
    "interest": "利息 Interest over life",
    "to_date": "本息累计 Principal and interest, cumulative",
    "put": "预期缺口 Expected shortfall E[(D-A)+]",
    "safe_balance": "安全规模 Safe size at target PD",
    "extension_multiple": "展期临界倍数 Break-even to expected maturity",
}


@dataclass
class KmvSheet:
    """Where the results stand."""

    page: Timeline
    waterfall: Block
    parameters: dict[str, str]
    """Addresses of the parameters, with the sheet."""
    due_top: int = 0
    waterfall_top: int = 0
    term_lines: dict[str, dict[str, int]] = field(default_factory=dict)
    """Rows of the term structure by tranche and result."""

    def due(self, k: int, key: str) -> str:
        return self.page.ref(self.due_top + k, 3 + DUE_HEADERS.index(key))

    def by_waterfall(self, k: int, key: str) -> str:
        return self.page.ref(self.waterfall_top + k, 3 + WATERFALL_HEADERS.index(key))

    def local(self, address: str) -> str:
        return address.removeprefix(f"{self.page.name}!")


def title_of(key: str) -> str:
    """The bilingual heading of a result."""
    return _OTHER_TITLES.get(key) or f"{TERMS[key].zh} {TERMS[key].en}"


def kind_of(key: str) -> str:
    """The number format of a result."""
    if key in ("probability_of_default", "extension_probability", "expected_loss"):
        return "percent4"
    if key in ("cushion", "loss_given_default", "coupon"):
        return "percent"
    if key in ("coverage", "break_even_multiple", "extension_multiple", "distance_to_default"):
        return "multiple"
    return "years" if key == "weighted_life" else ("text" if key == "grade" else "money")


def write_kmv(native: Native, waterfall: Timeline, base: Block, *, with_waterfall_reading: bool) -> KmvSheet:
    """The sheet; the template leaves the waterfall reading to its worksheet functions."""
    page = Timeline(native.book, SHEET, native.periods)
    page.heading(
        "KMV 违约距离与违约概率",
        "Distance to default and default probability",
        (
            "回答：各档违约距离、违约概率与损失是多少；按应付金额（due）与按偿付顺序（waterfall）两种口径。",
            "Answers: how far each tranche is from default, and its PD and loss, by what falls due and through the waterfall.",
        ),
        native.unit,
        MASTER,
    )
    writer = _Writer(native, page, waterfall, base)
    sheet = writer.parameters()
    row = writer.due(sheet, PARAMETERS_TOP + len(sheet.parameters) + 2)
    if with_waterfall_reading:
        row = writer.by_waterfall(sheet, row + 1)
    writer.term_structure(sheet, row + 1)
    return sheet


class _Writer:
    def __init__(self, native: Native, page: Timeline, waterfall: Timeline, base: Block) -> None:
        self.native, self.page, self.base, self.flow = native, page, base, waterfall
        self.found = native.assessment
        self.model = self.found.deal.model
        self.ranked = self.found.deal.by_rank
        self.points = self.found.due_points

    def parameters(self) -> KmvSheet:
        """Section one: the numbers every result uses, one a row."""
        page, deal, ref = self.page, self.found.deal, self.native.deal.ref
        page.section(PARAMETERS_TOP, "参数", "Parameters", page.width)
        collected = float(self.found.base.collections.sum())
        years = float(self.found.schedule.times[-1])
        (on_cash, cash_value), (yearly, yearly_value), (fixed, fixed_value) = (
            self.native.fee_rate(basis) for basis in ("collections", "outstanding", "fixed")
        )
        exposure = float((self.points.lives * np.array([each.balance for each in self.ranked])).sum())
        fees = cash_value * collected + yearly_value * exposure + fixed_value * years
        last = page.last
        rows: list[tuple[str, str, str, str, float, str]] = [
            (
                "s",
                "回收总额波动率 Volatility of total collections",
                "小数 decimal",
                f"={ref('model', 'total_volatility')}",
                self.model.total_volatility,
                "percent",
            ),
            (
                "target",
                "目标违约概率 Target default probability",
                "小数 decimal",
                f"={ref('model', 'target_pd')}",
                self.model.target_pd,
                "percent",
            ),
            (
                "collected",
                "预期净回收总额 Expected net collections",
                self.native.unit,
                f"={coll.SHEET}!$D${coll.NET}",
                collected,
                "money",
            ),
            (
                "owned",
                "资产价值 Asset value (plus initial reserve)",
                self.native.unit,
                f"=$C${{collected}}+{ref('reserve', 'reserve_initial')}",
                collected + deal.reserve.reserve_initial,
                "money",
            ),
            (
                "years",
                "至法定到期 Years to legal maturity",
                "年 years",
                f"={coll.SHEET}!${last}${coll.YEARS}",
                years,
                "years",
            ),
            ("on_cash", "按回收额计费率 Fee rate on collections", "小数 decimal", f"={on_cash}", cash_value, "percent"),
            (
                "yearly",
                "按余额计年费率 Yearly fee rate on balance",
                "小数 decimal",
                f"={yearly}",
                yearly_value,
                "percent",
            ),
            ("fixed", "年固定费用 Fixed fees a year", self.native.unit, f"={fixed}", fixed_value, "money"),
            (
                "fees",
                "费用合计 Fees over life",
                self.native.unit,
                "=$C${on_cash}*$C${collected}+$C${yearly}*SUMPRODUCT({balances},{lives})+$C${fixed}*$C${years}",
                fees,
                "money",
            ),
        ]
        at = {name: PARAMETERS_TOP + 1 + i for i, (name, *_) in enumerate(rows)}
        top = PARAMETERS_TOP + len(rows) + 4
        end = top + len(self.ranked) - 1
        spans = {"balances": f"$C${top}:$C${end}", "lives": f"$E${top}:$E${end}"}
        for name, label, unit, formula, value, kind in rows:
            page.text(at[name], 1, label)
            page.text(at[name], 2, unit, "note")
            page.formula(at[name], 3, formula.format(**at, **spans), value, kind)
        page.text(
            at["s"], 5, f"模型形式 Form: {self.model.form}；期限 horizon 1，漂移 drift 0（按全周期总额）。", "note"
        )
        page.text(
            at["s"] + 1,
            5,
            "DD = (ln(A/D) - s^2/2)/s, PD = N(-DD) (lognormal); D = 费用 fees + 本息 principal and interest.",
            "note",
        )
        return KmvSheet(page, self.base, {name: page.ref(row, 3) for name, row in at.items()})

    def due(self, sheet: KmvSheet, row: int) -> int:
        """Section two: the `due` reading, one tranche a row."""
        page, ref, form = self.page, self.native.deal.ref, self.model.form
        page.section(row, "按应付金额口径", "Reading: due", page.width)
        page.headers(row + 1, 1, ["档次 Tranche", "次序 Rank", *map(title_of, DUE_HEADERS)], height=62)
        top = sheet.due_top = row + 2
        here = {name: sheet.local(address) for name, address in sheet.parameters.items()}
        owned, s = here["owned"], here["s"]
        points = self.points.default_points[:, -1]
        puts = put(self.model, float(self.points.asset_values[-1]), points)
        safe = safe_sizes(self.found)
        interest = self.points.lives * np.array([each.balance * each.coupon for each in self.ranked])
        to_date = np.cumsum([each.balance for each in self.ranked]) + np.cumsum(interest)
        for k, (each, result) in enumerate(zip(self.ranked, self.found.tranches, strict=True)):
            r = top + k
            col = {key: f"${chr(67 + i)}{r}" for i, key in enumerate(DUE_HEADERS)}
            above = {key: f"${chr(67 + i)}{r - 1}" for i, key in enumerate(DUE_HEADERS)}
            balance_row = self.base.balance[each.tranche]
            outstanding = f"{self.flow.name}!E{balance_row}:{page.before_last}{balance_row}"
            accruals = coll_range(self.flow, coll.ACCRUAL)
            distance = forms.distance(form, owned, col["default_point"], s)
            put_text = forms.put(form, owned, col["default_point"], s, col["distance_to_default"])
            loss = (
                f"={col['put']}/{col['default_point']}"
                if k == 0
                else f"=({col['put']}-{above['put']})/({col['default_point']}-{above['default_point']})"
            )
            carried = f"(1+({col['coupon']}+{here['yearly']})*{col['weighted_life']})"
            live: dict[str, tuple[str, float]] = {
                "balance": (f"={ref('tranches', k, 'balance')}", each.balance),
                "coupon": (f"={ref('tranches', k, 'coupon')}", each.coupon),
                "weighted_life": (
                    f"=SUMPRODUCT({outstanding},{accruals})/{col['balance']}",
                    float(self.points.lives[k]),
                ),
                "interest": (f"={col['balance']}*{col['coupon']}*{col['weighted_life']}", float(interest[k])),
                "to_date": (f"=SUM($C${top}:$C{r})+SUM($F${top}:$F{r})", float(to_date[k])),
                "default_point": (f"={col['to_date']}+{here['fees']}", float(points[k])),
                "coverage": (f"={owned}/{col['default_point']}", result.due.coverage),
                "cushion": (f"=1-{col['default_point']}/{owned}", result.due.cushion),
            }
            modelled: dict[str, tuple[str, float]] = {
                "distance_to_default": (f"={distance}", result.due.distance_to_default),
                "probability_of_default": (
                    f"=NORMSDIST(-{col['distance_to_default']})",
                    result.due.probability_of_default,
                ),
                "put": (f"={put_text}", float(puts[k])),
                "expected_loss": (loss, result.due.expected_loss),
                "loss_given_default": (
                    f"={col['expected_loss']}/{col['probability_of_default']}",
                    result.due.loss_given_default,
                ),
                "safe_balance": (
                    f"=MAX({col['balance']}+({forms.safe_point(form, owned, here['target'], s)}-{col['default_point']})/{carried},0)",
                    safe[k].safe_balance,
                ),
            }
            page.text(r, 1, each.tranche)
            page.value(r, 2, each.rank, "integer", "calc")
            for i, key in enumerate(DUE_HEADERS):
                if key in live:
                    page.formula(r, 3 + i, *live[key], kind_of(key))
                else:
                    self.modelled(r, 3 + i, *modelled[key], kind_of(key))
        return top + len(self.ranked)

    def modelled(self, row: int, column: int, formula: str, value: float, kind: str) -> None:
        """A formula of the model's form; a computed value where the form has no worksheet twin."""
        if not np.isfinite(value):
            self.page.text(row, column, "-", "computed")
        elif forms.has_twin(self.model.form):
            self.page.formula(row, column, formula, value, kind)
        else:
            self.page.value(row, column, value, kind, "computed")

    def by_waterfall(self, sheet: KmvSheet, row: int) -> int:
        """Section three: the `waterfall` reading from its computed break-even multiples."""
        page = self.page
        page.section(row, "按偿付顺序口径（灰底为计算值）", "Reading: waterfall (grey: computed values)", page.width)
        page.headers(row + 1, 1, ["档次 Tranche", "次序 Rank", *map(title_of, WATERFALL_HEADERS)], height=62)
        top = sheet.waterfall_top = row + 2
        late = MultipleScan(self.found.deal, self.found.schedule).break_evens()[1]
        for k, result in enumerate(self.found.tranches):
            page.text(top + k, 1, result.name)
            page.value(top + k, 2, result.rank, "integer", "calc")
            self.waterfall_row(sheet, top + k, result, late[k].multiple)
        page.text(
            top + len(self.ranked),
            1,
            "临界倍数由求根得到，BreakEven 表用公式逐期验证。 Break-even multiples are searched for; sheet BreakEven proves each of them in formulas.",
            "note",
        )
        return top + len(self.ranked) + 1

    def waterfall_row(self, sheet: KmvSheet, row: int, result: TrancheAssessment, late: float) -> None:
        page, form, w = self.page, self.model.form, result.waterfall
        here = {name: sheet.local(address) for name, address in sheet.parameters.items()}
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
            self.modelled(row, place["distance_to_default"], f"={distance}", w.distance_to_default, "multiple")
            self.modelled(
                row,
                place["probability_of_default"],
                f"=NORMSDIST(-{col['distance_to_default']})",
                w.probability_of_default,
                "percent4",
            )
            beyond = forms.distance(form, "1", col["extension_multiple"], here["s"])
            if np.isfinite(late) and late > 0:
                self.modelled(
                    row,
                    place["extension_probability"],
                    f"=MAX(NORMSDIST(-{beyond}),{col['probability_of_default']})",
                    w.extension_probability,
                    "percent4",
                )
            else:
                page.value(row, place["extension_probability"], w.extension_probability, "percent4", "computed")
            self.modelled(
                row,
                place["loss_given_default"],
                f"={col['expected_loss']}/{col['probability_of_default']}",
                w.loss_given_default,
                "percent",
            )
        appetite = self.found.deal.appetite
        if appetite:
            limits, grades = (
                self.native.deal.column("appetite", "pd_limit"),
                self.native.deal.column("appetite", "grade"),
            )
            pd = col["probability_of_default"]
            text = f'=IF({pd}>MAX({limits}),"outside",INDEX({grades},1+COUNTIF({limits},"<"&{pd})))'
            page.formula(row, place["grade"], text, result.grade, "text")
        else:
            page.text(row, place["grade"], "-", "computed")

    def term_structure(self, sheet: KmvSheet, row: int) -> int:
        """Section four: `due` reading by payment date, time across."""
        page, native, points = self.page, self.native, self.points
        page.section(
            row,
            "期限结构（按应付金额口径，截至各支付日）",
            "Term structure (reading: due, up to each date)",
            page.width,
        )
        page.time_headers(row + 1)
        row += 2
        here = {name: sheet.local(address) for name, address in sheet.parameters.items()}
        date, owned = row, row + 1
        page.line(
            date,
            "支付日 Payment date",
            "日期 date",
            f"={coll.SHEET}!{{c}}${coll.DATE}",
            self.found.schedule.dates,
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
        opening = self.opening()
        exposure = np.cumsum(opening * self.found.schedule.accruals, axis=1)
        exposures: list[int] = []
        for k, each in enumerate(self.ranked):
            flow = f"{self.flow.name}!{{p}}{self.base.balance[each.tranche]}*{coll.SHEET}!{{c}}${coll.ACCRUAL}"
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
        collected = np.cumsum(self.found.base.collections[0])
        fees = (
            rates["collections"] * collected
            + rates["outstanding"] * exposure.sum(axis=0)
            + rates["fixed"] * self.found.schedule.times
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
        for k, each in enumerate(self.ranked):
            row = self.tranche_lines(sheet, row, k, before, exposures[k], date, owned)
            before = f"{{c}}{sheet.term_lines[each.tranche]['default_point']}"
        page.text(
            row,
            1,
            "本金自预期到期日起计入应付，故以上概率含展期；法定到期违约概率见上方两表。 Principal counts from the expected maturity, so these include extension; default by legal maturity is in the tables above.",
            "note",
        )
        return row + 1

    def tranche_lines(
        self, sheet: KmvSheet, row: int, k: int, before: str, exposure: int, date: int, owned: int
    ) -> int:
        """Default point, DD, cumulative and forward PD of one tranche by date."""
        page, each, form = self.page, self.ranked[k], self.model.form
        ref, s = self.native.deal.ref, sheet.local(sheet.parameters["s"])
        schedule = self.found.schedule
        index = min(max(schedule.index_of(each.expected_maturity), 0), native_last(schedule.dates))
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
            self.native.unit,
            f"={before}+{ref('tranches', k, 'coupon')}*{{c}}{exposure}+IF({{c}}${date}>=$C{point},{balance},0)",
            self.points.default_points[k],
            parameter=Live(due_from, schedule.dates[index], "date"),
        )
        distance, probability = tail(self.model, self.points.asset_values, self.points.default_points[k])
        usual = np.isfinite(distance)
        shown = [float(value) if ok else "-" for value, ok in zip(distance, usual, strict=True)]
        gap = forms.distance(form, f"{{c}}${owned}", f"{{c}}{point}", s)
        dd = lines["distance_to_default"]
        terms = [
            (dd, f"违约距离 DD: {each.tranche}", f'=IF({{c}}${owned}*{{c}}{point}>0,{gap},"-")', shown, "multiple"),
            (
                lines["by_date"],
                f"当日不足概率 Shortfall probability at the date: {each.tranche}",
                f"=IF(ISNUMBER({{c}}{dd}),NORMSDIST(-N({{c}}{dd})),1*({{c}}{point}>0))",
                probability,
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

    def opening(self) -> np.ndarray:
        sizes = np.array([each.balance for each in self.ranked], dtype=np.float64)
        return np.concatenate([sizes[:, None], self.found.base.outstanding[:, 0, :-1]], axis=1)


def native_last(dates: tuple[object, ...]) -> int:
    """The index of the last payment date."""
    return len(dates) - 1


def coll_range(page: Timeline, row: int) -> str:
    """The dates of a line of the Collections sheet."""
    return f"{coll.SHEET}!{page.across(row)}"
