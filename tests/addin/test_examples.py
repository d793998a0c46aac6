"""The five example deals: they parse, come back from their own block, keep the laws of PD, and tell fact from assumption."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from rich.console import Console
from typer.testing import CliRunner

from addin.cli import app
from addin.deal_block import ParsedDeal, parse_deal
from addin.deal_layout import layout
from addin.deals import EXAMPLES, example_deal
from addin.run_tables import percent
from addin.workbook.read import RANGE_NAME
from kmv_core.evidence.deals import npl_deals
from kmv_core.risk.assess import Assessment, Reading, TrancheAssessment, assess
from kmv_core.risk.lives import lives_of

PUBLIC = (
    "https://",
    "the deal of the thesis",
    "originator of the Jianxin series",
    "Merton 1974",
    "none: the published",
)
"""How the source of a value that is not assumed begins."""
MARKS = {
    "jianxin_2021_1": "assumed, to be entered: ",
    "xingye_yuanrong": "assumed, not confirmed for this deal: ",
    "npl": "assumed: enter the deal's own figure",
    "ip": "assumed: enter the deal's own figure",
}
PROBABILITIES = {
    # By tranche by rank: PD by legal and by expected maturity, headline reading; the figures the README prints.
    "21jianxin08": ((0.015963, 0.577592), (0.217850, 0.217850)),
    "jianxin_2021_1": ((0.016867, 0.443328), (0.224384, 0.224384)),
    "xingye_yuanrong": ((0.000307, 0.000307), (0.030010, 0.030010)),
    "npl": ((0.011174, 0.024772), (0.110890, 0.110890)),
    "ip": ((0.000955, 0.000955), (0.100158, 0.100158)),
}


@pytest.fixture(scope="module")
def examples() -> dict[str, tuple[ParsedDeal, Assessment]]:
    found = {}
    for name in EXAMPLES:
        parsed = example_deal(name)
        found[name] = parsed, assess(parsed.deal)
    return found


@pytest.fixture(params=EXAMPLES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def readings(tranche: TrancheAssessment) -> dict[str, Reading]:
    found = {"waterfall": tranche.waterfall, "due": tranche.due}
    return found if tranche.exact is None else found | {"exact": tranche.exact}


def sourced_lines(name: str) -> Iterator[tuple[str, str, str]]:
    """(section, what, source) of every value of an example's file; shocks are questions and have no source."""
    section, column = "", 2
    for row in csv.reader((files("addin.deals") / f"{name}.csv").read_text(encoding="utf-8").splitlines()):
        if row[0].startswith("["):
            section, column = row[0].strip("[]"), 2
        elif "source" in row:
            column = row.index("source")
        elif section != "shocks":
            yield section, row[0], row[column]


def test_there_are_five():
    assert set(EXAMPLES) == set(PROBABILITIES)


def test_nothing_of_an_example_is_doubtful(name, examples):
    parsed, assessment = examples[name]
    assert parsed.warnings == ()
    assert assessment.warnings == ()


def test_an_example_comes_back_from_its_own_block(name, examples):
    parsed, _ = examples[name]
    again = parse_deal(layout(parsed.deal, parsed.sources).block)
    assert again.deal == parsed.deal
    assert again.sources == parsed.sources
    assert len(again.assumptions) == len(parsed.assumptions)


def test_the_figures_the_readme_prints(name, examples):
    _, assessment = examples[name]
    for tranche, expected in zip(assessment.tranches, PROBABILITIES[name], strict=True):
        found = tranche.headline
        assert (found.probability_of_default, found.extension_probability) == pytest.approx(expected, abs=6e-7)


def test_laws_of_default_probabilities(name, examples):
    _, assessment = examples[name]
    senior, sub = assessment.tranches
    for reading, first in readings(senior).items():
        last = readings(sub)[reading]
        assert 0.0 < first.probability_of_default < last.probability_of_default < 1.0
        assert first.expected_loss < last.expected_loss
        assert first.break_even_multiple < last.break_even_multiple < 1.0
        for each in (first, last):
            assert each.probability_of_default <= each.extension_probability
            assert each.expected_loss <= each.probability_of_default
            assert each.probability_of_default <= each.unsupported_pd * (1 + 1e-12)
        # What comes by the last date cannot fall short of it more often.
        if sub_is_due_last(assessment):
            assert last.extension_probability == pytest.approx(last.probability_of_default, rel=1e-9)


