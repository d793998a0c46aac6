"""The Waterfall sheet: expected collections paid down the order of payment."""

from __future__ import annotations

from addin.workbook.native.context import MASTER, Native
from addin.workbook.native.waterfall import Block, Parameter, write_block
from addin.workbook.timeline import Timeline

SHEET = "Waterfall"
HEAD, TOP = 6, 7


def write_base_case(native: Native) -> tuple[Timeline, Block]:
    """The sheet, and where its lines stand."""
    page = Timeline(native.book, SHEET, native.periods)
    page.heading(
        "偿付瀑布（基准情形）",
        "Waterfall, base case",
        (
            "回答：每期可分配资金依次付给谁，各档何时兑付完毕。",
            "Answers: who is paid what at every date, and when each tranche is repaid.",
        ),
        native.unit,
        MASTER,
    )
    page.time_headers(HEAD)
    title = ("基准情形", "Base case")
    return page, write_block(page, TOP, native, native.assessment.base, title, multiple=Parameter(1.0))
