"""SUPPORT_PD in cells."""

from __future__ import annotations

import pytest

from addin.functions import REGISTRY


def test_numbers_and_ranges():
    call = REGISTRY["SUPPORT_PD"].call
    assert call(0.02, 0.005, 0.3) == pytest.approx(0.00053919, abs=1e-8)
    assert call(0.02, 0.005, ((0, 0.3, 0.6),)) == [pytest.approx([0.0001, 0.00053919, 0.00173862], abs=1e-8)]
    assert call(0, 1, 1) == 0


def test_each_cell_fails_alone():
    call = REGISTRY["SUPPORT_PD"].call
    rows = call(((0.02,), (1.5,), ("abc",), (None,)), 0.005, 0.3)
    assert rows[0][0] == pytest.approx(0.00053919, abs=1e-8)
    assert [row[0][:10] for row in rows[1:]] == ["#KMV! E226", "#KMV! E212", "#KMV! E216"]
    assert call(0.02, 0.005, -1.2).startswith("#KMV! E226")
    assert call(0.02, 0.005, None).startswith("#KMV! E216")
