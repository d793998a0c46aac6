"""Triggers: when the order of payment changes.

    cumulative_recovery  net collections to date / expected net collections to date < limit, at the date itself
    unpaid               interest or fallen-due principal of the subject is unpaid after the date before
    date                 from the trigger's date on

The first active trigger of the deal's list decides the order. One that is not curable stays active; a curable one
returns once its test no longer holds, an `unpaid` one when the arrears are paid. After a clean-up call there is nothing
left to test: what was active then stays as it was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.deal import Deal
from kmv_core.deal.schedule import Schedule
from kmv_core.vocabulary.checks import Floats

Booleans = NDArray[np.bool_]


class Triggers:
    """The triggers of a deal compiled."""

    def __init__(self, deal: Deal, schedule: Schedule, orders: list[str]) -> None:
        self.lines = deal.triggers
        self.orders = [orders.index(each.order) for each in self.lines]
        self.first = [0 if each.from_date is None else schedule.index_from(each.from_date) for each in self.lines]
        names = [each.tranche for each in deal.by_rank]
        # A blank subject is the tranche that ranks first.
        self.subjects = [names.index(each.subject) if each.subject else 0 for each in self.lines]
        self.expected = np.cumsum(expected_collections(deal, schedule))


class TriggerRun:
    """The triggers in one run; arrays are [trigger, path]."""

    def __init__(self, triggers: Triggers, paths: int) -> None:
        self.triggers = triggers
        self.active = np.zeros((len(triggers.lines), paths), dtype=bool)
        self.values = np.full(self.active.shape, np.nan)
        self.collected = np.zeros(paths)

    def order_at(self, t: int, cash: Floats, arrears: Booleans, still: Booleans) -> NDArray[np.int8]:
        """The order of each path at a date.

        `cash` is that date's, `arrears` [tranche, path] what was unpaid after the date before, `still` [path] whether
        the deal has not been called.
        """
        self.collected = self.collected + cash
        chosen = np.zeros(len(cash), dtype=np.int8)
        open_paths = np.ones(len(cash), dtype=bool)
        for i in range(len(self.triggers.lines)):
            if t >= self.triggers.first[i]:
                self._test(i, t, arrears, still)
            chosen[open_paths & self.active[i]] = self.triggers.orders[i]
            open_paths &= ~self.active[i]
        return chosen

    def _test(self, i: int, t: int, arrears: Booleans, still: Booleans) -> None:
        line = self.triggers.lines[i]
        value: Floats
        if line.test == "cumulative_recovery":
            expected = float(self.triggers.expected[t])
            # Nothing expected yet: nothing can be missing.
            value = self.collected / expected if expected > 0.0 else np.ones(len(still))
            now = value < (line.limit or 0.0)
        elif line.test == "unpaid":
            now = arrears[self.triggers.subjects[i]]
            value = now.astype(np.float64)
        else:
            now = np.ones(len(still), dtype=bool)
            value = np.ones(len(still))
        self.values[i] = np.where(still, value, np.nan)
        self.active[i] = np.where(still, now if line.curable == "yes" else self.active[i] | now, self.active[i])
