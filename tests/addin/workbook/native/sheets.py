"""The native sheets alone in a book: inputs, collections, schedules, waterfall and proofs of one deal."""

from __future__ import annotations

from pathlib import Path

from addin.deal_layout import layout
from addin.report.inputs import write_inputs
from addin.workbook.native.base_case import write_base_case
from addin.workbook.native.collections import write_collections
from addin.workbook.native.context import CHECKS, MASTER, TOLERANCE, Native
from addin.workbook.native.deal_sheet import DealSheet
from addin.workbook.native.proofs import Proof, write_break_evens
from addin.workbook.native.schedules import write_schedules
from addin.workbook.page import Book
from kmv_core.deal.deal import Deal
from kmv_core.risk.assess import assess


def write_sheets(deal: Deal, path: Path) -> tuple[Native, list[Proof]]:
    """Every sheet up to the proofs; the break-evens stand where a report's KMV sheet has them, on Checks here."""
    book = Book("native sheets")
    native = Native(book, assess(deal, losses=False), DealSheet(book.page("Inputs"), layout(deal, {})), "")
    write_inputs(native)
    pages = [write_collections(native), write_schedules(native)]
    waterfall, _ = write_base_case(native)
    checks = book.page(CHECKS)
    checks.text(7, 3, MASTER[1])
    checks.value(8, 3, TOLERANCE, "tiny")
    multiples = []
    for i, each in enumerate(native.assessment.tranches):
        q = each.waterfall.break_even_multiple
        multiples.append(checks.ref(10 + i, 3) if q < float("inf") else "")
        checks.value(10 + i, 3, min(q, 1e9), "multiple")
    proofs = write_break_evens(native, multiples)
    for page in {page.name: page for page in [*pages, waterfall, *(proof.page for proof in proofs)]}.values():
        page.finish(freeze="B6", titles="1:5", stamp="", wide=page.pages_wide)
    path.write_bytes(book.to_bytes())
    return native, proofs
