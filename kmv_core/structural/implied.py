"""What would have to be true: the input that gives a stated default probability, in closed form.

z = N^{-1}(1 - PD) (student: T_nu^{-1}, unit variance), w = s sqrt T, h = 1/2 (log_drift: 0), X = ln(A e^{mT} / D).

    asset_value, default_point, drift    X = z w + h w^2   (linear: X = -ln(1 - z w)), solved for the one unknown
    asset_volatility                     z = X/w - h w     (linear: z = (1 - e^{-X})/w)
    horizon                              z s = l/u + (m - h s^2) u,   u = sqrt T, l = ln(A/D)

Each of the first three has one root. The others bend (kmv_core.structural.bent): one root, two or none. A root
outside the domain of its term is none, and the reachable default probabilities are those of the domain.
Merton 1974; Crosbie and Bohn 2003.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from kmv_core.structural import bent
from kmv_core.structural.blocks import in_blocks
from kmv_core.structural.merton import DEFAULT_DOF, Form, log_ratio, probability_beyond
from kmv_core.structural.normal import distance_at
from kmv_core.vocabulary.checks import Floats, as_floats, checked, choice_problem, common_shape, outside
from kmv_core.vocabulary.errors import KmvError, Problem, problem
from kmv_core.vocabulary.terms import BRANCHES, FORMS, TERMS, UNKNOWNS, Domain

Unknown = Literal["asset_value", "default_point", "asset_volatility", "drift", "horizon"]
Branch = Literal["lower", "upper"]

_SLACK = 8.0 * np.finfo(np.float64).eps
"""Relative, on a default probability: what its own rounding may put past the end of the range."""
_DEFAULTS = {"drift": 0.0, "horizon": 1.0}


class RootStatus(IntEnum):
    """What became of an element."""

    FOUND = 0
    """The only root inside the domain."""
    TWO_ROOTS = 1
    """`value` is the root of the branch asked for, `other_root` the other."""
    NO_ROOT = 2
    """The default probability is outside the reachable range."""
    INDETERMINATE = 3
    """Every value of the unknown gives this default probability."""
    NOT_APPLICABLE = 4
    """An input is outside its domain, or not a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Implied:
    """Arrays of one shape (numbers for plain numbers); nan where the status leaves nothing to say."""

    unknown: str
    value: Floats
    """In the unit of the unknown's term."""
    other_root: Floats
    """The second root where the status is TWO_ROOTS."""
    status: NDArray[np.int8]
    """RootStatus of every element."""
    reachable_low: Floats
    """Lower end of the default probabilities that the unknown reaches inside its domain. An end that only a
    limit approaches (volatility or horizon to 0, the linear form's floor) is not attained; 0 and 1 never are."""
    reachable_high: Floats
    """Upper end, likewise."""

    @property
    def found(self) -> NDArray[np.bool_]:
        there: NDArray[np.bool_] = self.status <= RootStatus.TWO_ROOTS
        return there


def implied(
    unknown: Unknown,
    *,
    probability_of_default: ArrayLike,
    asset_value: ArrayLike | None = None,
    default_point: ArrayLike | None = None,
    asset_volatility: ArrayLike | None = None,
    drift: ArrayLike | None = None,
    horizon: ArrayLike | None = None,
    form: Form = "lognormal",
    dof: ArrayLike = DEFAULT_DOF,
    branch: Branch = "lower",
) -> Implied:
    """The unknown (asset_value, default_point, asset_volatility, drift or horizon) that gives the default probability.

    Shapes broadcast; amounts in one unit, rates and probabilities decimal, years. All but the unknown are given;
    drift is 0 and horizon 1 where left out. Where two values do, `branch` takes the lower (for the horizon: the
    shorter) or the upper, and `other_root` names the other; a single root is returned under either branch.
    The horizon of the linear form has no closed form and is refused.

    Arrays never raise for an element: see `status`. Plain numbers raise KmvError: E310 with the reachable range
    where there is no root, E220 to E225 outside a domain. Always E216 for a missing argument, E218 for a given
    unknown, E205 for an unknown word, E212 for what is no number, E217 where shapes do not fit.

    >>> found = implied("default_point", probability_of_default=.01, asset_value=22336.60, asset_volatility=.15)
    >>> round(float(found.value), 2)
    15580.57
    >>> found = implied("asset_volatility", probability_of_default=.9, asset_value=80, default_point=100)
    >>> round(float(found.value), 6), round(float(found.other_root), 6), RootStatus(int(found.status)).name
    (0.187894, 2.375209, 'TWO_ROOTS')
    """
    _check_words(unknown, form, branch)
    given = _given(
        unknown,
        asset_value=asset_value,
        default_point=default_point,
        asset_volatility=asset_volatility,
        drift=drift,
        horizon=horizon,
    )
    arrays = as_floats(probability_of_default=probability_of_default, **given)
    if form == "student":
        arrays |= as_floats(dof=dof)
    shape = common_shape(**arrays)
    if shape == ():
        checked(**arrays)
    size = int(np.prod(shape))
    flat = {name: np.broadcast_to(each, shape).reshape(-1) for name, each in arrays.items()}
    out = np.full((4, size), np.nan)
    status = np.full(size, RootStatus.NOT_APPLICABLE, dtype=np.int8)

    def work(part: slice) -> None:
        columns = {name: each[part] for name, each in flat.items()}
        bad = np.zeros(part.stop - part.start, dtype=bool)
        for name, each in columns.items():
            bad |= outside(each, TERMS[name].domain)
        rows = np.flatnonzero(~bad)
        if rows.size:
            with np.errstate(all="ignore"):
                solved = _solve(unknown, form, branch, {name: each[rows] for name, each in columns.items()})
            status[part][rows], out[:, part][:, rows] = solved

    in_blocks(work, size)
    value, other, low, high = (each.reshape(shape)[()] for each in out)
    result = Implied(
        unknown=unknown,
        value=value,
        other_root=other,
        status=status.reshape(shape)[()],
        reachable_low=low,
        reachable_high=high,
    )
    if shape == () and not result.found:
        raise KmvError(no_root(result, float(arrays["probability_of_default"])))
    return result


