"""The answers of the analyses under the contract's keys, ready for JSON: the same the cells show.

A number that is infinite or undefined is null; what refuses a place stands beside it as a coded problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from addin.json_values import finite, problem_words
from addin.method_columns import tranche_methods
from kmv_core.deal.deal import Deal
from kmv_core.methods.register_risks import register_questions
from kmv_core.methods.table import MethodRow
from kmv_core.risk.break_even_factor import break_even_factor
from kmv_core.risk.enhancement import EnhancementValue, enhancement_value
from kmv_core.risk.factors import factor_of
from kmv_core.risk.grid import SensitivityGrid, sensitivity_grid
from kmv_core.risk.reverse import ReverseStress, reverse_stress
from kmv_core.risk.scenarios import scenario_tables
from kmv_core.risk.sensitivity import sensitivities
from kmv_core.risk.sizing_search import SafeBalance, safe_balance
from kmv_core.risk.tornado import Tornado, spider, tornado
from kmv_core.vocabulary.errors import KmvError, Problem
from kmv_core.vocabulary.terms import BREAK_EVEN_FACTORS

PROBABILITIES = ("probability_of_default", "extension_probability")


def readings_of(deal: Deal) -> tuple[str, ...]:
    """The readings of a deal, the headline first as far as it is known without an assessment."""
    return ("exact", "waterfall", "due") if deal.licences else ("waterfall", "due")


def sensitivity_numbers(deal: Deal) -> dict[str, Any]:
    """By factor: its shocks, and the PD and extension probability of every tranche in every reading."""
    found: dict[str, Any] = {}
    for row in deal.shocks:
        tables = sensitivities(
            deal, row.factor, row.shocks, mode=row.mode, outputs=PROBABILITIES, readings=readings_of(deal)
        )
        entry: dict[str, Any] = {"mode": row.mode, "shocks": list(row.shocks), "tranches": list(tables[0].tranches)}
        for table in tables:
            entry.setdefault(table.reading, {})[table.output] = _finite_rows(table.values.tolist())
        entry["problems"] = _words(tables[0].problems)
        found[row.factor] = entry
    return found


def scenario_numbers(deal: Deal) -> list[dict[str, Any]]:
    """One entry a scenario: its shocks, and the PD and extension probability of every tranche in every reading."""
    tables = scenario_tables(deal, outputs=PROBABILITIES, readings=readings_of(deal))
    found = []
    for i, scenario in enumerate(tables[0].scenarios):
        entry: dict[str, Any] = {
            "name": scenario.name,
            "shocks": [{"factor": each.factor, "mode": each.way, "shock": each.size} for each in scenario.shocks],
            "tranches": list(tables[0].tranches),
        }
        for table in tables:
            entry.setdefault(table.reading, {})[table.output] = list(map(finite, table.values[i].tolist()))
        entry["problems"] = [problem_words(each) for each in tables[0].problems[i]]
        found.append(entry)
    return found


def method_numbers(deal: Deal) -> dict[str, Any]:
    """Every method: moments and quantiles of the loss, PD of every tranche; or the reason why it has none."""
    found = tranche_methods(deal)

    def line(row: MethodRow) -> dict[str, Any]:
        words = {"method": row.method.code, "en": row.method.name[0], "zh": row.method.name[1]}
        if row.result is None:
            return words | {"problem": None if row.reason is None else problem_words(row.reason)}
        moments = (row.result.expected_loss, row.result.standard_deviation)
        chances = found.probabilities(row.result)
        return words | {
            "expected_loss": moments[0],
            "standard_deviation": moments[1],
            "loss_quantiles": row.result.loss_quantiles.tolist(),
            "probability_of_default": [None if isinstance(each, Problem) else each for each in chances],
        }

    return {
        "owed": found.table.owed,
        "quantiles": found.table.quantiles.tolist(),
        "tranches": list(found.tranches),
        "cushions": list(found.cushions),
        "methods": [line(row) for row in found.table.rows],
    }


def register_numbers(deal: Deal) -> dict[str, Any]:
    """The risks a register of this kind of deal asks about; a deal holds no judgements: RISK_SCORE scores them."""
    kind = "ip" if deal.licences else "npl"
    return {
        "kind": kind,
        "questions": [
            {
                "code": each.code,
                "group": each.group,
                "en": each.title[0],
                "zh": each.title[1],
                "evidence_en": each.asks[0],
                "evidence_zh": each.asks[1],
            }
            for each in register_questions(kind=kind)
        ],
    }


def tornado_numbers(deal: Deal, reading: str) -> dict[str, Any]:
    """By tranche: every factor down and up by its step, the widest swing first."""
    return _tornado(tornado(deal, reading=reading))


def _tornado(found: Tornado) -> dict[str, Any]:
    return {
        "output": found.output,
        "reading": found.reading,
        "tranches": [
            {
                "tranche": name,
                "base": finite(float(base)),
                "bars": [
                    {
                        "factor": each.factor,
                        "mode": each.mode,
                        "step": each.step,
                        "low": finite(each.low),
                        "high": finite(each.high),
                        "swing": each.swing if each.swing >= 0.0 else None,
                        "problems": _words(each.problems),
                    }
                    for each in bars
                ],
            }
            for name, base, bars in zip(found.tranches, found.base.tolist(), found.bars, strict=True)
        ],
    }


def spider_numbers(deal: Deal, reading: str) -> dict[str, Any]:
    """By tranche and factor: the PD at every multiple of the factor's step."""
    found = spider(deal, reading=reading)
    return {
        "output": found.output,
        "reading": found.reading,
        "points": list(found.points),
        "steps": dict(zip(found.factors, found.steps, strict=True)),
        "tranches": [
            {"tranche": name, "values": dict(zip(found.factors, _finite_rows(values), strict=True))}
            for name, values in zip(found.tranches, found.values.tolist(), strict=True)
        ],
    }


