"""What a run of the waterfall pays, date by date and step by step, and what its triggers say.

A run is expected collections times one multiple. By default no payer of support pays, as in the base case.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from addin.deal_values import read_value
from addin.functions.ranges import flag, number_inside
from addin.functions.registry import worksheet_function
from addin.functions.shapes import ONE_CELL, misshapen
from addin.functions.tranche import deal_of, finite_or_blank, heading, payers_of
from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.order import Step
from kmv_core.deal.payments import run_waterfall
from kmv_core.deal.schedule import Schedule, schedule_of
from kmv_core.deal.waterfall import Waterfall, trace
from kmv_core.vocabulary.errors import KmvError, problem, raise_errors
from kmv_core.vocabulary.terms import TERMS

STEP_WORDS = {
    "available": "可用资金",
    "fee": "费用",
    "interest": "利息",
    "reserve": "储备",
    "principal": "本金",
    "all_principal": "全部本金",
    "retain": "留存",
    "fixed_return": "固定收益",
    "reward": "超额奖励",
    "residual": "剩余",
    "support": "差额补足",
    "clean_up_call": "清仓回购",
}


@worksheet_function(
    "Tranche",
    "瀑布：各支付日的回收、期初账户、补足、各支付项已付、清仓回购、各档余额、期末账户；缺省无人补足。",
)
def WATERFALL(deal: Any, collections_multiple: Any = 1.0, labels: Any = False, payers: Any = "none") -> Any:
    """Waterfall: date, collections, opening account, support, paid by step, called, balances, account; no payer pays.

    One row a payment date, money. Steps stand in the order of payment, those of other orders after the normal one's; the
    sum of what they were paid is collections + opening account + support. Balances are those after the payment.
    `=WATERFALL(deal, 0.8, TRUE)`: the run with four fifths of the expected collections, with a header row. Errors: E226
    a negative multiple, E211 an error cell in any argument, and what the deal itself is refused for.
    """
    shown = flag(labels, TERMS["labels"])
    schedule, run = _run(deal, collections_multiple, payers)
    opening = np.concatenate([[run.reserve_initial], run.reserve[0, :-1]])
    columns = [
        run.collections[0],
        opening,
        run.support[:, 0].sum(axis=0),
        *run.paid[:, 0],
        run.called[:, 0].sum(axis=0),
        *run.outstanding[:, 0],
        run.reserve[0],
    ]
    rows: list[list[Any]] = [
        [date, *line] for date, line in zip(schedule.dates, np.stack(columns, axis=1).tolist(), strict=True)
    ]
    head = [
        heading("payment_date"),
        "回收 | collections",
        "期初账户 | opening account",
        "差额补足 | support",
        *(f"已付{_step_word(each)}" for each in run.steps),
        "清仓回购 | clean_up_call",
        *(f"余额 | balance {each.tranche}" for each in run.tranches),
        "期末账户 | account",
    ]
    return [head, *rows] if shown else rows


@worksheet_function(
    "Tranche", "某支付日的支付过程：偿付顺序、顺位、支付项、收款方、应付、已付、剩余资金；缺省无人补足。"
)
def WATERFALL_TRACE(
    deal: Any, payment_date: Any, collections_multiple: Any = 1.0, labels: Any = False, payers: Any = "none"
) -> Any:
    """How one date pays: order in force, level, step, payee, due, paid and cash left; by default no payer pays.

    The first row is the cash available, then every step of the order in force with the cash left after it; lines of
    support and of a clean-up call stand last, at level 0. Money. `=WATERFALL_TRACE(deal, A5, BREAK_EVEN(deal, "Senior"))`:
    the date in A5 where the senior is just paid. E290 names the nearest payment date.
    """
    shown = flag(labels, TERMS["labels"])
    schedule, run = _run(deal, collections_multiple, payers)
    lines = deal_of(deal).support
    rows: list[list[Any]] = []
    for each in trace(run, _place_of(payment_date, schedule)):
        payee = lines[int(each.payee) - 1].support if each.step == "support" else each.payee
        rows.append([each.order, each.level, each.step, payee, each.due, each.paid, each.left])
    head = [
        *map(heading, ("order", "level", "step", "payee")),
        "应付 | due",
        "已付 | paid",
        "剩余资金 | left",
    ]
    return [head, *rows] if shown else rows


@worksheet_function(
    "Tranche", "触发事件：各支付日每项的检验值、限值、是否触发（1 或 0），末列为当期偿付顺序；缺省无人补足。"
)
def TRIGGERS(deal: Any, collections_multiple: Any = 1.0, labels: Any = False, payers: Any = "none") -> Any:
    """Triggers by date: value, limit and state (1 active, 0 not) of each, then the order in force; no payer pays.

    One row a payment date, three columns a trigger. Value: cumulative recovery over the expected one (decimal), 1 for a
    missed payment or a date that has come; blank before the first test. Without triggers: date and order.
    """
    shown = flag(labels, TERMS["labels"])
    schedule, run = _run(deal, collections_multiple, payers)
    triggers, orders = deal_of(deal).triggers, list(run.orders)
    rows: list[list[Any]] = []
    for t, date in enumerate(schedule.dates):
        row: list[Any] = [date]
        for i, each in enumerate(triggers):
            limit = each.from_date if each.test == "date" else each.limit
            # A missed payment has no limit, and before its first date a trigger has no value.
            row += [
                finite_or_blank(float(run.trigger_value[i, 0, t])),
                "" if limit is None or each.test == "unpaid" else limit,
                int(run.trigger_active[i, 0, t]),
            ]
        rows.append([*row, orders[int(run.order_index[0, t])]])
    head = [heading("payment_date")]
    for each in triggers:
        head += [f"{word} {each.trigger}" for word in ("检验值 | value", "限值 | limit", "触发 | active")]
    return [[*head, heading("order")], *rows] if shown else rows


def _run(cells: Any, multiple: Any, payers: Any) -> tuple[Schedule, Waterfall]:
    times = number_inside(multiple, TERMS["collections_multiple"], 1.0)
    deal: Deal = deal_of(cells)
    raise_errors(deal_problems(deal))
    schedule = schedule_of(deal)
    cash = times * expected_collections(deal, schedule)[None, :]
    return schedule, run_waterfall(deal, schedule, cash, payers_alive=payers_of(deal, payers))


def _place_of(cell: Any, schedule: Schedule) -> int:
    """Which payment a date names: that on which it is made, or the one it was due."""
    if isinstance(cell, tuple):
        term = TERMS["payment_date"]
        raise misshapen(term, ONE_CELL)
    date, found = read_value("payment_date", "date", cell)
    raise_errors(found)
    for dates in (schedule.dates, schedule.due_dates):
        if date in dates:
            return dates.index(date)
    nearest: dt.date = min(schedule.dates, key=lambda each: abs((each - date).days))
    raise KmvError(problem("E290", found=date.isoformat(), nearest=nearest.isoformat()))


def _step_word(step: Step) -> str:
    return f"{STEP_WORDS[step.kind]} | paid {step.kind} {step.payee}".rstrip()
