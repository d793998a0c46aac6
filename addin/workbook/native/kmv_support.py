"""Support sheet: PD with one payer as a quadrature anyone can follow, node by node.

    PD* = P(q < q*_C) + integral from z_C to z_0 of phi(z) N((z_payer - rho z) / sqrt(1 - rho^2)) dz

z = N^-1 of the probability that the pool is short: z_0 with nothing paid by the payer, z_C with the whole cap paid
(-12 where there is no cap: 2e-33 lies beyond). The integral is Gauss-Legendre on 36 nodes x in (0, 1). With several payers, or where
36 nodes are not enough (a correlation near 1), the core's figure stands as a computed value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from openpyxl.utils import get_column_letter
from scipy import special

from addin.workbook.native import forms
from addin.workbook.native.context import MASTER, Native
from addin.workbook.native.kmv_sheet import NEAR_CERTAIN, NEVER, KmvSheet
from addin.workbook.page import Page
from kmv_core.deal.break_even import MultipleScan
from kmv_core.risk.supported import States
from kmv_core.risk.tails import tail
from kmv_core.risk.terms import due_multiples

SHEET = "Support"
NODES = 36
_ROOTS, _WEIGHTS = np.polynomial.legendre.leggauss(NODES)
X, W = 0.5 * (_ROOTS + 1.0), 0.5 * _WEIGHTS
END = 12.0
CLOSE = 1e-11
"""How far the sheet's integral may be from the core's N2, of the PD; else the core's figure is shown."""
LEAST = 1e-12
"""A probability no sheet needs the normal quantile of: spreadsheet programs lose the digits of its tail."""
PAYER = 8
"""The first payer's row."""
LABEL, CASE, Q_NONE, Q_CAP, PD_NONE, PD_CAP, Z_NONE, Z_CAP, RESULT = range(1, 10)
NODE_X, NODE_W, FIRST_TERM = 1, 2, 3
"""Columns of the quadrature: a node a row, a case a column."""
HEADS = (
    "档次 Tranche",
    "口径 Reading",
    "临界倍数（无补足）\nq*, nothing paid",
    "临界倍数（付足限额）\nq*, whole cap paid",
    "违约概率（无补足）\nPD, nothing paid",
    "违约概率（付足限额）\nPD, whole cap paid",
    "正态分位（无补足）\nz_0, of PD, nothing paid",
    "正态分位（付足限额）\nz_C, of PD, cap paid",
    "违约概率\nPD with the payer",
)
PAYER_HEADS = (
    "补足人 Payer",
    "覆盖至 Covers",
    "限额 Cap",
    "违约概率 PD",
    "相关系数 ρ",
    "正态分位\nz_payer, of its PD",
    "√(1-ρ²)",
)
TESTS = {"legal": "法定到期 legal", "expected": "预期到期 expected"}

Case = tuple[str, str, int]
"""Reading, test and tranche by rank."""


@dataclass
class SupportSheet:
    """Where the probabilities with payers stand; empty cells where they are computed values."""

    native: Native
    page: Page
    cells: dict[Case, str] = field(default_factory=dict)
    """Live results."""
    least: str = ""
    """The cell of LEAST."""
    nodes: int = 0
    """The first node's row."""
    results: dict[Case, str] = field(default_factory=dict)
    """Live or computed."""
    capped: dict[int, str] = field(default_factory=dict)
    """Break-even multiples through the waterfall with every payer paying, by tranche by rank."""

    def show(self, sheet: KmvSheet, row: int, column: int, case: Case, value: float) -> None:
        """The probability of a case in a cell of the KMV sheet."""
        if case in self.cells:
            sheet.page.formula(row, column, f"={self.cells[case]}", value, "percent4")
        else:
            sheet.computed(row, column, value, "percent4")


@dataclass(frozen=True, slots=True)
class Links:
    """Formula text of the break-even multiples of one case; empty where the number is a computed value."""

    none: str = ""
    capped: str = ""


