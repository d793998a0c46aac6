"""Page one, for the committee: the verdict in cards, what moves it, what speaks for and against, what is assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from addin.deal_block import Assumption
from addin.report.assumptions import write_assumptions
from addin.report.computed import chart_rows
from addin.report.findings import Finding, findings
from addin.workbook.charts import Line, tornado_chart
from addin.workbook.native.context import MASTER, Native
from addin.workbook.native.kmv_sheet import KmvSheet, kind_of, title_of
from addin.workbook.native.sensitivity import FACTOR_WORDS, SensitivitySheet, shock_kind
from addin.workbook.page import ROW_HEIGHT, Page, both
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
        "结论以首列口径为准（许可费为精确枚举，其余为 waterfall）；due 口径不计付款时点与顺序，供与论文方法比较。",
        "The verdict is the first reading: exact for licences, else waterfall. The due reading ignores timing and order of payment.",
    ),
)
CHART = 5.9
"""Centimetres: seven factors with their names."""
POINTS = 72.0 / 2.54
"""Of a centimetre."""
_TABLE = (
    ("probability_of_default", True),
    ("extension_probability", True),
    ("distance_to_default", True),
    ("expected_loss", True),
    ("loss_given_default", True),
    ("grade", True),
    ("break_even_multiple", False),
    ("cushion", False),
    ("coverage", False),
)
"""Results by tranche, and whether the headline has them (the exact reading of licences has no break-even)."""
READING_WORDS = {
    "exact": ("精确枚举", "exact"),
    "waterfall": ("偿付顺序", "waterfall"),
    "due": ("应付金额", "due"),
}
_BY_READING = ("probability_of_default", "extension_probability", "distance_to_default")


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
    # A long name must fit the page.
    page.text(1, 1, both(deal.name, "default probability report"), "title_fit")
    page.sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=WIDTH)
    page.widths(27, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13)
    row = _cards(page, native, kmv, 7)
    row = _tranches(page, native, kmv, row + 1)
    row = _movers(page, native, kmv, sensitivity, row + 1)
    points = findings(native.assessment, kmv)
    page.keep_together(row, (len(points) + 2) * ROW_HEIGHT)
    row = _points(page, points, row)
    page.keep_together(row + 1, (2 * len(LIMITS) + 2) * ROW_HEIGHT)
    row = _lines(page, row + 1, ("使用限制", "Limits of use"), LIMITS)
    page.keep_together(row + 1, 6 * ROW_HEIGHT)
    write_assumptions(page, row + 1, assumptions, WIDTH)
    page.finish(titles="1:5", stamp=native.stamp)


def _cards(page: Page, native: Native, kmv: KmvSheet, row: int) -> int:
    """Six numbers: PD and grade of the first and the last tranche, extension and cushion of the first."""
    tranches = native.assessment.tranches
    first, last, k = tranches[0], tranches[-1], len(tranches) - 1
    w = first.waterfall
    cards: list[tuple[str, str, object, str]] = []
    for each, at in ((first, 0), (last, k)):
        pd = each.headline.probability_of_default
        cards += [
            (f"{each.name}\n违约概率 PD", kmv.headline(at, "probability_of_default"), pd, "percent"),
            (f"{each.name}\n风险等级 Grade", kmv.headline(at, "grade"), each.grade or "-", "text"),
        ]
    cushion = w.cushion if 0 < w.break_even_multiple < np.inf else "-"
    late = first.headline.extension_probability
    cards[2:2] = [
        (f"{first.name}\n展期概率 PE", kmv.headline(0, "extension_probability"), late, "percent"),
        (f"{first.name}\n安全垫 Cushion", kmv.by_waterfall(0, "cushion"), cushion, "percent"),
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
    """One line a tranche, the headline; then legal and expected maturity in every reading."""
    found = native.assessment
    lead = "exact" if found.exact is not None else "waterfall"
    zh, en = READING_WORDS[lead]
    page.section(row, f"各档结果（{zh}口径）", f"Results by tranche ({en})", WIDTH)
    heads = ["档次 Tranche", f"规模 Balance\n({native.unit})"]
    heads += [title_of(key).replace(" ", "\n", 1) for key, _ in _TABLE]
    page.headers(row + 1, 1, [*heads, "安全规模\nSafe size"], height=48)
    for k, each in enumerate(found.tranches):
        at = row + 2 + k
        page.text(at, 1, each.name, "wrap")
        page.formula(at, 2, f"={kmv.due(k, 'balance')}", found.deal.by_rank[k].balance, "money")
        for i, (key, is_headline) in enumerate(_TABLE):
            _link(page, at, 3 + i, kmv.headline(k, key) if is_headline else kmv.by_waterfall(k, key), kmv, key)
        _link(page, at, 3 + len(_TABLE), kmv.due(k, "safe_balance"), kmv, "safe_balance")
    row += 2 + len(found.tranches)
    if lead == "exact":
        words = "临界倍数、安全垫与覆盖倍数取自对数正态近似（论文口径）。 Break-even, cushion and coverage are of the lognormal, the thesis' reading."
        page.text(row, 1, words, "note")
        row += 1
    return _readings(page, native, kmv, row + 1)


def _readings(page: Page, native: Native, kmv: KmvSheet, row: int) -> int:
    """PD by legal and by expected maturity, and DD, in every reading side by side."""
    found = native.assessment
    readings = [each for each in READING_WORDS if each != "exact" or found.exact is not None]
    page.section(
        row, "各口径违约概率与展期概率", "PD by legal maturity (PD) and by expected maturity (PE), by reading", WIDTH
    )
    heads = ["档次 Tranche"]
    for reading in readings:
        zh, _ = READING_WORDS[reading]
        heads += [f"{TERMS[key].symbol} {zh}\n{reading}" for key in _BY_READING]
    if found.deal.support:
        heads.append("无补足 PD\nwithout payers")
    page.headers(row + 1, 1, heads, height=34)
    places = {"exact": kmv.exactly, "waterfall": kmv.by_waterfall, "due": kmv.due}
    for k, each in enumerate(found.tranches):
        at = row + 2 + k
        page.text(at, 1, each.name, "wrap")
        cells = [(places[reading](k, key), key) for reading in readings for key in _BY_READING]
        if found.deal.support:
            cells.append((kmv.by_waterfall(k, "unsupported_pd"), "unsupported_pd"))
        for i, (address, key) in enumerate(cells):
            _link(page, at, 2 + i, address, kmv, key)
    row += 2 + len(found.tranches)
    # The reading that the verdict rests on comes first.
    if found.exact is not None:
        notes = [
            "结论以 exact 为准：逐一枚举被许可人违约组合。 The verdict is exact: every set of licensees in default.",
            "waterfall（偿付顺序）与 due（应付金额）为论文的对数正态近似。 waterfall (order of payment), due (what falls due): the thesis' lognormal.",
        ]
    else:
        notes = [
            "结论以 waterfall（偿付顺序）为准；due（应付金额，论文方法）供比较。 The verdict is waterfall, the order of payment; due is the thesis' method.",
        ]
    if found.deal.support:
        notes.append("两口径的 DD 为资产池自身，不计补足。 DD in both is the pool's own, without payers.")
    for i, words in enumerate(notes):
        page.text(row + i, 1, words, "note")
    return row + len(notes)


def _link(page: Page, row: int, column: int, address: str, kmv: KmvSheet, key: str) -> None:
    """A cell that repeats another, with the value that one shows."""
    name, cell = address.replace("$", "").split("!")
    cached = kmv.page.book.cached.get((name, cell), kmv.page.sheet[cell].value)
    page.formula(row, column, f"={address}", cached, kind_of(key))


def _swings(sensitivity: SensitivitySheet, tranche: int) -> list[_Swing]:
    found = []
    for factor, shock_set in sensitivity.shocks.items():
        table = sensitivity.values(factor, sensitivity.headline, "probability_of_default")
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
        table = 34 + len(swings) * ROW_HEIGHT
        page.keep_together(row, ROW_HEIGHT + max(table, CHART * POINTS))
        page.section(row, f"影响最大的因素：{tranches[k].name}", f"What moves PD most ({sensitivity.headline})", WIDTH)
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
        base = float(tranches[k].headline.probability_of_default)
        for i, each in enumerate(swings):
            _swing_line(page, sensitivity, top + i, k, each, base, kmv.headline(k, "probability_of_default"))
        last = top + len(swings) - 1
        tornado_chart(
            page.sheet,
            f"H{row + 1}",
            "违约概率变动 Change of PD",
            (top, 1, last, 1),
            [Line("低冲击 low shock", (top, 6, last, 6)), Line("高冲击 high shock", (top, 7, last, 7))],
            size=(12.6, CHART),
        )
        row = max(last + 2, row + 1 + chart_rows(CHART))
    return row


def _swing_line(
    page: Page, sheet: SensitivitySheet, row: int, k: int, swing: _Swing, base: float, base_cell: str
) -> None:
    top = sheet.tops[swing.factor]
    shocks = sheet.shocks[swing.factor]
    table = sheet.values(swing.factor, sheet.headline, "probability_of_default")
    zh, en = FACTOR_WORDS[swing.factor]
    page.text(row, 1, f"{zh} {en}", "fit")
    for offset, i in ((0, swing.low), (1, swing.high)):
        value = float(table.values[i, k])
        pd = sheet.page.ref(top + i, sheet.computed_column(k, sheet.headline, "probability_of_default"))
        page.formula(
            row,
            2 + offset,
            f"={sheet.page.ref(top + i, 1)}",
            shocks.shocks[i],
            shock_kind(shocks),
        )
        page.formula(row, 4 + offset, f"={pd}", value, "percent")
        here = page.ref(row, 4 + offset, sheet=False)
        page.formula(row, 6 + offset, f"={here}-{base_cell}", value - base, "percent")


def _points(page: Page, points: Sequence[Finding], row: int) -> int:
    """Positives and negatives, each with its number."""
    page.section(
        row,
        "正面与负面因素（按本项目风险等级表判断，生成时选定）",
        "Positives and negatives, by the deal's own appetite, chosen when built",
        WIDTH,
    )
    for i, each in enumerate(points, start=1):
        page.text(
            row + i,
            1,
            "＋ 正面 positive" if each.positive else "－ 负面 negative",
            "label" if each.positive else "warning",
        )
        page.text(row + i, 2, each.words)
        page.formula(row + i, 11, each.formula, each.value, each.kind)
    return row + len(points) + 1


def _lines(page: Page, row: int, title: tuple[str, str], lines: Sequence[tuple[str, str]]) -> int:
    page.section(row, *title, WIDTH)
    for i, (zh, en) in enumerate(lines):
        page.text(row + 1 + 2 * i, 1, f"{i + 1}. {zh}")
        page.text(row + 2 + 2 * i, 1, f"    {en}", "note")
    return row + 1 + 2 * len(lines)
