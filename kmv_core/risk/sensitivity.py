"""How a result moves with one factor of the deal.

| factor | usual mode | what a shock x does |
|---|---|---|
| issue_size | relative | every tranche x (1 + x), subordination fixed, pool unchanged |
| coupon | absolute | every coupon-bearing tranche + x (a decimal a year) |
| recovery_rate | relative | recovery rate x (1 + x); licences: every fee x (1 + x), in either mode |
| maturity | absolute | legal maturity moved by x years (whole months); collections counted move with it |
| volatility | relative | volatility of total collections x (1 + x) |

The `due` reading holds the weighted lives of the deal as it stands. Each shock is assessed on its own: one
that makes the deal impossible is a problem at its place, not a failure of the table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from dateutil.relativedelta import relativedelta

from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.default_point import base_case, uncalled_case, weighted_lives
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.assess import Assessment, TrancheAssessment, assess
from kmv_core.vocabulary.checks import Floats, nearest
from kmv_core.vocabulary.errors import KmvError, Problem, problem, raise_errors
from kmv_core.vocabulary.terms import FACTORS, MODES, READINGS

Mode = Literal["relative", "absolute"]
USUAL_MODES: dict[str, Mode] = {
    "issue_size": "relative",
    "coupon": "absolute",
    "recovery_rate": "relative",
    "maturity": "absolute",
    "volatility": "relative",
}
EXACT = "exact"
OUTPUTS = (
    "probability_of_default",
    "extension_probability",
    "distance_to_default",
    "expected_loss",
    "loss_given_default",
    "default_point",
    "break_even_multiple",
    "cushion",
    "coverage",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """One factor's table."""

    factor: str
    mode: Mode
    output: str
    reading: str
    shocks: tuple[float, ...]
    tranches: tuple[str, ...]
    values: Floats
    """[shock, tranche]; nan where the shock has a problem."""
    problems: tuple[tuple[Problem, ...], ...]
    """By shock; empty where it was assessed."""


def sensitivity(
    deal: Deal,
    factor: str,
    shocks: Sequence[float],
    *,
    mode: str | None = None,
    output: str = "probability_of_default",
    reading: str = "waterfall",
) -> Sensitivity:
    """`output` of every tranche under each shock of one factor.

    Raises KmvError for a deal that is refused as it stands, and E204 for an unknown factor or output.
    """
    return sensitivities(deal, factor, shocks, mode=mode, outputs=(output,), readings=(reading,))[0]


def sensitivities(
    deal: Deal,
    factor: str,
    shocks: Sequence[float],
    *,
    mode: str | None = None,
    outputs: Sequence[str] = OUTPUTS,
    readings: Sequence[str] = ("waterfall", "due"),
) -> list[Sensitivity]:
    """As `sensitivity`, for several outputs and readings of the same runs; reading by reading, output by output.

    The reading `exact` too, for licences: nan where their sets cannot be listed.
    """
    raise_errors(deal_problems(deal))
    _known("factor", "影响因素", factor, FACTORS)
    for output in outputs:
        _known("output", "输出指标", output, OUTPUTS)
    for reading in readings:
        _known("reading", "口径", reading, (*READINGS, EXACT))
    way = USUAL_MODES[factor] if mode is None else mode
    _known("mode", "冲击方式", way, MODES)
    frozen = with_frozen_lives(deal)
    losses = bool({"expected_loss", "loss_given_default"} & set(outputs))
    # The exact reading comes with the waterfall's.
    needed = ["waterfall" if each == EXACT else each for each in readings]
    runs = [_assessed(frozen, factor, float(shock), way, needed, losses) for shock in shocks]
    names = tuple(each.tranche for each in deal.by_rank)
    tables = []
    for reading in readings:
        for output in outputs:
            values = np.array(
                [
                    [_output(each, reading, output) for each in run.tranches]
                    if isinstance(run, Assessment)
                    else [np.nan] * len(names)
                    for run in runs
                ]
            ).reshape(len(runs), len(names))
            tables.append(
                Sensitivity(
                    factor=factor,
                    mode="absolute" if way == "absolute" else "relative",
                    output=output,
                    reading=reading,
                    shocks=tuple(float(each) for each in shocks),
                    tranches=names,
                    values=values,
                    problems=tuple(() if isinstance(run, Assessment) else run for run in runs),
                )
            )
    return tables


