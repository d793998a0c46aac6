"""Questions about the tranches of a whole deal, handed over as the `deal` range."""

from __future__ import annotations

import hashlib
from typing import Any

from addin.deal_block import parse_deal
from addin.functions.ranges import elementwise, flag, word
from addin.functions.registry import worksheet_function
from kmv_core.deal.deal import Deal
from kmv_core.deal.support import supported_probability_of_default
from kmv_core.risk.assess import Assessment, assess
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
_MOST_DEALS = 64
_deals: dict[str, Deal] = {}
_assessments: dict[str, Assessment] = {}


def deal_key(cells: Any) -> str:
    """The content of a deal range as one short word, for the cache."""
    return hashlib.sha256(repr(cells).encode()).hexdigest()


def deal_of(cells: Any) -> Deal:
    """The deal of a range, parsed once for each content; raises KmvError with every problem."""
    if not isinstance(cells, tuple):
        raise KmvError(
            problem("E217", name="deal", name_zh="项目区域", found="one cell, the range named deal is wanted")
        )
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
        chosen = each.reading(name)
        values = [getattr(each if key in ("attachment", "detachment") else chosen, key) for key in COLUMNS]
        rows.append([each.name, *values] if shown else values)
    return [["tranche", *COLUMNS], *rows] if shown else rows


@worksheet_function("Tranche", "有差额补足时的违约概率：资产池不足且差额补足人违约的联合概率。")
def SUPPORT_PD(pool_pd: Any, payer_pd: Any, correlation: Any) -> Any:
    """Default probability with an uncapped shortfall payer: pool short and payer in default at once."""
    cells = {"pool_pd": pool_pd, "payer_pd": payer_pd, "correlation": correlation}
    return elementwise(supported_probability_of_default, cells, {})
