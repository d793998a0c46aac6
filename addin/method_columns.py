"""The methods on the pool of a deal, asked for its tranches: what cells, JSON and report show alike.

A tranche is short by a method where the pool loses more than stands before it:

    cushion_k = owed - D_k,  D_k the default point of the due reading;  PD_k = P(loss > cushion_k)

No reserve, no line of support and no time counts: the methods know none of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from kmv_core.deal.deal import Deal
from kmv_core.methods.table import MethodResult, MethodTable, method_table
from kmv_core.risk.assess import assess
from kmv_core.vocabulary.checks import number_problem
from kmv_core.vocabulary.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class TrancheMethods:
    """The methods of a deal, by tranche."""

    table: MethodTable
    tranches: tuple[str, ...]
    cushions: tuple[float, ...]
    """By tranche, money; below 0 where more is due than the pool owes."""

    def probabilities(self, result: MethodResult) -> list[float | Problem]:
        """PD of every tranche by a method; E226 where no cushion is left to measure."""
        asked = iter(result.exceedance.tolist())
        return [_negative(each) or next(asked) for each in self.cushions]


def tranche_methods(deal: Deal) -> TrancheMethods:
    """Every method on the pool of a deal; raises KmvError for a deal that is refused, and as method_table."""
    tranches = assess(deal, readings=("due",), losses=False).tranches
    owed = method_table(deal=deal).owed
    cushions = tuple(owed - each.due.default_point for each in tranches)
    return TrancheMethods(
        table=method_table(deal=deal, cushions=[each for each in cushions if each >= 0.0]),
        tranches=tuple(each.name for each in tranches),
        cushions=cushions,
    )


def _negative(cushion: float) -> Problem | None:
    return number_problem("cushions", cushion)
