"""The record of one run: what every step was owed and paid, date by date and path by path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kmv_core.deal.payment_state import State
from kmv_core.deal.triggers import TriggerRun
from kmv_core.deal.waterfall import Waterfall
from kmv_core.vocabulary.checks import Floats

if TYPE_CHECKING:
    from kmv_core.deal.payments import Payments

At = NDArray[np.intp] | None
"""The paths written to; None for all."""


class Record:
    """Arrays are [line, payment date, path]."""

    def __init__(self, deal: Payments, periods: int, paths: int) -> None:
        self.deal = deal
        shape = (periods, paths)
        steps, tranches, payers, groups = (
            len(each) for each in (deal.steps, deal.ranked, deal.deal.support, deal.deal.triggers)
        )
        self.due, self.paid = np.zeros((steps, *shape)), np.zeros((steps, *shape))
        self.from_support = np.zeros((steps if payers else 0, *shape))
        self.drawn = np.zeros((payers, *shape))
        self.outstanding = np.zeros((tranches, *shape))
        self.interest_short, self.principal_short = np.zeros_like(self.outstanding), np.zeros_like(self.outstanding)
        self.account = np.zeros(shape)
        self.called = np.zeros((tranches if deal.deal.structure.call_share > 0.0 else 0, *shape))
        self.order_index = np.zeros(shape, dtype=np.int8)
        self.trigger_value = np.full((groups, *shape), np.nan)
        self.trigger_active = np.zeros((groups, *shape), dtype=bool)

    def note_order(self, t: int, chosen: NDArray[np.int8], triggers: TriggerRun) -> None:
        """The order in force on each path, and why."""
        self.order_index[t] = chosen
        self.trigger_value[:, t], self.trigger_active[:, t] = triggers.values, triggers.active

    def note_payment(self, step: int, t: int, at: At, due: Floats, paid: Floats) -> None:
        """One step on the paths `at`."""
        rows = slice(None) if at is None else at
        self.due[step, t][rows] = due
        self.paid[step, t][rows] = paid

    def note_support(self, payer: int, step: int, t: int, at: At, drawn: Floats) -> None:
        """What one payer added to a step on the paths `at`."""
        rows = slice(None) if at is None else at
        self.drawn[payer, t][rows] += drawn
        self.from_support[step, t][rows] += drawn

    def note_state(self, t: int, state: State) -> None:
        """Notes, arrears and account after the payments of a date."""
        for k, (outstanding, interest) in enumerate(zip(state.outstanding, state.interest, strict=True)):
            self.outstanding[k, t] = outstanding
            self.interest_short[k, t] = interest
            self.principal_short[k, t] = np.maximum(outstanding - self.deal.fall_due[k, t], 0.0)
        self.account[t] = state.account

    def waterfall(self, cash: Floats) -> Waterfall:
        """The whole run; `cash` is [payment date, path]."""
        deal = self.deal
        shape = (cash.shape[1], cash.shape[0])

        def paths_first(values: Floats, lines: int) -> Floats:
            return np.swapaxes(values, 1, 2) if len(values) else np.zeros((lines, *shape))

        return Waterfall(
            orders=deal.orders,
            steps=deal.steps,
            tranches=deal.ranked,
            collections=cash.T,
            due=paths_first(self.due, 0),
            paid=paths_first(self.paid, 0),
            supported=paths_first(self.from_support, len(deal.steps)),
            outstanding=paths_first(self.outstanding, 0),
            interest_short=paths_first(self.interest_short, 0),
            principal_short=paths_first(self.principal_short, 0),
            reserve=self.account.T,
            support=paths_first(self.drawn, 0),
            called=paths_first(self.called, len(deal.ranked)),
            order_index=self.order_index.T,
            trigger_value=paths_first(self.trigger_value, 0),
            trigger_active=np.swapaxes(self.trigger_active, 1, 2),
            reserve_initial=deal.deal.reserve.reserve_initial,
        )
