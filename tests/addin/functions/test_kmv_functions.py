"""The KMV functions in cells: the core's numbers, one a cell, each failing alone."""

from __future__ import annotations

import numpy as np
import pytest

from addin.functions import REGISTRY
from kmv_core import (
    calibrate_assets,
    calibrate_series,
    expected_loss,
    log_probability_of_default,
    loss_given_default,
    simulate,
)


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


def test_first_passage_and_derivatives():
    call = REGISTRY["KMV_FIRST_PASSAGE"].call
    assert call(100, 80, 0.2, 0.05) == pytest.approx(0.22236889, abs=5e-9)
    assert call(((100,), (-1,), (70,)), 80, 0.2, 0.05)[2] == [1.0]
    assert call(((100,), (-1,)), 80, 0.2)[1][0].startswith("#KMV! E224")
    (greeks,) = REGISTRY["KMV_GREEKS"].call(100, 80, 0.2, 0.05)
    assert greeks[0] == pytest.approx(-0.00895367, abs=5e-9)
    for i, step in enumerate((1e-4, 1e-4, 1e-6)):
        inputs = [100.0, 80.0, 0.2]
        up, down = ([each + sign * step * (j == i) for j, each in enumerate(inputs)] for sign in (1, -1))
        slope = (REGISTRY["KMV_PD"].call(*up, 0.05) - REGISTRY["KMV_PD"].call(*down, 0.05)) / (2 * step)
        assert greeks[i] == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("place", range(5))
def test_the_implied_input_gives_the_probability_back(place):
    inputs = [100.0, 80.0, 0.2, 0.05, 1.0]
    unknown = ["asset_value", "default_point", "asset_volatility", "drift", "horizon"][place]
    given = [None if i == place else each for i, each in enumerate(inputs)]
    target = REGISTRY["KMV_PD"].call(*inputs)
    found = REGISTRY["KMV_IMPLIED"].call(unknown, target, *given)
    assert REGISTRY["KMV_PD"].call(*[found if i == place else each for i, each in enumerate(inputs)]) == pytest.approx(
        target, rel=1e-9
    )


def test_an_implied_input_out_of_reach_names_the_range():
    call = REGISTRY["KMV_IMPLIED"].call
    rows = call("asset_volatility", ((0.01,), (0.3,), (0.9,)), 80, 100)
    assert rows[0][0].startswith("#KMV! E310")
    assert rows[2][0] == pytest.approx(0.187894, abs=5e-7)
    assert call("asset_value", 0.01, 100, 80, 0.2).startswith("#KMV! E218")
    assert call(None, 0.01, 100, 80, 0.2).startswith("#KMV! E216")
    assert call("asset_value", 1.5, None, 80, 0.2).startswith("#KMV! E220")
    assert call("asset_value", 0.01, None, "abc", 0.2).startswith("#KMV! E212")


def test_a_band_holds_the_point():
    (row,) = REGISTRY["KMV_BAND"].call(100, 80, 0.2, 0.05, 0.05)
    assert row == pytest.approx([0.1028070744, 0.110037, 0.025143, 0.102807, 0.219815], abs=5e-7)
    (own,) = REGISTRY["KMV_BAND"].call(100, 80, 0.2, 0.05, 0.05, None, ((0.1, 0.9),))
    assert len(own) == 4
    assert REGISTRY["KMV_BAND"].call(100, 80, 0.2, -0.05).startswith("#KMV! E2")


def test_series_functions():
    prices = [30, 31, 29.5, 30.2, 32, 31.1, 33]
    expected = calibrate_series(equity_value=prices, default_point=60, horizon=5, periods_per_year=12)
    (row,) = REGISTRY["KMV_SERIES"].call([[each] for each in prices], 60, None, 5, 12)
    assert row[0] == pytest.approx(float(expected.asset_volatility), rel=1e-12)
    assert row[4] == pytest.approx(float(expected.probability_of_default), rel=1e-12)
    assert REGISTRY["KMV_SERIES"].call([prices], 60, None, 5, 12, "mle")[0][0] == pytest.approx(row[0], rel=0.2)
    assert REGISTRY["KMV_SERIES"].call([[30, -1, 31, 32]], 60).startswith("#KMV! E2")
    assert REGISTRY["KMV_SERIES"].call([[30, "#N/A", 31, 32]], 60).startswith("#KMV! E211")
    assert REGISTRY["KMV_SERIES"].call([[30, 30, 30, 30]], 60).startswith("#KMV! E310")
    (volatility,) = REGISTRY["KMV_VOLATILITY"].call([prices], 12)
    changes = np.diff(np.log(prices))
    assert volatility[0] == pytest.approx(float(np.std(changes)) * 12**0.5, rel=0.15)
    assert volatility[2] == 6
    assert 0 < volatility[3] <= 1
    for estimator in ("ewma", "thesis_periodic", "thesis_cumulative"):
        assert REGISTRY["KMV_VOLATILITY"].call([prices], 12, estimator)[0][0] > 0
    assert REGISTRY["KMV_VOLATILITY"].call([[1, 2]], 12).startswith("#KMV! E280")


def test_simulation_in_cells(block, deal):
    expected = simulate(deal, paths=2000, seed=5, period_noise=0.2)
    shown = REGISTRY["SIMULATED_PD"].call(block.block, 2000, 5, 0.2)
    assert [row[0] for row in shown] == [each.probability_of_default for each in expected.tranches]
    assert shown[0][5:] == [2000, 5]
    for wrong in ((1, 5), (10.5, 5), (100, -1), (100, "x"), (None, 5), (100, None)):
        assert REGISTRY["SIMULATED_PD"].call(block.block, *wrong).startswith("#KMV! E2")
