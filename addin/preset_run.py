"""`kmv preset`: preset conditions, referees and accumulated repayment as JSON or as lines of a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from addin.json_values import finite, problem_words
from kmv_core import __version__
from kmv_core.assets.volatility import VolatilityEstimate
from kmv_core.assets.volatility_record import agency_gap_volatility, outturn_volatility
from kmv_core.deal.deal import Deal
from kmv_core.evidence.deals import ASSET_TYPES, forecast_pairs, outturns
from kmv_core.risk.accumulated import accumulated_repayment
from kmv_core.risk.assess import Assessment, assess
from kmv_core.risk.preset import Condition, PresetConditions, preset_conditions
from kmv_core.risk.referees import WORDS, Referees, referees
from kmv_core.vocabulary.errors import KmvError

Grid = tuple[str, tuple[str, ...], list[list[str]]]
REFEREE_PATHS, REFEREE_SEED = 20_000, 1
"""Of the simulation that stands among the referees: the same at every run, and printed with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetRun:
    """What `kmv preset` answers."""

    preset: PresetConditions
    referees: Referees
    assessment: Assessment

    def as_json(self) -> dict[str, Any]:
        """The sections of `kmv run --json` of these names; null for what is infinite or undefined."""
        return {
            "preset": preset_numbers(self.preset),
            "referees": referee_numbers(self.referees),
            "accumulated": accumulated_numbers(self.assessment),
            "version": __version__,
        }


def preset_run(deal: Deal, *, paths: int | None = None, seed: int | None = None) -> PresetRun:
    """Everything `kmv preset` prints; raises KmvError for a deal that is refused."""
    assessment = assess(deal)
    chosen = REFEREE_PATHS if paths is None else paths, REFEREE_SEED if seed is None else seed
    return PresetRun(
        preset=preset_conditions(deal),
        referees=deal_referees(assessment, paths=chosen[0], seed=chosen[1]),
        assessment=assessment,
    )


def record_estimates(asset_type: str) -> tuple[VolatilityEstimate, ...]:
    """Volatilities of the public record: of the asset type, or of all types where it has too few deals.

    None for a pool of licences: the record is of loans.
    """
    if asset_type not in ASSET_TYPES.values():
        return ()
    past, pairs = outturns(), forecast_pairs()
    actual, forecast, types = past.actual, past.forecast, past.asset_types
    ways: tuple[Callable[[str | None], VolatilityEstimate], ...] = (
        lambda kind: outturn_volatility(actual=actual, forecast=forecast, asset_types=types, asset_type=kind),
        lambda kind: agency_gap_volatility(
            forecast_a=pairs.forecast_a, forecast_b=pairs.forecast_b, asset_types=pairs.asset_types, asset_type=kind
        ),
    )
    return tuple(_of_type_or_all(way, asset_type) for way in ways)


def _of_type_or_all(way: Callable[[str | None], VolatilityEstimate], asset_type: str) -> VolatilityEstimate:
    try:
        return way(asset_type)
    except KmvError:
        return way(None)


def deal_referees(assessment: Assessment, *, paths: int = REFEREE_PATHS, seed: int = REFEREE_SEED) -> Referees:
    """The referees of a deal with the volatilities of the public record beside its own."""
    estimates = record_estimates(assessment.deal.asset_type)
    return referees(assessment, paths=paths, seed=seed, estimates=estimates)


def preset_numbers(table: PresetConditions) -> dict[str, Any]:
    """By condition: DD, PD by legal and by expected maturity and the worth, tranche by tranche, reading by reading."""
    return {
        "headline": table.headline,
        "tranches": list(table.tranches),
        "conditions": [
            {
                "name": each.name,
                "group": each.group,
                "subject": each.subject,
                "shift": each.shift,
                "en": each.en,
                "zh": each.zh,
                "tranches": [
                    {"tranche": name, **{reading: _figures(table, each, k, reading) for reading in table.readings}}
                    for k, name in enumerate(table.tranches)
                    if each.tranches
                ],
                "problems": [problem_words(found) for found in each.problems],
            }
            for each in table.conditions
        ],
    }


