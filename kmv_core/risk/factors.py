"""The factors a deal is moved by: what a structurer means when a factor is shocked by x.

| factor | usual mode | what a shock x does |
|---|---|---|
| issue_size | relative | every tranche x (1 + x), subordination fixed, pool unchanged |
| coupon | absolute | every coupon-bearing tranche + x (a decimal a year); floating ones by their margin |
| recovery_rate | relative | loans: recovery rate x (1 + x); licences: every fee x (1 + x), in either mode |
| maturity | absolute | legal maturity moved by x years (whole months); collections counted move with it |
| volatility | relative | volatility of total collections x (1 + x) |
| fees | relative | every rate and amount of the deal's costs x (1 + x) |
| delay | absolute | loans: collections x years later; licences: first fee dates x years (whole months) later |
| disposal_cost | absolute | disposal cost + x (a share of gross collections) |
| sub_share | absolute | x of the issue moved to the last class from the classes before it, pro rata; issue unchanged |
| reserve | relative | multiple, initial amount and floor of the reserve x (1 + x) |
| support_cap | relative | every cap x (1 + x); a support without a cap stays without |
| payer_pd | relative | every payer's default probability x (1 + x), at most 1 |
| licensee_pd | relative | every licensee's default probability x (1 + x), at most 1 |
| lgd | absolute | every licensee's loss given default + x |
| asset_correlation | absolute | every licensee's asset correlation + x |
| benchmark | absolute | the whole path of the benchmark + x |

In absolute mode x is added in the factor's own unit, money for amounts; in relative mode it multiplies.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from dateutil.relativedelta import relativedelta

from kmv_core.deal.cash_in import licensee_pd
from kmv_core.deal.changes import shift_coupons
from kmv_core.deal.deal import Deal, Licence, Tranche
from kmv_core.vocabulary.checks import nearest
from kmv_core.vocabulary.errors import KmvError, problem
from kmv_core.vocabulary.terms import FACTORS, MODES, TERMS

Mode = Literal["relative", "absolute"]


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor: its words, its usual mode, the unit of an absolute shock, and how it moves a deal."""

    name: str
    zh: str
    en: str
    usual: Mode
    unit: str
    """Of an absolute shock: decimal, years or money."""
    move: Callable[[Deal, float, str], Deal]
    has: Callable[[Deal], bool] = lambda deal: True  # noqa: ARG005  # every deal has it


def apply_shock(deal: Deal, factor: str, shock: float, mode: str) -> Deal:
    """A copy of the deal with one factor moved (table above); may be a deal that its checks refuse.

    Raises KmvError E204 for an unknown factor or mode, E355 for a factor the deal has nothing of.
    """
    moved = factor_of(factor)
    known("mode", "冲击方式", mode, MODES)
    require(deal, factor)
    return moved.move(deal, shock, mode)


def factor_of(name: str) -> Factor:
    """The factor of a name; raises KmvError E204 with the nearest one."""
    known("factor", "影响因素", name, FACTORS)
    return BY_NAME[name]


def require(deal: Deal, factor: str) -> None:
    """Raise KmvError E355 where the deal has nothing of a factor."""
    found = factor_of(factor)
    if not found.has(deal):
        raise KmvError(problem("E355", found=f"{factor} ({found.en.lower()})", found_zh=f"{found.zh}（{factor}）"))


def factors_of(deal: Deal) -> tuple[str, ...]:
    """The factors that move this deal, in the table's order."""
    return tuple(name for name in FACTORS if BY_NAME[name].has(deal))


def known(what: str, what_zh: str, word: str, words: tuple[str, ...]) -> None:
    """Raise KmvError E204 with the nearest word for one that is not among the known; a Chinese one is near a title."""
    if word not in words:
        titles = {} if word.isascii() else {_title(each): each for each in words}
        close = nearest(word, titles or words)
        raise KmvError(problem("E204", what=what, what_zh=what_zh, name=word, nearest=titles.get(close, close)))


def _title(name: str) -> str:
    """The Chinese title of a factor or a term, else the name itself."""
    if name in BY_NAME:
        return BY_NAME[name].zh
    return TERMS[name].zh if name in TERMS else name


