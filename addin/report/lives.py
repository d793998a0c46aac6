"""The Lives sheet: model lives against the published ones, and what a gap does to the expected-maturity test."""

from __future__ import annotations

from collections.abc import Mapping

from addin.workbook.native.context import MASTER, Native
from addin.workbook.native.kmv_sheet import KmvSheet
from addin.workbook.page import Page
from kmv_core.assets.recovery import Recovery
from kmv_core.risk.lives import Life, Lives, lives_of

SHEET = "Lives"
_FIRST = 6
_WIDTH = 7
_HEADS = (
    "档次 Tranche",
    "公布期限（年）\nPublished life, years",
    "模型期限（年）\nModel life, years",
    "残差（年）\nResidual, years",
    "展期概率 PE（waterfall）\nExtension probability",
    "违约概率 PD（waterfall）\nDefault probability",
)
_CHANGE = "展期概率变动（waterfall）\nChange of PE"


def write_lives(native: Native, kmv: KmvSheet) -> Lives | None:
    """The deal's curve live, the best exponential one as computed values beside it.

    None, and no sheet, for licences without a published life: there is neither a curve nor a life to compare.
    """
    deal = native.assessment.deal
    if deal.recovery is None and all(each.published_life is None for each in deal.tranches):
        return None
    found = lives_of(native.assessment)
    page = native.book.page(SHEET)
    page.heading(
        "加权期限",
        "Weighted lives",
        (
            "回答：回收曲线是否符合公布的加权期限，残差对预期到期检验有何影响。",
            "Answers: does the curve meet the published weighted lives, and what does a residual do to the test by expected maturity?",
        ),
        native.unit,
        MASTER,
    )
    page.widths(38, 20, 20, 20, 22, 22, 22)
    row = _own(page, native, kmv, found)
    if found.exponential is None or found.exponential_curve is None:
        page.text(row, 1, _NONE if deal.recovery is not None else _LICENCES, "note")
    else:
        row = _exponential(page, found.own, found.exponential, found.exponential_curve, row)
        for i, (zh, en) in enumerate(_NOTES):
            page.text(row + 2 * i, 1, zh, "note")
            page.text(row + 2 * i + 1, 1, en, "note")
    page.finish(titles="1:5", stamp=native.stamp)
    return found


_NONE = "输入无公布加权期限：无可比较。 No weighted life is published: nothing to compare."
_LICENCES = (
    "许可费按合同到账，无回收曲线可供比较；概率为 waterfall 口径，结论口径见 Verdict 页。 "
    "Licence fees come by contract: no curve to compare; probabilities by the waterfall, the verdict's own are on its sheet."
)
_NOTES = (
    (
        "残差 = 模型期限 - 公布期限；展期概率为预期到期日未获足额兑付的概率（waterfall 口径）。",
        "Residual = model life - published life; PE is the probability of not being repaid by the expected maturity (waterfall).",
    ),
    (
        "指数曲线仅一个参数，一般不能同时符合两档期限；取两残差平方和最小者，其余输入不变。",
        "The exponential curve has one parameter and cannot in general meet two lives: least squares of the residuals, all else as it stands.",
    ),
)


def _own(page: Page, native: Native, kmv: KmvSheet, found: Lives) -> int:
    deal, ref = native.assessment.deal, native.deal.ref
    if deal.recovery is None:
        page.section(_FIRST, "许可费按合同到账", "Licence fees, by their contracts", _WIDTH)
    else:
        page.section(_FIRST, "本项目曲线", f"The deal's own curve: {_words(deal.recovery)}", _WIDTH)
    page.headers(_FIRST + 1, 1, _HEADS, height=34)
    for k, each in enumerate(deal.by_rank):
        row, life = _FIRST + 2 + k, found.own[each.tranche]
        page.text(row, 1, each.tranche)
        page.formula(row, 3, f"={kmv.life(k, called=True)}/{kmv.due(k, 'balance')}", life.model, "years")
        _residual(page, row, life)
        if life.published is not None:
            # The deal sheet lists the tranches by rank.
            page.formula(row, 2, f"={ref('tranches', k, 'published_life')}", life.published, "years")
        for column, key in ((5, "extension_probability"), (6, "probability_of_default")):
            page.formula(row, column, f"={kmv.by_waterfall(k, key)}", getattr(life, key), "percent4")
    return _FIRST + 2 + len(deal.tranches) + 1


def _exponential(page: Page, own: Mapping[str, Life], lives: Mapping[str, Life], curve: Recovery, row: int) -> int:
    """The same under one parameter, computed; the change of PE is live."""
    page.section(row, "单参数最优指数曲线", f"Best exponential curve: {_words(curve)}", _WIDTH)
    page.headers(row + 1, 1, [*_HEADS, _CHANGE], height=34)
    for k, (name, life) in enumerate(lives.items()):
        at, above = row + 2 + k, _FIRST + 2 + k
        page.text(at, 1, name)
        if life.published is not None:
            page.formula(at, 2, f"=B{above}", life.published, "years")
        page.value(at, 3, life.model, "years", "computed")
        _residual(page, at, life)
        page.value(at, 5, life.extension_probability, "percent4", "computed")
        page.value(at, 6, life.probability_of_default, "percent4", "computed")
        change = life.extension_probability - own[name].extension_probability
        page.formula(at, 7, f"=E{at}-E{above}", change, "percent4")
    return row + 2 + len(lives) + 1


def _residual(page: Page, row: int, life: Life) -> None:
    if life.published is None or life.residual is None:
        page.text(row, 2, "-", "calc")
        page.text(row, 4, "-", "calc")
    else:
        page.formula(row, 4, f"=C{row}-B{row}", life.residual, "years")


def _words(curve: Recovery) -> str:
    if curve.curve:
        return f"向量 a vector of {len(curve.curve)} points"
    return f"λ = {curve.decay_rate:.6g}, k = {curve.decay_shape:.6g}, H = {curve.recovery_horizon:g}"
