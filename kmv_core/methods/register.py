"""The risk register: likelihood times impact, weighted by group, with a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from kmv_core.vocabulary.checks import checked, nearest, number_problem, whole_problem
from kmv_core.vocabulary.errors import KmvError, Problem, problem, raise_errors

Verdict = Literal["low", "medium", "high"]
VERDICTS: dict[Verdict, tuple[str, str]] = {
    "low": ("acceptable", "可接受"),
    "medium": ("acceptable with measures", "采取措施后可接受"),
    "high": ("not acceptable as it stands", "现状不可接受"),
}
MEDIUM_ABOVE = 5.0
HIGH_ABOVE = 12.0
"""Of 25: the usual bands of a five by five matrix."""
_SUM = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskItem:
    """One risk, judged."""

    group: str
    title: str
    likelihood: int
    """1 (rare) to 5 (almost certain)."""
    impact: int
    """1 (slight) to 5 (the notes fail)."""
    evidence: str = ""
    """What the judgement rests on."""

    @property
    def score(self) -> int:
        """Likelihood times impact, 1 to 25."""
        return self.likelihood * self.impact


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupScore:
    """One group of the register."""

    group: str
    weight: float
    """A decimal; the groups' weights add to 1."""
    score: float
    """Mean of its items, 1 to 25."""
    worst: RiskItem


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRegister:
    """What the register says."""

    groups: tuple[GroupScore, ...]
    total: float
    """Weighted mean of the groups, 1 to 25."""
    worst: RiskItem
    verdict: Verdict
    problems: tuple[Problem, ...]
    """W349 names the items without evidence."""


def risk_register(
    *,
    items: Sequence[RiskItem],
    weights: Mapping[str, float] | None = None,
    medium_above: float = MEDIUM_ABOVE,
    high_above: float = HIGH_ABOVE,
) -> RiskRegister:
    """Scores by group, their total and a verdict.

        score = likelihood x impact,  group = mean of its items,  total = sum of weight x group

    The verdict is that of the total, but never better than medium while a single item is high: a mean would hide the
    one risk that ends the deal. `weights` by group, decimals that add to 1, as pairwise_weights gives them; all groups
    alike if left out. `medium_above` and `high_above` on the scale of 1 to 25.

    Raises KmvError E227 without items, E226 for a judgement that is not whole or not 1 to 5, for weights that do not
    add to 1 and for limits out of order, E202 for a group without weight, E204 for a weight without group.

    >>> items = [RiskItem(group="law", title="true sale", likelihood=2, impact=5, evidence="opinion of 3 May"),
    ...     RiskItem(group="patents", title="validity", likelihood=1, impact=4, evidence="search report")]
    >>> found = risk_register(items=items, weights={"law": .25, "patents": .75})
    >>> found.total, found.verdict, found.worst.title
    (5.5, 'medium', 'true sale')
    """
    raise_errors(_problems(items))
    groups = list(dict.fromkeys(each.group for each in items))
    shares = dict.fromkeys(groups, 1.0 / len(groups)) if weights is None else _weights(groups, weights)
    _check_limits(medium_above, high_above)
    scores = []
    for group in groups:
        own = [each for each in items if each.group == group]
        mean = sum(each.score for each in own) / len(own)
        scores.append(GroupScore(group=group, weight=shares[group], score=mean, worst=_worst(own)))
    total = sum(each.weight * each.score for each in scores)
    worst = _worst(items)
    verdict: Verdict = "high" if total > high_above else "medium" if total > medium_above else "low"
    if verdict == "low" and worst.score > high_above:
        verdict = "medium"
    bare = [each.title for each in items if not each.evidence.strip()]
    return RiskRegister(
        groups=tuple(scores),
        total=total,
        worst=worst,
        verdict=verdict,
        problems=(problem("W349", found=", ".join(bare)),) if bare else (),
    )


def _worst(items: Sequence[RiskItem]) -> RiskItem:
    """The highest score; of equal ones the greater impact, then the first."""
    return max(items, key=lambda each: (each.score, each.impact))


def _problems(items: Sequence[RiskItem]) -> list[Problem]:
    if not items:
        return [problem("E227", what="risk", what_zh="风险项", section="register")]
    found: list[Problem] = []
    for place, each in enumerate(items):
        for name, value in (("likelihood", each.likelihood), ("impact", each.impact)):
            bad = number_problem(name, value, where=each.title, field=("register", place, name)) or whole_problem(
                name, value
            )
            if bad is not None:
                found.append(bad.at(each.title))
    return found


def _weights(groups: Sequence[str], weights: Mapping[str, float]) -> dict[str, float]:
    found: list[Problem] = []
    for group in groups:
        if group not in weights:
            words = {"name": group, "title_en": "weight", "title_zh": "权重", "section": "register"}
            found.append(problem("E202", where=group, field=(), **words))
    for group in weights:
        if group not in groups:
            words = {"what": "group", "what_zh": "分组", "name": group, "nearest": nearest(group, groups)}
            found.append(problem("E204", where=group, field=(), **words))
    raise_errors(found)
    shares = checked(group_weight=[weights[group] for group in groups])["group_weight"]
    total = float(shares.sum())
    if abs(total - 1.0) > _SUM:
        words = {"name": "weights", "name_zh": "权重", "domain": "1 in all", "domain_zh": "合计为 1"}
        raise KmvError(problem("E226", where="", field=(), found=f"{total:g}", remedy="", **words))
    return dict(zip(groups, shares.tolist(), strict=True))


def _check_limits(medium_above: float, high_above: float) -> None:
    if not 1.0 <= medium_above < high_above <= 25.0:
        words = {"name": "high_above", "domain": "above medium_above, both from 1 to 25", "name_zh": "高风险界限"}
        words |= {"domain_zh": "大于中风险界限，且均在 1 至 25 之间", "found": f"{high_above:g}", "remedy": ""}
        raise KmvError(problem("E226", where="", field=(), **words))
