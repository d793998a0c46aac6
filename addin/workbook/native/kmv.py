"""The KMV sheet: asset value, default point, distance to default, PD and loss of every tranche, live."""

from __future__ import annotations

from addin.workbook.native.context import MASTER, Native
from addin.workbook.native.kmv_due import PARAMETERS, PARAMETERS_TOP, due_end, write_due, write_parameters
from addin.workbook.native.kmv_sheet import SHEET, KmvSheet
from addin.workbook.native.kmv_support import Case, Links, write_support
from addin.workbook.native.kmv_terms import write_term_structure
from addin.workbook.native.kmv_waterfall import waterfall_end, write_waterfall_reading
from addin.workbook.native.uncalled_case import write_uncalled_case
from addin.workbook.native.waterfall import Block
from addin.workbook.timeline import Timeline


def write_kmv(native: Native, waterfall: Timeline, base: Block, *, with_waterfall_reading: bool) -> KmvSheet:
    """The sheet; the template leaves the waterfall reading to its worksheet functions."""
    flow, uncalled = write_uncalled_case(native, waterfall, base)
    page = Timeline(native.book, SHEET, native.periods)
    purpose = (
        "回答：各档违约距离、违约概率与损失是多少；按应付金额（due）与按偿付顺序（waterfall）两种口径。",
        "Answers: how far each tranche is from default, and its PD and loss, by what falls due and through the waterfall.",
    )
    if native.assessment.exact is not None:
        purpose = (
            "回答：各档违约距离、违约概率与损失是多少；精确枚举（exact，首要）、偿付顺序（waterfall）与应付金额（due）三种口径。",
            "Answers: how far each tranche is from default, and its PD and loss: exact (the headline), waterfall, and due.",
        )
    page.heading(
        "KMV 违约距离与违约概率",
        "Distance to default and default probability",
        purpose,
        native.unit,
        MASTER,
    )
    sheet = KmvSheet(native, page, waterfall, base, flow, uncalled, is_template=not with_waterfall_reading)
    page.widths(58, 15, 12, 12, 12, *[11.5] * (sheet.width - 5))
    write_parameters(sheet)
    # Rows are laid out first: sections look at each other, and at the Support sheet.
    due = PARAMETERS_TOP + len(PARAMETERS) + 2
    below = through = due_end(sheet, due)
    if with_waterfall_reading:
        through = below + 1
        below = waterfall_end(sheet, through)
    write_term_structure(sheet, below + 1)
    support = write_support(sheet, _links(sheet))
    sheet.with_payers = () if support is None else tuple(support.capped.values())
    write_due(sheet, due, support)
    if with_waterfall_reading:
        write_waterfall_reading(sheet, through, support)
    return sheet


def _links(sheet: KmvSheet) -> dict[Case, Links]:
    """What the Support sheet's multiples follow from: default points less caps, and computed break-evens."""
    native, found = sheet.native, sheet.native.assessment
    links: dict[Case, Links] = {}
    if len(found.deal.support) != 1:
        return links
    line, ranks = found.deal.support[0], {each.tranche: each.rank for each in found.deal.by_rank}
    owned, start = sheet.page.across(sheet.lines["owned"], sheet=True, fixed=True), sheet.parameters["owned"]
    for k, each in enumerate(found.deal.by_rank):
        if not sheet.is_template:
            links["waterfall", "legal", k] = Links(sheet.by_waterfall(k, "break_even_multiple"))
            links["waterfall", "expected", k] = Links(sheet.by_waterfall(k, "extension_multiple"))
        lines = sheet.term_lines[each.tranche]
        at = sheet.page.ref(lines["by_date"], 3)
        points = sheet.page.across(lines["default_point"], sheet=True, fixed=True)
        legal = (sheet.due(k, "default_point"), start)
        expected = (f"INDEX({points},{at})", f"INDEX({owned},{at})")
        for test, (owed, value) in (("legal", legal), ("expected", expected)):
            capped = f"{owed}/{value}"
            if ranks[line.covers] >= each.rank:
                # Without a cap nothing is left to the pool.
                cap = native.deal.ref("support", 0, "cap")
                capped = "" if line.cap is None else f"MAX({owed}-{cap},0)/{value}"
            links["due", test, k] = Links(f"{owed}/{value}", capped)
    return links
