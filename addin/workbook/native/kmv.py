"""The KMV sheet: asset value, default point, distance to default, PD and loss of every tranche, live."""

from __future__ import annotations

from addin.workbook.native.context import MASTER, Native
from addin.workbook.native.kmv_due import PARAMETERS_TOP, write_due, write_parameters
from addin.workbook.native.kmv_sheet import SHEET, KmvSheet
from addin.workbook.native.kmv_terms import write_term_structure
from addin.workbook.native.kmv_waterfall import write_waterfall_reading
from addin.workbook.native.waterfall import Block
from addin.workbook.timeline import Timeline


def write_kmv(native: Native, waterfall: Timeline, base: Block, *, with_waterfall_reading: bool) -> KmvSheet:
    """The sheet; the template leaves the waterfall reading to its worksheet functions."""
    page = Timeline(native.book, SHEET, native.periods)
    page.heading(
        "KMV 违约距离与违约概率",
        "Distance to default and default probability",
        (
            "回答：各档违约距离、违约概率与损失是多少；按应付金额（due）与按偿付顺序（waterfall）两种口径。",
            "Answers: how far each tranche is from default, and its PD and loss, by what falls due and through the waterfall.",
        ),
        native.unit,
        MASTER,
    )
    sheet = KmvSheet(native, page, waterfall, base)
    write_parameters(sheet)
    row = write_due(sheet, PARAMETERS_TOP + len(sheet.parameters) + 2)
    if with_waterfall_reading:
        row = write_waterfall_reading(sheet, row + 1)
    write_term_structure(sheet, row + 1)
    return sheet
