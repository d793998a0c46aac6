"""kmv.xlam: the worksheet functions for every workbook of a user, and one sheet that explains them."""

from __future__ import annotations

from addin.hosts.excel.vba import macro_project
from addin.template.function_sheet import PURPOSE, WIDTHS, write_help
from addin.workbook.macros import with_macros
from addin.workbook.page import Book, both
from kmv_core import __version__

ADDIN = "kmv.xlam"


def addin_bytes() -> bytes:
    """The add-in; same code, same bytes."""
    book = Book(f"kmv-abs {__version__}")
    book.workbook.properties.description = both(
        "证券化违约概率函数。", "Default probability of securitisation tranches."
    )
    page = book.page("Functions")
    page.text(1, 1, both("工作表函数", "Worksheet functions"), "title")
    page.sheet.row_dimensions[1].height = 24
    for row, text in enumerate(PURPOSE, start=2):
        page.text(row, 1, text, "note")
    page.text(4, 1, f"kmv-abs {__version__}")
    page.widths(*WIDTHS)
    write_help(page, 6)
    page.finish(freeze="A7", titles="1:6", stamp=f"kmv-abs {__version__}")
    return with_macros(book.to_bytes(), macro_project(book.code_names), is_addin=True)
