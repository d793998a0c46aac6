"""Preset conditions: what each risk control is worth, and how the notes stand what a structurer asks first.

    worth of a condition = PD under it - PD of the deal as it stands, tranche by tranche

Each control is taken away alone, then all together. Worths do not add up to that of all: controls stand in for one
another (a note with a strong payer hardly needs its reserve), and nothing here says otherwise; order-free shares are
another question. The headline is what the assessment calls so: exact for licences, else the waterfall reading. The
`due` reading holds the weighted lives of the deal as it stands, as every question does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Literal

from kmv_core.deal import changes
from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.risk.answers import figures_of, headline_of
from kmv_core.risk.assess import Reading, TrancheAssessment, assess
from kmv_core.risk.sensitivity import with_frozen_lives
from kmv_core.vocabulary.errors import KmvError, Problem, raise_errors

Group = Literal["base", "control", "all_controls", "event", "stress"]

RATE_SHIFT = 0.01
"""+100 bp on every coupon."""
COLLECTION_SHIFTS = (-0.1, -0.2, -0.3)

WORDS: dict[str, tuple[str, str]] = {
    "base": ("基准", "Base case"),
    "without_subordination": ("无优先/次级分层（同顺位）", "No subordination (pari passu)"),
    "without_reserve": ("无流动性储备", "No liquidity reserve"),
    "without_overcollateral": ("无超额覆盖", "No overcollateral"),
    "without_support": ("无补足/担保", "No support"),
    "without_triggers": ("无信用触发机制", "No triggers"),
    "without_retention": ("超额资金不留存", "Surplus not retained"),
    "without_clean_up_call": ("无清仓回购", "No clean-up call"),
    "without_any_control": ("全部风控措施均无", "No control at all"),
    "largest_licensee_fails": ("最大被许可人违约", "Largest licensee in default"),
    "rate_up": ("有息档利率上升 100 个基点", "Coupons up 100 bp, zero ones apart"),
    "collections_down": ("回收/许可费下降", "Collections or fees down"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition and what became of every tranche under it."""

    name: str
    """A key of WORDS."""
    group: Group
    subject: str
    """Whose: the line of support, the licensee; empty where the condition needs no name."""
    shift: float
    """How much, a decimal; 0 where the condition has no size."""
    tranches: tuple[TrancheAssessment, ...]
    """By rank of the deal as it stands, losses of the waterfall left out (nan); empty where the condition makes the
    deal unusable."""
    problems: tuple[Problem, ...]
    """Why it is unusable; empty where it is not."""

    @property
    def key(self) -> str:
        """One word that is this condition's alone."""
        size = f" {self.shift:+.0%}" if self.name == "collections_down" else ""
        return f"{self.name}{size}" + (f" {self.subject}" if self.subject else "")

    @property
    def zh(self) -> str:
        return WORDS[self.name][0] + self._detail

    @property
    def en(self) -> str:
        return WORDS[self.name][1] + self._detail

    @property
    def label(self) -> str:
        """Both languages, a name only once."""
        zh, en = WORDS[self.name]
        return f"{zh}{self._size} {en}{self._size}" + (f": {self.subject}" if self.subject else "")

    @property
    def _size(self) -> str:
        return f" {-self.shift:.0%}" if self.name == "collections_down" else ""

    @property
    def _detail(self) -> str:
        return f"{self._size}: {self.subject}" if self.subject else self._size


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetConditions:
    """Every condition of a deal, the base first."""

    tranches: tuple[str, ...]
    """By rank."""
    headline: str
    """The reading shown first: exact or waterfall."""
    conditions: tuple[Condition, ...]

    @property
    def readings(self) -> tuple[str, ...]:
        """Those the deal has, the headline first."""
        return ("exact", "waterfall", "due") if self.headline == "exact" else ("waterfall", "due")

    @property
    def base(self) -> Condition:
        return self.conditions[0]

    def figures(self, condition: Condition, tranche: int, reading: str = "") -> Reading | None:
        """One tranche (by rank, from 0) in one reading, the headline where none is named; None where unusable."""
        if not condition.tranches:
            return None
        return figures_of(condition.tranches[tranche], reading or self.headline)

    def worth(self, condition: Condition, tranche: int, reading: str = "") -> float | None:
        """PD under the condition less PD of the base; None where unusable. Above 0: the control was of use."""
        found, base = self.figures(condition, tranche, reading), self.figures(self.base, tranche, reading)
        if found is None or base is None:
            return None
        return found.probability_of_default - base.probability_of_default


