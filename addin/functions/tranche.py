"""Questions about the tranches of a whole deal, handed over as the `deal` range."""

from __future__ import annotations

import hashlib
import math
from typing import Any

from addin.deal_block import parse_deal
from addin.functions.ranges import elementwise, flag, named, number_inside, word
from addin.functions.registry import worksheet_function
from addin.functions.shapes import DEAL, misshapen
from kmv_core.deal.deal import Deal
from kmv_core.deal.support import supported_probability_of_default
from kmv_core.risk.answers import figures_of
from kmv_core.risk.assess import Assessment, assess
from kmv_core.risk.break_even_factor import break_even_factor as just_paid
from kmv_core.risk.exact import MOST_LICENSEES
from kmv_core.risk.summary import tranche_summaries
from kmv_core.vocabulary.checks import nearest
from kmv_core.vocabulary.errors import KmvError, problem
from kmv_core.vocabulary.terms import TERMS

COLUMNS = (
    "attachment",
    "detachment",
    "default_point",
    "distance_to_default",
    "probability_of_default",
    "extension_probability",
    "expected_loss",
    "loss_given_default",
    "cushion",
)
SUMMARY_COLUMNS = (
    "interest_paid",
    "principal_paid",
    "further_paid",
    "shortfall",
    "weighted_life",
    "internal_rate",
    "duration",
    "coverage",
)
TERM_COLUMNS = ("default_point", "asset_value", "distance_to_default", "probability_of_default", "forward_pd")
_MOST_DEALS = 64
_deals: dict[str, Deal] = {}
_assessments: dict[str, Assessment] = {}


def deal_key(cells: Any) -> str:
    """The content of a deal range as one short word, for the cache."""
    return hashlib.sha256(repr(cells).encode()).hexdigest()


def deal_of(cells: Any) -> Deal:
    """The deal of a range, parsed once for each content; raises KmvError with every problem."""
    if not isinstance(cells, tuple):
        raise misshapen(TERMS["deal"], DEAL)
    key = deal_key(cells)
    if key not in _deals:
        _keep(_deals, key, parse_deal(cells).deal)
    return _deals[key]


def assessment_of(cells: Any) -> Assessment:
    """The assessment of a deal range, computed once for each content."""
    deal = deal_of(cells)
    key = deal_key(cells)
    if key not in _assessments:
        _keep(_assessments, key, assess(deal))
    return _assessments[key]


def payers_of(deal: Deal, cell: Any) -> list[bool]:
    """Which lines of support pay in a run: none, as in the base case, or all."""
    return [word(cell, TERMS["payers"], "none") == "all"] * len(deal.support)


def tranche_of(deal: Deal, cell: Any) -> str:
    """The tranche a cell names, capital letters or not; an unknown name is refused with the nearest."""
    asked, names = named(cell, TERMS["tranche"]), [each.tranche for each in deal.by_rank]
    found = next((each for each in names if each.casefold() == asked.casefold()), None)
    if found is None:
        raise KmvError(
            problem("E204", what="tranche", what_zh="档次", name=asked, nearest=nearest(asked, names)),
        )
    return found


def heading(name: str) -> str:
    """The head of a column that shows a term."""
    return f"{TERMS[name].zh} | {name}"


def _keep(store: dict[str, Any], key: str, value: Any) -> None:
    while len(store) >= _MOST_DEALS:
        store.pop(next(iter(store)))
    store[key] = value


@worksheet_function("Tranche", "各档违约概率、违约距离、预期损失等，按偿付次序。", heavy=True)
def TRANCHE_PD(deal: Any, reading: Any = "waterfall", labels: Any = False) -> Any:
    """Default probability, distance to default and loss of every tranche, by rank."""
    name = word(reading, TERMS["reading"], "waterfall")
    shown = flag(labels, TERMS["labels"])
    found = assessment_of(deal)
    rows: list[list[Any]] = []
    for each in found.tranches:
        chosen = figures_of(each, name)
        values = [getattr(each if key in ("attachment", "detachment") else chosen, key) for key in COLUMNS]
        rows.append([each.name, *values] if shown else values)
    return [["tranche", *COLUMNS], *rows] if shown else rows


