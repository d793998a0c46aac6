"""Copies of a deal with one thing changed, as a structurer means it.

Nothing is assessed here, and a copy may be one that the deal's checks refuse: `assess` says why, with its code.
Every other input stays as it is; in particular the volatility of total collections is not guessed anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kmv_core.deal.cash_in import contract_fees, expected_collections
from kmv_core.deal.deal import Deal, OrderLine, Reserve, Tranche
from kmv_core.deal.default_point import base_case, due_points
from kmv_core.deal.order import NORMAL
from kmv_core.deal.schedule import schedule_of

_PRINCIPAL = ("principal", "all_principal")


def scale_collections(deal: Deal, factor: float) -> Deal:
    """Everything the pool is expected to bring, times `factor`, at the same dates.

    Loans: recovery_rate x factor. Licences: every fee_amount x factor, so what a default costs scales as well. The
    forecast itself is lower: a trigger on cumulative recovery compares with the new one.
    """
    if deal.recovery is not None:
        return replace(deal, recovery=replace(deal.recovery, recovery_rate=deal.recovery.recovery_rate * factor))
    return replace(deal, licences=tuple(replace(each, fee_amount=each.fee_amount * factor) for each in deal.licences))


def shift_coupons(deal: Deal, shift: float) -> Deal:
    """Money costs more: `shift` (a decimal a year) on the coupon of every note that bears one.

    A floating note takes it through its margin, which is what the same move of the benchmark would do. A note without
    a coupon, such as a subordinated one that lives on the residual, stays without.
    """

    def moved(each: Tranche) -> Tranche:
        bears = each.coupon > 0.0 or (each.rate_type == "floating" and bool(deal.benchmark))
        return replace(each, coupon=each.coupon + shift) if bears else each

    return replace(deal, tranches=tuple(moved(each) for each in deal.tranches))


def without_reserve(deal: Deal) -> Deal:
    """No liquidity reserve: neither the money paid in at closing nor a top-up from collections."""
    return replace(deal, reserve=Reserve())


def without_support(deal: Deal, names: Iterable[str] | None = None) -> Deal:
    """No shortfall undertaking or guarantee: those named, or all where no name is given."""
    gone = {each.support for each in deal.support} if names is None else set(names)
    return replace(deal, support=tuple(each for each in deal.support if each.support not in gone))


def without_triggers(deal: Deal) -> Deal:
    """The normal order of payment come what may; orders that only a trigger leads to go with the triggers."""
    return replace(deal, triggers=(), order=tuple(line for line in deal.order if line.order == NORMAL))


def without_retention(deal: Deal) -> Deal:
    """Surplus leaves the deal at every date instead of being kept until the notes are repaid.

    It goes where the rest goes, as a rule to the last tranche, and is no principal there.
    """
    return replace(
        deal,
        structure=replace(deal.structure, surplus="release"),
        order=tuple(line for line in deal.order if line.step != "retain"),
    )


def without_clean_up_call(deal: Deal) -> Deal:
    """No redemption of the last notes by the seller: they wait for the collections."""
    return replace(deal, structure=replace(deal.structure, call_share=0.0))


def without_step_up(deal: Deal) -> Deal:
    """No step-up: a note that is extended goes on at its coupon."""
    return replace(deal, tranches=tuple(replace(each, step_up=0.0, step_up_date=None) for each in deal.tranches))


def without_subordination(deal: Deal) -> Deal:
    """Every note ranks with the first: one class, paid pro rata, and a shortfall hits all alike.

    The notes stand in their old order, so that results can be read line by line. An order of payment of the deal's
    own says by its levels who comes first: there, too, all interest moves to the level of the first interest and all
    principal to the level of the first principal; the rest of it (fees, reserve, fixed returns, residual) stays where
    it is. Support that covered up to one note now covers the class that note is in. What is owed is shared pro rata: a
    pass-through note claims all it is owed, a scheduled one beside it only what has fallen due, and may then be late.
    """
    ranked = deal.by_rank
    notes = tuple(replace(each, rank=ranked[0].rank) for each in ranked)
    lines: list[OrderLine] = []
    for line in deal.order:
        kinds = _PRINCIPAL if line.step in _PRINCIPAL else (line.step,)
        level = line.level
        if line.step in ("interest", *_PRINCIPAL):
            level = min(each.level for each in deal.order if each.order == line.order and each.step in kinds)
        lines.append(replace(line, level=level))
    return replace(deal, tranches=notes, order=tuple(lines))


def overcollateral_factor(deal: Deal) -> float:
    """What collections must be multiplied by so that they just equal what is due to all notes; below 1 is cover.

        f C = (D - r E) + r f C,    f = (D - r E) / ((1 - r) C)

    D is what the `due` reading counts to legal maturity: fees, interest and principal of every note in the base case.
    E are expected collections; C is what is put beside D: for loans E itself, for licences the fees as the contracts
    promise them, received by legal maturity, which is how an issuer states the cover of such a deal. Fees charged on
    collections (rate r in all) move with them, every other amount due is held at the base case; a reserve paid in at
    closing is a control of its own and counts on neither side. inf where nothing is collected.
    """
    schedule = schedule_of(deal)
    due = due_points(deal, schedule, base_case(deal, schedule)).default_points[-1, -1]
    expected = float(expected_collections(deal, schedule).sum())
    put = float(contract_fees(deal, schedule).sum()) if deal.licences else expected
    rate = sum(each.rate for each in deal.fees if each.basis == "collections")
    kept = (1.0 - rate) * put
    return (float(due) - rate * expected) / kept if kept > 0.0 else float("inf")


def without_overcollateral(deal: Deal) -> Deal:
    """Assets that just meet the debt: collections times overcollateral_factor.

    In the `due` reading, and without an initial reserve, the cover of all notes together is then exactly 1. Through the
    waterfall a pass-through note is repaid later than in the base case and costs a little more interest.
    """
    return scale_collections(deal, overcollateral_factor(deal))


def licensee_fails(deal: Deal, name: str) -> Deal:
    """One licensee is in default from the start: its fees x (1 - lgd), for certain.

    The chances of the others stay as typed in: that they, too, are worse where one has failed is in the correlation
    and not in this question. A licensee that leaves nothing (lgd 1) drops out of the pool. A name that no licence
    bears changes nothing.
    """
    kept = (
        replace(each, fee_amount=each.fee_amount * (1.0 - each.lgd), lgd=0.0) if each.licensee == name else each
        for each in deal.licences
    )
    return replace(deal, licences=tuple(each for each in kept if each.fee_amount > 0.0))


def largest_licensee(deal: Deal) -> str | None:
    """The licensee that owes most by legal maturity, all its contracts together; None for a pool of loans.

    Of several that owe the same, the first of the list.
    """
    if not deal.licences:
        return None
    owed: dict[str, float] = {}
    for each, line in zip(deal.licences, contract_fees(deal, schedule_of(deal)), strict=True):
        owed[each.licensee] = owed.get(each.licensee, 0.0) + float(line.sum())
    return max(owed, key=lambda name: owed[name])
