"""An example deal -> the bytes of its template.

Same native sheets as the report; where the report has computed values, the template calls worksheet functions,
whose results stand in the cells until Excel recalculates. Nothing asks a program to recalculate at opening:
where the functions are missing that would turn every result into #NAME?.
"""

from __future__ import annotations

from functools import lru_cache

from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from addin.deal_layout import layout
from addin.deals import example_deal
from addin.hosts.excel.vba import macro_project
from addin.template.cells import write_functions_on_kmv, write_sensitivity_cells
from addin.template.cover import write_cover
from addin.template.function_sheet import WordList, write_function_sheet
from addin.workbook.macros import with_macros
from addin.workbook.native.base_case import write_base_case
from addin.workbook.native.checks import write_checks
from addin.workbook.native.collections import write_collections
from addin.workbook.native.context import MASTER, Native
from addin.workbook.native.deal_sheet import TOP, WIDTHS, DealSheet
from addin.workbook.native.kmv import write_kmv
from addin.workbook.native.schedules import write_schedules
from addin.workbook.page import Book
from addin.workbook.read import RANGE_NAME
from kmv_core import __version__
from kmv_core.risk.assess import assess
from kmv_core.vocabulary.terms import TERMS

TITLES = "1:5"


def template_bytes(name: str, *, macros: bool = False) -> bytes:
    """The template of an example, with macros for Excel or without; same data, same bytes."""
    data, code_names = _built(name)
    return with_macros(data, macro_project(code_names)) if macros else data


@lru_cache(maxsize=8)
def _built(name: str) -> tuple[bytes, tuple[str, ...]]:
    """The workbook without macros, and the code names of its sheets; both forms of a template are one build."""
    parsed = example_deal(name)
    book = Book(f"{parsed.deal.name} kmv-abs template")
    cover = book.page("Cover")
    deal = DealSheet(book.page("Deal"), layout(parsed.deal, parsed.sources))
    native = Native(book, assess(parsed.deal), deal, f"kmv-abs {__version__}  {name}")
    _deal_sheet(native)
    collections = write_collections(native)
    schedules = write_schedules(native)
    waterfall, base = write_base_case(native)
    kmv = write_kmv(native, waterfall, base, with_waterfall_reading=False)
    write_functions_on_kmv(native, kmv)
    sensitivity = write_sensitivity_cells(native)
    write_checks(native, waterfall, base, kmv)
    lists = write_function_sheet(native)
    _validate(native, lists)
    write_cover(cover, native)
    licences = [native.rows.page("licence_fees", "0")] if parsed.deal.licences else []
    for page in (*licences, collections, schedules, *dict.fromkeys([waterfall, kmv.flow]), kmv.page):
        page.finish(freeze="B6", titles=TITLES, stamp=native.stamp, wide=page.pages_wide)
    sensitivity.finish(freeze="B6", titles=TITLES, stamp=native.stamp)
    book.workbook.active = 0
    # Excel calculates what changed; an unchanged template keeps its stored results.
    book.workbook.calculation.fullCalcOnLoad = False
    return book.to_bytes(), tuple(book.code_names)


def _deal_sheet(native: Native) -> None:
    page = native.deal.page
    page.heading(
        "项目输入",
        "Deal",
        (
            "回答：项目由哪些输入构成、出自何处。名为 deal 的区域即本表全部输入，供工作表函数与 kmv 命令共用。",
            "Answers: what the deal is made of and where each figure comes from. The range named deal is all of it.",
        ),
        native.unit,
        MASTER,
    )
    page.widths(*WIDTHS)
    native.deal.write()
    native.book.workbook.defined_names[RANGE_NAME] = DefinedName(RANGE_NAME, attr_text=native.deal.area)
    for field, (row, column) in native.deal.layout.cells.items():
        key = str(field[-1])
        if key in TERMS and native.deal.layout.rows[row][column] is not None:
            term = TERMS[key]
            en, zh = term.domain.words()
            bounds = f"\n{zh} | {en}" if term.kind == "number" else ""
            note = Comment(
                f"{term.doc_zh}\n{term.doc_en}\n单位 unit: {term.unit_words[1]} {term.unit_words[0]}{bounds}", "kmv-abs"
            )
            note.width, note.height = 320, 110
            page.sheet.cell(TOP + row, column + 1).comment = note
    page.finish(freeze="A6", titles=TITLES, stamp=native.stamp, locked=False)


def _validate(native: Native, lists: dict[str, WordList]) -> None:
    """Words are chosen from lists that stand on the Functions sheet; both languages in the prompt."""
    for key, words in lists.items():
        rule = DataValidation(
            type="list", formula1=f"={words.area}", allow_blank=True, showErrorMessage=True, showInputMessage=True
        )
        rule.promptTitle, rule.prompt = key, TERMS[key].help[:250]
        rule.errorTitle, rule.error = "E205", f"请从列表中选择。 Choose from the list: {', '.join(words.words)}"[:220]
        for field, (row, column) in native.deal.layout.cells.items():
            if field[-1] == key:
                rule.add(native.deal.page.sheet.cell(TOP + row, column + 1).coordinate)
        native.deal.page.sheet.add_data_validation(rule)
