"""The Sizing sheet: the largest notes a target PD allows, the subordination they need, and where each is just paid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from addin.report.analyses import ends, is_costly, lead, method_note, number, refusals
from addin.report.computed import PageRows, chart_rows, computed, notes
from addin.workbook.charts import Line, curve_chart, pd_most, round_up
from addin.workbook.native.context import MASTER, Native
from addin.workbook.page import Page, both
from kmv_core.risk.break_even_factor import break_even_factor
from kmv_core.risk.factors import factors_of
from kmv_core.risk.sensitivity import sensitivities
from kmv_core.risk.sizing_search import SafeBalance, safe_balance
from kmv_core.vocabulary.errors import KmvError, Problem
from kmv_core.vocabulary.terms import BREAK_EVEN_FACTORS, HOLDS, TERMS

SHEET = "Sizing"
POINTS = 13
_FIRST = 6
_CURVE = 9.0
_TIMES = 4.0
"""Of the target PD, what the chart shows."""
_LEAST_SUB, _MOST_SUB = 0.01, 0.5
"""Share of the last class along the curve."""
_HOLDS = {
    "others": ("固定其他档次（发行总额随之变动）", "others held, the issue grows"),
    "total": ("固定发行总额（与末档此消彼长）", "issue held, the last class gives way"),
}
_HEADS = (
    "档次与固定对象\nTranche and what is held",
    "口径\nReading",
    "现有规模\nAs it stands",
    "安全规模\nSafe size",
    "余量（负为超出）\nRoom (< 0: too large)",
    "占发行比例\nShare of the issue",
    "所需次级比例\nSubordination needed",
    "该规模下违约概率\nPD at that size",
)
_ROOM_BELOW = ("collections_multiple", "recovery_rate")
"""Break-evens that a deal is the safer above: there is room down to them, for the others up to them."""
_KINDS = {"collections_multiple": "multiple", "recovery_rate": "percent", "delay": "years", "coupon": "percent"}
_NOTES = (
    (
        "安全规模：使该档违约概率不超过目标的最大规模；“-”为规模接近零时仍高于目标。due 口径固定加权期限，其余口径逐次重算偿付顺序。",
        "Safe size: the largest that keeps the PD within the target; a dash: even nearly nothing does not. Due holds the lives, others pay the waterfall anew.",
    ),
    (
        "所需次级比例 = 1 - 该档及同顺位、其前各档占发行之比。标“上限”者：达到可发行上限时目标仍不受约束。",
        "Subordination needed = 1 - share of the tranche and all with or before it. `limit`: even the largest size that can be held keeps the target.",
    ),
    (
        "临界值：该档刚好足额兑付（利息逐期、本金至法定到期）的水平，其余为预期、无补足；余量为现值距其多远，正为安全一侧（即时公式）。",
        "Break-even: where the tranche is just paid, all else as expected, no payer of support. Room: how far off that is, above 0 on the safe side (live).",
    ),
    (
        "曲线：发行总额不变，末档以前各档与末档按比例此消彼长；虚线为目标违约概率，纵轴止于目标的数倍，更高的值见表。",
        "Curve: the issue held, the classes before the last give way to it pro rata; the axis ends at a few times the target, the table has what is above.",
    ),
)


Asked = tuple[str, str, str]
"""Tranche, hold, reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingSheet:
    """What was written."""

    sizes: tuple[SafeBalance, ...]
    cells: dict[Asked, str]
    """Where the safe size of each stands."""
    refused: dict[Asked, tuple[Problem, ...]]
    """Why there is none."""
    break_evens: dict[tuple[str, str], float]


