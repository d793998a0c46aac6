"""The committee's page: the headline reading throughout, safe sizes of sheet Sizing, movers, assumptions in words."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import openpyxl
import pytest

from addin.deal_block import parse_deal
from addin.deal_layout import layout
from addin.deals import example_deal
from addin.report import sizing_sheet, verdict_sizes
from addin.report.assumptions import MOST_INPUTS, by_source
from addin.report.build import report_bytes
from addin.report.findings import LEAST
from addin.report.referees_sheet import FEWEST_DEFAULTS, NAMES, gives_nothing
from addin.report.verdict_lines import line_kind, line_value
from addin.workbook.read import DealFile
from kmv_core.assets.volatility import ESTIMATORS
from kmv_core.deal.deal import ShockSet, Support
from kmv_core.risk.assess import assess
from kmv_core.risk.sizing_search import safe_balance
from kmv_core.risk.tornado import tornado
from kmv_core.vocabulary.errors import KmvError
from tests.judges import ironcalc_engine
from tests.judges.cells import cached_values, differences, formula_cells
from tests.licence_deal import licence_deal


def of(deal):
    rows = layout(deal, {}).block
    return DealFile(Path("verdict.xlsx"), parse_deal(rows), rows, (), "0" * 64)


def lines(path, sheet="Verdict"):
    values = cached_values(path)
    book = openpyxl.load_workbook(path)
    return [[values.get((sheet, cell.coordinate), cell.value) for cell in row] for row in book[sheet].iter_rows()]


def text(path, sheet="Verdict"):
    return "\n".join(str(cell) for row in lines(path, sheet) for cell in row if isinstance(cell, str))


@pytest.fixture(scope="module")
def licences(tmp_path_factory):
    """A pool of licences with a payer, without the slow sheets."""
    deal = licence_deal()
    payer = Support(support="担保 guarantee", covers=deal.by_rank[0].tranche, payer_pd=0.05, correlation=0.2)
    shocks = [ShockSet(factor=each, mode="relative", shocks=(-0.2, 0.2)) for each in ("recovery_rate", "volatility")]
    deal = dataclasses.replace(deal, support=(payer,), shocks=tuple(shocks))
    path = tmp_path_factory.mktemp("verdict") / "licences.xlsx"
    report = report_bytes(of(deal), analyses=False)
    path.write_bytes(report.data)
    return deal, report, path


def test_the_safe_size_is_that_of_sheet_sizing(report, deal):
    formulas, values = formula_cells(report), cached_values(report)
    cells = [place for place in formulas if place[0] == "Verdict" and formulas[place].startswith("=Sizing!")]
    assert len(cells) == 1
    wanted = safe_balance(deal, deal.by_rank[0].tranche, reading="waterfall", hold="others")
    assert values[cells[0]] == pytest.approx(wanted.safe_balance, rel=1e-12)
    # Of the last tranche no size keeps the target.
    assert "任何规模均达不到目标。 No size reaches the target." in text(report)
    (line,) = [row for row in lines(report) if "no size reaches the target PD of" in str(row[1])]
    assert line[0] == "－ 负面 negative"
    assert line[10] == deal.model.target_pd


def test_no_size_is_searched_for_twice(deal, monkeypatch):
    asked = []

    def counted(deal, tranche, *, reading, hold):
        asked.append((tranche, hold, reading))
        return safe_balance(deal, tranche, reading=reading, hold=hold)

    monkeypatch.setattr(sizing_sheet, "safe_balance", counted)
    monkeypatch.setattr(verdict_sizes, "safe_balance", counted)
    report_bytes(of(deal))
    assert len(asked) == len(set(asked))


def test_licences_are_judged_by_the_exact_reading(licences):
    deal, report, path = licences
    found = report.assessment
    first = found.tranches[0]
    assert first.exact.unsupported_pd > first.exact.probability_of_default
    rows = lines(path)
    worth = [row[10] for row in rows if "payers of support lower" in str(row[1])]
    gaps = [each.exact.unsupported_pd - each.exact.probability_of_default for each in found.tranches]
    assert worth == pytest.approx([gap for gap in gaps if gap >= LEAST], rel=1e-12)
    assert first.exact.unsupported_pd in [cell for row in rows for cell in row]
    assert "paying in time and in order adds" not in text(path)
    for each in deal.by_rank:
        shown = next(row[11] for row in rows if row[0] == each.tranche)
        said = [row for row in rows if each.tranche in str(row[1]) and "size" in str(row[1])]
        assert len(said) == 1
        try:
            wanted = safe_balance(deal, each.tranche, reading="exact").safe_balance
        except KmvError:
            assert shown == "达不到 none"
            assert said[0][0] == "－ 负面 negative"
            continue
        assert shown == pytest.approx(wanted, rel=1e-12)
        assert ("size is below" in said[0][1]) == (wanted >= each.balance)
        assert said[0][10] == pytest.approx(abs(wanted - each.balance), rel=1e-9)
    assert differences(path, ironcalc_engine.recalculated(path)) == []


def test_licences_without_published_lives_have_no_sheet_of_lives(licences):
    assert "Lives" not in openpyxl.load_workbook(licences[2]).sheetnames


def test_movers_are_the_deals_own_shocks_and_only_those_that_move(report, licences, deal):
    assert "What moves PD most among the deal's own shocks (waterfall)" in text(report)
    own = [row[0] for row in lines(licences[2])]
    assert any(str(name).startswith("回收率") for name in own)
    # Volatility does not enter the exact reading.
    assert not any(str(name).startswith("波动率") for name in own)
    rows = [row for row in lines(report) if "First on sheet Tornado (standard steps)" in str(row[0])]
    found = tornado(deal, reading="waterfall")
    assert [row[8] for row in rows] == pytest.approx([bars[0].swing for bars in found.bars], rel=1e-12)
    assert not any("First on sheet Tornado" in str(name) for name in own)


@pytest.mark.parametrize("name", ["21jianxin08", "xingye_yuanrong", "jianxin_2021_1", "npl", "ip"])
def test_every_assumption_has_a_value(name):
    rows = layout(example_deal(name).deal, example_deal(name).sources).block
    parsed = parse_deal(rows)
    found = by_source(parsed)
    assert sum(len(values) for inputs in found.values() for values in inputs.values()) == len(parsed.assumptions)
    lines = [each for inputs in found.values() for each in inputs.items()]
    assert all(all(values) for (kind, _), values in lines if kind)
    scenarios = [kind for inputs in found.values() for kind, _ in inputs if kind == "情景 Scenario"]
    assert bool(scenarios) == bool(parsed.deal.scenarios)


def test_a_row_of_assumptions_is_short_and_its_head_is_on_every_page(report):
    rows = lines(report)
    heads = [i for i, row in enumerate(rows) if row[0] == "输入与取值 Inputs and values"]
    assert all(row[6] for row in rows[heads[0] :] if row[0])
    for row in rows[heads[0] :]:
        assert str(row[0]).count("；") < MOST_INPUTS
    sheet = openpyxl.load_workbook(report)["Verdict"]
    later = [each.id for each in sheet.row_breaks.brk if each.id > heads[0]]
    assert set(later) <= set(heads)


def test_lines_of_every_table_are_said():
    deal = example_deal("xingye_yuanrong").deal
    assert line_value(deal, "tranches", 0).startswith("规模 balance 28,600.00, 票息 coupon 4.00%")
    assert line_value(deal, "appetite", 0) == "PD ≤ 1.00%"
    assert line_value(deal, "scenarios", 0) == "无冲击 no shock"
    assert line_value(deal, "scenarios", 1) == "回收率 Recovery rate -5.0%"
    assert line_kind("principal_schedule") == "计划还本 Principal schedule"


def test_estimators_are_named_in_words(report, licences):
    assert set(NAMES) == set(ESTIMATORS)
    for path in (report, licences[2]):
        said = text(path, "Referees")
        assert not any(f"{name}:" in said for name in ESTIMATORS)
    assert "a test of the thesis' method gave 204 %" in text(report, "Referees")


def test_level_fees_leave_nothing_to_estimate(licences):
    _, report, path = licences
    level = [each for each in report.referees.volatilities if gives_nothing(each)]
    said = text(path, "Referees")
    assert ("the cash is level" in said) == bool(level)
    if level:
        assert "E222" not in said


def test_too_few_paths_are_no_judgement(report, deal):
    rows = lines(report, "Referees")
    found = assess(deal)
    simulated = [row for row in rows if str(row[0]).startswith("模拟：同一瀑布")]
    assert len(simulated) == len(found.tranches)
    for row in simulated:
        assert (row[6] == "路径太少 too few paths to judge") == (20_000 * row[2] < FEWEST_DEFAULTS)


def test_a_payer_who_hardly_fails_keeps_the_target_at_any_size(deal, tmp_path):
    first = deal.by_rank[0].tranche
    payer = Support(support="担保 guarantee", covers=first, payer_pd=0.001, correlation=0.0)
    path = tmp_path / "any.xlsx"
    path.write_bytes(report_bytes(of(dataclasses.replace(deal, support=(payer,))), analyses=False).data)
    rows = lines(path)
    assert next(row[11] for row in rows if row[0] == first) == "不受限 any"
    (line,) = [row for row in rows if "any size keeps the target PD of" in str(row[1])]
    assert line[0] == "＋ 正面 positive"
    assert differences(path, ironcalc_engine.recalculated(path)) == []
