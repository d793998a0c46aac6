"""The risks a register of an NPL or of an IP securitisation asks about, by group."""

from __future__ import annotations

from dataclasses import dataclass

from kmv_core.vocabulary.checks import choice_problem
from kmv_core.vocabulary.errors import KmvError

KINDS = ("npl", "ip")
Words = tuple[str, str]
"""English, Chinese."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterQuestion:
    """One question of the register."""

    code: str
    group: str
    group_title: Words
    title: Words
    asks: Words
    """What the evidence should say."""


_GROUPS: dict[str, dict[str, Words]] = {
    "npl": {
        "originator": ("Originator", "发起机构"),
        "debtors": ("Debtors", "债务人"),
        "asset_pool": ("Asset pool", "资产池"),
        "third_parties": ("Third parties", "第三方机构"),
    },
    "ip": {
        "patents": ("Underlying patents", "底层专利"),
        "participants": ("Participants", "参与主体"),
        "structure": ("Structure", "交易结构"),
        "law": ("Law", "法律"),
    },
}


# fmt: off
_RISKS: dict[str, tuple[tuple[str, str, str, str, str, str], ...]] = {
    "npl": (
        ("originator", "selection", "Adverse selection of the loans sold", "入池贷款逆向选择", "how the pool was drawn from the book, against the loans kept", "入池标准及与留存不良贷款的比较"),
        ("originator", "servicing", "Weak collection by the servicer", "贷款服务机构清收能力不足", "recoveries of its earlier deals against their forecasts", "历史项目实际回收与预测之比"),
        ("originator", "commingling", "Collections mixed with the servicer's own money", "回收款混同", "how soon collections are transferred, and the servicer's rating", "回收款划转频率与服务机构评级"),
        ("debtors", "willingness", "Debtors unwilling to pay", "债务人还款意愿差", "share of debtors who answered, paid or settled before the cut-off", "起算日前可联系、还款或和解的户数占比"),
        ("debtors", "ability", "Debtors unable to pay", "债务人还款能力不足", "days past due, age, occupation, enforcement cases", "逾期天数、年龄、职业、被执行情况"),
        ("debtors", "region", "Debtors in one region or trade", "债务人地区或行业集中", "largest shares by region and occupation", "按地区与职业的最大占比"),
        ("asset_pool", "forecast", "Recoveries below the forecast", "回收低于预测", "both agencies' forecasts and the volatility used", "两家评级机构预测及所用波动率"),
        ("asset_pool", "timing", "Recoveries later than the forecast", "回收晚于预测", "recovery curve against earlier deals, liquidity reserve", "回收曲线与历史项目比较、流动性储备"),
        ("asset_pool", "collateral", "Collateral hard to sell", "抵押物处置困难", "kind, place and valuation date of the collateral", "抵押物类型、所在地与评估时点"),
        ("asset_pool", "documents", "Missing or disputed loan documents", "贷款文件缺失或权属瑕疵", "result of the file review", "法律尽职调查与档案抽查结果"),
        ("third_parties", "trustee", "Trustee or custodian fails in its duties", "受托机构或资金保管机构履职风险", "their ratings and earlier mandates", "评级与历史履职情况"),
        ("third_parties", "collectors", "Outsourced collectors break rules", "委外催收违规", "list of firms, complaints, regulator's decisions", "催收机构名单、投诉与处罚"),
        ("third_parties", "support", "Liquidity or shortfall provider does not pay", "流动性支持或差额补足方违约", "its default probability and correlation with the pool", "其违约概率及与资产池的相关性"),
    ),
    "ip": (
        ("patents", "validity", "A patent is declared invalid", "专利被宣告无效", "invalidity searches, disputes pending", "稳定性检索与未决无效、诉讼案件"),
        ("patents", "expiry", "A patent expires or lapses before its last fee", "专利在最后一期许可费前到期或失效", "expiry dates and annual fees against the fee dates", "专利到期日、年费缴纳与付费日期"),
        ("patents", "replacement", "Technology replaced by another", "技术被替代", "age and citations of the patents, rival products", "专利年限、被引用情况与竞品"),
        ("patents", "valuation", "Valuation too high", "估值偏高", "method, assumptions and date of the appraisal, issue over value", "评估方法、假设、时点及发行额与估值之比"),
        ("participants", "licensee", "A licensee does not pay its fees", "被许可人不付许可费", "accounts, grade and PD of each licensee", "各被许可人财务、信用等级与违约概率"),
        ("participants", "concentration", "Few licensees of one district and kind", "被许可人少且地区、行业集中", "largest shares, correlation used", "最大占比与所用相关系数"),
        ("participants", "holder", "Original holder or servicer fails", "原始权益人或服务机构风险", "its rating, whose account receives the fees", "评级与收款账户安排"),
        ("structure", "support", "Shortfall payer or guarantor does not pay", "差额支付承诺人或担保人违约", "its default probability and wrong-way correlation", "其违约概率与错向相关性"),
        ("structure", "timing", "Fees fall after the payments they are meant for", "许可费现金流与兑付时间错配", "fees by date against payments due, reserve", "逐期许可费与应付金额比较、储备"),
        ("structure", "subordination", "Too little subordination", "次级比例不足", "break-even against the expected fees", "临界回收倍数与安全垫"),
        ("law", "true_sale", "The transfer is challenged in insolvency", "基础资产转让的破产隔离被否定", "legal opinion on the true sale of future fees", "对未来许可费真实出售的法律意见"),
        ("law", "recording", "Licence or pledge not recorded", "许可或质押未备案登记", "record numbers at the patent office", "国家知识产权局备案、登记号"),
        ("law", "back_licence", "Licence and back-licence held to be a loan", "二次许可被认定为借贷", "legal opinion, price against market fees", "法律意见及许可费与市场价比较"),
    ),
}
# fmt: on


def register_questions(*, kind: str) -> tuple[RegisterQuestion, ...]:
    """The risks a register of this kind of deal (npl or ip) asks about, in order of their groups.

    Raises KmvError E205 for another kind.

    >>> [(kind, len(register_questions(kind=kind))) for kind in ("npl", "ip")], register_questions(kind="ip")[0].title
    ([('npl', 13), ('ip', 13)], ('A patent is declared invalid', '专利被宣告无效'))
    """
    bad = choice_problem("kind", kind, KINDS)
    if bad is not None:
        raise KmvError(bad)
    titles = _GROUPS[kind]
    return tuple(
        RegisterQuestion(code=code, group=group, group_title=titles[group], title=(en, zh), asks=(asks_en, asks_zh))
        for group, code, en, zh, asks_en, asks_zh in _RISKS[kind]
    )
