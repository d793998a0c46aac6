"""Page one, for the committee: the verdict in cards, what moves it, what speaks for and against, what is assumed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from addin.deal_block import Assumption
from addin.report.findings import findings
from addin.workbook.charts import Line, tornado_chart
from addin.workbook.native.context import MASTER, Native
from addin.workbook.native.kmv_sheet import KmvSheet
from addin.workbook.native.sensitivity import FACTOR_WORDS, SensitivitySheet
from addin.workbook.page import Page
from kmv_core.vocabulary.terms import TERMS

WIDTH = 12
LIMITS = (
    (
        "结果取决于输入与假设；波动率须以同类资产的历史预测误差校准。",
        "Results rest on the inputs; the volatility should come from the forecast errors of like pools.",
    ),
    (
        "波动率为全周期回收总额口径；不含发行人、服务机构操作风险与法律风险。",
        "Volatility is that of total collections; operational risk of the servicer and legal risk are not in it.",
    ),
    (
        "违约概率为真实概率测度下的模型值，不是评级，也不用于定价。",
        "Default probabilities are real-world model values: no rating, and not for pricing.",
    ),
    (
        "due 口径不计付款时点与顺序；以 waterfall 口径为准，due 口径供与论文方法比较。",
        "The due reading ignores timing and order of payment; waterfall is the verdict, due compares with the thesis method.",
    ),
)
_TABLE = (
    "probability_of_default",
    "extension_probability",
    "distance_to_default",
    "cushion",
    "coverage",
    "expected_loss",
    "grade",
)


@dataclass(frozen=True, slots=True)
class _Swing:
    """What the outermost shocks of one factor do to a tranche's PD."""

    factor: str
    low: int
    high: int
    size: float


def write_verdict(
    page: Page, native: Native, kmv: KmvSheet, sensitivity: SensitivitySheet, assumptions: Sequence[Assumption]
) -> None:
    """The page; every number on it is a link to the sheet that made it."""
    deal = native.assessment.deal
    page.heading(
        deal.name,
        "default probability report",
        (
            "回答：各档违约概率是多少，什么最影响它，依据哪些假设。",
            "Answers: how likely each tranche is to default, what moves that most, and what it rests on.",
        ),
        native.unit,
        MASTER,
    )
    page.widths(27, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13)
    row = _cards(page, native, kmv, 7)
    row = _tranches(page, native, kmv, row + 1)
    row = _movers(page, native, kmv, sensitivity, row + 1)
    page.break_before(row)
    row = _points(page, native, kmv, row)
    row = _lines(page, row + 1, ("使用限制", "Limits of use"), LIMITS)
    _assumptions(page, row + 1, assumptions)
    page.finish(titles="1:5", stamp=native.stamp)


def _cards(page: Page, native: Native, kmv: KmvSheet, row: int) -> int:
    """Six numbers: PD and grade of the first and the last tranche, extension and cushion of the first."""
    tranches = native.assessment.tranches
    first, last = tranches[0], tranches[-1]
    k = len(tranches) - 1
    w = first.waterfall
    cards: list[tuple[str, str, object, str]] = [
        (
            f"{first.name}\n违约概率 PD",
            kmv.by_waterfall(0, "probability_of_default"),
            w.probability_of_default,
            "percent",
        ),
        (f"{first.name}\n风险等级 Grade", kmv.by_waterfall(0, "grade"), first.grade or "-", "text"),
        (
            f"{first.name}\n展期概率 PE",
            kmv.by_waterfall(0, "extension_probability"),
            w.extension_probability,
            "percent",
        ),
        (
            f"{first.name}\n安全垫 Cushion",
            kmv.by_waterfall(0, "cushion"),
            w.cushion if 0 < w.break_even_multiple < np.inf else "-",
            "percent",
        ),
        (
            f"{last.name}\n违约概率 PD",
            kmv.by_waterfall(k, "probability_of_default"),
            last.waterfall.probability_of_default,
            "percent",
        ),
        (f"{last.name}\n风险等级 Grade", kmv.by_waterfall(k, "grade"), last.grade or "-", "text"),
    ]
    for i, (label, cell, value, kind) in enumerate(cards):
        column = 1 + 2 * i
        for at in (row, row + 1):
            page.sheet.merge_cells(start_row=at, start_column=column, end_row=at, end_column=column + 1)
        page.text(row, column, label, "card_label")
        page.formula(row + 1, column, f"={cell}", value, kind, "card")
    page.sheet.row_dimensions[row].height = 30
    page.sheet.row_dimensions[row + 1].height = 30
    return row + 2


