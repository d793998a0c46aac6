"""The Monitor sheet: collections against forecast, PD migration, warning levels and the tie-out after issue."""

from __future__ import annotations

from addin.monitor_words import AGREES, ITEMS, LEVELS, NOISE_GIVEN, NOISE_SOURCE, READINGS
from addin.report.computed import PageRows, computed, notes
from addin.workbook.charts import Line, time_chart
from addin.workbook.native.context import MASTER, Native
from addin.workbook.page import Page
from kmv_core.risk.monitor import Monitoring
from kmv_core.risk.tie_out import tie_out_deal

SHEET = "Monitor"
HINT = (
    "有受托报告后 once reports are in: kmv monitor DEAL.xlsx ACTUALS.csv -o REPORT.xlsx",
    "见 Monitor 表 see sheet Monitor",
)
"""Without reports, and with them."""
_FIRST = 6
_WIDTH = 11
_CHART = (17.0, 8.5)
_LEAST_SHOWN = 0.005
_CHART_ROWS = 17
"""A chart and the gap below it."""
_PERIOD_HEADS = (
    "支付日\nPayment date",
    "预测\nForecast",
    "实际\nActual",
    "当期偏离\nDeviation",
    "累计预测\nForecast to date",
    "累计实际\nActual to date",
    "累计偏离\nCumulative",
    "已到期占比\nShare due",
    "余下回收展望\nOutlook multiple",
    "展望波动率\nOutlook volatility",
)
_NOTES = (
    (
        "方法：回收 = 预测 × 共同因子 × 单期噪声；已回收额按贝叶斯更新共同因子，余下回收为其后验下的对数正态（展望倍数 = 余下回收均值/预测）。",
        "Collections = forecast x common factor x noise of the period; what came in updates the factor (Bayes), the rest is lognormal under it.",
    ),
    (
        "违约概率：已发生的现金流按实际经同一瀑布，余下回收低于其临界倍数的概率；due 为余下应付未覆盖的概率，初始储备按余下占比随资产变动。",
        "PD: past cash as collected, same waterfall; chance that the rest falls short (due: of what is left due; the reserve varies by the share to come).",
    ),
    (
        "精确口径（许可费）：报告所列违约者及其余未违约者更新共同因子，违约强度假设恒定，回收金额不更新该口径；已付费用不再受损，故概率随付款下降。",
        "Exact (licences): names in default or paying so far update the factor, constant intensity assumed, amounts do not; fees paid can no longer be lost.",
    ),
    (
        "预警级别取累计偏离与违约概率上升倍数中较差者，界限为假设值；违约 = 按已知事实必然不足。",
        "Levels: the worse of the cumulative deviation's and that of the PD's rise, limits assumed; default: short for certain.",
    ),
    (
        "有被许可人违约、或必然无法按预期到期兑付者，至少为关注；此外展期不计入级别。",
        "A licensee in default, or an expected maturity missed for certain, is a watch; other extension does not count for the level.",
    ),
    (
        "核对：本方数为按实际回收运行瀑布所得，未计差额补足；容差为每百元面值一分。",
        "Tie-out: our figures are the waterfall run on the reported collections, no payer of support paying; tolerance a cent per 100 of face.",
    ),
)


def write_monitor(native: Native, monitoring: Monitoring) -> Page:
    """Where the deal stands, period by period; sums and deviations are live, probabilities computed by the core."""
    page = native.book.page(SHEET)
    page.heading(
        "存续期监测",
        "Surveillance after issue",
        (
            "回答：实际回收偏离预测多少，各档违约概率如何迁移，处于何种预警级别，本方瀑布与受托报告是否一致。",
            "Answers: how far collections are off, how each tranche's PD has moved, at which warning level it stands, and whether the trustee ties out.",
        ),
        native.unit,
        MASTER,
    )
    widths = [22, *[16] * (_WIDTH - 2), 26 if monitoring.deal.licences else 16]
    page.widths(*widths)
    rows = PageRows(page, _FIRST, sum(widths))
    row = _standing(page, monitoring, _FIRST)
    row = _assumptions(page, monitoring, row)
    rows.room_for(row, len(monitoring.periods) + 4)
    periods = row + 2
    row = _periods(page, monitoring, row)
    rows.room_for(row, len(monitoring.periods) + 4)
    top = row + 2
    row, columns = _migration(page, monitoring, row)
    rows.room_for(row, 2 * len(_NOTES))
    row = notes(page, row, _NOTES) + 1
    if monitoring.periods:
        last = len(monitoring.periods)
        rows.room_for_chart(row, 2 * _CHART[1] + 0.5)
        _collection_charts(native, page, periods, periods + last, row)
        _migration_chart(page, monitoring, top, columns, row + _CHART_ROWS)
        row += 2 * _CHART_ROWS + 1
    _ties(page, monitoring, rows, row)
    page.finish(titles="1:5", stamp=native.stamp)
    return page


