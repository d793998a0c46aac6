"""KMV_EDF and KMV_GRADE in cells."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy import stats

from addin.functions import REGISTRY
from kmv_core.deal.deal import Appetite
from kmv_core.risk.assess import assess
from tests.hand_made import TWO_TRANCHES

NORMAL = tuple((float(d), float(stats.norm.cdf(-d))) for d in (4, 1, 2, 3))
SCALE = (("watch", 0.1), ("low", 0.01), ("", None), ("middle", "5%"))


def call(name, *cells):
    return REGISTRY[name].call(*cells)


def test_edf_of_a_table_of_the_normal_is_the_normal():
    assert call("KMV_EDF", 2, NORMAL) == pytest.approx(stats.norm.cdf(-2), rel=1e-12)
    assert call("KMV_EDF", ((1.5, 2.5), (3.25, 4.0)), NORMAL) == [
        pytest.approx([stats.norm.cdf(-1.5), stats.norm.cdf(-2.5)], rel=1e-12),
        pytest.approx([stats.norm.cdf(-3.25), stats.norm.cdf(-4.0)], rel=1e-12),
    ]


def test_edf_cells_fail_alone_and_nothing_is_extrapolated():
    rows = call("KMV_EDF", ((2.0,), (0.5,), ("#N/A",), (None,)), NORMAL)
    assert isinstance(rows[0][0], float)
    assert [row[0][:10] for row in rows[1:]] == ["#KMV! E226", "#KMV! E211", "#KMV! E216"]


def test_grades():
    assert [row[0] for row in call("KMV_GRADE", ((0.0,), (0.01,), (0.0100001,), (0.05,), (0.1,), (0.2,)), SCALE)] == [
        "low",
        "low",
        "middle",
        "middle",
        "watch",
        "outside",
    ]
    assert call("KMV_GRADE", 0.02, SCALE) == "middle"
    # the grade of the deal's own table is that of the same table on the sheet
    rows = (("low", 1e-6), ("middle", 0.01), ("watch", 0.1))
    deal = replace(TWO_TRANCHES, appetite=tuple(Appetite(grade=grade, pd_limit=limit) for grade, limit in rows))
    for each in assess(deal).tranches:
        assert call("KMV_GRADE", each.waterfall.probability_of_default, rows) == each.grade


@pytest.mark.parametrize(
    ("name", "cells", "code"),
    [
        ("KMV_EDF", (2, 0.01), "E217"),
        ("KMV_EDF", (2, ((1, 2, 3), (4, 5, 6))), "E217"),
        ("KMV_EDF", (2, ((1.0, 0.1), (2.0, 0.2))), "E226"),
        ("KMV_EDF", (2, ((1.0, 0.1), (2.0, "#REF!"))), "E211"),
        ("KMV_EDF", (2, ((1.0, 0.1), (2.0, None))), "E216"),
        ("KMV_EDF", (2, ((None, None), (" ", None))), "E216"),
        ("KMV_GRADE", (1.3, SCALE), "E226"),
        ("KMV_GRADE", (0.1, (("low", 5.0), ("high", 0.2))), "E226"),
        ("KMV_GRADE", (0.1, (("low", 0.1), (None, 0.2))), "E216"),
        ("KMV_GRADE", (0.1, (("low", 0.1), ("#N/A", 0.2))), "E211"),
        ("KMV_GRADE", (None, SCALE), "E216"),
    ],
)
def test_refused(name, cells, code):
    assert call(name, *cells).startswith(f"#KMV! {code}")