def write_support(kmv: KmvSheet, links: Mapping[Case, Links]) -> SupportSheet | None:
    """The sheet; None without payers. A template has the `due` reading only: nothing else there follows the inputs."""
    native = kmv.native
    deal = native.assessment.deal
    if not deal.support:
        return None
    page = native.book.page(SHEET)
    page.heading(
        "补足与担保",
        "Support",
        (
            "回答：计入补足人自身可能违约后，各档违约概率是多少。",
            "Answers: what is the PD of each tranche when those who promise to make it good may fail themselves?",
        ),
        native.unit,
        MASTER,
    )
    page.widths(34, 30, *[19] * max(7, 4 * len(deal.tranches)))
    page.section(6, "补足人", "Payers", RESULT)
    page.headers(
        7,
        1,
        PAYER_HEADS,
        height=32,
    )
    for i in range(len(deal.support)):
        _payer(native, page, PAYER + i, i)
    sheet = SupportSheet(native, page)
    page.text(PAYER - 1, 8, "概率下限\nLeast probability", "header")
    page.value(PAYER, 8, LEAST, "tiny", "calc")
    sheet.least = page.ref(PAYER, 8, sheet=False)
    several = len(deal.support) > 1
    values = _multiples(native)
    if kmv.is_template:
        values = {case: each for case, each in values.items() if case[0] == "due" and not several}
    top = PAYER + len(deal.support) + 3
    page.section(top - 2, "含补足的违约概率", "Default probability with payers", RESULT)
    page.headers(top - 1, 1, HEADS, height=48)
    sheet.nodes = top + len(values) + len(_NOTES) + 5
    for i, (case, multiples) in enumerate(values.items()):
        _case(sheet, top + i, FIRST_TERM + i, case, multiples, links.get(case, Links()))
    for i, words in enumerate((*_NOTES, *(_SEVERAL if several else ()))):
        page.text(top + len(values) + 1 + i, 1, words, "note")
    if not several:
        _nodes(sheet, list(values))
        # The nodes are there to be followed on screen: on paper they are pages of tiny numbers.
        page.sheet.print_area = f"A1:{get_column_letter(RESULT)}{sheet.nodes - 3}"
    page.finish(titles="1:5", stamp=native.stamp)
    return sheet


_NOTES = (
    "资产池不足且补足人无力补足，该档才违约；z 为资产池不足概率的正态分位数，补足人违约以 ρ 与之相关。",
    "A tranche fails where the pool is short AND the payer cannot make it good; z is the normal quantile of the pool's shortfall, ρ ties the payer to it.",
    "waterfall 口径的临界倍数为计算值（灰底）；due 口径由默认点与限额即时计算。",
    "Break-even multiples through the waterfall are computed values (grey); those of the due reading follow from default point and cap.",
    "积分的逐节点计算列于下方（不打印）。 The integral, node by node, stands below and is not printed.",
)
_SEVERAL = (
    "多个补足人：对每种存续组合求临界倍数，在共同因子上以 Gauss-Legendre 求积；结果为计算值（灰底）。",
    "Several payers: a break-even multiple for every set of them alive, Gauss-Legendre over the common factor; computed values (grey).",
)


def _payer(native: Native, page: Page, row: int, i: int) -> None:
    line, ref = native.assessment.deal.support[i], native.deal.ref
    page.formula(row, 1, f"={ref('support', i, 'support')}", line.support, "text")
    page.formula(row, 2, f"={ref('support', i, 'covers')}", line.covers, "text")
    if line.cap is None:
        page.text(row, 3, "无限额 unlimited", "calc")
    else:
        page.formula(row, 3, f"={ref('support', i, 'cap')}", line.cap, "money")
    page.formula(row, 4, f"={ref('support', i, 'payer_pd')}", line.payer_pd, "percent4")
    page.formula(row, 5, f"={ref('support', i, 'correlation')}", line.correlation, "percent")
    if NEAR_CERTAIN < line.payer_pd < 1.0 - NEAR_CERTAIN:
        page.formula(row, 6, f"=NORMSINV(D{row})", float(special.ndtri(line.payer_pd)), "multiple")
    else:
        page.text(row, 6, "-", "calc")
    page.formula(row, 7, f"=SQRT(1-E{row}^2)", float(np.sqrt(1.0 - line.correlation**2)), "multiple")


def _nodes(sheet: SupportSheet, cases: list[Case]) -> None:
    """The nodes and weights, constants, beside the terms that each case has at them."""
    page, deal = sheet.page, sheet.native.assessment.deal
    width = FIRST_TERM - 1 + len(cases)
    page.section(
        sheet.nodes - 2,
        f"求积（{NODES} 个节点，不打印）",
        "Quadrature, not printed: weight x exp(-z²/2) x N(...) at every node",
        width,
    )
    heads = ["节点 Node x", "权重 Weight"]
    heads += [f"{deal.by_rank[k].tranche}\n{reading}，{TESTS[test]}" for reading, test, k in cases]
    page.headers(sheet.nodes - 1, 1, heads, height=48)
    for i in range(NODES):
        page.value(sheet.nodes + i, NODE_X, float(X[i]), "multiple", "calc")
        page.value(sheet.nodes + i, NODE_W, float(W[i]), "multiple", "calc")


def _multiples(native: Native) -> dict[Case, dict[States, float]]:
    """Break-even multiples by case and set of payers alive, as the core has them."""
    found = native.assessment
    deal, schedule = found.deal, found.schedule
    none, everyone = (False,) * len(deal.support), (True,) * len(deal.support)
    scans = {state: MultipleScan(deal, schedule, payers_alive=state).break_evens() for state in (none, everyone)}
    values: dict[Case, dict[States, float]] = {}
    for test, name in enumerate(TESTS):
        for k in range(len(deal.tranches)):
            values["waterfall", name, k] = {state: scan[test][k].multiple for state, scan in scans.items()}
    for name in TESTS:
        for k, each in enumerate(deal.by_rank):
            at = len(schedule.dates) - 1 if name == "legal" else schedule.index_of(each.expected_maturity)
            if at >= 0:
                states = due_multiples(deal, found.due_points, k, at)
                values["due", name, k] = {state: states[state] for state in (none, everyone)}
    return values