def _tranches(page: Page, native: Native, kmv: KmvSheet, row: int) -> int:
    """One line a tranche: the waterfall reading, and the due reading's DD and PD beside it."""
    page.section(row, "各档结果", "Results by tranche", WIDTH)
    heads = ["档次 Tranche", f"规模 Balance\n({native.unit})"]
    heads += [f"{TERMS[key].zh}\n{TERMS[key].en}" for key in _TABLE]
    heads += ["违约距离 DD\n(due)", "违约概率 PD\n(due)", "安全规模\nSafe size"]
    page.headers(row + 1, 1, heads, height=48)
    for k, each in enumerate(native.assessment.tranches):
        at = row + 2 + k
        page.text(at, 1, each.name)
        page.formula(at, 2, f"={kmv.due(k, 'balance')}", native.assessment.deal.by_rank[k].balance, "money")
        for i, key in enumerate(_TABLE):
            address = kmv.by_waterfall(k, key)
            _link(page, at, 3 + i, address, kmv, key)
        for i, key in enumerate(("distance_to_default", "probability_of_default", "safe_balance")):
            _link(page, at, 3 + len(_TABLE) + i, kmv.due(k, key), kmv, key)
    page.text(
        row + 2 + len(native.assessment.tranches),
        1,
        "未注明者为 waterfall 口径（按偿付顺序）。 Where nothing is said, the reading is waterfall.",
        "note",
    )
    return row + 3 + len(native.assessment.tranches)


def _link(page: Page, row: int, column: int, address: str, kmv: KmvSheet, key: str) -> None:
    """A cell that repeats another, with the value that one shows."""
    from addin.workbook.native.kmv_sheet import kind_of

    name, cell = address.replace("$", "").split("!")
    cached = kmv.page.book.cached.get((name, cell), kmv.page.sheet[cell].value)
    page.formula(row, column, f"={address}", cached, kind_of(key))


def _swings(sensitivity: SensitivitySheet, tranche: int) -> list[_Swing]:
    found = []
    for factor, shock_set in sensitivity.shocks.items():
        table = sensitivity.values(factor, "waterfall", "probability_of_default")
        usable = [i for i in range(len(shock_set.shocks)) if not table.problems[i]]
        if len(usable) < 2:
            continue
        low, high = min(usable, key=lambda i: shock_set.shocks[i]), max(usable, key=lambda i: shock_set.shocks[i])
        pds = table.values[:, tranche]
        found.append(_Swing(factor, low, high, float(abs(pds[high] - pds[low]))))
    return sorted(found, key=lambda each: -each.size)


