"""Licence contracts of an IP pool: what falls due when, and what is expected of it.

A licensee either pays all its fees or defaults, once, over the life of the deal. In default the share `lgd` of every
fee is lost, whenever it falls due: a PD over the life says nothing about when, and this is the cautious reading.
How likely a total is stands in licence_total.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kmv_core.vocabulary.checks import Floats, number_problem
from kmv_core.vocabulary.errors import Problem, problem, raise_errors
from kmv_core.vocabulary.terms import TERMS


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceContract:
    """One licence: who pays what and when, and how sure that is."""

    licensee: str
    """Contracts of one licensee default together: give them the same PD and correlation."""
    fee_dates: tuple[float, ...]
    """Years from closing."""
    fee_amounts: tuple[float, ...]
    """In money, one a date."""
    probability_of_default: float
    """Of the licensee over the life of the deal, a decimal."""
    lgd: float
    """Share of every fee lost in default."""
    asset_correlation: float
    """rho of x = sqrt(rho) M + sqrt(1 - rho) e: the part of the licensee's variance that the common factor explains.
    Two licensees' asset values are correlated with sqrt(rho_i rho_j)."""
    patent_expiry: float | None = None
    """Years from closing; a fee of that day is still due, a later one lapses. None: beyond the last fee."""

    @property
    def amount_due(self) -> float:
        """Fees due up to the patent's expiry, in money."""
        last = np.inf if self.patent_expiry is None else self.patent_expiry
        return float(sum(fee for t, fee in zip(self.fee_dates, self.fee_amounts, strict=True) if t <= last))

    @property
    def amount_lapsed(self) -> float:
        """Fees after the patent's expiry, in money: they are in no figure."""
        return float(sum(self.fee_amounts)) - self.amount_due

    @property
    def loss(self) -> float:
        """What a default costs, in money: lgd x amount_due."""
        return self.lgd * self.amount_due


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceCash:
    """Cash of all contracts by date; arrays of one length."""

    dates: Floats
    """Years from closing, ascending, each once; lapsed fees have none."""
    contractual: Floats
    """Fees due, in money."""
    expected: Floats
    """Fees less expected default losses, in money."""
    accumulated: Floats
    """`expected` up to and including the date, in money."""


def check_licences(contracts: Sequence[LicenceContract]) -> tuple[Problem, ...]:
    """Everything wrong with the contracts, each problem placed by its licensee and field.

    E227 no contract; E217 dates and amounts of unequal number; E220 to E226 a value outside its domain; E203 two
    PDs or correlations for one licensee.
    """
    if not contracts:
        return (problem("E227", what="licence contract", what_zh="许可合同", section="licences"),)
    rows = (each for place, row in enumerate(contracts) for each in _row_problems(place, row))
    return (*rows, *_disagreements(contracts))


def licence_cash(*, contracts: Sequence[LicenceContract]) -> LicenceCash:
    """Expected cash by date and accumulated.

        expected(t) = sum_i fee_i(t) (1 - PD_i LGD_i),  fees after the patent's expiry left out

    Dates are years from closing, amounts money; every array has one entry a date on which a fee is due. The
    correlation has no part in an expectation. The accumulated total is the mean of licence_distribution.

    Raises KmvError as check_licences.

    >>> one = LicenceContract(licensee="A", fee_dates=(1, 2, 3), fee_amounts=(100, 100, 100),
    ...     probability_of_default=.05, lgd=.6, asset_correlation=.2, patent_expiry=2)
    >>> two = LicenceContract(licensee="B", fee_dates=(2,), fee_amounts=(50,), probability_of_default=.1, lgd=1,
    ...     asset_correlation=.2)
    >>> found = licence_cash(contracts=[one, two])
    >>> found.dates.tolist(), found.expected.round(6).tolist(), found.accumulated.round(6).tolist(), one.amount_lapsed
    ([1.0, 2.0], [97.0, 142.0], [97.0, 239.0], 100.0)
    """
    raise_errors(check_licences(contracts))
    due: dict[float, tuple[float, float]] = {}
    for each in contracts:
        kept = 1.0 - each.probability_of_default * each.lgd
        last = np.inf if each.patent_expiry is None else each.patent_expiry
        for t, fee in zip(each.fee_dates, each.fee_amounts, strict=True):
            if t <= last:
                contractual, expected = due.get(t, (0.0, 0.0))
                due[t] = contractual + fee, expected + fee * kept
    rows = np.array([(t, *due[t]) for t in sorted(due)], dtype=np.float64).reshape(-1, 3)
    return LicenceCash(dates=rows[:, 0], contractual=rows[:, 1], expected=rows[:, 2], accumulated=np.cumsum(rows[:, 2]))


def _row_problems(place: int, row: LicenceContract) -> Iterator[Problem]:
    """What is wrong with one contract taken alone."""
    where = row.licensee or f"row {place + 1}"
    if len(row.fee_dates) != len(row.fee_amounts):
        sizes = f"{len(row.fee_dates)} fee_dates, {len(row.fee_amounts)} fee_amounts"
        yield problem("E217", where=where, name="fee_dates", name_zh=TERMS["fee_dates"].zh, found=sizes)
    numbers: list[tuple[str, float, str, tuple[str | int, ...]]] = [
        (name, value, f"{where}, fee {count + 1}", (name, count))
        for name, values in (("fee_dates", row.fee_dates), ("fee_amounts", row.fee_amounts))
        for count, value in enumerate(values)
    ]
    numbers += [
        (name, getattr(row, name), where, (name,)) for name in ("probability_of_default", "lgd", "asset_correlation")
    ]
    if row.patent_expiry is not None:
        numbers.append(("patent_expiry", row.patent_expiry, where, ("patent_expiry",)))
    for name, value, at, field in numbers:
        bad = number_problem(name, value, where=at, field=("licences", place, *field))
        if bad is not None:
            yield bad


def _disagreements(contracts: Sequence[LicenceContract]) -> Iterator[Problem]:
    """Contracts of one licensee that say different things of it."""
    first: dict[str, LicenceContract] = {}
    for each in contracts:
        before = first.setdefault(each.licensee, each)
        for name in ("probability_of_default", "asset_correlation"):
            one, two = getattr(before, name), getattr(each, name)
            if one != two:
                yield problem("E203", where=each.licensee, name=name, first=f"{one:g}", second=f"{two:g}")
