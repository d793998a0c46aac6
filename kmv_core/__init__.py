"""Distance to default and default probability of securitisation tranches (the KMV model adapted to ABS).

Numbers in, numbers out. Conventions: amounts in one money unit of the deal; rates, volatilities and
probabilities as decimals; times in years ACT/365.

A name is loaded when it is first asked for: a cell that wants a closed form does not wait for the deal engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kmv_core.assets.recovery import Recovery
    from kmv_core.deal.deal import Appetite, Deal, Fee, Model, Pool, Reserve, ShockSet, Tranche
    from kmv_core.risk.assess import Assessment, assess
    from kmv_core.risk.sensitivity import sensitivity
    from kmv_core.risk.sizing import safe_sizes
    from kmv_core.risk.timing import calibrate_timing
    from kmv_core.structural.calibration import CalibratedAssets, calibrate_assets
    from kmv_core.structural.merton import (
        distance_to_default,
        expected_loss,
        log_probability_of_default,
        loss_given_default,
        probability_of_default,
    )
    from kmv_core.vocabulary.errors import KmvError, Problem

__version__ = "0.1.0"

_HOMES = {
    "Appetite": "deal.deal",
    "Assessment": "risk.assess",
    "CalibratedAssets": "structural.calibration",
    "Deal": "deal.deal",
    "Fee": "deal.deal",
    "KmvError": "vocabulary.errors",
    "Model": "deal.deal",
    "Pool": "deal.deal",
    "Problem": "vocabulary.errors",
    "Recovery": "assets.recovery",
    "Reserve": "deal.deal",
    "ShockSet": "deal.deal",
    "Tranche": "deal.deal",
    "assess": "risk.assess",
    "calibrate_assets": "structural.calibration",
    "calibrate_timing": "risk.timing",
    "distance_to_default": "structural.merton",
    "expected_loss": "structural.merton",
    "log_probability_of_default": "structural.merton",
    "loss_given_default": "structural.merton",
    "probability_of_default": "structural.merton",
    "safe_sizes": "risk.sizing",
    "sensitivity": "risk.sensitivity",
}

__all__ = [
    "Appetite",
    "Assessment",
    "CalibratedAssets",
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
    "calibrate_assets",
    "calibrate_timing",
    "distance_to_default",
    "expected_loss",
    "log_probability_of_default",
    "loss_given_default",
    "probability_of_default",
    "safe_sizes",
    "sensitivity",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"kmv_core.{home}"), name)
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