def no_root(result: Implied, probability: float) -> Problem:
    """The E310 of one element without a root: what was wanted and the range of default probabilities in reach.

    >>> found = implied("asset_volatility", probability_of_default=[.5], asset_value=80, default_point=100)
    >>> print(no_root(found, .5).en)
    no root: default probability 50 % cannot be reached; reachable: 74.79 % to below 100 % (asset_volatility above 0 and at most 5)
    """
    term = TERMS[result.unknown]
    en, zh = term.domain.words()
    wanted, wanted_zh = f"default probability {_percent(probability)}", f"违约概率 {_percent(probability)}"
    if result.status == RootStatus.INDETERMINATE:
        wanted += f" by one {term.name} alone (every one gives it)"
        wanted_zh += f" 的唯一{term.zh}（任何取值均可）"
    low, high = float(np.ravel(result.reachable_low)[0]), float(np.ravel(result.reachable_high)[0])
    if low <= 0.0 and high >= 1.0:
        words, words_zh = "above 0 % and below 100 %", "大于 0% 且小于 100%"
    elif low <= 0.0:
        words, words_zh = f"above 0 % to {_percent(high)}", f"大于 0% 至 {_percent(high)}"
    elif high >= 1.0:
        words, words_zh = f"{_percent(low)} to below 100 %", f"{_percent(low)} 至小于 100%"
    else:
        words, words_zh = f"{_percent(low)} to {_percent(high)}", f"{_percent(low)} 至 {_percent(high)}"
    return problem(
        "E310",
        found=wanted,
        found_zh=wanted_zh,
        reachable=f"{words} ({term.name} {en})",
        reachable_zh=f"{words_zh}（{term.zh}{zh}）",
    )


def _percent(share: float) -> str:
    return f"{100.0 * share:.4g} %"


def _check_words(unknown: str, form: str, branch: str) -> None:
    solvable = tuple(each for each in UNKNOWNS if (form, each) != ("linear", "horizon"))
    found = (
        choice_problem("form", form, FORMS),
        choice_problem("unknown", unknown, solvable),
        choice_problem("branch", branch, BRANCHES),
    )
    wrong = [each for each in found if each is not None]
    if wrong:
        raise KmvError(*wrong)


def _given(unknown: str, **inputs: ArrayLike | None) -> dict[str, ArrayLike]:
    """All inputs but the unknown; raises KmvError where one is missing, or the unknown is among them."""
    wrong: list[Problem] = []
    given: dict[str, ArrayLike] = {}
    for name, each in inputs.items():
        value = _DEFAULTS.get(name) if each is None and name != unknown else each
        if name == unknown and value is not None:
            wrong.append(problem("E218", name=name, name_zh=TERMS[name].zh))
        elif name != unknown and value is None:
            wrong.append(problem("E216", name=name, name_zh=TERMS[name].zh))
        elif value is not None:
            given[name] = value
    if wrong:
        raise KmvError(*wrong)
    return given


