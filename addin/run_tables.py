"""The tables `kmv run` and `kmv report` print: title, header and lines of words, for any screen.

A tranche stands once for every reading, the headline first: PD by legal maturity, and the probability of not being
repaid by the expected one. Deals with published weighted lives show what their curve makes of them, and what the best
exponential curve would. A further table is one more yield in `run_tables`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from kmv_core.risk.assess import Assessment, TrancheAssessment
from kmv_core.risk.lives import Life, lives_of

ScreenTable = tuple[str, tuple[str, ...], list[list[str]]]
"""Title, header (Chinese, then English), lines."""
TRANCHES = (
    "档次 tranche",
    "口径 reading",
    "违约概率 PD, legal",
    "展期概率 PD, expected",
    "违约距离 DD",
    "预期损失 EL",
    "临界倍数 q*",
    "等级 grade",
)
LIVES = (
    "档次 tranche",
    "曲线 curve",
    "公布期限 published life",
    "模型期限 model life",
    "残差 residual",
    "展期概率 PD, expected",
    "变动 change, pp",
)
OWN, EXPONENTIAL = "本项目 own", "指数 exponential"
_LEAST_SHOWN = 1e-5
"""Below it four decimals of a percent leave one digit, then none."""


def run_tables(assessment: Assessment) -> Iterator[ScreenTable]:
    """What came out of a deal, table by table."""
    yield tranche_table(assessment)
    if any(each.published_life is not None for each in assessment.deal.tranches):
        yield lives_table(assessment)


def tranche_table(assessment: Assessment) -> ScreenTable:
    """Every tranche by rank in every reading, the headline first; the grade stands beside the PD that earns it."""
    lines = [[each.name, *_figures(each, name)] for each in assessment.tranches for name in _readings(each)]
    return assessment.deal.name, TRANCHES, lines


def lives_table(assessment: Assessment) -> ScreenTable:
    """Model life less published life, years, under both curves, and what the gap does to the test by expected maturity."""
    found = lives_of(assessment)
    curves: list[tuple[str, Mapping[str, Life]]] = [(OWN, found.own)]
    if found.exponential is not None:
        curves.append((EXPONENTIAL, found.exponential))
    lines = [
        [name, curve, *_life(lives[name]), "" if lives is found.own else _change(lives[name], found.own[name])]
        for name in found.own
        for curve, lives in curves
    ]
    return "加权期限（年） Weighted lives, years", LIVES, lines


def percent(probability: float) -> str:
    """Four decimals of a percent; what they cannot show, by its power of ten."""
    if 0.0 < probability < _LEAST_SHOWN:
        return f"{probability * 100:.1e}%"
    return f"{probability:.4%}"


def _readings(tranche: TrancheAssessment) -> list[str]:
    return [*(["exact"] if tranche.exact is not None else []), "waterfall", "due"]


def _figures(tranche: TrancheAssessment, name: str) -> list[str]:
    found = tranche.exact if name == "exact" and tranche.exact is not None else tranche.reading(name)
    return [
        name,
        percent(found.probability_of_default),
        percent(found.extension_probability),
        f"{found.distance_to_default:.3f}",
        percent(found.expected_loss),
        f"{found.break_even_multiple:.4f}",
        tranche.grade if found is tranche.headline else "",
    ]


def _life(life: Life) -> list[str]:
    return [
        "-" if life.published is None else f"{life.published:.3f}",
        f"{life.model:.3f}",
        "-" if life.residual is None else f"{_no_minus(life.residual, 3):+.3f}",
        percent(life.extension_probability),
    ]


def _change(life: Life, own: Life) -> str:
    return f"{_no_minus(100.0 * (life.extension_probability - own.extension_probability), 2):+.2f}"


def _no_minus(value: float, digits: int) -> float:
    """A value that is rounded to nothing has no sign."""
    return value if not math.isfinite(value) else round(value, digits) + 0.0