def _case(
    sheet: SupportSheet, row: int, term_column: int, case: Case, multiples: Mapping[States, float], links: Links
) -> None:
    """One probability: from two multiples to two normals, and the integral between them."""
    native, page = sheet.native, sheet.page
    deal = native.assessment.deal
    reading, test, k = case
    result = native.assessment.tranches[k].reading(reading)
    value = result.probability_of_default if test == "legal" else result.extension_probability
    page.text(row, LABEL, deal.by_rank[k].tranche)
    page.text(row, CASE, f"{reading}，{TESTS[test]}")
    q = list(multiples.values())
    chances = [float(each) for each in tail(deal.model, 1.0, np.array(q))[1]]
    # Rounding of the two searches may not make support harm.
    chances[1] = min(chances)
    for column, link, multiple in ((Q_NONE, links.none, q[0]), (Q_CAP, links.capped, q[1])):
        if link and np.isfinite(multiple):
            page.formula(row, column, f"={link}", multiple, "multiple")
        else:
            page.value(row, column, multiple if np.isfinite(multiple) else NEVER, "multiple", "computed")
    if (reading, test) == ("waterfall", "legal"):
        sheet.capped[k] = page.ref(row, Q_CAP)
    spread = native.deal.ref("model", "total_volatility")
    for column, source, multiple, chance in ((PD_NONE, "C", q[0], chances[0]), (PD_CAP, "D", q[1], chances[1])):
        if forms.has_twin(deal.model.form) and 0.0 < multiple < np.inf:
            distance = forms.distance(deal.model.form, "1", f"${source}{row}", spread)
            page.formula(row, column, f"=NORMSDIST(-{distance})", chance, "percent4")
        else:
            page.value(row, column, chance, "percent4", "computed")
    legal = sheet.results.get((reading, "legal", k))
    sheet.results[case] = page.ref(row, RESULT, sheet=False)
    nodes = (
        _integral(deal.support[0].payer_pd, deal.support[0].correlation, *chances) if len(deal.support) == 1 else None
    )
    joint = None if nodes is None else chances[1] + nodes[2]
    shown = (
        joint
        if joint is None or test == "legal"
        else max(joint, native.assessment.tranches[k].reading(reading).probability_of_default)
    )
    if (
        nodes is None
        or shown is None
        or not abs(shown - value) <= max(CLOSE * value, LEAST**2, LEAST if value < LEAST else 0.0)
    ):
        page.value(row, RESULT, value, "percent4", "computed")
        return
    terms = _integrate(sheet, row, term_column, nodes)
    total = f"$F{row}+($G{row}-$H{row})/SQRT(2*PI())*SUM({terms})"
    page.formula(row, RESULT, f"={total}" if test == "legal" else f"=MAX({total},{legal})", value, "percent4")
    sheet.cells[case] = page.ref(row, RESULT)


Nodes = tuple[float, float, float, "np.ndarray[tuple[int], np.dtype[np.float64]]"]


def _integral(payer_pd: float, rho: float, none: float, capped: float) -> Nodes | None:
    """z_0, z_C, the integral and its terms; None where a normal quantile is out of reach."""
    usual = all(0.0 <= each < 1.0 - NEAR_CERTAIN for each in (payer_pd, none)) and abs(rho) < 1.0
    if not usual or payer_pd <= NEAR_CERTAIN or capped >= 1.0 - NEAR_CERTAIN:
        return None
    high, low = (float(special.ndtri(each)) if each > LEAST else -END for each in (none, capped))
    z = low + (high - low) * X
    fails = special.ndtr((special.ndtri(payer_pd) - rho * z) / np.sqrt(1.0 - rho**2))
    terms = W * np.exp(-0.5 * z * z) * fails
    return high, low, float((high - low) / np.sqrt(2.0 * np.pi) * terms.sum()), terms


def _integrate(sheet: SupportSheet, row: int, column: int, nodes: Nodes) -> str:
    """The ends of the integral and its terms; gives the range of the terms."""
    page = sheet.page
    high, low, _, terms = nodes
    for at, source, value in ((Z_NONE, "E", high), (Z_CAP, "F", low)):
        text = f"=IF(${source}{row}>{sheet.least},NORMSINV(${source}{row}),-12)"
        page.formula(row, at, text, value, "multiple")
    for i, term in enumerate(terms):
        at = sheet.nodes + i
        z = f"($H${row}+($G${row}-$H${row})*$A{at})"
        fails = f"NORMSDIST(($F${PAYER}-$E${PAYER}*{z})/$G${PAYER})"
        page.formula(at, column, f"=$B{at}*EXP(-({z}^2)/2)*{fails}", float(term), "tiny")
    letter = get_column_letter(column)
    return f"${letter}${sheet.nodes}:${letter}${sheet.nodes + NODES - 1}"
