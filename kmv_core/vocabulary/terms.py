"""Every quantity of the product, named once: symbol, bilingual title, unit, domain and one-line meaning.

Worksheet help, error messages, sheet labels and the glossary all read these records.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

ValueKind = Literal["number", "date", "text", "choice", "range", "cells"]
"""`range` is a block of values; `cells` are cells the host looks at itself, so that it can tell which failed."""

UNITS: dict[str, tuple[str, str]] = {
    "money": ("deal money unit", "金额单位"),
    "decimal": ("decimal", "小数"),
    "decimal_yearly": ("decimal per year", "小数/年"),
    "years": ("years", "年"),
    "days": ("days", "天"),
    "multiple": ("multiple", "倍"),
    "per_year": ("times a year", "次/年"),
    "price": ("per 100 of face", "每百元面值"),
    "integer": ("whole number", "整数"),
    "date": ("date", "日期"),
    "text": ("text", "文本"),
    "none": ("-", "-"),
}


@dataclass(frozen=True, slots=True)
class Domain:
    """The values a quantity may take, and the code that refuses the others."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    code: str = "E226"
    percent_above: float = math.inf
    """A value above this is likely a percent typed as a number: the remedy then shows the decimal. 1.3 for a share
    is 130 %, not 1.3 %: no decimal is offered for it."""
    low_code: str = ""
    """The code for a value below the domain, where it differs."""

    def words(self) -> tuple[str, str]:
        """The domain in English and in Chinese, to stand after "must be" and "必须"."""
        low, high = f"{self.low:g}", f"{self.high:g}"
        if math.isinf(self.high):
            if math.isinf(self.low):
                return "finite", "为有限数"
            return (f"above {low}", f"大于 {low}") if self.low_open else (f"at least {low}", f"不小于 {low}")
        if math.isinf(self.low):
            return (f"below {high}", f"小于 {high}") if self.high_open else (f"at most {high}", f"不大于 {high}")
        en = ("above " if self.low_open else "at least ") + low
        en += (" and below " if self.high_open else " and at most ") + high
        zh = ("大于 " if self.low_open else "不小于 ") + low
        zh += (" 且小于 " if self.high_open else " 且不大于 ") + high
        return en, zh


ANY = Domain()
POSITIVE = Domain(low=0.0, low_open=True)
NON_NEGATIVE = Domain(low=0.0)
ASSET = Domain(low=0.0, low_open=True, code="E224")
RATE = Domain(low=-1.0, high=1.5, low_open=True, code="E220", percent_above=1.5)
COUPON = Domain(low=0.0, high=1.5, code="E220", percent_above=1.5)
SHARE = Domain(low=0.0, high=1.0, percent_above=2.0)
RECOVERY = Domain(low=0.0, high=1.0, code="E221", percent_above=2.0)
COST_SHARE = Domain(low=0.0, high=1.0, high_open=True, percent_above=2.0)
VOLATILITY = Domain(low=0.0, high=5.0, low_open=True, code="E223", percent_above=5.0, low_code="E222")
EQUITY_VOLATILITY = Domain(low=0.0, low_open=True, code="E222")
"""Equity near default swings without limit: 125 a year occurs among the reference cases."""
HORIZON = Domain(low=0.0, high=50.0, low_open=True, code="E225")
SPREAD = Domain(low=0.0, high=5.0, code="E223", percent_above=5.0, low_code="E222")
"""A volatility that may be nothing: one part of another."""
CORRELATION = Domain(low=-1.0, high=1.0, percent_above=2.0)
PROBABILITY = Domain(low=0.0, high=1.0, low_open=True, high_open=True, code="E220", percent_above=1.0)


@dataclass(frozen=True, slots=True)
class Term:
    """One quantity. `name` is its word everywhere: in code, as a key of the deal, in JSON and in errors."""

    name: str
    symbol: str
    en: str
    zh: str
    unit: str
    doc_en: str
    doc_zh: str
    domain: Domain = ANY
    kind: ValueKind = "number"
    choices: tuple[str, ...] = ()

    @property
    def unit_words(self) -> tuple[str, str]:
        return UNITS[self.unit]

    @property
    def help(self) -> str:
        """The line of the Function Wizard: Chinese, then English."""
        return f"{self.doc_zh} | {self.doc_en}"


FORMS = ("lognormal", "linear", "log_drift", "student")
READINGS = ("waterfall", "due")
HOLDS = ("others", "total")
ASSET_TYPES = ("consumer_loan", "credit_card", "mortgage", "micro_loan", "corporate_loan", "patent_licence")
TERM_READINGS = ("waterfall", "due", "exact")
EXPOSURE_CLASSES = ("corporate", "mortgage", "revolving", "other_retail")
FEE_BASES = ("collections", "outstanding", "fixed", "scheduled")
RATE_TYPES = ("fixed", "floating")
REPAYMENTS = ("pass_through", "scheduled")
SURPLUS_WAYS = ("release", "retain")
CALENDARS = ("none", "china")
BUSINESS_DAYS = ("unadjusted", "following", "modified_following", "preceding")
DAY_COUNTS = ("act_365", "act_360", "act_act", "30_360")
STEPS = (
    "fee",
    "interest",
    "reserve",
    "principal",
    "all_principal",
    "retain",
    "fixed_return",
    "reward",
    "residual",
)
TRIGGER_TESTS = ("cumulative_recovery", "unpaid", "date")
YES_NO = ("yes", "no")
FACTORS = (
    "issue_size",
    "coupon",
    "recovery_rate",
    "maturity",
    "volatility",
    "fees",
    "delay",
    "disposal_cost",
    "sub_share",
    "reserve",
    "support_cap",
    "payer_pd",
    "licensee_pd",
    "lgd",
    "asset_correlation",
    "benchmark",
)
MODES = ("relative", "absolute")
BREAK_EVEN_FACTORS = ("collections_multiple", "recovery_rate", "delay", "coupon")
PAYERS = ("none", "all")
UNKNOWNS = ("asset_value", "default_point", "asset_volatility", "drift", "horizon")
BRANCHES = ("lower", "upper")
CURVE_METHODS = ("chain_ladder", "decay")


def _terms(*terms: Term) -> dict[str, Term]:
    named: dict[str, Term] = {}
    for term in terms:
        if term.name in named:
            raise ValueError(f"term {term.name} is defined twice")
        if len(term.help) > 255:
            raise ValueError(f"the help of {term.name} passes 255 characters")
        if term.unit not in UNITS:
            raise ValueError(f"term {term.name} has the unknown unit {term.unit}")
        named[term.name] = term
    return named


