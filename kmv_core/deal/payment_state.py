"""Notes, arrears and accounts between two payment dates, and what does not change while a date is paid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kmv_core.vocabulary.checks import Floats


@dataclass(slots=True)
class State:
    """Notes and accounts between two payment dates; every array is [path]."""

    outstanding: list[Floats]
    interest: list[Floats]
    """Owed and not paid."""
    returns: list[Floats]
    fees: list[Floats]
    account: Floats
    support: list[Floats]
    """What each line may still pay."""

    zeros: Floats
    """Nothing owed or held on any path: told by its identity, so that no arithmetic is done on it."""

    def part(self, at: NDArray[np.intp] | slice) -> State:
        """The same on some of the paths; nothing stays nothing."""
        zeros = self.zeros[at]

        def those(rows: list[Floats]) -> list[Floats]:
            return [zeros if each is self.zeros else each[at] for each in rows]

        account = zeros if self.account is self.zeros else self.account[at]
        return State(
            those(self.outstanding),
            those(self.interest),
            those(self.returns),
            those(self.fees),
            account,
            those(self.support),
            zeros,
        )

    def put(self, at: NDArray[np.intp], part: State) -> None:
        for mine, theirs in (
            (self.outstanding, part.outstanding),
            (self.interest, part.interest),
            (self.returns, part.returns),
            (self.fees, part.fees),
            (self.support, part.support),
        ):
            for i, values in enumerate(theirs):
                if mine[i] is not self.zeros or values is not part.zeros:
                    mine[i] = mine[i].copy()
                    mine[i][at] = values
        if self.account is not self.zeros or part.account is not part.zeros:
            self.account = self.account.copy()
            self.account[at] = part.account


@dataclass(frozen=True, slots=True)
class Date:
    """What does not change while a date is paid."""

    t: int
    at: NDArray[np.intp] | None
    """The paths that pay by this order; None for all."""
    cash: Floats
    opening: list[Floats]
    """Outstanding before anything is paid."""
    total: Floats
    """Its sum where a fee is charged on it."""
    open: NDArray[np.bool_] | None
    """Where no call has ended the deal; None for a deal without a call."""


def sum_of(state: State, rows: list[Floats]) -> Floats:
    """The sum of amounts by path; of none at all it is nothing."""
    total = state.zeros
    for each in rows:
        if each is not state.zeros:
            total = each if total is state.zeros else total + each
    return total
