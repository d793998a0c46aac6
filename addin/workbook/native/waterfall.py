"""The waterfall as a block of native formulas: what is available, due and paid at every date.

One block stands for one run; the base case, the proof of a break-even multiple and the spot check of a shock
are the same block under other parameters. The lines follow the run's own list of steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from addin.workbook.native import collections as coll
from addin.workbook.native.context import TOLERANCE_CELL, Native
from addin.workbook.timeline import Live, Timeline
from kmv_core.deal.order import Step
from kmv_core.deal.payments import REPAID_TOLERANCE
from kmv_core.deal.waterfall import Waterfall

KIND_WORDS = {
    "fee": ("费用", "fee"),
    "interest": ("利息", "interest"),
    "reserve": ("流动性储备", "reserve"),
    "principal": ("本金", "principal"),
    "fixed_return": ("固定收益", "fixed return"),
    "residual": ("剩余", "residual"),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number the block is run under: an input (the text of a number) or a formula, and its value."""

    value: float
    formula: str = ""
    computed: bool = False


@dataclass
class Block:
    """Where the lines of a written block stand, by row."""

    top: int
    multiple: int = 0
    available: int = 0
    collections: int = 0
    due: dict[Step, int] = field(default_factory=dict)
    paid: dict[Step, int] = field(default_factory=dict)
    balance: dict[str, int] = field(default_factory=dict)
    reserve: int = 0
    imbalance: int = 0
    unpaid_interest: dict[str, int] = field(default_factory=dict)
    unpaid_principal: dict[str, int] = field(default_factory=dict)
    end: int = 0


def write_block(
    page: Timeline,
    top: int,
    native: Native,
    run: Waterfall,
    title: tuple[str, str],
    *,
    multiple: Parameter,
    size: Parameter | None = None,
    coupon: Parameter | None = None,
) -> Block:
    """Write one run ([one path]) from row `top` on."""
    return _Writer(page, top, native, run, multiple, size or Parameter(1.0), coupon or Parameter(0.0)).write(title)


