"""`kmv analyse`: the questions that take many assessments, step by step.

`kmv run --json` answers at once; a search or a Shapley share through the waterfall of a pool of licences takes
minutes, so these have a command of their own. Every step is one unit of work that a progress bar can count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from addin.analysis_numbers import (
    break_even_numbers,
    enhancement_numbers,
    grid_numbers,
    method_numbers,
    register_numbers,
    reverse_numbers,
    scenario_numbers,
    sensitivity_numbers,
    sizing_numbers,
    spider_numbers,
    tornado_numbers,
)
from addin.json_values import problem_words
from kmv_core import __version__
from kmv_core.deal.deal import Deal
from kmv_core.risk.answers import ALL_READINGS, answers, reading_of
from kmv_core.risk.factors import known
from kmv_core.vocabulary.checks import checked
from kmv_core.vocabulary.errors import KmvError, raise_errors
from kmv_core.vocabulary.terms import HOLDS

SECTIONS = (
    "sensitivity",
    "scenarios",
    "methods",
    "register",
    "grid",
    "tornado",
    "spider",
    "enhancement",
    "sizing",
    "break_even",
    "reverse_stress",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of work: its section, what it is about, and how it is done."""

    section: str
    title: str
    work: Callable[[], Any]
    is_line: bool = False
    """Whether the section is a list and this one of its lines."""


def analysis_steps(
    deal: Deal, only: Sequence[str] = SECTIONS, *, reading: str | None = None, target_pd: float | None = None
) -> list[Step]:
    """What has to be done for the sections asked for; sizing takes every reading whatever `reading` is.

    Raises KmvError for a deal that is refused, E204 for an unknown section, reading with the nearest, E295 for the
    exact reading of a deal that has none, E220 for a target outside its domain.
    """
    for each in only:
        known("section", "部分", each, SECTIONS)
    if reading is not None:
        known("reading", "口径", reading, ALL_READINGS)
    base = answers([deal], losses=False)[0]
    raise_errors(base.problems)
    chosen = reading_of(base, reading)
    target = deal.model.target_pd if target_pd is None else float(checked(target_pd=target_pd)["target_pd"])
    steps = {
        "sensitivity": lambda: sensitivity_numbers(deal),
        "scenarios": lambda: scenario_numbers(deal),
        "methods": lambda: method_numbers(deal),
        "register": lambda: register_numbers(deal),
        "grid": lambda: grid_numbers(deal, chosen),
        "tornado": lambda: tornado_numbers(deal, chosen),
        "spider": lambda: spider_numbers(deal, chosen),
        "enhancement": lambda: enhancement_numbers(deal, chosen),
        "break_even": lambda: break_even_numbers(deal),
    }
    names = [each.tranche for each in deal.by_rank]
    readings = ALL_READINGS if base.tranches[0].exact is not None else ("waterfall", "due")
    found: list[Step] = []
    for section in SECTIONS:
        if section not in only:
            continue
        if section == "sizing":
            found += [
                Step(section, f"{section} {name} {each} {hold}", _sizing(deal, name, each, hold, target), is_line=True)
                for name in names
                for each in readings
                for hold in HOLDS
            ]
        elif section == "reverse_stress":
            found += [
                Step(section, f"{section} {name}", _reverse(deal, name, target, chosen), is_line=True) for name in names
            ]
        else:
            found.append(Step(section, section, steps[section]))
    return found


def run_steps(steps: Sequence[Step], told: Callable[[Step], None] = lambda step: None) -> dict[str, Any]:  # noqa: ARG005
    """The sections of the steps, in order, or the problem that refuses one; `told` is called before each."""
    found: dict[str, Any] = {}
    for step in steps:
        told(step)
        try:
            answer = step.work()
        except KmvError as error:
            # What one question refuses does not keep the others from their answers.
            answer = {"problem": problem_words(error.problems[0])}
        if step.is_line:
            found.setdefault(step.section, []).append(answer)
        else:
            found[step.section] = answer
    return found | {"version": __version__}


def _sizing(deal: Deal, tranche: str, reading: str, hold: str, target: float) -> Callable[[], Any]:
    return lambda: sizing_numbers(deal, tranche, reading, hold, target)


def _reverse(deal: Deal, tranche: str, target: float, reading: str) -> Callable[[], Any]:
    return lambda: reverse_numbers(deal, tranche, target, reading)
