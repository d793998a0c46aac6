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
    from kmv_core.deal.deal import Appetite, Deal, Fee, Model, Pool, Reserve, ScenarioShock, ShockSet, Tranche
    from kmv_core.deal.support import capped_probability_of_default, supported_probability_of_default
    from kmv_core.methods.ahp import PairwiseWeights, pairwise_weights
    from kmv_core.methods.credit_metrics import (
        PortfolioValue,
        default_mode_losses,
        forward_values,
        joint_migration,
        migration_thresholds,
        portfolio_value,
    )
    from kmv_core.methods.credit_portfolio_view import (
        PortfolioView,
        fit_portfolio_view,
        shifted_transition,
        simulate_default_rates,
    )
    from kmv_core.methods.credit_risk_plus import credit_risk_plus
    from kmv_core.methods.irb import irb_correlation, irb_risk_weight, maturity_adjustment
    from kmv_core.methods.loss_distribution import LossDistribution
    from kmv_core.methods.obligors import Obligor, obligors_of
    from kmv_core.methods.register import RiskItem, RiskRegister, risk_register
    from kmv_core.methods.register_risks import RegisterQuestion, register_questions
    from kmv_core.methods.table import MethodTable, compare_methods, method_table
    from kmv_core.methods.vasicek import (
        conditional_default_rate,
        default_rate_deviation,
        default_rate_probability,
        expected_limited_loss,
        worst_case_default_rate,
    )
    from kmv_core.risk.accumulated import accumulated_repayment
    from kmv_core.risk.answers import Shock
    from kmv_core.risk.assess import Assessment, assess
    from kmv_core.risk.bootstrap import Bootstrap, bootstrap_probability
    from kmv_core.risk.break_even_factor import break_even_factor
    from kmv_core.risk.bridge import Bridge, bridge
    from kmv_core.risk.enhancement import EnhancementValue, enhancement_value
    from kmv_core.risk.factors import apply_shock
    from kmv_core.risk.grid import SensitivityGrid, sensitivity_grid
    from kmv_core.risk.lives import Lives, lives_of
    from kmv_core.risk.monitor import Monitoring, WarningLevels, monitor, period_deviations
    from kmv_core.risk.preset import PresetConditions, preset_conditions
    from kmv_core.risk.referees import Referees, referees
    from kmv_core.risk.reports import Report
    from kmv_core.risk.reverse import ReverseStress, reverse_stress
    from kmv_core.risk.scenarios import Scenario, scenario_tables, scenarios, scenarios_of
    from kmv_core.risk.sensitivity import sensitivity
    from kmv_core.risk.simulate import Simulation, simulate
    from kmv_core.risk.sizing import safe_sizes
    from kmv_core.risk.sizing_search import SafeBalance, safe_balance
    from kmv_core.risk.summary import TrancheSummary, tranche_summaries
    from kmv_core.risk.tie_out import TieOut, tie_out, tie_out_deal
    from kmv_core.risk.timing import calibrate_timing
    from kmv_core.risk.tornado import Tornado, spider, tornado
    from kmv_core.risk.typical_curve import typical_curve
    from kmv_core.risk.update import Outlook, outlook
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
    "Bootstrap": "risk.bootstrap",
    "Bridge": "risk.bridge",
    "CalibratedAssets": "structural.calibration",
    "ChainLadder": "assets.chain_ladder",
    "ChosenVolatility": "assets.volatility_choice",
    "Concentration": "assets.concentration",
    "Deal": "deal.deal",
    "Derivatives": "structural.derivatives",
    "EdfTable": "structural.edf",
    "EnhancementValue": "risk.enhancement",
    "Fee": "deal.deal",
    "Implied": "structural.implied",
    "KmvError": "vocabulary.errors",
    "LicenceCash": "assets.licence",
    "LicenceContract": "assets.licence",
    "LicenceDefault": "assets.licence_total",
    "LicenceDistribution": "assets.licence_total",
    "Lives": "risk.lives",
    "LossDistribution": "methods.loss_distribution",
    "MethodTable": "methods.table",
    "Model": "deal.deal",
    "Monitoring": "risk.monitor",
    "Normality": "assets.normality",
    "Obligor": "methods.obligors",
    "Outlook": "risk.update",
    "OutturnVolatility": "assets.volatility_record",
    "PairwiseWeights": "methods.ahp",
    "Pool": "deal.deal",
    "PoolStatistics": "assets.pool",
    "PoolStrata": "assets.strata",
    "PortfolioValue": "methods.credit_metrics",
    "PortfolioView": "methods.credit_portfolio_view",
    "PresetConditions": "risk.preset",
    "ProbabilityBand": "structural.band",
    "Problem": "vocabulary.errors",
    "Recovery": "assets.recovery",
    "RecoveryVector": "assets.recovery_sources",
    "Referees": "risk.referees",
    "RegisterQuestion": "methods.register_risks",
    "Report": "risk.reports",
    "Reserve": "deal.deal",
    "ReverseStress": "risk.reverse",
    "RiskItem": "methods.register",
    "RiskRegister": "methods.register",
    "RootStatus": "structural.implied",
    "SafeBalance": "risk.sizing_search",
    "Scenario": "risk.scenarios",
    "ScenarioShock": "deal.deal",
    "SensitivityGrid": "risk.grid",
    "SeriesVolatility": "assets.volatility_series",
    "Shock": "risk.answers",
    "ShockSet": "deal.deal",
    "Simulation": "risk.simulate",
    "TieOut": "risk.tie_out",
    "Tornado": "risk.tornado",
    "Tranche": "deal.deal",
    "TrancheSummary": "risk.summary",
    "TriangleVolatility": "assets.chain_ladder",
    "VolatilityEstimate": "assets.volatility",
    "WarningLevels": "risk.monitor",
    "WeightedAverage": "assets.pool",
    "accumulated_repayment": "risk.accumulated",
    "agency_gap_volatility": "assets.volatility_record",
    "apply_shock": "risk.factors",
    "assess": "risk.assess",
    "bivariate_normal": "structural.bivariate",
    "bootstrap_probability": "risk.bootstrap",
    "break_even_factor": "risk.break_even_factor",
    "bridge": "risk.bridge",
    "calibrate_assets": "structural.calibration",
    "calibrate_series": "structural.series",
    "calibrate_timing": "risk.timing",
    "capped_probability_of_default": "deal.support",
    "chain_ladder": "assets.chain_ladder",
    "check_licences": "assets.licence",
    "check_tape": "assets.tape",
    "choose_volatility": "assets.volatility_choice",
    "compare_methods": "methods.table",
    "concentration": "assets.concentration",
    "conditional_default_rate": "methods.vasicek",
    "credit_risk_plus": "methods.credit_risk_plus",
    "default_mode_losses": "methods.credit_metrics",
    "default_rate_deviation": "methods.vasicek",
    "default_rate_probability": "methods.vasicek",
    "distance_to_default": "structural.merton",
    "edf_table": "structural.edf",
    "enhancement_value": "risk.enhancement",
    "ewma_volatility": "assets.volatility_series",
    "expected_default_frequency": "structural.edf",
    "expected_limited_loss": "methods.vasicek",
    "expected_loss": "structural.merton",
    "first_passage_probability": "structural.first_passage",
    "fit_portfolio_view": "methods.credit_portfolio_view",
    "forward_values": "methods.credit_metrics",
    "granular_volatility": "assets.concentration",
    "implied": "structural.implied",
    "irb_correlation": "methods.irb",
    "irb_risk_weight": "methods.irb",
    "joint_migration": "methods.credit_metrics",
    "licence_cash": "assets.licence",
    "licence_distribution": "assets.licence_total",
    "licence_probability_of_default": "assets.licence_total",
    "lives_of": "risk.lives",
    "log_first_passage_probability": "structural.first_passage",
    "log_probability_derivatives": "structural.derivatives",
    "log_probability_of_default": "structural.merton",
    "loss_given_default": "structural.merton",
    "maturity_adjustment": "methods.irb",
    "method_table": "methods.table",
    "migration_thresholds": "methods.credit_metrics",
    "mle_volatility": "assets.volatility_series",
    "monitor": "risk.monitor",
    "monthly_decay_vector": "assets.recovery_sources",
    "normality": "assets.normality",
    "obligors_of": "methods.obligors",
    "outlook": "risk.update",
    "outturn_volatility": "assets.volatility_record",
    "pairwise_weights": "methods.ahp",
    "period_deviations": "risk.monitor",
    "pool_statistics": "assets.pool",
    "pool_strata": "assets.strata",
    "portfolio_value": "methods.credit_metrics",
    "preset_conditions": "risk.preset",
    "probability_band": "structural.band",
    "probability_derivatives": "structural.derivatives",
    "probability_of_default": "structural.merton",
    "referees": "risk.referees",
    "register_questions": "methods.register_risks",
    "reverse_stress": "risk.reverse",
    "risk_register": "methods.register",
    "safe_balance": "risk.sizing_search",
    "safe_sizes": "risk.sizing",
    "scenario_tables": "risk.scenarios",
    "scenarios": "risk.scenarios",
    "scenarios_of": "risk.scenarios",
    "sensitivity": "risk.sensitivity",
    "sensitivity_grid": "risk.grid",
    "shifted_transition": "methods.credit_portfolio_view",
    "simulate": "risk.simulate",
    "simulate_default_rates": "methods.credit_portfolio_view",
    "spider": "risk.tornado",
    "supported_probability_of_default": "deal.support",
    "thesis_cumulative_volatility": "assets.volatility_series",
    "thesis_periodic_volatility": "assets.volatility_series",
    "tie_out": "risk.tie_out",
    "tie_out_deal": "risk.tie_out",
    "tornado": "risk.tornado",
    "tranche_summaries": "risk.summary",
    "triangle_volatility": "assets.chain_ladder",
    "typical_curve": "risk.typical_curve",
    "user_volatility": "assets.volatility_choice",
    "vector_from_triangle": "assets.recovery_sources",
    "volatility_table": "assets.volatility_choice",
    "worst_case_default_rate": "methods.vasicek",
}

