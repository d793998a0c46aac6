"""The Methods sheet: what each method of credit risk needs and can do, whether it applies, and what it gives."""

from __future__ import annotations

import numpy as np

from addin.report.analyses import number, refusals
from addin.report.computed import PageRows, chart_rows, computed, notes
from addin.workbook.charts import Line, bars_chart, curve_chart, pd_most
from addin.workbook.native.context import MASTER, Native
from addin.workbook.page import Page
from kmv_core.methods.table import MethodRow, MethodTable, method_table
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import KmvError

SHEET = "Methods"
BINS = 20
_FIRST = 6
_HEADS = (
    "方法\nMethod",
    "需要\nNeeds",
    "长处\nStrengths",
    "局限\nLimits",
    "是否适用\nDoes it apply here?",
    "出处\nSource",
)
_WIDTHS = (28.0, 40.0, 40.0, 40.0, 34.0, 26.0)
OURS = "kmv"
_BARE = "\n不计储备、时点、补足\nno reserve, timing, payers"
_LINE = 12.5
_MOST = {"npl": "预期回收 expected collections", "ip": "许可费合同金额 fees by contract"}
_NOTES = (
    (
        "损失自“应收合计”起算：许可费池为合同金额，不良贷款池为预期净回收。累计应付 D 之上的部分为安全垫；损失超过安全垫即 due 口径的违约。",
        "Losses count from fees by contract, or expected net collections of loans; what of it is above D is the cushion: a loss beyond it is default (due).",
    ),
    (
        "各方法（含 KMV）均未计付款时点、储备、触发与补足，故仅用于方法间比较，与 Verdict 不等；各档结论以 Verdict 与 KMV 页为准。",
        "No method here, nor KMV, counts timing, reserve, triggers or support: the table compares methods; a tranche's PD is that on Verdict and KMV.",
    ),
    (
        "不适用或缺少数据的方法不给数字，只说明原因；CreditPortfolioView 需要逐期违约率与宏观序列。",
        "A method that does not apply, or lacks data, gives no number but its reason; CreditPortfolioView needs default rates and macro series.",
    ),
)


def write_methods(native: Native) -> MethodTable | None:
    """Words, results and the loss distribution, all computed by the core; None for a pool that has no distribution."""
    deal = native.assessment.deal
    page = native.book.page(SHEET)
    page.heading(
        "各信用风险模型：是否适用、损失多大",
        "Credit risk models: which apply, and what losses they see",
        (
            "回答：各种信用风险模型需要什么、适不适用于本资产池、结果相差多少。",
            "Answers: what does each credit risk model need, does it apply to this pool, and what does it say?",
        ),
        native.unit,
        MASTER,
    )
    page.widths(*_WIDTHS)
    rows, row = PageRows(page, _FIRST, sum(_WIDTHS)), _FIRST
    table = None
    try:
        table, line = _tables(native)
    except KmvError as error:
        refusals(page, row, [(deal.name, error.problems)])
    else:
        row = _words(page, table, row)
        page.break_before(row)
        rows.start = row
        row = _results(native, page, table, [each.tranche for each in deal.by_rank], row)
        row = _distribution(native, page, rows, (table, line), row)
        rows.room_for(row, 2 * len(_NOTES))
        notes(page, row, _NOTES)
    page.finish(titles="1:5", stamp=native.stamp)
    return table


def _tables(native: Native) -> tuple[MethodTable, Floats]:
    """The table with P(loss > x) at every tranche's cushion, then at the levels of the chart; those levels."""
    deal, points = native.assessment.deal, native.assessment.due_points.default_points[:, -1]
    bare = method_table(deal=deal)
    line = _line(bare)
    cushions = np.maximum(bare.owed - points, 0.0)
    return method_table(deal=deal, cushions=np.concatenate([cushions, line])), line


def _line(table: MethodTable) -> Floats:
    """Levels of loss for the chart: from nothing to a little beyond the far quantile of every method."""
    far = max(float(row.result.loss_quantiles[-1]) for row in table.rows if row.result is not None)
    top: Floats = np.linspace(0.0, min(1.15 * far, table.owed), BINS + 1)
    return top


def _words(page: Page, table: MethodTable, row: int) -> int:
    page.headers(row, 1, _HEADS, height=34)
    for i, each in enumerate(table.rows, start=1):
        method = each.method
        verdict = "适用 yes" if each.result is not None else _reason(each)
        cells = [
            _short(each),
            *(f"{zh}\n{en}" for en, zh in (method.needs, method.strengths, method.limits)),
            verdict,
            method.source,
        ]
        for column, text in enumerate(cells, start=1):
            page.text(row + i, column, text, "wrap")
        lines = max(_lines(text, width) for text, width in zip(cells, _WIDTHS, strict=True))
        page.sheet.row_dimensions[row + i].height = _LINE * lines + 4.0
    return row + len(table.rows) + 2


def _reason(row: MethodRow) -> str:
    """Why there is no result; the row has named the method already."""
    found = row.reason
    if found is None:
        return ""
    en, zh = (
        text.removeprefix(name).lstrip() for text, name in zip((found.en, found.zh), row.method.name, strict=True)
    )
    return f"{zh}\n{en}\n({found.code})"


