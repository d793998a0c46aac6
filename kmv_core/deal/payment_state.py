"""What a run of the waterfall carries from one payment date to the next."""

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

    def part(self, at: NDArray[np.intp]) -> State:
        """The paths `at` of it, copied."""
        return State(
            [each[at] for each in self.outstanding],
            [each[at] for each in self.interest],
            [each[at] for each in self.returns],
            [each[at] for each in self.fees],
            self.account[at],
            [each[at] for each in self.support],
        )

    def put(self, at: NDArray[np.intp], part: State) -> None:
        """The paths `at` replaced by `part`."""
        for mine, theirs in (
            (self.outstanding, part.outstanding),
            (self.interest, part.interest),
            (self.returns, part.returns),
            (self.fees, part.fees),
            (self.support, part.support),
        ):
            for i, values in enumerate(theirs):
                mine[i] = mine[i].copy()
                mine[i][at] = values
        self.account = self.account.copy()
        self.account[at] = part.account
