"""Backwards from a target: the size it allows, the world that brings it about."""

from __future__ import annotations

from typing import Any

from addin.functions.asked import factors_named, headline_or, tranche_or_first
from addin.functions.ranges import flag, number_inside, word
from addin.functions.registry import worksheet_function
from addin.functions.tranche import deal_of, heading, tranche_of
from kmv_core.risk.reverse import reverse_stress
from kmv_core.risk.sizing_search import safe_balance
from kmv_core.vocabulary.terms import TERMS


@worksheet_function(
    "Analysis",
    "安全发债规模：违约概率不超过目标的该档最大余额；其后为所需次级比例、该规模下的违约概率、占比、目标是否起约束（1 或 0）。",
    heavy=True,
)
def SAFE_SIZE(
    deal: Any,
    tranche: Any,
    target_pd: Any = None,
    shown_reading: Any = "headline",
    hold: Any = "others",
    labels: Any = False,
) -> Any:
    """Largest balance at a target PD; then required subordination, PD there, share of the issue, 1 if the target binds."""
    shown = flag(labels, TERMS["labels"])
    found = deal_of(deal)
    sized = safe_balance(
        found,
        tranche_of(found, tranche),
        None if target_pd is None else number_inside(target_pd, TERMS["target_pd"]),
        reading=headline_or(shown_reading),
        hold=word(hold, TERMS["hold"], "others"),
    )
    line: list[Any] = [
        sized.safe_balance,
        sized.subordination,
        sized.probability_of_default,
        sized.safe_share,
        int(sized.is_bound),
    ]
    head = [
        "安全规模 | safe balance",
        "所需次级比例 | subordination",
        heading("probability_of_default"),
        "占比 | share",
        "目标起约束 | target binds",
    ]
    return [["档次 | tranche", *head], [sized.tranche, *line]] if shown else [line]


@worksheet_function(
    "Analysis",
    "反向压力：使该档违约概率达到目标的最可能冲击组合；每行：因素、冲击、标准差倍数 z、占比，末行为距离；步长为假设值。",
    heavy=True,
)
def REVERSE_STRESS(
    deal: Any,
    target_pd: Any,
    factors: Any = None,
    tranche: Any = None,
    shown_reading: Any = "headline",
    labels: Any = False,
) -> Any:
    """Likeliest shocks that bring a tranche to a target PD: factor, shock, z, share; last the distance in deviations."""
    shown = flag(labels, TERMS["labels"])
    found = deal_of(deal)
    stress = reverse_stress(
        found,
        number_inside(target_pd, TERMS["target_pd"]),
        factors_named(factors),
        tranche=tranche_or_first(found, tranche),
        reading=headline_or(shown_reading),
    )
    rows: list[list[Any]] = [
        [shock.factor, shock.size, z, share]
        for shock, z, share in zip(stress.shocks, stress.deviations, stress.shares, strict=True)
    ]
    rows.append(["distance", "", stress.distance, sum(stress.shares)])
    return [["影响因素 | factor", "冲击 | shock", "z", "占比 | share"], *rows] if shown else rows
