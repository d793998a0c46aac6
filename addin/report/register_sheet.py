"""The Register sheet: risks by source to be judged by people, weights by comparison, and a verdict only once they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from addin.report.computed import PageRows, notes, print_only
from addin.report.register_evidence import evidence
from addin.workbook.native.context import MASTER, Native
from addin.workbook.page import ROW_HEIGHT, Page, both
from kmv_core.methods.ahp import CONSISTENT, RANDOM_INDICES, PairwiseWeights, pairwise_weights
from kmv_core.methods.register import HIGH_ABOVE, MEDIUM_ABOVE, VERDICTS
from kmv_core.methods.register_risks import RegisterQuestion, register_questions

SHEET = "Register"
NOT_ASSESSED = "未评估 not assessed"
TO_ENTER = "待填 to be entered"
NO_EVIDENCE, GIVEN = "无依据 none", "已填 given"
SQUARINGS = 5
"""A^32: what an inconsistent matrix leaves of its other directions is below the last digit."""
_FIRST = 6
_WIDTHS = (42.0, 16.0, 16.0, 18.0, 18.0, 36.0, 40.0, 34.0)
_TALL = 40.0
_WEIGHT_ROWS = 7
"""Of the weights, beside one a source."""
_PER_RISK = _TALL / ROW_HEIGHT
_HEADS = (
    "风险\nRisk",
    "可能性 1-5\nLikelihood",
    "影响 1-5\nImpact",
    "得分\nScore",
    "依据状态\nEvidence?",
    "本报告可引用的数字\nFigures of this report",
    "依据应说明\nWhat the evidence should say",
    "依据（填写）\nEvidence (enter)",
)
_ASIDE = len(_HEADS) + 2
"""The column where what is not printed begins."""
_NOTES = (
    (
        "黄色单元格由评审人填写；本软件不预填任何评分，未填时结论为“未评估”。得分 = 可能性 × 影响（1 至 25）。",
        "Yellow cells are for the reviewers: no score is filled in beforehand, and without scores the verdict is `not assessed`. Score = likelihood x impact.",
    ),
    (
        f"来源得分为其各项平均；总分为按权重加权之和；任一项得分高于 {HIGH_ABOVE:g} 时，结论至多为“{VERDICTS['medium'][1]}”。",
        f"A source scores the mean of its risks, the total is their weighted sum; one risk above {HIGH_ABOVE:g}: at best `{VERDICTS['medium'][0]}`.",
    ),
    (
        "权重为层次分析法（Saaty 1980）主特征向量：由右侧打印区外的 32 次幂得出；一致性比率不高于 0.1 为一致。比较值为假设（同等重要），请替换。",
        "Weights: principal eigenvector (AHP, Saaty 1980) by the 32nd power of the matrix, on the right. Comparisons are ASSUMED equal: replace them.",
    ),
)


@dataclass(frozen=True, slots=True)
class RegisterSheet:
    """Where a reviewer enters, and where the answer stands."""

    questions: tuple[RegisterQuestion, ...]
    weights: PairwiseWeights
    rows: dict[str, int]
    """Row of each risk, by code."""
    total: str
    verdict: str
    """Cells."""


def write_register(native: Native) -> RegisterSheet:
    """Risks by source, weights and verdict; everything but the entries is a live formula."""
    questions = register_questions(kind="ip" if native.assessment.deal.licences else "npl")
    groups = [(key, list(each)) for key, each in groupby(questions, key=lambda each: each.group)]
    found = pairwise_weights(pairwise=np.ones((len(groups), len(groups))))
    page = native.book.page(SHEET)
    page.heading(
        "风险登记表",
        "Risk register",
        (
            "回答：模型之外的各类风险由谁、依据什么判断，按来源加权后是否可接受。",
            "Answers: how are the risks that no model covers judged, on what evidence, and are they acceptable by source and in all?",
        ),
        native.unit,
        MASTER,
    )
    page.widths(*_WIDTHS)
    rows, row = PageRows(page, _FIRST, sum(_WIDTHS)), _FIRST
    row = notes(page, _FIRST + len(groups) + 4, _NOTES) + 1
    figures = evidence(native)
    places: dict[str, int] = {}
    spans: list[tuple[int, int]] = []
    # What has been written of this page already is taller than its rows.
    taken = 0
    for _, mine in groups:
        tall = math.ceil(_PER_RISK * len(mine)) + 3
        if row > rows.start and row - rows.start + taken + tall > rows.fit:
            page.break_before(row)
            rows.start, taken = row, 0
        row, span = _group(page, mine, figures, places, row)
        taken += tall - len(mine) - 3
        spans.append(span)
    if row - rows.start + taken + len(groups) + _WEIGHT_ROWS > rows.fit:
        page.break_before(row)
    titles = [mine[0].group_title for _, mine in groups]
    weights = _weights(page, titles, found, row)
    total, verdict = _summary(page, titles, spans, weights, _FIRST)
    print_only(page, len(_HEADS))
    page.finish(titles="1:5", stamp=native.stamp)
    return RegisterSheet(questions=questions, weights=found, rows=places, total=total, verdict=verdict)


def _group(
    page: Page, mine: Sequence[RegisterQuestion], figures: dict[str, str], places: dict[str, int], row: int
) -> tuple[int, tuple[int, int]]:
    zh, en = reversed(mine[0].group_title)
    page.section(row, zh, en, len(_HEADS))
    page.headers(row + 1, 1, _HEADS, height=34)
    top = row + 2
    for at, each in enumerate(mine, start=top):
        places[each.code] = at
        page.text(at, 1, f"{each.title[1]}\n{each.title[0]}", "wrap")
        page.gap(at, 2, "integer", "input")
        page.gap(at, 3, "integer", "input")
        page.formula(at, 4, f'=IF(COUNTIF(B{at}:C{at},">0")=2,B{at}*C{at},"{TO_ENTER}")', TO_ENTER, "integer")
        page.formula(at, 5, f'=IF(OR(H{at}="",H{at}="{TO_ENTER}"),"{NO_EVIDENCE}","{GIVEN}")', NO_EVIDENCE, "text")
        page.text(at, 6, figures.get(each.code, "-"), "wrap_note" if each.code in figures else "none")
        page.text(at, 7, f"{each.asks[1]}\n{each.asks[0]}", "wrap_note")
        page.text(at, 8, TO_ENTER, "input")
        page.sheet.row_dimensions[at].height = _TALL
    last = top + len(mine) - 1
    rule = DataValidation(type="whole", operator="between", formula1="1", formula2="5", allow_blank=True)
    rule.error, rule.errorTitle = "1 至 5 的整数 a whole number from 1 to 5", "可能性与影响 Likelihood, impact"
    rule.prompt, rule.promptTitle = "1 低 low … 5 高 high", "1-5"
    rule.add(f"B{top}:C{last}")
    page.sheet.add_data_validation(rule)
    return last + 2, (top, last)


def _summary(
    page: Page, titles: Sequence[tuple[str, str]], spans: Sequence[tuple[int, int]], weights: Sequence[str], row: int
) -> tuple[str, str]:
    """By source and in all; the limits and the words of the verdict stand beside them."""
    heads = (
        "来源\nSource", "权重\nWeight", "已填\nEntered", "得分\nScore", "最高单项\nWorst risk", "结论\nVerdict",
        "结论用语\nWords of the verdict", "适用得分\nFor scores",
    )  # fmt: skip
    page.section(row, "结论（按来源）", "Verdict by source", len(_HEADS))
    page.headers(row + 1, 1, heads, height=34)
    top = row + 2
    last = top + len(titles) - 1
    # Limits and words stand in cells of their own, so that no formula holds a constant.
    for i, ((en, zh), above) in enumerate(zip(VERDICTS.values(), (0.0, MEDIUM_ABOVE, HIGH_ABOVE), strict=True)):
        page.text(top + i, 7, both(zh, en), "computed")
        page.value(top + i, 8, above, "above", "computed")
    words = f"$G${top},$G${top + 1},$G${top + 2}"
    low, high = f"$H${top + 1}", f"$H${top + 2}"

    def verdict(at: int) -> str:
        band = f"MAX(1+(D{at}>{low})+(D{at}>{high}),1+(E{at}>{high}))"
        return f'=IF(ISNUMBER(D{at}),CHOOSE({band},{words}),"{NOT_ASSESSED}")'

    for i, ((en, zh), (first, end)) in enumerate(zip(titles, spans, strict=True)):
        at, scores = top + i, f"D{first}:D{end}"
        full = f"COUNT({scores})=ROWS({scores})"
        page.text(at, 1, both(zh, en))
        page.formula(at, 2, f"={weights[i]}", float(1.0 / len(titles)), "percent", "calc")
        page.formula(at, 3, f'=COUNT({scores})&" / "&ROWS({scores})', f"0 / {end - first + 1}", "text")
        page.formula(at, 4, f'=IF({full},AVERAGE({scores}),"-")', "-", "number")
        page.formula(at, 5, f'=IF({full},MAX({scores}),"-")', "-", "integer")
        page.formula(at, 6, verdict(at), NOT_ASSESSED, "text")
    at = last + 1
    page.text(at, 1, "总体 In all", "total")
    page.formula(at, 2, f"=SUM(B{top}:B{last})", 1.0, "percent")
    means = f"D{top}:D{last}"
    full = f"COUNT({means})=ROWS({means})"
    page.formula(at, 4, f'=IF({full},SUMPRODUCT(B{top}:B{last},{means}),"-")', "-", "number")
    page.formula(at, 5, f'=IF({full},MAX(E{top}:E{last}),"-")', "-", "integer")
    page.formula(at, 6, verdict(at), NOT_ASSESSED, "text")
    return page.ref(at, 4, fixed=False, sheet=False), page.ref(at, 6, fixed=False, sheet=False)


def _weights(page: Page, titles: Sequence[tuple[str, str]], found: PairwiseWeights, row: int) -> list[str]:
    """The matrix of comparisons, its powers, and the weights, ratio and verdict on it."""
    size = len(titles)
    names = [both(zh, en) for en, zh in titles]
    page.section(row, "来源权重（层次分析法）", "Weights of the sources (AHP)", len(_HEADS))
    page.headers(
        row + 1,
        1,
        ["A：行相对列的重要性（假设）\nHow much more the row matters (assumed)", *names, "权重\nWeight"],
        height=34,
    )
    top = row + 2
    matrix = np.ones((size, size))
    for i in range(size):
        page.text(top + i, 1, names[i])
        for j in range(size):
            if i == j:
                page.value(top + i, 2 + j, 1.0, "number", "calc")
            elif i < j:
                page.value(top + i, 2 + j, float(matrix[i, j]), "number", "input")
            else:
                page.formula(top + i, 2 + j, f"=1/{_cell(top + j, 2 + i)}", float(matrix[i, j]), "number")
    # The powers stand side by side to the right of what is printed.
    power, left = matrix, 2
    for k in range(1, SQUARINGS + 1):
        power = power @ power
        start = _ASIDE + (k - 1) * (size + 1)
        page.text(top - 1, start, f"A^{2**k}", "note")
        for i in range(size):
            for j in range(size):
                terms = "+".join(f"{_cell(top + i, left + n)}*{_cell(top + n, left + j)}" for n in range(size))
                page.formula(top + i, start + j, f"={terms}", float(power[i, j]), "tiny")
        left = start
    first, last = get_column_letter(left), get_column_letter(left + size - 1)
    column = 2 + size
    cells = [page.ref(top + i, column, sheet=False) for i in range(size)]
    whole = f"SUM(${first}${top}:${last}${top + size - 1})"
    for i in range(size):
        page.formula(
            top + i, column, f"=SUM({first}{top + i}:{last}{top + i})/{whole}", float(found.weights[i]), "percent"
        )
    _consistency(page, found, (top, size), cells)
    return cells


def _consistency(page: Page, found: PairwiseWeights, place: tuple[int, int], weights: Sequence[str]) -> None:
    top, size = place
    row, last = top + size, get_column_letter(1 + size)
    products = "+".join(
        f"SUM({get_column_letter(2 + j)}{top}:{get_column_letter(2 + j)}{top + size - 1})*{weights[j]}"
        for j in range(size)
    )
    page.text(row, 1, "主特征值 λ Principal eigenvalue")
    page.formula(row, 2, f"={products}", found.principal_eigenvalue, "number")
    page.text(row + 1, 1, f"随机指标 RI（n = {size}） Random index")
    page.value(row + 1, 2, RANDOM_INDICES[size - 1], "number", "computed")
    page.text(row + 2, 1, "一致性比率 CR Consistency ratio")
    count = f"ROWS(B{top}:{last}{top + size - 1})"
    page.formula(row + 2, 2, f"=MAX(B{row}-{count},0)/({count}-1)/B{row + 1}", found.consistency_ratio, "number")
    page.text(row + 3, 1, "一致性限值 Consistent up to")
    page.value(row + 3, 2, CONSISTENT, "number", "computed")
    words = ("一致 consistent", "请复核比较值 look again at the comparisons")
    shown = words[0] if found.consistency_ratio <= CONSISTENT else words[1]
    page.formula(row + 2, 3, f'=IF(B{row + 2}<=B{row + 3},"{words[0]}","{words[1]}")', shown, "text")


def _cell(row: int, column: int) -> str:
    return f"{get_column_letter(column)}{row}"
