"""The functions of the pool's collections, as cells call them."""

from __future__ import annotations

import math

import pytest

from addin.deal_layout import layout
from addin.functions import REGISTRY

TRIANGLE = [[100, 150, 170], [110, 168, None], [120, "", None]]


def call(name, *cells):
    return REGISTRY[name].call(*cells)


@pytest.fixture(scope="module")
def block(deal):
    return layout(deal, {}).block


def test_collections(block, deal, assessment):
    found = call("COLLECTIONS", block)
    assert [line[0] for line in found] == list(assessment.schedule.dates)
    assert [line[3] for line in found] == pytest.approx(assessment.base.collections[0].tolist())
    for _, gross, cost, net, _ in found:
        assert cost == pytest.approx(gross * deal.recovery.disposal_cost)
        assert net == pytest.approx(gross - cost)
    assert found[-1][4] == pytest.approx(22336.60, abs=0.01)  # the agency's net forecast in 36 months
    labelled = call("COLLECTIONS", block, True)
    assert labelled[0] == ["date", "gross", "cost", "net", "cumulative"]
    assert labelled[1:] == found
    assert call("COLLECTIONS", 3).startswith("#KMV! E217")


def test_recovery_curve():
    found = call("RECOVERY_CURVE", TRIANGLE)
    assert [line[0] for line in found] == [1, 2, 3]
    assert math.fsum(line[1] for line in found) == pytest.approx(1.0)
    assert [line[2] for line in found] == pytest.approx([0.582686, 0.882353, 1.0], abs=1e-6)
    assert all(low <= share <= high for _, _, share, low, high in found)
    longer = call("RECOVERY_CURVE", TRIANGLE, "decay", 5)
    assert len(longer) == 5
    assert {tuple(line[3:]) for line in longer} == {("", "")}


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ((TRIANGLE, None, 5), "E276"),
        ((TRIANGLE, "mle"), "E205"),
        ((5,), "E217"),
        (([[100, 150, 170], [110, "abc", None], [120, None, None]],), "E212 [row 2, column 2]"),
        (([[100, "#N/A", 170], [110, 160, None], [120, None, None]],), "E211 [row 1, column 2]"),
        (([[100, 150, 140], [110, 160, None], [120, None, None]],), "E275"),
        (([[100, 150], [110, None]],), "E280"),
    ],
)
def test_recovery_curve_refuses(cells, code):
    assert call("RECOVERY_CURVE", *cells).startswith(f"#KMV! {code}")


def test_timing_from_lives(block, deal):
    head, senior, sub = call("TIMING_FROM_LIVES", block)
    assert head[::2] == ["decay_rate", "decay_shape"]
    assert head[1::2] == pytest.approx([deal.recovery.decay_rate, deal.recovery.decay_shape], rel=1e-6)
    assert senior[1:] == pytest.approx([0.41, 0.41, 0.0], abs=1e-6)
    assert sub[1:] == pytest.approx([1.66, 1.66, 0.0], abs=1e-6)


def test_curve_of_type():
    found = dict(call("CURVE_OF_TYPE", "mortgage"))
    assert found["deals"] == 37
    assert "absbox" in found["source"]
    assert found["sub_residual"] == pytest.approx(0.0, abs=1e-6)
    for cell, code in (("micro_loan", "E274"), ("patent_licence", "E274"), ("tulips", "E205"), (None, "E216")):
        assert call("CURVE_OF_TYPE", cell).startswith(f"#KMV! {code}")
