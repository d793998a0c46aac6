"""The Bridge sheet: from another version of the deal to this one, what each changed group of inputs brought."""

from __future__ import annotations

from collections.abc import Sequence

from addin.report.analyses import ends, method_note
from addin.report.computed import PageRows, chart_rows, computed, notes
from addin.workbook.charts import Line, bars_height, bridge_chart
from addin.workbook.native.context import FAIL, MASTER, PASS, TOLERANCE, TOLERANCE_CELL, Native
from addin.workbook.page import Page, both
from kmv_core.risk.bridge import Bridge

SHEET = "Bridge"
_FIRST = 6
_HEADS = (
    "步骤\nStep",
    "违约概率变动\nChange of PD",
    "其后 PD\nPD after it",
    "空白\nSpace",
    "PD\nPD",
    "抬高\nRaises PD",
    "降低\nLowers PD",
)
_NOTES = (
    (
        "各组输入的贡献按 Shapley 对变更的所有次序取平均；组数过多或混合后不成项目时，按所列次序依次变更。合计恒等于总变动。",
        "Parts are Shapley's, averaged over every order of the changes; with many groups, or where a mixture is no deal, in the order shown. They add up.",
    ),
)


def write_bridge(native: Native, bridges: Sequence[Bridge], before: str) -> None:
    """A table with its check and a chart for each bridge; `before` names the version that is compared with."""
    page = native.book.page(SHEET)
    page.heading(
        "版本间违约概率桥",
        "Bridge between two versions",
        (
            f"回答：与“{before}”相比，违约概率因哪些输入而变。",
            f"Answers: compared with {before}, which changed inputs moved PD, and by how much?",
        ),
        native.unit,
        MASTER,
    )
    widths = [64.0, *[20.0] * (len(_HEADS) - 1)]
    page.widths(*widths)
    rows, row = PageRows(page, _FIRST, sum(widths)), _FIRST
    names = [each.name for each in native.assessment.tranches]
    for each in bridges:
        # The first and the last tranche have a chart, as everywhere.
        height = bars_height(len(each.parts) + 2, 0) if names.index(each.tranche) in ends(native) else 0.0
        rows.room_for(row, len(each.parts) + 6 + (chart_rows(height) if height else 0))
        row = _bridge(page, each, row, height)
    notes(page, row, (method_note(bridges[0].reading), *_NOTES))
    page.finish(titles="1:5", stamp=native.stamp)


def _bridge(page: Page, found: Bridge, row: int, height: float) -> int:
    """Before, the parts, after: the change is computed, the level a live sum, so is the check."""
    count = len(found.parts)
    page.section(row, "档次 Tranche:", f"{found.tranche} ({found.reading}, {found.method})", len(_HEADS))
    page.headers(row + 1, 1, _HEADS, height=34)
    top = row + 2
    end, check = top + count + 1, top + count + 2
    page.text(top, 1, "变更前 Before", "total")
    computed(page, top, 3, found.before, "percent4")
    level = found.before
    for i, each in enumerate(found.parts, start=1):
        at, after = top + i, level + each.change
        page.text(at, 1, both(each.zh, each.en))
        computed(page, at, 2, each.change, "percent4")
        page.formula(at, 3, f"=C{at - 1}+B{at}", after, "percent4")
        page.formula(at, 4, f"=MIN(C{at - 1},C{at})", min(level, after), "percent4")
        page.formula(at, 6, f"=MAX(B{at},0)", max(each.change, 0.0), "percent4")
        page.formula(at, 7, f"=MAX(-B{at},0)", max(-each.change, 0.0), "percent4")
        level = after
    page.text(end, 1, "变更后 After", "total")
    computed(page, end, 3, found.after, "percent4")
    for at, value in ((top, found.before), (end, found.after)):
        page.formula(at, 5, f"=C{at}", value, "percent4")
    page.text(check, 1, "检验：各项合计 = 变更后 - 变更前 Check: the parts add up", "label")
    verdict = PASS if abs(level - found.after) <= TOLERANCE else FAIL
    page.formula(check, 3, f'=IF(ABS(C{end - 1}-C{end})<={TOLERANCE_CELL},"{PASS}","{FAIL}")', verdict, "text")
    if not height:
        return check + 2
    bridge_chart(
        page.sheet,
        f"A{check + 2}",
        f"违约概率桥 PD bridge: {found.tranche} ({found.reading})",
        (top, 1, end, 1),
        [Line(_HEADS[column - 1].replace("\n", " "), (top, column, end, column)) for column in (4, 5, 6, 7)],
        size=(36, height),
    )
    return check + 2 + chart_rows(height)
