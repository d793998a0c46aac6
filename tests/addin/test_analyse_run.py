"""`kmv analyse` and the analyses of `kmv run --json`: cells, JSON and core say the same."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from addin import analysis_numbers as numbers
from addin.analyse_run import SECTIONS, analysis_steps, run_steps
from addin.analyse_tables import analysis_tables
from addin.cli import app
from addin.deal_layout import layout
from addin.deals import example_deal
from addin.functions import REGISTRY, analysis
from addin.preset_run import preset_numbers
from addin.run_tables import percent
from kmv_core.deal import changes
from kmv_core.risk.assess import assess
from kmv_core.risk.break_even_factor import break_even_factor
from kmv_core.risk.enhancement import enhancement_value
from kmv_core.risk.preset import preset_conditions
from kmv_core.risk.scenarios import scenarios
from kmv_core.risk.sensitivity import sensitivity
from kmv_core.risk.sizing_search import safe_balance
from kmv_core.vocabulary.errors import KmvError

SENSITIVITY = REGISTRY["SENSITIVITY"].call


@pytest.fixture(scope="module")
def jianxin():
    found = example_deal("jianxin_2021_1")
    return found.deal, layout(found.deal, found.sources).block, numbers.sensitivity_numbers(found.deal)


@pytest.mark.parametrize("factor", ["issue_size", "coupon", "recovery_rate", "maturity"])
@pytest.mark.parametrize("reading", ["due", "waterfall"])
def test_the_sensitivities_of_the_first_thesis(jianxin, factor, reading):
    """Issue size, coupon, recovery rate and maturity for senior and sub: three ways, one table."""
    deal, cells, found = jianxin
    entry = found[factor]
    table = sensitivity(deal, factor, entry["shocks"], mode=entry["mode"], reading=reading)
    assert table.tranches == ("优先档 Senior", "次级档 Subordinated")
    assert entry[reading]["probability_of_default"] == table.values.tolist()
    down = tuple((each,) for each in entry["shocks"])
    assert SENSITIVITY(cells, factor, down, None, entry["mode"], None, reading) == table.values.tolist()


def test_the_preset_conditions_of_the_second_thesis(monkeypatch):
    """The core's table is made once, it is slow; cells and JSON are asked for it, and samples assessed apart."""
    found = example_deal("xingye_yuanrong")
    deal = found.deal
    table = preset_conditions(deal)

    def made(asked):
        assert asked == deal
        return table

    monkeypatch.setattr(analysis, "preset_conditions", made)
    cells = REGISTRY["PRESET_PD"].call(layout(deal, found.sources).block, "exact")
    entries = preset_numbers(table)["conditions"]
    largest = changes.largest_licensee(deal)
    samples = {
        "base": deal,
        "without_reserve": changes.without_reserve(deal),
        "largest_licensee_fails": changes.licensee_fails(deal, largest),
    }
    places = {each.name: i for i, each in enumerate(table.conditions)}
    for name, changed in samples.items():
        i = places[name]
        apart = [each.exact.probability_of_default for each in assess(changed, losses=False).tranches]
        assert cells[i] == [each["exact"]["probability_of_default"] for each in entries[i]["tranches"]] == apart


def test_every_section_is_the_core_s(deal):
    steps = analysis_steps(deal, [each for each in SECTIONS if each != "reverse_stress"], reading="due", target_pd=0.02)
    told = []
    found = run_steps(steps, told.append)
    assert told == steps
    json.dumps(found, allow_nan=False)
    assert list(found) == [*SECTIONS[:-1], "version"]
    table = scenarios(deal, reading="due")
    assert [each["due"]["probability_of_default"] for each in found["scenarios"]] == table.values.tolist()
    value = enhancement_value(deal, reading="due")
    assert [each["pd_share"] for each in found["enhancement"]["measures"]] == [
        each.pd_share.tolist() for each in value.measures
    ]
    grid = found["grid"]
    assert (grid["down"]["factor"], grid["across"]["factor"]) == ("recovery_rate", "issue_size")
    i, j = grid["down"]["shocks"].index(0.0), grid["across"]["shocks"].index(0.0)
    base = [each["base"] for each in found["tornado"]["tranches"]]
    assert [each["values"][i][j] for each in grid["tranches"]] == pytest.approx(base, rel=1e-12)
    sizes = {(each["tranche"], each["reading"], each["hold"]): each for each in found["sizing"]}
    assert len(sizes) == 8
    first = deal.by_rank[0].tranche
    assert (
        sizes[first, "due", "total"]["safe_balance"]
        == safe_balance(deal, first, 0.02, reading="due", hold="total").safe_balance
    )
    # The last class has none after it that could make room.
    assert sizes[deal.by_rank[1].tranche, "due", "total"]["problem"]["code"] == "E355"
    assert found["methods"]["methods"][1]["problem"]["code"] == "E341"
    assert len(found["register"]["questions"]) == 13
    levels = {(each["tranche"], each["factor"]): each.get("break_even") for each in found["break_even"]}
    assert levels[first, "delay"] == break_even_factor(deal, first, "delay")
    assert len(levels) == 8
    titles = [title.split(":")[0] for title, _, _ in analysis_tables(found, "due")]
    assert len(dict.fromkeys(titles)) == len(SECTIONS)  # all but reverse stress, and the reasons
    assert titles.count("敏感性 Sensitivity") == len(deal.shocks)
    assert titles.count("双因素 Grid") == titles.count("蛛网 Spider") == len(deal.tranches)
    assert all(len(line) == len(header) for _, header, lines in analysis_tables(found) for line in lines)


