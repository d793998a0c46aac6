"""The Scenarios sheet: every tranche under the deal's scenarios, and the smallest move that reaches a target PD."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from addin.report.analyses import (
    factor_words,
    is_costly,
    is_exact,
    lead,
    method_note,
    number,
    reason,
    reasons,
    refusals,
    shock_text,
    shown_distance,
)
from addin.report.computed import PageRows, chart_rows, computed, notes
from addin.workbook.charts import Line, bar_chart, pd_most
from addin.workbook.native.context import MASTER, Native
from addin.workbook.page import Page
from kmv_core.risk.answers import Answer, Shock, answers, figures_of, shocked
from kmv_core.risk.factors import factors_of
from kmv_core.risk.reverse import ReverseStress, goes_in_steps, reverse_stress
from kmv_core.risk.scenarios import Scenario, scenarios_of
from kmv_core.risk.tornado import STEPS, Tornado
from kmv_core.vocabulary.errors import KmvError, Problem

SHEET = "Scenarios"
WIDEST = 4
"""Factors of the reverse stress where answers are costly: those of the tornado's widest bars."""
SMOOTH = ("licensee_pd", "asset_correlation", "payer_pd")
"""Factors along which the exact reading has no steps."""
COVERAGE = "waterfall"
"""The reading of the coverage, as on Verdict."""
_FIRST = 6
_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("probability_of_default", "违约概率 PD", "percent4"),
    ("change", "较基准变动（百分点）\nChange of PD (pp)", "percent4"),
    ("extension_probability", "展期概率 PE", "percent4"),
    ("distance_to_default", "违约距离 DD", "multiple"),
    ("expected_loss", "预期损失\nExpected loss", "percent4"),
    ("coverage", "覆盖倍数（waterfall）\nCoverage (waterfall)", "multiple"),
)
_NOTES = (
    (
        "情景内各因素同时移动；除项目文件 [scenarios] 另有说明外，幅度为假设。首行为基准，变动为与首行之差（即时公式）。",
        "All factors of a scenario move at once; sizes are assumptions unless [scenarios] says otherwise. Changes are from the first line (live).",
    ),
    (
        "覆盖倍数 = 1 / 临界回收倍数，与 Verdict 同为 waterfall 口径、不计补足；0 为回收再多亦不能按期足额（如延迟）。",
        "Coverage = 1 / break-even multiple, of the waterfall as on Verdict, without payers of support; 0: no amount of collections pays in time (delays).",
    ),
    (
        "预期损失占该档本金之比。违约概率显示为 100% 时，违约距离记为“-”。",
        "Expected loss as a share of the tranche. DD is a dash where PD is shown as 100 %.",
    ),
    (
        "反向压力：各因素以其幅度为一个标准差、相互独立，求使首档违约概率达到表头数值的最近一点；|z| 为其距离，占比 = z²/|z|²，合计为 1。",
        "Reverse stress: steps as one standard deviation, factors independent; the nearest point that brings the first tranche to the PD. Shares: z²/|z|².",
    ),
)
_EXACT = (
    "精确口径随费用、利率等呈阶梯状，反向压力只移动使其平滑变化的因素：违约概率、资产相关性、补足人违约概率。",
    "The exact reading has steps along fees or rates: its reverse stress moves only what it is smooth in (default probabilities, correlation, payers).",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenariosSheet:
    """What was written."""

    scenarios: tuple[Scenario, ...]
    answers: tuple[Answer, ...]
    reverse: tuple[ReverseStress, ...]
    problems: tuple[Problem, ...]
    """Of targets that cannot be reached."""


def write_scenarios(native: Native, found: Tornado) -> ScenariosSheet:
    """The shocks, one table a tranche, a chart, and reverse stress; `found` says which factors matter."""
    deal, reading = native.assessment.deal, lead(native)
    mine = scenarios_of(deal)
    readings = tuple(dict.fromkeys((reading, COVERAGE)))
    runs = answers([shocked(deal, each.shocks) for each in mine], readings=readings, losses=True)
    reverse, problems = _reverse(native, found)
    sheet = ScenariosSheet(scenarios=mine, answers=tuple(runs), reverse=tuple(reverse), problems=tuple(problems))
    page = native.book.page(SHEET)
    page.heading(
        "情景与反向压力",
        "Scenarios and reverse stress",
        (
            "回答：在基准至重度情景下各档违约概率、展期、损失与覆盖如何；最小多大的因素变动即可使违约概率达到目标。",
            "Answers: how do the notes stand from base to severe, and what is the smallest move of the factors that brings PD to the target?",
        ),
        native.unit,
        MASTER,
    )
    widths = [68.0, *[20.0] * max(len(_COLUMNS), len(mine), 2 * len(reverse))]
    page.widths(*widths)
    rows, row = PageRows(page, _FIRST, sum(widths)), _FIRST
    row = _shocks(page, mine, row)
    tops = []
    for k, each in enumerate(native.assessment.tranches):
        rows.room_for(row, len(mine) + 3)
        tops.append(row + 2)
        row = _table(page, sheet, k, (each.name, reading), row)
    row = refusals(page, row, ((name.name, run.problems) for name, run in zip(mine, runs, strict=True)))
    words = (method_note(reading), *_NOTES, *((_EXACT,) if is_exact(native) else ()))
    rows.room_for(row, 2 * len(words))
    row = notes(page, row, words)
    row = _chart(native, page, rows, tops, runs, row)
    rows.room_for(row, 9 + len(reverse[0].shocks) if reverse else 2)
    _stress(page, native, sheet, row)
    page.finish(titles="1:5", stamp=native.stamp)
    return sheet


def _shocks(page: Page, mine: Sequence[Scenario], row: int) -> int:
    page.section(row, "情景设定（同时移动）", "What moves, all at once", len(mine) + 1)
    page.headers(row + 1, 1, ["影响因素\nFactor", *(each.name for each in mine)], height=34)
    factors = list(dict.fromkeys(shock.factor for each in mine for shock in each.shocks))
    for i, name in enumerate(factors):
        page.text(row + 2 + i, 1, factor_words(name))
        for j, each in enumerate(mine):
            shock = next((one for one in each.shocks if one.factor == name), None)
            page.text(row + 2 + i, 2 + j, "-" if shock is None or shock.size == 0.0 else shock_text(shock))
    return row + 2 + len(factors) + 1


def _table(page: Page, sheet: ScenariosSheet, k: int, words: tuple[str, str], row: int) -> int:
    name, reading = words
    page.section(row, "档次 Tranche:", f"{name} ({reading})", 1 + len(_COLUMNS))
    page.headers(row + 1, 1, ["情景\nScenario", *(title for _, title, _ in _COLUMNS)], height=34)
    top = row + 2
    base = sheet.answers[0]
    for i, (each, run) in enumerate(zip(sheet.scenarios, sheet.answers, strict=True)):
        at = top + i
        page.text(at, 1, each.name)
        figures = None if run.problems else figures_of(run.tranches[k], reading)
        for column, (key, _, kind) in enumerate(_COLUMNS, start=2):
            if figures is None:
                computed(page, at, column, None, kind)
            elif key == "coverage":
                computed(page, at, column, figures_of(run.tranches[k], COVERAGE).coverage, kind)
            elif key == "distance_to_default":
                computed(page, at, column, shown_distance(figures), kind)
            elif key != "change":
                computed(page, at, column, float(getattr(figures, key)), kind)
            elif not base.problems:
                change = figures.probability_of_default - figures_of(base.tranches[k], reading).probability_of_default
                page.formula(at, column, f"=B{at}-B${top}", change, kind)
    return top + len(sheet.scenarios) + 1


def _chart(native: Native, page: Page, rows: PageRows, tops: Sequence[int], runs: Sequence[Answer], row: int) -> int:
    count = len(runs)
    height = min(2.9 + 0.6 * count * len(tops), 12.0)
    rows.room_for_chart(row, height)
    names = [each.name for each in native.assessment.tranches]
    pds = [each.values(lead(native), "probability_of_default", len(names)) for each in runs]
    bar_chart(
        page.sheet,
        f"A{row + 1}",
        f"各情景下的违约概率 Default probability by scenario ({lead(native)})",
        (tops[0], 1, tops[0] + count - 1, 1),
        [Line(name, (top, 2, top + count - 1, 2)) for name, top in zip(names, tops, strict=True)],
        y_limits=(0.0, pd_most(float(np.nanmax(pds)))),
        size=(32, height),
    )
    return row + chart_rows(height)


def targets_of(native: Native) -> tuple[float, ...]:
    """The deal's target PD and the nearest limit of its appetite above the first tranche's PD; where costly, the target."""
    deal = native.assessment.deal
    stands = native.assessment.tranches[0].headline.probability_of_default
    above = [each.pd_limit for each in deal.appetite if each.pd_limit > stands and each.pd_limit < 1.0]
    asked = tuple(dict.fromkeys([deal.model.target_pd, *([min(above)] if above else [])]))
    return asked[:1] if is_costly(native) else asked


def _target_words(native: Native, target: float) -> str:
    """`Target` is the deal's own, here as on Sizing."""
    own = target == native.assessment.deal.model.target_pd
    return f"目标 Target\nPD {target:.4%}" if own else f"最近等级上限 Nearest\ngrade limit, PD {target:.4%}"


def _reverse(native: Native, found: Tornado) -> tuple[list[ReverseStress], list[Problem]]:
    deal, reading = native.assessment.deal, lead(native)
    if is_exact(native):
        factors = [each for each in SMOOTH if each in factors_of(deal)]
    else:
        factors = [bar.factor for bar in found.bars[0] if not goes_in_steps(deal, bar.factor) and bar.swing > 0.0]
        factors = factors[:WIDEST] if is_costly(native) else factors
    reached: list[ReverseStress] = []
    problems: list[Problem] = []
    for target in targets_of(native):
        try:
            reached.append(reverse_stress(deal, target, factors, reading=reading))
        except KmvError as error:
            problems += error.problems
    return reached, problems


def _stress(page: Page, native: Native, sheet: ScenariosSheet, row: int) -> int:
    found = sheet.reverse
    name = native.assessment.tranches[0].name
    width = 1 + max(2 * len(found), len(_COLUMNS))
    page.section(row, "反向压力：档次", f"Reverse stress of {name}", width)
    row += 1
    row = reasons(page, row, (reason(each) for each in sheet.problems))
    if not found:
        return row + 1
    heads = [_target_words(native, each.target_pd) for each in found]
    page.headers(
        row,
        1,
        ["反向压力\nReverse stress", *(text for each in heads for text in (each, "占比 z²/|z|²\nShare"))],
        height=34,
    )
    lines = (
        ("基准违约概率 PD as it stands", "base_pd", "percent4"),
        ("该点违约概率 PD there", "probability_of_default", "percent4"),
        ("距离 |z|，标准差 Distance in standard deviations", "distance", "multiple"),
    )
    for i, (label, key, kind) in enumerate(lines, start=1):
        page.text(row + i, 1, label)
        for j, each in enumerate(found):
            computed(page, row + i, 2 + 2 * j, float(getattr(each, key)), kind)
    worse = row + len(lines) + 1
    page.text(worse, 1, "方向 Direction")
    for j, each in enumerate(found):
        page.text(worse, 2 + 2 * j, "更差 worse" if each.target_pd > each.base_pd else "更好 better", "computed")
    top = worse + 1
    factors = [each.factor for each in found[0].shocks]
    for i, factor in enumerate(factors):
        page.text(top + i, 1, f"{factor_words(factor)}（σ {_step(factor)}）")
        for j, each in enumerate(found):
            at = next(n for n, one in enumerate(each.shocks) if one.factor == factor)
            page.text(top + i, 2 + 2 * j, shock_text(each.shocks[at]), "computed")
            number(page, top + i, 3 + 2 * j, each.shares[at], "percent")
    total = top + len(factors)
    page.text(total, 1, "占比合计 Sum of shares", "total")
    for j, each in enumerate(found):
        column = 3 + 2 * j
        cells = (
            f"{page.ref(top, column, fixed=False, sheet=False)}:{page.ref(total - 1, column, fixed=False, sheet=False)}"
        )
        page.formula(total, column, f"=SUM({cells})", float(np.sum(each.shares)), "percent", "total")
    return total + 2


def _step(factor: str) -> str:
    return shock_text(Shock(factor=factor, size=STEPS[factor])).lstrip("+")
