"""The base case without the clean-up call: what the `due` reading counts lives, interest and fees in.

A seller calls only where the pool covers the notes, so a reading of default is of the deal without the call.
"""

from __future__ import annotations

from addin.workbook.native.context import MASTER, Native
from addin.workbook.native.waterfall import Block, Parameter, write_block
from addin.workbook.timeline import Timeline
from kmv_core.deal.default_point import uncalled_case

SHEET = "Uncalled"
HEAD, TOP = 6, 7


def write_uncalled_case(native: Native, waterfall: Timeline, base: Block) -> tuple[Timeline, Block]:
    """The sheet, and where its lines stand; the base case itself where the deal has no call."""
    found = native.assessment
    if found.deal.structure.call_share <= 0.0:
        return waterfall, base
    page = Timeline(native.book, SHEET, native.periods)
    page.heading(
        "偿付瀑布（不计清仓回购）",
        "Waterfall without the clean-up call",
        (
            "回答：若不行使清仓回购，各档余额如何偿还；due 口径的期限、利息与费用以此为准。",
            "Answers: how the notes are repaid if nobody calls them: lives, interest and fees of the due reading.",
        ),
        native.unit,
        MASTER,
    )
    page.time_headers(HEAD)
    run = uncalled_case(found.deal, found.schedule, found.base)
    title = ("不计清仓回购", "Without the call")
    return page, write_block(page, TOP, native, run, title, multiple=Parameter(1.0), has_call=False)
