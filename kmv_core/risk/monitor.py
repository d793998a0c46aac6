"""Surveillance after issue: each trustee report moves the default probability of every tranche.

At a reporting date collections to date are facts and those to come are uncertain (kmv_core.risk.update):

    waterfall   PD = P(remaining < q*_r x its forecast), q*_r the break-even multiple of what is still to come, the past
                paid through the same waterfall
    due         PD = P(remaining < default point - collected, less the initial reserve); the reserve counts as in the
                deal's own reading, as part of the uncertain assets, by the share of the forecast still to come
    exact       licences: licensees known in default or to have paid so far (kmv_core.risk.monitor_exact)

Nothing reported gives the deal's own probabilities; the last report gives 0 or 1. Payers of support count as in
kmv_core.risk.supported. A tranche that has missed a payment stays in default.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.deal import Deal, Model
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.default_point import DuePoints, base_case, due_points
from kmv_core.deal.schedule import Schedule, schedule_of
from kmv_core.risk.exact import MOST_LICENSEES
from kmv_core.risk.monitor_exact import exact_after
from kmv_core.risk.reports import Report, collected_by_date, defaults_by_licensee
from kmv_core.risk.supported import States, payer_states, supported_probability
from kmv_core.risk.terms import due_multiples
from kmv_core.risk.update import Outlook, outlook
from kmv_core.vocabulary.checks import Floats, checked
from kmv_core.vocabulary.errors import KmvError, problem, raise_errors

PERIOD_NOISE = 0.3
"""ASSUMED coefficient of variation of single periods: no public record of NPL deals gives one."""
MOST_NOISE = 0.75
"""ASSUMED: some of the total's variance is common to all periods. Binds where the total hardly varies: licences."""
_CERTAIN = 1e-9
"""Sums of probabilities of certain things miss one by their rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningLevels:
    """When the house is warned. All are the house's own levels; these are assumptions."""

    watch_deviation: float = -0.10
    """Cumulative collections over forecast, less one."""
    alarm_deviation: float = -0.25
    watch_multiple: float = 2.0
    """PD over that at closing; counts once the PD is above `least_pd`."""
    alarm_multiple: float = 5.0
    least_pd: float = 0.001
    watch_licensee_default: bool = True
    """A licensee in default is a watch at least, though the tranche may bear it."""
    watch_extension: bool = True
    """So is an expected maturity that is missed for certain. Short of certainty extension does not count: many deals
    are expected to extend from the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One reported payment date, money; deviations are actual over forecast less one, nan where nothing was due."""

    date: dt.date
    forecast: float
    actual: float
    forecast_to_date: float
    actual_to_date: float
    deviation: float
    cumulative_deviation: float
    outlook: Outlook
    """Of what is still to come after it."""
    defaults: tuple[str, ...]
    """Licensees first reported in default at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One tranche at one reporting date in one reading; the first line of each is that at closing."""

    date: dt.date
    tranche: str
    reading: str
    break_even_multiple: float
    """Of what is still to come, without support."""
    probability_of_default: float
    extension_probability: float
    level: str
    """normal, watch, alarm or default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring:
    """Everything the reports say."""

    deal: Deal
    period_noise: float
    """Given, or `assumed_noise`."""
    noise_is_assumed: bool
    levels: WarningLevels
    periods: tuple[Period, ...]
    migration: tuple[Migration, ...]
    reports: tuple[Report, ...]

    @property
    def readings(self) -> tuple[str, ...]:
        """Those there are, the headline first."""
        names = dict.fromkeys(each.reading for each in self.migration)
        return tuple(sorted(names, key=("exact", "waterfall", "due").index))

    def line(self, tranche: str, reading: str) -> tuple[Migration, ...]:
        """The PD migration of one tranche in one reading, from closing on."""
        return tuple(each for each in self.migration if (each.tranche, each.reading) == (tranche, reading))


def assumed_noise(forecast: Floats, total_volatility: float) -> float:
    """PERIOD_NOISE, or where it is less the noise that takes MOST_NOISE of the total's variance."""
    weights = forecast / forecast.sum()
    return min(PERIOD_NOISE, float(np.sqrt(np.expm1(MOST_NOISE * total_volatility**2) / (weights @ weights))))


