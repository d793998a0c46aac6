"""What is wrong with the lines of a deal's own scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmv_core.vocabulary.checks import choice_problem, nearest, number_problem
from kmv_core.vocabulary.errors import Problem, problem
from kmv_core.vocabulary.terms import FACTORS, MODES, TERMS

if TYPE_CHECKING:
    from kmv_core.deal.deal import Deal, ScenarioShock


def scenario_problems(deal: Deal) -> Iterator[Problem]:
    """E204 an unknown factor, with the nearest; E205 an unknown mode; E216 a half line; E356 a factor twice."""
    seen: set[tuple[str, str]] = set()
    for i, row in enumerate(deal.scenarios):
        yield from _line(i, row)
        if row.factor and (row.scenario, row.factor) in seen:
            yield problem("E356", field=("scenarios", i, "factor"), found=f"{row.factor} ({row.scenario})")
        seen.add((row.scenario, row.factor))


def _line(i: int, row: ScenarioShock) -> Iterator[Problem]:
    if row.factor and row.factor not in FACTORS:
        words = {"what": "factor", "what_zh": "影响因素", "name": row.factor, "nearest": nearest(row.factor, FACTORS)}
        yield problem("E204", field=("scenarios", i, "factor"), **words)
    if not row.scenario:
        yield _missing(i, "scenario")
    if not row.factor and row.shock is not None:
        yield _missing(i, "factor")
    if row.factor and row.shock is None:
        yield _missing(i, "shock")
    bad = choice_problem("mode", row.mode, ("", *MODES), field=("scenarios", i, "mode"))
    if bad is not None:
        yield bad
    if row.shock is not None:
        wrong = number_problem("shock", row.shock, field=("scenarios", i, "shock"))
        if wrong is not None:
            yield wrong


def _missing(i: int, key: str) -> Problem:
    return problem("E216", field=("scenarios", i, key), name=key, name_zh=TERMS[key].zh)
