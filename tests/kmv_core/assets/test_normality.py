"""Tests of normality against published cases, their level under normality, and their refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kmv_core.assets.normality import normality
from kmv_core.vocabulary.errors import KmvError

WEIGHTS = [148, 154, 158, 160, 161, 162, 166, 170, 182, 195, 236]
"""Weights of eleven men, Shapiro and Wilk 1965 (Biometrika 52, table 1 of the example): W = .79, p below .01."""


def test_shapiro_wilk_of_the_paper():
    found = normality(log_series=WEIGHTS)
    assert found.observations == 11
    assert found.shapiro_wilk == pytest.approx(0.79, abs=0.005)
    assert found.shapiro_wilk_p < 0.01


def test_jarque_bera_twin():
    found = normality(log_series=WEIGHTS)
    n, mean = 11, sum(WEIGHTS) / 11
    second, third, fourth = (sum((x - mean) ** k for x in WEIGHTS) / n for k in (2, 3, 4))
    statistic = n / 6 * ((third / second**1.5) ** 2 + (fourth / second**2 - 3) ** 2 / 4)
    assert found.jarque_bera == pytest.approx(statistic, rel=1e-12)
    assert found.jarque_bera_p == pytest.approx(math.exp(-statistic / 2), rel=1e-12)  # chi-square, 2 degrees


def test_level_under_normality():
    """At 5 %: Shapiro-Wilk holds its level at 24 observations, Jarque-Bera rejects too seldom, as its field says."""
    rng = np.random.default_rng(23)
    found = [normality(log_series=each) for each in rng.standard_normal((2000, 24))]
    shapiro = np.mean([each.shapiro_wilk_p < 0.05 for each in found])
    jarque = np.mean([each.jarque_bera_p < 0.05 for each in found])
    assert shapiro == pytest.approx(0.05, abs=0.02)  # four standard errors of 2000 trials
    assert jarque < 0.045


def test_points_of_the_plot():
    values = np.random.default_rng(29).standard_normal(25)
    found = normality(log_series=values)
    assert found.theoretical == pytest.approx(-found.theoretical[::-1], abs=1e-12)
    assert found.theoretical[12] == pytest.approx(0.0, abs=1e-12)
    assert found.ordered.tolist() == sorted(values)
    many = normality(log_series=np.random.default_rng(31).standard_normal(2000))
    assert np.corrcoef(many.theoretical, many.ordered)[0, 1] > 0.998


def test_scale_and_shift_change_nothing():
    once, other = normality(log_series=WEIGHTS), normality(log_series=[1e6 * x + 5 for x in WEIGHTS])
    for name in ("shapiro_wilk", "shapiro_wilk_p", "jarque_bera", "jarque_bera_p"):
        assert getattr(other, name) == pytest.approx(getattr(once, name), rel=1e-9)


@pytest.mark.parametrize(
    ("series", "code", "told"),
    [
        ([0.1, 0.2], "E280", "2 observations"),
        ([0.1, 0.1, 0.1], "E281", "does not vary"),
        ([0.0, 0.0, 0.0], "E281", "does not vary"),
        ([0.1, math.nan, 0.2], "E226", "row 2"),
        ([[0.1, 0.2], [0.3, 0.5]], "E217", "(2, 2)"),
        (np.arange(5001.0), "E217", "5000"),
    ],
)
def test_refusals(series, code, told):
    with pytest.raises(KmvError) as refused:
        normality(log_series=series)
    assert refused.value.code == code
    assert told in str(refused.value)
