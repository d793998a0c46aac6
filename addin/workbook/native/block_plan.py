"""One run of the waterfall as a block of rows: where every line stands (block_layout places them)."""

from __future__ import annotations

from dataclasses import dataclass, field

from kmv_core.deal.order import Step
from kmv_core.deal.payments import Line, Payments

OF_PRINCIPAL = ("principal", "all_principal")
OF_WHAT_IS_LEFT = ("retain", "reward")
"""Due depends on what the steps before leave, so every order has a line of its own."""

Place = tuple[int, Step]
"""A step in an order; order -1 where one line serves all orders."""


@dataclass
class Block:
    """Where the lines of a written block stand, by row."""

    top: int
    multiple: int = 0
    date: int = 0
    available: int = 0
    collections: int = 0
    rate: dict[str, int] = field(default_factory=dict)
    """Coupon rates by tranche; 0 where none is owed."""
    due: dict[Step, int] = field(default_factory=dict)
    """The step's line; in several orders, that of the first order that has it."""
    paid: dict[Step, int] = field(default_factory=dict)
    """In all: from cash and from support, whatever order is in force."""
    balance: dict[str, int] = field(default_factory=dict)
    reserve: int = 0
    """What is on the account after the payment, retained surplus included."""
    imbalance: int = 0
    unpaid_interest: dict[str, int] = field(default_factory=dict)
    """Of tranches whose interest is a step of some order."""
    unpaid_principal: dict[str, int] = field(default_factory=dict)
    """Share of the tranche outstanding."""
    overdue_principal: dict[str, int] = field(default_factory=dict)
    """Principal that has fallen due and is not paid, an amount."""
    trigger_value: dict[str, int] = field(default_factory=dict)
    trigger_active: dict[str, int] = field(default_factory=dict)
    order: int = 0
    """Number of the order in force, from 1; 0 where there is one order without triggers."""
    call: int = 0
    """1 where the clean-up call is made after the date's payment; 0 where the deal has none."""
    called: dict[str, int] = field(default_factory=dict)
    """What the call pays, by tranche."""
    drawn: dict[str, int] = field(default_factory=dict)
    """What each line of support pays in; where payers pay."""
    end: int = 0


@dataclass
class Plan:
    """Every row of the block; `block` is the part others look at."""

    payments: Payments
    block: Block
    alive: tuple[bool, ...]
    names: list[str] = field(default_factory=list)
    """Tranches by rank."""
    parameters: dict[str, int] = field(default_factory=dict)
    titles: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Headings of the parts, in both languages."""
    accrual: int = 0
    fraction: int = 0
    opening_account: int = 0
    called_before: int = 0
    collected: int = 0
    in_force: list[int] = field(default_factory=list)
    """1 where an order is in force; empty where there is one order."""
    next_interest: int = 0
    fee_memo: int = 0
    """Three rows: the yearly fee rate, fixed fees a year, the balance that counts as repaid."""
    next_costs: int = 0
    due: dict[Place, int] = field(default_factory=dict)
    arrears: dict[Step, int] = field(default_factory=dict)
    """Fees and returns that an order leaves out: what they are still owed."""
    available: list[int] = field(default_factory=list)
    """By order."""
    remaining: dict[Place, int] = field(default_factory=dict)
    """Principal still outstanding where surplus is retained."""
    level_total: dict[tuple[int, int], int] = field(default_factory=dict)
    level_share: dict[tuple[int, int], int] = field(default_factory=dict)
    cash: dict[Place, int] = field(default_factory=dict)
    short: dict[Place, int] = field(default_factory=dict)
    draw: dict[tuple[int, int, Step], int] = field(default_factory=dict)
    """By line of support, order and step."""
    cap: dict[int, int] = field(default_factory=dict)
    call_total: int = 0
    call_price: int = 0
    call_ahead: int = 0
    in_arrears: dict[str, int] = field(default_factory=dict)

    @property
    def orders(self) -> list[list[list[Line]]]:
        return self.payments.levels

    @property
    def order_names(self) -> list[str]:
        return list(self.payments.orders)

    @property
    def many(self) -> bool:
        return len(self.orders) > 1

    @property
    def callable(self) -> bool:
        return self.payments.deal.structure.call_share > 0.0

    @property
    def supported(self) -> bool:
        return any(self.alive)

    def mark(self, order: int) -> str:
        """The number of an order for a label; nothing where there is one order."""
        return f" [{order + 1}]" if self.many else ""

    def lines(self, order: int) -> list[Line]:
        """All steps of an order, one after the other."""
        return [line for level in self.orders[order] for line in level]

    def having(self, step: Step) -> list[int]:
        """The orders that have a step."""
        return [o for o in range(len(self.orders)) if any(line.step == step for line in self.lines(o))]

    def everywhere(self, step: Step) -> bool:
        return len(self.having(step)) == len(self.orders)

    def earlier_principal(self, order: int, step: Step) -> list[Step]:
        """Other principal of the same tranche at levels before, in one order."""
        found: list[Step] = []
        for level in self.orders[order]:
            if any(line.step == step for line in level):
                return found
            found += [line.step for line in level if line.step.kind in OF_PRINCIPAL and line.step.payee == step.payee]
        return found

    def is_own(self, step: Step) -> bool:
        """Whether every order has a line of its own for what is due."""
        if step.kind in OF_WHAT_IS_LEFT:
            return True
        return step.kind in OF_PRINCIPAL and any(self.earlier_principal(o, step) for o in self.having(step))

    def place(self, order: int, step: Step) -> Place:
        """Where the amount due to a step of an order stands."""
        return (order if self.is_own(step) else -1, step)

    def due_row(self, order: int, step: Step) -> int:
        return self.due[self.place(order, step)]
