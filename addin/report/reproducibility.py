"""The Reproducibility sheet: what made the report, from what, and how each computed value was found."""

from __future__ import annotations

import platform
from importlib.metadata import version

from addin.report.monitor_sheet import HINT, SHEET
from addin.workbook.native.context import MASTER, Native
from addin.workbook.read import DealFile
from kmv_core import __version__
from kmv_core.risk.assess import Assessment
from kmv_core.risk.referees import Referees

Method = tuple[str, str, str, str]
METHODS: tuple[Method, ...] = (
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
        "敏感性（due 列，灰底者）",
        "Sensitivity, grey due columns",
        "浮动或跳升利率、计息基准、营业日顺延或因素本身使 due 口径无封闭公式：每个冲击重新运行基准情形，期限保持不变。",
        "Floating or stepped coupons, day counts, business days or the factor leave no closed form: the base case is run anew, lives held.",
    ),
)
ANALYSES: tuple[Method, ...] = (
    (
        "期限表、预设条件、方法比较",
        "Sheets Terms, Preset and Referees",
        "逐期临界倍数、去除风控措施后的重新评估、同一瀑布的模拟（种子见上）；方法说明在各表表末。",
        "Break-evens by date, the deal assessed anew without each control, a simulation through the same waterfall (seed above); notes on each sheet.",
    ),
)
LIVES: tuple[Method, ...] = (
    (
        "指数曲线（Lives 表）",
        "Exponential curve (sheet Lives)",
        "衰减形状固定为 1，衰减速率取加权期限残差平方和最小者，再按该曲线重新评估。",
        "Decay shape 1, the decay rate of the least squares of the lives' residuals; the deal assessed anew under it.",
    ),
)
EXACT: tuple[Method, ...] = (
    (
        "精确枚举（exact）",
        "Exact enumeration",
        "列出被许可人的全部违约组合，逐一运行瀑布；组合概率按单因子正态模型对共同因子求积（Gauss-Legendre）。",
        "Every set of licensees in default is paid through the waterfall; its chance is integrated over the common factor (Gauss-Legendre).",
    ),
)
SUPPORT: tuple[Method, ...] = (
    (
        "含补足的违约概率与预期损失",
        "PD and loss with payers",
        "对每种补足人存续组合求临界倍数与损失曲线；单一补足人的 PD 在 Support 表以公式求积，其余为计算值。",
        "Break-evens and loss curves for every set of payers alive; with one payer the PD is a quadrature in formulas on sheet Support, the rest computed.",
    ),
)


def methods_of(assessment: Assessment) -> tuple[Method, ...]:
    """The methods of the values a deal's report has."""
    deal = assessment.deal
    return (
        *METHODS,
        *ANALYSES,
        *(LIVES if any(each.published_life is not None for each in deal.tranches) and not deal.licences else ()),
        *(EXACT if assessment.exact is not None else ()),
        *(SUPPORT if deal.support else ()),
    )


def write_reproducibility(native: Native, file: DealFile, referees: Referees) -> None:
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
        ("存续期监测 After issue", HINT[SHEET in native.book.workbook.sheetnames]),
        ("随机种子 Seed (Referees)", f"{referees.seed}"),
        ("模拟路径数 Paths (Referees)", f"{referees.paths:,}"),
        ("Python", platform.python_version()),
        *((name, version(name)) for name in ("numpy", "scipy", "openpyxl")),
    ]
    for i, (item, value) in enumerate(facts, start=1):
        page.text(row + i, 1, item)
        page.text(row + i, 2, value)
    row += len(facts) + 2
    page.section(row, "灰底计算值的方法", "Methods of the grey computed values", 4)
    page.headers(row + 1, 1, ["计算值 Computed value", "", "方法", "Method"], height=20)
    methods = methods_of(native.assessment)
    for i, (zh, en, how_zh, how_en) in enumerate(methods, start=2):
        for column, text in enumerate((zh, en, how_zh, how_en), start=1):
            page.text(row + i, column, text, "wrap")
        page.sheet.row_dimensions[row + i].height = 30
    row += len(methods) + 3
    page.section(row, "警告", "Warnings", 4)
    found = dict.fromkeys((*file.warnings, *native.assessment.warnings))
    warnings = list({(each.code, each.en): each for each in reversed(found)}.values())[::-1]
    for i, each in enumerate(warnings, start=1):
        page.text(row + i, 1, f"{each.code} {each.where}", "warning")
        page.text(row + i, 3, each.zh, "wrap")
        page.text(row + i, 4, each.en, "wrap")
        page.sheet.row_dimensions[row + i].height = 30
    if not warnings:
        page.text(row + 1, 1, "无 none")
    page.finish(titles="1:5", stamp=native.stamp)
