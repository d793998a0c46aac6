"""The Inputs sheet: the deal block as it was read, under the name `deal` again."""

from __future__ import annotations

from openpyxl.workbook.defined_name import DefinedName

from addin.workbook.native.context import MASTER, Native
from addin.workbook.native.deal_sheet import WIDTHS
from addin.workbook.read import RANGE_NAME


def write_inputs(native: Native) -> None:
    """All inputs, their units and their sources; a changed input recomputes every live formula."""
    page = native.deal.page
    page.heading(
        "输入",
        "Inputs",
        (
            "回答：评估基于哪些输入、出自何处；蓝字黄底可改，改后公式即时重算，灰底计算值须重新生成报告。",
            "Answers: which inputs the assessment rests on and where they come from. Blue cells may be changed: formulas follow, grey computed values do not.",
        ),
        native.unit,
        MASTER,
    )
    page.widths(*WIDTHS)
    native.deal.write()
    native.book.workbook.defined_names[RANGE_NAME] = DefinedName(RANGE_NAME, attr_text=native.deal.area)
    page.finish(freeze="A6", titles="1:5", stamp=native.stamp, locked=False)
