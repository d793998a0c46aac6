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
from kmv_core.structural.band import ProbabilityBand, probability_band
from kmv_core.structural.derivatives import Derivatives, log_probability_derivatives, probability_derivatives
from kmv_core.structural.edf import EdfTable, edf_table, expected_default_frequency
from kmv_core.structural.first_passage import first_passage_probability, log_first_passage_probability
from kmv_core.structural.implied import Implied, RootStatus, implied
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
    "Appetite",
    "Assessment",
    "Deal",
    "Derivatives",
    "EdfTable",
    "Fee",
    "Implied",
    "KmvError",
    "Model",
    "Pool",
    "ProbabilityBand",
    "Problem",
    "Recovery",
    "Reserve",
    "RootStatus",
    "ShockSet",
    "Tranche",
    "assess",
    "calibrate_timing",
    "distance_to_default",
    "edf_table",
    "expected_default_frequency",
    "expected_loss",
    "first_passage_probability",
    "implied",
    "log_first_passage_probability",
    "log_probability_derivatives",
    "log_probability_of_default",
    "loss_given_default",
    "probability_band",
    "probability_derivatives",
    "probability_of_default",
    "safe_sizes",
    "sensitivity",
]