def preset_conditions(deal: Deal) -> PresetConditions:
    """The table of a deal: base; each control it has taken away; all of them; licensee in default; rates; collections.

    Controls, only those that are there: subordination (more than one rank), overcollateral (assets above what is due),
    reserve, every line of support, triggers, retained surplus, clean-up call. The servicer's reward is no control: it
    ranks after the notes. The largest debtor of a pool of loans is not in its figures, so that event is for licences.
    A condition that makes the deal unusable carries its problems. Raises KmvError for a deal refused as it stands.
    """
    raise_errors(deal_problems(deal))
    frozen = with_frozen_lives(deal)
    found = [_condition(frozen, *line) for line in _conditions(frozen)]
    base = found[0]
    return PresetConditions(
        tranches=tuple(each.tranche for each in deal.by_rank),
        headline=headline_of(base.tranches),
        conditions=tuple(found),
    )


Change = Callable[[Deal], Deal]
_Line = tuple[str, Group, str, float, Change]


def controls_of(deal: Deal) -> Iterator[tuple[str, str, Change]]:
    """Name, whose, and the copy without it, of every risk control the deal has."""
    if len({each.rank for each in deal.tranches}) > 1:
        yield "without_subordination", "", changes.without_subordination
    # Measured on the deal as it stands, also where other controls are gone as well.
    factor = changes.overcollateral_factor(deal)
    if factor < 1.0:
        yield "without_overcollateral", "", lambda each: changes.scale_collections(each, factor)
    reserve = deal.reserve
    if reserve.reserve_multiple > 0.0 or reserve.reserve_initial > 0.0 or reserve.reserve_floor > 0.0:
        yield "without_reserve", "", changes.without_reserve
    for line in deal.support:
        yield "without_support", line.support, _without_line(line.support)
    if deal.triggers:
        yield "without_triggers", "", changes.without_triggers
    if deal.structure.surplus == "retain" or any(line.step == "retain" for line in deal.order):
        yield "without_retention", "", changes.without_retention
    if deal.structure.call_share > 0.0:
        yield "without_clean_up_call", "", changes.without_clean_up_call


def without_controls(deal: Deal) -> Deal:
    """The deal without any of its risk controls."""
    return reduce(lambda each, control: control[2](each), tuple(controls_of(deal)), deal)


def _conditions(deal: Deal) -> Iterator[_Line]:
    yield "base", "base", "", 0.0, lambda each: each
    controls = tuple(controls_of(deal))
    for name, subject, change in controls:
        yield name, "control", subject, 0.0, change
    if len(controls) > 1:
        yield "without_any_control", "all_controls", "", 0.0, without_controls
    largest = changes.largest_licensee(deal)
    if largest is not None:
        yield "largest_licensee_fails", "event", largest, 0.0, lambda each: changes.licensee_fails(each, largest)
    yield "rate_up", "stress", "", RATE_SHIFT, lambda each: changes.shift_coupons(each, RATE_SHIFT)
    for shift in COLLECTION_SHIFTS:
        yield "collections_down", "stress", "", shift, _scaled(1.0 + shift)


def _without_line(name: str) -> Change:
    return lambda deal: changes.without_support(deal, [name])


def _scaled(factor: float) -> Change:
    return lambda deal: changes.scale_collections(deal, factor)


def _condition(deal: Deal, name: str, group: Group, subject: str, shift: float, change: Change) -> Condition:
    tranches: tuple[TrancheAssessment, ...] = ()
    problems: tuple[Problem, ...] = ()
    try:
        tranches = assess(change(deal), losses=False).tranches
    except KmvError as error:
        problems = tuple(each for each in error.problems if each.is_error)
    return Condition(name=name, group=group, subject=subject, shift=shift, tranches=tranches, problems=problems)
