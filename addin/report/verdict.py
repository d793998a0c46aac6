"""Page one, for the committee: the verdict in cards, what speaks for and against, what moves it, what is assumed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from addin.deal_block import ParsedDeal
from addin.report.analyses import lead
from addin.report.analysis_sheets import Analyses
from addin.report.assumptions import write_assumptions
from addin.report.findings import Finding, Shown, findings
from addin.report.monitor_sheet import since_closing
from addin.report.verdict_movers import SMALL_PD, write_movers
from addin.report.verdict_sizes import READING_WORDS, headline_sizes, size_notes, write_size
from addin.workbook.native.context import MASTER, Native
from addin.workbook.native.kmv_sheet import KmvSheet, kind_of, title_of
from addin.workbook.native.sensitivity import SensitivitySheet
from addin.workbook.page import ROW_HEIGHT, Page, both
from kmv_core.risk.monitor import Monitoring
from kmv_core.vocabulary.terms import TERMS

WIDTH = 12
NOTE_HEIGHT = 13
"""Small print: page one is to hold what speaks for and against too."""
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
_EXACT_NOTE = (
    "结论以 exact（枚举被许可人违约组合）为准；waterfall、due 为论文的对数正态近似。 "
    "The verdict is exact (every set of licensees in default); waterfall and due are the thesis' lognormal."
)
_WATERFALL_NOTE = (
    "结论以 waterfall（偿付顺序）为准；due（应付金额，论文方法）供比较。 "
    "The verdict is waterfall, the order of payment; due is the thesis' method."
)
_BY_READING = ("probability_of_default", "extension_probability", "distance_to_default")


def write_verdict(
    page: Page,
    native: Native,
    kmv: KmvSheet,
    sensitivity: SensitivitySheet,
    analyses: Analyses | None,
    parsed: ParsedDeal,
    monitoring: Monitoring | None = None,
) -> None:
    """The page; a number on it is a link to the sheet that made it, or grey where no sheet has it."""
    deal = native.assessment.deal
    title = (deal.name, "违约概率报告 default probability report")
    page.heading(
        *title,
        (
            "回答：各档违约概率是多少，什么最影响它，依据哪些假设。",
            "Answers: how likely each tranche is to default, what moves that most, and what it rests on.",
        ),
        native.unit,
        MASTER,
    )
    # A long name must fit the page.
    page.text(1, 1, both(*title), "title_fit")
    page.sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=WIDTH)
    page.widths(40, *[13] * (WIDTH - 1))
    if monitoring is not None:
        page.text(6, 1, since_closing(monitoring), "warning")
    row = _cards(page, native, kmv, 7)
    shown, row = _tranches(page, native, kmv, analyses, row + 1)
    points = findings(native.assessment, shown)
    row = _points(page, points, row + 1)
    tornado = analyses.tornado if analyses is not None else None
    row = write_movers(page, native, kmv, sensitivity, tornado, row, WIDTH)
    page.keep_together(row, (2 * len(LIMITS) + 2) * ROW_HEIGHT)
    row = _lines(page, row, ("使用限制", "Limits of use"), LIMITS)
    page.keep_together(row + 1, 6 * ROW_HEIGHT)
    write_assumptions(page, row + 1, parsed, WIDTH)
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
    # The exact reading has no break-even of its own.
    by = "" if first.exact is None else "（waterfall）"
    cards[2:2] = [
        (f"{first.name}\n展期概率 PE", kmv.headline(0, "extension_probability"), late, "percent"),
        (f"{first.name}\n安全垫 Cushion{by}", kmv.by_waterfall(0, "cushion"), cushion, "percent"),
    ]
    for i, (label, cell, value, kind) in enumerate(cards):
        column = 1 + 2 * i
        for at in (row, row + 1):
            page.sheet.merge_cells(start_row=at, start_column=column, end_row=at, end_column=column + 1)
        page.text(row, column, label, "card_label")
        if kind == "percent" and isinstance(value, float) and 0.0 <= value < SMALL_PD:
            kind = "percent4"
        page.formula(row + 1, column, f"={cell}", value, kind, "card")
    page.sheet.row_dimensions[row].height = 30
    page.sheet.row_dimensions[row + 1].height = 30
    return row + 2


def _tranches(page: Page, native: Native, kmv: KmvSheet, analyses: Analyses | None, row: int) -> tuple[Shown, int]:
    """One line a tranche, the headline; then legal and expected maturity in every reading. Gives the next free row."""
    found, reading = native.assessment, lead(native)
    zh, en = READING_WORDS[reading]
    sizes = headline_sizes(native, analyses.sizing if analyses is not None else None)
    page.section(row, f"各档结果（{zh}口径）", f"Results by tranche ({en})", WIDTH)
    heads = ["档次 Tranche", f"规模 Balance\n({native.unit})"]
    heads += [title_of(key).replace(" ", "\n", 1) for key, _ in _TABLE]
    page.headers(row + 1, 1, [*heads, "安全规模\nSafe size"], height=48)
    top, last = row + 2, 3 + len(_TABLE)
    for k, each in enumerate(found.tranches):
        at = top + k
        page.text(at, 1, each.name, "wrap")
        page.formula(at, 2, f"={kmv.due(k, 'balance')}", found.deal.by_rank[k].balance, "money")
        for i, (key, is_headline) in enumerate(_TABLE):
            _link(page, at, 3 + i, kmv.headline(k, key) if is_headline else kmv.by_waterfall(k, key), kmv, key)
        write_size(page, at, last, sizes[k])
    rows = range(top, top + len(found.tranches))
    row = rows.stop
    notes = size_notes(sizes, reading, found.deal.model.target_pd, is_linked=any(each.cell for each in sizes))
    if reading == "exact":
        notes.append(
            "临界倍数、安全垫与覆盖倍数取自 waterfall（论文的对数正态口径）。 "
            "Break-even, cushion and coverage are of the waterfall reading, the thesis' lognormal."
        )
    alone, row = _readings(page, native, kmv, _notes(page, row, notes) + 1)
    shown = Shown(
        kmv=kmv,
        sizes=sizes,
        size_cells=[page.ref(at, last, sheet=False) for at in rows],
        balance_cells=[page.ref(at, 2, sheet=False) for at in rows],
        alone_cells=alone,
        target_cell=native.deal.ref("model", "target_pd"),
    )
    return shown, row


def _readings(page: Page, native: Native, kmv: KmvSheet, row: int) -> tuple[list[str], int]:
    """PD by legal and by expected maturity, and DD, in every reading side by side, the headline first.

    With payers of support there is the headline's PD without them too: gives its cells, and the next free row.
    """
    found, has_payers = native.assessment, bool(native.assessment.deal.support)
    readings = [each for each in READING_WORDS if each != "exact" or found.exact is not None]
    page.section(
        row, "各口径违约概率与展期概率", "PD by legal maturity (PD) and by expected maturity (PE), by reading", WIDTH
    )
    heads = ["档次 Tranche"]
    for reading in readings:
        zh, en = READING_WORDS[reading]
        for key in _BY_READING:
            # A DD is the pool's own but for the exact one, which is that of its PD.
            counts = key != "distance_to_default" or reading == "exact"
            payers = ("\n含补足 with" if counts else "\n不含 without") if has_payers else ""
            heads.append(f"{TERMS[key].symbol} {zh}\n{en}{payers}")
    if has_payers:
        zh, en = READING_WORDS[readings[0]]
        heads.append(f"PD {zh}\n{en}\n不含 without")
    page.headers(row + 1, 1, heads, height=48 if has_payers else 34)
    places = {"exact": kmv.exactly, "waterfall": kmv.by_waterfall, "due": kmv.due}
    alone = []
    for k, each in enumerate(found.tranches):
        at = row + 2 + k
        page.text(at, 1, each.name, "wrap")
        cells = [(places[reading](k, key), key) for reading in readings for key in _BY_READING]
        for i, (address, key) in enumerate(cells):
            _link(page, at, 2 + i, address, kmv, key)
        if has_payers:
            column = 2 + len(cells)
            alone.append(page.ref(at, column, sheet=False))
            if each.exact is not None:
                page.value(at, column, each.exact.unsupported_pd, "percent4", "computed")
            else:
                _link(page, at, column, kmv.by_waterfall(k, "unsupported_pd"), kmv, "unsupported_pd")
    notes = [_EXACT_NOTE if found.exact is not None else _WATERFALL_NOTE]
    if has_payers:
        notes.append(
            "含补足：计入补足人及其违约，不含：仅资产池；Terms 页的 due 不含补足。 "
            "With: payers of support pay unless they fail themselves; without: the pool alone, as due on sheet Terms."
        )
    return alone, _notes(page, row + 2 + len(found.tranches), notes)


def _notes(page: Page, row: int, notes: Sequence[str]) -> int:
    for i, words in enumerate(notes):
        page.text(row + i, 1, words, "note")
        page.sheet.row_dimensions[row + i].height = NOTE_HEIGHT
    return row + len(notes)


def _link(page: Page, row: int, column: int, address: str, kmv: KmvSheet, key: str) -> None:
    """A cell that repeats another, with the value that one shows."""
    name, cell = address.replace("$", "").split("!")
    cached = kmv.page.book.cached.get((name, cell), kmv.page.sheet[cell].value)
    page.formula(row, column, f"={address}", cached, kind_of(key))


def _points(page: Page, points: Sequence[Finding], row: int) -> int:
    """Positives and negatives, each with its number; what page one does not hold goes on under the same head."""
    page.keep_together(row, 4 * ROW_HEIGHT)
    _points_head(page, row, "")
    for each in points:
        row += 1
        if page.keep_together(row, ROW_HEIGHT):
            _points_head(page, row, "（续 continued）")
            row += 1
        page.text(
            row,
            1,
            "＋ 正面 positive" if each.positive else "－ 负面 negative",
            "label" if each.positive else "warning",
        )
        page.text(row, 2, each.words)
        page.formula(row, 11, each.formula, each.value, each.kind)
    return row + 2


def _points_head(page: Page, row: int, more: str) -> None:
    page.section(
        row,
        f"正面与负面因素{more}（按本项目风险等级表判断，生成时选定）",
        "Positives and negatives, by the deal's own appetite, chosen when built",
        WIDTH,
    )


def _lines(page: Page, row: int, title: tuple[str, str], lines: Sequence[tuple[str, str]]) -> int:
    page.section(row, *title, WIDTH)
    for i, (zh, en) in enumerate(lines):
        page.text(row + 1 + 2 * i, 1, f"{i + 1}. {zh}")
        page.text(row + 2 + 2 * i, 1, f"    {en}", "note")
    return row + 1 + 2 * len(lines)