def since_closing(found: Monitoring) -> str:
    """For other sheets, whose figures are those at closing: where the tranches stand now."""
    lead = found.readings[0]
    last = found.periods[-1].date if found.periods else found.deal.closing_date
    levels = "; ".join(
        f"{each.tranche} {LEVELS[found.line(each.tranche, lead)[-1].level]}" for each in found.deal.by_rank
    )
    return (
        f"以下为设立时数字；截至 {last.isoformat()} 见 Monitor 页 Figures below are as at closing; "
        f"as of {last.isoformat()} see sheet Monitor: {levels}"
    )


def _standing(page: Page, found: Monitoring, row: int) -> int:
    """Every tranche in every reading as at the last report."""
    last = found.periods[-1].date if found.periods else found.deal.closing_date
    page.section(row, f"截至 {last.isoformat()} 的级别", f"Where the tranches stand on {last.isoformat()}", _WIDTH)
    heads = [
        "档次\nTranche", "口径\nReading", "设立时 PD\nPD at closing", "当前 PD\nPD now", "变动（百分点）\nChange, pp",
        "当前展期概率\nPE now", "余下临界倍数\nq* of the rest", "预警级别\nLevel",
    ]  # fmt: skip
    page.headers(row + 1, 1, heads, height=34)
    at = row + 2
    for each in found.deal.by_rank:
        for reading in found.readings:
            line = found.line(each.tranche, reading)
            first, now = line[0], line[-1]
            page.text(at, 1, each.tranche)
            page.text(at, 2, READINGS[reading])
            computed(page, at, 3, first.probability_of_default, "percent4")
            computed(page, at, 4, now.probability_of_default, "percent4")
            here, there = (page.ref(at, column, fixed=False, sheet=False) for column in (4, 3))
            change = now.probability_of_default - first.probability_of_default
            page.formula(at, 5, f"={here}-{there}", change, "percent4")
            computed(page, at, 6, now.extension_probability, "percent4")
            computed(page, at, 7, now.break_even_multiple, "multiple")
            _level(page, at, 8, now.level)
            at += 1
    return at + 1


def _level(page: Page, row: int, column: int, level: str) -> None:
    page.text(row, column, f"  {LEVELS[level]}", "label" if level == "normal" else "warning")


def _assumptions(page: Page, found: Monitoring, row: int) -> int:
    """Period noise and warning limits, with where they come from."""
    levels = found.levels
    page.section(row, "监测假设", "Assumptions of the surveillance", _WIDTH)
    source, source_en = NOISE_SOURCE if found.noise_is_assumed else NOISE_GIVEN
    house = "假设：机构自定 assumed: the house's own level"
    lines = (
        ("单期噪声 Period noise φ", found.period_noise, "multiple", source),
        ("关注：累计偏离 Watch: deviation", levels.watch_deviation, "percent", house),
        ("预警：累计偏离 Alarm: deviation", levels.alarm_deviation, "percent", house),
        ("关注：PD 倍数 Watch: PD multiple", levels.watch_multiple, "multiple", house),
        ("预警：PD 倍数 Alarm: PD multiple", levels.alarm_multiple, "multiple", house),
        ("起算 PD From a PD of", levels.least_pd, "percent4", "低于此值不计倍数 no multiple counts below it"),
    )
    for at, (words, value, kind, why) in enumerate(lines, start=row + 1):
        page.text(at, 1, words)
        computed(page, at, 3, value, kind)
        page.text(at, 4, why, "note")
    page.text(row + 1, 7, source_en, "note")
    return row + len(lines) + 2


def _periods(page: Page, found: Monitoring, row: int) -> int:
    page.section(row, "实际与预测回收", "Collections against forecast", _WIDTH)
    heads = [*_PERIOD_HEADS, *(["新增违约被许可人\nIn default"] if found.deal.licences else [])]
    page.headers(row + 1, 1, heads, height=34)
    at = row + 2
    page.value(at, 1, found.deal.closing_date, "date", "computed")
    for column in (5, 6):
        page.value(at, column, 0.0, "money", "computed")
    for at, each in enumerate(found.periods, start=row + 3):

        def ref(column: int, above: int = 0, at: int = at) -> str:
            return page.ref(at - above, column, fixed=False, sheet=False)

        page.value(at, 1, each.date, "date", "computed")
        computed(page, at, 2, each.forecast, "money")
        computed(page, at, 3, each.actual, "money")
        page.formula(at, 5, f"={ref(5, 1)}+{ref(2)}", each.forecast_to_date, "money")
        page.formula(at, 6, f"={ref(6, 1)}+{ref(3)}", each.actual_to_date, "money")
        for column, actual, forecast, value in (
            (4, ref(3), ref(2), each.deviation),
            (7, ref(6), ref(5), each.cumulative_deviation),
        ):
            shown = "-" if value != value else value
            page.formula(at, column, f'=IF({forecast}>0,{actual}/{forecast}-1,"-")', shown, "percent")
        computed(page, at, 8, each.outlook.share_due, "percent")
        computed(page, at, 9, each.outlook.multiple, "multiple")
        computed(page, at, 10, each.outlook.sd, "multiple")
        if each.defaults:
            page.text(at, 11, f"  {'; '.join(each.defaults)}", "warning")
    return at + 2