def _lines(text: str, width: float) -> int:
    """Lines that a text takes in a column; a Chinese character is as wide as two Latin ones."""
    total = 0
    for line in text.split("\n"):
        size = sum(2.0 if ord(each) > 0x2E7F else 1.05 for each in line)
        total += max(1, int(np.ceil(size / (width - 3.0))))
    return total


def _results(native: Native, page: Page, table: MethodTable, names: list[str], row: int) -> int:
    """One line a figure, one column a method."""
    kind = "ip" if native.assessment.deal.licences else "npl"
    page.section(row, "结果", f"Results, losses in {native.unit}", len(_HEADS))
    heads = ["指标\nFigure", *(_short(each) for each in table.rows)]
    page.headers(row + 1, 1, heads, height=62)
    results = [each.result for each in table.rows]
    lines: list[tuple[str, str, list[float | None]]] = [
        ("预期损失 Expected loss", "money", [each.expected_loss if each else None for each in results]),
        ("标准差 Standard deviation", "money", [each.standard_deviation if each else None for each in results]),
    ]
    for i, level in enumerate(table.quantiles.tolist()):
        values = [float(each.loss_quantiles[i]) if each else None for each in results]
        lines.append((f"{level:.1%} 分位 quantile", "money", values))
    for k, name in enumerate(names):
        values = [float(each.exceedance[k]) if each else None for each in results]
        lines.append((f"PD {name}", "percent4", values))
    for i, (label, form, values) in enumerate(lines, start=2):
        page.text(row + i, 1, label, "fit")
        for j, value in enumerate(values):
            computed(page, row + i, 2 + j, value, form)
    end = row + 2 + len(lines)
    page.text(end, 1, f"损失起算 Losses count from: {_MOST[kind]}", "note")
    computed(page, end, 5, table.owed, "money")
    return end + 2


def _short(row: MethodRow) -> str:
    """The method in both languages; ours with what it leaves out here and counts on Verdict."""
    return "\n".join(dict.fromkeys(reversed(row.method.name))) + (_BARE if row.method.code == OURS else "")


def _legend(row: MethodRow) -> str:
    return " ".join(dict.fromkeys(reversed(row.method.name)))


def _distribution(native: Native, page: Page, rows: PageRows, found: tuple[MethodTable, Floats], row: int) -> int:
    """P(loss > x) of every method that applies, and where the losses of the exact one lie."""
    table, line = found
    skip = len(native.assessment.tranches)
    mine = [each for each in table.rows if each.result is not None]
    main = mine[min(1, len(mine) - 1)]
    heads = ["损失 x\nLoss x", *(f"P(损失 loss > x)\n{_legend(each)}" for each in mine)]
    heads.append(f"落在该段的概率\nP(in this step), {_legend(main)}")
    page.section(row, "损失分布", f"Loss distribution ({native.unit})", len(_HEADS))
    page.headers(row + 1, 1, heads, height=62)
    top = row + 2
    shares = []
    for i, x in enumerate(line.tolist()):
        page.value(top + i, 1, x, "money", "computed")
        for j, each in enumerate(mine):
            number(page, top + i, 2 + j, _beyond(each, skip + i), "percent4")
        column = 2 + len(mine)
        # Above this level and up to the next; the last one holds the rest.
        share = _beyond(main, skip + i) - (_beyond(main, skip + i + 1) if i < len(line) - 1 else 0.0)
        shares.append(share)
        cell = page.ref(top + i, 2 + mine.index(main), fixed=False, sheet=False)
        below = f"-{page.ref(top + i + 1, 2 + mine.index(main), fixed=False, sheet=False)}" if i < len(line) - 1 else ""
        page.formula(top + i, column, f"={cell}{below}", share, "percent4")
    end = top + len(line) - 1
    column, height, at = 2 + len(mine), 9.5, end + 2
    rows.room_for(at, chart_rows(height) + 2 * len(_NOTES))
    bars_chart(
        page.sheet,
        f"A{at + 1}",
        f"损失分布 Loss distribution\n{_legend(main)}: P(损失 loss ≤ 0) = {1.0 - _beyond(main, skip):.1%}",
        (top, 1, end, 1),
        Line(_legend(main), (top, column, end, column)),
        y_most=pd_most(max(shares)),
        size=(19.5, height),
    )
    curve_chart(
        page.sheet,
        f"D{at + 1}",
        f"损失超过 x 的概率 Probability of a loss beyond x ({native.unit})",
        (top, 1, end, 1),
        [Line(_legend(each), (top, 2 + j, end, 2 + j)) for j, each in enumerate(mine)],
        x_format="#,##0",
        y_format="0%",
        x_limits=(0.0, float(line[-1])),
        y_most=1.0,
        size=(19.0, height),
    )
    return at + chart_rows(height)


def _beyond(row: MethodRow, place: int) -> float:
    return float("nan") if row.result is None else float(row.result.exceedance[place])
