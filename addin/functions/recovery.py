"""What the pool collects and when: collections of a deal, and where their curve comes from."""

from __future__ import annotations

from typing import Any

import numpy as np

from addin.deal_values import read_value
from addin.functions.ranges import cells_of, flag, whole_number, word
from addin.functions.registry import worksheet_function
from addin.functions.shapes import RANGE, misshapen
from addin.functions.tranche import assessment_of, deal_of, finite_or_blank, heading, tranche_of
from kmv_core.assets.recovery_sources import CurveMethod, vector_from_triangle
from kmv_core.deal.cash_in import contract_fees, expected_collections, licensee_pd
from kmv_core.deal.schedule import schedule_of
from kmv_core.evidence.lives import published_lives
from kmv_core.risk.timing import calibrate_timing
from kmv_core.risk.typical_curve import DISPOSAL_COST, SENIOR, SUB, typical_curve
from kmv_core.vocabulary.errors import KmvError, Problem, problem
from kmv_core.vocabulary.terms import TERMS


@worksheet_function("Pool", "各支付日的毛回收、处置费用、净回收与累计净回收（已计延迟与折扣）。")
def COLLECTIONS(deal: Any, labels: Any = False) -> Any:
    """Date, gross (after haircut), disposal cost, net and cumulative net collections at every payment date."""
    shown = flag(labels, TERMS["labels"])
    found = deal_of(deal)
    schedule = schedule_of(found)
    net = expected_collections(found, schedule)
    # A pool of licences: what the contracts promise, and what defaults are expected to cost.
    gross = contract_fees(found, schedule).sum(axis=0) if found.licences else net / (1.0 - found.loans.disposal_cost)
    columns = (gross, gross - net, net, np.cumsum(net))
    rows: list[list[Any]] = [
        [date, *line] for date, line in zip(schedule.dates, np.stack(columns, axis=1).tolist(), strict=True)
    ]
    return [["date", "gross", "cost", "net", "cumulative"], *rows] if shown else rows


@worksheet_function(
    "Pool",
    "许可费：各支付日的约定金额、各被许可人预期、预期合计、累计（含初始储备）、累计应付、违约距离与概率（对数正态与枚举）。",
    heavy=True,
)
def LICENCE_CASH(deal: Any, tranche: Any = None, labels: Any = False) -> Any:
    """Licence fees: date, promised, expected by licensee and in all, accumulated, due to the tranche, DD, PD, exact.

    One row a payment date: accumulated repayment against cumulative principal and interest due, money. Expected is
    fee (1 - PD LGD); accumulated counts the initial reserve; due is that of the tranche (the first if left out) and all
    before it, with fees. PD is cumulative: lognormal, then every set of licensees in default (blank above fourteen).
    E291 where the deal has no [licences].
    """
    shown = flag(labels, TERMS["labels"])
    found = assessment_of(deal)
    if not found.deal.licences:
        raise KmvError(problem("E291", name="LICENCE_CASH", section="licences"))
    # The rated notes come first: what is due to them is what the fees are for.
    wanted = found.deal.by_rank[0].tranche if tranche is None else tranche_of(found.deal, tranche)
    fees = contract_fees(found.deal, found.schedule)
    names = list(dict.fromkeys(each.licensee for each in found.deal.licences))
    expected = np.zeros((len(names), fees.shape[1]))
    for line, each in zip(fees, found.deal.licences, strict=True):
        expected[names.index(each.licensee)] += line * (1.0 - licensee_pd(found.deal, each) * each.lgd)
    exact = found.terms(wanted, "exact")
    rows: list[list[Any]] = []
    for t, point in enumerate(found.terms(wanted, "due")):
        rows.append(
            [
                point.date,
                float(fees[:, t].sum()),
                *expected[:, t].tolist(),
                float(expected[:, t].sum()),
                point.asset_value,
                point.default_point,
                finite_or_blank(point.distance_to_default),
                point.probability_of_default,
                exact[t].probability_of_default if exact else "",
            ]
        )
    head = [
        heading("payment_date"),
        "约定许可费 | promised",
        *(f"预期 | expected {name}" for name in names),
        "预期合计 | expected",
        "累计（含初始储备） | accumulated",
        "累计应付 | due",
        heading("distance_to_default"),
        heading("probability_of_default"),
        "枚举违约概率 | exact probability_of_default",
    ]
    return [head, *rows] if shown else rows


