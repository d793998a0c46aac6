"""Chain ladder against Mack's published figures, its recursive form, simulation, and its refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kmv_core.assets.chain_ladder import chain_ladder, triangle_volatility
from kmv_core.vocabulary.errors import KmvError

TAYLOR_ASHE = [
    [357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463],
    [352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085],
    [290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315],
    [310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268],
    [443160, 1136350, 2128333, 2897821, 3402672, 3873311],
    [396132, 1333217, 2180715, 2985752, 3691712],
    [440832, 1288463, 2419861, 3483130],
    [359480, 1421128, 2864498],
    [376686, 1363294],
    [344014],
]
"""Taylor and Ashe 1983, as used in Mack 1993 (ASTIN Bulletin 23(2), section 6)."""

OUTSTANDING = [0, 94634, 469511, 709638, 984889, 1419459, 2177641, 3920301, 4278972, 4625811]
STANDARD_ERRORS = [0, 75535, 121699, 133549, 261406, 411010, 558317, 875328, 971258, 1363155]
"""The paper's figures in whole units; chainladder 0.10.1 gives the same and 2447094.86 for the total."""


def staircase(rows: list[list[float]]) -> np.ndarray:
    filled = np.full((len(rows), len(rows[0])), np.nan)
    for row, seen in zip(filled, rows, strict=True):
        row[: len(seen)] = seen
    return filled


def test_taylor_ashe():
    found = chain_ladder(triangle=staircase(TAYLOR_ASHE))
    assert found.total_outstanding == pytest.approx(18_680_856, abs=0.5)
    assert found.total_standard_error == pytest.approx(2_447_095, abs=0.5)
    assert found.outstanding == pytest.approx(OUTSTANDING, abs=0.5)
    assert found.standard_errors == pytest.approx(STANDARD_ERRORS, abs=0.5)


def test_volatility_of_one_vintage():
    triangle = staircase(TAYLOR_ASHE)
    found = chain_ladder(triangle=triangle)
    youngest = triangle_volatility(triangle=triangle)
    assert youngest.vintage == 10
    assert youngest.observations == 45
    assert youngest.value == pytest.approx(math.sqrt(math.log1p((1363154.91 / 4969825.0) ** 2)), rel=1e-6)
    oldest = triangle_volatility(triangle=triangle, vintage=1)
    assert (oldest.value, oldest.standard_error) == (0.0, 0.0)
    assert found.ultimate[-1] == pytest.approx(344014 + 4625811, abs=0.5)


def slow(rows: list[list[float]]) -> tuple[list[float], float]:
    """Mack 1999 (ASTIN Bulletin 29(2)): errors carried from age to age, loop by loop."""
    ages, done = len(rows[0]), [list(row) for row in rows]
    errors, total = [0.0] * len(rows), 0.0
    variances: list[float] = []
    for k in range(ages - 1):
        known = [row for row in rows if len(row) > k + 1]
        volume = sum(row[k] for row in known)
        factor = sum(row[k + 1] for row in known) / volume
        if len(known) > 1:
            variance = sum(row[k] * (row[k + 1] / row[k] - factor) ** 2 for row in known) / (len(known) - 1)
        else:
            variance = min(variances[-1] ** 2 / variances[-2], variances[-2], variances[-1])
        variances.append(variance)
        moving = [i for i, row in enumerate(rows) if len(row) <= k + 1]
        together = sum(done[i][k] for i in moving)
        total = factor**2 * total + variance * together + variance * together**2 / volume
        for i in moving:
            amount = done[i][k]
            errors[i] = factor**2 * errors[i] + amount**2 * (variance / amount + variance / volume)
            done[i].append(amount * factor)
    return [math.sqrt(each) for each in errors], math.sqrt(total)


@pytest.mark.parametrize("seed", range(5))
def test_recursive_twin(seed):
    rng = np.random.default_rng(seed)
    shape = [[7, 7, 6, 4, 4, 2, 1], [5, 5, 5, 3, 2], [6, 5, 4, 3, 2, 1]][seed % 3]
    rows = [list(np.cumsum(rng.uniform(10, 100, length))) for length in shape]
    found = chain_ladder(triangle=staircase(rows))
    errors, total = slow(rows)
    assert found.standard_errors == pytest.approx(errors, rel=1e-12)
    assert found.total_standard_error == pytest.approx(total, rel=1e-12)


