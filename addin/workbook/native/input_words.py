"""What inputs are called on the sheets: the sections of the deal block, and keys with the number of their line."""

from __future__ import annotations

from addin.deal_layout import title
from addin.deal_sections import SHOCK_KEYS
from addin.workbook.page import both
from kmv_core.risk.factors import BY_NAME
from kmv_core.vocabulary.terms import TERMS

SECTION_WORDS = {
    "deal": ("项目", "Deal"),
    "pool": ("资产池", "Pool"),
    "recovery": ("回收", "Recovery"),
    "recovery_curve": ("回收向量", "Recovery vector"),
    "licences": ("许可合同", "Licences"),
    "grade_table": ("等级与违约概率", "Grades and their PD"),
    "structure": ("交易结构", "Structure"),
    "fees": ("费用", "Fees"),
    "fee_schedule": ("费用日程", "Scheduled fees"),
    "tranches": ("档次", "Tranches"),
    "principal_schedule": ("本金日程", "Scheduled principal"),
    "benchmark": ("基准利率", "Benchmark rate"),
    "reserve": ("流动性储备", "Liquidity reserve"),
    "support": ("补足与担保", "Support"),
    "triggers": ("触发事件", "Triggers"),
    "order": ("偿付顺序", "Order of payment"),
    "model": ("模型", "Model"),
    "appetite": ("风险偏好", "Risk appetite"),
    "shocks": ("敏感性冲击", "Shocks of the sensitivity tables"),
    "scenarios": ("情景", "Scenarios"),
}
_UNITS = {"decimal": "percent", "years": "shift_years", "money": "money"}


def words_of(name: str) -> tuple[str, str]:
    """A section by its name, or a key, with the number of its line after a blank where it stands in a table."""
    if name in SECTION_WORDS:
        zh, en = SECTION_WORDS[name]
        return f"{zh}表行数", f"Lines of {en[0].lower()}{en[1:]}"
    key, _, line = name.partition(" ")
    zh, en = TERMS[key].zh, TERMS[key].en
    return (f"{zh}（第 {line} 行）", f"{en}, line {line}") if line else (zh, en)


def item(key: str) -> str:
    """An input's key in both languages."""
    return title(key) if key in SHOCK_KEYS else both(TERMS[key].zh, TERMS[key].en)


def shock_format(factor: str, mode: str) -> str:
    """The number format of a shock: a share, or in absolute mode the factor's own unit."""
    return _UNITS[BY_NAME[factor].unit] if mode == "absolute" and factor in BY_NAME else "percent"