def moved(value: float, shock: float, mode: str) -> float:
    """A number after a shock."""
    return value * (1.0 + shock) if mode == "relative" else value + shock


def _issue_size(deal: Deal, shock: float, mode: str) -> Deal:
    scale = 1.0 + shock if mode == "relative" else 1.0 + shock / deal.issue_size
    tranches = tuple(replace(each, balance=each.balance * scale) for each in deal.tranches)
    return replace(deal, issue_size=sum(each.balance for each in tranches), tranches=tranches)


def _coupon(deal: Deal, shock: float, mode: str) -> Deal:
    if mode == "absolute":
        return shift_coupons(deal, shock)
    return replace(deal, tranches=tuple(replace(each, coupon=each.coupon * (1.0 + shock)) for each in deal.tranches))


def _recovery_rate(deal: Deal, shock: float, mode: str) -> Deal:
    if deal.recovery is not None:
        return replace(
            deal, recovery=replace(deal.recovery, recovery_rate=moved(deal.recovery.recovery_rate, shock, mode))
        )
    # The rate of a contract is 1: what it brings is moved, relative to it or by a share of it.
    return _licences(deal, lambda each: replace(each, fee_amount=each.fee_amount * (1.0 + shock)))


def _maturity(deal: Deal, shock: float, mode: str) -> Deal:
    years = shock
    if mode == "relative":
        years = shock * (deal.legal_maturity - deal.closing_date).days / 365.0
    legal = deal.legal_maturity + relativedelta(months=math.floor(12 * years + 0.5))
    # A note cannot be expected after the last day it may be paid.
    capped = tuple(replace(each, expected_maturity=min(each.expected_maturity, legal)) for each in deal.tranches)
    return replace(deal, legal_maturity=legal, tranches=capped)


def _volatility(deal: Deal, shock: float, mode: str) -> Deal:
    total = moved(deal.model.total_volatility, shock, mode)
    return replace(deal, model=replace(deal.model, total_volatility=total))


def _fees(deal: Deal, shock: float, mode: str) -> Deal:
    return replace(
        deal,
        fees=tuple(replace(each, rate=moved(each.rate, shock, mode)) for each in deal.fees),
        fee_schedule=tuple(replace(each, amount_due=moved(each.amount_due, shock, mode)) for each in deal.fee_schedule),
    )


def _delay(deal: Deal, shock: float, mode: str) -> Deal:
    if deal.recovery is not None:
        return replace(deal, recovery=replace(deal.recovery, delay=moved(deal.recovery.delay, shock, mode)))
    months = math.floor(12 * shock + 0.5)
    return _licences(
        deal, lambda each: replace(each, first_fee_date=each.first_fee_date + relativedelta(months=months))
    )


def _disposal_cost(deal: Deal, shock: float, mode: str) -> Deal:
    return replace(deal, recovery=replace(deal.loans, disposal_cost=moved(deal.loans.disposal_cost, shock, mode)))


def _sub_share(deal: Deal, shock: float, mode: str) -> Deal:
    """Balances of the last class grow by x of the issue, those before it shrink pro rata."""
    last = max(each.rank for each in deal.tranches)
    size = sum(each.balance for each in deal.tranches)
    sub = sum(each.balance for each in deal.tranches if each.rank == last)
    wanted = sub * (1.0 + shock) if mode == "relative" else sub + shock * size
    scales = {True: wanted / sub, False: (size - wanted) / (size - sub)}

    def resized(each: Tranche) -> Tranche:
        return replace(each, balance=each.balance * scales[each.rank == last])

    return replace(deal, tranches=tuple(map(resized, deal.tranches)))


def _reserve(deal: Deal, shock: float, mode: str) -> Deal:
    if mode == "absolute":
        return replace(deal, reserve=replace(deal.reserve, reserve_multiple=deal.reserve.reserve_multiple + shock))
    scale = 1.0 + shock
    old = deal.reserve
    return replace(
        deal,
        reserve=replace(
            old,
            reserve_multiple=old.reserve_multiple * scale,
            reserve_initial=old.reserve_initial * scale,
            reserve_floor=old.reserve_floor * scale,
        ),
    )


