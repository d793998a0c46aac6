"""Figures of the report that the evidence of a risk may quote: what is on its other sheets, never a judgement."""

from __future__ import annotations

from addin.workbook.native.context import Native
from kmv_core.deal.cash_in import contract_fees, licensee_pd


def evidence(native: Native) -> dict[str, str]:
    """By code of the register's questions; those without a figure are left out."""
    assessment = native.assessment
    deal, first = assessment.deal, assessment.tranches[0]
    pd, late = first.headline.probability_of_default, first.headline.extension_probability
    found = {
        "forecast": f"总额波动率 total volatility {deal.model.total_volatility:.2%}; PD {first.name} {pd:.4%}",
        "timing": f"展期概率 PE {first.name} {late:.4%}; 初始储备 initial reserve {deal.reserve.reserve_initial:,.2f}",
        "subordination": (
            f"次级比例 subordination {first.attachment:.2%}; 临界回收倍数 break-even "
            f"{first.waterfall.break_even_multiple:.4f} (waterfall)"
        ),
    }
    if deal.support:
        found["support"] = "; ".join(
            f"{each.support}: PD {each.payer_pd:.2%}, ρ {each.correlation:.2f}" for each in deal.support
        )
    else:
        found["support"] = "本项目无外部增信 the deal has no external support"
    if deal.licences:
        found |= _licences(native)
    return found


def _licences(native: Native) -> dict[str, str]:
    deal = native.assessment.deal
    fees: dict[str, float] = {}
    for each, line in zip(deal.licences, contract_fees(deal, native.assessment.schedule), strict=True):
        fees[each.licensee] = fees.get(each.licensee, 0.0) + float(line.sum())
    whole = sum(fees.values())
    largest = max(fees, key=lambda name: fees[name])
    chances = [licensee_pd(deal, each) for each in deal.licences]
    correlations = [each.asset_correlation for each in deal.licences]
    rho, pd = _span(correlations, ".2f"), _span(chances, ".2%")
    dated = sum(each.patent_expiry_date is not None for each in deal.licences)
    return {
        "licensee": f"违约概率 PD {pd}",
        "concentration": (
            f"最大被许可人占比 largest licensee {largest} {fees[largest] / whole if whole else 0.0:.1%}; "
            f"户数 licensees {len(fees)}; ρ {rho}"
        ),
        "expiry": f"已填专利到期日 expiry dates entered: {dated} / {len(deal.licences)}",
    }


def _span(values: list[float], form: str) -> str:
    low, high = format(min(values), form), format(max(values), form)
    return low if low == high else f"{low} – {high}"
