"""Referees: one deal under every estimator, the theses' beside ours, and under every volatility that can be had.

    thesis          due reading,  DD = ln(A / D) / s            the volatility's own drag s^2 / 2 left out (log_drift)
    thesis_matched  licences,     lognormal of the mean and standard deviation of the exact total
    due_*           due reading in the lognormal, linear and Student form
    waterfall_*     break-even multiple of the waterfall, lognormal and Student
    exact           licences, every set of licensees in default
    simulated       the same waterfall on drawn collections, with its standard error
    first_passage   due reading, a default point touched at any time: an UPPER BOUND of due_lognormal, no referee

First passage bounds the lognormal total, not the truth: a dozen licensees are no lognormal, and their exact figure can
stand above it.

A and D are those of the due reading at legal and at expected maturity, s the deal's total volatility. Payers of support
count wherever the assessment counts them; thesis_matched and first_passage are of the pool alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from kmv_core.assets.licence import LicenceContract
from kmv_core.assets.licence_total import LicenceDefault, licence_probability_of_default
from kmv_core.assets.volatility import VolatilityEstimate
from kmv_core.assets.volatility_choice import user_volatility
from kmv_core.assets.volatility_series import thesis_cumulative_volatility, thesis_periodic_volatility
from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.cash_in import contract_fees, expected_collections, licensee_pd
from kmv_core.deal.deal import Deal, Model
from kmv_core.deal.regions import BreakEven
from kmv_core.risk.assess import Assessment, assess
from kmv_core.risk.simulate import Simulation, simulate
from kmv_core.risk.supported import States, payer_states, supported_probability
from kmv_core.risk.tails import tail
from kmv_core.structural.first_passage import first_passage_probability
from kmv_core.structural.merton import Form
from kmv_core.vocabulary.errors import KmvError, Problem

WORDS: dict[str, tuple[str, str]] = {
    "thesis": ("论文估计：due 口径，不扣 s²/2", "Thesis: due reading without s²/2"),
    "thesis_matched": (
        "论文估计：与精确总额匹配的对数正态，不计补足",
        "Thesis: lognormal matched to exact total, no payers",
    ),
    "due_lognormal": ("due 口径，对数正态", "Due reading, lognormal"),
    "due_linear": ("due 口径，线性", "Due reading, linear"),
    "due_student": ("due 口径，t 分布", "Due reading, Student t"),
    "waterfall_lognormal": ("waterfall 口径，对数正态", "Waterfall reading, lognormal"),
    "waterfall_student": ("waterfall 口径，t 分布", "Waterfall reading, Student t"),
    "exact": ("精确：枚举被许可人违约组合", "Exact: every set of licensees in default"),
    "simulated": ("模拟：同一瀑布", "Simulated: the same waterfall"),
    "first_passage": ("首达时：仅为 due 对数正态的上界", "First passage: only bounds the due lognormal"),
}
_DUE: dict[str, Form] = {
    "thesis": "log_drift",
    "due_lognormal": "lognormal",
    "due_linear": "linear",
    "due_student": "student",
}
_WATERFALL: dict[str, Form] = {"waterfall_lognormal": "lognormal", "waterfall_student": "student"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Referee:
    """One tranche by one method; probabilities are decimals."""

    method: str
    """A key of WORDS."""
    tranche: str
    distance_to_default: float
    """Of the pool, without support; where a method gives a probability only, its normal distance."""
    probability_of_default: float
    extension_probability: float
    """By expected maturity; not below the default probability."""
    standard_error: float | None
    """Of the default probability; None where nothing is drawn."""

    @property
    def is_bound(self) -> bool:
        """Whether it is a bound from above of the due reading, not an estimate."""
        return self.method == "first_passage"


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityReferee:
    """The deal under one estimate of its volatility; the due figures lognormal, the waterfall's in the deal's form."""

    name: str
    """A key of kmv_core.assets.volatility.ESTIMATORS."""
    estimate: VolatilityEstimate | None
    problem: Problem | None
    """Why there is none, or why it cannot be used."""
    due: tuple[float, ...]
    """PD by tranche by rank; empty with a problem."""
    waterfall: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Referees:
    """Every method for every tranche, method by method."""

    methods: tuple[str, ...]
    tranches: tuple[str, ...]
    rows: tuple[Referee, ...]
    volatilities: tuple[VolatilityReferee, ...]
    paths: int
    seed: int
    """Of the simulation; both 0 where none was run."""

    def row(self, method: str, tranche: str) -> Referee:
        return next(each for each in self.rows if (each.method, each.tranche) == (method, tranche))


def referees(
    assessment: Assessment,
    *,
    simulation: Simulation | None = None,
    paths: int = 0,
    seed: int = 0,
    estimates: Sequence[VolatilityEstimate] = (),
) -> Referees:
    """Every referee of a deal that was assessed (see the module).

    `simulation` is one that was run before; else one of `paths` paths and `seed` is run, none where paths is 0.
    `estimates` are volatilities from elsewhere, such as the public record, to stand beside the deal's own.
    Raises KmvError as `simulate` does.
    """
    deal = assessment.deal
    if simulation is None and paths:
        simulation = simulate(deal, paths=paths, seed=seed)
    found = _break_evens(assessment)
    rows = [
        *_thesis_and_due(assessment),
        *_matched(assessment),
        *(row for method, form in _WATERFALL.items() for row in _waterfall(assessment, found, method, form)),
        *_exact(assessment),
        *_simulated(simulation),
        *_first_passage(assessment),
    ]
    methods = [each for each in WORDS if any(row.method == each for row in rows)]
    return Referees(
        methods=tuple(methods),
        tranches=tuple(each.name for each in assessment.tranches),
        rows=tuple(sorted(rows, key=lambda row: methods.index(row.method))),
        volatilities=tuple(_volatilities(assessment, found, estimates)),
        paths=0 if simulation is None else simulation.paths,
        seed=0 if simulation is None else simulation.seed,
    )


def matched_lognormal(assessment: Assessment, at: int) -> LicenceDefault | None:
    """Licences: the exact total received by a payment date against what is due by then, by tranche by rank.

    The initial reserve counts as received. Its `thesis` is the lognormal of the same mean and standard deviation. None
    for a pool of loans.
    """
    deal, due = assessment.deal, assessment.due_points
    if not deal.licences:
        return None
    received = contract_fees(deal, assessment.schedule)[:, : at + 1]
    contracts = [
        LicenceContract(
            licensee=each.licensee,
            fee_dates=tuple(assessment.schedule.times[: at + 1].tolist()),
            fee_amounts=tuple(line.tolist()),
            probability_of_default=licensee_pd(deal, each),
            lgd=each.lgd,
            asset_correlation=each.asset_correlation,
        )
        for each, line in zip(deal.licences, received, strict=True)
    ]
    owed = np.maximum(due.default_points[:, at] - deal.reserve.reserve_initial, 0.0)
    return licence_probability_of_default(contracts=contracts, due=owed)


_Found = Mapping[States, tuple[list[BreakEven], list[BreakEven]]]


def _break_evens(assessment: Assessment) -> _Found:
    deal, schedule = assessment.deal, assessment.schedule
    states = payer_states(deal.support)
    return {state: MultipleScan(deal, schedule, payers_alive=state).break_evens() for state in states}


def _thesis_and_due(assessment: Assessment) -> Iterator[Referee]:
    for method, form in _DUE.items():
        other = replace(assessment.deal, model=replace(assessment.deal.model, form=form))
        for each in assess(other, readings=("due",), losses=False).tranches:
            reading = each.due
            yield Referee(
                method=method,
                tranche=each.name,
                distance_to_default=reading.distance_to_default,
                probability_of_default=reading.probability_of_default,
                extension_probability=reading.extension_probability,
                standard_error=None,
            )


def _matched(assessment: Assessment) -> Iterator[Referee]:
    legal = matched_lognormal(assessment, len(assessment.schedule.dates) - 1)
    if legal is None:
        return
    for k, each in enumerate(assessment.deal.by_rank):
        probability = float(legal.thesis[k])
        at = assessment.schedule.index_of(each.expected_maturity)
        expected = matched_lognormal(assessment, at) if at >= 0 else None
        late = 1.0 if expected is None else float(expected.thesis[k])
        yield _probability("thesis_matched", each.tranche, probability, late)


def _waterfall(assessment: Assessment, found: _Found, method: str, form: Form) -> Iterator[Referee]:
    model = replace(assessment.deal.model, form=form)
    unsupported = found[next(iter(found))][0]
    for k, each in enumerate(assessment.deal.by_rank):
        legal, late = (_supported(assessment.deal, model, found, k, test) for test in (0, 1))
        yield Referee(
            method=method,
            tranche=each.tranche,
            distance_to_default=float(tail(model, 1.0, unsupported[k].multiple)[0]),
            probability_of_default=legal,
            extension_probability=max(legal, late),
            standard_error=None,
        )


def _supported(deal: Deal, model: Model, found: _Found, k: int, test: int) -> float:
    multiples = {state: each[test][k].multiple for state, each in found.items()}
    return supported_probability(model, deal.support, multiples)


def _exact(assessment: Assessment) -> Iterator[Referee]:
    for each in assessment.tranches:
        if each.exact is not None:
            yield _probability("exact", each.name, each.exact.probability_of_default, each.exact.extension_probability)


def _simulated(simulation: Simulation | None) -> Iterator[Referee]:
    for each in () if simulation is None else simulation.tranches:
        yield _probability(
            "simulated", each.name, each.probability_of_default, each.extension_probability, each.standard_error
        )


def _first_passage(assessment: Assessment) -> Iterator[Referee]:
    schedule, last = assessment.schedule, len(assessment.schedule.dates) - 1
    for k, each in enumerate(assessment.deal.by_rank):
        legal = _touched(assessment, k, last)
        at = schedule.index_of(each.expected_maturity)
        yield _probability("first_passage", each.tranche, legal, _touched(assessment, k, at) if at >= 0 else 1.0)


def _touched(assessment: Assessment, k: int, at: int) -> float:
    owned = float(assessment.due_points.asset_values[at])
    owed = float(assessment.due_points.default_points[k, at])
    if owed <= 0.0:
        return 0.0
    if owned <= owed:
        return 1.0
    found = first_passage_probability(
        asset_value=owned, default_point=owed, asset_volatility=assessment.deal.model.total_volatility
    )
    return float(found)


def _probability(method: str, tranche: str, legal: float, late: float, error: float | None = None) -> Referee:
    return Referee(
        method=method,
        tranche=tranche,
        distance_to_default=float(-special.ndtri(legal)),
        probability_of_default=legal,
        extension_probability=max(legal, late),
        standard_error=error,
    )


def _volatilities(
    assessment: Assessment, found: _Found, estimates: Sequence[VolatilityEstimate]
) -> Iterator[VolatilityReferee]:
    cash = expected_collections(assessment.deal, assessment.schedule)
    yield _under(assessment, found, user_volatility(total_volatility=assessment.deal.model.total_volatility))
    for name, way in (
        ("thesis_periodic", thesis_periodic_volatility),
        ("thesis_cumulative", thesis_cumulative_volatility),
    ):
        try:
            estimate = way(collections=cash)
        except KmvError as error:
            yield VolatilityReferee(name=name, estimate=None, problem=error.problems[0], due=(), waterfall=())
        else:
            yield _under(assessment, found, estimate)
    matched = matched_lognormal(assessment, len(assessment.schedule.dates) - 1)
    if matched is not None:
        spread = VolatilityEstimate(
            name="licence_total", value=matched.total_volatility, standard_error=None, observations=0
        )
        yield _under(assessment, found, spread)
    for each in estimates:
        yield _under(assessment, found, each)


def _under(assessment: Assessment, found: _Found, estimate: VolatilityEstimate) -> VolatilityReferee:
    """The deal with its volatility replaced; a break-even multiple does not depend on it."""
    deal = assessment.deal
    model = replace(deal.model, total_volatility=estimate.value)
    try:
        lognormal = assess(
            replace(deal, model=replace(model, form="lognormal")), readings=("due",), losses=False
        ).tranches
    except KmvError as error:
        return VolatilityReferee(name=estimate.name, estimate=estimate, problem=error.problems[0], due=(), waterfall=())
    return VolatilityReferee(
        name=estimate.name,
        estimate=estimate,
        problem=None,
        due=tuple(each.due.probability_of_default for each in lognormal),
        waterfall=tuple(_supported(deal, model, found, k, 0) for k in range(len(lognormal))),
    )
