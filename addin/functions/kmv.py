"""KMV closed forms as worksheet functions; every argument but `form` may be a number or a range."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addin.functions.ranges import all_numbers, elementwise, one_by_one, one_number, word
from addin.functions.registry import worksheet_function
from kmv_core.structural import merton
from kmv_core.structural.band import QUANTILES, probability_band
from kmv_core.structural.derivatives import INPUTS, probability_derivatives
from kmv_core.structural.first_passage import first_passage_probability
from kmv_core.structural.implied import implied
from kmv_core.vocabulary.checks import Floats
from kmv_core.vocabulary.errors import KmvError, problem
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


@worksheet_function("KMV", "首达违约概率：期限内任一时点触及违约点；对资产池仅为上界。")
def KMV_FIRST_PASSAGE(
    asset_value: Any, default_point: Any, asset_volatility: Any, drift: Any = 0.0, horizon: Any = 1.0
) -> Any:
    """First-passage probability: chance of touching the default point at any time; for a pool an upper bound only."""
    cells = {
        "asset_value": asset_value,
        "default_point": default_point,
        "asset_volatility": asset_volatility,
        "drift": drift,
        "horizon": horizon,
    }
    return elementwise(first_passage_probability, cells, {"drift": 0.0, "horizon": 1.0})


@worksheet_function("KMV", "违约概率对资产价值、违约点、波动率、漂移、期限的导数，一行五列。")
def KMV_GREEKS(
    asset_value: Any,
    default_point: Any,
    asset_volatility: Any,
    drift: Any = 0.0,
    horizon: Any = 1.0,
    form: Any = "lognormal",
) -> Any:
    """Derivatives of the default probability in asset value, default point, volatility, drift and horizon."""
    cells = (asset_value, default_point, asset_volatility, drift, horizon)
    given = {name: one_number(cell, TERMS[name], _DEFAULTS.get(name)) for name, cell in zip(INPUTS, cells, strict=True)}
    shape = word(form, TERMS["form"], "lognormal")
    found = probability_derivatives(**given, form=shape)  # type: ignore[arg-type]  # checked by word()
    return [[float(getattr(found, name)) for name in INPUTS]]


@worksheet_function("KMV", "反解：使违约概率等于目标值的资产价值、违约点、波动率、漂移或期限；待求量的单元格留空。")
def KMV_IMPLIED(
    unknown: Any,
    target_pd: Any,
    asset_value: Any = None,
    default_point: Any = None,
    asset_volatility: Any = None,
    drift: Any = None,
    horizon: Any = None,
    form: Any = "lognormal",
    branch: Any = "lower",
) -> Any:
    """Implied input: the asset value, default point, volatility, drift or horizon that gives the target PD."""
    if unknown is None:
        raise KmvError(problem("E216", name="unknown", name_zh=TERMS["unknown"].zh))
    wanted = word(unknown, TERMS["unknown"], "")
    shape, root = word(form, TERMS["form"], "lognormal"), word(branch, TERMS["branch"], "lower")
    given = dict(zip(INPUTS, (asset_value, default_point, asset_volatility, drift, horizon), strict=True))
    if given[wanted] is not None:
        raise KmvError(problem("E218", name=wanted, name_zh=TERMS[wanted].zh))
    cells = {name: cell for name, cell in given.items() if name != wanted and (cell is not None or name in INPUTS[:3])}

    def solve(*, target_pd: float, **known: float) -> float:
        found = implied(wanted, probability_of_default=target_pd, **known, form=shape, branch=root)  # type: ignore[arg-type]  # checked by word()
        return float(found.value)

    return one_by_one(solve, {"target_pd": target_pd, **cells}, {})


@worksheet_function("KMV", "波动率不确定时的违约概率：点估计、期望值及各分位数，一行。")
def KMV_BAND(
    asset_value: Any,
    default_point: Any,
    asset_volatility: Any,
    volatility_se: Any,
    drift: Any = 0.0,
    horizon: Any = 1.0,
    quantiles: Any = None,
) -> Any:
    """PD when the volatility is uncertain: the point value, the mean and the quantiles, in a row."""
    names = ("asset_value", "default_point", "asset_volatility", "volatility_se", "drift", "horizon")
    cells = (asset_value, default_point, asset_volatility, volatility_se, drift, horizon)
    given = {name: one_number(cell, TERMS[name], _DEFAULTS.get(name)) for name, cell in zip(names, cells, strict=True)}
    levels = QUANTILES if quantiles is None else all_numbers(quantiles, TERMS["quantiles"])
    found = probability_band(**given, quantiles=levels)
    return [[float(found.probability_of_default), float(found.mean), *found.band.tolist()]]
