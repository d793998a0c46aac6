"""Distance to default and default probability of securitisation tranches (the KMV model adapted to ABS).

Numbers in, numbers out. Conventions: amounts in one money unit of the deal; rates, volatilities and
probabilities as decimals; times in years ACT/365.
"""

from kmv_core.assets.recovery import Recovery
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
from kmv_core.structural.series import calibrate_series
from kmv_core.vocabulary.errors import KmvError, Problem

__version__ = "0.1.0"

__all__ = [
    "Appetite",
    "Assessment",
    "Deal",
    "Fee",
    "KmvError",
    "Model",
    "Pool",
    "Problem",
    "Recovery",
    "Reserve",
    "ShockSet",
    "Tranche",
    "assess",
    "calibrate_series",
    "calibrate_timing",
    "distance_to_default",
    "expected_loss",
    "log_probability_of_default",
    "loss_given_default",
    "probability_of_default",
    "safe_sizes",
    "sensitivity",
]
