"""Stratification tables of a loan tape: how many loans and how much balance in each band or category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kmv_core.assets.tape import BALANCE, balances_of, column_of, names_of
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import KmvError, problem

if TYPE_CHECKING:
    import pandas as pd

BLANK = ("(blank)", "（空）")


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStrata:
    """One stratification table; arrays are (strata,) and not to be written to."""

    field: str
    labels: tuple[str, ...]
    loans: NDArray[np.int64]
    balance: Floats
    share: Floats
    """Of the pool's balance, decimal; the strata add to 1."""
    average: Floats
    """Balance a loan; nan in a band without loans."""

    def table(self) -> pd.DataFrame:
        """The table as a DataFrame, indexed by label."""
        import pandas as pd

        columns = {name: getattr(self, name) for name in ("loans", "balance", "share", "average")}
        return pd.DataFrame(columns, index=pd.Index(self.labels, name=self.field))


def pool_strata(
    tape: pd.DataFrame, field: str, bands: Sequence[Any] | None = None, *, balance: str = BALANCE
) -> PoolStrata:
    """The stratification table of one field, by bands or by category; every loan is in exactly one stratum.

    With `bands` (limits, ascending; numbers, or dates for a date column) the strata are below the first, [a, b) between
    two, and from the last on, in this order, empty ones included. Without, one stratum a value, largest balance first.
    Loans without a value come last, as (blank).

    Raises KmvError as pool_statistics, and E201 for a missing `field`, E216 a number or date without bands, E217 bands
    that are empty, not finite or do not ascend, E235 a number as the limit of dates, E212 bands for a column of words.

    >>> import pandas as pd
    >>> loans = pd.DataFrame({"total_balance": [50.0, 30.0, 20.0], "days_in_pastdue": [100, 200, 400]})
    >>> found = pool_strata(loans, "days_in_pastdue", [90, 180, 360])
    >>> found.labels, found.share.tolist()
    (('< 90', '[90, 180)', '[180, 360)', '>= 360'), [0.0, 0.5, 0.3, 0.2])
    """
    weights = balances_of(tape, balance)
    codes, labels = _codes(column_of(tape, field), field, bands)
    count = np.bincount(codes, minlength=len(labels)).astype(np.int64)
    owed = np.bincount(codes, weights=weights, minlength=len(labels))
    if bands is None:
        # The blank ones stay last
        order = np.append(np.argsort(-owed[:-1], kind="stable"), len(labels) - 1)
        kept = order[count[order] > 0]
    else:
        kept = np.arange(len(labels) - (count[-1] == 0))
    count, owed = count[kept], owed[kept]
    return PoolStrata(
        field=field,
        labels=tuple(labels[k] for k in kept),
        loans=count,
        balance=owed,
        # Of their own sum: another order of summing would leave a single stratum at 1 + 4e-16
        share=owed / owed.sum(),
        average=np.divide(owed, count, out=np.full(len(owed), np.nan), where=count > 0),
    )


def _codes(column: pd.Series[Any], field: str, bands: Sequence[Any] | None) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """The stratum of every loan and the labels; the last label is that of the blank ones."""
    import pandas as pd

    dated = pd.api.types.is_datetime64_any_dtype(column.dtype)
    numeric = pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)
    if bands is not None:
        if not (numeric or dated):
            raise KmvError(problem("E212", **names_of(field), found=str(column.dtype)))
        return _banded(column, _limits(bands, dated=dated))
    if numeric or dated:
        raise KmvError(problem("E216", **names_of("bands")))
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, names = column.cat.codes.to_numpy().astype(np.intp), column.cat.categories
    else:
        found, names = pd.factorize(column)
        codes = found.astype(np.intp)
    codes[codes < 0] = len(names)
    return codes, (*(str(each) for each in names), " ".join(BLANK))


def _banded(column: pd.Series[Any], limits: NDArray[Any]) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    dated = limits.dtype.kind == "M"
    values: NDArray[Any]
    if dated:
        values = column.to_numpy(dtype=limits.dtype)
        blank = np.isnat(values)
        words = np.datetime_as_string(limits, unit="D").tolist()
    else:
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        blank = np.isnan(values)
        words = [f"{each:,.12g}" for each in limits]
    between = [f"[{low}, {high})" for low, high in pairwise(words)]
    codes: NDArray[np.intp] = np.searchsorted(limits, values, side="right")
    codes[blank] = len(limits) + 1
    return codes, (f"< {words[0]}", *between, f">= {words[-1]}", " ".join(BLANK))


def _limits(bands: Sequence[Any], *, dated: bool) -> NDArray[Any]:
    """Ascending limits, (n,) float64 or datetime64[s]; raises KmvError E217 for what is none, E235 a number for a date."""
    given = list(bands) if not isinstance(bands, str) else [bands]
    if dated:
        # numpy would read a plain number as so many seconds after 1970
        number = next((each for each in given if isinstance(each, (int, float, np.number))), None)
        if number is not None:
            raise KmvError(problem("E235", **names_of("bands"), found=repr(number)))
    limits: NDArray[Any]
    try:
        limits = np.asarray(given, dtype="datetime64[s]" if dated else np.float64)
        usable = limits.ndim == 1 and bool(len(limits) and np.isfinite(limits).all())
        ascending = usable and bool((limits[1:] > limits[:-1]).all())
    except (TypeError, ValueError):
        ascending = False
    if not ascending:
        raise KmvError(problem("E217", **names_of("bands"), found=repr(given)))
    return limits
