"""Native proofs of computed values: the waterfall run at each break-even multiple, and at one shock's.

q* is the edge: just above it a tranche is paid for certain, so the blocks run at q* (1 + 1e-9), where rounding
cannot tip them over. Unpaid principal and interest are zero; a reader can lower q and watch the shortfall appear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from addin.workbook.native.context import MASTER, TOLERANCE, TOLERANCE_CELL, Native
from addin.workbook.native.sensitivity import FACTOR_WORDS, SensitivitySheet
from addin.workbook.native.waterfall import Block, Parameter, write_block
from addin.workbook.timeline import Timeline
from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.factors import apply_shock

BREAK_EVEN, SPOT_CHECK = "BreakEven", "SpotCheck"
SPOT_FACTORS = ("issue_size", "coupon")
"""Factors the block has a parameter for, so that a shock of them is one cell."""
HEAD, TOP = 6, 7
COMPUTED = "computed"
"""In place of a cell: the multiple stands in the block as a value the core computed."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One block, and the tranche whose break-even it runs at (by rank)."""

    page: Timeline
    block: Block
    tranche: int
    with_payers: bool = False
    """Whether every payer of support pays in it."""


def write_break_evens(native: Native, multiples: Sequence[str], supported: Sequence[str] = ()) -> list[Proof]:
    """One block a tranche at its q*, and one more at q* with all payers of support paying, where there are any.

    `multiples` are the cells that hold q*, by rank, empty where there is no number; `supported` those of q* with the
    payers, computed values of this sheet where left out.
    """
    found = native.assessment
    page = Timeline(native.book, BREAK_EVEN, native.periods)
    page.heading(
        "临界倍数验证",
        "Proof of the break-even multiples",
        (
            "回答：按临界倍数 q* 折减回收后，该档是否刚好足额兑付（未偿为零）。",
            "Answers: with collections cut to q* of what is expected, is the tranche just paid (nothing left unpaid)?",
        ),
        native.unit,
        MASTER,
    )
    page.time_headers(HEAD)
    found_multiples = [each.waterfall.break_even_multiple for each in found.tranches]
    row, proofs = _blocks(native, page, TOP, found_multiples, multiples)
    if found.deal.support:
        everyone = (True,) * len(found.deal.support)
        legal = MultipleScan(found.deal, found.schedule, payers_alive=everyone).break_evens()[0]
        cells = supported or [COMPUTED] * len(legal)
        proofs += _blocks(native, page, row, [each.multiple for each in legal], cells, everyone)[1]
    return proofs


def _blocks(
    native: Native,
    page: Timeline,
    row: int,
    multiples: Sequence[float],
    cells: Sequence[str],
    alive: Sequence[bool] = (),
) -> tuple[int, list[Proof]]:
    """A block a tranche; gives the first free row."""
    scan = MultipleScan(native.assessment.deal, native.assessment.schedule, payers_alive=alive or None)
    with_payers = ("，补足人均履行", ", every payer paying") if alive else ("", "")
    proofs: list[Proof] = []
    for k, (each, q, cell) in enumerate(zip(native.assessment.tranches, multiples, cells, strict=True)):
        if not cell or not 0.0 < q < np.inf:
            why = (
                "无须回收即足额 paid without collections"
                if q == 0.0
                else "无有限临界倍数 no finite break-even multiple"
            )
            page.text(row, 1, f"{each.name}{with_payers[0]}: {why}{with_payers[1]}", "warning")
            row += 2
            continue
        if row > TOP:
            page.break_before(row)
        just_above = q * (1.0 + TOLERANCE)
        block = write_block(
            page,
            row,
            native,
            scan.run(np.array([just_above])),
            (
                f"{each.name}：略高于临界倍数 q*{with_payers[0]}",
                f"just above its break-even multiple{with_payers[1]}",
            ),
            multiple=Parameter(just_above, computed=True)
            if cell == COMPUTED
            else Parameter(just_above, f"={cell}*(1+{TOLERANCE_CELL})"),
            alive=alive,
        )
        proofs.append(Proof(page, block, k, bool(alive)))
        row = block.end + 1
    return row, proofs


def write_spot_check(native: Native, sheet: SensitivitySheet) -> Proof | None:
    """The waterfall under one shock of the sensitivity tables, at the most junior finite q* of that shock."""
    chosen = _chosen(sheet)
    if chosen is None:
        return None
    factor, i = chosen
    deal, shock_set = native.assessment.deal, sheet.shocks[factor]
    shock = shock_set.shocks[i]
    shocked = apply_shock(deal, factor, shock, shock_set.mode)
    scan = MultipleScan(shocked, schedule_of(shocked))
    legal = scan.break_evens()[0]
    q = legal[0].multiple
    if not 0.0 < q < np.inf:
        return None
    zh, en = FACTOR_WORDS[factor]
    page = Timeline(native.book, SPOT_CHECK, native.periods)
    page.heading(
        "敏感性抽查",
        "Spot check of a sensitivity table",
        (
            f"回答：{zh}变动后，优先级最高一档的临界倍数是否在逐期公式中成立。",
            f"Answers: under one shock to the {en.lower()}, does the first tranche's break-even multiple hold in formulas?",
        ),
        native.unit,
        MASTER,
    )
    page.time_headers(HEAD)
    cell = sheet.page.ref(sheet.tops[factor] + i, 1)
    size = Parameter(1.0 + shock, f"=1+{cell}") if factor == "issue_size" else None
    coupon = Parameter(shock, f"={cell}") if factor == "coupon" else None
    block = write_block(
        page,
        TOP,
        native,
        scan.run(np.array([q * (1.0 + TOLERANCE)])),
        (f"{zh} {100.0 * shock:+g} %", en),
        multiple=Parameter(q * (1.0 + TOLERANCE), computed=True),
        size=size,
        coupon=coupon,
    )
    return Proof(page, block, 0)


def _chosen(sheet: SensitivitySheet) -> tuple[str, int] | None:
    """The first shock, the farthest up, of a factor that the block has a parameter for in its usual mode."""
    usual = {"issue_size": "relative", "coupon": "absolute"}
    for factor in SPOT_FACTORS:
        shock_set = sheet.shocks.get(factor)
        if shock_set is None or shock_set.mode != usual[factor]:
            continue
        usable = [
            i for i, shock in enumerate(shock_set.shocks) if shock != 0.0 and not sheet.tables[factor][0].problems[i]
        ]
        if usable:
            return factor, max(usable, key=lambda i: shock_set.shocks[i])
    return None
