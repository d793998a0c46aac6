"""Range and shape checks, worded from the terms."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kmv_core.vocabulary.errors import KmvError, Problem, problem
from kmv_core.vocabulary.terms import TERMS, Domain

Floats = NDArray[np.float64]

VOLATILITY_DOUBT = 1.5


def outside(values: Floats, domain: Domain) -> NDArray[np.bool_]:
    """Where values are not finite or not in the domain; same shape."""
    low = values <= domain.low if domain.low_open else values < domain.low
    high = values >= domain.high if domain.high_open else values > domain.high
    return low | high | ~np.isfinite(values)


def _is_outside(value: float, domain: Domain) -> bool:
    """The same for one plain number, without an array."""
    low = value <= domain.low if domain.low_open else value < domain.low
    high = value >= domain.high if domain.high_open else value > domain.high
    return low or high or not math.isfinite(value)


def all_inside(values: Floats, domain: Domain) -> bool:
    """Whether every value is finite and in the domain; two passes and no temporary arrays."""
    if not values.size:
        return True
    low, high = float(values.min()), float(values.max())
    above = low > domain.low if domain.low_open else low >= domain.low
    below = high < domain.high if domain.high_open else high <= domain.high
    # A nan makes both extremes nan, and every comparison false.
    return above and below and math.isfinite(low) and math.isfinite(high)


def number_problem(name: str, value: float, *, where: str = "", field: tuple[str | int, ...] = ()) -> Problem | None:
    """The problem of one number against the domain of the term `name`, or None."""
    domain = TERMS[name].domain
    if not _is_outside(value, domain):
        if name in ("asset_volatility", "total_volatility") and value > VOLATILITY_DOUBT:
            return problem(
                "W223",
                where=where,
                field=field,
                name=_label(name),
                name_zh=_label_zh(name),
                percent=f"{value * 100:g} %",
            )
        return None
    en, zh = domain.words()
    below = value <= domain.low if domain.low_open else value < domain.low
    remedy = remedy_zh = ""
    if value > domain.percent_above and not _is_outside(value / 100.0, domain):
        remedy = f": for {value:g} % enter {value / 100:g}"
        remedy_zh = f"：{value:g}% 请输入 {value / 100:g}"
    code = domain.low_code if below and domain.low_code else domain.code
    return problem(
        code,
        where=where,
        field=field,
        name=_label(name),
        name_zh=_label_zh(name),
        domain=en,
        domain_zh=zh,
        found=f"{value:g}",
        remedy=remedy,
        remedy_zh=remedy_zh,
    )


def whole_problem(name: str, value: float) -> Problem | None:
    """The problem of a number that has to be whole and is not, or None."""
    if value == int(value):
        return None
    words = {"domain": "a whole number", "domain_zh": "为整数", "found": f"{value:g}", "remedy": ""}
    return problem("E226", where="", field=(), **{"name": name, "name_zh": TERMS[name].zh, **words})


def choice_problem(
    name: str, value: str, choices: Sequence[str], *, where: str = "", field: tuple[str | int, ...] = ()
) -> Problem | None:
    """The problem of a word that is not among the choices, or None."""
    if value in choices:
        return None
    return problem(
        "E205",
        where=where,
        field=field,
        name=_label(name),
        name_zh=_label_zh(name),
        choices=", ".join(choices),
        found=repr(value),
    )


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word closest in spelling, for a remedy."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.0)
    return close[0] if close else "-"


def as_floats(**values: ArrayLike) -> dict[str, Floats]:
    """Arguments as float arrays, whatever their values; raises KmvError E212 for what is no number."""
    return {name: _as_floats(name, value) for name, value in values.items()}


def common_shape(**arrays: Floats) -> tuple[int, ...]:
    """The shape the arrays broadcast to; raises KmvError E217 naming each where they do not fit."""
    try:
        return np.broadcast_shapes(*(each.shape for each in arrays.values()))
    except ValueError:
        sizes = ", ".join(f"{name} {'x'.join(map(str, each.shape))}" for name, each in arrays.items() if each.ndim)
        raise KmvError(problem("E217", name="arguments", name_zh="参数", found=sizes)) from None


def checked(**values: ArrayLike) -> dict[str, Floats]:
    """Arguments as float arrays, each inside its term's domain.

    Raises KmvError naming the argument, the first value that is outside and its row (from 1).
    """
    arrays: dict[str, Floats] = {}
    found: list[Problem] = []
    for name, value in values.items():
        array = _as_floats(name, value)
        arrays[name] = array
        if all_inside(array, TERMS[name].domain):
            continue
        wrong = outside(array, TERMS[name].domain)
        first = int(np.flatnonzero(wrong)[0])
        where = f"row {first + 1}" if array.ndim else ""
        bad = number_problem(name, float(array.reshape(-1)[first]), where=where)
        if bad is not None:
            found.append(bad)
    if found:
        raise KmvError(*found)
    return arrays


def _as_floats(name: str, value: Any) -> Floats:
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise KmvError(problem("E212", name=_label(name), name_zh=_label_zh(name), found=repr(value))) from None


def _label(name: str) -> str:
    # A number without a term, such as a bound of an integral, is called by its argument
    return f"{name} ({TERMS[name].en.lower()}, {TERMS[name].unit_words[0]})" if name in TERMS else name


def _label_zh(name: str) -> str:
    return f"{TERMS[name].zh}（{name}，{TERMS[name].unit_words[1]}）" if name in TERMS else name
