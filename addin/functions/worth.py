"""What each part of a deal is worth: its risk controls, and what changed from one version to the next."""

from __future__ import annotations

import math
from typing import Any

from addin.functions.asked import headline_or, output_named, tranche_or_first
from addin.functions.ranges import flag
from addin.functions.registry import worksheet_function
from addin.functions.tranche import deal_of
from kmv_core.risk.bridge import bridge
from kmv_core.risk.enhancement import enhancement_value
from kmv_core.risk.preset import WORDS
from kmv_core.vocabulary.errors import KmvError, problem
from kmv_core.vocabulary.terms import TERMS


@worksheet_function(
    "Analysis",
    "增信价值：每行一项风控措施：去除后的违约概率、现有违约概率、违约概率与违约距离的 Shapley 份额（与先后次序无关）。",
    heavy=True,
)
def ENHANCEMENT_VALUE(deal: Any, tranche: Any = None, shown_reading: Any = "headline", labels: Any = False) -> Any:
    """Worth of each risk control for a tranche: PD without it, PD with, Shapley share of the fall in PD and of DD."""
    shown = flag(labels, TERMS["labels"])
    found = deal_of(deal)
    name = tranche_or_first(found, tranche)
    table = enhancement_value(found, reading=headline_or(shown_reading))
    if not table.measures:
        raise KmvError(problem("E360"))
    k = table.tranches.index(name)
    rows: list[list[Any]] = []
    for each in table.measures:
        # A combination that is no deal takes the shares with it; the reason is that of the control alone, if it has one.
        label = control_label(each.name, each.subject)
        refused = each.problems[0] if each.problems else problem("E361", name=label)
        numbers = (each.pd_without[k], table.pd_with[k], each.pd_share[k], each.dd_share[k])
        rows.append([label, *(refused if math.isnan(value) else float(value) for value in numbers)])
    head = [
        "风控措施 | measure",
        "去除后 PD | PD without",
        "现有 PD | PD with",
        "PD 份额 | share in PD",
        "DD 份额 | share in DD",
    ]
    return [head, *rows] if shown else rows


def control_label(name: str, subject: str) -> str:
    """A risk control taken away: both languages and whose it is."""
    zh, en = WORDS[name]
    return f"{zh} {en}" + (f": {subject}" if subject else "")


@worksheet_function(
    "Analysis",
    "违约概率桥：两个版本之间一档指标的变动由哪些输入造成；首行为变更前，末行为变更后，其间每行一组输入及其贡献。",
    heavy=True,
)
def PD_BRIDGE(
    deal_before: Any,
    deal_after: Any,
    tranche: Any = None,
    output: Any = "probability_of_default",
    shown_reading: Any = "headline",
    labels: Any = False,
) -> Any:
    """From one version of a deal to the next: before, what each changed group of inputs brought, after; it adds up."""
    shown = flag(labels, TERMS["labels"])
    before, after = deal_of(deal_before), deal_of(deal_after)
    found = bridge(
        before,
        after,
        tranche=tranche_or_first(before, tranche),
        output=output_named(output),
        reading=headline_or(shown_reading),
    )
    rows: list[list[Any]] = [["变更前 Before", found.before]]
    rows += [[f"{each.zh} {each.en}", each.change] for each in found.parts]
    rows.append(["变更后 After", found.after])
    return [["项目 | step", f"{TERMS['output'].zh} | {found.output} ({found.reading})"], *rows] if shown else rows
