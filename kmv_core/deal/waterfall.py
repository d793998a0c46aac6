"""What a run of the waterfall leaves: amounts due and paid, step by step, path by path, date by date."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kmv_core.deal.deal import StepKind, Tranche
from kmv_core.deal.order import Levels, Step
from kmv_core.vocabulary.checks import Floats

PAID_TOLERANCE = 1e-12
"""Of the tranche's size: rounding of the arithmetic is below it, one cent of a billion is not."""


@dataclass(frozen=True, slots=True)
class Waterfall:
    """What was due and paid. Arrays are [line, path, payment date] unless said otherwise."""

    orders: dict[str, Levels]
    """Every order the run could be in; the first is the normal one."""
    steps: tuple[Step, ...]
    """Of all orders, each once."""
    tranches: tuple[Tranche, ...]
    """By rank: the order of the lines of `outstanding`."""
    collections: Floats
    """[path, payment date]; nothing comes in after a clean-up call."""
    due: Floats
    """By step; 0 where the order in force has no such step."""
    paid: Floats
    """By step, what support paid included."""
    supported: Floats
    """By step: the part of it that support paid."""
    outstanding: Floats
    """By tranche, after the payment."""
    interest_short: Floats
    """By tranche: interest owed and not paid, after the payment."""
    principal_short: Floats
    """By tranche: principal that has fallen due (scheduled, and all at the last date) and is not paid."""
    reserve: Floats
    """Balance kept on the account after the payment, retained surplus included, [path, payment date]."""
    support: Floats
    """By line of support: paid in."""
    called: Floats
    """By tranche: principal and interest owed that the clean-up call pays."""
    order_index: NDArray[np.int8]
    """[path, payment date]: the order in force."""
    trigger_value: Floats
    """By trigger: what is compared with the limit; nan before its first date and after a call."""
    trigger_active: NDArray[np.bool_]
    """By trigger."""
    reserve_initial: float

    def step(self, kind: StepKind, payee: str = "") -> int:
        """The index of a step; -1 where no order has one."""
        wanted = Step(kind, payee)
        return self.steps.index(wanted) if wanted in self.steps else -1

    def shortfall(self, kind: StepKind, payee: str) -> Floats:
        """Due less paid of a step, [path, payment date]; zeros where no order has it."""
        at = self.step(kind, payee)
        if at < 0:
            return np.zeros_like(self.collections)
        short: Floats = self.due[at] - self.paid[at]
        return short

    def imbalance(self) -> Floats:
        """Cash in less cash out, [path, payment date]; zero but for rounding.

        In: collections, the account's opening balance, support. Out: every step, the account's own being what stays.
        A clean-up call brings what it pays.
        """
        opening = np.concatenate([np.full((len(self.reserve), 1), self.reserve_initial), self.reserve[:, :-1]], axis=1)
        gap: Floats = self.collections + opening + self.support.sum(axis=0) - self.paid.sum(axis=0)
        return gap


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLine:
    """One line of the log of a payment date."""

    order: str
    level: int
    step: str
    payee: str
    due: float
    paid: float
    left: float
    """Cash left after the step (support does not touch it)."""


def trace(run: Waterfall, at: int, *, path: int = 0) -> tuple[TraceLine, ...]:
    """Every step of one payment date in the order in force, from what is available to nothing left.

    The first line is the cash available; lines of support and of a clean-up call stand last.
    """
    before = run.reserve_initial if at == 0 else float(run.reserve[path, at - 1])
    left = float(run.collections[path, at]) + before
    name = list(run.orders)[int(run.order_index[path, at])]
    lines = [TraceLine(order=name, level=0, step="available", payee="", due=left, paid=0.0, left=left)]
    for level, steps in enumerate(run.orders[name], start=1):
        for step in steps:
            i = run.step(step.kind, step.payee)
            due, paid = float(run.due[i, path, at]), float(run.paid[i, path, at])
            left = max(left - (paid - float(run.supported[i, path, at])), 0.0)
            lines.append(
                TraceLine(order=name, level=level, step=step.kind, payee=step.payee, due=due, paid=paid, left=left)
            )
    lines += [
        TraceLine(order=name, level=0, step="support", payee=str(i + 1), due=amount, paid=amount, left=left)
        for i, amount in enumerate(run.support[:, path, at].tolist())
        if amount > 0.0
    ]
    lines += [
        TraceLine(order=name, level=0, step="clean_up_call", payee=each.tranche, due=amount, paid=amount, left=left)
        for each, amount in zip(run.tranches, run.called[:, path, at].tolist(), strict=True)
        if amount > 0.0
    ]
    return tuple(lines)
