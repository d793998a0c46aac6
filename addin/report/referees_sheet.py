"""The Referees sheet: the theses' estimators and ours side by side, and the volatilities behind them."""

from __future__ import annotations

from addin.preset_run import deal_referees
from addin.report.computed import PageRows, computed, notes
from addin.workbook.charts import Line, bar_chart, bars_height
from addin.workbook.native.context import MASTER, Native
from addin.workbook.page import Page, both
from kmv_core.assets.volatility import ESTIMATORS
from kmv_core.risk.referees import WORDS, Referees, VolatilityReferee

SHEET = "Referees"
_FIRST = 6
_HEADS = (
    "方法\nMethod",
    "违约距离 DD",
    "违约概率 PD",
    "展期概率 PE",
    "标准误 s.e.",
    "与所选口径之比\nPD over headline",
    "备注 Remark",
)
FEWEST_DEFAULTS = 30
"""Paths that default: with fewer a simulated PD is noise."""
_LEVEL = 1e-12
"""A volatility that rounding alone makes."""
_TOO_FEW = "路径太少 too few paths to judge"
NAMES: dict[str, tuple[str, str]] = {
    "user": ("本项目所用", "Used by this deal"),
    "thesis_periodic": ("论文：各期回款", "Thesis: periodic cash"),
    "thesis_cumulative": ("论文：累计回款", "Thesis: cumulative cash"),
    "licence_total": ("许可费精确总额", "Licences: exact total"),
    "outturn": ("公开记录：实际与预测之比", "Public record: actual over forecast"),
    "agency_gap": ("公开记录：两家评级机构之差", "Public record: gap between two agencies"),
    "triangle": ("批次三角", "Triangle of vintages"),
    "ewma": ("指数加权", "Exponentially weighted"),
    "mle": ("极大似然", "Maximum likelihood"),
}
"""What a reader calls the estimators of kmv_core.assets.volatility."""
_VERDICTS = {
    "thesis_periodic": (
        "严重偏高：把每月噪声当作永久变动（论文方法的检验例：真值 6.6% 时得 204%，并非本项目数值）",
        "far too high: each month's noise is counted as lasting (a test of the thesis' method gave 204 % for a true 6.6 %)",
    ),
}
"""In place of an estimator's own words, where they could be taken for a figure of this deal."""
_NO_RESULT = (
    "无结果：各期现金相等，没有可供估计的变动。",
    "No result: the cash is level, there is no change to estimate from.",
)
_NOTES = (
    (
        "所选口径：许可费资产池为精确枚举，其余为 waterfall（按项目所选形式）。due 与 waterfall 的违约概率计入补足，违约距离仅反映资产池。",
        "Headline: exact for licences, else the waterfall in the deal's form. PDs of due and waterfall count support, their DD is the pool's own.",
    ),
    (
        "首达时概率假设违约点自始存在且资产为几何布朗运动：仅为 due 对数正态口径的上界，不作校验；许可费的精确值可高于它。",
        "First passage takes the default point as owed from the first day: it bounds the due lognormal from above and checks nothing; exact may exceed it.",
    ),
    (
        "论文波动率由预期回款序列计算：反映曲线形状而非不确定性；历史估计来自公开的不良资产证券化资料。",
        "The theses' volatilities come from the expected cash: they measure a curve's shape, not uncertainty; those of the record from public NPL deals.",
    ),
)


def write_referees(native: Native) -> Referees:
    """One table a tranche, a chart, and the table of volatilities; every number computed by the core."""
    found = deal_referees(native.assessment)
    page = native.book.page(SHEET)
    page.heading(
        "方法比较",
        "Referees: the theses' estimators and ours side by side",
        (
            "回答：换一种估计方法或波动率，违约概率是多少；哪些方法相互印证。",
            "Answers: what is the PD by another estimator or another volatility, and which of them agree?",
        ),
        native.unit,
        MASTER,
    )
    widths = [72, *[17] * max(len(_HEADS), 3 + 2 * len(found.tranches))]
    page.widths(*widths)
    tops, row = [], _FIRST
    rows = PageRows(page, _FIRST, sum(widths))
    for k in range(len(found.tranches)):
        rows.room_for(row, len(found.methods) + 3)
        tops.append(row + 2)
        row = _table(page, native, found, k, row)
    rows.room_for(row, 3 * len(found.volatilities) + 3 + 2 * len(_NOTES))
    row = _volatilities(page, found, row)
    words = (
        f"模拟：{found.paths:,} 条路径，种子 {found.seed}，与 waterfall 同一瀑布；标准误为违约概率的标准误。",
        f"Simulation: {found.paths:,} paths, seed {found.seed}, through the same waterfall; s.e. is that of the PD.",
    )
    row = notes(page, row, (words, *_NOTES))
    _chart(page, rows, found, tops, row + 1)
    page.finish(titles="1:5", stamp=native.stamp)
    return found


