"""A loan tape as a table, and what is wrong with it.

A tape is a DataFrame, one row a loan, columns named as the EBA's NPL templates name them (`TAPE_FIELDS`, described in
the terms). Amounts are in one money unit, rates are decimals, dates are datetime64. Rows are named by index label.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
ROWS_NAMED = 5


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
        _missing(tape, name) for name in dict.fromkeys(("contract_identifier", balance)) if name not in tape.columns
    ]
    if not len(tape):
        return [*found, problem("E261")]
    if len(tape) == 1:
        found.append(problem("W262"))
    found += _identifier_problems(tape)
    for name in dict.fromkeys((balance, *NUMBERS)):
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


def names_of(name: str) -> dict[str, Any]:
    """The fields `name` and `name_zh` of a problem; a column of the user's own is called as it is."""
    return {"name": name, "name_zh": TERMS[name].zh if name in TERMS else name}


def column_of(tape: pd.DataFrame, name: str) -> pd.Series[Any]:
    """A column of the tape; raises KmvError E201 where it has none of that name."""
    if name not in tape.columns:
        raise KmvError(_missing(tape, name))
    return tape[name]


def balances_of(tape: pd.DataFrame, balance: str) -> Floats:
    """The balance of every loan, (loans,) in money, something owed in total.

    Raises KmvError: E201 a missing column; E261 no loan; E212, E216, E226 a balance that is no number, is blank or
    negative, with rows; E226 a pool that owes nothing.
    """
    column = column_of(tape, balance)
    if not len(column):
        raise KmvError(problem("E261"))
    raise_errors(_number_problems(tape, balance, needed=True))
    weights: Floats = column.to_numpy(dtype=np.float64)
    if not weights.sum() > 0.0:
        words: dict[str, Any] = {"domain": "above 0 in total", "domain_zh": "合计大于 0", "found": "0", "remedy": ""}
        raise KmvError(problem("E226", **names_of(balance), **words))
    return weights


def _missing(tape: pd.DataFrame, name: str) -> Problem:
    present = [str(each) for each in tape.columns]
    words: dict[str, Any] = {"name": name, "present": ", ".join(present) or "-", "nearest": nearest(name, present)}
    return problem("E201", field=(name,), what="column", what_zh="列", **words)


def _identifier_problems(tape: pd.DataFrame) -> Iterator[Problem]:
    name = "contract_identifier"
    if name not in tape.columns:
        return
    ids = tape[name]
    blank = ids.isna().to_numpy()
    if blank.any():
        yield problem("E216", where=rows_named(tape.index[blank]), field=(name,), **names_of(name))
    # Half the time of is_unique, which gathers the values.
    if not ids.duplicated().any():
        return
    twice = ids.duplicated(keep=False).to_numpy() & ~blank
    if twice.any():
        shared = ids[twice].drop_duplicates()
        words = ", ".join(str(each) for each in shared.iloc[:ROWS_NAMED])
        words += f", ... ({len(shared):,})" if len(shared) > ROWS_NAMED else ""
        where = rows_named(tape.index[twice])
        yield problem("E260", where=where, field=(name,), count=f"{int(twice.sum()):,}", found=words)


def kind_problems(tape: pd.DataFrame, name: str) -> Iterator[Problem]:
    """E212 where a column holds anything but numbers, naming the rows."""
    import pandas as pd

    column = tape[name]
    if pd.api.types.is_bool_dtype(column.dtype) or not pd.api.types.is_numeric_dtype(column.dtype):
        strange = pd.to_numeric(column.astype(object), errors="coerce").isna().to_numpy() & column.notna().to_numpy()
        rows = np.flatnonzero(strange) if strange.any() else np.flatnonzero(column.notna().to_numpy())
        if rows.size:
            found = repr(column.iloc[int(rows[0])])
            yield problem("E212", where=rows_named(tape.index[rows]), field=(name,), **names_of(name), found=found)


def _number_problems(tape: pd.DataFrame, name: str, *, needed: bool) -> list[Problem]:
    found = list(kind_problems(tape, name))
    if found:
        return found
    values = tape[name].to_numpy(dtype=np.float64, na_value=np.nan)
    blank = np.isnan(values)
    if needed and blank.any():
        found.append(problem("E216", where=rows_named(tape.index[blank]), field=(name,), **names_of(name)))
    # A balance may be a column of the user's own
    term = name if name in TERMS else BALANCE
    wrong = outside(values, TERMS[term].domain) & ~blank
    if wrong.any():
        first = float(values[int(np.argmax(wrong))])
        rows = rows_named(tape.index[wrong])
        bad = number_problem(term, first, where=rows if term == name else f"{name}, {rows}", field=(name,))
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
            yield problem("E235", where=where, field=(name,), **names_of(name), found=repr(first.iloc[0]))
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
