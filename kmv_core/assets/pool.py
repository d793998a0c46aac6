"""A loan tape: checks, statistics, concentration and stratification tables.

A tape is a DataFrame, one row a loan, columns named as the EBA's NPL templates name them (`TAPE_FIELDS`, described in
the terms). Amounts are in one money unit, rates are decimals, dates are datetime64. Rows are named by index label.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kmv_core.vocabulary.checks import Floats, nearest, number_problem, outside
from kmv_core.vocabulary.errors import KmvError, Problem, problem, raise_errors
from kmv_core.vocabulary.terms import TERMS

if TYPE_CHECKING:
    import pandas as pd

IDENTIFIERS = ("contract_identifier", "counterparty_identifier")
NUMBERS = (
    "total_balance",
    "principal_balance",
    "accrued_interest_balance_on_book",
    "other_balances",
    "origination_amount",
    "credit_line",
    "collateral_value",
    "current_interest_rate",
    "days_in_pastdue",
    "age",
)
DATES = ("date_of_origination", "date_of_default", "current_maturity_date")
CATEGORIES = (
    "loan_classification",
    "asset_class",
    "product_type",
    "loan_currency",
    "region",
    "occupation",
    "security",
    "city_of_collateral",
)
TAPE_FIELDS = (*IDENTIFIERS, *NUMBERS, *DATES, *CATEGORIES)
BALANCE = "total_balance"
BLANK = ("(blank)", "（空）")
ROWS_NAMED = 5


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


def check_tape(tape: pd.DataFrame, *, balance: str = BALANCE) -> list[Problem]:
    """What is wrong with a tape, naming rows by index label; empty for a sound one.

    E201 a needed column is missing (`contract_identifier` and the balance); E261 no loan, W262 one loan; E260 ids that
    occur twice; E216 a blank id or balance; E212, E235 a column of another kind; E220, E226 a value outside the
    field's domain, such as a negative balance; E234 a loan that defaulted or falls due before it was made. Blank cells
    of other columns pass: every statistic tells how many loans it rests on.

    >>> import pandas as pd
    >>> loans = pd.DataFrame({"contract_identifier": ["A", "B", "A"], "total_balance": [10.0, -1.0, 5.0]})
    >>> for each in check_tape(loans):
    ...     print(each.code, each.where, each.en)
    E260 rows 0, 2 2 loans share their id with another: A
    E226 row 1 total_balance (total balance of the loan, deal money unit) must be at least 0; got -1
    """
    found = [
        problem(
            "E201",
            what="column",
            what_zh="列",
            name=name,
            present=", ".join(map(str, tape.columns)) or "-",
            nearest=nearest(name, map(str, tape.columns)),
            field=(name,),
        )
        for name in dict.fromkeys(("contract_identifier", balance))
        if name not in tape.columns
    ]
    if not len(tape):
        return [*found, problem("E261")]
    if len(tape) == 1:
        found.append(problem("W262"))
    found += _identifier_problems(tape)
    for name in NUMBERS:
        if name in tape.columns:
            found += _number_problems(tape, name, needed=name == balance)
    return [*found, *_date_problems(tape)]


def rows_named(labels: Sequence[Any] | pd.Index | NDArray[Any]) -> str:
    """The first rows and how many there are, to stand beside a problem.

    >>> rows_named([4]), rows_named([4, 9]), rows_named(range(2, 40))
    ('row 4', 'rows 4, 9', 'rows 2, 3, 4, 5, 6, ... (38 rows)')
    """
    first = ", ".join(str(each) for each in labels[:ROWS_NAMED])
    if len(labels) > ROWS_NAMED:
        return f"rows {first}, ... ({len(labels):,} rows)"
    return f"row {first}" if len(labels) == 1 else f"rows {first}"


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
    weights = _balances(tape, balance)
    total = float(weights.sum())
    by = by or ("counterparty_identifier" if "counterparty_identifier" in tape.columns else "contract_identifier")
    owed = np.sort(_owed_by(tape, weights, by))[::-1]
    owed = owed[owed > 0.0]
    hhi = float(np.sum((owed / total) ** 2))
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
        top_1=float(owed[0] / total),
        top_10=min(float(owed[:10].sum() / total), 1.0),
        hhi=hhi,
        effective_number=1.0 / hhi,
    )


def pool_strata(
    tape: pd.DataFrame, field: str, bands: Sequence[Any] | None = None, *, balance: str = BALANCE
) -> PoolStrata:
    """The stratification table of one field, by bands or by category; every loan is in exactly one stratum.

    With `bands` (limits, ascending; numbers, or dates for a date column) the strata are below the first, [a, b) between
    two, and from the last on, in this order, empty ones included. Without, one stratum a value, largest balance first.
    Loans without a value come last, as (blank).

    Raises KmvError as pool_statistics, and E201 for a missing `field`, E216 a number or date without bands, E217 bands
    that are empty or do not ascend, E212 or E235 a column the bands do not fit.

    >>> import pandas as pd
    >>> loans = pd.DataFrame({"total_balance": [50.0, 30.0, 20.0], "days_in_pastdue": [100, 200, 400]})
    >>> found = pool_strata(loans, "days_in_pastdue", [90, 180, 360])
    >>> found.labels, found.share.tolist()
    (('< 90', '[90, 180)', '[180, 360)', '>= 360'), [0.0, 0.5, 0.3, 0.2])
    """
    weights = _balances(tape, balance)
    codes, labels = _codes(_column(tape, field), field, bands)
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
        share=owed / weights.sum(),
        average=np.divide(owed, count, out=np.full(len(owed), np.nan), where=count > 0),
    )


def _column(tape: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name not in tape.columns:
        present = [str(each) for each in tape.columns]
        raise KmvError(
            problem(
                "E201",
                what="column",
                what_zh="列",
                name=name,
                present=", ".join(present) or "-",
                nearest=nearest(name, present),
            )
        )
    return tape[name]


def _balances(tape: pd.DataFrame, balance: str) -> Floats:
    column = _column(tape, balance)
    if not len(column):
        raise KmvError(problem("E261"))
    raise_errors(_number_problems(tape, balance, needed=True))
    weights: Floats = column.to_numpy(dtype=np.float64)
    if not weights.sum() > 0.0:
        names = _names(balance)
        raise KmvError(
            problem("E226", **names, domain="above 0 in total", domain_zh="合计大于 0", found="0", remedy="")
        )
    return weights


def _names(name: str) -> dict[str, str]:
    return {"name": name, "name_zh": TERMS[name].zh if name in TERMS else name}


def _owed_by(tape: pd.DataFrame, weights: Floats, by: str) -> Floats:
    import pandas as pd

    if by == "contract_identifier":
        return weights
    codes, unique = pd.factorize(_column(tape, by))
    known = codes >= 0
    owed: Floats = np.bincount(codes[known], weights=weights[known], minlength=len(unique))
    return np.concatenate([owed, weights[~known]])


def _weighted_average(tape: pd.DataFrame, name: str, weights: Floats) -> WeightedAverage:
    raise_errors(_kind_problems(tape, name))
    values = tape[name].to_numpy(dtype=np.float64, na_value=np.nan)
    known = ~np.isnan(values)
    owed = weights if known.all() else np.where(known, weights, 0.0)
    total = float(owed.sum())
    value = float(np.dot(owed, np.where(known, values, 0.0))) / total if total > 0.0 else float("nan")
    return WeightedAverage(field=name, value=value, loans=int(known.sum()), balance=total)


def _codes(column: pd.Series[Any], field: str, bands: Sequence[Any] | None) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """The stratum of every loan and the labels; the last label is that of the blank ones."""
    import pandas as pd

    blank = " ".join(BLANK)
    numeric, dated = pd.api.types.is_numeric_dtype(column.dtype), pd.api.types.is_datetime64_any_dtype(column.dtype)
    if bands is None:
        if numeric or dated:
            raise KmvError(problem("E216", name="bands", name_zh=TERMS["bands"].zh))
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes, names = column.cat.codes.to_numpy().astype(np.intp), column.cat.categories
        else:
            found, names = pd.factorize(column)
            codes = found.astype(np.intp)
        codes[codes < 0] = len(names)
        return codes, (*(str(each) for each in names), blank)
    if not (numeric or dated):
        raise KmvError(problem("E212", **_names(field), found=str(column.dtype)))
    values: NDArray[Any]
    limits: NDArray[Any]
    try:
        if dated:
            values = column.to_numpy(dtype="datetime64[s]")
            limits = pd.to_datetime(list(bands)).to_numpy(dtype="datetime64[s]")
        else:
            values = column.to_numpy(dtype=np.float64, na_value=np.nan)
            limits = np.asarray(bands, dtype=np.float64)
    except (TypeError, ValueError):
        raise KmvError(problem("E217", **_names("bands"), found=repr(bands))) from None
    if limits.ndim != 1 or not len(limits) or not (np.diff(limits) > np.zeros(1, np.diff(limits).dtype)).all():
        raise KmvError(problem("E217", **_names("bands"), found=repr(bands)))
    words = [str(each.astype("datetime64[D]")) if dated else f"{each:,.12g}" for each in limits]
    between = [f"[{low}, {high})" for low, high in pairwise(words)]
    codes = np.searchsorted(limits, values, side="right")
    codes[pd.isna(values)] = len(limits) + 1
    return codes, (f"< {words[0]}", *between, f">= {words[-1]}", blank)


def _identifier_problems(tape: pd.DataFrame) -> Iterator[Problem]:
    name = "contract_identifier"
    if name not in tape.columns:
        return
    ids = tape[name]
    blank = ids.isna().to_numpy()
    if blank.any():
        yield problem("E216", where=rows_named(tape.index[blank]), field=(name,), **_names(name))
    if ids.is_unique:
        return
    twice = ids.duplicated(keep=False).to_numpy() & ~blank
    if twice.any():
        shared = ids[twice].drop_duplicates()
        words = ", ".join(str(each) for each in shared.iloc[:ROWS_NAMED])
        words += f", ... ({len(shared):,})" if len(shared) > ROWS_NAMED else ""
        where = rows_named(tape.index[twice])
        yield problem("E260", where=where, field=(name,), count=f"{int(twice.sum()):,}", found=words)


def _kind_problems(tape: pd.DataFrame, name: str) -> Iterator[Problem]:
    import pandas as pd

    column = tape[name]
    if pd.api.types.is_bool_dtype(column.dtype) or not pd.api.types.is_numeric_dtype(column.dtype):
        strange = pd.to_numeric(column.astype(object), errors="coerce").isna().to_numpy() & column.notna().to_numpy()
        rows = np.flatnonzero(strange) if strange.any() else np.flatnonzero(column.notna().to_numpy())
        if rows.size:
            found = repr(column.iloc[int(rows[0])])
            yield problem("E212", where=rows_named(tape.index[rows]), field=(name,), **_names(name), found=found)


def _number_problems(tape: pd.DataFrame, name: str, *, needed: bool) -> list[Problem]:
    found = list(_kind_problems(tape, name))
    if found:
        return found
    values = tape[name].to_numpy(dtype=np.float64, na_value=np.nan)
    blank = np.isnan(values)
    if needed and blank.any():
        found.append(problem("E216", where=rows_named(tape.index[blank]), field=(name,), **_names(name)))
    # A balance may be a column of the user's own
    term = name if name in TERMS else BALANCE
    wrong = outside(values, TERMS[term].domain) & ~blank
    if wrong.any():
        first = float(values[int(np.argmax(wrong))])
        bad = number_problem(term, first, where=rows_named(tape.index[wrong]), field=(name,))
        if bad is not None:
            found.append(bad)
    return found


def _date_problems(tape: pd.DataFrame) -> Iterator[Problem]:
    import pandas as pd

    dates = {}
    for name in DATES:
        if name not in tape.columns:
            continue
        column = tape[name]
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            dates[name] = column.to_numpy(dtype="datetime64[s]")
        elif column.notna().any():
            first = column[column.notna()]
            where = rows_named(first.index)
            yield problem("E235", where=where, field=(name,), **_names(name), found=repr(first.iloc[0]))
    start = dates.get("date_of_origination")
    for name in ("date_of_default", "current_maturity_date"):
        if start is None or name not in dates:
            continue
        wrong = dates[name] < start
        if wrong.any():
            k = int(np.argmax(wrong))
            yield problem(
                "E234",
                where=rows_named(tape.index[wrong]),
                field=(name,),
                later_name=name,
                later_name_zh=TERMS[name].zh,
                later=dates[name][k].astype("datetime64[D]"),
                relation="on or after",
                relation_zh="不早于",
                earlier_name="date_of_origination",
                earlier_name_zh=TERMS["date_of_origination"].zh,
                earlier=start[k].astype("datetime64[D]"),
            )