def monitor(
    deal: Deal,
    reports: Sequence[Report],
    *,
    period_noise: float | None = None,
    levels: WarningLevels | None = None,
) -> Monitoring:
    """Compare collections with their forecast and move every tranche's probabilities, report by report.

    Reports of one payment date are added up; they must follow one another from the first payment date. `period_noise`
    is the coefficient of variation of a period's collections about their mean (decimal); `assumed_noise` if None.

    Raises KmvError with the deal's problems, E379 for levels out of order, E353 and E354 for reports that leave a gap or lie outside the deal, E372
    to E374 for licensees, and what kmv_core.risk.update.outlook raises. Source: model of the module; Bayes 1763, Fenton
    1960.
    """
    raise_errors(deal_problems(deal))
    house = WarningLevels() if levels is None else levels
    _check_levels(house)
    schedule = schedule_of(deal)
    base = base_case(deal, schedule)
    due = due_points(deal, schedule, base)
    forecast = MultipleScan(deal, schedule).expected
    actual = collected_by_date(deal, schedule, reports)
    defaults = defaults_by_licensee(deal, schedule, reports)
    noise = period_noise
    if noise is None:
        # A pool that brings nothing is refused by the update, with its reason.
        noise = assumed_noise(forecast, deal.model.total_volatility) if forecast.sum() > 0.0 else PERIOD_NOISE
    periods: list[Period] = []
    migration: list[Migration] = []
    start: dict[tuple[str, str], float] = {}
    for count in range(len(actual) + 1):
        seen = actual[:count]
        found = outlook(
            forecast=forecast,
            actual=seen,
            total_volatility=deal.model.total_volatility,
            period_noise=noise,
            form=deal.model.form,
        )
        date = schedule.dates[count - 1] if count else deal.closing_date
        if count:
            gone = tuple(name for name, at in defaults.items() if at == count - 1)
            periods.append(_period(date, forecast[:count], seen, found, gone))
        behind = periods[-1].cumulative_deviation if periods else 0.0
        known = any(each.defaults for each in periods)
        for reading, rows in _readings(deal, schedule, due, forecast, seen, found, defaults):
            for each, (multiple, legal, late) in zip(deal.by_rank, rows, strict=True):
                before = start.setdefault((each.tranche, reading), legal)
                migration.append(
                    Migration(
                        date=date,
                        tranche=each.tranche,
                        reading=reading,
                        break_even_multiple=multiple,
                        probability_of_default=legal,
                        extension_probability=max(late, legal),
                        level=level_of(
                            house, behind, before, legal, licensee_default=known, extension=max(late, legal)
                        ),
                    )
                )
    return Monitoring(
        deal=deal,
        period_noise=noise,
        noise_is_assumed=period_noise is None,
        levels=house,
        periods=tuple(periods),
        migration=tuple(migration),
        reports=tuple(reports),
    )


def period_deviations(*, actual: ArrayLike, forecast: ArrayLike) -> tuple[Floats, Floats]:
    """Actual over forecast less one, of each reported period and cumulative; nan where nothing was forecast.

    `actual` [reported period] and `forecast` [period] in money. Raises KmvError E351 for more periods than were
    forecast, E226 for negative amounts.

    >>> period_deviations(actual=[8.0, 12.0], forecast=[10.0, 10.0, 5.0])
    (array([-0.2,  0.2]), array([-0.2,  0. ]))
    """
    got = np.atleast_1d(checked(actual_collections=actual)["actual_collections"])
    due = np.atleast_1d(checked(forecast_collections=forecast)["forecast_collections"])
    if got.size > due.size:
        raise KmvError(problem("E351", found=got.size, most=due.size))
    due = due[: got.size]

    def over(a: Floats, b: Floats) -> Floats:
        return np.divide(a, b, out=np.full_like(a, np.nan), where=b > 0.0) - 1.0

    return over(got, due), over(np.cumsum(got), np.cumsum(due))


def _check_levels(levels: WarningLevels) -> None:
    """A watch comes before an alarm."""
    falls = -1.0 <= levels.alarm_deviation <= levels.watch_deviation <= 0.0
    rises = 1.0 <= levels.watch_multiple <= levels.alarm_multiple
    if not (falls and rises and 0.0 <= levels.least_pd <= 1.0):
        found = f"{levels.watch_deviation:g}, {levels.alarm_deviation:g}; "
        found += f"{levels.watch_multiple:g}, {levels.alarm_multiple:g}; {levels.least_pd:g}"
        raise KmvError(problem("E379", found=found))


def level_of(
    levels: WarningLevels,
    deviation: float,
    at_closing: float,
    probability: float,
    *,
    licensee_default: bool = False,
    extension: float = 0.0,
) -> str:
    """The early-warning level: the worse of the deviation's, the probability's, that of a licensee in default and that
    of a certain `extension` (the probability of not being repaid by the expected maturity)."""
    if probability >= 1.0 - _CERTAIN:
        return "default"
    risen = probability >= levels.least_pd
    # On the limit is over it, whatever the rounding of the sums.
    deviation -= _CERTAIN
    if deviation <= levels.alarm_deviation or (risen and probability >= levels.alarm_multiple * at_closing):
        return "alarm"
    if deviation <= levels.watch_deviation or (risen and probability >= levels.watch_multiple * at_closing):
        return "watch"
    extends = levels.watch_extension and extension >= 1.0 - _CERTAIN
    return "watch" if extends or (licensee_default and levels.watch_licensee_default) else "normal"


