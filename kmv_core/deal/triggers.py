"""Triggers: when the order of payment changes.

    cumulative_recovery  net collections to date / expected net collections to date < limit, at the date itself
    unpaid               interest or fallen-due principal of the subject was missed at a date before
    date                 from the trigger's date on

The first active trigger of the deal's list decides the order; one that is not curable stays active.
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

    def order_at(self, t: int, cash: Floats, missed: Booleans) -> NDArray[np.int8]:
        """The order of each path at a date; `cash` is that date's, `missed` [tranche, path] that of the dates before."""
        self.collected = self.collected + cash
        chosen = np.zeros(len(cash), dtype=np.int8)
        open_paths = np.ones(len(cash), dtype=bool)
        for i in range(len(self.triggers.lines)):
            if t >= self.triggers.first[i]:
                self._test(i, t, missed)
            chosen[open_paths & self.active[i]] = self.triggers.orders[i]
            open_paths &= ~self.active[i]
        return chosen

    def _test(self, i: int, t: int, missed: Booleans) -> None:
        line = self.triggers.lines[i]
        if line.test == "cumulative_recovery":
            expected = float(self.triggers.expected[t])
            # Nothing expected yet: nothing can be missing.
            self.values[i] = self.collected / expected if expected > 0.0 else 1.0
            now = self.values[i] < (line.limit or 0.0)
        elif line.test == "unpaid":
            now = missed[self.triggers.subjects[i]]
            self.values[i] = now
        else:
            now = np.ones(self.active.shape[1], dtype=bool)
            self.values[i] = 1.0
        self.active[i] = now if line.curable == "yes" else self.active[i] | now