__all__ = [
    "AgencyGap",
    "Appetite",
    "Assessment",
    "Bootstrap",
    "Bridge",
    "CalibratedAssets",
    "ChainLadder",
    "ChosenVolatility",
    "Concentration",
    "Deal",
    "Derivatives",
    "EdfTable",
    "EnhancementValue",
    "Fee",
    "Implied",
    "KmvError",
    "LicenceCash",
    "LicenceContract",
    "LicenceDefault",
    "LicenceDistribution",
    "Lives",
    "LossDistribution",
    "MethodTable",
    "Model",
    "Monitoring",
    "Normality",
    "Obligor",
    "Outlook",
    "OutturnVolatility",
    "PairwiseWeights",
    "Pool",
    "PoolStatistics",
    "PoolStrata",
    "PortfolioValue",
    "PortfolioView",
    "PresetConditions",
    "ProbabilityBand",
    "Problem",
    "Recovery",
    "RecoveryVector",
    "Referees",
    "RegisterQuestion",
    "Report",
    "Reserve",
    "ReverseStress",
    "RiskItem",
    "RiskRegister",
    "RootStatus",
    "SafeBalance",
    "Scenario",
    "ScenarioShock",
    "SensitivityGrid",
    "SeriesVolatility",
    "Shock",
    "ShockSet",
    "Simulation",
    "TieOut",
    "Tornado",
    "Tranche",
    "TrancheSummary",
    "TriangleVolatility",
    "VolatilityEstimate",
    "WarningLevels",
    "WeightedAverage",
    "accumulated_repayment",
    "agency_gap_volatility",
    "apply_shock",
    "assess",
    "bivariate_normal",
    "bootstrap_probability",
    "break_even_factor",
    "bridge",
    "calibrate_assets",
    "calibrate_series",
    "calibrate_timing",
    "capped_probability_of_default",
    "chain_ladder",
    "check_licences",
    "check_tape",
    "choose_volatility",
    "compare_methods",
    "concentration",
    "conditional_default_rate",
    "credit_risk_plus",
    "default_mode_losses",
    "default_rate_deviation",
    "default_rate_probability",
    "distance_to_default",
    "edf_table",
    "enhancement_value",
    "ewma_volatility",
    "expected_default_frequency",
    "expected_limited_loss",
    "expected_loss",
    "first_passage_probability",
    "fit_portfolio_view",
    "forward_values",
    "granular_volatility",
    "implied",
    "irb_correlation",
    "irb_risk_weight",
    "joint_migration",
    "licence_cash",
    "licence_distribution",
    "licence_probability_of_default",
    "lives_of",
    "log_first_passage_probability",
    "log_probability_derivatives",
    "log_probability_of_default",
    "loss_given_default",
    "maturity_adjustment",
    "method_table",
    "migration_thresholds",
    "mle_volatility",
    "monitor",
    "monthly_decay_vector",
    "normality",
    "obligors_of",
    "outlook",
    "outturn_volatility",
    "pairwise_weights",
    "period_deviations",
    "pool_statistics",
    "pool_strata",
    "portfolio_value",
    "preset_conditions",
    "probability_band",
    "probability_derivatives",
    "probability_of_default",
    "referees",
    "register_questions",
    "reverse_stress",
    "risk_register",
    "safe_balance",
    "safe_sizes",
    "scenario_tables",
    "scenarios",
    "scenarios_of",
    "sensitivity",
    "sensitivity_grid",
    "shifted_transition",
    "simulate",
    "simulate_default_rates",
    "spider",
    "supported_probability_of_default",
    "thesis_cumulative_volatility",
    "thesis_periodic_volatility",
    "tie_out",
    "tie_out_deal",
    "tornado",
    "tranche_summaries",
    "triangle_volatility",
    "typical_curve",
    "user_volatility",
    "vector_from_triangle",
    "volatility_table",
    "worst_case_default_rate",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"kmv_core.{home}"), name)
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
