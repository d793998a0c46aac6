"""The referee: paths drawn at random (kmv_core.risk.draws) and paid through the same waterfall.

    PD = share of paths on which the tranche fails,  s.e. from antithetic pairs
    controlled = PD - b (control - its known mean),  b = cov(PD, control) / var(control)

The control is the event q < q* of the payers alive on the path, whose probability is the waterfall reading's closed
form; for licences it is total cash over expected cash, of mean one. With the common factor alone the simulated
probability is that of the waterfall reading (licences: of the exact one, which has no lognormal in it); noise and
delay are what those readings leave out, and the difference is shown with its z, not hidden.

Paths are drawn in blocks, each from its own child of the seed, and their sums are added in order: the same bits for
any number of workers, and with or without progress.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import special

from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.payments import Payments
from kmv_core.deal.schedule import Schedule, schedule_of
from kmv_core.risk.draws import Drawn, Draws
from kmv_core.risk.exact import MOST_LICENSEES, exact_default
from kmv_core.risk.supported import payer_states, supported_probability
from kmv_core.risk.tails import region_probability
from kmv_core.vocabulary.checks import Floats, checked, whole_problem
from kmv_core.vocabulary.errors import KmvError, raise_errors

BLOCK = 8_192
"""Pairs of paths at a time: what the waterfall keeps of them fits the cache."""
BAND = 1.959963984540054
"""The normal quantile of 97.5 %."""
FEW = 30
"""Defaults (or survivals) below which the band is exact binomial: a normal one would be too narrow, and at 0 nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedTranche:
    """One tranche; probabilities as decimals, s.e. of each estimate."""

    name: str
    defaults: int
    """Paths on which it failed by legal maturity."""
    probability_of_default: float
    standard_error: float
    low: float
    """Lower end of the 95 % band: normal, or exact binomial (Clopper-Pearson) for fewer than 30 defaults."""
    high: float
    controlled_probability: float
    """With the control variate."""
    controlled_error: float
    extension_probability: float
    extension_error: float
    expected_loss: float
    expected_loss_error: float
    waterfall_probability: float
    """Of the waterfall reading, without noise and delay."""
    waterfall_extension: float
    reference_probability: float
    """What the simulation is held against: the exact reading for licences, else the waterfall's, of the regions where
    the tranche is not paid (the same as `waterfall_probability` unless more cash can hurt)."""
    reference_extension: float
    paths: int

    @property
    def difference(self) -> float:
        """Simulated PD less the reference's: what noise and delay add; with neither, chance."""
        return self.probability_of_default - self.reference_probability

    @property
    def z(self) -> float:
        """The difference in standard errors; in those the reference implies where too few paths failed."""
        known = self.reference_probability
        implied = float(np.sqrt(known * (1.0 - known) / self.paths))
        enough = FEW <= self.defaults <= self.paths - FEW
        error = self.standard_error if enough else max(implied, self.standard_error)
        return self.difference / error if error > 0.0 else 0.0 if self.difference == 0.0 else float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """Every tranche by rank, and what gives the same numbers again."""

    tranches: tuple[SimulatedTranche, ...]
    paths: int
    seed: int
    period_noise: float
    mean_delay: float
    reference: str
    """`exact` or `waterfall`: the reading whose probability stands beside each."""


