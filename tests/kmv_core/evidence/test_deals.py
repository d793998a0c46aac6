"""The public record as shipped: it is whole, its ratios agree with what the pages print, and it is a leaf."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import resources

import numpy as np
import pytest

from kmv_core.assets.volatility_choice import choose_volatility
from kmv_core.assets.volatility_record import agency_gap_volatility, outturn_volatility
from kmv_core.evidence import deals

GAPS = [
    ("credit_card", 0.085, 77),
    ("consumer_loan", 0.106, 13),
    ("mortgage", 0.100, 50),
    ("corporate_loan", 0.090, 32),
]
"""The project's own count on the rows shipped, to three decimals."""


def test_rows_of_every_file():
    assert len(deals.npl_deals()) == 176
    assert deals.npl_deals()["code"].is_unique
    assert len(deals.recovery_points()) == 20
    assert len(deals.repayment_dates()) == 8


def test_every_row_has_a_known_type_and_a_source():
    for table in (deals.npl_deals(), deals.recovery_points()):
        assert table["asset_type_code"].notna().all()
        assert table["source_url"].str.startswith("http").all()


def test_transcription_agrees_with_the_ratios_the_pages_print():
    table = deals.npl_deals()
    size = table["senior_size_10k_cny"] + table["sub_size_10k_cny"]
    pool = table["pool_balance_PIF_10k_cny"]
    pairs = [
        (table["sub_share_printed_pct"], table["sub_size_10k_cny"] / size),
        (table["forecast_rate_A_printed_pct"], table["forecast_A_10k_cny"] / pool),
        (table["forecast_rate_B_printed_pct"], table["forecast_B_10k_cny"] / pool),
    ]
    away = [(printed - 100 * computed).abs().dropna() for printed, computed in pairs]
    assert sum(len(each) for each in away) == 522
    assert max(each.max() for each in away) <= 5.01e-4  # half a unit of the last digit printed


@pytest.mark.parametrize(("asset_type", "gap", "pairs"), GAPS)
def test_agency_gaps_of_the_record(asset_type, gap, pairs):
    record = deals.forecast_pairs()
    found = agency_gap_volatility(
        forecast_a=record.forecast_a,
        forecast_b=record.forecast_b,
        asset_types=record.asset_types,
        asset_type=asset_type,
    )
    assert found.value == pytest.approx(gap, abs=5e-4)
    assert found.observations == pairs


def test_the_one_misprint_is_left_out_by_the_rule_and_no_sound_pair_comes_near_it():
    record = deals.forecast_pairs()
    found = agency_gap_volatility(forecast_a=record.forecast_a, forecast_b=record.forecast_b)
    assert [record.codes[row - 1] for row in found.excluded] == ["24ZYZC08"]
    factors = np.sort(np.exp(np.abs(np.log(record.forecast_a / record.forecast_b))))
    assert factors[-2] < 1.33
    assert factors[-1] > 10


def test_outturns_agree_with_the_dated_points_of_the_same_deals():
    record = deals.outturns()
    assert len(record.codes) == 7
    ratios = dict(zip(record.codes, record.actual / record.forecast, strict=True))
    points = deals.recovery_points().dropna(subset=["actual_over_forecast"])
    assert len(points) == 3
    for row in points.itertuples():
        assert ratios[row.deal_code] == pytest.approx(row.actual_over_forecast, abs=5e-5)
    last = {code for code, told in zip(record.codes, record.against_last_forecast, strict=True) if told}
    assert last == {"23GYZC08", "23PXGH05"}


def test_outturns_are_all_above_forecast_so_the_bias_is_kept_apart():
    record = deals.outturns()
    assert (record.actual > record.forecast).all()
    found = outturn_volatility(actual=record.actual, forecast=record.forecast, asset_types=record.asset_types)
    within = [np.log(each.actual / each.forecast) for each in map(_typed, ("mortgage", "corporate_loan"))]
    squares = sum(float(((y - y.mean()) ** 2).sum()) for y in within)
    assert found.value == pytest.approx(np.sqrt(squares / 5), rel=1e-12)
    assert found.forecast_bias > 0.3


def test_records_of_one_type():
    assert _typed("mortgage").codes == ("18JIANXIN02", "17JIANXIN01", "23GYZC08", "23PXGH05")
    assert _typed("credit_card").codes == ()
    assert set(deals.forecast_pairs(asset_type="auto_loan").asset_types) == {"auto_loan"}


def test_chain_on_the_record():
    outturns, pairs = deals.outturns(), deals.forecast_pairs()
    record = {
        "actual": outturns.actual,
        "forecast": outturns.forecast,
        "outturn_types": outturns.asset_types,
        "forecast_a": pairs.forecast_a,
        "forecast_b": pairs.forecast_b,
        "gap_types": pairs.asset_types,
    }
    assert choose_volatility(asset_type="mortgage", **record).source == "type"
    card = choose_volatility(asset_type="credit_card", **record)
    assert card.source == "pooled"
    assert card.value == pytest.approx(0.1467, abs=5e-5)  # regression


def test_tables_and_arrays_belong_to_the_caller():
    for table in (deals.npl_deals(), deals.recovery_points(), deals.repayment_dates()):
        del table[table.columns[0]]
    record = deals.outturns()
    record.actual[:] = 0
    assert deals.npl_deals().columns[0] == "code"
    assert deals.recovery_points().columns[0] == "deal_code"
    assert deals.repayment_dates().columns[0] == "bond_code"
    assert (deals.outturns().actual > 0).all()


def test_readme_names_every_column():
    text = (resources.files("kmv_core.evidence") / "data" / "README.md").read_text(encoding="utf-8")
    words = set(re.findall(r"\w+", text))
    for table in (deals.npl_deals(), deals.recovery_points(), deals.repayment_dates()):
        assert set(table.columns) <= words


def test_importing_the_core_loads_neither_pandas_nor_scipy_stats_nor_the_record():
    code = (
        "import sys, kmv_core; print([m for m in ('pandas', 'scipy.stats', 'kmv_core.evidence') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def _typed(asset_type: str) -> deals.Outturns:
    return deals.outturns(asset_type=asset_type)
