"""What a committee reads on the sheets of the analyses: plain reasons, one target, no scaffolding in print."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import openpyxl
import pytest
from openpyxl.utils import range_boundaries

from addin.report.analyses import reason, refusals, shock_text, shown_distance
from addin.report.bridge_sheet import changed_inputs, write_bridge
from addin.report.enhancement_sheet import between, write_enhancement
from addin.report.preset_sheet import write_preset
from addin.report.register_sheet import write_register
from addin.report.scenarios_sheet import targets_of
from addin.report.sizing_sheet import write_sizing
from addin.report.tornado_sheet import dwarfing, write_tornado
from addin.workbook.charts import pd_most, round_up
from addin.workbook.page import Book
from kmv_core.risk.answers import Shock
from kmv_core.risk.assess import assess
from kmv_core.risk.bridge import bridge
from kmv_core.risk.enhancement import enhancement_value
from kmv_core.vocabulary.errors import problem
from tests.addin.report.test_analysis_sheets import written
from tests.judges import ironcalc_engine
from tests.judges.cells import cached_values, differences
from tests.licence_deal import licence_deal

near = pytest.approx


def several(*writers):
    return lambda native: [write(native) for write in writers]


@pytest.fixture(scope="module", params=["loans", "licences"])
def sheets(request, deal, tmp_path_factory):
    assessment = assess(deal if request.param == "loans" else licence_deal())
    path = tmp_path_factory.mktemp("words") / "words.xlsx"
    writers = (write_tornado, write_sizing, write_enhancement, write_preset, write_register)
    native, _ = written(assessment, path, several(*writers))
    return native, path


def test_a_code_stands_nowhere_but_at_the_end_of_a_reason(sheets):
    _, path = sheets
    texts = [str(value) for value in cached_values(path).values()]
    coded = [each for each in texts if re.search(r"\b[EW]\d{3}\b", each)]
    assert all(re.search(r"\([EW]\d{3}\)$", each) and len(each) > 40 for each in coded)


def test_every_blank_of_the_tornado_has_its_reason(sheets):
    _, path = sheets
    sheet = openpyxl.load_workbook(path)["Tornado"]
    lines = [[cell.value for cell in line] for line in sheet.iter_rows(max_col=7)]
    along = [line for line in lines if isinstance(line[4], float) and str(line[1]).startswith("±")]
    said = " ".join(str(line[0]) for line in lines if str(line[0]).endswith(")"))
    for line in along:
        for place, point in ((2, "-2 ×"), (6, "+2 ×")):
            # Rows of bars have their swing there, those of the spider the PD at two steps.
            if line[place] is None:
                assert f"{line[0]} {point}" in said


def test_reasons_are_plain_and_in_per_cent():
    target = problem("E310", found="PD 0.01", reachable="0.014 to 1", reachable_zh="0.014 至 1")
    assert reason(target) == (
        "无法达到 PD 1%；可达范围：1.4% 至 100%。 PD 1% cannot be reached; reachable: 1.4% to 100%. (E310)"
    )
    words = {"name": "delay (delay, years)", "name_zh": "回收延迟（delay，年）", "domain": "at least 0"}
    shock = problem("E226", **words, domain_zh="不小于 0", found="-0.25", remedy="")
    assert reason(shock) == (
        "回收延迟（年） 必须不小于 0；变动后为 -0.25。 delay (years) must be at least 0; here it would be -0.25. (E226)"
    )


def test_one_reason_names_its_places():
    page = Book("reasons").page("Sheet")
    found = problem("E311", name="x", name_zh="x", found="nan")
    assert refusals(page, 1, [(f"P{i}", (found,)) for i in range(6)]) == 2
    cell = page.sheet.cell(1, 1)
    assert cell.value.startswith("P0、P1、P2、P3 等 6 处 and others, 6 in all: ")
    assert cell.style.startswith("kmv note")


def test_shocks_are_never_shown_as_nothing():
    assert shock_text(Shock(factor="delay", size=0.25)) == "+0.250 年 years"
    assert shock_text(Shock(factor="delay", size=-0.0004)) == "-0.0004 年 years"
    assert shock_text(Shock(factor="recovery_rate", size=-1e-9)) == "≈ 0% × 现值 of itself"
    assert shock_text(Shock(factor="recovery_rate", size=0.0)) == "0% × 现值 of itself"


def test_the_deal_s_own_target_is_never_dropped(deal, tmp_path):
    for each in (deal, licence_deal()):
        native, _ = written(assess(each), tmp_path / "targets.xlsx", lambda native: native)
        assert targets_of(native)[0] == each.model.target_pd
    assert len(targets_of(native)) == 1


def test_room_is_above_nothing_on_the_safe_side(sheets):
    native, path = sheets
    sheet = openpyxl.load_workbook(path)["Sizing"]
    values = cached_values(path)
    first = native.assessment.tranches[0]
    (row,) = [line[0].row for line in sheet.iter_rows() if str(line[0].value).startswith("回收倍数")]
    assert values["Sizing", f"E{row}"] == near(1.0 - values["Sizing", f"D{row}"])
    assert (values["Sizing", f"E{row}"] > 0.0) == (first.waterfall.coverage > 1.0)


def test_a_certain_default_has_no_distance(deal):
    figures = assess(deal).tranches[0].waterfall
    assert shown_distance(figures) == figures.distance_to_default
    assert shown_distance(replace(figures, probability_of_default=1.0 - 1e-9)) is None


@pytest.mark.parametrize(("name", "columns"), [("Enhancement", 6), ("Register", 8)])
def test_what_charts_are_drawn_from_is_not_printed(sheets, name, columns):
    _, path = sheets
    sheet = openpyxl.load_workbook(path)[name]
    _, _, last_column, last_row = range_boundaries(sheet.print_area.split("!")[-1])
    assert (last_column, last_row) == (columns, sheet.max_row)
    for chart in sheet._charts:
        for series in chart.series:
            assert range_boundaries(series.val.numRef.f.split("!")[1].replace("$", ""))[0] > columns
    assert sheet.max_column > columns


def test_the_running_sum_stays_between_the_ends():
    assessment = assess(licence_deal())
    found = enhancement_value(assessment.deal)
    for k in range(len(found.tranches)):
        shares = [float(each.pd_share[k]) for each in found.measures]
        start, end = float(found.pd_without_any[k]), float(found.pd_with[k])
        order = between(shares, start, end)
        assert sorted(order) == list(range(len(shares)))
        level = start
        for i in order:
            level -= shares[i]
            assert min(start, end) - 1e-8 <= level <= max(start, end) + 1e-8
        assert level == near(end, abs=1e-9)


def test_axes_end_where_a_reader_looks():
    assert [pd_most(each) for each in (0.3, 0.9, 1.0, 1.2)] == [None, 1.0, 1.0, None]
    assert [round_up(each) for each in (0.04, 0.011, 0.3, 1.0)] == [near(each) for each in (0.05, 0.02, 0.5, 1.0)]
    assert all(low <= high for low, high in pairwise(round_up(0.01 * each) for each in range(1, 100)))
    assert dwarfing([0.0, 0.0]) == [False, False]


def changed(deal):
    tranches = tuple(replace(each, coupon=each.coupon + 0.01) for each in deal.tranches)
    model = replace(deal.model, total_volatility=0.9 * deal.model.total_volatility)
    return replace(deal, name="another name", tranches=tranches, model=model)


def test_a_bridge_lists_the_inputs_that_changed(deal):
    found = list(changed_inputs(deal, changed(deal)))
    assert len(found) == len(deal.tranches) + 1
    assert found[0].words.startswith("分层与票息 Tranches and coupons：")
    assert deal.by_rank[0].tranche in found[0].words
    before = deal.by_rank[0].coupon
    assert (found[0].before, found[0].after) == (f"{100 * before:.10g}%", f"{100 * (before + 0.01):.10g}%")
    assert "another name" not in str(found)
    assert list(changed_inputs(deal, deal)) == []
    fewer = replace(deal, fees=deal.fees[:-1])
    assert {each.after for each in changed_inputs(deal, fewer)} == {"-"}


def test_a_bridge_with_its_inputs_recalculates(deal, tmp_path):
    path, after = tmp_path / "bridge.xlsx", changed(deal)
    bridges = [bridge(deal, after, tranche=each.tranche) for each in after.by_rank]
    written(assess(after), path, lambda native: write_bridge(native, bridges, "before.xlsx", deal))
    assert differences(path, ironcalc_engine.recalculated(path)) == []
    sheet = openpyxl.load_workbook(path)["Bridge"]
    texts = [str(cell.value) for line in sheet.iter_rows() for cell in line]
    assert "变更的输入 Inputs that changed" in texts
    assert range_boundaries(sheet.print_area.split("!")[-1])[2] == 3
