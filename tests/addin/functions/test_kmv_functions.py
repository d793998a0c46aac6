"""The KMV functions in cells: the core's numbers, one a cell, each failing alone."""

from __future__ import annotations

import pytest

from addin.functions import REGISTRY
from kmv_core import calibrate_assets, expected_loss, log_probability_of_default, loss_given_default


@pytest.mark.parametrize("form", ["lognormal", "linear", "log_drift", "student"])
@pytest.mark.parametrize(
    ("name", "function"),
    [("KMV_EL", expected_loss), ("KMV_LGD", loss_given_default), ("KMV_LOG_PD", log_probability_of_default)],
)
def test_closed_forms(name, function, form):
    expected = function(
        asset_value=100, default_point=[80, 120], asset_volatility=0.3, drift=0.02, horizon=2, form=form
    )
    shown = REGISTRY[name].call(100, ((80, 120),), 0.3, 0.02, 2, form)
    assert shown[0] == pytest.approx(expected.tolist(), rel=1e-14)
    assert REGISTRY[name].call(100, 80, 0.3, 0.02, 2, form) == pytest.approx(float(expected[0]), rel=1e-14)


def test_companies_a_row_each():
    equity, spread = ((3,), (11,), (-1,), ("abc",), (1e-300,)), ((0.8,), (0.7,), (0.5,), (0.5,), (0.5,))
    shown = REGISTRY["KMV_CALIBRATE"].call(equity, spread, 10, 0.05)
    expected = calibrate_assets(equity_value=3, equity_volatility=0.8, default_point=10, risk_free_rate=0.05)
    assert shown[0] == pytest.approx([12.395387, 0.212305, 1.140826, 0.126971], abs=6e-7)
    assert shown[0][0] == pytest.approx(float(expected.asset_value), rel=1e-14)
    assert [row[0][:10] for row in shown[2:]] == ["#KMV! E226", "#KMV! E212", "#KMV! E310"]
    assert all(len(row) == 4 for row in shown)


def test_rows_columns_and_single_cells_mix():
    across = REGISTRY["KMV_CALIBRATE"].call(((3, 4),), 0.6, 15, 0.06, 2)
    assert across[1] == pytest.approx([17.083947, 0.157618, 1.010500, 0.156128], abs=6e-7)
    assert REGISTRY["KMV_CALIBRATE"].call(((3, 4),), ((0.6, 0.7, 0.8),), 15).startswith("#KMV! E217")
    assert REGISTRY["KMV_CALIBRATE"].call(None, 0.6, 15)[0][0].startswith("#KMV! E216")
