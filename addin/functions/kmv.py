"""KMV closed forms as worksheet functions; every argument but `form` may be a number or a range."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addin.functions.ranges import elementwise, word
from addin.functions.registry import worksheet_function
from kmv_core.structural import merton
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.terms import TERMS

_DEFAULTS = {"drift": 0.0, "horizon": 1.0, "dof": merton.DEFAULT_DOF}


def _closed_form(function: Callable[..., Floats], form: Any, **cells: Any) -> Any:
    """A closed form over cells, in the form of the word in `form`."""
    shape = word(form, TERMS["form"], "lognormal")
    defaults = {name: value for name, value in _DEFAULTS.items() if name in cells}
    return elementwise(lambda **arrays: function(**arrays, form=shape), cells, defaults)


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
    return _closed_form(
        merton.probability_of_default,
        form,
        asset_value=asset_value,
        default_point=default_point,
        asset_volatility=asset_volatility,
        drift=drift,
        horizon=horizon,
        dof=dof,
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
    return _closed_form(
        merton.distance_to_default,
        form,
        asset_value=asset_value,
        default_point=default_point,
        asset_volatility=asset_volatility,
        drift=drift,
        horizon=horizon,
    )


@worksheet_function("KMV", "违约概率的自然对数：概率小到无法表示时仍准确。")
def KMV_LOG_PD(
    asset_value: Any,
    default_point: Any,
    asset_volatility: Any,
    drift: Any = 0.0,
    horizon: Any = 1.0,
    form: Any = "lognormal",
    dof: Any = merton.DEFAULT_DOF,
) -> Any:
    """Natural logarithm of the default probability, exact where the probability itself vanishes."""
    return _closed_form(
        merton.log_probability_of_default,
        form,
        asset_value=asset_value,
        default_point=default_point,
        asset_volatility=asset_volatility,
        drift=drift,
        horizon=horizon,
        dof=dof,
    )


@worksheet_function("KMV", "预期损失率：应付未付的期望值占违约点之比。")
def KMV_EL(
    asset_value: Any,
    default_point: Any,
    asset_volatility: Any,
    drift: Any = 0.0,
    horizon: Any = 1.0,
    form: Any = "lognormal",
    dof: Any = merton.DEFAULT_DOF,
) -> Any:
    """Expected loss: what is owed and not paid, on average, as a share of the default point."""
    return _closed_form(
        merton.expected_loss,
        form,
        asset_value=asset_value,
        default_point=default_point,
        asset_volatility=asset_volatility,
        drift=drift,
        horizon=horizon,
        dof=dof,
    )


@worksheet_function("KMV", "违约损失率：预期损失率除以违约概率。")
def KMV_LGD(
    asset_value: Any,
    default_point: Any,
    asset_volatility: Any,
    drift: Any = 0.0,
    horizon: Any = 1.0,
    form: Any = "lognormal",
    dof: Any = merton.DEFAULT_DOF,
) -> Any:
    """Loss given default: expected loss divided by the default probability."""
    return _closed_form(
        merton.loss_given_default,
        form,
        asset_value=asset_value,
        default_point=default_point,
        asset_volatility=asset_volatility,
        drift=drift,
        horizon=horizon,
        dof=dof,
    )
