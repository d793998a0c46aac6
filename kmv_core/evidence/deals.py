"""The public record: Chinese NPL ABS deals, what they recovered, and when their notes were repaid.

Amounts in 10,000 CNY. What every column means, where it comes from and how far it can be trusted stands in
data/README.md. The record is censored and small; nothing here fills a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

ASSET_TYPES = {
    "信用卡": "credit_card",
    "住房按揭": "mortgage",
    "企业贷款": "corporate_loan",
    "消费贷款": "consumer_loan",
    "汽车贷款": "auto_loan",
}
"""The word on the page -> the word of the product; auto_loan occurs twice in the record and is no deal input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outturns:
    """Cumulative recovery of past deals against the forecast by the same date; one row a deal."""

    codes: tuple[str, ...]
    asset_types: tuple[str, ...]
    actual: Floats
    """10,000 CNY."""
    forecast: Floats
    """10,000 CNY."""
    against_last_forecast: NDArray[np.bool_]
    """The forecast is the agency's last one before, not that of closing: nearer to the outturn than a fair test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastPairs:
    """Two agencies' forecasts of the total recovery of past deals; one row a deal."""

    codes: tuple[str, ...]
    asset_types: tuple[str, ...]
    forecast_a: Floats
    """10,000 CNY."""
    forecast_b: Floats
    """10,000 CNY."""


def npl_deals() -> pd.DataFrame:
    """176 deals, one row each, as transcribed, and `asset_type_code`; a fresh copy at every call.

    >>> len(npl_deals())
    176
    """
    return _with_type(_table("npl_abs_deals.csv"))


def recovery_points() -> pd.DataFrame:
    """Dated recovery figures of single deals, and `asset_type_code`; `measure` says which are lower bounds.

    >>> int(recovery_points()["measure"].str.startswith("LOWER BOUND").sum())
    10
    """
    return _with_type(_table("recovery_series.csv"))


def repayment_dates() -> pd.DataFrame:
    """Eight tranches with a dated last payment, and how many years late against the date expected at issue.

    >>> int((repayment_dates()["years_late_computed"] > 0).sum())
    1
    """
    return _table("npl_tranche_repayment_dates.csv").copy()


def outturns(*, asset_type: str | None = None) -> Outturns:
    """Deals whose tracking report prints a cumulative recovery and the forecast by the same date; of one type if given.

    An asset type without any such deal gives empty arrays. Source: data/npl_abs_deals.csv, columns realised_*.

    >>> found = outturns(asset_type="corporate_loan")
    >>> (found.actual / found.forecast).round(3).tolist()
    [1.69, 1.523, 1.466]
    """
    done, expected = "realised_cum_recovery_10k_cny", "realised_forecast_same_period_10k_cny"
    rows = _rows_with(done, expected, asset_type)
    return Outturns(
        codes=tuple(rows["code"]),
        asset_types=tuple(rows["asset_type_code"]),
        actual=_amounts(rows, done),
        forecast=_amounts(rows, expected),
        against_last_forecast=rows["agency_text_notes"].fillna("").str.contains("vs last").to_numpy(dtype=np.bool_),
    )


def forecast_pairs(*, asset_type: str | None = None) -> ForecastPairs:
    """Deals with the base-case forecasts of two agencies, misprints included; of one asset type if given.

    Source: data/npl_abs_deals.csv, columns forecast_A/B_10k_cny. 24ZYZC08 is printed with a slipped decimal and kept as
    printed: the estimator's own rule leaves it out.

    >>> len(forecast_pairs().codes), len(forecast_pairs(asset_type="consumer_loan").codes)
    (175, 13)
    """
    first, second = "forecast_A_10k_cny", "forecast_B_10k_cny"
    rows = _rows_with(first, second, asset_type)
    return ForecastPairs(
        codes=tuple(rows["code"]),
        asset_types=tuple(rows["asset_type_code"]),
        forecast_a=_amounts(rows, first),
        forecast_b=_amounts(rows, second),
    )


@cache
def _table(name: str) -> pd.DataFrame:
    import pandas as pd

    with (resources.files(__package__) / "data" / name).open(encoding="utf-8-sig") as text:
        return pd.read_csv(text)


def _with_type(table: pd.DataFrame) -> pd.DataFrame:
    """A copy with the product's word for the asset type; a type assumed by the transcriber counts."""
    words = table["asset_type"].str.replace("(assumed)", "", regex=False)
    return table.assign(asset_type_code=words.map(ASSET_TYPES))


def _rows_with(first: str, second: str, asset_type: str | None) -> pd.DataFrame:
    """The deals that have both figures; of one type if given."""
    rows = npl_deals().dropna(subset=[first, second])
    return rows if asset_type is None else rows[rows["asset_type_code"] == asset_type]


def _amounts(rows: pd.DataFrame, column: str) -> Floats:
    return rows[column].to_numpy(dtype=np.float64, copy=True)
