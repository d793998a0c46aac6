"""The sheets of the analyses: the core's numbers, sums that close, formulas that recalculate, no verdict unearned."""

from __future__ import annotations

import openpyxl
import pytest

from addin.deal_layout import layout
from addin.report.analyses import factor_words
from addin.report.analysis_sheets import SHEETS, write_analyses
from addin.report.grid_sheet import FINE
from addin.report.register_sheet import NOT_ASSESSED, TO_ENTER, write_register
from addin.report.scenarios_sheet import COVERAGE, targets_of
from addin.workbook.native.context import CHECKS, PASS, TOLERANCE, Native
from addin.workbook.native.deal_sheet import TOP, DealSheet
from addin.workbook.page import Book
from kmv_core.methods.ahp import pairwise_weights
from kmv_core.methods.register import VERDICTS, RiskItem, risk_register
from kmv_core.risk.answers import headline_of
from kmv_core.risk.assess import assess
from kmv_core.risk.break_even_factor import break_even_factor
from kmv_core.risk.enhancement import enhancement_value
from kmv_core.risk.grid import sensitivity_grid
from kmv_core.risk.reverse import reverse_stress
from kmv_core.risk.scenarios import scenarios, scenarios_of
from kmv_core.risk.sizing import safe_sizes
from kmv_core.risk.sizing_search import safe_balance
from kmv_core.risk.tornado import tornado
from tests.judges import ironcalc_engine
from tests.judges.cells import cached_values, differences, formula_cells
from tests.licence_deal import licence_deal

near = pytest.approx


def written(assessment, path, write=write_analyses):
    book = Book("analyses")
    native = Native(book, assessment, DealSheet(book.page("Inputs"), layout(assessment.deal, {})), "test")
    for row, column in native.deal.layout.cells.values():
        # The cells that the sheets link to, as the input sheet would show them.
        value = native.deal.layout.block[row][column]
        if isinstance(value, (int, float)):
            native.deal.page.value(TOP + row, column + 1, value, "number")
    found = write(native)
    page = book.page(CHECKS)
    page.text(7, 3, PASS)
    page.value(8, 3, TOLERANCE, "tiny")
    path.write_bytes(book.to_bytes())
    return native, found


@pytest.fixture(scope="module", params=["loans", "licences"])
def shown(request, deal, tmp_path_factory):
    assessment = assess(deal if request.param == "loans" else licence_deal())
    path = tmp_path_factory.mktemp("analyses") / "analyses.xlsx"
    native, found = written(assessment, path)
    return assessment, native, found, path, cached_values(path)


def lines(values, sheet):
    """Rows of a sheet as lists from column A, by number."""
    rows: dict[int, dict[str, object]] = {}
    for (name, cell), value in values.items():
        if name == sheet:
            letters = cell.rstrip("0123456789")
            rows.setdefault(int(cell[len(letters) :]), {})[letters] = value
    return rows


def below(values, sheet, name):
    """The rows under the section of one tranche, by their label, up to the next section."""
    rows = lines(values, sheet)
    start = next(at for at in sorted(rows) if str(rows[at].get("A", "")).startswith(f"档次 Tranche: {name}"))
    found: dict[str, dict[str, object]] = {}
    for at in sorted(rows):
        label = rows[at].get("A")
        if at > start:
            if str(label).startswith(("档次 Tranche:", "灰底")):
                break
            if label is not None:
                found.setdefault(label, rows[at])
    return found


def test_every_sheet_recalculates(shown):
    *_, path, _ = shown
    assert set(SHEETS) <= set(openpyxl.load_workbook(path).sheetnames)
    assert len(formula_cells(path)) > 200
    assert differences(path, ironcalc_engine.recalculated(path)) == []
    assert all(len(formula) <= 120 for formula in formula_cells(path).values())