def test_the_command(template):
    run = CliRunner().invoke(
        app,
        ["analyse", str(template), "--only", "scenarios, reverse_stress", "--reading", "due", "--target-pd", ".05"],
        env={"COLUMNS": "160"},
    )
    assert run.exit_code == 0, run.stderr
    for part in ("重度 Severe", "Reverse stress", "recovery_rate"):
        assert part in run.stdout
    run = CliRunner().invoke(app, ["analyse", str(template), "--only", "methods", "--json"])
    assert list(json.loads(run.stdout)) == ["methods", "version"]


@pytest.mark.parametrize(
    ("given", "code", "word"),
    [
        ({"only": ["sizng"]}, "E204", "sizing"),
        ({"reading": "exact"}, "E295", ""),
        ({"reading": "thesis"}, "E204", ""),
        ({"target_pd": 1.0}, "E220", ""),
    ],
)
def test_what_cannot_be_asked(deal, given, code, word):
    with pytest.raises(KmvError) as caught:
        analysis_steps(deal, **given)
    assert caught.value.code == code
    assert word in caught.value.problems[0].en


def test_what_one_section_refuses_leaves_the_others(deal):
    """A pool that brings nothing has no loss for the methods, and no shock makes it better or worse."""
    empty = replace(deal, recovery=replace(deal.loans, recovery_rate=0.0))
    found = run_steps(analysis_steps(empty, ["methods", "tornado", "reverse_stress"], reading="due"))
    assert found["methods"]["problem"]["code"] == "E224"
    assert [each["problem"]["code"] for each in found["reverse_stress"]] == ["E310", "E310"]
    assert found["tornado"]["tranches"][0]["base"] == 1.0
    assert next(iter(analysis_tables(found)))[2][0][1].startswith("E224 ")
    json.dumps(found, allow_nan=False)


def test_a_reverse_stress_of_certainty(deal):
    """A PD that is 0 as far as doubles go has a distance to follow: the way back is found, without a warning."""
    safe = replace(
        deal,
        recovery=replace(deal.loans, recovery_rate=1.0),
        model=replace(deal.model, total_volatility=0.01),
    )
    found = run_steps(analysis_steps(safe, ["reverse_stress"], reading="waterfall"))
    senior = found["reverse_stress"][0]
    assert senior["base_pd"] == 0.0
    assert senior["probability_of_default"] == pytest.approx(senior["target_pd"], rel=1e-10)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_is_told_on_screen(deal, section):
    """Also what is refused: with its reason, not with its code alone."""
    found = run_steps(analysis_steps(deal, [section], reading="due"))
    tables = list(analysis_tables(found, "due"))
    assert all(len(line) == len(header) for _, header, lines in tables for line in lines)
    told = " ".join(f"{title} {' '.join(header)} {' '.join(map(' '.join, lines))}" for title, header, lines in tables)
    figures = {
        "sensitivity": found.get("sensitivity", {}).get("coupon", {}).get("due", {}).get("probability_of_default"),
        "grid": found.get("grid", {}).get("tranches", [{}])[0].get("values"),
        "spider": [next(iter(each["values"].values())) for each in found.get("spider", {}).get("tranches", ())],
    }.get(section)
    for figure in figures[0] if figures else ():
        assert percent(figure) in told
    for refused in _refusals(found[section]):
        assert refused["en"] in told
        assert refused["zh"] in told


def _refusals(found):
    if isinstance(found, dict):
        yield from [found] if {"code", "en", "zh"} <= set(found) and found["code"][1:].isdigit() else ()
        found = list(found.values())
    if isinstance(found, list):
        for each in found:
            yield from _refusals(each)
