"""Distance to default and default probability of securitisation tranches (the KMV model adapted to ABS).

Numbers in, numbers out. Conventions: amounts in one money unit of the deal; rates, volatilities and
probabilities as decimals; times in years ACT/365.
"""

from kmv_core.assets.chain_ladder import ChainLadder, TriangleVolatility, chain_ladder, triangle_volatility
from kmv_core.assets.normality import Normality, normality
from kmv_core.assets.recovery import Recovery
from kmv_core.assets.volatility import VolatilityEstimate
from kmv_core.assets.volatility_choice import (
    ChosenVolatility,
    choose_volatility,
    user_volatility,
    volatility_table,
)
from kmv_core.assets.volatility_record import (
    AgencyGap,
    OutturnVolatility,
    agency_gap_volatility,
    outturn_volatility,
)
from kmv_core.assets.volatility_series import (
    SeriesVolatility,
    ewma_volatility,
    mle_volatility,
    thesis_cumulative_volatility,
    thesis_periodic_volatility,
)
from kmv_core.deal.deal import Appetite, Deal, Fee, Model, Pool, Reserve, ShockSet, Tranche
from kmv_core.risk.assess import Assessment, assess
from kmv_core.risk.sensitivity import sensitivity
from kmv_core.risk.sizing import safe_sizes
from kmv_core.risk.timing import calibrate_timing
from kmv_core.structural.merton import (
    distance_to_default,
    expected_loss,
    log_probability_of_default,
    loss_given_default,
    probability_of_default,
)
from kmv_core.vocabulary.errors import KmvError, Problem

__version__ = "0.1.0"

__all__ = [
    "AgencyGap",
    "Appetite",
    "Assessment",
    "ChainLadder",
    "ChosenVolatility",
    "Deal",
    "Fee",
    "KmvError",
    "Model",
    "Normality",
    "OutturnVolatility",
    "Pool",
    "Problem",
    "Recovery",
    "Reserve",
    "SeriesVolatility",
    "ShockSet",
    "Tranche",
    "TriangleVolatility",
    "VolatilityEstimate",
    "agency_gap_volatility",
    "assess",
    "calibrate_timing",
    "chain_ladder",
    "choose_volatility",
    "distance_to_default",
    "ewma_volatility",
    "expected_loss",
    "log_probability_of_default",
    "loss_given_default",
    "mle_volatility",
    "normality",
    "outturn_volatility",
    "probability_of_default",
    "safe_sizes",
    "sensitivity",
    "thesis_cumulative_volatility",
    "thesis_periodic_volatility",
    "triangle_volatility",
    "user_volatility",
    "volatility_table",
]
