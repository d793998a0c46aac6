"""The Reproducibility sheet: what made the report, from what, and how each computed value was found."""

from __future__ import annotations

import platform
from importlib.metadata import version

from addin.report.monitor_sheet import HINT, SHEET
from addin.workbook.native.context import MASTER, Native
from addin.workbook.read import DealFile
from kmv_core import __version__

METHODS = (
    (
        "临界倍数 q*（waterfall）",
        "Break-even multiples",
        "对回收倍数全轴扫描，区间逐次 33 等分至相邻浮点数；付清容差为该档规模的 1e-12。",
        "Scan of the whole line of multiples, every bracket cut in 33 down to neighbouring numbers; paid to 1e-12 of the tranche.",
    ),
    (
        "预期损失（waterfall）",
        "Expected loss through the waterfall",
        "损失为倍数的分段线性函数，按节点处看跌期权组合求期望；线性判定 1e-13。",
        "Loss is piecewise affine in the multiple; expectation of the puts struck at its knots; affine to 1e-13.",
    ),
    (
        "敏感性（waterfall 列）",
        "Sensitivity, waterfall columns",
        "每个冲击重新求临界倍数；SpotCheck 表抽查其中之一。",
        "Break-even multiples searched for anew under every shock; sheet SpotCheck re-runs one of them in formulas.",
    ),
    (
        "指数曲线（Lives 表）",
        "Exponential curve (sheet Lives)",
        "衰减形状固定为 1，衰减速率取加权期限残差平方和最小者，再按该曲线重新评估。",
        "Decay shape 1, the decay rate of the least squares of the lives' residuals; the deal assessed anew under it.",
    ),
)


def write_reproducibility(native: Native, file: DealFile) -> None:
    """Versions, hashes and methods; no time of day, so that the same input gives the same bytes."""
    page = native.book.page("Reproducibility")
    page.heading(
        "可复现信息",
        "Reproducibility",
        ("回答：报告由何版本、何输入、何方法生成。", "Answers: which version, input and method made this report."),
        native.unit,
        MASTER,
    )
    page.widths(34, 30, 62, 62)
    row = 6
    page.headers(row, 1, ["项目 Item", "值 Value"], height=20)
    facts = [
        ("kmv-abs", __version__),
        ("输入文件 Input file", file.path.name),
        ("输入 SHA-256 (1/2)", file.sha256[:32]),
        ("输入 SHA-256 (2/2)", file.sha256[32:]),
        ("随机种子 Seed", "无（无模拟） none, nothing is simulated"),
        ("存续期监测 After issue", HINT[SHEET in native.book.workbook.sheetnames]),
        ("Python", platform.python_version()),
        *((name, version(name)) for name in ("numpy", "scipy", "openpyxl")),
    ]
    for i, (item, value) in enumerate(facts, start=1):
        page.text(row + i, 1, item)
        page.text(row + i, 2, value, "calc")
    row += len(facts) + 2
    page.section(row, "灰底计算值的方法", "Methods of the grey computed values", 4)
    page.headers(row + 1, 1, ["计算值 Computed value", "", "方法", "Method"], height=20)
    for i, (zh, en, how_zh, how_en) in enumerate(METHODS, start=2):
        for column, text in enumerate((zh, en, how_zh, how_en), start=1):
            page.text(row + i, column, text, "wrap")
        page.sheet.row_dimensions[row + i].height = 30
    row += len(METHODS) + 3
    page.section(row, "警告", "Warnings of the input", 4)
    for i, each in enumerate(file.warnings, start=1):
        page.text(row + i, 1, f"{each.code} {each.where}", "warning")
        page.text(row + i, 3, each.zh, "wrap")
        page.text(row + i, 4, each.en, "wrap")
    if not file.warnings:
        page.text(row + 1, 1, "无 none")
    page.finish(titles="1:5", stamp=native.stamp)