def _figures(table: PresetConditions, condition: Condition, k: int, reading: str) -> dict[str, float | None] | None:
    found = table.figures(condition, k, reading)
    if found is None:
        return None
    return {
        "distance_to_default": finite(found.distance_to_default),
        "probability_of_default": found.probability_of_default,
        "extension_probability": found.extension_probability,
        "worth": table.worth(condition, k, reading),
    }


def referee_numbers(found: Referees) -> dict[str, Any]:
    """Every method for every tranche; volatilities with the PDs they lead to; what gives the simulation again."""
    return {
        "methods": [
            {
                "method": each.method,
                "tranche": each.tranche,
                "distance_to_default": finite(each.distance_to_default),
                "probability_of_default": each.probability_of_default,
                "extension_probability": each.extension_probability,
                "standard_error": each.standard_error,
                "is_upper_bound": each.is_bound,
            }
            for each in found.rows
        ],
        "volatilities": [
            {
                "name": each.name,
                "value": None if each.estimate is None else each.estimate.value,
                "standard_error": None if each.estimate is None else each.estimate.standard_error,
                "observations": None if each.estimate is None else each.estimate.observations,
                "probability_of_default": {"due": list(each.due), "waterfall": list(each.waterfall)},
                "problem": None if each.problem is None else problem_words(each.problem),
            }
            for each in found.volatilities
        ],
        "paths": found.paths,
        "seed": found.seed,
    }


def accumulated_numbers(assessment: Assessment) -> list[dict[str, Any]]:
    """Accumulated repayment against what has fallen due, for pools of licences; empty for loans."""
    if not assessment.deal.licences:
        return []
    return [
        {
            "date": each.date.isoformat(),
            "time": each.time,
            "tranche": each.tranche,
            "collections": each.collections,
            "accumulated": each.accumulated,
            "fees_due": each.fees_due,
            "interest_due": each.interest_due,
            "principal_due": each.principal_due,
            "cumulative_due": each.cumulative_due,
            "asset_value": each.asset_value,
            "distance_to_default": finite(each.distance_to_default),
            "probability_of_default": each.probability_of_default,
            "waterfall_pd": each.waterfall_pd,
            "exact_pd": each.exact_pd,
        }
        for each in accumulated_repayment(assessment)
    ]


def preset_tables(table: PresetConditions, found: Referees) -> list[Grid]:
    """Title, header and lines for the screen: one table a tranche, then the referees."""
    grids: list[Grid] = []
    header: tuple[str, ...] = ("条件 condition", "DD", "违约概率 PD", "展期概率 PE", "变动 worth", "PD (due)")
    for k, name in enumerate(table.tranches):
        lines = []
        for each in table.conditions:
            reading, due = table.figures(each, k), table.figures(each, k, "due")
            if reading is None or due is None:
                lines.append([each.label, each.problems[0].code, "-", "-", "-", "-"])
                continue
            lines.append(
                [
                    each.label,
                    f"{reading.distance_to_default:.3f}",
                    f"{reading.probability_of_default:.4%}",
                    f"{reading.extension_probability:.2%}",
                    "-" if each is table.base else f"{table.worth(each, k) or 0.0:+.4%}",
                    f"{due.probability_of_default:.4%}",
                ]
            )
        grids.append((f"{name} ({table.headline})", header, lines))
    return [*grids, *referee_tables(found)]


def referee_tables(found: Referees) -> list[Grid]:
    """The theses' estimators and ours side by side, a table a tranche."""
    header = ("方法 method", "DD", "违约概率 PD", "展期概率 PE", "标准误 s.e.")
    grids: list[Grid] = []
    for name in found.tranches:
        lines = [
            [
                " ".join(WORDS[each.method]),
                f"{each.distance_to_default:.3f}",
                f"{each.probability_of_default:.4%}",
                f"{each.extension_probability:.2%}",
                "-" if each.standard_error is None else f"{each.standard_error:.4%}",
            ]
            for each in found.rows
            if each.tranche == name
        ]
        title = f"{name}: 方法比较 referees, {found.paths:,} paths, seed {found.seed}"
        grids.append((title, header, lines))
    return grids
