"""What makes the structure of a deal unusable: names that lead nowhere, orders that leave someone out, idle lines."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence

from kmv_core.deal.business_days import adjusted
from kmv_core.deal.cash_in import fee_dates
from kmv_core.deal.deal import Deal, OrderLine
from kmv_core.deal.order import ACCELERATED, NORMAL, OF_TRANCHES, Step, has_interest, has_reserve
from kmv_core.vocabulary.checks import nearest
from kmv_core.vocabulary.errors import Problem, problem
from kmv_core.vocabulary.terms import TERMS

Field = tuple[str | int, ...]
SHARE_TOLERANCE = 1e-9


def structure_problems(deal: Deal) -> Iterator[Problem]:
    """Problems of the pool's kind, schedules, support, triggers and orders."""
    yield from _pool(deal)
    yield from _schedules(deal)
    yield from _names(deal)
    yield from _triggers(deal)
    for name in dict.fromkeys(line.order for line in deal.order):
        yield from _order(deal, name)


def _pool(deal: Deal) -> Iterator[Problem]:
    if (deal.recovery is None) == (not deal.licences):
        both = "both" if deal.licences else "neither"
        zh = "两者皆有" if deal.licences else "两者皆无"
        yield problem("E256", field=("licences",), found=both, found_zh=zh)
        return
    grades = [line.credit_grade for line in deal.grade_table]
    for i, each in enumerate(deal.licences):
        if each.probability_of_default is None and each.credit_grade not in grades:
            if not each.credit_grade:
                yield _blank(("licences", i, "probability_of_default"), "probability_of_default")
            else:
                field = ("licences", i, "credit_grade")
                yield _unknown(field, "credit grade", "信用等级", each.credit_grade, grades)
        if each.first_fee_date <= deal.pool.cutoff_date:
            yield problem(
                "E234",
                field=("licences", i, "first_fee_date"),
                later_name="first_fee_date",
                later_name_zh=TERMS["first_fee_date"].zh,
                later=each.first_fee_date.isoformat(),
                relation="after",
                relation_zh="晚于",
                earlier_name="cutoff_date",
                earlier_name_zh=TERMS["cutoff_date"].zh,
                earlier=deal.pool.cutoff_date.isoformat(),
            )
        elif _counts(each.fee_count, each.months_between):
            # As cash_in counts them: the last window closes before the last payment is made, not before it is due.
            last = adjusted(deal.legal_maturity, deal.structure.calendar, deal.structure.business_day)
            last -= dt.timedelta(days=deal.collection_lag)
            count = sum(date > last for date in fee_dates(each))
            if count:
                yield problem(
                    "W258",
                    field=("licences", i, "first_fee_date"),
                    name=each.licensee,
                    count=count,
                    amount=f"{count * each.fee_amount:,.12g}",
                    date=last.isoformat(),
                )


def _schedules(deal: Deal) -> Iterator[Problem]:
    repayments: dict[str, str] = {each.tranche: each.repayment for each in deal.tranches}
    payees = [line.tranche for line in deal.principal_schedule]
    yield from _scheduled("principal_schedule", "tranche", payees, "repayment", repayments)
    for name in repayments:
        total = math.fsum(line.principal_share for line in deal.principal_schedule if line.tranche == name)
        if total > 1.0 + SHARE_TOLERANCE:
            yield problem("E254", field=("principal_schedule",), name=name, found=f"{total:.12g}")
    bases: dict[str, str] = {each.fee: each.basis for each in deal.fees}
    yield from _scheduled("fee_schedule", "fee", [line.fee for line in deal.fee_schedule], "basis", bases)


def _scheduled(section: str, key: str, named: Sequence[str], way: str, ways: Mapping[str, str]) -> Iterator[Problem]:
    """Lines of a schedule that name nothing of the deal, or something that is not paid by schedule."""
    for i, name in enumerate(named):
        field: Field = (section, i, key)
        if name not in ways:
            yield _unknown(field, key, TERMS[key].zh, name, list(ways))
        elif ways[name] != "scheduled":
            yield problem("E255", field=field, found=name, name=way, expected=ways[name])


