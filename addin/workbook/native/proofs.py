"""Native proofs of computed values: the waterfall run at each break-even multiple, and at one shock's.

q* is the edge: just above it a tranche is paid for certain, so the blocks run at q* (1 + 1e-9), where rounding
cannot tip them over. Unpaid principal and interest are zero; a reader can lower q and watch the shortfall appear.
"""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Proof:
    """One block, and the tranche whose break-even it runs at (by rank)."""

    page: Timeline
    block: Block
    tranche: int


def write_break_evens(native: Native, multiples: list[str]) -> list[Proof]:
    """One block a tranche at its q*; `multiples` are the cells that hold them, empty where there is no number."""
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
    scan = MultipleScan(found.deal, found.schedule)
    proofs: list[Proof] = []
    row = 6
    for k, (each, cell) in enumerate(zip(found.tranches, multiples, strict=True)):
        q = each.waterfall.break_even_multiple
        if not cell or not 0.0 < q < np.inf:
            page.text(row, 1, f"{each.name}: 无有限临界倍数 no finite break-even multiple", "warning")
            row += 2
            continue
        if proofs:
            page.break_before(row)
        block = write_block(
            page,
            row,
            native,
            scan.run(np.array([q * (1.0 + TOLERANCE)])),
            (f"{each.name}：q*", "just above its break-even multiple"),
            multiple=Parameter(q * (1.0 + TOLERANCE), f"={cell}*(1+{TOLERANCE_CELL})"),
        )
        proofs.append(Proof(page, block, k))
        row = block.end + 1
    return proofs


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
    cell = sheet.page.ref(sheet.tops[factor] + i, 1)
    size = Parameter(1.0 + shock, f"=1+{cell}") if factor == "issue_size" else None
    coupon = Parameter(shock, f"={cell}") if factor == "coupon" else None
    block = write_block(
        page,
        6,
        native,
        scan.run(np.array([q * (1.0 + TOLERANCE)])),
        (f"{zh} {shock:+g}", en),
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
