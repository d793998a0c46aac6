"""Other people's methods beside KMV, and the risk register."""

from __future__ import annotations

from typing import Any

import numpy as np

from addin.deal_values import is_cell_error, read_value
from addin.functions.asked import filled, lines_of
from addin.functions.ranges import elementwise, flag, named
from addin.functions.registry import worksheet_function
from addin.functions.tranche import deal_of
from addin.method_columns import tranche_methods
from kmv_core.methods.ahp import pairwise_weights
from kmv_core.methods.register import VERDICTS, RiskItem, risk_register
from kmv_core.methods.vasicek import worst_case_default_rate
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import KmvError, Problem, problem
from kmv_core.vocabulary.terms import TERMS

REGISTER_WORDS, WEIGHT_WORDS = ("likelihood", "可能性"), ("weight", "权重")


@worksheet_function(
    "Analysis",
    "方法比较：KMV、CreditMetrics、CreditRisk+、CreditPortfolioView、ASRF 的预期损失、标准差、各分位损失、各档违约概率；不适用者报错并说明。",
    heavy=True,
)
def METHOD_TABLE(deal: Any, labels: Any = False) -> Any:
    """Methods side by side: expected loss, deviation, loss quantiles, PD of every tranche; else why it does not apply."""
    shown = flag(labels, TERMS["labels"])
    found = tranche_methods(deal_of(deal))
    rows: list[list[Any]] = []
    for row in found.table.rows:
        name = " ".join(dict.fromkeys(row.method.name[::-1]))
        if row.result is None:
            reason = row.reason or problem("E900", name="METHOD_TABLE", found=name)
            rows.append([name, *[reason] * (2 + len(found.table.quantiles) + len(found.tranches))])
            continue
        moments = {"expected_loss": row.result.expected_loss, "standard_deviation": row.result.standard_deviation}
        rows.append(
            [
                name,
                *(_none(key) if value is None else value for key, value in moments.items()),
                *row.result.loss_quantiles.tolist(),
                *found.probabilities(row.result),
            ]
        )
    quantiles = [f"损失分位 | loss {each:.1%}" for each in found.table.quantiles.tolist()]
    head = ["方法 | method", "预期损失 | expected loss", "标准差 | deviation", *quantiles]
    return [[*head, *(f"PD {each}" for each in found.tranches)], *rows] if shown else rows


def _none(name: str) -> Problem:
    """The student form has no moments: an error in the cell, never a blank."""
    return problem("E311", name=name, name_zh="损失的矩", found="undefined")


@worksheet_function("Analysis", "组合损失分位（Vasicek 渐近单因子）：LGD×最坏违约率，占资产池之比。")
def PORTFOLIO_LOSS(probability_of_default: Any, lgd: Any, asset_correlation: Any, quantile: Any = 0.999) -> Any:
    """Loss of a large even pool not exceeded at a quantile, a share of the pool: LGD x worst-case default rate."""
    cells = {
        "probability_of_default": probability_of_default,
        "lgd": lgd,
        "asset_correlation": asset_correlation,
        "quantile": quantile,
    }
    return elementwise(_portfolio_loss, cells, {"quantile": 0.999})


def _portfolio_loss(*, probability_of_default: Floats, lgd: Floats, asset_correlation: Floats, quantile: Floats) -> Any:
    rate = worst_case_default_rate(
        probability_of_default=probability_of_default, asset_correlation=asset_correlation, quantiles=quantile
    )
    loss: Floats = np.asarray(lgd) * rate
    return loss


@worksheet_function(
    "Analysis", "层次分析法权重：两两比较矩阵的权重（一列），首行第二列为一致性比率（不高于 0.1 为宜）。"
)
def RISK_WEIGHTS(pairwise: Any, labels: Any = False) -> Any:
    """AHP weights of a pairwise matrix, one a row; the consistency ratio beside the first (at most 0.1 is consistent)."""
    shown = flag(labels, TERMS["labels"])
    found = pairwise_weights(pairwise=_matrix(pairwise))
    rows: list[list[Any]] = [[weight, ""] for weight in found.weights.tolist()]
    rows[0][1] = found.consistency_ratio
    return [["权重 | weight", "一致性比率 | consistency ratio"], *rows] if shown else rows


@worksheet_function(
    "Analysis",
    "风险登记评分：分组得分（可能性×影响的均值，1 至 25）、权重与最高风险；末行为加权总分与结论。",
)
def RISK_SCORE(register: Any, group_weights: Any = None, labels: Any = False) -> Any:
    """Scores of a risk register: group, weight, mean likelihood x impact, worst risk; last the weighted total, verdict."""
    shown = flag(labels, TERMS["labels"])
    weights = None if group_weights is None else _weights(group_weights)
    found = risk_register(items=_items(register), weights=weights)
    rows: list[list[Any]] = [[each.group, each.weight, each.score, each.worst.title] for each in found.groups]
    en, zh = VERDICTS[found.verdict]
    rows.append(["total", sum(each.weight for each in found.groups), found.total, f"{zh} {en}"])
    head = ["分组 | group", "权重 | weight", "得分 | score", "最高风险、结论 | worst risk, verdict"]
    return [head, *rows] if shown else rows


def _matrix(cells: Any) -> list[list[float]]:
    rows = cells if isinstance(cells, tuple) else ((cells,),)
    return [
        [_number("pairwise", each, f"({r + 1}, {c + 1})") for c, each in enumerate(row)] for r, row in enumerate(rows)
    ]


def _items(cells: Any) -> list[RiskItem]:
    items = []
    for group, title, likelihood, impact, evidence in lines_of(cells, TERMS["register"], (4, 5), REGISTER_WORDS):
        if is_cell_error(evidence):
            raise KmvError(problem("E211", name="register", name_zh=TERMS["register"].zh, found=evidence))
        name = named(title if filled(title) else None, TERMS["register"])
        items.append(
            RiskItem(
                group=named(group if filled(group) else None, TERMS["register"]),
                title=name,
                # Not made whole here: a judgement of 2.5 is refused by the register's own check.
                likelihood=_number("likelihood", likelihood, name),  # type: ignore[arg-type]  # see above
                impact=_number("impact", impact, name),  # type: ignore[arg-type]  # see above
                evidence=str(evidence) if filled(evidence) else "",
            )
        )
    return items


def _weights(cells: Any) -> dict[str, float]:
    term = TERMS["group_weights"]
    weights: dict[str, float] = {}
    for group, weight in lines_of(cells, term, (2, 2), WEIGHT_WORDS):
        name = named(group if filled(group) else None, term)
        if name in weights:
            raise KmvError(problem("E206", where="", field=(), found=name, section=term.name))
        weights[name] = _number("group_weight", weight, name)
    return weights


def _number(name: str, cell: Any, where: str) -> float:
    """The number of a cell; a problem says whose it is."""
    value, found = read_value(name, "number", cell)
    error = next((each for each in found if each.is_error), None)
    if error is not None:
        raise KmvError(error.at(where))
    return float(value)
