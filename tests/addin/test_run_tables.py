"""What `kmv run` prints: every reading of every tranche, by legal and by expected maturity, and the weighted lives."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console

from addin import cli
from addin.deals import example_deal
from addin.run_tables import EXPONENTIAL, LIVES, OWN, TRANCHES, percent, run_tables, tranche_table
from kmv_core.risk.assess import assess
from kmv_core.risk.lives import lives_of


@pytest.fixture(scope="module")
def licences():
    return assess(example_deal("ip").deal)


def test_every_reading_of_every_tranche(assessment):
    title, header, lines = tranche_table(assessment)
    assert title == assessment.deal.name
    assert header == TRANCHES
    assert [line[:2] for line in lines] == [
        [each.name, reading] for each in assessment.tranches for reading in ("waterfall", "due")
    ]
    senior = assessment.tranches[0]
    assert lines[0][2:4] == [
        f"{senior.waterfall.probability_of_default:.4%}",
        f"{senior.waterfall.extension_probability:.4%}",
    ]
    assert lines[1][2:4] == [f"{senior.due.probability_of_default:.4%}", f"{senior.due.extension_probability:.4%}"]


def test_licences_lead_with_the_exact_reading_and_its_grade(licences):
    _, _, lines = tranche_table(licences)
    assert [line[1] for line in lines] == ["exact", "waterfall", "due"] * 2
    assert [line[-1] for line in lines] == [licences.tranches[0].grade, "", "", licences.tranches[1].grade, "", ""]
    assert lines[0][2] == f"{licences.tranches[0].exact.probability_of_default:.4%}"


def test_lives_stand_beside_those_of_the_best_exponential_curve(assessment):
    _, (_, header, lines) = run_tables(assessment)
    assert header == LIVES
    assert [line[1] for line in lines] == [OWN, EXPONENTIAL] * 2
    found = lives_of(assessment)
    for own, other in (lines[:2], lines[2:]):
        name = own[0]
        mine, theirs = found.own[name], found.exponential[name]
        assert own[4:] == ["+0.000", f"{mine.extension_probability:.4%}", ""]
        assert float(other[4]) == pytest.approx(theirs.residual, abs=5e-4)
        change = theirs.extension_probability - mine.extension_probability
        assert float(other[6]) == pytest.approx(100 * change, abs=5e-3)
    # The published figures of the example: CHANGELOG and README print them.
    assert [line[4] for line in lines] == ["+0.000", "+0.141", "+0.000", "-0.062"]


def test_a_deal_without_published_lives_has_no_table_of_them(licences):
    assert len(list(run_tables(licences))) == 1


def test_licences_with_a_published_life_have_no_curve_to_compare(licences):
    deal = licences.deal
    lived = tuple(replace(each, published_life=1.5) for each in deal.tranches)
    _, (_, _, lines) = run_tables(assess(replace(deal, tranches=lived)))
    assert [line[1] for line in lines] == [OWN, OWN]
    assert lines[0][4] == f"{licences.tranches[0].waterfall.weighted_life - 1.5:+.3f}"


def test_a_tranche_without_a_published_life_has_no_residual(deal):
    senior, sub = deal.tranches
    tables = list(run_tables(assess(replace(deal, tranches=(senior, replace(sub, published_life=None))))))
    assert [line[4] for line in tables[1][2][2:]] == ["-", "-"]


@pytest.mark.parametrize(
    ("probability", "shown"),
    [
        (0.0, "0.0000%"),
        (1.0, "100.0000%"),
        (2.4e-9, "2.4e-07%"),
        (9.9e-6, "9.9e-04%"),
        (1e-5, "0.0010%"),
        (0.01596341, "1.5963%"),
    ],
)
def test_a_small_probability_is_not_nothing(probability, shown):
    assert percent(probability) == shown


@pytest.mark.parametrize("width", [40, 80, 200])
def test_every_figure_of_both_tables_fits_the_screen(width, assessment, monkeypatch, capsys):
    monkeypatch.setattr(cli, "screen", Console(width=width, legacy_windows=False))
    cli._print_result(assessment, ())
    shown = capsys.readouterr().out
    for _, _, lines in run_tables(assessment):
        for line in lines:
            for figure in line[2:-1]:
                assert figure in shown, (width, figure)


def test_what_only_the_assessment_can_tell_is_shown(capsys):
    # Surplus leaks until a trigger stops it, and more principal falls due late: a little less cash is paid, more is not.
    deal = example_deal("ip").deal
    late = (0.12, 0.12, 0.19, 0.19, 0.19, 0.19)
    found = assess(
        replace(
            deal,
            structure=replace(deal.structure, surplus="release"),
            principal_schedule=tuple(
                replace(line, principal_share=share) for line, share in zip(deal.principal_schedule, late, strict=True)
            ),
            triggers=tuple(replace(each, limit=0.9 if each.limit else None) for each in deal.triggers),
        )
    )
    cli._print_result(found, ())
    assert "W257" in capsys.readouterr().err
    cli._print_result(found, found.warnings)
    assert "W257" not in capsys.readouterr().err
