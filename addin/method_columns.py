"""The methods on the pool of a deal, asked for its tranches: what cells, JSON and report show alike.

A tranche is short by a method where the pool loses more than stands before it:

    cushion_k = owed + initial reserve - D_k,  D_k the default point of the due reading;  PD_k = P(loss > cushion_k)

No line of support counts, and no time: the methods know neither.
"""

from __future__ import annotations

from dataclasses import dataclass

from kmv_core.deal.deal import Deal
from kmv_core.methods.table import MethodRow, MethodTable, method_table
from kmv_core.risk.assess import assess
from kmv_core.vocabulary.checks import number_problem
from kmv_core.vocabulary.errors import Problem, problem


@dataclass(frozen=True, slots=True, kw_only=True)
class TrancheMethods:
    """The methods of a deal, by tranche."""

    table: MethodTable
    tranches: tuple[str, ...]
    cushions: tuple[float, ...]
    """By tranche, money; below 0 where more is due than the pool owes."""

    def probabilities(self, row: MethodRow) -> list[float | Problem]:
        """PD of every tranche by a method that has a result; E226 where no cushion is left to measure."""
        if row.result is None:
            return [row.reason or problem("E340") for _ in self.tranches]
        asked = iter(row.result.exceedance.tolist())
        return [_negative(each) or next(asked) for each in self.cushions]


def tranche_methods(deal: Deal) -> TrancheMethods:
    """Every method on the pool of a deal; raises KmvError for a deal that is refused, and as method_table."""
    tranches = assess(deal, readings=("due",), losses=False).tranches
    owed = method_table(deal=deal).owed
    reserve = deal.reserve.reserve_initial
    cushions = tuple(owed + reserve - each.due.default_point for each in tranches)
    return TrancheMethods(
        table=method_table(deal=deal, cushions=[each for each in cushions if each >= 0.0]),
        tranches=tuple(each.name for each in tranches),
        cushions=cushions,
    )


def _negative(cushion: float) -> Problem | None:
    return number_problem("cushions", cushion)
