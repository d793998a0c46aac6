"""Positives and negatives of a deal, judged by the deal's own appetite; each with the number it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from addin.workbook.native.kmv import KmvSheet
from kmv_core.risk.assess import OUTSIDE_APPETITE, Assessment
from kmv_core.risk.sizing import safe_sizes


@dataclass(frozen=True, slots=True)
class Finding:
    """One point: which way it speaks, its words, and the live number behind it."""

    positive: bool
    zh: str
    en: str
    formula: str
    value: float
    kind: str


def findings(assessment: Assessment, kmv: KmvSheet) -> list[Finding]:
    """Positives first; each rule speaks only where it has something to say."""
    found = [*_grades(assessment, kmv), *_cushions(assessment, kmv), *_extension(assessment, kmv), *_timing(assessment, kmv), *_sizes(assessment, kmv)]
    return sorted(found, key=lambda each: not each.positive)


def _grades(assessment: Assessment, kmv: KmvSheet) -> Iterator[Finding]:
    appetite = sorted(assessment.deal.appetite, key=lambda row: row.pd_limit)
    for k, each in enumerate(assessment.tranches):
        cell, pd = kmv.by_waterfall(k, "probability_of_default"), each.waterfall.probability_of_default
        if not appetite:
            return
        if each.grade == OUTSIDE_APPETITE:
            yield Finding(False, f"{each.name}：违约概率超出全部风险等级", "default probability is outside the appetite", f"={cell}", pd, "percent4")
        elif each.grade == appetite[0].grade:
            yield Finding(True, f"{each.name}：违约概率属最低风险等级", "default probability keeps the lowest grade", f"={cell}", pd, "percent4")
        else:
            yield Finding(False, f"{each.name}：违约概率高于最低风险等级上限", "default probability is above the limit of the lowest grade", f"={cell}", pd, "percent4")


def _cushions(assessment: Assessment, kmv: KmvSheet) -> Iterator[Finding]:
    for k, each in enumerate(assessment.tranches):
        cushion = each.waterfall.cushion
        if cushion == cushion and abs(cushion) < float("inf") and each.waterfall.break_even_multiple > 0:
            words = ("预期回收可下降的比例", "share of expected collections that can fail") if cushion > 0 else ("预期回收不足以足额兑付", "expected collections do not repay it")
            yield Finding(cushion > 0, f"{each.name}：{words[0]}", words[1], f"={kmv.by_waterfall(k, 'cushion')}", cushion, "percent")


def _extension(assessment: Assessment, kmv: KmvSheet) -> Iterator[Finding]:
    limits = [row.pd_limit for row in assessment.deal.appetite]
    for k, each in enumerate(assessment.tranches):
        if limits and each.waterfall.extension_probability > max(limits):
            yield Finding(
                False, f"{each.name}：预期到期日未兑付完的概率高于最宽上限", "chance of not being repaid by expected maturity passes the widest limit",
                f"={kmv.by_waterfall(k, 'extension_probability')}", each.waterfall.extension_probability, "percent",
            )  # fmt: skip


def _timing(assessment: Assessment, kmv: KmvSheet) -> Iterator[Finding]:
    for k, each in enumerate(assessment.tranches):
        gap = each.waterfall.probability_of_default - each.due.probability_of_default
        if gap > 0:
            formula = f"={kmv.by_waterfall(k, 'probability_of_default')}-{kmv.due(k, 'probability_of_default')}"
            yield Finding(
                False, f"{each.name}：逐期付息与偿付顺序使违约概率上升", "paying in time and in order adds to the default probability",
                formula, gap, "percent4",
            )  # fmt: skip


def _sizes(assessment: Assessment, kmv: KmvSheet) -> Iterator[Finding]:
    for k, each in enumerate(safe_sizes(assessment)):
        room = each.safe_balance - each.balance
        words = ("规模低于目标违约概率的安全规模", "size is below the safe size at the target PD, by") if room >= 0 else ("规模高于目标违约概率的安全规模", "size is above the safe size at the target PD, by")
        formula = f"=ABS({kmv.due(k, 'safe_balance')}-{kmv.due(k, 'balance')})"
        yield Finding(room >= 0, f"{each.tranche}：{words[0]}", words[1], formula, abs(room), "money")
