"""Published weighted lives by asset type: the medians of the deals whose page prints both, and what stands beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kmv_core.evidence.deals import npl_deals
from kmv_core.vocabulary.errors import KmvError, problem

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "absbox.com.cn deal pages (data/npl_abs_deals.csv)"
_PAYMENTS = {"M": 12, "BM": 4, "Q": 4, "H": 2}
"""Payments a year; every two months is not among the rhythms of a deal, the nearest is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedLives:
    """Medians over the deals of one asset type that print the weighted lives of both tranches."""

    asset_type: str
    deals: int
    senior_life: float
    """Years from closing."""
    sub_life: float
    """Years from closing."""
    senior_low: float
    senior_high: float
    sub_low: float
    sub_high: float
    """Quartiles, years: how far single deals stray from the median."""
    sub_share: float
    """Of the issue."""
    forecast_multiple: float
    """The lower agency's gross forecast over the senior size."""
    senior_coupon: float
    """Decimal a year."""
    cutoff_lag: float
    """Years from cut-off to closing."""
    sub_years: float
    """Years from closing to the sub's expected maturity: until then collections are expected."""
    payments_per_year: int
    """The commonest."""
    source: str = SOURCE

    @property
    def of_a_deal(self) -> dict[str, Any]:
        """The figures a typical deal is made of: what kmv_core.risk.typical_curve takes."""
        return {
            "senior_life": self.senior_life,
            "sub_life": self.sub_life,
            "sub_share": self.sub_share,
            "forecast_multiple": self.forecast_multiple,
            "senior_coupon": self.senior_coupon,
            "cutoff_lag": self.cutoff_lag,
            "sub_years": self.sub_years,
            "payments_per_year": self.payments_per_year,
        }


def published_lives(*, asset_type: str) -> PublishedLives:
    """The medians of one asset type; a weighted life printed in another unit than years is left out, not converted.

    Raises KmvError E274 for a type of which the record holds no deal with both lives.

    >>> found = published_lives(asset_type="consumer_loan")
    >>> found.deals, found.senior_life, found.sub_life
    (7, 0.34, 1.54)
    """
    table = npl_deals().dropna(subset=["senior_wal_years_clean", "sub_wal_years_clean"])
    rows = table[table["asset_type_code"] == asset_type]
    if not len(rows):
        known = ", ".join(sorted(table["asset_type_code"].unique()))
        raise KmvError(problem("E274", found=asset_type, known=known))

    def middle(column: str, at: float = 0.5) -> float:
        return float(rows[column].quantile(at))

    return PublishedLives(
        asset_type=asset_type,
        deals=len(rows),
        senior_life=middle("senior_wal_years_clean"),
        sub_life=middle("sub_wal_years_clean"),
        senior_low=middle("senior_wal_years_clean", 0.25),
        senior_high=middle("senior_wal_years_clean", 0.75),
        sub_low=middle("sub_wal_years_clean", 0.25),
        sub_high=middle("sub_wal_years_clean", 0.75),
        sub_share=middle("sub_share_fraction"),
        forecast_multiple=middle("min_forecast_over_senior_multiple"),
        senior_coupon=middle("senior_coupon_pct") / 100.0,
        cutoff_lag=float(np.median(_years(rows, "cutoff_date", "closing_date"))),
        sub_years=float(np.median(_years(rows, "closing_date", "sub_expected_maturity"))),
        payments_per_year=_PAYMENTS[str(rows["pay_freq"].dropna().mode()[0])],
    )


def _years(rows: pd.DataFrame, first: str, second: str) -> pd.Series[float]:
    import pandas as pd

    days = (pd.to_datetime(rows[second]) - pd.to_datetime(rows[first])).dt.days
    years: pd.Series[float] = (days / 365.0).dropna()
    return years