# fmt: off
TERMS = _terms(
    # The model
    Term("asset_value", "A", "Asset value", "资产价值", "money", "What the pool is expected to collect, net of the costs deducted from it.", "资产池预期净回收额。", ASSET),
    Term("default_point", "D", "Default point", "违约点", "money", "What has to be paid: fees, interest and principal due to the tranche and all that rank before it.", "本档及更优先各项应付的费用、利息与本金。", ASSET),
    Term("asset_volatility", "s", "Asset volatility", "资产波动率", "decimal_yearly", "Log standard deviation of the asset value a year, as a decimal.", "资产价值对数标准差（年化，小数）。", VOLATILITY),
    Term("total_volatility", "s_total", "Volatility of total collections", "回收总额波动率", "decimal", "Log standard deviation of TOTAL collections over the whole life, as a decimal; not a yearly figure.", "全周期回收总额的对数标准差（小数，非年化）。", VOLATILITY),
    Term("drift", "m", "Drift", "漂移率", "decimal_yearly", "Real-world growth of the asset value a year, as a decimal; 0 if left out.", "资产价值的实际年增长率（小数），缺省为 0。", RATE),
    Term("horizon", "T", "Horizon", "期限", "years", "Years to the date of the test, above 0 and at most 50; 1 if left out.", "至检验日的年数，大于 0 且不超过 50，缺省为 1。", HORIZON),
    Term("form", "", "Form of the model", "模型形式", "text", "lognormal (default), linear (practitioner KMV), log_drift (thesis) or student (fat tail).", "lognormal（默认）、linear（实务 KMV）、log_drift（论文）或 student（厚尾）。", kind="choice", choices=FORMS),
    Term("dof", "nu", "Degrees of freedom", "自由度", "none", "Degrees of freedom of the Student form, above 2; 4 if left out.", "student 形式的自由度，大于 2，缺省为 4。", Domain(low=2.0, low_open=True)),
    Term("target_pd", "PD*", "Target default probability", "目标违约概率", "decimal", "Default probability that a size or a break-even is solved for, as a decimal.", "求解规模或临界值时采用的目标违约概率（小数）。", PROBABILITY),
    # Implied values, bands, EDF
    Term("unknown", "", "Unknown", "待求量", "text", "What is solved for: asset_value, default_point, asset_volatility, drift or horizon.", "待求量：asset_value、default_point、asset_volatility、drift 或 horizon。", kind="choice", choices=UNKNOWNS),
    Term("branch", "", "Branch", "根的选择", "text", "Where two values give the same default probability: lower (default) or upper.", "两个取值对应同一违约概率时取 lower（较小，默认）或 upper（较大）。", kind="choice", choices=BRANCHES),
    Term("volatility_se", "se", "Standard error of the volatility", "波动率标准误", "decimal_yearly", "Standard error of the asset volatility, in the same unit; 0 if it is certain.", "资产波动率的标准误（与波动率同单位），0 表示无误差。", Domain(low=0.0, high=5.0, code="E223", percent_above=5.0)),
    Term("quantiles", "", "Quantiles", "分位数", "decimal", "Levels of the band, above 0 and below 1; 0.05, 0.5 and 0.95 if left out.", "区间的分位水平，大于 0 且小于 1，缺省为 0.05、0.5、0.95。", PROBABILITY),
    Term("edf", "EDF", "Expected default frequency", "预期违约频率", "decimal", "Share of borrowers at that distance to default that failed, from your own record.", "该违约距离下的实际违约比例，取自使用者自有数据。", Domain(low=0.0, high=1.0, low_open=True, high_open=True, percent_above=1.0)),
    Term("edf_distance", "", "Distance of the EDF table", "EDF 表的违约距离", "none", "Distances to default of the EDF table, each once.", "EDF 表中的违约距离，不得重复。"),
    # Calibration
    Term("equity_value", "E", "Equity value", "股权价值", "money", "Market value of the company's equity.", "公司股权的市场价值。", POSITIVE),
    Term("equity_volatility", "sigma_E", "Equity volatility", "股权波动率", "decimal_yearly", "Log standard deviation of the equity value a year, as a decimal.", "股权价值对数收益率的年化标准差（小数）。", EQUITY_VOLATILITY),
    Term("risk_free_rate", "r", "Risk-free rate", "无风险利率", "decimal_yearly", "Continuously compounded rate a year, as a decimal; 0 if left out.", "连续复利年利率（小数），缺省为 0。", RATE),
    Term("periods_per_year", "", "Periods a year", "每年期数", "per_year", "Observations a year: 250 for trading days, 12 for months; 250 if left out.", "每年观测次数：交易日 250、月度 12，缺省为 250。", Domain(low=0.1, high=10_000)),
    Term("method", "", "Method", "估计方法", "text", "iterative (fixed point of the volatility, default) or mle (maximum likelihood).", "iterative（波动率不动点，默认）或 mle（极大似然）。", kind="choice", choices=("iterative", "mle")),
    Term("estimator", "", "Estimator", "估计量", "text", "mle (default), ewma, thesis_periodic or thesis_cumulative.", "mle（默认）、ewma、thesis_periodic 或 thesis_cumulative。", kind="choice", choices=("mle", "ewma", "thesis_periodic", "thesis_cumulative")),
    # Results
    Term("distance_to_default", "DD", "Distance to default", "违约距离", "none", "Gap between asset value and default point in standard deviations.", "资产价值与违约点之差，以标准差计。"),
    Term("probability_of_default", "PD", "Default probability", "违约概率", "decimal", "Probability of not being paid in full and in time by legal maturity.", "法定到期前未获足额按时兑付的概率。", SHARE),
    Term("extension_probability", "PE", "Extension probability", "展期概率", "decimal", "Probability of not being repaid by the expected maturity.", "预期到期日未获足额兑付的概率。", SHARE),
    Term("expected_loss", "EL", "Expected loss", "预期损失率", "decimal", "Expected principal not returned by legal maturity, as a share of the tranche.", "法定到期未偿本金的期望值占该档规模之比。", SHARE),
    Term("loss_given_default", "LGD", "Loss given default", "违约损失率", "decimal", "Expected loss divided by default probability.", "预期损失率除以违约概率。", SHARE),
    Term("break_even_multiple", "q*", "Break-even multiple", "临界回收倍数", "multiple", "Smallest multiple of expected collections with which the tranche is just paid.", "刚好足额兑付该档所需的预期回收倍数。"),
    Term("cushion", "", "Cushion", "安全垫", "decimal", "Share of expected collections that can fail before the tranche is hit: 1 - q*.", "该档受损前预期回收可下降的比例：1 - q*。"),
    Term("coverage", "", "Coverage", "覆盖倍数", "multiple", "Expected collections over the default point: 1 / q*.", "预期回收额与违约点之比：1 / q*。"),
    Term("weighted_life", "WAL", "Weighted life", "加权平均期限", "years", "Weighted average life of principal in the base case.", "基准情形下本金的加权平均期限。"),
    Term("attachment", "", "Attachment", "起赔点", "decimal", "Share of the issue ranking behind the tranche.", "次于该档的份额占发行规模之比。", SHARE),
    Term("detachment", "", "Detachment", "止赔点", "decimal", "Attachment plus the tranche's own share of the issue.", "起赔点加该档自身占比。", SHARE),
    Term("forward_pd", "", "Forward default probability", "远期违约概率", "decimal", "Rise of the cumulative default probability since the payment date before.", "较上一支付日累计违约概率的增量。", SHARE),
    Term("interest_paid", "", "Interest paid", "已付利息", "money", "Interest paid to the tranche over its life.", "存续期内支付给该档的利息。"),
    Term("principal_paid", "", "Principal paid", "已付本金", "money", "Principal returned to the tranche, a clean-up call included.", "已偿还该档的本金（含清仓回购）。"),
    Term("further_paid", "", "Further return paid", "其他收益", "money", "Fixed return and residual paid to the tranche.", "支付给该档的固定收益与剩余收益。"),
    Term("shortfall", "", "Shortfall", "未付金额", "money", "Interest and principal owed to the tranche and not paid by legal maturity.", "至法定到期仍未支付的该档利息与本金。"),
    Term("internal_rate", "IRR", "Internal rate of return", "内部收益率", "decimal_yearly", "Yearly rate at which what is paid is worth the price paid; ACT/365 from closing, as XIRR.", "使各期支付现值等于购入价格的年收益率（ACT/365，同 XIRR）。"),
    Term("duration", "", "Macaulay duration", "麦考利久期", "years", "Average time of what is paid, weighted with its value at the internal rate.", "以内部收益率折现值加权的平均支付时间。"),
    # Shortfall support
    Term("pool_pd", "", "Default probability without support", "无支持违约概率", "decimal", "Default probability of the tranche from the pool alone, without the shortfall payer, as a decimal.", "无差额补足时该档仅凭资产池的违约概率（小数）。", SHARE),
    Term("payer_pd", "", "Default probability of the payer", "差额补足人违约概率", "decimal", "Real-world default probability of the shortfall payer over the same horizon, as a decimal.", "差额补足人同一期限内的实际违约概率（小数）。", SHARE),
    Term("unsupported_pd", "", "Default probability without the cap's money", "补足前违约概率", "decimal", "Default probability of the tranche when nothing is paid by the shortfall payer, as a decimal.", "差额补足人分文未付时该档的违约概率（小数）。", SHARE),
    Term("capped_pd", "", "Default probability with the cap paid", "足额补足后违约概率", "decimal", "Default probability of the tranche when the whole cap is paid for certain, as a decimal.", "差额补足上限确定全额支付时该档的违约概率（小数）。", SHARE),
    Term("correlation", "rho", "Correlation", "相关系数", "decimal", "Correlation of the pool's collections with the payer's assets, from -1 to 1; above 0 is wrong-way.", "资产池回收与差额补足人资产的相关系数，-1 至 1；大于 0 为错向风险。", CORRELATION),
    # Section deal
    Term("name", "", "Deal name", "项目名称", "text", "Name of the deal.", "项目名称。", kind="text"),
    Term("code", "", "Deal code", "项目代码", "text", "Short code of the deal.", "项目代码。", kind="text"),
    Term("originator", "", "Originator", "发起机构", "text", "Bank or company that sells the pool.", "出售资产池的机构。", kind="text"),
    Term("asset_type", "", "Asset type", "资产类型", "text", "consumer_loan, credit_card, mortgage, micro_loan, corporate_loan or patent_licence.", "资产类型（英文代码）。", kind="choice", choices=ASSET_TYPES),
    Term("money_unit", "", "Money unit", "金额单位", "text", "Unit of every amount of the deal, for example 10k CNY.", "全部金额的单位，如 万元。", kind="text"),
    Term("closing_date", "", "Closing date", "信托设立日", "date", "Day the notes are issued; times are counted from it, ACT/365.", "证券发行日；期限自该日起按 ACT/365 计算。", kind="date"),
    Term("first_payment_date", "", "First payment date", "首个支付日", "date", "First day on which the notes are paid; the next follow by payments_per_year.", "首个兑付日，其后按每年支付次数推算。", kind="date"),
    Term("payments_per_year", "", "Payments a year", "每年支付次数", "per_year", "1, 2, 4 or 12.", "1、2、4 或 12。", Domain(low=1, high=12)),
    Term("legal_maturity", "", "Legal maturity", "法定到期日", "date", "Last day on which the notes may be paid; not paid then is default.", "最后兑付日，届时未足额兑付即违约。", kind="date"),
    Term("collection_lag", "", "Collection lag", "回收划转间隔", "days", "Days between the end of a collection period and its payment date.", "收款期间结束至支付日的天数。", Domain(low=0, high=366)),
    Term("issue_size", "", "Issue size", "发行规模", "money", "Sum of all tranches.", "各档规模合计。", POSITIVE),
    # Sections pool and recovery
    Term("pool_balance", "", "Pool balance", "资产池未偿本息费余额", "money", "Principal, interest and fees outstanding at the cut-off date.", "初始起算日未偿本息费余额。", POSITIVE),
    Term("cutoff_date", "", "Cut-off date", "初始起算日", "date", "Day from which collections belong to the deal.", "自该日起回收款归属信托。", kind="date"),
    Term("recovery_rate", "R", "Recovery rate", "回收率", "decimal", "Gross collections over the recovery horizon as a share of the pool balance.", "回收期内毛回收额占资产池余额之比。", RECOVERY),
    Term("disposal_cost", "", "Disposal cost", "处置费用率", "decimal", "Share of gross collections spent on collecting them.", "处置费用占毛回收额之比。", COST_SHARE),
    Term("recovery_horizon", "H", "Recovery horizon", "回收期", "years", "Years after the cut-off date over which the recovery rate is reached.", "自起算日起实现回收率所需年数。", HORIZON),
    Term("decay_rate", "lambda", "Decay rate", "衰减速率", "decimal_yearly", "Rate of the recovery curve 1 - exp(-(decay_rate t)^decay_shape).", "回收曲线 1 - exp(-(λt)^k) 的速率 λ。", Domain(low=1e-4, high=1e4)),
    Term("decay_shape", "k", "Decay shape", "衰减形状", "none", "Shape of the recovery curve; 1 is exponential.", "回收曲线的形状 k；1 为指数衰减。", Domain(low=0.05, high=20.0)),
    Term("delay", "", "Delay", "回收延迟", "years", "Years by which all collections come later; what falls beyond legal maturity is not received. 0 if left out.", "全部回收款推迟的年数，推迟至法定到期之后的部分不计入；缺省为 0。", Domain(low=0.0, high=20.0)),
    Term("haircut", "", "Haircut", "回收折扣", "decimal", "Share taken off the recovery rate; 0 if left out.", "对回收率的扣减比例（小数），缺省为 0。", SHARE),
    Term("years", "t", "Years from cut-off", "距起算日年数", "years", "Time of a point of the recovery vector, in years from the cut-off date.", "回收向量各点距起算日的年数。", HORIZON),
    Term("share", "F", "Cumulative share", "累计回收占比", "decimal", "Share of all collections received by then; the last is 1, straight lines between points.", "截至该时点已回收额占回收总额之比，末点为 1，点间线性插值。", SHARE),
    # Section fees
    Term("fee", "", "Fee", "费用", "text", "Name of the fee.", "费用名称。", kind="text"),
    Term("basis", "", "Basis", "计费基础", "text", "collections, outstanding (a year), fixed (a year) or scheduled (amounts in [fee_schedule]).", "collections（按回收额）、outstanding（按余额/年）、fixed（每年定额）或 scheduled（见 [fee_schedule]）。", kind="choice", choices=FEE_BASES),
    Term("rate", "", "Rate or amount", "费率或金额", "none", "Decimal of the basis; for fixed the amount a year.", "费率（小数）；fixed 为每年金额。", NON_NEGATIVE),
    # Section tranches
    Term("tranche", "", "Tranche", "档次", "text", "Name of the tranche.", "档次名称。", kind="text"),
    Term("rank", "", "Rank", "偿付次序", "integer", "Order of payment; 1 is paid first.", "偿付次序，1 为最优先。", Domain(low=1, high=99)),
    Term("balance", "B", "Balance", "规模", "money", "Face amount at closing.", "发行面值。", POSITIVE),
    Term("coupon", "c", "Coupon", "票面利率", "decimal_yearly", "Interest a year on the outstanding balance; 0 for none.", "按未偿余额计的年利率，0 表示无。", COUPON),
    Term("fixed_return", "", "Fixed return", "固定收益率", "decimal_yearly", "Yearly return paid to the tranche after all principal; simple, on its outstanding balance.", "本金兑付后支付的年固定收益率（单利，按未偿余额）。", COUPON),
    Term("expected_maturity", "", "Expected maturity", "预期到期日", "date", "Day by which the tranche is expected to be repaid.", "预期兑付完毕之日。", kind="date"),
    Term("published_life", "", "Published weighted life", "公布加权期限", "years", "Weighted life printed by the issuer or an agency.", "发行文件或评级报告公布的加权期限。", POSITIVE),
    Term("issue_price", "", "Issue price", "发行价格", "price", "Price paid per 100 of face; goes to the originator.", "每百元面值的发行价格。", POSITIVE),
    # Section reserve
    Term("reserve_multiple", "", "Reserve multiple", "流动性储备倍数", "multiple", "Reserve target as a multiple of the next interest and fees; 0 for no reserve.", "储备目标为下期利息及费用的倍数，0 表示无。", Domain(low=0.0, high=100.0)),
    Term("reserve_initial", "", "Initial reserve", "初始储备", "money", "Reserve funded at closing.", "设立日存入的储备金额。", NON_NEGATIVE),
    # Section licences
    Term("fee_amount", "", "Fee a date", "每期许可费", "money", "Licence fee due at each of the contract's dates.", "合同约定每期应付的许可费。", POSITIVE),
    Term("first_fee_date", "", "First fee date", "首个付费日", "date", "Day the first fee of the contract falls due, after the cut-off date.", "首笔许可费到期日，须晚于初始起算日。", kind="date"),
    Term("fee_count", "", "Number of fees", "付费期数", "integer", "How many equal fees the contract has.", "等额许可费的期数。", Domain(low=1, high=600)),
    Term("months_between", "", "Months between fees", "付费间隔月数", "integer", "Months from one fee to the next.", "相邻两期许可费间隔的月数。", Domain(low=1, high=120)),
    Term("credit_grade", "", "Credit grade", "信用等级", "text", "Grade of the licensee, looked up in [grade_table] where no default probability is typed in.", "被许可人信用等级；未填违约概率时按 [grade_table] 取值。", kind="text"),
    Term("grade_pd", "", "Default probability of the grade", "等级违约概率", "decimal", "Default probability of the grade over the life of the deal.", "该等级在项目存续期内的违约概率（小数）。", SHARE),
    Term("patent_expiry_date", "", "Patent expiry date", "专利到期日", "date", "Fees after this day lapse; blank for none.", "其后的许可费失效；空白表示无。", kind="date"),
    # Section structure
    Term("day_count", "", "Day count", "计息基准", "text", "act_365, act_360, act_act or 30_360: years of interest between due dates.", "计息天数基准：act_365、act_360、act_act 或 30_360。", kind="choice", choices=DAY_COUNTS),
    Term("calendar", "", "Calendar", "工作日历", "text", "none, or china: public holidays and working weekends of the State Council's notices.", "none 或 china（国务院放假安排，含调休上班日）。", kind="choice", choices=CALENDARS),
    Term("business_day", "", "Business day convention", "营业日准则", "text", "unadjusted, following, modified_following or preceding; interest is not adjusted.", "unadjusted、following、modified_following 或 preceding；利息不因顺延调整。", kind="choice", choices=BUSINESS_DAYS),
    Term("surplus", "", "Surplus", "超额资金", "text", "release (to the residual at each date) or retain (kept until every note is repaid).", "release（当期分配剩余）或 retain（留存至各档兑付完毕）。", kind="choice", choices=SURPLUS_WAYS),
    Term("servicer_reward", "", "Servicer's reward", "超额奖励服务费率", "decimal", "Share of what is left after the fixed returns that goes to the servicer.", "支付固定收益后剩余部分归贷款服务机构的比例。", SHARE),
    Term("call_share", "", "Clean-up call", "清仓回购触发比例", "decimal", "The notes are redeemed at par, with interest owed, once they are at most this share of the issue; 0 for no call.", "证券余额不高于发行规模的该比例时，按面值及应付未付利息清仓回购；0 为无。", SHARE),
    Term("call_cover", "", "Cover for the call", "清仓回购覆盖倍数", "multiple", "The call is used only if collections still to come are at least this multiple of its price: principal outstanding and interest owed.", "仅当剩余回收不低于回购价格（未偿本金及应付未付利息）的该倍数时行使清仓回购。", NON_NEGATIVE),
    # Schedules
    Term("due_date", "", "Due date", "到期应付日", "date", "Falls due at the first payment date on or after this day.", "于该日或其后首个支付日到期应付。", kind="date"),
    Term("amount_due", "", "Scheduled amount", "计划应付金额", "money", "Amount of the fee that falls due.", "该费用到期应付的金额。", NON_NEGATIVE),
    Term("principal_share", "", "Principal share due", "应付本金比例", "decimal", "Share of the tranche's balance at closing that falls due.", "到期应付本金占该档发行规模之比。", SHARE),
    Term("from_date", "", "From date", "生效日", "date", "Day from which the line holds.", "自该日起生效。", kind="date"),
    Term("benchmark_rate", "", "Benchmark rate", "基准利率", "decimal_yearly", "Rate a year that floating coupons are a margin over.", "浮动利率所参照的年化基准利率。", RATE),
    Term("rate_type", "", "Rate type", "利率类型", "text", "fixed, or floating: the coupon is then a margin over [benchmark].", "fixed（固定）或 floating（浮动，票面利率为对 [benchmark] 的利差）。", kind="choice", choices=RATE_TYPES),
    Term("step_up", "", "Step-up", "利率跳升", "decimal_yearly", "Added to the rate of interest periods that start on or after step_up_date.", "自利率跳升日起的计息期加计的年利率。", COUPON),
    Term("step_up_date", "", "Step-up date", "利率跳升日", "date", "Day from which the step-up holds; blank for none.", "利率跳升生效日；空白表示无。", kind="date"),
    Term("repayment", "", "Repayment", "还本方式", "text", "pass_through (as cash comes in) or scheduled (by [principal_schedule], the rest at expected maturity).", "pass_through（过手）或 scheduled（按 [principal_schedule]，余额于预期到期日应付）。", kind="choice", choices=REPAYMENTS),
    Term("reserve_floor", "", "Reserve floor", "储备下限", "money", "Least target of the reserve while coupon-bearing notes are outstanding.", "付息档未清偿期间的最低储备目标。", NON_NEGATIVE),
    # Sections support, triggers and order
    Term("support", "", "Support", "增信措施", "text", "Name of the shortfall undertaking or guarantee.", "差额支付承诺或担保的名称。", kind="text"),
    Term("covers", "", "Covers", "覆盖至", "text", "Tranche up to which fees, interest and due principal are made good.", "补足费用、利息与到期本金所覆盖至的档次。", kind="text"),
    Term("cap", "", "Cap of the support", "补足上限", "money", "Most the payer pays in total; blank for no limit.", "累计补足金额上限；空白表示无上限。", NON_NEGATIVE),
    Term("trigger", "", "Trigger", "触发事件", "text", "Name of the trigger.", "触发事件名称。", kind="text"),
    Term("test", "", "Test of the trigger", "触发检验", "text", "cumulative_recovery (below limit), unpaid (subject missed a payment) or date (from from_date).", "cumulative_recovery（低于限值）、unpaid（所列档次未获支付）或 date（自生效日起）。", kind="choice", choices=TRIGGER_TESTS),
    Term("limit", "", "Limit", "限值", "decimal", "Cumulative net collections over expected ones, below which the trigger fires.", "累计净回收与预期之比的限值，低于即触发。", Domain(low=0.0, high=10.0)),
    Term("subject", "", "Subject", "检验档次", "text", "Tranche whose missed payment fires the trigger; blank for the first.", "未获支付即触发的档次；空白为首位。", kind="text"),
    Term("order", "", "Order of payment", "偿付顺序", "text", "Name of an order of payment: normal, accelerated or one of your own in [order].", "偿付顺序名称：normal、accelerated 或 [order] 中自定。", kind="text"),
    Term("curable", "", "Curable", "可恢复", "text", "yes: the normal order returns when the test no longer holds; no: it stays.", "yes：条件消除后恢复；no：不恢复。", kind="choice", choices=YES_NO),
    Term("level", "", "Level", "顺位", "integer", "Levels are paid one after the other, lines of one level pro rata.", "依顺位支付，同一顺位按比例支付。", Domain(low=1, high=99)),
    Term("step", "", "Step", "支付项", "text", "fee, interest, reserve, principal, all_principal, retain, fixed_return, reward or residual.", "fee、interest、reserve、principal、all_principal、retain、fixed_return、reward 或 residual。", kind="choice", choices=STEPS),
    Term("payee", "", "Payee", "收款方", "text", "Name of the fee or tranche; blank for reserve and retain.", "费用或档次名称；reserve、retain 留空。", kind="text"),
    # [model] appetite and [shocks]
    Term("grade", "", "Appetite grade", "风险等级", "text", "Word of the house's own risk appetite.", "机构自定的风险等级。", kind="text"),
    Term("pd_limit", "", "PD limit", "违约概率上限", "decimal", "Largest default probability of the grade.", "该等级的违约概率上限。", SHARE),
    Term("factor", "", "Factor", "影响因素", "text", "What is moved: issue_size, coupon, recovery_rate, maturity, volatility, fees, delay and more.", "被冲击的因素：issue_size、coupon、recovery_rate、maturity、volatility、fees、delay 等。", kind="choice", choices=FACTORS),
    Term("mode", "", "Mode", "冲击方式", "text", "relative (0.1 is +10 %) or absolute (in the factor's own unit); left out, the factor's usual one.", "relative（0.1 即 +10%）或 absolute（绝对值）；缺省为该因素的惯用方式。", kind="choice", choices=MODES),
    Term("shocks", "", "Shocks", "冲击", "none", "A number, row or column of shocks to the factor; 0 is the deal as it stands.", "对该因素的冲击值（一个数、一行或一列），0 为现状。"),
    Term("scenario", "", "Scenario", "情景", "text", "Name of the scenario; all lines of one name move at once.", "情景名称；同名各行同时变动。", kind="text"),
    Term("shock", "", "Shock", "冲击值", "none", "By how much the factor moves; blank with a blank factor: the deal as it stands.", "该因素的变动值；与因素同时留空表示现状。"),
    # Volatility of total collections
    Term("collections", "", "Collections", "回收款序列", "money", "Cash collected in each period, oldest first; every amount above 0.", "各期回收金额（由早到晚），均须大于 0。", POSITIVE, kind="range"),
    Term("value_series", "", "Value series", "价值序列", "money", "Values at equal intervals, oldest first; every value above 0.", "等间隔的价值序列（由早到晚），均须大于 0。", POSITIVE, kind="range"),
    Term("horizon_periods", "", "Periods of the horizon", "期限内期数", "integer", "Periods over which the volatility is scaled; as many as the series has changes if left out.", "波动率换算所用的期数；缺省为序列的变动次数。", Domain(low=1, high=100_000)),
    Term("last", "", "Last changes", "最近变动数", "integer", "How many of the latest changes are used; all if left out.", "仅使用最近若干次变动；缺省为全部。", Domain(low=3, high=100_000)),
    Term("ewma_decay", "", "Decay of the weights", "权重衰减", "decimal", "Weight of a change over that of the next later one; 0.97 if left out.", "前一变动与后一变动权重之比，缺省为 0.97。", Domain(low=0.0, high=1.0, low_open=True, high_open=True)),
    Term("actual", "", "Actual recovery", "实际累计回收", "money", "Cumulative recovery of each past deal on a date.", "各历史项目截至某日的实际累计回收额。", POSITIVE, kind="range"),
    Term("forecast", "", "Forecast recovery", "预测累计回收", "money", "Forecast of the same recovery by the same date.", "同一截止日的预测累计回收额。", POSITIVE, kind="range"),
    Term("forecast_a", "", "Forecast of the first agency", "机构甲预测", "money", "Recovery forecast of the first rating agency, one a deal.", "第一家评级机构的回收预测（每项目一个）。", POSITIVE, kind="range"),
    Term("forecast_b", "", "Forecast of the second agency", "机构乙预测", "money", "Recovery forecast of the second rating agency, one a deal.", "第二家评级机构的回收预测（每项目一个）。", POSITIVE, kind="range"),
    Term("asset_types", "", "Asset types", "各项目资产类型", "text", "Asset type of each past deal, row by row.", "各历史项目的资产类型，逐行对应。", kind="range"),
    Term("prior_observations", "", "Weight of the pooled value", "合并值权重", "none", "How many degrees of freedom the pooled variance counts for; 10 if left out.", "合并方差相当的自由度数，缺省为 10。", NON_NEGATIVE),
    Term("misprint_factor", "", "Misprint factor", "误印倍数", "multiple", "Two forecasts further apart than this factor are a misprint and left out; 3 if left out.", "两预测相差超过此倍数视为误印并剔除，缺省为 3。", Domain(low=1.0, low_open=True)),
    Term("gap_factor", "", "Factor on the agency gap", "机构差异倍数", "multiple", "Volatility over agency gap: 1 / sqrt(2 (1 - share of error both agencies have in common)).", "波动率与机构差异之比：1/√(2(1-两机构共同误差占比))。", Domain(low=0.0, low_open=True)),
    Term("triangle", "", "Vintage triangle", "回收三角", "money", "Cumulative recoveries: a row for each vintage, oldest first, a column for each age; blank where not yet seen.", "累计回收三角：每行一个批次（由早到晚），每列一个账龄，未到期留空。", POSITIVE, kind="range"),
    Term("curve_method", "", "Curve method", "曲线方法", "text", "chain_ladder (default, with a band of one Mack standard error) or decay (constant decay, extrapolates, no band).", "chain_ladder（默认，附一个 Mack 标准误的区间）或 decay（等比衰减，可外推，无区间）。", kind="choice", choices=CURVE_METHODS),
    Term("horizon_ages", "", "Ages of the curve", "曲线账龄数", "integer", "Ages the curve runs over; the last one's share is 1. As many as the triangle has if left out.", "曲线所跨账龄数，末账龄占比为 1；缺省为回收三角的账龄数。", Domain(low=1, high=600)),
    Term("monthly_decay", "", "Monthly decay", "月衰减率", "decimal", "Share by which each month's collections are below the month before.", "每月回收额较上月下降的比例（小数）。", COST_SHARE),
    Term("months", "", "Months", "月数", "integer", "Months over which everything is collected.", "全部回收所需月数。", Domain(low=1, high=600)),
    Term("log_series", "", "Log series", "对数序列", "none", "Logarithms whose normality is tested: log changes, or log ratios.", "待检验正态性的对数变动或对数比率。", kind="range"),
    # Simulation
    Term("paths", "", "Paths", "路径数", "integer", "Paths of the simulation, in antithetic pairs.", "模拟路径数（成对取反）。", Domain(low=2, high=100_000_000)),
    Term("seed", "", "Seed", "随机种子", "integer", "Seed of the random numbers; the same seed gives the same numbers.", "随机种子；相同种子得到相同结果。", Domain(low=0, high=2**53)),
    Term("period_noise", "phi", "Period noise", "单期噪声", "decimal", "Coefficient of variation of single collection periods; 0 if left out.", "单个回收期的变异系数，缺省为 0。", Domain(low=0.0, high=5.0)),
    Term("mean_delay", "", "Mean delay", "平均延迟", "years", "Mean of the random delay of all collections; 0 if left out.", "全部回收的随机延迟均值（年），缺省为 0。", Domain(low=0.0, high=20.0)),
    Term("ratios", "", "Outturn ratios", "实际与预测之比", "none", "Actual over forecast recovery of each past deal by the same date.", "各历史项目截至同一日的实际回收额与预测回收额之比。", POSITIVE, kind="range"),
    Term("workers", "", "Workers", "线程数", "integer", "Threads of the simulation; any number gives the same result.", "模拟所用线程数；结果与线程数无关。", Domain(low=1, high=256)),
    # Licences and concentration
    Term("licensee", "", "Licensee", "被许可人", "text", "Company that pays the licence fees.", "支付许可费的企业。", kind="text"),
    Term("fee_dates", "", "Fee dates", "许可费付款时点", "years", "Years from closing at which licence fees fall due.", "自设立日起各笔许可费到期的年数。", NON_NEGATIVE, kind="range"),
    Term("fee_amounts", "", "Fee amounts", "许可费金额", "money", "Licence fee due at each date.", "各付款时点应收的许可费。", NON_NEGATIVE, kind="range"),
    Term("lgd", "", "Loss share in default", "违约损失占比", "decimal", "Share of every fee of a licensee lost when it defaults.", "被许可人违约时每笔许可费的损失比例。", SHARE),
    Term("asset_correlation", "rho", "Asset correlation", "因子相关系数", "decimal", "Part of a licensee's variance that the common factor explains, 0 to 1.", "被许可人资产方差中由共同因子解释的比例，0 至 1。", SHARE),
    Term("patent_expiry", "", "Patent expiry", "专利到期时点", "years", "Years from closing to the patent's expiry; fees after it lapse. None if left out.", "自设立日至专利到期的年数，其后许可费失效；缺省为无。", NON_NEGATIVE),
    Term("due", "D", "Amount due", "应付金额", "money", "What total licence cash has to reach; cash equal to it pays.", "许可费总额须达到的金额，恰好相等视为足额。", NON_NEGATIVE),
    Term("exposures", "", "Exposures", "各户金额", "money", "Amount of each name in the pool, one a name.", "资产池中各户金额，每户一项。", NON_NEGATIVE, kind="range"),
    Term("common_volatility", "s_common", "Common volatility", "共同波动率", "decimal", "Log standard deviation that all names share.", "各户共有的对数标准差（小数）。", SPREAD),
    Term("single_volatility", "s_single", "Volatility of one name", "单户波动率", "decimal", "Log standard deviation of one name apart from the common part.", "单户自身（不含共同部分）的对数标准差（小数）。", SPREAD),
    Term("effective_number", "n_eff", "Effective number", "有效户数", "none", "Number of equal names that would be as concentrated: 1 / HHI.", "集中度相同的等额户数：1/HHI。", Domain(low=1.0)),
    # Other methods and the risk register
    Term("common_factor", "M", "Common factor", "共同因子", "none", "Value of the standard normal factor all obligors share; low is bad.", "各债务人共有的标准正态因子取值，越低越差。"),
    Term("default_rate", "x", "Default rate", "违约率", "decimal", "Share of the pool that defaults.", "资产池的违约比例。", NON_NEGATIVE),
    Term("loss_limit", "K", "Loss limit", "损失上限", "decimal", "Share of the pool up to which losses are counted.", "计入损失的上限，占资产池之比。", NON_NEGATIVE),
    Term("exposure_class", "", "Exposure class", "风险暴露类别", "text", "corporate, mortgage, revolving or other_retail.", "corporate、mortgage、revolving 或 other_retail。", kind="choice", choices=EXPOSURE_CLASSES),
    Term("effective_maturity", "M", "Effective maturity", "有效期限", "years", "Effective maturity of a corporate exposure, 1 to 5; 2.5 if left out.", "公司类风险暴露的有效期限，1 至 5 年，缺省为 2.5。", Domain(low=1.0, high=5.0, code="E225")),
    Term("turnover", "S", "Annual sales", "年销售额", "none", "Sales a year in million euro; below 50 the correlation is lower. 50 if left out.", "年销售额（百万欧元），低于 50 时相关性下调，缺省为 50。", NON_NEGATIVE),
    Term("default_intensity", "", "Default intensity", "违约强度", "decimal", "Expected number of defaults over the horizon, one an obligor.", "期限内各债务人的预期违约次数。", NON_NEGATIVE, kind="range"),
    Term("sector_weights", "w", "Sector weights", "部门权重", "decimal", "Share of each obligor in each sector; what is missing to 1 is its own risk.", "各债务人在各部门的权重，不足 1 的部分为自身风险。", SHARE, kind="range"),
    Term("sector_volatility", "sigma", "Sector volatility", "部门波动率", "decimal", "Standard deviation of a sector's default intensity over its mean.", "部门违约强度的标准差与均值之比。", NON_NEGATIVE, kind="range"),
    Term("loss_unit", "", "Loss unit", "损失单位", "money", "Width of a loss band.", "损失分档的宽度。", POSITIVE),
    Term("transition", "", "Transition probabilities", "迁移概率", "decimal", "Probability of each grade at the horizon, best first, default last.", "期末处于各等级的概率，由优到劣，末列为违约。", SHARE, kind="range"),
    Term("forward_rates", "", "Forward zero rates", "远期零息利率", "decimal_yearly", "Zero rates seen from the horizon: a row a grade, a column a year.", "以期末为起点的零息利率，每行一个等级，每列一年。", RATE, kind="range"),
    Term("face", "", "Face value", "面值", "money", "Amount a bond repays.", "债券到期偿还的本金。", POSITIVE),
    Term("payments_left", "", "Payments left", "剩余付息次数", "integer", "Yearly coupons still to come, the one at the horizon included.", "含期末在内的剩余年付息次数。", Domain(low=1, high=100)),
    Term("recovery_deviation", "", "Deviation of recovery", "回收标准差", "money", "Standard deviation of the value in default; 0 if left out.", "违约时价值的标准差，缺省为 0。", NON_NEGATIVE),
    Term("default_rates", "", "Default rates", "违约率序列", "decimal", "Default rate of each period, oldest first.", "各期违约率，由旧到新。", PROBABILITY, kind="range"),
    Term("macro_series", "X", "Macroeconomic series", "宏观经济序列", "none", "A row a period as the default rates, a column a series.", "每行一期（与违约率对应），每列一个指标。", kind="range"),
    Term("rate_ratio", "r", "Ratio of default rates", "违约率倍数", "multiple", "Default rate of the state of the economy over its long-run mean.", "该经济状态下违约率与长期均值之比。", NON_NEGATIVE),
    Term("cushions", "", "Cushions", "安全垫金额", "money", "Losses that can be borne, one a question.", "可承受的损失金额。", NON_NEGATIVE, kind="range"),
    Term("pairwise", "", "Pairwise comparisons", "两两比较矩阵", "none", "How many times more the row matters than the column, 1/9 to 9.", "行因素相对列因素的重要倍数，1/9 至 9。", POSITIVE, kind="range"),
    Term("quantile", "q", "Quantile", "分位数", "decimal", "Level the loss does not exceed, above 0 and below 1; 0.999 if left out.", "损失不超过所得值的概率水平，大于 0 且小于 1，缺省为 0.999。", PROBABILITY),
    Term("register", "", "Risk register", "风险登记表", "none", "Rows of: group, risk, likelihood 1 to 5, impact 1 to 5, [evidence]; a header row is passed over.", "每行：分组、风险、可能性 1 至 5、影响 1 至 5、[依据]；标题行自动略过。", kind="range"),
    Term("group_weights", "", "Weights of the groups", "各分组权重", "decimal", "Rows of: group, weight; the weights add to 1. All groups alike if left out.", "每行：分组、权重，权重合计为 1；缺省为各组相同。", kind="range"),
    Term("group_weight", "w", "Weight of a group", "分组权重", "decimal", "Weight of a group of risks; the weights add to 1.", "风险分组的权重，合计为 1。", SHARE),
    Term("likelihood", "", "Likelihood", "可能性", "integer", "How likely the risk is: 1 (rare) to 5 (almost certain).", "风险发生的可能性，1（罕见）至 5（几乎必然）。", Domain(low=1, high=5)),
    Term("impact", "", "Impact", "影响", "integer", "What it would do: 1 (slight) to 5 (the notes fail).", "风险后果，1（轻微）至 5（证券违约）。", Domain(low=1, high=5)),
    # Loan tape: the names of the EBA's NPL templates where they have one
    Term("contract_identifier", "", "Loan id", "贷款编号", "text", "Number of the loan contract; each once.", "贷款合同编号，不得重复。", kind="text"),
    Term("counterparty_identifier", "", "Borrower id", "借款人编号", "text", "Number of the borrower; concentration is measured by borrower where it is given.", "借款人编号；提供时按借款人计算集中度。", kind="text"),
    Term("total_balance", "", "Total balance of the loan", "未偿本息费余额", "money", "Principal, interest and fees outstanding of the loan at the cut-off date.", "单笔贷款初始起算日未偿本息费余额。", NON_NEGATIVE),
    Term("principal_balance", "", "Principal balance", "未偿本金余额", "money", "Principal outstanding of the loan.", "单笔贷款未偿本金。", NON_NEGATIVE),
    Term("accrued_interest_balance_on_book", "", "Interest balance", "未偿利息余额", "money", "Interest outstanding of the loan.", "单笔贷款未偿利息。", NON_NEGATIVE),
    Term("other_balances", "", "Other balances", "未偿费用余额", "money", "Fees and other amounts outstanding of the loan.", "单笔贷款未偿费用及其他款项。", NON_NEGATIVE),
    Term("origination_amount", "", "Amount lent", "贷款发放金额", "money", "Amount lent on the day of origination.", "发放日的贷款金额。", NON_NEGATIVE),
    Term("credit_line", "", "Credit line", "授信额度", "money", "Limit granted to the borrower.", "授信额度。", NON_NEGATIVE),
    Term("collateral_value", "", "Collateral value", "押品估值", "money", "Latest value of the collateral.", "押品最近一次估值。", NON_NEGATIVE),
    Term("current_interest_rate", "", "Interest rate of the loan", "贷款利率", "decimal_yearly", "Interest of the loan a year, as a decimal.", "贷款年利率（小数）。", COUPON),
    Term("days_in_pastdue", "", "Days past due", "逾期天数", "days", "Days the loan is past due at the cut-off date.", "初始起算日的逾期天数。", NON_NEGATIVE),
    Term("age", "", "Age of the borrower", "借款人年龄", "years", "Age of the borrower at the cut-off date.", "初始起算日借款人年龄。", Domain(low=0.0, high=150.0)),
    Term("date_of_origination", "", "Date of origination", "贷款发放日", "date", "Day the loan was made.", "贷款发放日期。", kind="date"),
    Term("date_of_default", "", "Date of default", "贷款违约日", "date", "Day the loan defaulted.", "贷款违约日期。", kind="date"),
    Term("current_maturity_date", "", "Maturity of the loan", "贷款到期日", "date", "Day the loan is due by its contract.", "贷款合同到期日。", kind="date"),
    Term("loan_classification", "", "Five-class grade", "五级分类", "text", "Normal, special mention, substandard, doubtful or loss.", "正常、关注、次级、可疑或损失。", kind="text"),
    Term("asset_class", "", "Asset class", "资产类别", "text", "Asset class of the loan.", "贷款资产类别。", kind="text"),
    Term("product_type", "", "Product type", "产品类型", "text", "Product type of the loan.", "贷款产品类型。", kind="text"),
    Term("loan_currency", "", "Currency", "币种", "text", "Currency of the loan.", "贷款币种。", kind="text"),
    Term("region", "", "Region", "地区", "text", "Region of the borrower or branch.", "借款人或分行所在地区。", kind="text"),
    Term("occupation", "", "Occupation", "职业", "text", "Occupation of the borrower.", "借款人职业。", kind="text"),
    Term("security", "", "Security", "担保方式", "text", "How the loan is secured.", "贷款担保方式。", kind="text"),
    Term("city_of_collateral", "", "City of the collateral", "押品所在城市", "text", "City where the collateral stands.", "押品所在城市。", kind="text"),
    Term("bands", "", "Bands", "分段界限", "none", "Ascending limits; a value on a limit belongs to the band above it.", "由小到大的界限；等于界限者归入上段。", kind="range"),
    Term("tape", "", "Loan tape", "资产清单", "text", "The loan tape: first row headers (EBA names or Chinese), then one loan a row. Amounts with a unit in header or cell are turned into yuan.", "资产清单区域：首行为标题（EBA 字段名或中文），其后每行一笔；标题或单元格注明单位的金额换算为元。", kind="range"),
    Term("by", "", "Obligor column", "债务人列", "text", "Column that names the obligor for the concentration; the borrower id if left out and present, else each loan.", "计算集中度所用的债务人列；缺省为借款人编号，无则按贷款。", kind="text"),
    Term("field", "", "Field", "字段", "text", "Column to stratify by: an EBA name, a Chinese header or a header of the tape's own.", "分层字段：EBA 字段名、中文标题或清单自有的标题。", kind="text"),
    # After issue
    Term("actuals", "", "Trustee reports", "受托报告", "none", "Trustee reports: first row headers (payment date, collections; tranche figures and licensees in default if any), then a date a row.", "受托报告区域：首行为标题（支付日、净回收；可附各档已付本息与余额、违约被许可人），其后每行一期。", kind="range"),
    Term("actual_collections", "", "Actual collections", "实际回收", "money", "Net collections of each period, oldest first, as reported; as many as there are.", "各期实际净回收（由早到晚），已报告几期填几期。", NON_NEGATIVE, kind="range"),
    Term("forecast_collections", "", "Forecast collections", "预测回收", "money", "Expected net collections of each period, oldest first.", "各期预测净回收（由早到晚）。", NON_NEGATIVE, kind="range"),
    Term("collection_noise", "phi", "Noise of a period's collections", "单期回收噪声", "decimal", "Coefficient of variation of single periods; .3 (an assumption), or less where the volatility bears less, if left out.", "单期回收的变异系数；缺省为假设值 0.3，波动率不足以容纳时取较小值。", Domain(low=0.0, high=5.0)),
    Term("ours", "", "Our figures", "本方数", "money", "Amounts by our own waterfall.", "本方瀑布计算的金额。", kind="range"),
    Term("trustee", "", "Trustee's figures", "受托方数", "money", "The same amounts as the trustee reports them.", "受托机构报告的对应金额。", kind="range"),
    Term("tolerance", "", "Tolerance", "容差", "money", "Difference that still agrees; .01 if left out.", "视为一致的最大差异，缺省为 0.01。", NON_NEGATIVE),
    # Worksheet arguments
    Term("deal", "", "Deal", "项目区域", "text", "The range named deal: the whole Deal sheet block.", "名为 deal 的区域，即 Deal 表的全部输入。", kind="range"),
    Term("reading", "", "Reading", "口径", "text", "waterfall (default: break-even through the payment order), due (thesis: what falls due) or exact (licences).", "waterfall（默认，按偿付顺序求临界倍数）、due（论文口径，按应付金额）或 exact（许可费资产池）。", kind="choice", choices=TERM_READINGS),
    Term("deal_before", "", "Deal before", "变更前项目", "text", "The deal range of the earlier version.", "变更前的项目区域。", kind="range"),
    Term("deal_after", "", "Deal after", "变更后项目", "text", "The deal range of the later version.", "变更后的项目区域。", kind="range"),
    Term("factors", "", "Factors", "影响因素（多个）", "text", "A factor, or a row or column of them; every factor the deal has if left out.", "一个或一行、一列影响因素；缺省为项目具有的全部因素。", kind="range"),
    Term("points", "", "Points", "步长倍数", "none", "Multiples of each factor's step, a row or a column; -2 to 2 by halves if left out.", "各因素步长的倍数（一行或一列），缺省为 -2 至 2、间隔 0.5。"),
    Term("factor_down", "", "Factor down", "纵向因素", "text", "Factor whose shocks go down the grid.", "沿行方向变动的因素。", kind="choice", choices=FACTORS),
    Term("shocks_down", "", "Shocks down", "纵向冲击", "none", "Shocks of the factor down, in its usual mode; 0 is the deal as it stands.", "纵向因素的冲击值（按其惯用方式），0 为现状。"),
    Term("factor_across", "", "Factor across", "横向因素", "text", "Factor whose shocks go across the grid.", "沿列方向变动的因素。", kind="choice", choices=FACTORS),
    Term("shocks_across", "", "Shocks across", "横向冲击", "none", "Shocks of the factor across, in its usual mode; 0 is the deal as it stands.", "横向因素的冲击值（按其惯用方式），0 为现状。"),
    Term("scenarios", "", "Scenarios", "情景表", "none", "Rows of: scenario, factor, shock, [mode]; a header row is passed over. Left out: the deal's [scenarios], else the usual four.", "每行：情景、因素、冲击、[方式]，标题行自动略过；缺省为项目的 [scenarios]，无则为通用四种。", kind="range"),
    Term("hold", "", "What is held", "固定对象", "text", "others (default: the issue grows with the tranche) or total (the last class makes room).", "others（默认，固定其他档次，总规模随之变动）或 total（固定总规模，由末档调整）。", kind="choice", choices=HOLDS),
    Term("shown_reading", "", "Reading shown", "所示口径", "text", "headline (default: exact for licences, else waterfall), exact, waterfall or due.", "headline（默认：许可费为 exact，其余为 waterfall）、exact、waterfall 或 due。", kind="choice", choices=("headline", "exact", "waterfall", "due")),
    Term("output", "", "Output", "输出指标", "text", "The result wanted: probability_of_default (default), distance_to_default, expected_loss and so on.", "所需结果：probability_of_default（默认）、distance_to_default、expected_loss 等。", kind="choice"),
    Term("labels", "", "Labels", "显示标题", "none", "TRUE adds a header row and column; FALSE if left out.", "TRUE 时加标题行与标题列，缺省为 FALSE。", SHARE),
    Term("payment_date", "", "Payment date", "支付日", "date", "One of the deal's payment dates, as paid or as due before moving to a business day.", "本项目的某一支付日（实际支付日，或顺延前的应付日）。", kind="date"),
    Term("collections_multiple", "q", "Collections multiple", "回收倍数", "multiple", "Multiple of expected collections that comes in, at least 0; 1 if left out.", "实际回收为预期回收的倍数，不小于 0，缺省为 1。", Domain(low=0.0, high=1e6)),
    Term("payers", "", "Payers of support", "差额补足人", "text", "none (default: nobody pays, as in the base case) or all (every line of support pays up to its cap).", "none（默认，与基准情形一致，无人补足）或 all（各差额补足人均按上限支付）。", kind="choice", choices=PAYERS),
    Term("term_reading", "", "Reading by date", "分期口径", "text", "waterfall (default), due (thesis: what has fallen due) or exact (licences: every set of licensees in default).", "waterfall（默认）、due（论文口径）或 exact（许可费资产池，逐一枚举违约组合）。", kind="choice", choices=TERM_READINGS),
    Term("break_even_factor", "", "Factor of the break-even", "临界因素", "text", "collections_multiple (default), recovery_rate, delay (years) or coupon (of the tranche).", "collections_multiple（默认）、recovery_rate、delay（年）或 coupon（该档票面利率）。", kind="choice", choices=BREAK_EVEN_FACTORS),
    Term("edf_map", "", "EDF table", "EDF 对照表", "none", "Two columns of your own record: distance to default, EDF (decimal); nothing is extrapolated.", "使用者自有数据两列：违约距离、EDF（小数）；不作外推。", kind="range"),
    Term("grade_scale", "", "Grade scale", "等级表", "none", "Two columns: grade, largest default probability of the grade (decimal).", "两列：等级、该等级的违约概率上限（小数）。", kind="range"),
    Term("watch", "", "Watched cells", "监视区域", "text", "The cells whose failures are listed; the list follows whenever they change.", "需列出失败原因的区域；区域变化时自动更新。", kind="cells"),
    Term("rows", "", "Rows", "行数", "integer", "Rows of the result, blank below the last failure; as many as there are failures if left out.", "结果行数，不足以空白补齐；缺省为失败单元格数。", Domain(low=1, high=10_000)),
)
# fmt: on


def term(name: str) -> Term:
    """The term of that name; KeyError for a name that has none."""
    return TERMS[name]
