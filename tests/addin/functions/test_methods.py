"""METHOD_TABLE, PORTFOLIO_LOSS, RISK_WEIGHTS and RISK_SCORE in cells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from addin.deal_layout import layout
from addin.functions import REGISTRY
from addin.method_columns import tranche_methods
from kmv_core.methods.ahp import pairwise_weights
from kmv_core.methods.register import RiskItem, risk_register
from kmv_core.methods.vasicek import worst_case_default_rate
from kmv_core.risk.assess import assess
from tests.licence_deal import licence_deal

METHOD_TABLE, LOSS = REGISTRY["METHOD_TABLE"].call, REGISTRY["PORTFOLIO_LOSS"].call
RISK_WEIGHTS, RISK_SCORE = REGISTRY["RISK_WEIGHTS"].call, REGISTRY["RISK_SCORE"].call


def test_loans_in_default_have_one_method(block, deal, assessment):
    rows = METHOD_TABLE(block.block, True)
    assert len(rows) == 6
    kmv = rows[1]
    # Without an initial reserve the KMV row is the closed form of the due reading.
    assert kmv[-2:] == pytest.approx([each.due.probability_of_default for each in assessment.tranches], rel=1e-12)
    found = tranche_methods(deal).table.rows[0].result
    assert kmv[1:7] == [found.expected_loss, found.standard_deviation, *found.loss_quantiles.tolist()]
    for row in rows[2:]:
        assert all(cell.startswith("#KMV! E341") and "already in default" in cell for cell in row[1:])
    assert METHOD_TABLE(block.block) == rows[1:]


def test_licences_have_all_but_the_one_without_its_record():
    deal = licence_deal(support=())
    rows = {row[0]: row for row in METHOD_TABLE(layout(deal, {}).block)}
    assert rows["CreditPortfolioView"][1].startswith("#KMV! E340")
    assert all(
        isinstance(cell, float) for name, row in rows.items() if name != "CreditPortfolioView" for cell in row[1:]
    )
    # CreditMetrics in default mode is the exact distribution: what the pool falls short of the amount due.
    due = assess(deal).tranches[-1].due.default_point
    found = tranche_methods(deal)
    assert found.cushions[-1] == pytest.approx(found.table.owed - due, rel=1e-12)


def test_a_tranche_with_more_due_than_is_owed_has_no_cushion(deal):
    large = replace(
        deal,
        tranches=tuple(replace(each, balance=3.0 * each.balance) for each in deal.tranches),
        issue_size=3.0 * deal.issue_size,
    )
    (kmv, *_) = METHOD_TABLE(layout(large, {}).block)
    assert kmv[-1].startswith("#KMV! E226")
    assert isinstance(kmv[1], float)


def test_the_student_form_has_no_moments(deal):
    fat = replace(deal, model=replace(deal.model, form="student"))
    (kmv, *_) = METHOD_TABLE(layout(fat, {}).block)
    assert kmv[1].startswith("#KMV! E311")
    assert isinstance(kmv[3], float)


def test_portfolio_loss():
    rate = float(worst_case_default_rate(probability_of_default=0.02, asset_correlation=0.1, quantiles=0.99))
    assert LOSS(0.02, 0.45, 0.1, 0.99) == pytest.approx(0.45 * rate, rel=1e-14)
    # Basel's corner: .02, .1 and 99.9 % give 12.82 % of defaults (Vasicek 2002).
    assert LOSS(0.02, 1.0, 0.1) == pytest.approx(0.12823711, abs=1e-8)
    rows = LOSS(((0.02,), (1.5,), ("#N/A",)), 0.45, 0.1)
    assert isinstance(rows[0][0], float)
    assert rows[1][0].startswith("#KMV! E2")
    assert rows[2][0].startswith("#KMV! E211")
    assert LOSS(0.02, 0.45, 0.1, 1.0).startswith("#KMV! E220")


def test_risk_weights():
    matrix = ((1, 3, 5), (1 / 3, 1, 2), (0.2, 0.5, 1))
    found = pairwise_weights(pairwise=matrix)
    rows = RISK_WEIGHTS(matrix)
    assert [row[0] for row in rows] == found.weights.tolist()
    assert rows[0][1] == found.consistency_ratio
    assert [row[1] for row in rows[1:]] == ["", ""]
    assert RISK_WEIGHTS(matrix, True)[1:] == rows
    assert RISK_WEIGHTS(((1, 3), (3, 1))).startswith("#KMV! E343")
    assert RISK_WEIGHTS(((1, 3, 5), (1 / 3, 1, 2))).startswith("#KMV! E217")
    assert RISK_WEIGHTS(((1, "#REF!"), (3, 1))).startswith("#KMV! E211")
    assert RISK_WEIGHTS(((1, -3), (-1 / 3, 1))).startswith("#KMV! E226")


REGISTER = (
    ("group", "risk", "likelihood", "impact", "evidence"),
    ("law", "true sale", 2, 5, "opinion"),
    (None, None, None, None, None),
    ("patents", "validity", 1, 4, None),
)


def test_risk_score():
    items = [
        RiskItem(group="law", title="true sale", likelihood=2, impact=5, evidence="opinion"),
        RiskItem(group="patents", title="validity", likelihood=1, impact=4),
    ]
    found = risk_register(items=items, weights={"law": 0.25, "patents": 0.75})
    weights = (("分组 group", "权重 weight"), ("law", 0.25), ("patents", 0.75))
    rows = RISK_SCORE(REGISTER, weights)
    assert [row[:3] for row in rows] == [["law", 0.25, 10.0], ["patents", 0.75, 4.0], ["total", 1.0, found.total]]
    assert rows[-1][3].endswith("acceptable with measures")
    assert RISK_SCORE(REGISTER, weights, True)[1:] == rows
    assert RISK_SCORE(REGISTER)[-1][2] == pytest.approx(7.0)
    # Without a column of evidence too.
    assert RISK_SCORE(tuple(row[:4] for row in REGISTER)) == RISK_SCORE(REGISTER)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (("law", "title", 6, 5, ""), "E226"),
        (("law", "title", 2.5, 5, ""), "E226"),
        (("law", "title", None, 5, ""), "E216"),
        (("law", "title", "high", 5, ""), "E212"),
        (("law", "#N/A", 2, 5, ""), "E211"),
        ((None, "title", 2, 5, ""), "E216"),
    ],
)
def test_a_register_with_a_fault(line, code):
    assert RISK_SCORE((*REGISTER, line)).startswith(f"#KMV! {code}")


def test_weights_that_do_not_fit():
    assert RISK_SCORE(REGISTER, (("law", 0.5), ("patents", 0.6))).startswith("#KMV! E226")
    assert RISK_SCORE(REGISTER, (("law", 0.5), ("law", 0.5))).startswith("#KMV! E206")
    assert RISK_SCORE(REGISTER, (("law", 0.5), ("patent", 0.5))).startswith("#KMV! E20")
    assert RISK_SCORE("law").startswith("#KMV! E217")
    assert RISK_SCORE((("law", "title", 2),)).startswith("#KMV! E217")