def sub_is_due_last(assessment: Assessment) -> bool:
    return assessment.deal.by_rank[-1].expected_maturity == assessment.deal.legal_maturity


def test_seniors_are_paid_in_the_base_case(name, examples):
    _, assessment = examples[name]
    assert assessment.base.outstanding[:, 0, -1] == pytest.approx(0.0, abs=1e-6)
    assert assessment.base.interest_short.max() == pytest.approx(0.0, abs=1e-9)


def test_every_value_is_public_or_says_assumed(name):
    found = list(sourced_lines(name))
    assert len(found) > 30
    for section, what, source in found:
        assert "assumed" in source or source.startswith(PUBLIC), (section, what, source)


def test_what_is_assumed_says_what_to_do_about_it():
    for name, mark in MARKS.items():
        lines = [each for each in sourced_lines(name) if "assumed" in each[2] and each[0] != "appetite"]
        assert lines
        assert all(mark.strip() in source for *_, source in lines), name


def test_nothing_of_a_blank_template_is_asserted():
    for name in ("npl", "ip"):
        assert {source for *_, source in sourced_lines(name)} == {MARKS[name]}


def test_no_figure_of_jianxin_2021_1_is_asserted(examples):
    parsed, _ = examples["jianxin_2021_1"]
    stated = [field for field, source in parsed.sources.items() if "assumed" not in source]
    assert set(stated) == {("deal", "name"), ("deal", "originator"), ("deal", "asset_type"), ("model", "form")}


def test_jianxin_2021_1_stands_on_the_medians_it_names(examples):
    parsed, assessment = examples["jianxin_2021_1"]
    deal = parsed.deal
    rows = (
        npl_deals().set_index("code").loc[["18JIANXIN04", "19JIANXIN01", "19JIANXIN08", "21JIANXIN08", "23JIANXIN03"]]
    )
    assert set(rows["asset_type_code"]) == {"consumer_loan"}
    assert set(rows["originator"]) == {"建设银行"}
    assert all(code in parsed.sources["pool", "pool_balance"] for code in rows.index)
    middle = rows.median(numeric_only=True)
    forecasts = rows[["forecast_rate_A_fraction", "forecast_rate_B_fraction"]]
    senior, sub = deal.by_rank
    assert deal.pool.pool_balance == pytest.approx(middle["pool_balance_PIF_10k_cny"], rel=0.02)
    assert deal.loans.recovery_rate == pytest.approx(forecasts.mean(axis=1).median(), abs=5e-5)
    multiple = forecasts.min(axis=1).median() * deal.pool.pool_balance / senior.balance
    assert multiple == pytest.approx(middle["min_forecast_over_senior_multiple"], rel=0.005)
    assert sub.balance / deal.issue_size == middle["sub_share_fraction"]
    assert senior.coupon == pytest.approx(middle["senior_coupon_pct"] / 100)
    assert (senior.published_life, sub.published_life) == (
        middle["senior_wal_years_clean"],
        middle["sub_wal_years_clean"],
    )
    assert sub.issue_price == middle["sub_issue_price_per_100_face"]
    for life in lives_of(assessment).own.values():
        assert life.residual == pytest.approx(0.0, abs=1e-9)


def test_jianxin_2021_1_has_the_structure_of_a_real_deal(examples):
    deal = examples["jianxin_2021_1"][0].deal
    assert (deal.structure.servicer_reward, deal.structure.calendar) == (0.8, "china")
    assert {each.test for each in deal.triggers} == {"unpaid", "cumulative_recovery", "date"}
    assert all(fee.rate > 0.0 for fee in deal.fees)
    assert deal.by_rank[-1].fixed_return > 0.0
    assert deal.reserve.reserve_multiple > 0.0


