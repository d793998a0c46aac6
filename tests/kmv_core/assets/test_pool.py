"""Statistics, concentration and strata of a loan tape, against sums by hand and the laws they obey."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmv_core import check_tape, pool_statistics, pool_strata
from kmv_core.assets import pool as pool_module
from kmv_core.assets.concentration import concentration
from kmv_core.assets.pool import _codes_of_words
from kmv_core.vocabulary.errors import KmvError

LOANS = pd.DataFrame(
    {
        "contract_identifier": ["A", "B", "C", "D", "E"],
        "counterparty_identifier": ["x", "y", "x", None, None],
        "total_balance": [40.0, 30.0, 15.0, 10.0, 5.0],
        "current_interest_rate": [0.05, 0.10, np.nan, 0.20, 0.10],
        "days_in_pastdue": [100, 90, 400, 720, 30],
        "age": [25.0, 45.0, 30.0, np.nan, 70.0],
        "credit_line": [50_000.0, 20_000.0, 50_000.0, 10_000.0, 5_000.0],
        "loan_classification": ["次级", "可疑", "次级", "损失", None],
        "region": pd.Categorical(["北京", "上海", "北京", "上海", "广东"], categories=["上海", "北京", "广东", "四川"]),
        "occupation": ["教师", "司机", "教师", "教师", "司机"],
        "security": ["抵押", "信用", "信用", "信用", "信用"],
        "city_of_collateral": ["北京", None, None, None, None],
        "date_of_origination": pd.to_datetime(["2018-01-01", "2019-06-30", "2020-01-01", None, "2019-01-01"]),
    },
    index=pd.RangeIndex(2, 7),
)


def test_statistics():
    found = pool_statistics(LOANS)
    assert (found.loans, found.balance, found.average, found.median) == (5, 100.0, 20.0, 15.0)
    averages = {each.field: each for each in found.averages}
    assert list(averages) == ["credit_line", "current_interest_rate", "days_in_pastdue", "age"]
    rate = averages["current_interest_rate"]
    assert (rate.value, rate.loans, rate.balance) == (pytest.approx((2 + 3 + 2 + 0.5) / 85), 4, 85.0)
    assert averages["days_in_pastdue"].value == pytest.approx(40 + 27 + 60 + 72 + 1.5)
    # x owes 55 in two loans; a loan without a borrower is its own
    assert (found.by, found.obligors, found.top_1) == ("counterparty_identifier", 4, 0.55)
    assert found.hhi == pytest.approx(0.55**2 + 0.3**2 + 0.1**2 + 0.05**2)
    assert found.effective_number == pytest.approx(1 / found.hhi)


def test_concentration_by_loan_and_by_any_column():
    by_loan = pool_statistics(LOANS, by="contract_identifier")
    assert (by_loan.obligors, by_loan.top_1, by_loan.top_10) == (5, 0.4, 1.0)
    assert pool_statistics(LOANS.drop(columns="counterparty_identifier")).top_1 == 0.4
    assert pool_statistics(LOANS, by="region").top_1 == pytest.approx(0.55)


@given(st.lists(st.floats(0.01, 1e9), min_size=1, max_size=50))
def test_concentration_is_that_of_the_amounts(amounts):
    found, expected = pool_statistics(pd.DataFrame({"total_balance": amounts})), concentration(exposures=amounts)
    assert found.top_1 == pytest.approx(expected.top_1)
    assert found.top_10 == pytest.approx(expected.top_10)
    assert found.hhi == pytest.approx(expected.herfindahl)
    assert found.obligors == expected.count


def test_a_top_ten_of_equal_loans():
    found = pool_statistics(pd.DataFrame({"total_balance": [3.0] * 40}))
    assert (found.top_1, found.top_10) == (pytest.approx(1 / 40), pytest.approx(0.25))
    assert found.effective_number == pytest.approx(40)


BY_CATEGORY = {
    "loan_classification": (("次级", "可疑", "损失", "(blank) （空）"), [0.55, 0.30, 0.10, 0.05]),
    "region": (("北京", "上海", "广东"), [0.55, 0.40, 0.05]),
    "occupation": (("教师", "司机"), [0.65, 0.35]),
    "security": (("信用", "抵押"), [0.60, 0.40]),
    "city_of_collateral": (("北京", "(blank) （空）"), [0.40, 0.60]),
}
BY_BAND = {
    "days_in_pastdue": ([90, 360, 720], ("< 90", "[90, 360)", "[360, 720)", ">= 720"), [0.05, 0.70, 0.15, 0.10]),
    "total_balance": ([10, 30, 50], ("< 10", "[10, 30)", "[30, 50)", ">= 50"), [0.05, 0.25, 0.70, 0.0]),
    "age": ([30, 50], ("< 30", "[30, 50)", ">= 50", "(blank) （空）"), [0.40, 0.45, 0.05, 0.10]),
    "credit_line": ([10_000, 50_000], ("< 10,000", "[10,000, 50,000)", ">= 50,000"), [0.05, 0.40, 0.55]),
    "date_of_origination": (
        ["2019-01-01", "2020-01-01"],
        ("< 2019-01-01", "[2019-01-01, 2020-01-01)", ">= 2020-01-01", "(blank) （空）"),
        [0.40, 0.35, 0.15, 0.10],
    ),
}


@pytest.mark.parametrize("field", list(BY_CATEGORY))
def test_categories(field):
    labels, shares = BY_CATEGORY[field]
    found = pool_strata(LOANS, field)
    assert found.labels == labels
    assert found.share == pytest.approx(shares)
    assert found.balance == pytest.approx(np.array(shares) * 100)
    as_category = pool_strata(LOANS.astype({field: "category"}), field)
    assert (as_category.labels, as_category.loans.tolist()) == (labels, found.loans.tolist())


@pytest.mark.parametrize("field", list(BY_BAND))
def test_bands(field):
    bands, labels, shares = BY_BAND[field]
    found = pool_strata(LOANS, field, bands)
    assert found.labels == labels
    assert found.share == pytest.approx(shares)
    assert found.loans.sum() == 5
    assert np.isnan(found.average).tolist() == (found.loans == 0).tolist()
    assert found.table().index.name == field


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60), st.sets(st.integers(1, 99), min_size=1, max_size=8))
def test_every_loan_is_in_one_stratum(values, limits):
    loans = pd.DataFrame({"total_balance": np.arange(1.0, len(values) + 1), "age": values})
    found = pool_strata(loans, "age", sorted(limits))
    assert found.loans.sum() == len(values)
    assert found.share.sum() == pytest.approx(1)
    assert found.loans[0] == sum(each < min(limits) for each in values)


@pytest.mark.parametrize(
    ("field", "bands", "code"),
    [
        ("days_in_pastdue", None, "E216"),
        ("date_of_origination", None, "E216"),
        ("days_in_pastdue", [], "E217"),
        ("days_in_pastdue", [90, 90], "E217"),
        ("days_in_pastdue", [90, 30], "E217"),
        ("days_in_pastdue", [np.nan], "E217"),
        ("days_in_pastdue", [30, np.inf], "E217"),
        ("days_in_pastdue", ["many"], "E217"),
        ("days_in_pastdue", [[30], [90]], "E217"),
        ("date_of_origination", ["someday"], "E217"),
        ("date_of_origination", [2019, 2020], "E235"),
        ("region", [1, 2], "E212"),
        ("regoin", None, "E201"),
    ],
)
def test_refused_strata(field, bands, code):
    with pytest.raises(KmvError) as refused:
        pool_strata(LOANS, field, bands)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        ({"total_balance": [1.0, -2.0, 3.0, -4.0, 5.0]}, "E226", "rows 3, 5"),
        ({"total_balance": [1.0, np.nan, 3.0, 4.0, 5.0]}, "E216", "row 3"),
        ({"total_balance": [1, 2, "many", 4, 5]}, "E212", "row 4"),
        ({"total_balance": [True] * 5}, "E212", "rows 2, 3, 4, 5, 6"),
        ({"total_balance": [0.0] * 5}, "E226", "above 0 in total"),
        ({"current_interest_rate": ["5 %"] * 5}, "E212", "rows 2"),
    ],
)
def test_refused_statistics(change, code, told):
    with pytest.raises(KmvError) as refused:
        pool_statistics(LOANS.assign(**change))
    assert refused.value.code == code
    assert told in str(refused.value)


def test_a_missing_column_names_the_nearest():
    for work in (lambda: pool_statistics(LOANS, by="regoin"), lambda: pool_statistics(LOANS, balance="regoin")):
        with pytest.raises(KmvError, match=r"E201.*regoin.*nearest: region"):
            work()


def test_an_empty_pool_and_one_loan():
    for work in (pool_statistics, lambda tape: pool_strata(tape, "region")):
        with pytest.raises(KmvError, match="E261"):
            work(LOANS.iloc[:0])
    assert [each.code for each in check_tape(LOANS.iloc[:0])] == ["E261"]
    one = LOANS.iloc[:1]
    assert [each.code for each in check_tape(one)] == ["W262"]
    found = pool_statistics(one)
    assert (found.obligors, found.top_1, found.top_10, found.hhi, found.effective_number) == (1, 1, 1, 1, 1)


def test_a_sound_tape_has_no_problem():
    assert check_tape(LOANS) == []


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        ({"contract_identifier": ["A", "B", "A", "D", "B"]}, "E260", "[rows 2, 3, 4, 6] 4 loans"),
        ({"contract_identifier": ["A", None, "C", "D", "E"]}, "E216", "row 3"),
        ({"total_balance": [1.0, np.nan, 3.0, 4.0, 5.0]}, "E216", "row 3"),
        ({"total_balance": [1.0, -2.0, 3.0, 4.0, 5.0]}, "E226", "got -2"),
        ({"total_balance": [1.0, np.inf, 3.0, 4.0, 5.0]}, "E226", "row 3"),
        ({"current_interest_rate": [0.05, 7.2, 0.1, 0.1, 0.1]}, "E220", "enter 0.072"),
        ({"age": [25, 45, 200, 30, 30]}, "E226", "row 4"),
        ({"days_in_pastdue": [1, 2, 3, "many", 5]}, "E212", "row 5"),
        ({"date_of_default": ["2020-01-01"] * 5}, "E235", "rows 2"),
        ({"date_of_default": pd.to_datetime(["2017-01-01", *["2021-01-01"] * 4])}, "E234", "row 2"),
        ({"current_maturity_date": pd.to_datetime(["2017-01-01", *["2021-01-01"] * 4])}, "E234", "2018-01-01"),
    ],
)
def test_check(change, code, told):
    (found,) = check_tape(LOANS.assign(**change))
    assert found.code == code
    assert told in str(found)


def test_every_problem_at_once():
    wrong = LOANS.assign(contract_identifier=["A"] * 5, total_balance=[-1.0] * 5, age=999)
    assert [each.code for each in check_tape(wrong)] == ["E260", "E226", "E226"]
    bare = LOANS[["age"]]
    assert [(each.code, each.field) for each in check_tape(bare)] == [
        ("E201", ("contract_identifier",)),
        ("E201", ("total_balance",)),
    ]


def test_a_balance_of_the_users_own():
    own = LOANS.rename(columns={"total_balance": "claim"})
    assert check_tape(own, balance="claim") == []
    assert pool_statistics(own, balance="claim").balance == 100.0
    assert pool_strata(own, "claim", [20], balance="claim").share.tolist() == [pytest.approx(0.3), pytest.approx(0.7)]
    assert [each.code for each in check_tape(own.assign(claim=-1.0), balance="claim")] == ["E226"]


def test_one_obligor_of_many_loans_is_the_whole():
    balances = np.random.default_rng(0).lognormal(9, 1, 50_000)
    loans = pd.DataFrame({"total_balance": balances, "counterparty_identifier": "x", "region": "北京"})
    found = pool_statistics(loans)
    assert (found.obligors, found.top_1, found.top_10, found.hhi, found.effective_number) == (1, 1, 1, 1, 1)
    assert pool_strata(loans, "region").share.tolist() == [1.0]


@pytest.mark.parametrize("hashing", ["as it is", "all alike"])
def test_codes_of_words_are_those_of_pandas(monkeypatch, hashing):
    """Also where every hash is the same: the words themselves decide."""
    if hashing == "all alike":
        monkeypatch.setattr(pool_module, "hash", lambda word: 0, raising=False)
    words = np.array([f"户{i}" for i in np.random.default_rng(1).integers(0, 300, 2_000)], dtype=object)
    assert _codes_of_words(words).tolist() == pd.factorize(words)[0].tolist()
    words[5] = None
    assert _codes_of_words(words).tolist() == pd.factorize(words)[0].tolist()
