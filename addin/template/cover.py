"""The first sheet of a template: what it is, how to use it, what the colours mean."""

from __future__ import annotations

from addin.workbook.native.context import MASTER, Native
from addin.workbook.page import ROW_HEIGHT, Page, printed_lines

WIDTHS = (24, 56, 84)
STEPS = (
    (
        "在 Deal 表修改蓝字黄底的输入；每个数注明来源，假设须写 assumed。",
        "Change the blue inputs on sheet Deal; give every figure its source, and write assumed where it is one.",
    ),
    (
        "装好后（kmv install），KMV 与 Sensitivity 表的函数自动重算。",
        "After kmv install the functions on KMV and Sensitivity recalculate.",
    ),
    ("生成独立报告：kmv report 本文件.xlsx。", "Write the standalone report: kmv report THIS_FILE.xlsx."),
    (
        "逐项核对：kmv check 本文件.xlsx 列出全部问题。",
        "Check it: kmv check THIS_FILE.xlsx lists every problem at its cell.",
    ),
)
SHEETS = (
    ("Deal", "项目输入与来源", "inputs and their sources"),
    ("Licences", "许可合同与许可费", "licence contracts and their fees"),
    ("Collections", "回收款预测", "expected collections"),
    ("Schedules", "应付安排", "coupons, principal and fees by contract"),
    ("Waterfall", "偿付瀑布", "order of payment, date by date"),
    ("Uncalled", "不计清仓回购的偿付瀑布", "the waterfall without the clean-up call"),
    ("KMV", "违约距离与违约概率", "distance to default, PD and loss"),
    ("Support", "补足与担保", "default probability with payers of support"),
    ("Sensitivity", "敏感性", "what moves the PD"),
    ("Checks", "检查", "tests of this workbook"),
    ("Functions", "函数说明", "worksheet functions and word lists"),
)
LEGEND = (
    ("input", "输入：蓝字黄底加框", "input: blue on yellow, boxed"),
    ("calc", "计算：黑字", "calculation: black"),
    ("cross", "取自其他表：绿字", "from another sheet: green"),
    ("computed", "计算值：灰底斜体（仅报告）", "computed value: grey, slanted (reports only)"),
    ("warning", "警告：红字加粗", "warning: red, bold"),
)


def write_cover(page: Page, native: Native) -> None:
    """Title, steps, sheets and legend."""
    deal = native.assessment.deal
    page.heading(
        f"{deal.name} 项目模板",
        "deal template",
        ("回答：本模板是什么、怎么用。", "Answers: what this template is and how it is used."),
        native.unit,
        MASTER,
    )
    page.widths(*WIDTHS)
    row = 7
    page.section(row, "使用步骤", "How to use", 3)
    for i, (zh, en) in enumerate(STEPS, start=1):
        lines = max(printed_lines(text, width) for text, width in ((zh, WIDTHS[1]), (en, WIDTHS[2])))
        for column, text in enumerate((f"{i}", zh, en), start=1):
            page.text(row + i, column, text, "wrap")
        page.sheet.row_dimensions[row + i].height = ROW_HEIGHT * lines
    row += len(STEPS) + 2
    page.section(row, "工作表", "Sheets", 3)
    sheets = [each for each in SHEETS if each[0] in native.book.workbook.sheetnames]
    for i, (name, zh, en) in enumerate(sheets, start=1):
        page.text(row + i, 1, name)
        page.sheet.cell(row + i, 1).hyperlink = f"#{name}!A1"
        page.text(row + i, 2, zh)
        page.text(row + i, 3, en)
    row += len(sheets) + 2
    page.section(row, "图例", "Legend", 3)
    for i, (role, zh, en) in enumerate(LEGEND, start=1):
        page.value(row + i, 1, 1234.56, "money", role)
        page.text(row + i, 2, zh)
        page.text(row + i, 3, en)
    page.finish(titles="1:5", stamp=native.stamp)
