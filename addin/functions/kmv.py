"""KMV closed forms as worksheet functions; every argument but `form` may be a number or a range."""

from __future__ import annotations

from typing import Any

from addin.functions.ranges import elementwise, word
from addin.functions.registry import worksheet_function
from kmv_core.structural import merton
from kmv_core.vocabulary.terms import TERMS


@worksheet_function("KMV", "违约概率：资产价值低于违约点的概率。")
def KMV_PD(
    asset_value: Any,
    default_point: Any,
    asset_volatility: Any,
    drift: Any = 0.0,
    horizon: Any = 1.0,
    form: Any = "lognormal",
    dof: Any = merton.DEFAULT_DOF,
) -> Any:
    """Default probability: chance that the asset value ends below the default point."""
    shape = word(form, TERMS["form"], "lognormal")
    cells = {
        "asset_value": asset_value,
        "default_point": default_point,
        "asset_volatility": asset_volatility,
        "drift": drift,
        "horizon": horizon,
        "dof": dof,
    }
    return elementwise(
        lambda **arrays: merton.probability_of_default(**arrays, form=shape),  # type: ignore[arg-type]  # checked by word()
        cells,
        {"drift": 0.0, "horizon": 1.0, "dof": merton.DEFAULT_DOF},
    )


@worksheet_function("KMV", "违约距离：资产价值与违约点之差，以标准差计。")
def KMV_DD(
    asset_value: Any,
    default_point: Any,
    asset_volatility: Any,
    drift: Any = 0.0,
    horizon: Any = 1.0,
    form: Any = "lognormal",
) -> Any:
    """Distance to default: gap between asset value and default point in standard deviations."""
    shape = word(form, TERMS["form"], "lognormal")
    cells = {
        "asset_value": asset_value,
        "default_point": default_point,
        "asset_volatility": asset_volatility,
        "drift": drift,
        "horizon": horizon,
    }
    return elementwise(
        lambda **arrays: merton.distance_to_default(**arrays, form=shape),  # type: ignore[arg-type]  # checked by word()
        cells,
        {"drift": 0.0, "horizon": 1.0},
    )