def grid_axes(deal: Deal) -> list[tuple[str, str, tuple[float, ...]]]:
    """The two factors of the grid, from the deal's [shocks]: the first that pays in, and the first that is owed."""
    sets = {each.factor: each for each in deal.shocks}
    wanted = [
        next((sets[name] for name in names if name in sets), None)
        for names in (("recovery_rate", "volatility", "licensee_pd", "delay"), ("issue_size", "coupon", "maturity"))
    ]
    return [(each.factor, each.mode, each.shocks) for each in wanted if each is not None]


def grid_numbers(deal: Deal, reading: str) -> dict[str, Any] | None:
    """PD of every tranche over the shocks of two factors of the deal's [shocks]; None where it has not both."""
    axes = grid_axes(deal)
    if len(axes) < 2:
        return None
    (down, mode_down, shocks_down), (across, mode_across, shocks_across) = axes
    return _grid(
        sensitivity_grid(
            deal,
            down,
            shocks_down,
            across,
            shocks_across,
            mode_down=mode_down,
            mode_across=mode_across,
            reading=reading,
        )
    )


def _grid(found: SensitivityGrid) -> dict[str, Any]:
    return {
        "output": found.output,
        "reading": found.reading,
        "down": {"factor": found.down.factor, "mode": found.down.mode, "shocks": list(found.down.shocks)},
        "across": {"factor": found.across.factor, "mode": found.across.mode, "shocks": list(found.across.shocks)},
        "tranches": [
            {"tranche": name, "values": _finite_rows(values)}
            for name, values in zip(found.tranches, found.values.tolist(), strict=True)
        ],
        "problems": [_words(row) for row in found.problems],
    }


def sizing_numbers(deal: Deal, tranche: str, reading: str, hold: str, target_pd: float | None) -> dict[str, Any]:
    """The safe balance of one tranche in one reading with one thing held; where there is none, the reason."""
    try:
        return _sizing(safe_balance(deal, tranche, target_pd, reading=reading, hold=hold))
    except KmvError as error:
        return {"tranche": tranche, "reading": reading, "hold": hold, "problem": problem_words(error.problems[0])}


def _sizing(found: SafeBalance) -> dict[str, Any]:
    return {
        "tranche": found.tranche,
        "reading": found.reading,
        "hold": found.hold,
        "target_pd": found.target_pd,
        "balance": found.balance,
        "safe_balance": found.safe_balance,
        "probability_of_default": found.probability_of_default,
        "target_binds": found.is_bound,
        "safe_share": found.safe_share,
        "required_subordination": found.subordination,
    }


def break_even_numbers(deal: Deal) -> list[dict[str, Any]]:
    """Where each tranche is just paid: of collections, recovery rate, delay and its coupon; or why there is no such."""
    found: list[dict[str, Any]] = []
    for each in deal.by_rank:
        for factor in BREAK_EVEN_FACTORS:
            line: dict[str, Any] = {"tranche": each.tranche, "factor": factor}
            try:
                line["break_even"] = break_even_factor(deal, each.tranche, factor)
            except KmvError as error:
                line["problem"] = problem_words(error.problems[0])
            found.append(line)
    return found


def enhancement_numbers(deal: Deal, reading: str | None) -> dict[str, Any]:
    """Every risk control: PD without it, and its order-free share of the fall of PD and of the rise of DD."""
    return _enhancement(enhancement_value(deal, reading=reading))


def _enhancement(found: EnhancementValue) -> dict[str, Any]:
    return {
        "reading": found.reading,
        "tranches": list(found.tranches),
        "pd_with": found.pd_with.tolist(),
        "pd_without_any": list(map(finite, found.pd_without_any.tolist())),
        "dd_with": list(map(finite, found.dd_with.tolist())),
        "dd_without_any": list(map(finite, found.dd_without_any.tolist())),
        "measures": [
            {
                "name": each.name,
                "subject": each.subject,
                "pd_without": list(map(finite, each.pd_without.tolist())),
                "pd_share": list(map(finite, each.pd_share.tolist())),
                "dd_share": list(map(finite, each.dd_share.tolist())),
                "problems": [problem_words(found) for found in each.problems],
            }
            for each in found.measures
        ],
    }


def reverse_numbers(deal: Deal, tranche: str, target_pd: float, reading: str | None) -> dict[str, Any]:
    """The likeliest shocks that bring one tranche to the target; where none do, the reason with the range reached."""
    try:
        return _reverse(reverse_stress(deal, target_pd, tranche=tranche, reading=reading))
    except KmvError as error:
        return {"tranche": tranche, "target_pd": target_pd, "problem": problem_words(error.problems[0])}


def _reverse(found: ReverseStress) -> dict[str, Any]:
    return {
        "tranche": found.tranche,
        "reading": found.reading,
        "target_pd": found.target_pd,
        "probability_of_default": found.probability_of_default,
        "base_pd": found.base_pd,
        "distance": found.distance,
        "shocks": [
            {"factor": shock.factor, "mode": factor_of(shock.factor).usual, "shock": shock.size, "z": z, "share": share}
            for shock, z, share in zip(found.shocks, found.deviations, found.shares, strict=True)
        ],
    }


def _finite_rows(rows: Iterable[Sequence[float]]) -> list[list[float | None]]:
    return [list(map(finite, row)) for row in rows]


def _words(problems: Iterable[Sequence[Problem]]) -> list[list[dict[str, str]]]:
    return [[problem_words(each) for each in several] for several in problems]
