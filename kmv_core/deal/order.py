"""The order of payment as data: steps by level, levels one after the other, a level's steps pro rata.

The standard orders, where the deal lists none:

    normal       fees; interest by rank; scheduled principal by rank as far as no pass-through tranche comes before;
                 reserve; the other principal by rank; what is retained; fixed returns by rank; servicer's reward;
                 the rest to the last tranche
    accelerated  fees; by rank interest and then all principal; fixed returns; servicer's reward; the rest

An order without a step for the reserve or for what is retained pays the account out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from kmv_core.deal.deal import Deal, StepKind, Tranche

OF_TRANCHES = ("interest", "principal", "all_principal", "fixed_return")
NORMAL, ACCELERATED = "normal", "accelerated"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the order of payment: what is paid, and to whom (a fee's or a tranche's name)."""

    kind: StepKind
    payee: str = ""
    level: int = field(default=0, compare=False)
    """Steps of one level are paid pro rata; the same step may stand at different levels of different orders."""


Levels = tuple[tuple[Step, ...], ...]


def orders_of(deal: Deal) -> dict[str, Levels]:
    """Every order the deal can be in, `normal` first, the others as its triggers name them."""
    wanted = [NORMAL, *dict.fromkeys(each.order for each in deal.triggers if each.order != NORMAL)]
    return {name: order_of(deal, name) for name in wanted}


def order_of(deal: Deal, name: str) -> Levels:
    """The levels of one order: the deal's own lines, or the standard."""
    lines = [line for line in deal.order if line.order == name]
    if lines:
        # A stable sort: lines of one level keep the order they are written in.
        steps = [Step(line.step, line.payee, line.level) for line in sorted(lines, key=lambda line: line.level)]
        return tuple(tuple(group) for _, group in groupby(steps, key=lambda step: step.level))
    steps_by_level = _accelerated(deal) if name == ACCELERATED else _normal(deal)
    return tuple(
        tuple(Step(step.kind, step.payee, level) for step in steps)
        for level, steps in enumerate(steps_by_level, start=1)
        if steps
    )


def has_interest(deal: Deal, tranche: Tranche) -> bool:
    """Whether a tranche may ever be owed interest."""
    return (
        tranche.coupon > 0.0
        or (tranche.step_up_date is not None and tranche.step_up > 0.0)
        or (tranche.rate_type == "floating" and bool(deal.benchmark))
    )


def has_reserve(deal: Deal) -> bool:
    """Whether a reserve is kept."""
    return max(deal.reserve.reserve_multiple, deal.reserve.reserve_initial, deal.reserve.reserve_floor) > 0.0


def _normal(deal: Deal) -> Iterator[list[Step]]:
    classes = _classes(deal)
    scheduled = 0
    while scheduled < len(classes) and all(each.repayment == "scheduled" for each in classes[scheduled]):
        scheduled += 1
    yield from _fees(deal)
    for each in classes:
        yield [Step("interest", one.tranche) for one in each if has_interest(deal, one)]
    for each in classes[:scheduled]:
        yield [Step("principal", one.tranche) for one in each]
    if has_reserve(deal):
        yield [Step("reserve")]
    for each in classes[scheduled:]:
        yield [Step("principal", one.tranche) for one in each]
    if deal.structure.surplus == "retain":
        yield [Step("retain")]
    yield from _rest(deal, classes)


def _accelerated(deal: Deal) -> Iterator[list[Step]]:
    classes = _classes(deal)
    yield from _fees(deal)
    for each in classes:
        yield [Step("interest", one.tranche) for one in each if has_interest(deal, one)]
        yield [Step("all_principal", one.tranche) for one in each]
    yield from _rest(deal, classes)


def _fees(deal: Deal) -> Iterator[list[Step]]:
    for fee in deal.fees:
        yield [Step("fee", fee.fee)]


def _rest(deal: Deal, classes: list[list[Tranche]]) -> Iterator[list[Step]]:
    for each in classes:
        yield [Step("fixed_return", one.tranche) for one in each if one.fixed_return > 0.0]
    if deal.structure.servicer_reward > 0.0:
        yield [Step("reward", "servicer")]
    yield [Step("residual", deal.by_rank[-1].tranche)]


def _classes(deal: Deal) -> list[list[Tranche]]:
    """The tranches by rank, those of one rank together."""
    return [list(group) for _, group in groupby(deal.by_rank, key=lambda each: each.rank)]
