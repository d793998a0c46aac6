"""The Bridge sheet: which inputs differ from another version of the deal, and what each group of them brought."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from addin.deal_layout import layout, title
from addin.report.analyses import ends, method_note
from addin.report.computed import PageRows, chart_rows, computed, notes, print_only
from addin.workbook.charts import COLOURS_SAID, Line, bars_height, bridge_chart, pd_most
from addin.workbook.native.context import FAIL, MASTER, PASS, TOLERANCE, TOLERANCE_CELL, Native
from addin.workbook.native.deal_sheet import kind_of
from addin.workbook.page import Page, both
from kmv_core.deal.deal import Deal
from kmv_core.deal.structure_checks import Field
from kmv_core.risk.bridge import GROUPS, Bridge

SHEET = "Bridge"
_FIRST = 6
_HEADS = ("步骤\nStep", "违约概率变动（百分点）\nChange of PD (pp)", "累计\nRunning sum")
_INPUT_HEADS = ("所属步骤：输入\nStep: input", "变更前\nBefore", "变更后\nAfter")
_PARTS = ("空白\nSpace", "违约概率\nPD", "抬高\nRaises PD", "降低\nLowers PD")
_FIGURES = ("0.00%", '"+"0.00%', '"-"0.00%')
_COLOURS = (None, 0, 2, 1)
"""As on Enhancement: what lowers is orange, what raises is grey."""
_WIDTHS = (108.0, 48.0, 48.0)
_ASIDE = len(_HEADS) + 2
"""The column where the cells that a chart draws begin: beside the table and not printed."""
_WORDS = {"shapley": "Shapley", "in_order": "按所列次序 in the order shown"}
_NOTES = (
    (
        "各组输入的贡献按 Shapley 对变更的所有次序取平均；组数过多或混合后不成项目时，按所列次序依次变更。合计恒等于总变动。",
        "Parts are Shapley's, averaged over every order of the changes; with many groups, or where a mixture is no deal, in the order shown. They add up.",
    ),
    (
        "累计为变更前违约概率与已列各项之和，按 Shapley 时不是任何中间版本的违约概率。名称、风险偏好与冲击设置不影响违约概率，不列。",
        "The running sum is PD before plus the parts so far: with Shapley, of no version between. Names, appetite and shocks do not move PD: not listed.",
    ),
)


def write_bridge(native: Native, bridges: Sequence[Bridge], before: str, earlier: Deal | None = None) -> None:
    """The inputs that differ from the deal `earlier`, then a table with its check and a chart for each bridge.

    `before` names the version that is compared with.
    """
    page = native.book.page(SHEET)
    page.heading(
        "版本间违约概率桥",
        "Bridge between two versions",
        (
            f"回答：与“{before}”相比，哪些输入变了，违约概率因哪一组输入而变、变了多少。",
            f"Answers: compared with {before}, which inputs changed, and which group of them moved PD by how much?",
        ),
        native.unit,
        MASTER,
    )
    page.widths(*_WIDTHS)
    rows, row = PageRows(page, _FIRST, sum(_WIDTHS)), _FIRST
    if earlier is not None:
        row = _inputs(page, list(changed_inputs(earlier, native.assessment.deal)), row)
    names = [each.name for each in native.assessment.tranches]
    for each in bridges:
        # The first and the last tranche have a chart, as everywhere.
        height = bars_height(len(each.parts) + 2, 0) if names.index(each.tranche) in ends(native) else 0.0
        rows.room_for(row, len(each.parts) + 6 + (chart_rows(height) if height else 0))
        row = _bridge(page, each, row, height)
    rows.room_for(row, 2 * len(_NOTES) + 2)
    notes(page, row, (method_note(bridges[0].reading), *_NOTES))
    print_only(page, len(_HEADS))
    page.finish(titles="1:5", stamp=native.stamp)


class ChangedInput(NamedTuple):
    """One cell of the inputs that is not what it was."""

    words: str
    before: str
    after: str


def changed_inputs(before: Deal, after: Deal) -> Iterator[ChangedInput]:
    """Inputs that the bridge counts, in the order of its groups; a line that one version has not is a dash there."""
    old, new = _values(before), _values(after)
    for zh, en, names in GROUPS.values():
        for field in dict.fromkeys([*new, *old]):
            if _part(field) in names and old.get(field, "-") != new.get(field, "-"):
                line = f"，{_line(field, new, old)}" if len(field) == 3 else ""
                words = f"{both(zh, en)}：{title(str(field[-1]))}{line}"
                yield ChangedInput(words, old.get(field, "-"), new.get(field, "-"))


def _values(deal: Deal) -> dict[Field, str]:
    found = layout(deal, {})
    return {field: _shown(str(field[-1]), found.rows[row][column]) for field, (row, column) in found.cells.items()}


def _part(field: Field) -> str:
    """The part of the deal that a field of its sheet is in."""
    section = str(field[0])
    return str(field[-1]) if section == "deal" else "recovery" if section == "recovery_curve" else section


def _line(field: Field, *versions: dict[Field, str]) -> str:
    """What a table calls the line of a field: its first column."""
    mine = next(each for each in versions if field in each)
    return next(value for other, value in mine.items() if other[:2] == field[:2])


def _shown(key: str, value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, dt.date):
        return value.isoformat()
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return str(value)
    return f"{100.0 * value:.10g}%" if kind_of(key) == "percent" else f"{value:,.10g}"


def _inputs(page: Page, found: Sequence[ChangedInput], row: int) -> int:
    page.section(row, "变更的输入", "Inputs that changed", len(_HEADS))
    page.headers(row + 1, 1, _INPUT_HEADS, height=34)
    row += 2
    for each in found:
        for column, text in enumerate(each, start=1):
            page.text(row, column, text, "label" if column == 1 else "computed")
        row += 1
    if not found:
        page.text(row, 1, "没有影响违约概率的输入变更。 No input that counts has changed.", "note")
        row += 1
    return row + 1


def _bridge(page: Page, found: Bridge, row: int, height: float) -> int:
    """Before, the parts, after: the change is computed, the level a live sum, so is the check."""
    count = len(found.parts)
    words = f"{found.tranche} ({found.reading}, {_WORDS[found.method]})"
    page.section(row, "档次 Tranche:", words, len(_HEADS))
    page.headers(row + 1, 1, _HEADS, height=34)
    top = row + 2
    end, check = top + count + 1, top + count + 2
    page.text(top, 1, "变更前 Before", "total")
    computed(page, top, 3, found.before, "percent4")
    levels = [found.before]
    for at, each in enumerate(found.parts, start=top + 1):
        levels.append(levels[-1] + each.change)
        page.text(at, 1, both(each.zh, each.en))
        computed(page, at, 2, each.change, "percent4")
        page.formula(at, 3, f"=C{at - 1}+B{at}", levels[-1], "percent4")
    page.text(end, 1, "变更后 After", "total")
    computed(page, end, 3, found.after, "percent4")
    page.text(check, 1, "检验：各项合计 = 变更后 - 变更前 Check: the parts add up", "label")
    verdict = PASS if abs(levels[-1] - found.after) <= TOLERANCE else FAIL
    page.formula(check, 3, f'=IF(ABS(C{end - 1}-C{end})<={TOLERANCE_CELL},"{PASS}","{FAIL}")', verdict, "text")
    if not height:
        return check + 2
    _drawn(page, found, levels, (top, end))
    bridge_chart(
        page.sheet,
        f"A{check + 2}",
        f"违约概率桥 PD bridge: {found.tranche} ({found.reading})\n{COLOURS_SAID}",
        (top, 1, end, 1),
        [
            Line(name.replace("\n", " "), (top, _ASIDE + i, end, _ASIDE + i), _COLOURS[i])
            for i, name in enumerate(_PARTS)
        ],
        figures=_FIGURES,
        y_most=pd_most(max(levels)),
        size=(36, height),
    )
    return check + 2 + chart_rows(height)


def _drawn(page: Page, found: Bridge, levels: Sequence[float], place: tuple[int, int]) -> None:
    """Where the bars of the chart stand, beside the table; an empty cell has no bar."""
    top, end = place
    page.headers(top - 1, _ASIDE, _PARTS, height=34)
    page.widths(*_WIDTHS, 4.0, *[18.0] * len(_PARTS))
    space, pd, raises, lowers = range(_ASIDE, _ASIDE + len(_PARTS))
    for at in range(top, end + 1):
        for column in (space, pd, raises, lowers):
            page.gap(at, column, "percent4", "calc")
    for at, value in ((top, found.before), (end, found.after)):
        page.formula(at, pd, f"=C{at}", value, "percent4")
    for i, each in enumerate(found.parts, start=1):
        at = top + i
        page.formula(at, space, f"=MIN(C{at - 1},C{at})", min(levels[i - 1 : i + 1]), "percent4")
        page.formula(at, raises if each.change > 0.0 else lowers, f"=ABS(B{at})", abs(each.change), "percent4")