def test_the_unit_of_money_changes_nothing():
    triangle = staircase(TAYLOR_ASHE)
    once, scaled = triangle_volatility(triangle=triangle), triangle_volatility(triangle=1e6 * triangle)
    assert scaled.value == pytest.approx(once.value, rel=1e-12)
    assert scaled.standard_error == pytest.approx(once.standard_error, rel=1e-12)


def test_vintages_in_proportion_have_no_volatility():
    curve = np.array([1.0, 2, 3, 4, 5])
    triangle = staircase([list(size * curve[: 5 - i]) for i, size in enumerate([8, 4, 16, 2, 32])])
    found = triangle_volatility(triangle=triangle)
    assert found.value == pytest.approx(0.0, abs=1e-12)


def simulated(rng: np.random.Generator, factors: np.ndarray, sigma: float, first: np.ndarray) -> np.ndarray:
    """Mack's own world: C_{k+1} = f_k C_k + sigma sqrt(C_k) noise, whole square."""
    whole = np.empty((first.size, factors.size + 1))
    whole[:, 0] = first
    for k, factor in enumerate(factors):
        whole[:, k + 1] = factor * whole[:, k] + sigma * np.sqrt(whole[:, k]) * rng.standard_normal(first.size)
    return whole


def test_error_of_the_forecast_and_of_the_volatility_against_simulation():
    rng = np.random.default_rng(17)
    factors, first = np.array([2.0, 1.5, 1.3, 1.2, 1.1, 1.05]), np.full(12, 400.0)
    lengths = [7] * 6 + [6, 5, 4, 3, 2, 1]
    missed, errors, values, stated = [], [], [], []
    for _ in range(1500):
        whole = simulated(rng, factors, 2.0, first)
        triangle = staircase([list(row[:length]) for row, length in zip(whole, lengths, strict=True)])
        found = chain_ladder(triangle=triangle)
        missed.append(whole[:, -1].sum() - found.ultimate.sum())
        errors.append(found.total_standard_error)
        estimate = triangle_volatility(triangle=triangle)
        values.append(estimate.value)
        stated.append(estimate.standard_error)
    # 1500 triangles know each spread to 2 %; 7 % is four of that. The delta method leaves the factors' error out.
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.sqrt(np.mean(np.square(missed))), rel=0.07)
    assert np.mean(stated) == pytest.approx(np.std(values), rel=0.15)


GAP = float("nan")


@pytest.mark.parametrize(
    ("triangle", "code", "told"),
    [
        ([[1, 2, 3], [1, 0, GAP], [1, GAP, GAP]], "E226", "row 2, column 2"),
        ([[1, 2, 3], [1, -2, GAP], [1, GAP, GAP]], "E226", "row 2, column 2"),
        ([[1, 2, 3], [1, math.inf, GAP], [1, GAP, GAP]], "E226", "row 2, column 2"),
        ([[1, 2, 3], [GAP, 2, GAP], [1, GAP, GAP]], "E217", "row 2 has a gap"),
        ([[1, 2, 3], [GAP, GAP, GAP], [1, GAP, GAP]], "E217", "row 2 has a gap"),
        ([[1, 2, 3], [1, GAP, GAP], [1, 2, GAP]], "E217", "row 3 reaches further"),
        ([[1, 2, GAP], [1, 2, GAP], [1, GAP, GAP]], "E217", "row 1 is not complete"),
        ([[1, 2], [1, GAP]], "E280", "2 observations"),
        ([[1, 2, 3], [1, GAP, GAP], [1, GAP, GAP]], "E280", "1 observations"),
        ([1, 2, 3], "E217", "1 dimensions"),
        ([[1, 2], [1]], "E217", "unequal"),
    ],
)
def test_refusals(triangle, code, told):
    with pytest.raises(KmvError) as refused:
        chain_ladder(triangle=triangle)
    assert refused.value.code == code
    assert told in str(refused.value)


@pytest.mark.parametrize("vintage", [0, 11])
def test_no_such_vintage(vintage):
    with pytest.raises(KmvError) as refused:
        triangle_volatility(triangle=staircase(TAYLOR_ASHE), vintage=vintage)
    assert refused.value.code == "E205"