def _support_cap(deal: Deal, shock: float, mode: str) -> Deal:
    return replace(
        deal,
        support=tuple(
            each if each.cap is None else replace(each, cap=moved(each.cap, shock, mode)) for each in deal.support
        ),
    )


def _payer_pd(deal: Deal, shock: float, mode: str) -> Deal:
    return replace(
        deal,
        support=tuple(replace(each, payer_pd=min(moved(each.payer_pd, shock, mode), 1.0)) for each in deal.support),
    )


def _licensee_pd(deal: Deal, shock: float, mode: str) -> Deal:
    def worse(each: Licence) -> Licence:
        return replace(each, probability_of_default=min(moved(licensee_pd(deal, each), shock, mode), 1.0))

    return _licences(deal, worse)


def _lgd(deal: Deal, shock: float, mode: str) -> Deal:
    return _licences(deal, lambda each: replace(each, lgd=moved(each.lgd, shock, mode)))


def _asset_correlation(deal: Deal, shock: float, mode: str) -> Deal:
    return _licences(deal, lambda each: replace(each, asset_correlation=moved(each.asset_correlation, shock, mode)))


def _benchmark(deal: Deal, shock: float, mode: str) -> Deal:
    path = tuple(replace(each, benchmark_rate=moved(each.benchmark_rate, shock, mode)) for each in deal.benchmark)
    return replace(deal, benchmark=path)


def _licences(deal: Deal, change: Callable[[Licence], Licence]) -> Deal:
    return replace(deal, licences=tuple(map(change, deal.licences)))


def _has_loans(deal: Deal) -> bool:
    return deal.recovery is not None


def _has_licences(deal: Deal) -> bool:
    return bool(deal.licences)


def _has_reserve(deal: Deal) -> bool:
    reserve = deal.reserve
    return reserve.reserve_multiple > 0.0 or reserve.reserve_initial > 0.0 or reserve.reserve_floor > 0.0


BY_NAME = {
    each.name: each
    for each in (
        Factor("issue_size", "发行规模", "Issue size", "relative", "money", _issue_size),
        Factor("coupon", "票面利率", "Coupon", "absolute", "decimal", _coupon),
        Factor("recovery_rate", "回收率", "Recovery rate", "relative", "decimal", _recovery_rate),
        Factor("maturity", "法定期限", "Maturity", "absolute", "years", _maturity),
        Factor("volatility", "波动率", "Volatility", "relative", "decimal", _volatility),
        Factor(
            "fees", "费用", "Fees", "relative", "decimal", _fees, lambda deal: bool(deal.fees) and _charges(deal)
        ),
        Factor("delay", "回收延迟", "Delay of collections", "absolute", "years", _delay),
        Factor("disposal_cost", "处置费用率", "Disposal cost", "absolute", "decimal", _disposal_cost, _has_loans),
        Factor(
            "sub_share", "次级占比", "Share of the last class", "absolute", "decimal", _sub_share,
            lambda deal: len({each.rank for each in deal.tranches}) > 1,
        ),
        Factor("reserve", "流动性储备", "Reserve", "relative", "decimal", _reserve, _has_reserve),
        Factor(
            "support_cap", "增信上限", "Cap of support", "relative", "money", _support_cap,
            lambda deal: any(each.cap is not None for each in deal.support),
        ),
        Factor(
            "payer_pd", "增信方违约概率", "Payer's default probability", "relative", "decimal", _payer_pd,
            lambda deal: bool(deal.support),
        ),
        Factor(
            "licensee_pd", "被许可人违约概率", "Licensees' default probability", "relative", "decimal", _licensee_pd,
            _has_licences,
        ),
        Factor("lgd", "被许可人违约损失率", "Licensees' loss given default", "absolute", "decimal", _lgd, _has_licences),
        Factor(
            "asset_correlation", "被许可人资产相关性", "Licensees' asset correlation", "absolute", "decimal",
            _asset_correlation, _has_licences,
        ),
        Factor(
            "benchmark", "基准利率", "Benchmark rate", "absolute", "decimal", _benchmark,
            lambda deal: any(each.rate_type == "floating" for each in deal.tranches),
        ),
    )
}  # fmt: skip


def _charges(deal: Deal) -> bool:
    return any(each.rate > 0.0 for each in deal.fees) or bool(deal.fee_schedule)
