"""One deal file -> the bytes of its report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from addin.deal_layout import layout
from addin.report.analysis_sheets import write_analyses
from addin.report.as_computed import write_as_computed
from addin.report.bridge_sheet import write_bridge
from addin.report.inputs import write_inputs
from addin.report.lives import write_lives
from addin.report.monitor_sheet import write_monitor
from addin.report.pictures import draw
from addin.report.preset_sheet import write_preset
from addin.report.referees_sheet import write_referees
from addin.report.reproducibility import write_reproducibility
from addin.report.terms_sheet import write_terms
from addin.report.verdict import write_verdict
from addin.workbook.native.base_case import write_base_case
from addin.workbook.native.checks import write_checks
from addin.workbook.native.collections import write_collections
from addin.workbook.native.context import Native
from addin.workbook.native.deal_sheet import DealSheet
from addin.workbook.native.kmv import write_kmv
from addin.workbook.native.proofs import write_break_evens, write_spot_check
from addin.workbook.native.schedules import write_schedules
from addin.workbook.native.sensitivity import write_sensitivity
from addin.workbook.page import Book
from addin.workbook.read import DealFile
from kmv_core import __version__
from kmv_core.deal.deal import Deal
from kmv_core.risk.assess import Assessment, assess
from kmv_core.risk.bridge import Bridge
from kmv_core.risk.monitor import Monitoring
from kmv_core.risk.preset import controls_of
from kmv_core.risk.referees import Referees

TITLES = "1:5"


class Report(NamedTuple):
    """A report workbook and what its sheets show."""

    data: bytes
    assessment: Assessment
    referees: Referees


def report_bytes(
    file: DealFile,
    monitoring: Monitoring | None = None,
    *,
    analyses: bool = True,
    bridges: tuple[Sequence[Bridge], str, Deal] | None = None,
) -> Report:
    """The report workbook, the assessment and the referees it shows; same file, same bytes.

    With trustee reports there is the sheet Monitor too, with `bridges` from another version (its name and deal) Bridge.
    `analyses` False leaves out the sheets of addin.report.analysis_sheets, most of the time that a report takes.
    """
    parsed = file.parsed
    assessment = assess(parsed.deal)
    book = Book(f"{parsed.deal.name} kmv-abs report")
    verdict = book.page("Verdict")
    deal = DealSheet(book.page("Inputs"), layout(parsed.deal, parsed.sources))
    native = Native(book, assessment, deal, f"kmv-abs {__version__}  inputs {file.sha256[:12]}")
    write_inputs(native)
    collections = write_collections(native)
    schedules = write_schedules(native)
    waterfall, base = write_base_case(native)
    kmv = write_kmv(native, waterfall, base, with_waterfall_reading=True)
    write_terms(native)
    if parsed.deal.licences or any(controls_of(parsed.deal)):
        write_preset(native)
    referees = write_referees(native)
    write_lives(native, kmv)
    sensitivity = write_sensitivity(native, kmv)
    analysed = write_analyses(native) if analyses else None
    multiples = [kmv.by_waterfall(k, "break_even_multiple") for k in range(len(assessment.tranches))]
    proofs = write_break_evens(native, multiples, kmv.with_payers)
    spot = write_spot_check(native, sensitivity)
    if monitoring is not None:
        write_monitor(native, monitoring)
    if bridges is not None:
        write_bridge(native, *bridges)
    changed = write_as_computed(native)
    write_checks(native, waterfall, base, kmv, sensitivity, [*proofs, *([spot] if spot else [])], changed=changed)
    write_reproducibility(native, file, referees)
    write_verdict(verdict, native, kmv, sensitivity, analysed, parsed, monitoring)
    draw(native, collections, waterfall, base, kmv, sensitivity)
    licences = [native.rows.page("licence_fees", "0")] if parsed.deal.licences else []
    timelines = [
        *licences,
        collections,
        schedules,
        *dict.fromkeys([waterfall, kmv.flow]),
        kmv.page,
        *({proof.page.name: proof.page for proof in proofs}.values()),
        *([spot.page] if spot else []),
    ]
    for page in timelines:
        page.finish(freeze="B6", titles=TITLES, stamp=native.stamp, wide=page.pages_wide)
    sensitivity.page.finish(freeze="B6", titles=TITLES, stamp=native.stamp, wide=sensitivity.pages_wide)
    book.workbook.calculation.fullCalcOnLoad = True
    book.workbook.active = 0
    return Report(book.to_bytes(), assessment, referees)