def test_a_dormant_servicer_trigger_changes_nothing(name, examples):
    parsed, assessment = examples[name]
    others = tuple(each for each in parsed.deal.triggers if each.test != "date")
    if len(others) == len(parsed.deal.triggers):
        assert not others
        return
    without = assess(replace(parsed.deal, triggers=others), readings=("waterfall",), losses=False)
    for mine, theirs in zip(assessment.tranches, without.tranches, strict=True):
        assert mine.headline.probability_of_default == theirs.headline.probability_of_default
        assert mine.headline.extension_probability == theirs.headline.extension_probability


def test_confirmed_facts_of_xingye_yuanrong(examples):
    parsed, _ = examples["xingye_yuanrong"]
    deal, sources = parsed.deal, parsed.sources
    assert deal.closing_date == dt.date(2019, 9, 11)
    assert deal.issue_size == 30100.0
    assert deal.by_rank[0].coupon == 0.04
    assert len({each.licensee for each in deal.licences}) == 11
    for field in (("deal", "closing_date"), ("deal", "issue_size")):
        assert sources[field].startswith("https://www.szse.cn/")
    assert "11 private SMEs of Guangzhou Development District" in sources["deal", "asset_type"]
    assert "140 patents: 103 inventions and 37 utility models" in sources["deal", "asset_type"]
    assert "rated AAA" in sources["tranches", 0]
    assert "raised 23m CNY" in sources["licences", 0]
    confirmed = [field for field, source in sources.items() if source.startswith("confirmed: ")]
    assert confirmed == [("licences", 0), ("tranches", 0)]
    assert "not confirmed for this deal" in sources["support", 0]


def test_licence_fees_cover_principal_interest_and_costs(examples):
    for name in ("xingye_yuanrong", "ip"):
        parsed, assessment = examples[name]
        fees = sum(each.fee_amount * each.fee_count for each in parsed.deal.licences)
        assert parsed.deal.pool.pool_balance == fees
        assert fees > assessment.due_points.default_points[-1, -1] > parsed.deal.issue_size


def workbook(parsed: ParsedDeal, path: Path) -> Path:
    """The deal sheet alone."""
    block = layout(parsed.deal, parsed.sources).block
    book = openpyxl.Workbook()
    for row in block:
        book.active.append(row)
    area = f"'{book.active.title}'!$A$1:${get_column_letter(len(block[0]))}${len(block)}"
    book.defined_names[RANGE_NAME] = DefinedName(RANGE_NAME, attr_text=area)
    book.save(path)
    return path


def test_a_run_prints_both_tests_in_every_reading(name, examples, tmp_path, monkeypatch):
    parsed, assessment = examples[name]
    monkeypatch.setattr("addin.cli.screen", Console(width=120, legacy_windows=False))
    found = CliRunner().invoke(app, ["run", str(workbook(parsed, tmp_path / "deal.xlsx"))])
    assert found.exit_code == 0, found.stderr
    assert found.stderr == ""
    lines = [line.split() for line in found.stdout.splitlines()]
    for tranche in assessment.tranches:
        for reading, figures in readings(tranche).items():
            both = [percent(figures.probability_of_default), percent(figures.extension_probability)]
            assert [*tranche.name.split(), reading, *both] in [line[:5] for line in lines]


def test_a_run_of_licences_as_json(examples, tmp_path):
    path = workbook(examples["ip"][0], tmp_path / "deal.xlsx")
    found = CliRunner().invoke(app, ["run", str(path), "--json"])
    assert found.exit_code == 0, found.stderr
    numbers = json.loads(found.stdout)
    senior, sub = numbers["tranches"]
    assert senior["exact"]["probability_of_default"] == pytest.approx(0.000955, abs=6e-7)
    assert sub["exact"]["probability_of_default"] == pytest.approx(0.100158, abs=6e-7)
    assert all(problems == [] for entry in numbers["sensitivity"].values() for problems in entry["problems"])