def _collection_charts(native: Native, page: Page, top: int, last: int, row: int) -> None:
    """Each period beside its forecast; both accumulated from closing on."""
    time_chart(
        page.sheet,
        f"A{row + 1}",
        f"各期回收 Collections by period ({native.unit})",
        (top + 1, 1, last, 1),
        [Line("预测 Forecast", (top + 1, 2, last, 2)), Line("实际 Actual", (top + 1, 3, last, 3))],
        form="clustered",
        size=_CHART,
    )
    time_chart(
        page.sheet,
        f"G{row + 1}",
        f"累计回收 Cumulative collections ({native.unit})",
        (top, 1, last, 1),
        [Line("累计预测 Forecast to date", (top, 5, last, 5)), Line("累计实际 Actual to date", (top, 6, last, 6))],
        size=_CHART,
    )


def _migration(page: Page, found: Monitoring, row: int) -> tuple[int, list[int]]:
    """Dates down, tranches across; gives the next row and each tranche's column of the headline PD."""
    lead, others = found.readings[0], found.readings[1:]
    heads, columns = ["日期\nDate"], []
    for each in found.deal.by_rank:
        columns.append(len(heads) + 1)
        name = each.tranche
        heads += [f"{name} PD\n({lead})", f"{name} PE\n({lead})", f"{name} 级别\nLevel"]
        heads += [f"{name} PD\n({reading})" for reading in others]
    page.section(row, "违约概率迁移", "PD migration", max(_WIDTH, len(heads)))
    page.headers(row + 1, 1, heads, height=48)
    dates = [each.date for each in found.line(found.deal.by_rank[0].tranche, lead)]
    for i, date in enumerate(dates):
        at = row + 2 + i
        page.value(at, 1, date, "date", "computed")
        for column, each in zip(columns, found.deal.by_rank, strict=True):
            point = found.line(each.tranche, lead)[i]
            computed(page, at, column, point.probability_of_default, "percent4")
            computed(page, at, column + 1, point.extension_probability, "percent4")
            _level(page, at, column + 2, point.level)
            for k, reading in enumerate(others):
                other = found.line(each.tranche, reading)[i]
                computed(page, at, column + 3 + k, other.probability_of_default, "percent4")
    return row + len(dates) + 3, columns


def _migration_chart(page: Page, found: Monitoring, top: int, columns: list[int], row: int) -> None:
    last, lead = top + len(found.periods), found.readings[0]
    time_chart(
        page.sheet,
        f"A{row + 1}",
        f"违约与展期概率迁移 Migration of PD and PE ({lead})",
        (top, 1, last, 1),
        [
            Line(f"{each.tranche} {word}", (top, column + k, last, column + k), colour=i, dash=k)
            for i, (column, each) in enumerate(zip(columns, found.deal.by_rank, strict=True))
            for k, word in enumerate(("PD", "PE"))
        ],
        number_format="0.0%",
        size=(2 * _CHART[0] + 1.5, _CHART[1]),
    )


def _ties(page: Page, found: Monitoring, rows: PageRows, row: int) -> int:
    ties = tie_out_deal(found.deal, found.reports)
    rows.room_for(row, min(len(ties), 12) + 3)
    page.section(row, "与受托报告核对", "Tie-out against the trustee", _WIDTH)
    if not ties:
        page.text(row + 1, 1, "报告未列各档已付本息与余额。 The reports give no figures of tranches.", "note")
        return row + 3
    heads = [
        "支付日\nPayment date", "档次\nTranche", "", "项目\nItem", "", "应付\nDue", "本方\nOurs", "受托方\nTrustee",
        "差异\nDifference", "容差\nTolerance", "结论\nVerdict",
    ]  # fmt: skip
    page.headers(row + 1, 1, heads, height=34)
    for at, each in enumerate(ties, start=row + 2):
        page.value(at, 1, each.date, "date", "computed")
        page.text(at, 2, each.tranche)
        page.text(at, 4, ITEMS[each.item])
        for column, value in ((6, each.due), (7, each.ours), (8, each.trustee), (10, each.tolerance)):
            computed(page, at, column, value, "money")
        ours, theirs = (page.ref(at, column, fixed=False, sheet=False) for column in (7, 8))
        # Half a cent is nothing: it would print as -0.00
        difference = each.trustee - each.ours
        shown = difference if abs(difference) >= _LEAST_SHOWN else 0.0
        page.formula(at, 9, f"=IF(ABS({theirs}-{ours})<{_LEAST_SHOWN},0,{theirs}-{ours})", shown, "money")
        page.text(at, 11, f"  {AGREES[each.agrees]}", "label" if each.agrees else "warning")
    return row + len(ties) + 3