class _Writer:
    def __init__(
        self,
        page: Timeline,
        top: int,
        native: Native,
        run: Waterfall,
        multiple: Parameter,
        size: Parameter,
        coupon: Parameter,
    ) -> None:
        self.page, self.native, self.run = page, native, run
        self.parameters = {"multiple": multiple, "size": size, "coupon": coupon}
        self.block = Block(top)
        self.row = top
        self.cells: dict[str, str] = {}
        deal = native.assessment.deal
        self.order = {each.tranche: i for i, each in enumerate(deal.by_rank)}
        self.fee_order = {each.fee: i for i, each in enumerate(deal.fees)}
        self.opening = np.concatenate(
            [np.array([[each.balance] for each in run.tranches]), run.outstanding[:, 0, :-1]], axis=1
        )
        self.accruals = native.assessment.schedule.accruals

    def write(self, title: tuple[str, str]) -> Block:
        self.page.section(self.row, *title, self.page.width)
        self.row += 1
        self._parameters()
        self.page.time_headers(self.row)
        self.row += 1
        self._dates()
        # Rows are laid out before any formula is written: dues look at balances that stand further down.
        self._lay_out()
        self._available()
        self._due()
        self._paid()
        self._balances()
        self._tests()
        self.block.end = self.row
        return self.block

    def _parameters(self) -> None:
        words = {
            "multiple": "回收倍数 Multiple of expected collections q",
            "size": "发行规模倍数 Multiple of the issue size",
            "coupon": "票面利率变动 Shift of coupons",
        }
        for key, label in words.items():
            chosen = self.parameters[key]
            self.page.text(self.row, 1, label)
            self.page.text(self.row, 2, "小数/年 decimal" if key == "coupon" else "倍 multiple", "note")
            if chosen.formula:
                self.page.formula(self.row, 3, chosen.formula, chosen.value, "multiple")
            else:
                self.page.value(self.row, 3, chosen.value, "multiple", "computed" if chosen.computed else "calc")
            self.cells[key] = f"$C${self.row}"
            self.row += 1
        self.block.multiple = self.row - len(words)

    def _dates(self) -> None:
        self.date, self.accrual = self.row, self.row + 1
        dates = self.native.assessment.schedule.dates
        self.page.line(self.date, "支付日 Payment date", "日期 date", f"={coll.SHEET}!{{c}}${coll.DATE}", dates, "date")
        self.page.line(
            self.accrual, "计息期 Accrual", "年 years", f"={coll.SHEET}!{{c}}${coll.ACCRUAL}", self.accruals, "years"
        )
        self.row += 2

    def _lay_out(self) -> None:
        block, row = self.block, self.row
        block.collections, self.opening_reserve, block.available = row, row + 1, row + 2
        self.interest_year = row + 4
        row += 5
        for step in self.run.steps:
            if step.kind != "residual":
                block.due[step] = row
                row += 1
        row += 1
        for step in self.run.steps:
            block.paid[step] = row
            row += 1
        row += 1
        for each in self.run.tranches:
            block.balance[each.tranche] = row
            row += 1
        block.reserve, block.imbalance = row, row + 2
        row += 3
        for each in self.run.tranches:
            if Step("interest", each.tranche) in block.due:
                block.unpaid_interest[each.tranche] = row
                row += 1
            block.unpaid_principal[each.tranche] = row
            row += 1
        rows = list(block.balance.values())
        self.balances = f"{{p}}{rows[0]}:{{p}}{rows[-1]}"
        self.coupons = f"$C${rows[0]}:$C${rows[-1]}"

    def _available(self) -> None:
        page, block, unit, run = self.page, self.block, self.native.unit, self.run
        reserve = np.concatenate([[run.reserve_initial], run.reserve[0, :-1]])
        page.line(
            block.collections,
            "净回收款 Net collections",
            unit,
            f"={coll.SHEET}!{{c}}${coll.NET}*{self.cells['multiple']}",
            run.collections[0],
            total=True,
        )
        page.line(self.opening_reserve, "加：期初储备 Plus: opening reserve", unit, f"={{p}}{block.reserve}", reserve)
        page.line(
            block.available,
            "可分配资金 Available",
            unit,
            f"={{c}}{block.collections}+{{c}}{self.opening_reserve}",
            run.collections[0] + reserve,
            role="total",
        )
        coupons = np.array([each.coupon for each in run.tranches])
        page.line(
            self.interest_year,
            "当前余额年利息 Interest a year on the balance",
            unit,
            f"=SUMPRODUCT({self.coupons},{self.balances})",
            coupons @ self.opening,
        )

    def _due(self) -> None:
        for i, step in enumerate(self.run.steps):
            if step.kind == "residual":
                continue
            row = self.block.due[step]
            formula, parameter = self._owed(step, row)
            self.page.line(
                row, f"应付 Due: {_words(step)}", self.native.unit, formula, self.run.due[i, 0], parameter=parameter
            )

    def _owed(self, step: Step, row: int) -> tuple[str, Live | None]:
        """The formula of what is due at a step, and the rate it is charged at."""
        deal, ref = self.native.assessment.deal, self.native.deal.ref
        paid = self.block.paid[step]
        arrears = f"+{{p}}{row}-{{p}}{paid}"
        if step.kind == "fee":
            i = self.fee_order[step.payee]
            fee = deal.fees[i]
            base = {
                "collections": f"{{c}}{self.block.collections}",
                "outstanding": f"{{c}}{self.accrual}*SUM({self.balances})",
                "fixed": f"{{c}}{self.accrual}",
            }[fee.basis]
            kind = "money" if fee.basis == "fixed" else "percent"
            return f"=$C{row}*{base}{arrears}", Live(f"={ref('fees', i, 'rate')}", fee.rate, kind)
        if step.kind == "reserve":
            (yearly, yearly_value), (fixed, fixed_value) = (
                self.native.fee_rate("outstanding"),
                self.native.fee_rate("fixed"),
            )
            self._reserve_rates(yearly, yearly_value, fixed, fixed_value)
            target = (
                f"=IF({{c}}{self.interest_year}>$E${self.fee_memo},$C{row}*{{n}}{self.accrual}*"
                f"({{c}}{self.interest_year}+$C${self.fee_memo}*SUM({self.balances})+$D${self.fee_memo}),0)"
            )
            return target, Live(f"={ref('reserve', 'reserve_multiple')}", deal.reserve.reserve_multiple, "multiple")
        i = self.order[step.payee]
        balance = f"{{p}}{self.block.balance[step.payee]}"
        if step.kind == "principal":
            return f"={balance}", None
        key = "coupon" if step.kind == "interest" else "fixed_return"
        rate = getattr(self.run.tranches[i], key)
        source = f"=$C${self.block.balance[step.payee]}" if key == "coupon" else f"={ref('tranches', i, key)}"
        return f"=$C{row}*{{c}}{self.accrual}*{balance}{arrears}", Live(source, rate, "percent")

    def _reserve_rates(self, yearly: str, yearly_value: float, fixed: str, fixed_value: float) -> None:
        """Fee rates of the reserve target: a decimal of the balance and an amount a year, on one line."""
        self.fee_memo = self.interest_year - 1
        self.page.text(self.fee_memo, 1, "年费率 C、年固定费用 D、付清判定 E Rate, fixed, repaid below")
        self.page.text(self.fee_memo, 2, "小数、金额", "note")
        self.page.formula(self.fee_memo, 3, f"={yearly}", yearly_value, "percent")
        self.page.formula(self.fee_memo, 4, f"={fixed}", fixed_value, "money")
        size = self.native.assessment.deal.issue_size * self.parameters["size"].value
        least = f"={TOLERANCE_CELL}*{self.native.deal.ref('deal', 'issue_size')}*{self.cells['size']}"
        self.page.formula(self.fee_memo, 5, least, REPAID_TOLERANCE * size, "tiny")

    def _paid(self) -> None:
        before = 0
        for i, step in enumerate(self.run.steps):
            row = self.block.paid[step]
            left = f"{{c}}${self.block.available}" + (
                f"-SUM({{c}}${self.block.paid[self.run.steps[0]]}:{{c}}{before})" if before else ""
            )
            formula = f"={left}" if step.kind == "residual" else f"=MIN({{c}}{self.block.due[step]},{left})"
            self.page.line(
                row,
                f"实付 Paid: {_words(step)}",
                self.native.unit,
                formula,
                self.run.paid[i, 0],
                total=step.kind != "reserve",
            )
            before = row

    def _balances(self) -> None:
        deal, ref = self.native.assessment.deal, self.native.deal.ref
        base = {each.tranche: each for each in deal.tranches}
        for i, each in enumerate(self.run.tranches):
            coupon, balance = ref("tranches", i, "coupon"), ref("tranches", i, "balance")
            # A tranche without interest has none to shift.
            shifted = f"={coupon}+{self.cells['coupon']}" if base[each.tranche].coupon > 0 else f"={coupon}"
            self.page.line(
                self.block.balance[each.tranche],
                f"余额 Balance: {each.tranche}",
                self.native.unit,
                f"={{p}}{{r}}-{{c}}{self.block.paid[Step('principal', each.tranche)]}",
                self.run.outstanding[i, 0],
                parameter=Live(shifted, each.coupon, "percent"),
                opening=Live(f"={balance}*{self.cells['size']}", each.balance),
            )
        reserve_step = Step("reserve")
        source = f"={{c}}{self.block.paid[reserve_step]}" if reserve_step in self.block.paid else "=0"
        self.page.line(
            self.block.reserve,
            "余额 Balance: 流动性储备 reserve",
            self.native.unit,
            source,
            self.run.reserve[0],
            opening=Live(f"={ref('reserve', 'reserve_initial')}", self.run.reserve_initial),
        )

    def _tests(self) -> None:
        block, run = self.block, self.run
        paid = list(block.paid.values())
        self.page.line(
            block.imbalance,
            "检验 Test: 流入减流出 cash in less cash out",
            self.native.unit,
            f"={{c}}{block.available}-SUM({{c}}{paid[0]}:{{c}}{paid[-1]})",
            run.imbalance()[0],
            "tiny",
        )
        self.row = block.imbalance + 1
        for i, each in enumerate(run.tranches):
            if each.tranche in block.unpaid_interest:
                step = Step("interest", each.tranche)
                self.row = self.page.line(
                    block.unpaid_interest[each.tranche],
                    f"检验 Test: 未付利息 unpaid interest, {each.tranche}",
                    self.native.unit,
                    f"={{c}}{block.due[step]}-{{c}}{block.paid[step]}",
                    run.shortfall("interest", each.tranche)[0],
                    "money",
                )
            self.row = self.page.line(
                block.unpaid_principal[each.tranche],
                f"检验 Test: 未偿本金占比 principal unpaid, {each.tranche}",
                "小数 decimal",
                f"={{c}}{block.balance[each.tranche]}/$E{block.balance[each.tranche]}",
                run.outstanding[i, 0] / each.balance,
                "percent",
            )


def _words(step: Step) -> str:
    zh, en = KIND_WORDS[step.kind]
    return f"{zh} {en}, {step.payee}" if step.payee else f"{zh} {en}"
