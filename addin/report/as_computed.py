"""The AsComputed sheet: every input as it was when the computed values were found, beside the input as it is now."""

from __future__ import annotations

from addin.workbook.native.context import MASTER, Native
from addin.workbook.native.deal_sheet import TOP
from addin.workbook.native.input_words import SECTION_WORDS, item
from addin.workbook.page import both

SHEET = "AsComputed"
_FIRST = 7


def write_as_computed(native: Native) -> str:
    """One row an input; gives the range that is all zeros while nothing was changed."""
    page = native.book.page(SHEET)
    page.heading(
        "计算时的输入",
        "Inputs as computed",
        (
            "回答：灰底计算值基于哪些输入，之后有无改动。",
            "Answers: from which inputs the grey values were computed, and whether one was changed since.",
        ),
        native.unit,
        MASTER,
    )
    page.widths(40, 24, 50, 42, 42, 16)
    page.headers(
        _FIRST - 1,
        1,
        ["区段 Section", "关键字 Key", "项目 Item", "计算时 As computed", "现在 Now", "是否已改 Changed?"],
        height=32,
    )
    for i, (field, (row, column)) in enumerate(native.deal.layout.cells.items()):
        at, key = _FIRST + i, str(field[-1])
        stored = native.deal.layout.rows[row][column]
        section = both(*SECTION_WORDS[str(field[0])])
        page.text(at, 1, section if len(field) == 2 else f"{section} {int(field[1]) + 1}")
        page.text(at, 2, key, "key")
        page.text(at, 3, item(key))
        now = f"{native.deal.page.name}!{page.ref(TOP + row, column + 1, sheet=False)}"
        if stored in (None, ""):
            # A blank shows as zero when it is looked at; only the comparison can say that it is blank.
            page.formula(at, 6, f'=1*({now}<>"")', 0, "changed")
            continue
        # A name longer than its column would run into the next one.
        words = isinstance(stored, str)
        kind = native.deal.kind(field)
        page.value(at, 4, stored, kind, "computed_fit" if words else "computed")
        page.formula(at, 5, f"={now}", stored, kind, "cross_fit" if words else "")
        page.formula(at, 6, f"=1*({now}<>D{at})", 0, "changed")
    last = _FIRST + len(native.deal.layout.cells) - 1
    page.finish(freeze="A7", titles="1:6", stamp=native.stamp)
    return f"{SHEET}!$F${_FIRST}:$F${last}"
