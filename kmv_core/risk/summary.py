"""What a tranche is paid in one run of the waterfall, and what that is worth to who holds it.

    IRR        price = sum of cash_t / (1 + IRR)^t,  price = balance x issue price / 100 (100 where none is given)
    duration   sum of t cash_t / (1 + IRR)^t over the same sum (Macaulay 1938), years
    WAL        sum over dates of outstanding x years / balance; principal never paid counts at legal maturity
    coverage   collections of the run over those with which the tranche is just paid: multiple / q*

Times are years from closing, ACT/365, so the IRR is that of XIRR. The price above par goes to the originator and never
enters the waterfall. A run is expected collections times one multiple; whether the payers of support pay is the
caller's to say: by default none does, as in the base case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.default_point import weighted_lives
from kmv_core.deal.schedule import schedule_of
from kmv_core.deal.waterfall import Waterfall
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import raise_errors

PAR = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrancheSummary:
    """One tranche over the life of the deal; amounts in money."""

    tranche: str
    interest_paid: float
    principal_paid: float
    """A clean-up call included."""
    further_paid: float
    """Fixed return and residual."""
    interest_short: float
    """Owed and not paid at legal maturity."""
    principal_short: float
    weighted_life: float
    price: float
    """What the holder paid at closing."""
    internal_rate: float
    """A decimal a year; nan where nothing is paid."""
    duration: float
    """Years; nan where nothing is paid."""
    coverage: float
    """inf where the tranche is paid without any collections, 0 where none are enough."""

    @property
    def paid(self) -> float:
        return self.interest_paid + self.principal_paid + self.further_paid

    @property
    def shortfall(self) -> float:
        return self.interest_short + self.principal_short


def tranche_summaries(
    deal: Deal, *, multiple: float = 1.0, payers_alive: Sequence[bool] | None = None
) -> tuple[TrancheSummary, ...]:
    """Every tranche by rank with collections at `multiple` of the expected (formulas above).

    Raises KmvError with every problem of the deal that refuses it.
    """
    raise_errors(deal_problems(deal))
    schedule = schedule_of(deal)
    scan = MultipleScan(deal, schedule, payers_alive=payers_alive)
    run = scan.run(np.array([multiple]))
    lives = weighted_lives(run, schedule)
    found = []
    for k, (line, test) in enumerate(zip(run.tranches, scan.break_evens()[0], strict=True)):
        interest, principal, further = cash_of(run, line.tranche)
        cash = interest + principal + further
        price = line.balance * (PAR if line.issue_price is None else line.issue_price) / PAR
        found.append(
            TrancheSummary(
                tranche=line.tranche,
                interest_paid=float(interest.sum()),
                principal_paid=float(principal.sum()),
                further_paid=float(further.sum()),
                interest_short=float(run.interest_short[k, 0, -1]),
                principal_short=float(run.principal_short[k, 0, -1]),
                weighted_life=float(lives[k]),
                price=price,
                internal_rate=internal_rate(price=price, cash=cash, times=schedule.times),
                duration=macaulay_duration(price=price, cash=cash, times=schedule.times),
                coverage=multiple / test.multiple if test.multiple > 0.0 else np.inf,
            )
        )
    return tuple(found)


def cash_of(run: Waterfall, tranche: str, *, path: int = 0) -> tuple[Floats, Floats, Floats]:
    """Interest, principal (a clean-up call included) and further return of a tranche by payment date, money."""
    k = next(i for i, each in enumerate(run.tranches) if each.tranche == tranche)
    interest, principal, further = np.zeros((3, run.collections.shape[1]))
    for step, paid in zip(run.steps, run.paid[:, path], strict=True):
        if step.payee != tranche:
            continue
        if step.kind == "interest":
            interest = interest + paid
        elif step.kind in ("principal", "all_principal"):
            principal = principal + paid
        elif step.kind in ("fixed_return", "residual"):
            further = further + paid
    return interest, principal + run.called[k, path], further


def internal_rate(*, price: float, cash: ArrayLike, times: ArrayLike) -> float:
    """The yearly rate, a decimal, at which `cash` (money, none negative) at `times` (years, above 0) is worth `price`.

    Nothing paid has no rate: nan. Payments and a price above 0 have exactly one.

    >>> round(internal_rate(price=100, cash=[10, 110], times=[1, 2]), 12)
    0.1
    """
    amounts, years = _payments(cash, times)
    with np.errstate(over="ignore"):
        return float(np.expm1(_force(price, amounts, years)))


def macaulay_duration(*, price: float, cash: ArrayLike, times: ArrayLike) -> float:
    """Average of `times` (years) weighted with the worth of `cash` at its internal rate; nan where nothing is paid.

    >>> round(macaulay_duration(price=100, cash=[10, 110], times=[1, 2]), 12)
    1.909090909091
    """
    amounts, years = _payments(cash, times)
    if not amounts.size:
        return float("nan")
    return float(special.softmax(np.log(amounts) - _force(price, amounts, years) * years) @ years)


def _payments(cash: ArrayLike, times: ArrayLike) -> tuple[Floats, Floats]:
    """The amounts above 0 and their times."""
    amounts, years = np.asarray(cash, dtype=np.float64), np.asarray(times, dtype=np.float64)
    return amounts[amounts > 0.0], years[amounts > 0.0]


def _force(price: float, amounts: Floats, years: Floats) -> float:
    """ln(1 + internal rate), between ln(total / price) over the last time and over the first.

    Brent's method closes in on it on the log scale, where no payment is too late and no loss too near to all.
    """
    from scipy import optimize  # a fifth of a second of loading, only for those who ask

    if not amounts.size:
        return float("nan")
    logs, worth = np.log(amounts), float(np.log(price))
    excess = float(special.logsumexp(logs)) - worth

    def gap(force: float) -> float:
        return float(special.logsumexp(logs - force * years)) - worth

    low, high = sorted((excess / float(years[0]), excess / float(years[-1])))
    below, above = gap(low), gap(high)
    # A single payment, or one of exactly the price, makes a bracket of one point, and rounding may put both its ends
    # on one side.
    if below <= 0.0 or above >= 0.0:
        return low if abs(below) <= abs(above) else high
    return float(optimize.brentq(gap, low, high, xtol=1e-15, rtol=1e-14))