def _names(deal: Deal) -> Iterator[Problem]:
    names = [each.tranche for each in deal.tranches]
    for i, each in enumerate(deal.tranches):
        if each.rate_type == "floating" and not deal.benchmark:
            yield problem(
                "E227",
                field=("tranches", i, "rate_type"),
                what="benchmark rate",
                what_zh="基准利率",
                section="benchmark",
            )
        elif each.rate_type == "floating":
            first = min(line.from_date for line in deal.benchmark)
            if first > deal.closing_date:
                yield problem(
                    "E259",
                    field=("benchmark", [line.from_date for line in deal.benchmark].index(first), "from_date"),
                    name=each.tranche,
                    found=first.isoformat(),
                    date=deal.closing_date.isoformat(),
                )
    for i, line in enumerate(deal.support):
        if line.covers not in names:
            yield _unknown(("support", i, "covers"), "tranche", "档次", line.covers, names)


def _triggers(deal: Deal) -> Iterator[Problem]:
    names = [each.tranche for each in deal.tranches]
    orders = list(dict.fromkeys([NORMAL, ACCELERATED, *(line.order for line in deal.order)]))
    for i, line in enumerate(deal.triggers):
        if line.test == "cumulative_recovery" and line.limit is None:
            yield _blank(("triggers", i, "limit"), "limit")
        if line.test == "date" and line.from_date is None:
            yield _blank(("triggers", i, "from_date"), "from_date")
        if line.subject and line.subject not in names:
            yield _unknown(("triggers", i, "subject"), "tranche", "档次", line.subject, names)
        if line.order not in orders:
            yield _unknown(("triggers", i, "order"), "order", "偿付顺序", line.order, orders)


def _order(deal: Deal, name: str) -> Iterator[Problem]:
    tranches, fees = [each.tranche for each in deal.tranches], [each.fee for each in deal.fees]
    rows = [(i, line) for i, line in enumerate(deal.order) if line.order == name]
    for i, line in rows:
        known = tranches if line.step in (*OF_TRANCHES, "residual") else (fees if line.step == "fee" else None)
        if known is not None and line.payee not in known:
            yield _unknown(("order", i, "payee"), "payee", "收款方", line.payee, known)
    steps = {Step(line.step, line.payee) for _, line in rows}
    if len(steps) < len(rows):
        yield problem("E206", field=("order", rows[-1][0], "step"), found=name, section="order")
    yield from _paid_twice(name, rows)
    for step in _needed(deal, name, steps):
        found = f"{step.kind} {step.payee}".strip()
        yield problem("E252", field=("order", rows[0][0], "order"), name=name, found=found)
    last = max(line.level for _, line in rows)
    ends = [line for _, line in rows if line.level == last or line.step == "residual"]
    if len(ends) != 1 or ends[0].step != "residual":
        found = ", ".join(f"{line.step} ({line.level})" for line in ends)
        yield problem("E253", field=("order", rows[-1][0], "level"), name=name, found=found)


def _needed(deal: Deal, name: str, steps: set[Step]) -> Iterator[Step]:
    """What an order leaves out and may not.

    Every order pays all fees and principal. Only the normal one must pay interest and keep the reserve: others may put
    interest off while they are in force, and pay out what is on the account.
    """
    needed = [Step("fee", each.fee) for each in deal.fees]
    if name == NORMAL:
        needed += [Step("interest", each.tranche) for each in deal.tranches if has_interest(deal, each)]
        needed += [Step("reserve")] if has_reserve(deal) else []
    yield from (each for each in needed if each not in steps)
    for tranche in deal.tranches:
        ways = {Step("principal", tranche.tranche), Step("all_principal", tranche.tranche)}
        if not ways & steps:
            yield Step("principal", tranche.tranche)


def _paid_twice(name: str, rows: Sequence[tuple[int, OrderLine]]) -> Iterator[Problem]:
    """Two lines for one principal on one level: each would be paid all of it."""
    first: dict[tuple[int, str], OrderLine] = {}
    for i, line in rows:
        if line.step in ("principal", "all_principal"):
            before = first.setdefault((line.level, line.payee), line)
            if before.step != line.step:
                found = f"{name} {line.level}: {line.payee}"
                yield problem("E206", field=("order", i, "step"), found=found, section="order")


def _counts(*numbers: float) -> bool:
    """Whether counts are such that dates can be made of them; if not, the number's own check speaks."""
    return all(1 <= number <= 600 and number == int(number) for number in numbers)


def _blank(field: Field, name: str) -> Problem:
    return problem("E216", field=field, name=name, name_zh=TERMS[name].zh)


def _unknown(field: Field, what: str, what_zh: str, name: str, known: Sequence[str]) -> Problem:
    return problem("E204", field=field, what=what, what_zh=what_zh, name=name, nearest=nearest(name, known))
