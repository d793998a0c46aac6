"""CreditMetrics against its Technical Document of 1997, the laws of a joint distribution, and a simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

from kmv_core.assets.licence import LicenceContract
from kmv_core.assets.licence_total import licence_distribution
from kmv_core.methods.credit_metrics import (
    default_mode_losses,
    forward_values,
    joint_migration,
    migration_thresholds,
    portfolio_value,
)
from kmv_core.vocabulary.errors import KmvError

# Technical Document, chapters 1 to 3 and 8: one-year forward zero curves by grade, transition probabilities, percent
CURVES = np.array(
    [
        [3.60, 4.17, 4.73, 5.12],
        [3.65, 4.22, 4.78, 5.17],
        [3.72, 4.32, 4.93, 5.32],
        [4.10, 4.67, 5.25, 5.63],
        [5.55, 6.02, 6.78, 7.27],
        [6.05, 7.02, 8.03, 8.52],
        [15.05, 15.02, 14.03, 13.52],
    ]
)
BBB = np.array([0.02, 0.33, 5.95, 86.93, 5.30, 1.17, 0.12, 0.18]) / 100
A = np.array([0.09, 2.27, 91.05, 5.52, 0.74, 0.26, 0.01, 0.06]) / 100
BB = np.array([0.03, 0.14, 0.67, 7.73, 80.53, 8.84, 1.00, 1.06]) / 100
VALUES = [109.37, 109.19, 108.66, 107.55, 102.02, 98.10, 83.64, 51.13]


def test_value_by_grade():
    found = forward_values(face=100, coupon=0.06, payments_left=5, forward_rates=CURVES / 100, recovery_rate=0.5113)
    # The curves are printed to a hundredth of a percent: at a duration of 3.4 that is .02 of the value.
    assert found == pytest.approx(VALUES, abs=0.021)


def test_value_of_the_three_year_bond():
    found = forward_values(face=100, coupon=0.05, payments_left=3, forward_rates=CURVES / 100, recovery_rate=0.5113)
    assert found == pytest.approx([106.59, 106.49, 106.30, 105.64, 103.15, 101.39, 88.71, 51.13], abs=0.005)


def test_single_bond():
    found = portfolio_value(values=[VALUES], transition=[BBB], correlation=[[1]])
    assert found.mean == pytest.approx(107.09, abs=0.005)
    assert found.standard_deviation == pytest.approx(2.99, abs=0.005)
    assert found.quantile([0.01, 0.5]).tolist() == [98.10, 107.55]
    assert found.paths is None
    uncertain = portfolio_value(values=[VALUES], transition=[BBB], correlation=[[1]], recovery_deviation=25.45)
    assert uncertain.standard_deviation == pytest.approx(3.18, abs=0.005)


def test_two_bonds():
    curves = CURVES / 100
    worth = [
        forward_values(face=100, coupon=c, payments_left=n, forward_rates=curves, recovery_rate=0.5113)
        for c, n in ((0.06, 5), (0.05, 3))
    ]
    found = portfolio_value(values=worth, transition=[BBB, A], correlation=[[1, 0.3], [0.3, 1]])
    assert found.quantile(0.01) == pytest.approx(204.40, abs=0.025)
    mean = float(found.values @ found.probability)
    assert found.mean == pytest.approx(mean, rel=1e-12)
    assert found.standard_deviation == pytest.approx(
        math.sqrt((found.values - mean) ** 2 @ found.probability), rel=1e-10
    )
    alone = portfolio_value(values=worth[:1], transition=[BBB], correlation=[[1]])
    assert found.marginal_deviation[1] == pytest.approx(found.standard_deviation - alone.standard_deviation)


def test_thresholds():
    assert migration_thresholds(transition=BB) == pytest.approx(
        [3.43, 2.93, 2.39, 1.37, -1.23, -2.04, -2.30], abs=0.005
    )
    assert migration_thresholds(transition=A) == pytest.approx(
        [3.12, 1.98, -1.51, -2.30, -2.72, -3.19, -3.24], abs=0.005
    )


@pytest.mark.parametrize(
    ("first", "rho", "cell", "published"),
    # Table 3.2: BBB and A, uncorrelated and at .3; table 8.6: BB and A at .2, from rounded thresholds
    [(BBB, 0.0, (3, 2), 79.15), (BBB, 0.3, (3, 2), 79.69), (BB, 0.2, (4, 2), 73.65)],
)
def test_both_stay(first, rho, cell, published):
    found = joint_migration(first=first, second=A, correlation=rho)
    assert 100 * found[cell] == pytest.approx(published, abs=0.015)


@pytest.mark.parametrize("rho", [-1.0, -0.4, 0.0, 0.2, 0.95, 1.0])
def test_joint_migration_has_its_margins(rho):
    found = joint_migration(first=BB, second=A, correlation=rho)
    assert (found >= 0).all()
    assert found.sum(axis=1) == pytest.approx(BB, abs=1e-14)
    assert found.sum(axis=0) == pytest.approx(A, abs=1e-14)
    assert found == pytest.approx(joint_migration(first=A, second=BB, correlation=rho).T, abs=1e-15)
    if rho == 0:
        assert found == pytest.approx(np.outer(BB, A), rel=1e-9, abs=1e-16)
    corner = stats.multivariate_normal.cdf(
        special.ndtri([BB[-1], A[-1]]), cov=[[1, rho], [rho, 1]], allow_singular=True
    )
    assert found[-1, -1] == pytest.approx(corner, abs=1e-8)


def test_empty_grades():
    assert migration_thresholds(transition=[0, 1, 0]).tolist() == [math.inf, -math.inf]
    found = joint_migration(first=[0, 1, 0], second=[0.5, 0, 0.5], correlation=0.5)
    assert found == pytest.approx(np.array([[0, 0, 0], [0.5, 0, 0.5], [0, 0, 0]]), abs=1e-15)


def test_rounded_rows_are_scaled():
    assert migration_thresholds(transition=[0.6, 0.2, 0.2003]) == pytest.approx(
        migration_thresholds(transition=np.array([0.6, 0.2, 0.2003]) / 1.0003)
    )


def test_simulated_distribution():
    worth, rows = np.array([VALUES] * 3), np.array([BBB, A, BB])
    rho = [[1, 0.3, 0.2], [0.3, 1, 0.25], [0.2, 0.25, 1]]
    found = portfolio_value(values=worth, transition=rows, correlation=rho, paths=100_000, seed=3)
    mean = float(found.values @ found.probability)
    deviation = math.sqrt((found.values - mean) ** 2 @ found.probability)
    assert mean == pytest.approx(found.mean, abs=3 * found.standard_deviation / math.sqrt(found.paths))
    assert deviation == pytest.approx(found.standard_deviation, rel=0.03)
    again = portfolio_value(values=worth, transition=rows, correlation=rho, paths=100_000, seed=3)
    assert (again.probability == found.probability).all()


def test_perfect_correlation_of_equal_bonds_is_one_bond():
    one = portfolio_value(values=[VALUES], transition=[BBB], correlation=[[1]])
    three = portfolio_value(values=[VALUES] * 3, transition=[BBB] * 3, correlation=np.ones((3, 3)), paths=20_000)
    assert three.standard_deviation == pytest.approx(3 * one.standard_deviation, rel=1e-9)
    assert set(three.values.round(6)) <= {round(3 * v, 6) for v in VALUES}


def test_default_mode_is_the_licence_pool():
    contracts = [
        LicenceContract(
            licensee=f"L{i}",
            fee_dates=(1.0,),
            fee_amounts=(50.0 + 10 * i,),
            probability_of_default=0.02 + 0.01 * i,
            lgd=0.6,
            asset_correlation=0.1 + 0.05 * i,
        )
        for i in range(6)
    ]
    cash = licence_distribution(contracts=contracts)
    found = default_mode_losses(
        exposures=[each.amount_due for each in contracts],
        probability_of_default=[each.probability_of_default for each in contracts],
        asset_correlation=[each.asset_correlation for each in contracts],
        lgd=0.6,
    )
    assert cash.contract_total - found.losses[::-1] == pytest.approx(cash.cash)
    assert found.probability[::-1] == pytest.approx(cash.probability, abs=1e-15)
    assert found.standard_deviation == pytest.approx(cash.standard_deviation)


def test_losses_that_equal_the_cushion_are_borne():
    found = default_mode_losses(exposures=[0.1, 0.2], probability_of_default=0.5, asset_correlation=0.0)
    assert found.exceedance([0.0, 0.1, 0.3]).tolist() == pytest.approx([0.75, 0.5, 0.0])
    assert found.quantile([0.25, 0.26, 0.75, 0.76]).tolist() == pytest.approx([0.0, 0.1, 0.2, 0.3])


@pytest.mark.parametrize(
    ("call", "code", "told"),
    [
        (lambda: migration_thresholds(transition=[0.5, 0.4]), "E342", "0.9"),
        (lambda: migration_thresholds(transition=[[0.5, 0.5], [0.5, 0.6]]), "E342", "row 2"),
        (lambda: migration_thresholds(transition=[90, 10]), "E226", "0.9"),
        (lambda: joint_migration(first=BB, second=A, correlation=1.5), "E226", "correlation"),
        (
            lambda: forward_values(face=1, coupon=0.1, payments_left=6, forward_rates=CURVES / 100, recovery_rate=0.5),
            "E217",
            "4 years, 5 needed",
        ),
        (
            lambda: forward_values(face=1, coupon=0.1, payments_left=2.5, forward_rates=[[0.1] * 3], recovery_rate=0.5),
            "E226",
            "whole",
        ),
        (
            lambda: portfolio_value(values=[VALUES], transition=[BBB, A], correlation=[[1]]),
            "E217",
            "transition 2x8",
        ),
        (
            lambda: portfolio_value(values=[VALUES] * 2, transition=[BBB, A], correlation=[[1, 0.2], [0.3, 1]]),
            "E347",
            "symmetric",
        ),
        (
            lambda: portfolio_value(
                values=[VALUES] * 3,
                transition=[BBB] * 3,
                correlation=[[1, 0.9, 0.9], [0.9, 1, -0.9], [0.9, -0.9, 1]],
            ),
            "E347",
            "contradict",
        ),
        (
            lambda: portfolio_value(values=[[math.nan] * 8], transition=[BBB], correlation=[[1]]),
            "E212",
            "values",
        ),
        (
            lambda: portfolio_value(values=[VALUES] * 2, transition=[BBB, A], correlation=[[1]]),
            "E217",
            "2 bonds",
        ),
    ],
)
def test_refusals(call, code, told):
    with pytest.raises(KmvError) as refused:
        call()
    assert refused.value.code == code
    assert told in str(refused.value)