def write_sizing(native: Native) -> SizingSheet:
    """Safe sizes, break-evens, and the curve of PD against the senior share."""
    reading = lead(native)
    page = native.book.page(SHEET)
    page.heading(
        "安全发债规模与临界值",
        "Safe size, required subordination and break-evens",
        (
            "回答：在目标违约概率下各档最多发行多少、需要多少次级；回收、票息、延迟到何水平时刚好足额兑付。",
            "Answers: how large may each tranche be at the target PD, what subordination does it need, and where is it just paid?",
        ),
        native.unit,
        MASTER,
    )
    widths = [70.0, *[20.0] * (len(_HEADS) - 1)]
    page.widths(*widths)
    rows, row = PageRows(page, _FIRST, sum(widths)), _FIRST
    page.text(row, 1, "目标违约概率 Target PD", "total")
    target = page.ref(row, 2)
    page.formula(
        row, 2, f"={native.deal.ref('model', 'target_pd')}", native.assessment.deal.model.target_pd, "percent4"
    )
    sizes, refused, row = _sizes(native, page, row + 2)
    rows.room_for(row, len(BREAK_EVEN_FACTORS) * len(native.assessment.tranches) + 6)
    break_evens, row = _break_evens(native, page, row)
    rows.room_for(row, 2 * len(_NOTES) + 2)
    row = notes(page, row, (method_note("due", reading), *_NOTES)) + 1
    if "sub_share" in factors_of(native.assessment.deal):
        rows.room_for(row, POINTS + 4 + chart_rows(_CURVE))
        row = _curve(native, page, target, row)
    page.finish(titles="1:5", stamp=native.stamp)
    cells = {asked: cell for asked, (_, cell) in sizes.items()}
    found = tuple(each for each, _ in sizes.values())
    return SizingSheet(sizes=found, cells=cells, refused=refused, break_evens=break_evens)


def _asked(native: Native) -> Iterator[Asked]:
    """Tranche, hold, reading; the last class has no class after it to give way.

    Where answers are costly, tranches between the first and the last stand in the due reading alone.
    """
    ranked = native.assessment.deal.by_rank
    last = ranked[-1].rank
    for k, each in enumerate(ranked):
        readings = ("due", lead(native)) if k in ends(native) or not is_costly(native) else ("due",)
        for hold in HOLDS:
            if hold == "others" or each.rank < last:
                for reading in readings:
                    yield each.tranche, hold, reading


def _sizes(
    native: Native, page: Page, row: int
) -> tuple[dict[Asked, tuple[SafeBalance, str]], dict[Asked, tuple[Problem, ...]], int]:
    """What was found and the cell it stands in, what was refused, and the next free row."""
    deal = native.assessment.deal
    page.section(row, "安全发债规模", f"Safe size ({native.unit})", len(_HEADS))
    page.headers(row + 1, 1, _HEADS, height=34)
    row += 2
    found: dict[Asked, tuple[SafeBalance, str]] = {}
    refused: dict[Asked, tuple[Problem, ...]] = {}
    lines: list[tuple[str, tuple[Problem, ...]]] = []
    names = [each.tranche for each in deal.by_rank]
    for asked in _asked(native):
        tranche, hold, reading = asked
        k, what = names.index(tranche), f"{tranche}: {both(*_HOLDS[hold])}"
        page.text(row, 1, what)
        page.text(row, 2, reading)
        # The deal sheet lists the tranches by rank.
        page.formula(row, 3, f"={native.deal.ref('tranches', k, 'balance')}", deal.by_rank[k].balance, "money")
        try:
            each = safe_balance(deal, tranche, reading=reading, hold=hold)
        except KmvError as error:
            refused[asked] = error.problems
            lines.append((f"{what} ({reading})", error.problems))
            _dashes(page, row, (4, 5, 6, 7, 8))
        else:
            found[asked] = each, page.ref(row, 4)
            _size(page, each, row)
        row += 1
    return found, refused, refusals(page, row, lines) + 1


def _size(page: Page, each: SafeBalance, row: int) -> None:
    computed(page, row, 4, each.safe_balance, "money")
    page.formula(row, 5, f"=D{row}-C{row}", each.safe_balance - each.balance, "money")
    computed(page, row, 6, each.safe_share, "percent")
    computed(page, row, 7, each.subordination, "percent")
    computed(page, row, 8, each.probability_of_default, "percent4")
    if not each.is_bound:
        page.text(row, 2, f"{each.reading}（上限 limit）")


