"""ASRF against its vectors, its laws, direct integration of the factor, and the illustrative weights of Basel II."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from kmv_core.methods.irb import irb_correlation, irb_risk_weight, maturity_adjustment
from kmv_core.methods.vasicek import (
    conditional_default_rate,
    default_rate_deviation,
    default_rate_probability,
    expected_limited_loss,
    worst_case_default_rate,
)
from kmv_core.structural.bivariate import bivariate_normal
from kmv_core.vocabulary.errors import KmvError

PUBLISHED = Path(__file__).parents[2] / "published" / "basel_irb_weights.csv"
WEIGHTS = [
    (float(row["pd"]), column, float(value))
    for row in csv.DictReader(PUBLISHED.read_text(encoding="utf-8").splitlines())
    for column, value in row.items()
    if column != "pd"
]
NODES = np.polynomial.hermite_e.hermegauss(200)
CHANCE = st.floats(1e-6, 0.999)
RHO = st.floats(0.001, 0.98)


def test_worst_case_vectors():
    found = worst_case_default_rate(
        probability_of_default=[0.02, 0.01, 0.01, 0.015],
        asset_correlation=[0.1, 0.1, 0.2, 0.2],
        quantiles=[0.999, 0.999, 0.999, 0.995],
    )
    assert found == pytest.approx(
        [0.12823711, 0.07749737, 0.14552527, 0.12749342], abs=1e-8
    )  # the last digit of the last is 1, not 2


def test_limited_loss_vectors():
    found = expected_limited_loss(
        probability_of_default=[0.05, 0.2], asset_correlation=[0.2, 0.1], loss_limit=[0.03, 0.25]
    )
    assert found == pytest.approx([0.0227127, 0.1816156], abs=5e-8)


@pytest.mark.parametrize(("pd", "column", "published"), WEIGHTS)
def test_illustrative_weights_of_basel(pd, column, published):
    name, lgd = column.split("_lgd")
    sales = float(name.removeprefix("corporate_")) if name.startswith("corporate_") else 50.0
    found = 100 * irb_risk_weight(
        probability_of_default=pd,
        lgd=float(lgd) / 100,
        exposure_class="corporate" if name.startswith("corporate_") else name,
        turnover=sales,
    )
    # The Committee's own figures are rounded from an inverse normal of some ten digits.
    assert float(found) == pytest.approx(published, abs=0.0105)


def test_regulators_limits():
    assert irb_correlation(probability_of_default=0.0) == irb_correlation(probability_of_default=0.0003)
    assert irb_correlation(probability_of_default=1.0) == pytest.approx(0.12)
    assert irb_correlation(probability_of_default=0.02, exposure_class="other_retail") == pytest.approx(
        0.03 * (1 - np.exp(-0.7)) / (1 - np.exp(-35)) + 0.16 * (1 - (1 - np.exp(-0.7)) / (1 - np.exp(-35)))
    )
    assert irb_correlation(probability_of_default=0.02, turnover=[1, 5, 50, 900]).tolist() == pytest.approx(
        [irb_correlation(probability_of_default=0.02).item() - cut for cut in (0.04, 0.04, 0, 0)]
    )
    assert maturity_adjustment(probability_of_default=[0.001, 0.2], effective_maturity=1.0) == pytest.approx(1.0)
    assert irb_risk_weight(probability_of_default=0.0, lgd=0.45) == irb_risk_weight(
        probability_of_default=0.0003, lgd=0.45
    )
    assert irb_risk_weight(probability_of_default=1.0, lgd=0.45) == 0.0


@settings(max_examples=60, deadline=None)
@given(pd=CHANCE, rho=RHO, q=st.floats(0.001, 0.999))
def test_quantile_and_distribution_are_inverse(pd, rho, q):
    rate = worst_case_default_rate(probability_of_default=pd, asset_correlation=rho, quantiles=q)
    if 1e-12 < rate < 1 - 1e-6:
        back = default_rate_probability(default_rate=rate, probability_of_default=pd, asset_correlation=rho)
        assert float(back) == pytest.approx(q, abs=1e-7)


@settings(max_examples=40, deadline=None)
@given(pd=CHANCE, rho=RHO)
def test_rate_averages_to_the_probability(pd, rho):
    nodes, weights = NODES
    rates = conditional_default_rate(probability_of_default=pd, asset_correlation=rho, common_factor=nodes)
    if rho < 0.6:
        assert float(rates @ weights) / np.sqrt(2 * np.pi) == pytest.approx(pd, rel=1e-6)
    assert (np.diff(rates) <= 0).all()


@settings(max_examples=40, deadline=None)
@given(pd=CHANCE, rho=RHO)
def test_deviation_is_that_of_the_joint_default(pd, rho):
    found = float(default_rate_deviation(probability_of_default=pd, asset_correlation=rho))
    c = stats.norm.ppf(pd)
    joint = float(bivariate_normal(a=c, b=c, correlation=rho))
    assert found**2 == pytest.approx(joint - pd * pd, rel=1e-8, abs=1e-15)
    assert 0 < found <= np.sqrt(pd * (1 - pd)) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("pd", "rho", "limit", "lgd"), [(0.05, 0.2, 0.03, 1.0), (0.1, 0.4, 0.1, 0.6), (0.02, 0.05, 0.05, 0.45)]
)
def test_limited_loss_by_integration(pd, rho, limit, lgd):
    def lost(m: float) -> float:
        rate = conditional_default_rate(probability_of_default=pd, asset_correlation=rho, common_factor=m)
        return float(np.minimum(lgd * rate, limit)) * stats.norm.pdf(m)

    expected = integrate.quad(lost, -9, 9, epsabs=1e-12, limit=400)[0]
    found = expected_limited_loss(probability_of_default=pd, asset_correlation=rho, loss_limit=limit, lgd=lgd)
    assert float(found) == pytest.approx(expected, abs=1e-9)


def test_limits_of_the_correlation():
    alone = {"probability_of_default": 0.03, "asset_correlation": 0.0}
    assert worst_case_default_rate(**alone, quantiles=[0.5, 0.999]) == pytest.approx(0.03)
    assert default_rate_probability(default_rate=[0.02, 0.04], **alone).tolist() == [0.0, 1.0]
    assert default_rate_deviation(**alone) == 0.0
    assert expected_limited_loss(loss_limit=[0.01, 0.2], **alone) == pytest.approx([0.01, 0.03])
    together = {"probability_of_default": 0.03, "asset_correlation": 1.0}
    assert worst_case_default_rate(**together, quantiles=[0.9, 0.97, 0.98]).tolist() == [0.0, 0.0, 1.0]
    assert default_rate_probability(default_rate=[0.0, 0.5, 1.0], **together) == pytest.approx([0.97, 0.97, 1.0])
    assert default_rate_deviation(**together) == pytest.approx(np.sqrt(0.03 * 0.97))
    assert expected_limited_loss(loss_limit=0.4, **together) == pytest.approx(0.4 * 0.03)
    for certain in (0.0, 1.0):
        given_all = {"probability_of_default": certain, "asset_correlation": 0.2}
        assert worst_case_default_rate(**given_all) == certain
        assert default_rate_deviation(**given_all) == 0.0
        assert expected_limited_loss(loss_limit=0.3, **given_all) == pytest.approx(0.3 * certain)
    assert expected_limited_loss(loss_limit=0.3, lgd=0.0, probability_of_default=0.1, asset_correlation=0.2) == 0.0


@pytest.mark.parametrize(
    ("call", "code", "told"),
    [
        (lambda: worst_case_default_rate(probability_of_default=1.2, asset_correlation=0.1), "E226", "probability"),
        (lambda: worst_case_default_rate(probability_of_default=0.1, asset_correlation=-0.1), "E226", "correlation"),
        (
            lambda: worst_case_default_rate(probability_of_default=0.1, asset_correlation=0.1, quantiles=99.9),
            "E220",
            "0.999",
        ),
        (lambda: worst_case_default_rate(probability_of_default=[0.1, 0.2], asset_correlation=[0.1] * 3), "E217", "2"),
        (
            lambda: expected_limited_loss(probability_of_default=0.1, asset_correlation=0.1, loss_limit=-1),
            "E226",
            "loss_limit",
        ),
        (lambda: irb_risk_weight(probability_of_default=0.1, lgd=0.4, exposure_class="bank"), "E205", "other_retail"),
        (
            lambda: irb_risk_weight(probability_of_default=0.1, lgd=0.4, effective_maturity=7),
            "E225",
            "effective_maturity",
        ),
        (lambda: irb_risk_weight(probability_of_default=0.1, lgd=45), "E226", "0.45"),
    ],
)
def test_refusals(call, code, told):
    with pytest.raises(KmvError) as refused:
        call()
    assert refused.value.code == code
    assert told in str(refused.value)