def _table(page: Page, native: Native, found: Referees, k: int, row: int) -> int:
    name = found.tranches[k]
    headline = native.assessment.tranches[k].headline.probability_of_default
    page.section(row, "档次 Tranche:", name, len(_HEADS))
    page.headers(row + 1, 1, _HEADS, height=34)
    for i, method in enumerate(found.methods):
        at, each = row + 2 + i, found.row(method, name)
        page.text(at, 1, both(*WORDS[method]), "warning" if each.is_bound else "label")
        computed(page, at, 2, each.distance_to_default, "multiple")
        computed(page, at, 3, each.probability_of_default, "percent4")
        computed(page, at, 4, each.extension_probability, "percent4")
        computed(page, at, 5, each.standard_error, "percent4")
        computed(page, at, 6, each.probability_of_default / headline if headline > 0.0 else None, "multiple")
        if method == "simulated" and found.paths * each.probability_of_default < FEWEST_DEFAULTS:
            page.text(at, 7, _TOO_FEW, "note")
    return row + 2 + len(found.methods) + 1


def _volatilities(page: Page, found: Referees, row: int) -> int:
    """By estimator: its value, error and observations, and the PD of every tranche in both readings."""
    readings = [f"{name}\nPD ({reading})" for name in found.tranches for reading in ("due", "waterfall")]
    heads = ["波动率估计\nVolatility estimate", "数值 Value", "标准误 s.e.", "观测数 Observations", *readings]
    page.section(row, "波动率估计并列", "Volatility estimates side by side", len(heads))
    page.headers(row + 1, 1, heads, height=34)
    row += 2
    for each in found.volatilities:
        text = ESTIMATORS[each.name]
        page.text(row, 1, both(*NAMES[each.name]))
        page.text(row + 1, 1, f"{text.method_zh}；{text.method_en}", "note")
        if gives_nothing(each):
            _blank(page, row, 2 * len(found.tranches))
            zh, en = _NO_RESULT
        else:
            _values(page, each, row)
            zh, en = _VERDICTS.get(each.name, (text.verdict_zh, text.verdict_en))
        page.text(row + 2, 1, f"{zh}；{en}" if zh[-1] != "。" else both(zh, en), "note")
        row += 3
        if each.problem is not None and not gives_nothing(each):
            page.text(row, 1, f"{each.problem.code} {each.problem.zh} {each.problem.en}", "warning")
            row += 1
    return row + 1


def gives_nothing(each: VolatilityReferee) -> bool:
    """Whether the cash does not vary: nothing is wrong with it, and there is nothing to estimate."""
    return each.estimate is not None and each.estimate.value <= _LEVEL


def _blank(page: Page, row: int, readings: int) -> None:
    for column in range(2, 5 + readings):
        computed(page, row, column, None, "number")


def _values(page: Page, each: VolatilityReferee, row: int) -> None:
    if each.estimate is not None:
        computed(page, row, 2, each.estimate.value, "number")
        computed(page, row, 3, each.estimate.standard_error, "number")
        computed(page, row, 4, each.estimate.observations, "integer")
    for k, pair in enumerate(zip(each.due, each.waterfall, strict=True)):
        for i, value in enumerate(pair):
            computed(page, row, 5 + 2 * k + i, value, "percent4")


def _chart(page: Page, printed: PageRows, found: Referees, tops: list[int], row: int) -> None:
    count = len(found.methods)
    height = bars_height(count, len(tops))
    printed.room_for_chart(row, height)
    bar_chart(
        page.sheet,
        f"A{row + 1}",
        "各方法的违约概率 Default probability by method",
        (tops[0], 1, tops[0] + count - 1, 1),
        [Line(name, (top, 3, top + count - 1, 3)) for name, top in zip(found.tranches, tops, strict=True)],
        size=(26, height),
    )
