"""Which column of a tape holds which field; the same for files and for ranges of cells."""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence

from kmv_core.assets.tape import BALANCE
from kmv_core.vocabulary.errors import Problem, problem
from kmv_core.vocabulary.terms import TERMS

NEEDED = ("contract_identifier", BALANCE)
_BRACKETED = re.compile(r"[(\[【](.*?)[)\]】]")
_ALIASES = 4
"""Headers named where a column is missing."""
_PUNCTUATION = re.compile(r"[\W_]+")

HEADERS: dict[str, tuple[str, ...]] = {
    "contract_identifier": ("loan id", "loan number", "loan no", "contract id", "contract number", "account number",
                            "贷款编号", "合同编号", "借款合同编号", "贷款合同编号", "合同号", "借据号", "借据编号",
                            "资产编号", "账户编号", "贷款序号", "资产序号"),
    "counterparty_identifier": ("borrower id", "obligor id", "customer id", "client id", "客户编号", "客户号",
                                "借款人编号", "债务人编号", "身份证号", "统一社会信用代码"),
    "total_balance": ("balance", "outstanding balance", "current balance", "total outstanding",
                      "未偿本息费余额", "本息费余额", "未偿本息余额", "本息余额", "未偿余额", "未偿本息费", "债权余额",
                      "贷款余额", "余额", "本息费合计", "本息合计"),
    "principal_balance": ("principal", "outstanding principal", "未偿本金余额", "未偿本金", "本金余额", "剩余本金", "本金"),
    "accrued_interest_balance_on_book": ("accrued interest", "interest balance", "未偿利息余额", "未偿利息", "利息余额",
                                         "欠息", "利息"),
    "other_balances": ("other balance", "fees", "fee balance", "未偿费用余额", "未偿费用", "费用余额", "费用"),
    "origination_amount": ("original balance", "loan amount", "贷款发放金额", "发放金额", "放款金额", "贷款金额",
                           "合同金额"),
    "credit_line": ("credit limit", "limit", "授信额度", "信用额度", "额度"),
    "collateral_value": ("appraised value", "押品估值", "抵押物评估价值", "抵押物估值", "评估价值", "押品价值"),
    "current_interest_rate": ("interest rate", "rate", "贷款利率", "执行利率", "当前利率", "年利率", "利率"),
    "days_in_pastdue": ("days past due", "dpd", "days overdue", "逾期天数", "当前逾期天数"),
    "age": ("borrower age", "借款人年龄", "年龄"),
    "date_of_origination": ("origination date", "start date", "loan date", "贷款发放日", "贷款发放日期", "发放日",
                            "发放日期", "放款日", "放款日期", "起始日", "贷款起始日"),
    "date_of_default": ("default date", "贷款违约日", "违约日", "违约日期", "不良日期", "逾期日", "逾期日期"),
    "current_maturity_date": ("maturity date", "maturity", "due date", "贷款到期日", "贷款到期日期", "到期日", "到期日期",
                              "合同到期日"),
    "loan_classification": ("classification", "five class", "grade", "五级分类", "贷款五级分类", "风险分类"),
    "asset_class": ("资产类别", "资产类型"),
    "product_type": ("product", "产品类型", "贷款品种", "产品名称"),
    "loan_currency": ("currency", "币种"),
    "region": ("province", "state", "地区", "省份", "区域", "所在地区", "借款人地区", "分行"),
    "occupation": ("job", "职业", "借款人职业"),
    "security": ("collateral type", "guarantee", "担保方式", "主要担保方式", "担保类型"),
    "city_of_collateral": ("collateral city", "押品所在城市", "抵押物所在城市", "抵押物所在地", "押品城市"),
}  # fmt: skip
"""Compared without case, blanks, punctuation and bracketed units."""


def canonical_columns(headers: Sequence[str], also: Sequence[str] = ()) -> tuple[dict[str, int], list[Problem]]:
    """Which column holds each field, by position, and what is wrong with the headers.

    >>> columns, found = canonical_columns(["借据号", "未偿本息费余额（万元）", "備考"])
    >>> columns, [each.code for each in found]
    ({'contract_identifier': 0, 'total_balance': 1}, ['W264'])
    """
    known = _known()
    columns: dict[str, int] = {}
    found: list[Problem] = []
    unknown = []
    for i, header in enumerate(headers):
        name = header.strip() if header.strip() in also else known.get(_plain(header))
        if name is None:
            unknown.append(header.strip())
        elif name in columns:
            found.append(problem("E203", name=name, first=repr(headers[columns[name]]), second=repr(header)))
        else:
            columns[name] = i
    for name in (*NEEDED, *also):
        if name not in columns:
            aliases = [alias for alias, field in known.items() if field == name] or [_plain(name)]
            close = max(headers, key=lambda header: _likeness(_plain(header), aliases), default="-")
            words = {"what": "column", "what_zh": "列", "present": ", ".join(headers) or "-", "nearest": close}
            found.append(problem("E201", field=(name,), **_accepted(name), **words))
    named = [header for header in unknown if header]
    if named:
        found.append(problem("W264", count=len(named), found=", ".join(named)))
    return columns, found


def canonical_field(header: str) -> str | None:
    """The field a header stands for, or None.

    >>> canonical_field("五级分类"), canonical_field("Days Past Due"), canonical_field("備考")
    ('loan_classification', 'days_in_pastdue', None)
    """
    return _known().get(_plain(header))


def bracketed_words(header: str) -> str:
    """What stands in brackets in a header: there a unit is named.

    >>> bracketed_words("余额（万元）")
    '万元'
    """
    return " ".join(_BRACKETED.findall(unicodedata.normalize("NFKC", header)))


def _accepted(name: str) -> dict[str, str]:
    """The fields `name` and `name_zh` of a problem: the field and some headers that are read as it."""
    aliases = HEADERS.get(name, ())
    english = [alias for alias in aliases if alias.isascii()][:_ALIASES]
    chinese = [alias for alias in aliases if not alias.isascii()][:_ALIASES]
    return {"name": " / ".join([name, *english]), "name_zh": " / ".join(chinese or [name])}


@functools.cache
def _known() -> dict[str, str]:
    return {_plain(alias): name for name, aliases in HEADERS.items() for alias in (name, TERMS[name].zh, *aliases)}


def _plain(header: str) -> str:
    text = unicodedata.normalize("NFKC", header).lower()
    return _PUNCTUATION.sub("", _BRACKETED.sub("", text))


def _likeness(word: str, aliases: Iterable[str]) -> float:
    return max(difflib.SequenceMatcher(None, word, alias).ratio() for alias in aliases)