def test_the_grid_is_the_core_s(shown):
    assessment, _, found, path, values = shown
    grid, reading = found.grid, headline_of(assessment.tranches)
    one = sensitivity_grid(
        assessment.deal, grid.down.factor, grid.down.shocks[:1], grid.across.factor, grid.across.shocks[-1:],
        mode_down=grid.down.mode, mode_across=grid.across.mode, reading=reading,
    )  # fmt: skip
    rows = below(values, "Grid", assessment.tranches[-1].name)
    cells = [value for key, value in rows[grid.down.shocks[0]].items() if key != "A"]
    assert one.values[-1, 0, 0] in cells
    middle = [value for key, value in rows[0.0].items() if key != "A"]
    base = assessment.tranches[-1].headline.probability_of_default
    assert middle[len(grid.across.shocks) // 2] == near(base, rel=1e-9)
    if not (assessment.deal.triggers or assessment.deal.licences or assessment.deal.support):
        assert (len(grid.down.shocks), len(grid.across.shocks)) == FINE
    rules = openpyxl.load_workbook(path)["Grid"].conditional_formatting
    assert len(list(rules)) == len({0, len(assessment.tranches) - 1})


def test_tornado_and_spider_meet(shown):
    assessment, _, _, _, values = shown
    found = tornado(assessment.deal, reading=headline_of(assessment.tranches))
    widest = found.bars[0][0]
    drawn = [row for row in lines(values, "Tornado").values() if row.get("A") == factor_words(widest.factor)]
    bar, along = drawn[0], drawn[1]
    assert bar["D"] == near(widest.high, rel=1e-12)
    assert bar["G"] == near(widest.swing, rel=1e-9)
    assert along["E"] == near(found.base[0], rel=1e-12)
    assert along["F"] == bar["D"]


def test_scenarios_and_the_nearest_world(shown):
    assessment, native, found, _, values = shown
    deal, reading = assessment.deal, headline_of(assessment.tranches)
    for key, column in (("probability_of_default", "B"), ("coverage", "G"), ("expected_loss", "F")):
        of = COVERAGE if key == "coverage" else reading
        table = scenarios(deal, scenarios_of(deal), output=key, reading=of)
        for k, name in enumerate(table.tranches):
            rows = below(values, "Scenarios", name)
            for scenario, value in zip(table.scenarios, table.values[:, k], strict=True):
                shown_value = rows[scenario.name][column]
                assert shown_value == ("-" if abs(value) == float("inf") else near(value, rel=1e-12))
    assert found.scenarios.reverse
    each = found.scenarios.reverse[-1]
    again = reverse_stress(deal, each.target_pd, [shock.factor for shock in each.shocks], reading=reading)
    assert each.distance == near(again.distance, rel=1e-6)
    assert {one.target_pd for one in found.scenarios.reverse} <= set(targets_of(native))
    rows = lines(values, "Scenarios").values()
    (total,) = [row for row in rows if row.get("A") == "占比合计 Sum of shares"]
    assert [total[key] for key in total if key != "A"] == [near(1.0)] * len(found.scenarios.reverse)


def test_sizes_and_break_evens(shown):
    assessment, _, found, _, values = shown
    deal = assessment.deal
    closed = {each.tranche: each.safe_balance for each in safe_sizes(assessment)}
    for each in found.sizing.sizes:
        assert each.probability_of_default <= deal.model.target_pd * (1.0 + 1e-9)
        if (each.reading, each.hold) == ("due", "others") and not deal.support:
            assert each.safe_balance == near(closed[each.tranche], rel=1e-9)
    each = next(one for one in found.sizing.sizes if one.reading != "due")
    again = safe_balance(deal, each.tranche, reading=each.reading, hold=each.hold)
    assert again.safe_balance == near(each.safe_balance, rel=1e-12)
    cells = [value for (sheet, _), value in values.items() if sheet == "Sizing" and isinstance(value, float)]
    assert any(value == near(again.safe_balance, rel=1e-12) for value in cells)
    coupon = break_even_factor(deal, deal.by_rank[0].tranche, "coupon")
    assert any(value == near(coupon, rel=1e-12) for value in cells)


def test_shares_add_up_to_the_whole(shown):
    assessment, _, _, _, values = shown
    found = enhancement_value(assessment.deal, reading=headline_of(assessment.tranches))
    for k in {0, len(found.tranches) - 1}:
        rows = below(values, "Enhancement", found.tranches[k])
        (label,) = [key for key in rows if key.startswith("检验：合计")]
        assert rows[label]["D"] == PASS
        whole = found.pd_without_any[k] - found.pd_with[k]
        assert rows["份额合计 Sum of the shares"]["D"] == near(whole, rel=1e-9, abs=1e-15)
        assert sum(each.pd_share[k] for each in found.measures) == near(whole, rel=1e-9, abs=1e-15)


def test_methods_say_why_not(shown):
    assessment, _, found, _, values = shown
    rows = {row.get("A"): row for row in lines(values, "Methods").values()}
    vasicek = next(row for key, row in rows.items() if str(key).startswith("ASRF"))
    if assessment.deal.licences:
        assert vasicek["E"] == "适用 yes"
        loss = found.methods.row("credit_metrics").result.expected_loss
        assert rows["预期损失 Expected loss"]["C"] == near(loss, rel=1e-12)
    else:
        assert "E341" in vasicek["E"]
        assert rows["预期损失 Expected loss"]["C"] == "-"
        due = assessment.tranches[0].due
        if not assessment.deal.support:
            assert rows[f"PD {assessment.tranches[0].name}"]["B"] == near(due.probability_of_default, rel=1e-9)


def test_no_verdict_without_scores(shown):
    _, _, found, _, values = shown
    assert values["Register", found.register.verdict] == NOT_ASSESSED
    scores = [row.get("D") for at, row in lines(values, "Register").items() if at in found.register.rows.values()]
    assert scores == [TO_ENTER] * len(found.register.questions)


def test_a_filled_register_says_what_the_core_says(tmp_path):
    """Scores and comparisons entered on the sheet, calculated there and in the core."""
    path = tmp_path / "register.xlsx"
    _, register = written(assess(licence_deal()), path, write_register)
    book = openpyxl.load_workbook(path)
    sheet = book["Register"]
    items = []
    for i, each in enumerate(register.questions):
        likelihood, impact = 1 + i % 4, 5 - i % 3
        row = register.rows[each.code]
        sheet.cell(row, 2).value, sheet.cell(row, 3).value = likelihood, impact
        items.append(RiskItem(group=each.group, title=each.code, likelihood=likelihood, impact=impact, evidence="x"))
    groups = list(dict.fromkeys(each.group for each in register.questions))
    above = {(0, 1): 3.0, (0, 2): 2.0, (0, 3): 5.0, (1, 2): 0.5, (1, 3): 3.0, (2, 3): 4.0}
    matrix = [[1.0 if i == j else above.get((i, j)) or 1.0 / above[j, i] for j in range(4)] for i in range(4)]
    top = next(row[0].row for row in sheet.iter_rows() if str(row[0].value).startswith("A：")) + 1
    for (i, j), value in above.items():
        sheet.cell(top + i, 2 + j).value = value
    book.save(path)
    found = ironcalc_engine.recalculated(path)
    weights = pairwise_weights(pairwise=matrix)
    asked = risk_register(items=items, weights=dict(zip(groups, weights.weights.tolist(), strict=True)))
    assert found["Register", register.total] == near(asked.total, rel=1e-9)
    en, zh = VERDICTS[asked.verdict]
    assert found["Register", register.verdict] == f"{zh} {en}"
    assert found["Register", f"B{top + 6}"] == near(weights.consistency_ratio, rel=1e-9)