@worksheet_function(
    "Pool", "由累计回收三角求回收曲线：账龄、当期占比、累计占比、下限、上限（一个 Mack 标准误）；decay 方法无区间。"
)
def RECOVERY_CURVE(triangle: Any, curve_method: Any = "chain_ladder", horizon_ages: Any = None) -> Any:
    """Age, incremental and cumulative share, low and high (one Mack standard error; blank for decay)."""
    name = word(curve_method, TERMS["curve_method"], "chain_ladder")
    method: CurveMethod = "decay" if name == "decay" else "chain_ladder"
    ages = None if horizon_ages is None else whole_number(horizon_ages, TERMS["horizon_ages"])
    found = vector_from_triangle(triangle=_amounts(triangle), method=method, ages=ages)
    blank = [""] * len(found.ages)
    columns = (
        found.ages.astype(int).tolist(),
        found.incremental.tolist(),
        found.cumulative.tolist(),
        blank if found.low is None else found.low.tolist(),
        blank if found.high is None else found.high.tolist(),
    )
    return [list(line) for line in zip(*columns, strict=True)]


@worksheet_function(
    "Pool", "使模型加权期限等于公布值的衰减速率与形状；其后每档：公布期限、模型期限、残差（年）。", heavy=True
)
def TIMING_FROM_LIVES(deal: Any) -> Any:
    """Decay rate and shape that meet the published weighted lives; then tranche, published, model life, residual."""
    found = deal_of(deal)
    fit = calibrate_timing(found)
    rows: list[list[Any]] = [["decay_rate", fit.recovery.decay_rate, "decay_shape", fit.recovery.decay_shape]]
    for each in found.by_rank:
        if each.published_life is not None:
            gap = fit.residuals[each.tranche]
            rows.append([each.tranche, each.published_life, each.published_life + gap, gap])
    return rows


@worksheet_function(
    "Pool",
    "公开资料中该资产类型的典型回收曲线：参数、加权期限中位数、残差、项目数与来源（处置费用率为假设）。",
    heavy=True,
)
def CURVE_OF_TYPE(asset_type: Any) -> Any:
    """Typical curve of an asset type from the public record: parameters, median lives, residuals, deals, source."""
    if asset_type is None:
        raise KmvError(problem("E216", name="asset_type", name_zh=TERMS["asset_type"].zh))
    lives = published_lives(asset_type=word(asset_type, TERMS["asset_type"], ""))
    fit = typical_curve(**lives.of_a_deal)
    return [
        ["decay_rate", fit.recovery.decay_rate],
        ["decay_shape", fit.recovery.decay_shape],
        ["recovery_horizon", fit.recovery.recovery_horizon],
        ["senior_life", lives.senior_life],
        ["sub_life", lives.sub_life],
        ["senior_residual", fit.residuals[SENIOR]],
        ["sub_residual", fit.residuals[SUB]],
        ["deals", lives.deals],
        ["disposal_cost (assumed)", DISPOSAL_COST],
        ["source", lives.source],
    ]


def _amounts(cells: Any) -> list[list[float]]:
    """The amounts of a triangle, nan for a blank cell; any other cell without a number refuses the whole."""
    term = TERMS["triangle"]
    grid = cells_of(cells)
    if not isinstance(grid, tuple):
        raise misshapen(term, RANGE)
    return [[_amount(cell, i, j) for j, cell in enumerate(row)] for i, row in enumerate(grid)]


def _amount(cell: Any, row: int, column: int) -> float:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return float("nan")
    value, found = read_value("triangle", "number", cell)
    wrong: Problem | None = next((each for each in found if each.is_error), None)
    if wrong is not None:
        raise KmvError(wrong.at(f"row {row + 1}, column {column + 1}"))
    return float(value)
