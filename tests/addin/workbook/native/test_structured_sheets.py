"""The native sheets of structured deals: every formula recalculates to the core's value, and the proofs leave nothing unpaid."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from kmv_core.deal.deal import GradeProbability, Licence, OrderLine, Structure, Support, Trigger
from tests.addin.workbook.native.sheets import write_sheets
from tests.judges import ironcalc_engine, libreoffice
from tests.judges.cells import cached_values, differences, formula_cells
from tests.structured_deals import deal_of, note, structured_deal

SEEDS = (4, 20, 36, 47, 70, 71)
"""Random deals that between them have every kind of step, fee and trigger, payers with and without caps, and a call."""
BIGGEST = 17

SHARED = set(
    re.findall(
        r"\w+",
        "ABS AND COUNTIFS DATE DAY EDATE EXP IF IFERROR INDEX MATCH MAX MIN MONTH ROWS SUM SUMIF SUMPRODUCT YEAR",
    )
)
"""Functions that every program has, old ones too."""


def recalculates(path, deal, judge=ironcalc_engine):
    # Amounts are what is left of larger ones: rounding is of the size of the deal.
    found = differences(path, judge.recalculated(path), noise=1e-12 * deal.issue_size)
    assert found == []


def worst(values, proof, row):
    columns = map(get_column_letter, range(6, proof.page.width + 1))
    return max(values[proof.page.name, f"{column}{row}"] for column in columns)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_formula_of_a_structured_deal_equals_the_core(seed, tmp_path):
    deal = structured_deal(seed)
    path = tmp_path / "structured.xlsx"
    _, proofs = write_sheets(deal, path)
    recalculates(path, deal)
    assert proofs
    values = cached_values(path)
    for proof in proofs:
        name = deal.by_rank[proof.tranche].tranche
        rows = [proof.block.overdue_principal[name], proof.block.unpaid_interest.get(name)]
        for row in filter(None, rows):
            assert worst(values, proof, row) <= 1e-9 * deal.issue_size
    for place, formula in formula_cells(path).items():
        assert len(formula) <= 120, place
        assert len(re.findall(r"\bIF\(", formula)) <= 1, place
        assert set(re.findall(r"([A-Z0-9.]+)\(", formula)) <= SHARED, formula


def test_the_biggest_recalculates_in_libreoffice_too(tmp_path):
    deal = structured_deal(BIGGEST)
    path = tmp_path / "biggest.xlsx"
    write_sheets(deal, path)
    recalculates(path, deal, libreoffice)


def licence(licensee, first, **changes):
    plain = Licence(
        licensee=licensee,
        fee_amount=40.0,
        first_fee_date=first,
        fee_count=9,
        months_between=1,
        lgd=0.6,
        asset_correlation=0.2,
        probability_of_default=0.02,
    )
    return dataclasses.replace(plain, **changes)


@pytest.mark.parametrize("day_count", ["act_365", "act_360", "act_act", "30_360"])
def test_licences_on_business_days(day_count, tmp_path):
    """Fees at month ends, a patent that expires between two of them, a grade's PD; dates fall on holidays."""
    notes = [note("A", 1, 100.0, coupon=0.05), note("B", 2, 150.0, coupon=0.03, rate_type="floating")]
    deal = deal_of([100.0, 100.0, 100.0], notes)
    deal = dataclasses.replace(
        deal,
        first_payment_date=dt.date(2024, 5, 31),
        payments_per_year=4,
        collection_lag=7,
        licences=(
            licence("L", dt.date(2024, 5, 24)),
            licence("M", dt.date(2024, 3, 31), patent_expiry_date=dt.date(2024, 8, 30)),
            licence("N", dt.date(2025, 1, 31), fee_count=40, probability_of_default=None, credit_grade="BB"),
        ),
        grade_table=(
            GradeProbability(credit_grade="A", grade_pd=0.01),
            GradeProbability(credit_grade="BB", grade_pd=0.08),
        ),
        benchmark=structured_deal(0).benchmark[::-1],
        structure=Structure(day_count=day_count, calendar="china", business_day="modified_following"),
    )
    path = tmp_path / "licences.xlsx"
    native, _ = write_sheets(deal, path)
    schedule = native.assessment.schedule
    assert schedule.dates != schedule.due_dates
    recalculates(path, deal)
    values = cached_values(path)
    fees = native.rows.row("licence_fees", "1")
    # 31 March to 31 August is six fees; the patent ends the day before the last.
    assert values["Licences", f"D{fees}"] == pytest.approx(5 * 40.0)


def chained():
    """Two orders that both pay a tranche twice, the other way round; levels shared; arrears switch them."""
    notes = [
        note("A", 1, 60.0, coupon=0.06, repayment="scheduled", fixed_return=0.01),
        note("B", 1, 40.0, coupon=0.04),
    ]
    steps = [("interest", "A"), ("principal", "A"), ("interest", "B"), ("all_principal", "A"), ("principal", "B")]
    lines = [OrderLine(order="normal", level=i + 1, step=step, payee=payee) for i, (step, payee) in enumerate(steps)]
    other = [("interest", "A", 1), ("interest", "B", 1), ("all_principal", "A", 2), ("all_principal", "B", 2)]
    other += [("principal", "A", 3), ("fixed_return", "A", 4)]
    lines += [OrderLine(order="own", level=level, step=step, payee=payee) for step, payee, level in other]
    lines += [OrderLine(order=name, level=9, step="residual", payee="B") for name in ("normal", "own")]
    return deal_of(
        [20.0, 2.0, 30.0, 60.0],
        notes,
        order=tuple(lines),
        triggers=(Trigger(trigger="late", test="unpaid", order="own", subject="B", curable="yes"),),
        support=(Support(support="S", covers="B", payer_pd=0.01, correlation=0.2, cap=8.0),),
    )


def test_principal_paid_twice_in_one_order(tmp_path):
    deal = chained()
    path = tmp_path / "chained.xlsx"
    write_sheets(deal, path)
    recalculates(path, deal)


def test_a_reader_can_let_the_payer_fail(tmp_path):
    """The proofs are live: with the payer's cell at 0 the tranche is no longer paid at its supported break-even."""
    deal = chained()
    path = tmp_path / "payer.xlsx"
    _, proofs = write_sheets(deal, path)
    (proof,) = [each for each in proofs if each.with_payers and each.tranche == 1]
    book = openpyxl.load_workbook(path)
    sheet = book[proof.page.name]
    (cell,) = [
        row[2]
        for row in sheet.iter_rows(min_row=proof.block.top, max_row=proof.block.date)
        if str(row[0].value).startswith("是否履行补足")
    ]
    cell.value = 0
    book.save(path)
    place = (proof.page.name, f"{proof.page.last}{proof.block.unpaid_principal['B']}")
    assert cached_values(path).get(place) is None
    assert ironcalc_engine.recalculated(path)[place] > 0.01