@worksheet_function(
    "Tranche",
    "各档汇总：已付利息、本金、其他收益、未付金额、加权期限、按购入价的内部收益率、久期、覆盖倍数；缺省无人补足。",
    heavy=True,
)
def TRANCHE_SUMMARY(deal: Any, collections_multiple: Any = 1.0, labels: Any = False, payers: Any = "none") -> Any:
    """Interest, principal, further return paid, shortfall, WAL, IRR on the price, duration, coverage; no payer pays.

    One row a tranche by rank; money, years, decimals a year. Formulas: kmv_core.risk.summary. E292 stands in the cells of
    rate and duration of a tranche that is paid nothing, E311 in the coverage of one that needs no collections.
    """
    shown = flag(labels, TERMS["labels"])
    multiple = number_inside(collections_multiple, TERMS["collections_multiple"], 1.0)
    found = deal_of(deal)
    rows: list[list[Any]] = []
    for each in tranche_summaries(found, multiple=multiple, payers_alive=payers_of(found, payers)):
        values = [getattr(each, key) for key in SUMMARY_COLUMNS]
        if each.paid <= 0.0:
            unpaid = problem("E292", name=each.tranche)
            values = [
                unpaid if key in ("internal_rate", "duration") else value
                for key, value in zip(SUMMARY_COLUMNS, values, strict=True)
            ]
        rows.append([each.tranche, *values] if shown else values)
    return [[heading("tranche"), *map(heading, SUMMARY_COLUMNS)], *rows] if shown else rows


@worksheet_function(
    "Tranche", "一档的分期违约概率：日期、违约点、预期资产、违约距离（无穷时空白）、累计与远期违约概率。", heavy=True
)
def TRANCHE_TERM(deal: Any, tranche: Any, term_reading: Any = "waterfall", labels: Any = False) -> Any:
    """Term structure of a tranche: date, default point, expected, DD (blank if infinite), PD by then, forward PD.

    One row a payment date. Expected is cumulative collections and the initial reserve; the default point is what has
    fallen due (`due`, `exact`), or the break-even multiple of all due by then times expected collections of the whole
    life (`waterfall`). PDs count the payers of support with their own PD. Formulas: kmv_core.risk.terms. E204 names the
    nearest tranche, E291 a pool without licences, E283 one of too many licensees for `exact`.
    """
    name = word(term_reading, TERMS["term_reading"], "waterfall")
    shown = flag(labels, TERMS["labels"])
    found = assessment_of(deal)
    wanted = tranche_of(found.deal, tranche)
    if name == "exact" and found.exact is None:
        licensees = len({each.licensee for each in found.deal.licences})
        if licensees:
            raise KmvError(problem("E283", found=licensees, most=MOST_LICENSEES))
        raise KmvError(problem("E291", name="exact", section="licences"))
    rows = [
        [each.date, *(finite_or_blank(getattr(each, key)) for key in TERM_COLUMNS)]
        for each in found.terms(wanted, name)
    ]
    return [[heading("payment_date"), *map(heading, TERM_COLUMNS)], *rows] if shown else rows


def finite_or_blank(value: float) -> Any:
    """Nothing due has no finite distance, and a default point out of reach no amount."""
    return value if math.isfinite(value) else ""


@worksheet_function(
    "Tranche", "该档刚好足额兑付时某因素的水平：回收倍数、回收率、延迟或票面利率；不可达时报错并给出范围。", heavy=True
)
def BREAK_EVEN(deal: Any, tranche: Any, break_even_factor: Any = "collections_multiple", payers: Any = "none") -> Any:
    """Level of a factor at which the tranche is just paid by legal maturity; by default no payer of support pays.

    A number in the factor's own unit: a multiple, a decimal, years, a decimal a year. What is held: see
    kmv_core.risk.break_even_factor. `=BREAK_EVEN(deal, "Senior", "delay")`: years by which all collections may come late.
    E310 with the range looked at where no level is a break-even, E204 with the nearest tranche.
    """
    found = deal_of(deal)
    factor = word(break_even_factor, TERMS["break_even_factor"], "collections_multiple")
    return just_paid(found, tranche_of(found, tranche), factor, payers_alive=payers_of(found, payers))


@worksheet_function("Tranche", "有差额补足时的违约概率：资产池不足且差额补足人违约的联合概率。")
def SUPPORT_PD(pool_pd: Any, payer_pd: Any, correlation: Any) -> Any:
    """Default probability with an uncapped shortfall payer: pool short and payer in default at once."""
    cells = {"pool_pd": pool_pd, "payer_pd": payer_pd, "correlation": correlation}
    return elementwise(supported_probability_of_default, cells, {})
