"""PRESET_PD in cells."""

from __future__ import annotations

import pytest

from addin.deal_layout import layout
from addin.functions import REGISTRY
from kmv_core.risk.preset import preset_conditions
from tests.licence_deal import licence_deal

PRESET_PD = REGISTRY["PRESET_PD"].call


def test_conditions_down_tranches_across(block, deal):
    table = preset_conditions(deal)
    rows = PRESET_PD(block.block)
    assert len(rows) == len(table.conditions)
    assert rows[0] == pytest.approx([0.0159634, 0.2178499], abs=1e-6)
    labelled = PRESET_PD(block.block, "due", True)
    assert labelled[0] == ["due", *table.tranches]
    assert [line[0] for line in labelled[1:]] == [each.label for each in table.conditions]
    assert labelled[1][1] == pytest.approx(0.0126142, abs=1e-6)


def test_licences_show_the_exact_reading_first():
    deal = licence_deal()
    cells = layout(deal, {}).block
    headline = PRESET_PD(cells)
    assert headline == PRESET_PD(cells, "exact")
    assert headline != PRESET_PD(cells, "waterfall")
    base = preset_conditions(deal).base
    assert headline[0] == [each.exact.probability_of_default for each in base.tranches]


def test_failures_are_coded(block):
    assert PRESET_PD(block.block, "exact").startswith("#KMV! E295")
    assert PRESET_PD(block.block, "thesis").startswith("#KMV! E205")
    dear = [list(line) for line in block.block]
    for line in dear:
        if line and str(line[0]).endswith("Senior"):
            line[3] = 1.495
    rows = PRESET_PD(dear, None, True)
    (up,) = (line for line in rows if "Coupons up" in str(line[0]))
    assert all(cell.startswith("#KMV! E220") for cell in up[1:])
    assert isinstance(rows[1][1], float)
