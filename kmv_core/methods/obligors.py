"""The obligors of a pool that may default: what the default-mode methods ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kmv_core.assets.licence import LicenceContract, check_licences
from kmv_core.vocabulary.checks import number_problem
from kmv_core.vocabulary.errors import Problem, problem, raise_errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligor:
    """One name of a pool that may default, once, over the horizon."""

    name: str
    exposure: float
    """In money."""
    probability_of_default: float
    """Over the horizon, a decimal."""
    lgd: float
    """Share of the exposure lost in default."""
    asset_correlation: float
    """rho of x = sqrt(rho) M + sqrt(1 - rho) e."""


def check_obligors(obligors: Sequence[Obligor]) -> list[Problem]:
    """Everything wrong with them: E227 no obligor, E226 a value outside its domain."""
    if not obligors:
        return [problem("E227", what="obligor", what_zh="债务人", section="obligors")]
    found: list[Problem] = []
    for place, each in enumerate(obligors):
        numbers = (
            ("exposures", each.exposure),
            ("probability_of_default", each.probability_of_default),
            ("lgd", each.lgd),
            ("asset_correlation", each.asset_correlation),
        )
        where = each.name or f"row {place + 1}"
        bad = (number_problem(name, value, where=where, field=("obligors", place, name)) for name, value in numbers)
        found += [one for one in bad if one is not None]
    return found


def obligors_of(contracts: Sequence[LicenceContract]) -> tuple[Obligor, ...]:
    """One obligor a licensee: its contracts default together, its LGD is their average by amount due.

    Raises KmvError as check_licences.
    """
    raise_errors(check_licences(contracts))
    grouped: dict[str, list[LicenceContract]] = {}
    for each in contracts:
        grouped.setdefault(each.licensee, []).append(each)
    found = []
    for name, group in grouped.items():
        due = sum(each.amount_due for each in group)
        found.append(
            Obligor(
                name=name,
                exposure=due,
                probability_of_default=group[0].probability_of_default,
                lgd=sum(each.loss for each in group) / due if due else 0.0,
                asset_correlation=group[0].asset_correlation,
            )
        )
    return tuple(found)
