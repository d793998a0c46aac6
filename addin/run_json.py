"""The numbers of a run under the contract's keys, ready for JSON: the same the cells and the report show."""

from __future__ import annotations

from typing import Any

from addin.analysis_numbers import method_numbers, register_numbers, scenario_numbers, sensitivity_numbers
from addin.json_values import finite, problem_words
from addin.preset_run import accumulated_numbers, deal_referees, preset_numbers, referee_numbers
from addin.workbook.read import DealFile
from kmv_core import __version__
from kmv_core.deal.deal import Deal
from kmv_core.risk.assess import Assessment, Reading, assess
from kmv_core.risk.lives import Life, Lives, lives_of
from kmv_core.risk.preset import preset_conditions
from kmv_core.risk.sizing import safe_sizes
from kmv_core.risk.summary import tranche_summaries

KEYS = (
    "default_point",
    "distance_to_default",
    "probability_of_default",
    "extension_probability",
    "expected_loss",
    "loss_given_default",
    "break_even_multiple",
    "cushion",
    "coverage",
    "weighted_life",
    "unsupported_pd",
)


def run_numbers(file: DealFile) -> dict[str, Any]:
    """Everything `kmv run --json` prints; a number that is infinite or undefined is null."""
    assessment = assess(file.parsed.deal)
    return {
        "deal": _deal(assessment),
        "tranches": [
            {
                "name": each.name,
                "rank": each.rank,
                "attachment": each.attachment,
                "detachment": each.detachment,
                "grade": each.grade,
                **reading_numbers(each.waterfall),
                "due": reading_numbers(each.due),
                "exact": None if each.exact is None else reading_numbers(each.exact),
            }
            for each in assessment.tranches
        ],
        "term_structure": [
            {
                "date": each.date.isoformat(),
                "time": each.time,
                "tranche": each.tranche,
                "reading": each.reading,
                "asset_value": each.asset_value,
                "default_point": finite(each.default_point),
                "distance_to_default": finite(each.distance_to_default),
                "probability_of_default": each.probability_of_default,
                "forward_pd": each.forward_pd,
            }
            for each in assessment.term_structure
        ],
        "summary": summary_numbers(file.parsed.deal),
        "lives": lives_numbers(lives_of(assessment)),
        "sensitivity": sensitivity_numbers(file.parsed.deal),
        "scenarios": scenario_numbers(file.parsed.deal),
        "preset": preset_numbers(preset_conditions(file.parsed.deal)),
        "referees": referee_numbers(deal_referees(assessment)),
        "accumulated": accumulated_numbers(assessment),
        "sizing": [
            {
                "tranche": each.tranche,
                "reading": each.reading,
                "hold": "others",
                "target_pd": each.target_pd,
                "balance": each.balance,
                "safe_balance": each.safe_balance,
            }
            for each in safe_sizes(assessment)
        ],
        "methods": method_numbers(file.parsed.deal),
        "register": register_numbers(file.parsed.deal),
        "checks": [problem_words(each) for each in file.warnings],
        "stamp": {"version": __version__, "input_sha256": file.sha256, "seed": None},
    }


def reading_numbers(reading: Reading) -> dict[str, float | None]:
    """One reading under the contract's keys."""
    return {key: finite(getattr(reading, key)) for key in KEYS}


def summary_numbers(deal: Deal) -> list[dict[str, Any]]:
    """What every tranche is paid in the base case and what that is worth, by rank; no payer of support pays."""
    keys = (
        "interest_paid",
        "principal_paid",
        "further_paid",
        "shortfall",
        "weighted_life",
        "price",
        "internal_rate",
        "duration",
        "coverage",
    )
    return [
        {"tranche": each.tranche} | {key: finite(getattr(each, key)) for key in keys}
        for each in tranche_summaries(deal)
    ]


def lives_numbers(lives: Lives) -> dict[str, Any]:
    """Published and model lives with their residual under the deal's curve and under the best exponential one."""

    def line(name: str, life: Life) -> dict[str, Any]:
        return {
            "tranche": name,
            "published_life": life.published,
            "model_life": finite(life.model),
            "residual": life.residual,
            "extension_probability": life.extension_probability,
            "probability_of_default": life.probability_of_default,
        }

    curve = lives.exponential_curve
    return {
        "own": [line(*each) for each in lives.own.items()],
        "exponential": [line(*each) for each in (lives.exponential or {}).items()],
        "exponential_decay_rate": None if curve is None else curve.decay_rate,
    }


def _deal(assessment: Assessment) -> dict[str, Any]:
    deal = assessment.deal
    return {
        "name": deal.name,
        "code": deal.code,
        "originator": deal.originator,
        "asset_type": deal.asset_type,
        "money_unit": deal.money_unit,
        "closing_date": deal.closing_date.isoformat(),
        "legal_maturity": deal.legal_maturity.isoformat(),
        "issue_size": deal.issue_size,
        "asset_value": assessment.asset_value,
        "total_volatility": deal.model.total_volatility,
        "form": deal.model.form,
    }
