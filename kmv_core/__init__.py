"""Distance to default and default probability of securitisation tranches (the KMV model adapted to ABS).

Numbers in, numbers out. Conventions: amounts in one money unit of the deal; rates, volatilities and
probabilities as decimals; times in years ACT/365.

A name is loaded when it is first asked for: a cell that wants a closed form does not wait for the deal engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kmv_core.assets.chain_ladder import ChainLadder, TriangleVolatility, chain_ladder, triangle_volatility
    from kmv_core.assets.concentration import Concentration, concentration, granular_volatility
    from kmv_core.assets.licence import LicenceCash, LicenceContract, check_licences, licence_cash
    from kmv_core.assets.licence_total import (
        LicenceDefault,
        LicenceDistribution,
        licence_distribution,
        licence_probability_of_default,
    )
    from kmv_core.assets.normality import Normality, normality
    from kmv_core.assets.pool import PoolStatistics, WeightedAverage, pool_statistics
    from kmv_core.assets.recovery import Recovery
    from kmv_core.assets.recovery_sources import RecoveryVector, monthly_decay_vector, vector_from_triangle
    from kmv_core.assets.strata import PoolStrata, pool_strata
    from kmv_core.assets.tape import check_tape
    from kmv_core.assets.volatility import VolatilityEstimate
    from kmv_core.assets.volatility_choice import ChosenVolatility, choose_volatility, user_volatility, volatility_table
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
    from kmv_core.deal.support import capped_probability_of_default, supported_probability_of_default
    from kmv_core.risk.accumulated import accumulated_repayment
    from kmv_core.risk.assess import Assessment, assess
    from kmv_core.risk.break_even_factor import break_even_factor
    from kmv_core.risk.lives import Lives, lives_of
    from kmv_core.risk.preset import PresetConditions, preset_conditions
    from kmv_core.risk.referees import Referees, referees
    from kmv_core.risk.sensitivity import sensitivity
    from kmv_core.risk.simulate import Simulation, simulate
    from kmv_core.risk.sizing import safe_sizes
    from kmv_core.risk.summary import TrancheSummary, tranche_summaries
    from kmv_core.risk.timing import calibrate_timing
    from kmv_core.risk.typical_curve import typical_curve
    from kmv_core.structural.band import ProbabilityBand, probability_band
    from kmv_core.structural.bivariate import bivariate_normal
    from kmv_core.structural.calibration import CalibratedAssets, calibrate_assets
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
    from kmv_core.structural.series import calibrate_series
    from kmv_core.vocabulary.errors import KmvError, Problem

__version__ = "0.1.0"

_HOMES = {
    "AgencyGap": "assets.volatility_record",
    "Appetite": "deal.deal",
    "Assessment": "risk.assess",
    "CalibratedAssets": "structural.calibration",
    "ChainLadder": "assets.chain_ladder",
    "ChosenVolatility": "assets.volatility_choice",
    "Concentration": "assets.concentration",
    "Deal": "deal.deal",
    "Derivatives": "structural.derivatives",
    "EdfTable": "structural.edf",
    "Fee": "deal.deal",
    "Implied": "structural.implied",
    "KmvError": "vocabulary.errors",
    "LicenceCash": "assets.licence",
    "LicenceContract": "assets.licence",
    "LicenceDefault": "assets.licence_total",
    "LicenceDistribution": "assets.licence_total",
    "Lives": "risk.lives",
    "Model": "deal.deal",
    "Normality": "assets.normality",
    "OutturnVolatility": "assets.volatility_record",
    "Pool": "deal.deal",
    "PoolStatistics": "assets.pool",
    "PoolStrata": "assets.strata",
    "PresetConditions": "risk.preset",
    "ProbabilityBand": "structural.band",
    "Problem": "vocabulary.errors",
    "Recovery": "assets.recovery",
    "RecoveryVector": "assets.recovery_sources",
    "Referees": "risk.referees",
    "Reserve": "deal.deal",
    "RootStatus": "structural.implied",
    "SeriesVolatility": "assets.volatility_series",
    "ShockSet": "deal.deal",
    "Simulation": "risk.simulate",
    "Tranche": "deal.deal",
    "TrancheSummary": "risk.summary",
    "TriangleVolatility": "assets.chain_ladder",
    "VolatilityEstimate": "assets.volatility",
    "WeightedAverage": "assets.pool",
    "accumulated_repayment": "risk.accumulated",
    "agency_gap_volatility": "assets.volatility_record",
    "assess": "risk.assess",
    "bivariate_normal": "structural.bivariate",
    "break_even_factor": "risk.break_even_factor",
    "calibrate_assets": "structural.calibration",
    "calibrate_series": "structural.series",
    "calibrate_timing": "risk.timing",
    "capped_probability_of_default": "deal.support",
    "chain_ladder": "assets.chain_ladder",
    "check_licences": "assets.licence",
    "check_tape": "assets.tape",
    "choose_volatility": "assets.volatility_choice",
    "concentration": "assets.concentration",
    "distance_to_default": "structural.merton",
    "edf_table": "structural.edf",
    "ewma_volatility": "assets.volatility_series",
    "expected_default_frequency": "structural.edf",
    "expected_loss": "structural.merton",
    "first_passage_probability": "structural.first_passage",
    "granular_volatility": "assets.concentration",
    "implied": "structural.implied",
    "licence_cash": "assets.licence",
    "licence_distribution": "assets.licence_total",
    "licence_probability_of_default": "assets.licence_total",
    "lives_of": "risk.lives",
    "log_first_passage_probability": "structural.first_passage",
    "log_probability_derivatives": "structural.derivatives",
    "log_probability_of_default": "structural.merton",
    "loss_given_default": "structural.merton",
    "mle_volatility": "assets.volatility_series",
    "monthly_decay_vector": "assets.recovery_sources",
    "normality": "assets.normality",
    "outturn_volatility": "assets.volatility_record",
    "pool_statistics": "assets.pool",
    "pool_strata": "assets.strata",
    "preset_conditions": "risk.preset",
    "probability_band": "structural.band",
    "probability_derivatives": "structural.derivatives",
    "probability_of_default": "structural.merton",
    "referees": "risk.referees",
    "safe_sizes": "risk.sizing",
    "sensitivity": "risk.sensitivity",
    "simulate": "risk.simulate",
    "supported_probability_of_default": "deal.support",
    "thesis_cumulative_volatility": "assets.volatility_series",
    "thesis_periodic_volatility": "assets.volatility_series",
    "tranche_summaries": "risk.summary",
    "triangle_volatility": "assets.chain_ladder",
    "typical_curve": "risk.typical_curve",
    "user_volatility": "assets.volatility_choice",
    "vector_from_triangle": "assets.recovery_sources",
    "volatility_table": "assets.volatility_choice",
}

__all__ = [
    "AgencyGap",
    "Appetite",
    "Assessment",
    "CalibratedAssets",
    "ChainLadder",
    "ChosenVolatility",
    "Concentration",
    "Deal",
    "Derivatives",
    "EdfTable",
    "Fee",
    "Implied",
    "KmvError",
    "LicenceCash",
    "LicenceContract",
    "LicenceDefault",
    "LicenceDistribution",
    "Lives",
    "Model",
    "Normality",
    "OutturnVolatility",
    "Pool",
    "PoolStatistics",
    "PoolStrata",
    "PresetConditions",
    "ProbabilityBand",
    "Problem",
    "Recovery",
    "RecoveryVector",
    "Referees",
    "Reserve",
    "RootStatus",
    "SeriesVolatility",
    "ShockSet",
    "Simulation",
    "Tranche",
    "TrancheSummary",
    "TriangleVolatility",
    "VolatilityEstimate",
    "WeightedAverage",
    "accumulated_repayment",
    "agency_gap_volatility",
    "assess",
    "bivariate_normal",
    "break_even_factor",
    "calibrate_assets",
    "calibrate_series",
    "calibrate_timing",
    "capped_probability_of_default",
    "chain_ladder",
    "check_licences",
    "check_tape",
    "choose_volatility",
    "concentration",
    "distance_to_default",
    "edf_table",
    "ewma_volatility",
    "expected_default_frequency",
    "expected_loss",
    "first_passage_probability",
    "granular_volatility",
    "implied",
    "licence_cash",
    "licence_distribution",
    "licence_probability_of_default",
    "lives_of",
    "log_first_passage_probability",
    "log_probability_derivatives",
    "log_probability_of_default",
    "loss_given_default",
    "mle_volatility",
    "monthly_decay_vector",
    "normality",
    "outturn_volatility",
    "pool_statistics",
    "pool_strata",
    "preset_conditions",
    "probability_band",
    "probability_derivatives",
    "probability_of_default",
    "referees",
    "safe_sizes",
    "sensitivity",
    "simulate",
    "supported_probability_of_default",
    "thesis_cumulative_volatility",
    "thesis_periodic_volatility",
    "tranche_summaries",
    "triangle_volatility",
    "typical_curve",
    "user_volatility",
    "vector_from_triangle",
    "volatility_table",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"kmv_core.{home}"), name)
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
