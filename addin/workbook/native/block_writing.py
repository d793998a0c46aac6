"""What every part of a block is written with: the page, the plan of rows, the run's values and the cells of parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from addin.workbook.native.block_plan import Plan
from addin.workbook.native.block_values import Values
from addin.workbook.native.context import Native
from addin.workbook.timeline import Timeline
from kmv_core.deal.deal import Deal
from kmv_core.deal.order import Step
from kmv_core.deal.waterfall import PAID_TOLERANCE

KIND_WORDS = {
    "fee": ("费用", "fee"),
    "interest": ("利息", "interest"),
    "reserve": ("流动性储备", "reserve"),
    "principal": ("本金", "principal"),
    "all_principal": ("全部本金", "all principal"),
    "retain": ("留存", "retained"),
    "fixed_return": ("固定收益", "fixed return"),
    "reward": ("服务商奖励", "reward"),
    "residual": ("剩余", "residual"),
}


@dataclass(frozen=True)
class Writing:
    """A block being written."""

    page: Timeline
    native: Native
    deal: Deal
    """Under the block's parameters: sizes and coupons as the run has them."""
    plan: Plan
    values: Values

    @property
    def unit(self) -> str:
        return self.native.unit

    def parameter(self, key: str) -> str:
        """The cell of a parameter of the block."""
        return f"$C${self.plan.parameters[key]}"

    def repaid_below(self) -> tuple[str, float, str]:
        """The amount below which all notes together count as repaid: formula, value, format."""
        size = f"{self.native.deal.ref('deal', 'issue_size')}*{self.parameter('size')}"
        return f"={self.parameter('tolerance')}*{size}", PAID_TOLERANCE * self.deal.issue_size, "least"

    @property
    def balances(self) -> str:
        """Balances before the payment, all tranches."""
        rows = list(self.plan.block.balance.values())
        return f"{{p}}{rows[0]}:{{p}}{rows[-1]}"

    def tranche(self, name: str) -> int:
        """Its number by rank, which is its line on the deal sheet."""
        return self.plan.names.index(name)

    def may_stay(self, name: str) -> str:
        """Balance of a tranche that has not fallen due at this date."""
        return f"$E{self.plan.block.balance[name]}*(1-{self.native.rows.cell('share_due', name)})"

    def has(self, step: Step) -> str:
        """Factor 1 where the order in force has a step, with its sign; empty where all have it."""
        if self.plan.everywhere(step):
            return ""
        flags = [f"{{c}}${self.plan.in_force[o]}" for o in self.plan.having(step)]
        return f"*{flags[0]}" if len(flags) == 1 else f"*({'+'.join(flags)})"

    def left(self, order: int, number: int) -> str:
        """Cash left before a level of an order, in brackets where it is a difference."""
        before = [line.step for level in self.plan.orders[order][:number] for line in level]
        start = f"{{c}}${self.plan.available[order]}"
        if not before:
            return start
        first, last = self.plan.cash[order, before[0]], self.plan.cash[order, before[-1]]
        return f"{start}-SUM({{c}}${first}:{{c}}{last})"

    def paid_so_far(self, order: int, steps: Iterable[Step]) -> list[str]:
        """Cells of what steps of one order are paid, from cash and from support."""
        cells = []
        for step in steps:
            cells.append(f"{{c}}{self.plan.cash[order, step]}")
            cells += [f"{{c}}{row}" for (_, o, drawn), row in self.plan.draw.items() if (o, drawn) == (order, step)]
        return cells


def words(step: Step) -> str:
    """A step in both languages."""
    zh, en = KIND_WORDS[step.kind]
    return f"{zh} {en}, {step.payee}" if step.payee else f"{zh} {en}"
