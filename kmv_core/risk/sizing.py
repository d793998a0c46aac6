"""The largest issue a target default probability allows (安全发债规模), `due` reading.

    D* = A exp(-s^2/2 - z s),  z = N^{-1}(1 - PD*)        (the form's own inverse where it is not lognormal)
    B_k = (D* - what the other tranches of D_k and the fees of theirs add) / (1 + interest_k / B_k + fee rate x WAL_k)

Everything else is held: the tranches before, the weighted lives, the fees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from kmv_core.deal.deal import Model
from kmv_core.risk.assess import Assessment
from kmv_core.vocabulary.errors import KmvError, problem


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeSize:
    """The safe balance of one tranche, the others held."""

    tranche: str
    target_pd: float
    balance: float
    """The balance as it stands."""
    safe_balance: float
    reading: str = "due"


def safe_default_point(model: Model, asset_value: float, target_pd: float) -> float:
    """The default point at which PD is the target, money; raises E310 where the form cannot reach it."""
    s = model.total_volatility
    if model.form == "student":
        z = -float(special.stdtrit(model.dof, target_pd)) / float(np.sqrt(model.dof / (model.dof - 2.0)))
    else:
        z = -float(special.ndtri(target_pd))
    if model.form == "linear":
        if z * s >= 1.0:
            low = float(special.ndtr(-1.0 / s))
            raise KmvError(
                problem("E310", found=f"PD {target_pd:g}", reachable=f"{low:g} to 1", reachable_zh=f"{low:g} 至 1")
            )
        return asset_value * (1.0 - z * s)
    drift = 0.0 if model.form == "log_drift" else 0.5 * s * s
    return float(asset_value * np.exp(-drift - z * s))


def safe_sizes(assessment: Assessment, target_pd: float | None = None) -> tuple[SafeSize, ...]:
    """The safe balance of each tranche by rank; 0 where even nothing of it keeps the target."""
    deal = assessment.deal
    target = deal.model.target_pd if target_pd is None else target_pd
    points, lives = assessment.due_points.default_points[:, -1], assessment.due_points.lives
    try:
        allowed = safe_default_point(deal.model, float(assessment.due_points.asset_values[-1]), target)
    except KmvError:
        # Not even a default point of nothing keeps the target: no size is safe.
        allowed = 0.0
    yearly = sum(fee.rate for fee in deal.fees if fee.basis == "outstanding")
    found = []
    for k, each in enumerate(deal.by_rank):
        # The tranche's own balance carries its interest and the fees charged on it.
        interest = float(assessment.due_points.interest[k, -1]) / each.balance
        per_unit = 1.0 + interest + yearly * float(lives[k])
        safe = each.balance + (allowed - float(points[k])) / per_unit
        found.append(
            SafeSize(tranche=each.tranche, target_pd=target, balance=each.balance, safe_balance=max(safe, 0.0))
        )
    return tuple(found)
