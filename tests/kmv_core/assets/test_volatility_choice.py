"""The fallback takes the first step the data allow, says why it passed the others, and hides no bad data."""

from __future__ import annotations

import math

import pytest

from kmv_core.assets.volatility_choice import GAP_FACTOR, choose_volatility, user_volatility, volatility_table
from kmv_core.assets.volatility_record import agency_gap_volatility, outturn_volatility
from kmv_core.assets.volatility_series import mle_volatility
from kmv_core.vocabulary.errors import KmvError

OUTTURNS = {
    "actual": [11, 12, 9, 10, 13, 14],
    "forecast": [10] * 6,
    "outturn_types": ["mortgage"] * 3 + ["corporate_loan"] * 3,
}
PAIRS = {
    "forecast_a": [10, 11, 12, 13],
    "forecast_b": [11, 10, 13, 12],
    "gap_types": ["mortgage"] * 3 + ["credit_card"],
}


def test_type_first():
    found = choose_volatility(asset_type="mortgage", total_volatility=0.3, **OUTTURNS, **PAIRS)
    expected = outturn_volatility(
        actual=OUTTURNS["actual"],
        forecast=OUTTURNS["forecast"],
        asset_types=OUTTURNS["outturn_types"],
        asset_type="mortgage",
    )
    assert found.source == "type"
    assert found.estimate == expected
    assert [step.refusal for step in found.steps] == [None]


def test_then_the_pool():
    found = choose_volatility(asset_type="credit_card", total_volatility=0.3, **OUTTURNS, **PAIRS)
    assert found.source == "pooled"
    assert found.estimate.observations == 6
    assert "0 observations" in found.steps[0].en
    assert "0 个观测" in found.steps[0].zh
    assert found.steps[1].zh.endswith("采用")


def test_then_the_gap_of_the_type_times_the_factor():
    found = choose_volatility(asset_type="mortgage", total_volatility=0.3, **PAIRS)
    gap = agency_gap_volatility(forecast_a=[10, 11, 12], forecast_b=[11, 10, 13])
    assert found.source == "agency_gap"
    assert found.value == pytest.approx(math.sqrt(2) * gap.value, rel=1e-12)
    assert found.estimate.standard_error == pytest.approx(math.sqrt(2) * gap.standard_error, rel=1e-12)
    doubled = choose_volatility(asset_type="mortgage", gap_factor=2 * GAP_FACTOR, **PAIRS)
    assert doubled.value == pytest.approx(2 * found.value, rel=1e-12)


def test_the_gap_of_all_types_where_the_type_has_too_few_pairs():
    found = choose_volatility(asset_type="credit_card", gap_factor=1.0, **PAIRS)
    assert found.estimate.observations == 4


def test_then_the_user():
    found = choose_volatility(asset_type="mortgage", total_volatility=0.3)
    assert found.source == "user"
    assert found.value == 0.3
    assert found.estimate.standard_error is None
    assert [step.source for step in found.steps] == ["type", "pooled", "agency_gap", "user"]


def test_nothing_at_all_is_refused_with_every_reason():
    with pytest.raises(KmvError) as refused:
        choose_volatility(asset_type="mortgage")
    assert refused.value.code == "E282"
    assert refused.value.problems[0].en.count("observations") == 3
    assert "total_volatility" in refused.value.problems[0].zh


@pytest.mark.parametrize(
    ("given_", "code"),
    [
        ({**OUTTURNS, "actual": [1, 2, 3, 4, 5, -6]}, "E226"),
        ({**PAIRS, "forecast_a": [1, 2, 3, 0]}, "E226"),
        ({**PAIRS, "gap_types": ["mortgage"]}, "E217"),
        ({**PAIRS, "gap_factor": 0.0}, "E226"),
        ({"total_volatility": 12.0}, "E223"),
        ({"total_volatility": 0.0}, "E222"),
    ],
)
def test_bad_data_are_not_passed_over(given_, code):
    with pytest.raises(KmvError) as refused:
        choose_volatility(asset_type="mortgage", **given_)
    assert refused.value.code == code


def test_table():
    estimates = [mle_volatility(value_series=[1, 2, 3, 5]), user_volatility(total_volatility=0.2)]
    table, chinese = volatility_table(estimates=estimates), volatility_table(estimates=estimates, language="zh")
    assert list(table["name"]) == ["mle", "user"]
    assert list(table["value"]) == [estimates[0].value, 0.2]
    assert list(table["observations"]) == [3, 0]
    assert table["standard_error"].isna().tolist() == [False, True]
    assert chinese.loc[1, "method"] == "用户给定"
    assert list(volatility_table(estimates=[]).columns) == list(table.columns)