def with_frozen_lives(deal: Deal) -> Deal:
    """A copy that carries the weighted lives of the deal as it stands, for the `due` reading of a question."""
    schedule = schedule_of(deal)
    lives = weighted_lives(uncalled_case(deal, schedule, base_case(deal, schedule)), schedule)
    return replace(
        deal, frozen_lives={each.tranche: float(life) for each, life in zip(deal.by_rank, lives, strict=True)}
    )


def apply_shock(deal: Deal, factor: str, shock: float, mode: str) -> Deal:
    """A copy of the deal with one factor moved (table above); may be a deal that its checks refuse."""
    if factor == "issue_size":
        scale = 1.0 + shock if mode == "relative" else 1.0 + shock / deal.issue_size
        tranches = tuple(replace(each, balance=each.balance * scale) for each in deal.tranches)
        return replace(deal, issue_size=sum(each.balance for each in tranches), tranches=tranches)
    if factor == "coupon":
        moved = tuple(
            replace(each, coupon=_moved(each.coupon, shock, mode)) if each.coupon > 0.0 else each
            for each in deal.tranches
        )
        return replace(deal, tranches=moved)
    if factor == "recovery_rate" and deal.licences:
        # The rate of a contract is 1: what it brings is moved, relative to it or by a share of it.
        lines = tuple(replace(each, fee_amount=each.fee_amount * (1.0 + shock)) for each in deal.licences)
        return replace(deal, licences=lines)
    if factor == "recovery_rate":
        rate = _moved(deal.loans.recovery_rate, shock, mode)
        return replace(deal, recovery=replace(deal.loans, recovery_rate=rate))
    if factor == "volatility":
        total = _moved(deal.model.total_volatility, shock, mode)
        return replace(deal, model=replace(deal.model, total_volatility=total))
    years = shock
    if mode == "relative":
        years = shock * (deal.legal_maturity - deal.closing_date).days / 365.0
    legal = deal.legal_maturity + relativedelta(months=math.floor(12 * years + 0.5))
    # A note cannot be expected after the last day it may be paid.
    capped = tuple(replace(each, expected_maturity=min(each.expected_maturity, legal)) for each in deal.tranches)
    return replace(deal, legal_maturity=legal, tranches=capped)


def _output(found: TrancheAssessment, reading: str, output: str) -> float:
    chosen = found.exact if reading == EXACT else found.reading(reading)
    return np.nan if chosen is None else float(getattr(chosen, output))


def _moved(value: float, shock: float, mode: str) -> float:
    return value * (1.0 + shock) if mode == "relative" else value + shock


def _assessed(
    deal: Deal, factor: str, shock: float, mode: str, readings: Sequence[str], losses: bool
) -> Assessment | tuple[Problem, ...]:
    if not np.isfinite(shock):
        return (problem("E311", name="shock", name_zh="冲击值", found=shock),)
    try:
        shocked = apply_shock(deal, factor, shock, mode)
    except (OverflowError, ValueError):
        # Only the calendar refuses: no such year.
        return (problem("E231", name="legal_maturity", name_zh="法定到期日", found=f"{shock:g}"),)
    try:
        return assess(shocked, readings=readings, losses=losses)
    except KmvError as error:
        return error.problems


def _known(what: str, what_zh: str, word: str, known: Sequence[str]) -> None:
    if word not in known:
        raise KmvError(problem("E204", what=what, what_zh=what_zh, name=word, nearest=nearest(word, known)))