def simulate(
    deal: Deal,
    *,
    paths: int,
    seed: int,
    period_noise: float = 0.0,
    mean_delay: float = 0.0,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Simulation:
    """Simulate a deal on `paths` paths (rounded up to whole antithetic pairs).

    `period_noise` is the coefficient of variation of a single period's collections, `mean_delay` years. `workers` is
    the number of threads, `progress` is told the paths done so far: neither changes a bit of the result. Licensees and
    payers of support default with the copula of the exact and the supported readings.

    Raises KmvError with the deal's problems, E226 for paths, seed, noise, delay or workers outside their domains.
    """
    raise_errors(deal_problems(deal))
    checked(paths=paths, seed=seed, workers=workers, period_noise=period_noise, mean_delay=mean_delay)
    for name, value in (("paths", paths), ("seed", seed), ("workers", workers)):
        wrong = whole_problem(name, value)
        if wrong is not None:
            raise KmvError(wrong)
    schedule = schedule_of(deal)
    known = _Known(deal, schedule)
    draws = Draws(deal, schedule, period_noise=float(period_noise), mean_delay=float(mean_delay))
    payments = known.payments
    pairs = -(-int(paths) // 2)
    sizes = [min(BLOCK, pairs - start) for start in range(0, pairs, BLOCK)]
    children = np.random.SeedSequence(int(seed)).spawn(len(sizes))

    def block(child: np.random.SeedSequence, count: int) -> Floats:
        return _sums(payments, known, draws.block(child, count))

    total = np.zeros((len(deal.tranches), len(_SUMS)))
    done = 0
    with ThreadPoolExecutor(int(workers)) as pool:
        # One worker is this thread itself.
        found = pool.map(block, children, sizes) if workers > 1 else map(block, children, sizes)
        for count, sums in zip(sizes, found, strict=True):
            total += sums
            done += 2 * count
            if progress is not None:
                progress(done)
    return Simulation(
        tranches=tuple(_tranche(known, k, total[k], pairs) for k in range(len(deal.tranches))),
        paths=2 * pairs,
        seed=int(seed),
        period_noise=float(period_noise),
        mean_delay=float(mean_delay),
        reference=known.reference,
    )


class _Known:
    """The closed forms beside the simulation, and the control variate they make."""

    def __init__(self, deal: Deal, schedule: Schedule) -> None:
        self.names = [each.tranche for each in deal.by_rank]
        states = payer_states(deal.support)
        scans = {state: MultipleScan(deal, schedule, payers_alive=state) for state in states}
        self.payments = scans[states[0]].payments
        found = {state: scan.break_evens() for state, scan in scans.items()}
        self.stars = np.array([[each.multiple for each in found[state][0]] for state in states])
        """[set of payers alive, tranche]: q*."""
        self.waterfall, self.late = (
            [
                supported_probability(deal.model, deal.support, {s: found[s][test][k].multiple for s in states})
                for k in range(len(self.names))
            ]
            for test in (0, 1)
        )
        self.reference = "waterfall"
        self.expected, self.legal = self.late, self.waterfall
        if not deal.support:
            self.legal, self.expected = (
                [region_probability(deal.model, each) for each in tests] for tests in found[states[0]]
            )
        self.licences = bool(deal.licences)
        if self.licences and len({each.licensee for each in deal.licences}) <= MOST_LICENSEES:
            exact = exact_default(deal, schedule)
            # A sum over sets may pass 1 by its rounding.
            legal, late = np.clip(exact.legal, 0.0, 1.0), np.clip(exact.expected, 0.0, 1.0)
            self.reference, self.legal, self.expected = "exact", legal.tolist(), late.tolist()
        # The binary number of a set: payer_states counts up with the first payer as the highest digit.
        self.digits = 2 ** np.arange(len(deal.support))[::-1]

    def control(self, drawn: Drawn) -> Floats:
        """[tranche, path] the control variate."""
        if self.licences:
            return np.broadcast_to(drawn.multiple, (len(self.names), drawn.multiple.size))
        stars = self.stars[self.digits @ drawn.alive] if len(self.digits) else self.stars
        return (drawn.multiple < stars.T).astype(np.float64)

    def mean(self, k: int) -> float:
        """Its expectation."""
        return 1.0 if self.licences else self.waterfall[k]


_SUMS = (
    *("paths", "default", "default^2", "late", "late^2", "loss", "loss^2", "control", "control^2"),
    "default x control",
)
"""What is added over pairs: means of the two paths of a pair, their squares, and the paths in default."""


def _sums(payments: Payments, known: _Known, drawn: Drawn) -> Floats:
    """[tranche, _SUMS] of one block."""
    found = payments.tests(drawn.cash, payers_alive=drawn.alive)
    tranches = len(known.names)
    failed = found.failed.astype(np.float64)
    default, late = _pair_means(failed[:tranches]), _pair_means(failed[tranches:])
    loss, control = _pair_means(found.lost), _pair_means(known.control(drawn))
    columns = (default, default**2, late, late**2, loss, loss**2, control, control**2, default * control)
    return np.stack([found.failed[:tranches].sum(axis=1), *(each.sum(axis=1) for each in columns)], axis=1)


def _pair_means(values: Floats) -> Floats:
    """[.., pair]: each path with its mirror image, which stands as far from the end as it from the start."""
    half = values.shape[1] // 2
    mean: Floats = 0.5 * (values[:, :half] + values[:, : half - 1 : -1])
    return mean


def _tranche(known: _Known, k: int, sums: Floats, pairs: int) -> SimulatedTranche:
    defaults = int(sums[0])
    default, default_2, late, late_2, loss, loss_2, control, control_2, both = (sums[1:] / pairs).tolist()
    error = _error(default_2 - default * default, pairs)
    spread, joint = control_2 - control * control, both - default * control
    slope = joint / spread if spread > 0.0 else 0.0
    low, high = band(defaults, 2 * pairs, error)
    return SimulatedTranche(
        name=known.names[k],
        defaults=defaults,
        probability_of_default=default,
        standard_error=error,
        low=low,
        high=high,
        controlled_probability=min(max(default - slope * (control - known.mean(k)), 0.0), 1.0),
        controlled_error=_error(default_2 - default * default - slope * joint, pairs),
        extension_probability=late,
        extension_error=_error(late_2 - late * late, pairs),
        expected_loss=loss,
        expected_loss_error=_error(loss_2 - loss * loss, pairs),
        waterfall_probability=float(known.waterfall[k]),
        waterfall_extension=float(known.late[k]),
        reference_probability=float(known.legal[k]),
        reference_extension=float(known.expected[k]),
        paths=2 * pairs,
    )


def band(defaults: float, paths: int, error: float) -> tuple[float, float]:
    """The 95 % band of a probability: estimate -+ 1.96 s.e., or exact binomial (Clopper and Pearson 1934) where few
    paths, or all but few, failed.

    Antithetic pairs vary less than independent paths, so the binomial band is the cautious one.

    >>> [round(each, 6) for each in band(0, 1000, 0.0)]
    [0.0, 0.003682]
    """
    share = defaults / paths
    if FEW <= defaults <= paths - FEW:
        return max(share - BAND * error, 0.0), min(share + BAND * error, 1.0)
    low = float(special.betaincinv(defaults, paths - defaults + 1, 0.025)) if defaults else 0.0
    high = float(special.betaincinv(defaults + 1, paths - defaults, 0.975)) if defaults < paths else 1.0
    return low, high


def _error(variance: float, pairs: int) -> float:
    # Rounding of sums below a few last places is no spread.
    return float(np.sqrt(max(variance, 0.0) / max(pairs - 1, 1)))
