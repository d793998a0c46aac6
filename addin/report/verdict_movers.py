"""The verdict's tornado: which of the deal's own shocks moves PD most, and what sheet Tornado puts first."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from addin.report.analyses import factor_words, shock_text
from addin.report.tornado_sheet import SHEET as TORNADO
from addin.report.tornado_sheet import TornadoSheet
from addin.workbook.charts import Line, tornado_chart
from addin.workbook.native.context import Native
from addin.workbook.native.kmv_sheet import KmvSheet
from addin.workbook.native.sensitivity import SensitivitySheet, shock_kind
from addin.workbook.page import ROW_HEIGHT, Page
from kmv_core.risk.answers import Shock

CHART = 5.9
"""Centimetres: seven factors with their names."""
POINTS = 72.0 / 2.54
"""Of a centimetre."""
SMALL_PD = 0.01
"""Below it two decimals of a percentage say nothing."""
_NOTHING = 1e-14
"""What rounding leaves of a probability that does not move."""
_SHORT = {
    "sub_share": "次级占比 Last class",
    "payer_pd": "增信方违约率 Payer PD",
    "licensee_pd": "被许可人违约率 Licensee PD",
    "lgd": "被许可人损失率 Licensee LGD",
    "asset_correlation": "被许可人相关性 Correlation",
}
"""Names that the chart would not hold."""
_IN_YEARS = {"maturity": "期限（年）Maturity, years", "delay": "延迟（年）Delay, years"}
"""The unit stands with the name: a figure with words in it would not stand level with its neighbours."""
_HEADS = [
    "因素 Factor",
    "低冲击\nLow shock",
    "高冲击\nHigh shock",
    "低冲击 PD\nPD at low",
    "高冲击 PD\nPD at high",
    "低冲击变动\nChange, low",
    "高冲击变动\nChange, high",
]
_HEAD_HEIGHT = 34
_LEADER_COLUMN = 9


@dataclass(frozen=True, slots=True)
class _Swing:
    """What the outermost shocks of one factor do to a tranche's PD."""

    factor: str
    low: int
    high: int
    pds: tuple[float, float]

    @property
    def size(self) -> float:
        return abs(self.pds[1] - self.pds[0])


def write_movers(
    page: Page,
    native: Native,
    kmv: KmvSheet,
    sensitivity: SensitivitySheet,
    tornado: TornadoSheet | None,
    row: int,
    width: int,
) -> int:
    """For the first and the last tranche: PD at the outermost shocks of each factor, largest swing first."""
    tranches = native.assessment.tranches
    for k in sorted({0, len(tranches) - 1}):
        base = float(tranches[k].headline.probability_of_default)
        swings = _swings(sensitivity, k, base)
        leader = _leader(tornado, k)
        if not swings and not leader:
            continue
        table = max(_HEAD_HEIGHT + len(swings) * ROW_HEIGHT, CHART * POINTS) if swings else 0.0
        page.keep_together(row, (2 if leader else 1) * ROW_HEIGHT + table)
        page.section(
            row,
            f"项目设定冲击中影响最大的因素：{tranches[k].name}",
            f"What moves PD most among the deal's own shocks ({sensitivity.headline})",
            width,
        )
        row += 1
        if tornado is not None and leader:
            page.text(row, 1, leader, "note")
            bar = tornado.found.bars[k][0]
            page.formula(row, _LEADER_COLUMN, f"={tornado.swings[k]}", bar.swing, "percent4")
            row += 1
        row = _block(page, kmv, sensitivity, k, swings, base, row) + 1 if swings else row + 1
    return row


def _leader(tornado: TornadoSheet | None, k: int) -> str:
    """The first factor of sheet Tornado; empty where that sheet is left out or nothing moves there."""
    if tornado is None or not tornado.found.bars[k] or tornado.found.bars[k][0].swing <= 0.0:
        return ""
    bar = tornado.found.bars[k][0]
    step = shock_text(Shock(factor=bar.factor, size=bar.step, mode=bar.mode)).replace("+", "± ")
    return (
        f"{TORNADO} 页（标准幅度）首位 First on sheet {TORNADO} (standard steps)："
        f"{_SHORT.get(bar.factor) or factor_words(bar.factor)} {step}；违约概率幅度 swing of PD ="
    )


def _swings(sensitivity: SensitivitySheet, k: int, base: float) -> list[_Swing]:
    """Factors that move the tranche's PD at all: volatility does not move the exact reading."""
    found = []
    for factor, shock_set in sensitivity.shocks.items():
        table = sensitivity.values(factor, sensitivity.headline, "probability_of_default")
        usable = [i for i in range(len(shock_set.shocks)) if not table.problems[i]]
        pds = table.values[:, k]
        if len(usable) < 2 or float(np.abs(pds[usable] - base).max()) <= _NOTHING:
            continue
        low, high = min(usable, key=lambda i: shock_set.shocks[i]), max(usable, key=lambda i: shock_set.shocks[i])
        found.append(_Swing(factor, low, high, (float(pds[low]), float(pds[high]))))
    return sorted(found, key=lambda each: -each.size)


def _block(
    page: Page, kmv: KmvSheet, sheet: SensitivitySheet, k: int, swings: list[_Swing], base: float, row: int
) -> int:
    """The table with its chart beside it; gives the first row below both."""
    page.headers(row, 1, _HEADS, height=_HEAD_HEIGHT)
    top = row + 1
    last = top + len(swings) - 1
    kind = "percent4" if min(base, *(min(each.pds) for each in swings)) < SMALL_PD else "percent"
    for i, each in enumerate(swings):
        _line(page, sheet, top + i, k, each, kind)
        for column, value in zip((6, 7), each.pds, strict=True):
            here = page.ref(top + i, column - 2, sheet=False)
            unmoved = kmv.headline(k, "probability_of_default")
            page.formula(top + i, column, f"={here}-{unmoved}", value - base, kind)
    tornado_chart(
        page.sheet,
        f"H{row}",
        "违约概率变动 Change of PD",
        (top, 1, last, 1),
        [Line("低冲击 low shock", (top, 6, last, 6)), Line("高冲击 high shock", (top, 7, last, 7))],
        size=(12.6, CHART),
    )
    # The chart hangs from the top of the head.
    return max(last + 1, row + 1 + math.ceil((CHART * POINTS - _HEAD_HEIGHT) / ROW_HEIGHT))


def _line(page: Page, sheet: SensitivitySheet, row: int, k: int, swing: _Swing, kind: str) -> None:
    """The shocks and the PDs at them, linked to sheet Sensitivity."""
    top, shocks = sheet.tops[swing.factor], sheet.shocks[swing.factor]
    shock = shock_kind(shocks)
    names = _IN_YEARS if shock == "shift_years" else _SHORT
    shock = "years" if shock == "shift_years" else shock
    page.text(row, 1, names.get(swing.factor) or factor_words(swing.factor))
    for offset, i in ((0, swing.low), (1, swing.high)):
        pd = sheet.page.ref(top + i, sheet.computed_column(k, sheet.headline, "probability_of_default"))
        page.formula(row, 2 + offset, f"={sheet.page.ref(top + i, 1)}", shocks.shocks[i], shock)
        page.formula(row, 4 + offset, f"={pd}", swing.pds[offset], kind)