def _movers(page: Page, native: Native, kmv: KmvSheet, sensitivity: SensitivitySheet, row: int) -> int:
    """For the first and the last tranche: PD at the outermost shocks of each factor, largest swing first."""
    tranches = native.assessment.tranches
    shown = sorted({0, len(tranches) - 1})
    for k in shown:
        swings = _swings(sensitivity, k)
        if not swings:
            continue
        page.section(row, f"影响最大的因素：{tranches[k].name}", "What moves PD most (waterfall)", WIDTH)
        heads = [
            "因素 Factor",
            "低冲击\nLow shock",
            "高冲击\nHigh shock",
            "低冲击 PD\nPD at low",
            "高冲击 PD\nPD at high",
            "低冲击变动\nChange, low",
            "高冲击变动\nChange, high",
        ]
        page.headers(row + 1, 1, heads, height=34)
        top = row + 2
        base = float(tranches[k].waterfall.probability_of_default)
        for i, each in enumerate(swings):
            _swing_line(page, sensitivity, top + i, k, each, base, kmv.by_waterfall(k, "probability_of_default"))
        last = top + len(swings) - 1
        tornado_chart(
            page.sheet,
            f"H{row + 1}",
            "违约概率变动 Change of PD",
            (top, 1, last, 1),
            [Line("低冲击 low shock", (top, 6, last, 6)), Line("高冲击 high shock", (top, 7, last, 7))],
            size=(12.6, 4.3),
        )
        row = max(last + 2, row + 9)
    return row


def _swing_line(
    page: Page, sheet: SensitivitySheet, row: int, k: int, swing: _Swing, base: float, base_cell: str
) -> None:
    top = sheet.tops[swing.factor]
    shocks = sheet.shocks[swing.factor]
    table = sheet.values(swing.factor, "waterfall", "probability_of_default")
    zh, en = FACTOR_WORDS[swing.factor]
    is_years = swing.factor == "maturity" and shocks.mode == "absolute"
    page.text(row, 1, f"{zh} {en}")
    for offset, i in ((0, swing.low), (1, swing.high)):
        value = float(table.values[i, k])
        pd = sheet.page.ref(top + i, sheet.column(k, "probability_of_default", computed=True))
        page.formula(
            row,
            2 + offset,
            f"={sheet.page.ref(top + i, 1)}",
            shocks.shocks[i],
            "shift_years" if is_years else "percent",
        )
        page.formula(row, 4 + offset, f"={pd}", value, "percent")
        here = page.ref(row, 4 + offset, sheet=False)
        page.formula(row, 6 + offset, f"={here}-{base_cell}", value - base, "percent")


def _points(page: Page, native: Native, kmv: KmvSheet, row: int) -> int:
    """Positives and negatives, each with its number."""
    page.section(
        row,
        "正面与负面因素（按本项目风险等级表判断，生成时选定）",
        "Positives and negatives, by the deal's own appetite, chosen when built",
        WIDTH,
    )
    for i, each in enumerate(findings(native.assessment, kmv), start=1):
        page.text(
            row + i,
            1,
            "＋ 正面 positive" if each.positive else "－ 负面 negative",
            "label" if each.positive else "warning",
        )
        page.text(row + i, 2, each.words)
        page.formula(row + i, 11, each.formula, each.value, each.kind)
    return row + len(findings(native.assessment, kmv)) + 1


def _lines(page: Page, row: int, title: tuple[str, str], lines: Sequence[tuple[str, str]]) -> int:
    page.section(row, *title, WIDTH)
    for i, (zh, en) in enumerate(lines):
        page.text(row + 1 + 2 * i, 1, f"{i + 1}. {zh}")
        page.text(row + 2 + 2 * i, 1, f"    {en}", "note")
    return row + 1 + 2 * len(lines)


def _assumptions(page: Page, row: int, assumptions: Sequence[Assumption]) -> int:
    """Every input that is assumed, with its source line."""
    page.section(row, f"假设（{len(assumptions)} 项，非公开文件所载）", "Assumptions: not documented", WIDTH)
    page.headers(row + 1, 1, ["输入 Input", "值 Value", "位置 Cell", "来源 Source"], height=20)
    for i, each in enumerate(assumptions, start=2):
        term = TERMS.get(each.name)
        page.text(row + i, 1, f"{term.zh} {term.en}" if term else each.name)
        shown = each.value.isoformat() if isinstance(each.value, dt.date) else each.value
        page.text(row + i, 2, f"{shown:g}" if isinstance(shown, (int, float)) else str(shown), "computed")
        page.text(row + i, 3, each.where, "note")
        page.text(row + i, 4, each.source, "note")
    return row + len(assumptions) + 2
