"""The referee: collections drawn at random and paid through the same waterfall.

    collections(t) = q x expected(t - delay) x G(t)

q is the common factor, distributed as the deal's form says (lognormal: ln q ~ N(-s^2/2, s^2)); G(t) is gamma noise
of single periods with mean one and standard deviation `period_noise`; the delay is exponential with mean
`mean_delay` years. With q alone the simulated default probability is that of the waterfall reading; noise and delay
are what that reading leaves out, and their difference is shown.

Paths are drawn in blocks, each from its own child of the seed, and added in order: the same bits for any number of
workers. Antithetic pairs share |Z|; the control variate is the event q < q*, whose probability is known.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.deal import Deal, Model
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.schedule import Schedule, schedule_of
from kmv_core.risk.tails import multiple_at, tail
from kmv_core.vocabulary.checks import Floats, checked
from kmv_core.vocabulary.errors import KmvError, problem, raise_errors
from kmv_core.vocabulary.terms import TERMS

BLOCK = 4_096
"""Pairs of paths at a time: what the waterfall keeps of them fits the cache."""
BAND = 1.959963984540054
"""The normal quantile of 97.5 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedTranche:
    """One tranche; probabilities as decimals, s.e. of each estimate."""

    name: str
    probability_of_default: float
    standard_error: float
    low: float
    """Lower end of the 95 % band, not below 0."""
    high: float
    controlled_probability: float
    """With the control variate."""
    controlled_error: float
    extension_probability: float
    expected_loss: float
    expected_loss_error: float
    waterfall_probability: float
    """Of the waterfall reading, without noise and delay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """Every tranche by rank, and what gives the same numbers again."""

    tranches: tuple[SimulatedTranche, ...]
    paths: int
    seed: int
    period_noise: float
    mean_delay: float


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

    `period_noise` is a coefficient of variation, `mean_delay` years. `progress` is told the paths done so far.
    Raises KmvError with the deal's problems, E226 for paths, noise or delay outside their domains.
    """
    raise_errors(deal_problems(deal))
    checked(paths=paths, period_noise=period_noise, mean_delay=mean_delay)
    for name, value in (("paths", paths), ("seed", seed)):
        if not 0 <= value == int(value):
            raise KmvError(
                problem(
                    "E226",
                    name=name,
                    name_zh=TERMS[name].zh,
                    domain="a whole number, not negative",
                    domain_zh="为非负整数",
                    found=value,
                    remedy="",
                )
            )
    schedule = schedule_of(deal)
    scan = MultipleScan(deal, schedule)
    stars = np.array([each.multiple for each in scan.break_evens()[0]])
    known = tail(deal.model, 1.0, stars)[1]
    pairs = -(-int(paths) // 2)
    sizes = [min(BLOCK, pairs - start) for start in range(0, pairs, BLOCK)]
    children = np.random.SeedSequence(int(seed)).spawn(len(sizes))
    draw = _Draw(deal, schedule, scan, stars, float(period_noise), float(mean_delay))
    total = np.zeros((len(stars), len(_SUMS)))
    done = 0
    with ThreadPoolExecutor(max(1, workers)) as pool:
        for count, sums in zip(sizes, pool.map(draw.block, children, sizes), strict=True):
            total += sums
            done += 2 * count
            if progress is not None:
                progress(done)
    return Simulation(
        tranches=tuple(_tranche(each.tranche, total[k], pairs, float(known[k])) for k, each in enumerate(deal.by_rank)),
        paths=2 * pairs,
        seed=int(seed),
        period_noise=float(period_noise),
        mean_delay=float(mean_delay),
    )


_SUMS = ("default", "default^2", "late", "loss", "loss^2", "control", "control^2", "default x control")
"""What is added over pairs: means of the two paths of a pair, and their squares."""


class _Draw:
    """One block of pairs: drawn, paid, and summed up."""

    def __init__(
        self, deal: Deal, schedule: Schedule, scan: MultipleScan, stars: Floats, noise: float, delay: float
    ) -> None:
        self.deal, self.schedule, self.scan, self.stars = deal, schedule, scan, stars
        self.noise, self.delay = noise, delay

    def block(self, child: np.random.SeedSequence, pairs: int) -> Floats:
        rng = np.random.Generator(np.random.PCG64(child))
        factor = self._factor(self.deal.model, rng, pairs)
        collections = factor[:, None] * self._expected(rng, 2 * pairs)
        if self.noise > 0.0:
            shape = 1.0 / (self.noise * self.noise)
            collections = collections * rng.gamma(shape, 1.0 / shape, collections.shape)
        found = self.scan.payments.tests(np.ascontiguousarray(collections.T))
        failed = found.failed.astype(np.float64)
        tranches = len(self.stars)
        default, late = _pair_means(failed[:tranches]), _pair_means(failed[tranches:])
        loss = _pair_means(found.lost)
        control = _pair_means((factor[None, :] < self.stars[:, None]).astype(np.float64))
        columns = (default, default**2, late, loss, loss**2, control, control**2, default * control)
        return np.stack([each.sum(axis=1) for each in columns], axis=1)

    @staticmethod
    def _factor(model: Model, rng: np.random.Generator, pairs: int) -> Floats:
        uniform = rng.random(pairs)
        # The open interval: neither end has a quantile.
        uniform = np.clip(uniform, 2.0**-54, 1.0 - 2.0**-53)
        both = np.concatenate([uniform, 1.0 - uniform])
        return multiple_at(model, both)

    def _expected(self, rng: np.random.Generator, paths: int) -> Floats:
        """[path or 1, payment date]: expected net collections, delayed path by path."""
        if self.delay <= 0.0:
            return self.scan.expected[None, :]
        shift = rng.exponential(self.delay, paths)[:, None]
        ends = self.schedule.window_ends[None, :] - shift
        return self.deal.loans.net_collections(pool_balance=self.deal.pool.pool_balance, window_ends=ends)


def _pair_means(values: Floats) -> Floats:
    half = values.shape[1] // 2
    mean: Floats = 0.5 * (values[:, :half] + values[:, half:])
    return mean


def _tranche(name: str, sums: Floats, pairs: int, known: float) -> SimulatedTranche:
    default, default_2, late, loss, loss_2, control, control_2, both = (sums / pairs).tolist()
    error = _error(default_2 - default * default, pairs)
    spread = control_2 - control * control
    slope = (both - default * control) / spread if spread > 0.0 else 0.0
    left = default_2 - default * default - slope * (both - default * control)
    return SimulatedTranche(
        name=name,
        probability_of_default=default,
        standard_error=error,
        low=max(default - BAND * error, 0.0),
        high=min(default + BAND * error, 1.0),
        controlled_probability=min(max(default - slope * (control - known), 0.0), 1.0),
        controlled_error=_error(left, pairs),
        extension_probability=late,
        expected_loss=loss,
        expected_loss_error=_error(loss_2 - loss * loss, pairs),
        waterfall_probability=known,
    )


def _error(variance: float, pairs: int) -> float:
    return float(np.sqrt(max(variance, 0.0) / max(pairs - 1, 1)))
