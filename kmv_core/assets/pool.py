"""What a pool is made of: count, balance, averages and concentration of a loan tape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kmv_core.assets.tape import BALANCE, NUMBERS, balances_of, column_of, kind_problems
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import raise_errors

if TYPE_CHECKING:
    import pandas as pd

_TOP = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedAverage:
    """Average of one field, weighted by balance."""

    field: str
    value: float
    """In the unit of the field; nan where the loans that have it owe nothing."""
    loans: int
    """Loans that have a value; the others are left out of the average."""
    balance: float
    """What those loans owe, money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStatistics:
    """What a pool is made of."""

    loans: int
    balance: float
    average: float
    median: float
    averages: tuple[WeightedAverage, ...]
    obligors: int
    """Loans or borrowers that owe something, as `by` says: what the four figures below count."""
    by: str
    top_1: float
    """Share of the balance, decimal."""
    top_10: float
    hhi: float
    """Herfindahl-Hirschman index: the sum of squared shares, 1 / n to 1."""
    effective_number: float
    """1 / hhi: so many equal obligors would be as concentrated."""


def pool_statistics(tape: pd.DataFrame, *, balance: str = BALANCE, by: str | None = None) -> PoolStatistics:
    """Count, balance, averages and concentration of a tape.

        weighted average = sum b x / sum b, over the loans that have x
        hhi              = sum (b_i / sum b)^2,  effective number = 1 / hhi

    `balance` is the column of weights; `by` the column that names the obligor, `counterparty_identifier` if left out
    and present, else every loan is its own. A blank obligor is its own.

    Raises KmvError: E201 a missing column; E261 no loan; E212, E216, E226 a balance that is no number, is blank or
    negative, with rows; E226 a pool that owes nothing.

    >>> import pandas as pd
    >>> loans = pd.DataFrame({"total_balance": [50.0, 30.0, 20.0], "days_in_pastdue": [100, 200, 400]})
    >>> found = pool_statistics(loans)
    >>> found.averages[0].value, found.top_1, round(found.hhi, 4), round(found.effective_number, 4)
    (190.0, 0.5, 0.38, 2.6316)
    """
    weights = balances_of(tape, balance)
    total = float(weights.sum())
    by = by or ("counterparty_identifier" if "counterparty_identifier" in tape.columns else "contract_identifier")
    owed = _owed_by(tape, weights, by)
    owed = owed[owed > 0.0]
    # Of their own sum: another order of summing would leave a single obligor at 1 + 4e-16
    shares = owed / owed.sum()
    largest = np.sort(np.partition(shares, -_TOP)[-_TOP:] if len(shares) > _TOP else shares)[::-1]
    hhi = float(np.sum(shares**2))
    return PoolStatistics(
        loans=len(weights),
        balance=total,
        average=total / len(weights),
        median=float(np.median(weights)),
        averages=tuple(
            _weighted_average(tape, name, weights) for name in NUMBERS if name in tape.columns and name != balance
        ),
        obligors=len(owed),
        by=by,
        top_1=float(largest[0]),
        top_10=min(float(largest.sum()), 1.0) if len(owed) > _TOP else 1.0,
        hhi=hhi,
        effective_number=1.0 / hhi,
    )


def _owed_by(tape: pd.DataFrame, weights: Floats, by: str) -> Floats:
    import pandas as pd

    if by == "contract_identifier":
        return weights
    column = column_of(tape, by)
    codes = _codes_of_words(column.to_numpy(dtype=object)) if column.dtype == "str" else pd.factorize(column)[0]
    known = codes >= 0
    shared = np.bincount(codes[known], weights=weights[known]).astype(np.float64, copy=False)
    return np.concatenate([shared, weights[~known]])


def _codes_of_words(words: NDArray[np.object_]) -> NDArray[np.intp]:
    """What pd.factorize gives, in half the time: through hashes, and every word compared with the first of its code."""
    import pandas as pd

    if pd.isna(words).any():
        return pd.factorize(words)[0]
    codes, hashes = pd.factorize(np.fromiter(map(hash, words), dtype=np.int64, count=len(words)))
    rows = np.arange(len(words))
    first = np.empty(len(hashes), dtype=np.intp)
    first[codes[::-1]] = rows[::-1]
    again = rows[first[codes] != rows]
    same: NDArray[np.bool_] = words[first[codes[again]]] == words[again]
    # Two words of one hash: once in the lifetime of the universe, and never wrong.
    return codes if same.all() else pd.factorize(words)[0]


def _weighted_average(tape: pd.DataFrame, name: str, weights: Floats) -> WeightedAverage:
    raise_errors(kind_problems(tape, name))
    values = tape[name].to_numpy(dtype=np.float64, na_value=np.nan)
    known = ~np.isnan(values)
    owed = weights if known.all() else np.where(known, weights, 0.0)
    total = float(owed.sum())
    # A sum of products, not a dot product: the threads of the latter wait busily and cost more than they save
    value = float((owed * np.where(known, values, 0.0)).sum()) / total if total > 0.0 else float("nan")
    return WeightedAverage(field=name, value=value, loans=int(known.sum()), balance=total)