Row = tuple[float, float, float]
"""Break-even multiple of what is to come, PD by legal and by expected maturity."""


def _readings(
    deal: Deal,
    schedule: Schedule,
    due: DuePoints,
    forecast: Floats,
    seen: Floats,
    found: Outlook,
    defaults: Mapping[str, int],
) -> Iterator[tuple[str, list[Row]]]:
    yield "waterfall", _waterfall(deal, schedule, seen, found)
    by_due = _due(deal, schedule, due, forecast, seen, found)
    yield "due", by_due
    if deal.licences and len({each.licensee for each in deal.licences}) <= MOST_LICENSEES:
        exact = exact_after(deal, schedule, seen, defaults)
        pairs = zip(by_due, exact.legal.tolist(), exact.expected.tolist(), strict=True)
        yield "exact", [(multiple, legal, late) for (multiple, _, _), legal, late in pairs]


def _period(date: dt.date, forecast: Floats, actual: Floats, found: Outlook, defaults: tuple[str, ...]) -> Period:
    due, got = float(forecast.sum()), float(actual.sum())
    single, cumulative = period_deviations(actual=actual, forecast=forecast)
    return Period(
        date=date,
        forecast=float(forecast[-1]),
        actual=float(actual[-1]),
        forecast_to_date=due,
        actual_to_date=got,
        deviation=float(single[-1]),
        cumulative_deviation=float(cumulative[-1]),
        outlook=found,
        defaults=defaults,
    )


def _waterfall(deal: Deal, schedule: Schedule, seen: Floats, found: Outlook) -> list[Row]:
    states = payer_states(deal.support)
    tests = {state: MultipleScan(deal, schedule, payers_alive=state, received=seen).break_evens() for state in states}
    rows = []
    for k in range(len(deal.tranches)):
        legal, late = (
            _probability(deal, found, {state: tests[state][test][k].multiple for state in states}) for test in (0, 1)
        )
        rows.append((tests[states[0]][0][k].multiple, legal, late))
    return rows


def _due(deal: Deal, schedule: Schedule, due: DuePoints, forecast: Floats, seen: Floats, found: Outlook) -> list[Row]:
    """Multiples of what is left that would just cover what falls due, by the last and the expected date.

    What is left is the remaining forecast and, by its share of the whole, the initial reserve: before the first report
    the deal's own reading, in which assets and reserve vary as one; at the end cash in hand.
    """
    received, reserve = float(seen.sum()), deal.reserve.reserve_initial
    planned = np.cumsum(forecast)
    gone = float(forecast[: len(seen)].sum())
    rows = []
    for k, each in enumerate(deal.by_rank):
        at = schedule.index_of(each.expected_maturity)
        multiples = []
        for t in (len(forecast) - 1, at):
            if t < 0:
                multiples.append(dict.fromkeys(payer_states(deal.support), np.inf))
                continue
            # What is owed net of payers, less what is already here, over what should still come by then.
            held = received if t >= len(seen) else float(seen[: t + 1].sum())
            left = max(float(planned[t]) - gone, 0.0)
            uncertain = reserve * left / float(planned[t]) if left > 0.0 else 0.0
            covered = held + reserve - uncertain
            net = {state: q * float(due.asset_values[t]) for state, q in due_multiples(deal, due, k, t).items()}
            multiples.append({state: _over(owed - covered, left + uncertain) for state, owed in net.items()})
        alone = (False,) * len(deal.support)
        legal, late = (_probability(deal, found, each) for each in multiples)
        rows.append((multiples[0][alone], legal, late))
    return rows


def _over(short: float, left: float) -> float:
    if short <= 1e-12 * max(left, 1.0):
        return 0.0
    return short / left if left > 0.0 else np.inf


def _probability(deal: Deal, found: Outlook, multiples: dict[States, float]) -> float:
    """PD from the break-even multiple of each set of payers, under the outlook."""
    if found.sd <= 0.0 or not np.isfinite(found.mean):
        certain = {state: float(found.probability_below(q)) for state, q in multiples.items()}
        return _weighted(deal, certain)
    # A lognormal of mean one, as the model has it: the outlook's own mean goes into the multiples.
    model: Model = replace(deal.model, total_volatility=found.sd, form="lognormal")
    return supported_probability(model, deal.support, {state: q / found.multiple for state, q in multiples.items()})


def _weighted(deal: Deal, certain: dict[States, float]) -> float:
    """Of outcomes that are certain given the payers: their chance alone is left."""
    total = 0.0
    for state, fails in certain.items():
        chance = 1.0
        for line, alive in zip(deal.support, state, strict=True):
            chance *= 1.0 - line.payer_pd if alive else line.payer_pd
        total += fails * chance
    return total
