"""What each method needs, does well and cannot do, in English and in Chinese."""

from __future__ import annotations

from dataclasses import dataclass

Words = tuple[str, str]
"""English, Chinese."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of credit risk, described."""

    code: str
    name: Words
    needs: Words
    strengths: Words
    limits: Words
    source: str


METHODS: tuple[Method, ...] = (
    Method(
        code="kmv",
        name=("KMV (this product)", "KMV（本产品）"),
        needs=(
            "expected cash of the pool, volatility of its total, what is due; for licences PD, LGD and correlation",
            "资产池预期现金流、总额波动率、应付金额；许可费池另需 PD、LGD 与相关系数",
        ),
        strengths=(
            "answers for a tranche, not for a borrower; works for a pool already in default; few inputs, each of them open to challenge",
            "直接回答各档证券而非单个债务人；适用于已违约资产池；参数少且可逐项质询",
        ),
        limits=(
            "the lognormal total is too thin below for a pool of a few licensees (the exact reading stands beside it); volatility decides",
            "被许可人很少时对数正态分布低估下尾（旁列精确口径）；结果取决于波动率",
        ),
        source="Crosbie and Bohn, Modeling Default Risk, KMV 2003",
    ),
    Method(
        code="credit_metrics",
        name=("CreditMetrics (default mode)", "CreditMetrics（违约模式）"),
        needs=(
            "exposure, LGD, PD or grade and asset correlation of each obligor; for mark to market a transition matrix and forward curves by grade",
            "各户敞口、LGD、PD 或等级、资产相关系数；盯市模式另需迁移矩阵与各等级远期曲线",
        ),
        strengths=(
            "keeps the lumps of a pool of a few names; losses from downgrades where prices are wanted",
            "保留少数债务人形成的离散损失；需要估值时可反映降级损失",
        ),
        limits=(
            "obligors of one grade are alike; licence fees have no forward curve by grade, so only the default mode applies",
            "同级债务人视为相同；许可费没有分等级远期曲线，只能用违约模式",
        ),
        source="J. P. Morgan, CreditMetrics Technical Document, 1997",
    ),
    Method(
        code="credit_risk_plus",
        name=("CreditRisk+", "CreditRisk+"),
        needs=(
            "exposure, LGD and default intensity of each obligor; standard deviation of intensities by sector",
            "各户敞口、LGD、违约强度；各部门违约强度标准差",
        ),
        strengths=(
            "the whole distribution in closed form, at once for very many obligors",
            "损失分布有封闭解，户数很多时亦即时可得",
        ),
        limits=(
            "a default counts as a Poisson event and may occur twice: for few obligors or a high PD losses pass the exposure; no downgrades",
            "违约按泊松事件处理，可重复发生：户数少或 PD 高时损失会超过敞口；不反映降级",
        ),
        source="Credit Suisse First Boston, CreditRisk+, 1997; Haaf, Reiss and Schoenmakers 2004",
    ),
    Method(
        code="credit_portfolio_view",
        name=("CreditPortfolioView", "CreditPortfolioView"),
        needs=(
            "default rates by period and macroeconomic series of the same periods, seven at least",
            "逐期违约率及同期宏观经济序列，至少七期",
        ),
        strengths=(
            "default rates follow the economy: the one that can be asked about a recession",
            "违约率随经济周期变化：可回答衰退情景",
        ),
        limits=(
            "needs a default record by industry that patent licensees do not have; between periods nothing but the economy ties obligors",
            "需要分行业违约记录，专利被许可人通常没有；除宏观因素外债务人之间无其他关联",
        ),
        source="Wilson, Portfolio Credit Risk I and II, Risk, 1997",
    ),
    Method(
        code="vasicek",
        name=("ASRF / Vasicek", "ASRF（Vasicek 渐近单因子）"),
        needs=("one PD, LGD and asset correlation for the whole pool", "整个资产池的单一 PD、LGD 与资产相关系数"),
        strengths=("one formula, the one behind the Basel risk weights", "一个公式即得结果，也是巴塞尔风险权重的基础"),
        limits=(
            "many small equal loans: with a dozen licensees it leaves out the risk of single names and understates the tail",
            "假设笔数极多且均匀：仅十余户被许可人时忽略单户风险，低估尾部",
        ),
        source="Vasicek, Loan Portfolio Value, Risk, 2002; Gordy 2003",
    ),
)

IN_DEFAULT: Words = (
    "the loans of an NPL pool are already in default; its benchmark is the recovery distribution",
    "不良贷款资产池的贷款已经违约，其比较基准是回收分布",
)
NO_RECORD: Words = (
    "default rates by period and macroeconomic series",
    "逐期违约率与宏观经济序列",
)