def _break_evens(native: Native, page: Page, row: int) -> tuple[dict[tuple[str, str], float], int]:
    deal = native.assessment.deal
    heads = (
        "临界值\nBreak-even of",
        "档次\nTranche",
        "现值\nAs it stands",
        "临界水平\nJust paid at",
        "余量（负为不足）\nRoom (< 0: not paid)",
    )
    page.section(row, "临界值", "Where each tranche is just paid", len(_HEADS))
    page.headers(row + 1, 1, heads, height=34)
    row += 2
    found: dict[tuple[str, str], float] = {}
    refused: list[tuple[str, tuple[Problem, ...]]] = []
    for name in BREAK_EVEN_FACTORS:
        if name in ("recovery_rate", "delay") and deal.recovery is None:
            continue
        for k, each in enumerate(deal.by_rank):
            page.text(row, 1, f"{TERMS[name].zh} {TERMS[name].en}" if k == 0 else "")
            page.text(row, 2, each.tranche, "fit")
            stands, cell = _stands(native, k, name)
            page.formula(row, 3, cell, stands, _KINDS[name]) if cell else page.value(
                row, 3, stands, _KINDS[name], "calc"
            )
            try:
                value = found[each.tranche, name] = break_even_factor(deal, each.tranche, name)
            except KmvError as error:
                refused.append((f"{each.tranche}, {TERMS[name].zh} {TERMS[name].en}", error.problems))
                _dashes(page, row, (4, 5))
            else:
                computed(page, row, 4, value, _KINDS[name])
                room = f"=C{row}-D{row}" if name in _ROOM_BELOW else f"=D{row}-C{row}"
                page.formula(row, 5, room, stands - value if name in _ROOM_BELOW else value - stands, _KINDS[name])
            row += 1
    return found, refusals(page, row, refused) + 1


def _stands(native: Native, k: int, name: str) -> tuple[float, str]:
    """What the deal has of a factor, and the formula that fetches it; the multiple is 1 by its definition."""
    deal, ref = native.assessment.deal, native.deal.ref
    if name == "collections_multiple":
        return 1.0, ""
    if name == "coupon":
        return deal.by_rank[k].coupon, f"={ref('tranches', k, 'coupon')}"
    return float(getattr(deal.loans, name)), f"={ref('recovery', name)}"


def _dashes(page: Page, row: int, columns: tuple[int, ...]) -> None:
    for column in columns:
        computed(page, row, column, None, "text")


def _curve(native: Native, page: Page, target: str, row: int) -> int:
    """PD of the first tranche against the share of all classes before the last."""
    deal = native.assessment.deal
    last = max(each.rank for each in deal.tranches)
    size = sum(each.balance for each in deal.tranches)
    stands = sum(each.balance for each in deal.tranches if each.rank == last) / size
    shares = sorted({stands, *np.linspace(_LEAST_SUB, max(_MOST_SUB, stands), POINTS - 1).tolist()}, reverse=True)
    readings = tuple(dict.fromkeys((lead(native), "due")))
    tables = sensitivities(
        deal, "sub_share", [each - stands for each in shares], outputs=("probability_of_default",), readings=readings
    )
    name = deal.by_rank[0].tranche
    heads = [
        "末档以前各档占发行比例\nShare of the classes before the last",
        *(f"PD\n({each})" for each in readings),
        "目标 PD\nTarget",
    ]
    page.section(row, "首档违约概率与发行比例", f"PD of {name} against the share of the issue", len(_HEADS))
    page.headers(row + 1, 1, heads, height=34)
    top = row + 2
    for i, share in enumerate(shares):
        page.value(top + i, 1, 1.0 - share, "percent", "computed")
        for j, table in enumerate(tables):
            number(page, top + i, 2 + j, float(table.values[i, 0]), "percent4")
        page.formula(top + i, 2 + len(tables), f"={target}", deal.model.target_pd, "percent4", "calc")
    # Where the curve crosses the target is what is asked: what rises far above would press it flat.
    highest = max(float(np.nanmax(table.values[:, 0])) for table in tables)
    zoomed = _TIMES * deal.model.target_pd
    y_most = round_up(zoomed) if highest > zoomed else pd_most(highest)
    end, across = top + len(shares) - 1, partial(_column, top, top + len(shares) - 1)
    lines = [Line(f"PD ({each})", across(2 + j)) for j, each in enumerate(readings)]
    lines.append(Line("目标 Target PD", across(2 + len(tables)), dash=1))
    curve_chart(
        page.sheet,
        f"A{end + 2}",
        f"{name}：违约概率与发行比例 PD against share of the issue",
        across(1),
        lines,
        x_format="0%",
        y_format="0.00%",
        x_limits=(np.floor(10.0 * (1.0 - shares[0])) / 10.0, 1.0),
        y_most=y_most,
        size=(36, _CURVE),
    )
    return end + 2 + chart_rows(_CURVE)


def _column(top: int, end: int, column: int) -> tuple[int, int, int, int]:
    return top, column, end, column
