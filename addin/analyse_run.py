"""`kmv analyse`: the questions that take many assessments, as JSON or as tables, with their progress.

`kmv run --json` answers at once; a search or a Shapley share through the waterfall of a pool of licences takes
minutes, so these have a command of their own. Every step is one unit of work that a progress bar can count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
from addin.functions.worth import control_label
from addin.json_values import problem_words
from addin.run_tables import ScreenTable, percent
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


def analysis_tables(numbers: dict[str, Any]) -> Iterator[ScreenTable]:
    """Title, header and lines for the screen, of what a committee reads; the JSON has the rest."""
    for section, write in _TABLES.items():
        found = numbers.get(section)
        if isinstance(found, dict) and "problem" in found:
            refused = found["problem"]
            yield section, ("代码 code", "原因 why"), [[refused["code"], f"{refused['zh']} | {refused['en']}"]]
        elif found:
            yield from write(found)


def _scenarios(found: list[dict[str, Any]]) -> Iterator[ScreenTable]:
    reading = next(each for each in ALL_READINGS[::-1] if each in found[0] and each != "due")
    lines = [
        [each["name"], *map(_percent, each[reading]["probability_of_default"])]
        if not each["problems"]
        else [each["name"], *[each["problems"][0]["code"]] * len(each["tranches"])]
        for each in found
    ]
    yield f"情景 Scenarios: PD ({reading})", ("情景 scenario", *found[0]["tranches"]), lines


def _methods(found: dict[str, Any]) -> Iterator[ScreenTable]:
    header = ("方法 method", "预期损失 EL", "99.9%", *(f"PD {name}" for name in found["tranches"]))
    lines = [
        [each["en"], *[each["problem"]["code"]] * (len(header) - 1)]
        if "problem" in each
        else [
            each["en"],
            "-" if each["expected_loss"] is None else f"{each['expected_loss']:,.2f}",
            f"{each['loss_quantiles'][-1]:,.2f}",
            *map(_percent, each["probability_of_default"]),
        ]
        for each in found["methods"]
    ]
    yield "方法比较 Methods", header, lines
    reasons = [
        [each["en"], f"{each['problem']['code']} {each['problem']['zh']} | {each['problem']['en']}"]
        for each in found["methods"]
        if each.get("problem")
    ]
    if reasons:
        yield "不适用或缺数据的方法 Methods without a result", ("方法 method", "原因 why"), reasons


def _tornado(found: dict[str, Any]) -> Iterator[ScreenTable]:
    header = ("因素 factor", "步长 step", "下移 low", "上移 high", "波幅 swing")
    for each in found["tranches"]:
        lines = [
            [bar["factor"], f"{bar['step']:g}", *(_percent(bar[key]) for key in ("low", "high", "swing"))]
            for bar in each["bars"]
        ]
        yield f"龙卷风 Tornado: {each['tranche']}, PD {_percent(each['base'])} ({found['reading']})", header, lines


def _enhancement(found: dict[str, Any]) -> Iterator[ScreenTable]:
    header = ("措施 measure", "去除后 PD without", "PD 份额 share in PD", "DD 份额 share in DD")
    for k, name in enumerate(found["tranches"]):
        lines = [
            [
                control_label(each["name"], each["subject"]),
                _percent(each["pd_without"][k]),
                _percent(each["pd_share"][k]),
                "-" if each["dd_share"][k] is None else f"{each['dd_share'][k]:.3f}",
            ]
            for each in found["measures"]
        ]
        yield f"增信价值 Enhancement: {name}, PD {_percent(found['pd_with'][k])} ({found['reading']})", header, lines


def _sizes(found: list[dict[str, Any]]) -> Iterator[ScreenTable]:
    header = ("档次 tranche", "口径 reading", "固定 hold", "安全规模 safe balance", "次级比例 subordination", "PD")
    lines = [
        [each["tranche"], each["reading"], each["hold"], each["problem"]["code"], "-", "-"]
        if "problem" in each
        else [
            each["tranche"],
            each["reading"],
            each["hold"],
            f"{each['safe_balance']:,.2f}" + ("" if each["target_binds"] else " *"),
            f"{each['required_subordination']:.2%}",
            _percent(each["probability_of_default"]),
        ]
        for each in found
    ]
    yield "安全规模 Safe sizes (*: 目标不起约束 the target does not bind)", header, lines


def _break_evens(found: list[dict[str, Any]]) -> Iterator[ScreenTable]:
    lines = [
        [each["tranche"], each["factor"], each["problem"]["code"] if "problem" in each else f"{each['break_even']:.6g}"]
        for each in found
    ]
    yield "临界值 Break-evens: just paid at", ("档次 tranche", "因素 factor", "临界水平 level"), lines


def _stresses(found: list[dict[str, Any]]) -> Iterator[ScreenTable]:
    header = ("因素 factor", "冲击 shock", "z", "占比 share")
    for each in found:
        title = f"反向压力 Reverse stress: {each['tranche']}, PD {_percent(each['target_pd'])}"
        if "problem" in each:
            yield title, header, [[each["problem"]["code"], "-", "-", "-"]]
            continue
        lines = [
            [shock["factor"], f"{shock['shock']:+.4f}", f"{shock['z']:+.3f}", f"{shock['share']:.1%}"]
            for shock in each["shocks"]
        ]
        yield f"{title} ({each['reading']}), |z| {each['distance']:.3f}", header, lines


def _percent(value: float | None) -> str:
    return "-" if value is None else percent(value)


_TABLES: dict[str, Callable[[Any], Iterator[ScreenTable]]] = {
    "scenarios": _scenarios,
    "methods": _methods,
    "tornado": _tornado,
    "enhancement": _enhancement,
    "sizing": _sizes,
    "break_even": _break_evens,
    "reverse_stress": _stresses,
}