def _solve(unknown: str, form: Form, branch: str, of: dict[str, Floats]) -> tuple[NDArray[np.int8], Floats]:
    """Status, and value, other root, reachable low and high, of rows whose inputs are inside their domains."""
    wanted = of["probability_of_default"]
    dof = of.get("dof", np.asarray(DEFAULT_DOF))
    z = _student_distance(wanted, dof) if form == "student" else distance_at(wanted)
    bends = unknown in ("asset_volatility", "horizon")
    curve = _curve(unknown, form, of) if bends else None
    near, far = _level_ends(unknown, form, of) if curve is None else curve.reach()
    low, high = (probability_beyond(each, form=form, dof=dof) for each in (far, near))
    in_reach = (wanted >= low * (1.0 - _SLACK)) & (wanted <= high * (1.0 + _SLACK)) & np.isfinite(z)
    z = np.clip(z, near, far)
    if curve is None:
        first, second = _level(unknown, form, z, of), np.full(z.shape, np.nan)
        constant = np.zeros(z.shape, dtype=bool)
    else:
        first, second = (_from_root(unknown, each, of) for each in curve.roots(z))
        constant = curve.constant & (z == 0.0)
    domain = TERMS[unknown].domain
    first, second = (_into(each, domain) for each in (first, second))
    two = in_reach & np.isfinite(second) & (first != second)
    status = np.where(two, RootStatus.TWO_ROOTS, RootStatus.FOUND)
    status[~(in_reach & np.isfinite(first))] = RootStatus.NO_ROOT
    status[in_reach & constant] = RootStatus.INDETERMINATE
    held = status <= RootStatus.TWO_ROOTS
    upper = two & (branch == "upper")
    value = np.where(held, np.where(upper, second, first), np.nan)
    other = np.where(two, np.where(upper, first, second), np.nan)
    return status.astype(np.int8), np.stack([value, other, low, high])


def _student_distance(probability: Floats, dof: Floats) -> Floats:
    distance: Floats = -special.stdtrit(dof, probability) * np.sqrt((dof - 2.0) / dof)
    return distance


def _ends(domain: Domain) -> tuple[float, float]:
    """The smallest and largest double inside a domain; an amount is at least the smallest normal one."""
    largest = float(np.finfo(np.float64).max)
    smallest = float(np.finfo(np.float64).tiny)
    low = float(np.nextafter(domain.low, np.inf)) if domain.low_open else domain.low
    return max(low, smallest) if domain.low == 0.0 else low, min(domain.high, largest)


def _into(value: Floats, domain: Domain) -> Floats:
    """A root that rounding has put just outside its domain, put back; it is there because its PD is in reach."""
    low, high = _ends(domain)
    inside: Floats = np.where(np.isfinite(value), np.clip(value, low, high), np.nan)
    return inside


def _convexity(form: str) -> float:
    return 0.0 if form == "log_drift" else 0.5


def _level_ends(unknown: str, form: str, of: dict[str, Floats]) -> tuple[Floats, Floats]:
    """The least and the largest distance to default that the amount or the drift reaches inside its domain."""
    low, high = (np.asarray(each) for each in _ends(TERMS[unknown].domain))
    if unknown == "drift":
        log = log_ratio(of["asset_value"], of["default_point"])
        ends = (log + low * of["horizon"], log + high * of["horizon"])
    elif unknown == "asset_value":
        growth = of["drift"] * of["horizon"]
        ends = (log_ratio(low, of["default_point"]) + growth, log_ratio(high, of["default_point"]) + growth)
    else:
        growth = of["drift"] * of["horizon"]
        ends = (log_ratio(of["asset_value"], high) + growth, log_ratio(of["asset_value"], low) + growth)
    w = of["asset_volatility"] * np.sqrt(of["horizon"])
    if form == "linear":
        return -np.expm1(-ends[0]) / w, -np.expm1(-ends[1]) / w
    return ends[0] / w - _convexity(form) * w, ends[1] / w - _convexity(form) * w


def _level(unknown: str, form: str, z: Floats, of: dict[str, Floats]) -> Floats:
    """The amount or the drift at a distance z to default."""
    t = of["horizon"]
    w = of["asset_volatility"] * np.sqrt(t)
    log_forward = -np.log1p(-z * w) if form == "linear" else z * w + _convexity(form) * w * w
    if unknown == "drift":
        drift: Floats = (log_forward - log_ratio(of["asset_value"], of["default_point"])) / t
        return drift
    shift = log_forward - of["drift"] * t
    known = "default_point" if unknown == "asset_value" else "asset_value"
    # In two halves: neither leaves the doubles where their product does not.
    half = np.exp(0.5 * shift if unknown == "asset_value" else -0.5 * shift)
    amount: Floats = of[known] * half * half
    return amount


def _curve(unknown: str, form: str, of: dict[str, Floats]) -> bent.Curve:
    """The distance to default as a function of w (volatility) or of u = sqrt T (horizon)."""
    log = log_ratio(of["asset_value"], of["default_point"])
    h = _convexity(form)
    if unknown == "horizon":
        s = of["asset_volatility"]
        return bent.Curve(level=log, slope=of["drift"] - h * s * s, scale=s, end=np.sqrt(TERMS["horizon"].domain.high))
    log_forward = log + of["drift"] * of["horizon"]
    end = TERMS["asset_volatility"].domain.high * np.sqrt(of["horizon"])
    one = np.ones_like(log)
    if form == "linear":
        return bent.Curve(level=-np.expm1(-log_forward), slope=0.0 * one, scale=one, end=end)
    return bent.Curve(level=log_forward, slope=-h * one, scale=one, end=end)


def _from_root(unknown: str, root: Floats, of: dict[str, Floats]) -> Floats:
    value: Floats = root * root if unknown == "horizon" else root / np.sqrt(of["horizon"])
    return value
