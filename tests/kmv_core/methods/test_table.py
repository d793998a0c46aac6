"""The comparison of methods: where they must agree, where they must not, and where they do not apply."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import special, stats

from kmv_core.assets.licence_total import licence_probability_of_default
from kmv_core.deal.cash_in import licence_contracts
from kmv_core.deal.deal import GradeProbability, Licence
from kmv_core.methods.credit_portfolio_view import fit_portfolio_view
from kmv_core.methods.table import METHODS, Obligor, compare_methods, method_table, obligors_of
from kmv_core.methods.vasicek import expected_limited_loss, worst_case_default_rate
from kmv_core.risk.assess import assess
from kmv_core.vocabulary.errors import KmvError

MODES = ("kmv", "credit_metrics", "credit_risk_plus", "vasicek")


def pool(names=11, *, pd=0.03, rho=0.2, lgd=0.6, exposure=100.0):
    return [
        Obligor(name=f"L{i}", exposure=exposure, probability_of_default=pd, lgd=lgd, asset_correlation=rho)
        for i in range(names)
    ]


@pytest.fixture(scope="module")
def view():
    x = np.array([1.0, 2.0, 4.0, 3.0, 5.0, 8.0, 6.0, 7.0, 9.0, 8.5, 4.0, 5.5])
    noise = np.array([0.1, -0.2, 0.15, 0, -0.1, 0.2, -0.15, 0.05, 0.1, -0.1, 0.02, -0.07])
    return fit_portfolio_view(default_rates=special.expit(-4 + 0.2 * x + noise), macro_series=x)


@pytest.fixture
def ip_deal(deal):
    first = deal.first_payment_date
    lines = [
        Licence(
            licensee=f"L{i % 4}",
            fee_amount=100.0 + i,
            first_fee_date=first,
            fee_count=2,
            months_between=3,
            lgd=0.5 + 0.1 * (i // 4),
            asset_correlation=0.2,
            credit_grade="B",
        )
        for i in range(6)
    ]
    return replace(
        deal,
        asset_type="patent_licence",
        recovery=None,
        licences=tuple(lines),
        grade_table=(GradeProbability(credit_grade="B", grade_pd=0.04),),
    )


def test_all_expect_the_same_loss(view):
    found = compare_methods(obligors=pool(), portfolio_view=view, cushions=[100.0], paths=40_000)
    assert [row.method.code for row in found.rows] == [each.code for each in METHODS]
    for code in MODES:
        result = found.row(code).result
        assert result.expected_loss == pytest.approx(11 * 100 * 0.6 * 0.03, rel=1e-7)
        assert result.standard_error is None
    assert found.owed == 1100


def test_credit_metrics_is_the_exact_reading():
    names = pool(5, pd=0.07)
    found = compare_methods(obligors=names, cushions=[0.0, 60.0, 130.0]).row("credit_metrics").result
    # Five alike: the binomial mixed over the factor.
    m, w = np.polynomial.hermite_e.hermegauss(120)
    chance = special.ndtr((special.ndtri(0.07) - math.sqrt(0.2) * m) / math.sqrt(0.8))
    counts = np.array([stats.binom.pmf(k, 5, chance) @ w for k in range(6)]) / math.sqrt(2 * math.pi)
    assert found.exceedance == pytest.approx([counts[1:].sum(), counts[2:].sum(), counts[3:].sum()], abs=1e-10)
    assert found.loss_quantiles[1] == 60 * np.searchsorted(np.cumsum(counts), 0.95)


def test_kmv_is_the_thesis_lognormal(ip_deal):
    contracts = licence_contracts(ip_deal)
    owed = sum(each.amount_due for each in contracts)
    found = method_table(deal=ip_deal, cushions=[0.2 * owed, 0.4 * owed])
    expected = licence_probability_of_default(contracts=contracts, due=[0.8 * owed, 0.6 * owed])
    assert found.owed == pytest.approx(owed)
    assert found.row("kmv").result.exceedance == pytest.approx(expected.thesis, rel=1e-9)
    assert found.row("credit_metrics").result.exceedance == pytest.approx(expected.probability_of_default, abs=1e-12)


def test_kmv_quantiles_and_exceedance_are_inverse():
    first = compare_methods(obligors=pool(40, pd=0.2), quantiles=[0.9, 0.99]).row("kmv").result
    again = compare_methods(obligors=pool(40, pd=0.2), cushions=first.loss_quantiles).row("kmv").result
    assert again.exceedance == pytest.approx([0.1, 0.01], rel=1e-9)


def test_vasicek_row_is_the_granular_pool():
    found = compare_methods(obligors=pool(), quantiles=[0.99], cushions=[66.0]).row("vasicek").result
    rate = worst_case_default_rate(probability_of_default=0.03, asset_correlation=0.2, quantiles=0.99)
    assert found.loss_quantiles == pytest.approx(660 * rate)
    # The chance to exceed K is the slope of E[min(L, K)] in K.
    step = 1e-5
    limits = expected_limited_loss(
        probability_of_default=0.03, asset_correlation=0.2, loss_limit=[0.06 - step, 0.06 + step], lgd=0.6
    )
    assert found.exceedance[0] == pytest.approx(np.diff(limits)[0] / (2 * step), rel=1e-5)


def test_a_large_pool_brings_them_together():
    names = pool(400, rho=0.1)
    found = compare_methods(obligors=names, quantiles=[0.95])
    deviations = [found.row(code).result.standard_deviation for code in MODES]
    assert deviations[1:3] == pytest.approx([deviations[0]] * 2, rel=0.02)
    assert deviations[3] == pytest.approx(deviations[0], rel=0.1)
    tails = [float(found.row(code).result.loss_quantiles[0]) for code in MODES[1:]]
    assert tails == pytest.approx([tails[0]] * 3, rel=0.06)


def test_few_licensees_need_the_lumps():
    found = compare_methods(obligors=pool(), cushions=[200.0])
    chance = {code: found.row(code).result.exceedance[0] for code in MODES}
    assert chance["kmv"] < chance["vasicek"] < chance["credit_metrics"]


def test_economy_against_the_conditional_binomial(view):
    found = compare_methods(obligors=pool(), portfolio_view=view, cushions=[0.0, 60.0], paths=60_000, seed=4)
    result = found.row("credit_portfolio_view").result
    assert (result.standard_error > 0).all()
    load = np.concatenate([[1.0], view.index_coefficients[1:]])
    ahead = view.factor_coefficients @ np.array([1.0, *view.last_factors[::-1, 0]])
    centre = view.index_coefficients[0] + float(view.index_coefficients[1:] @ ahead)
    m, w = np.polynomial.hermite_e.hermegauss(60)
    rates = special.expit(centre + math.sqrt(load @ view.covariance @ load) * m) / view.mean_default_rate
    chances = np.minimum(0.03 * rates, 1.0)
    for k in (0, 1):
        exact = float(stats.binom.sf(k, 11, chances) @ w) / math.sqrt(2 * math.pi)
        assert result.exceedance[k] == pytest.approx(exact, abs=3.5 * result.standard_error[k])
    again = compare_methods(obligors=pool(), portfolio_view=view, cushions=[0.0, 60.0], paths=60_000, seed=4)
    assert (again.row("credit_portfolio_view").result.exceedance == result.exceedance).all()


def test_what_is_missing_is_said():
    row = compare_methods(obligors=pool()).row("credit_portfolio_view")
    assert row.result is None
    assert row.reason.code == "E340"
    assert "macroeconomic" in row.reason.en
    assert "宏观经济" in row.reason.zh


def test_loans_in_default(deal):
    reading = assess(deal, readings=("due",)).tranches[0]
    total = method_table(deal=deal).owed
    found = method_table(deal=deal, cushions=[total - reading.due.default_point])
    for row in found.rows:
        if row.method.code == "kmv":
            assert row.reason is None
        else:
            assert row.result is None
            assert row.reason.code == "E341"
            assert "already in default" in row.reason.en
            assert "已经违约" in row.reason.zh
    own = found.row("kmv").result
    assert own.expected_loss == 0.0
    assert own.exceedance[0] == pytest.approx(reading.due.probability_of_default, rel=1e-9)
    s = deal.model.total_volatility
    assert own.standard_deviation == pytest.approx(total * math.sqrt(math.expm1(s * s)))


@pytest.mark.parametrize("form", ["lognormal", "linear", "log_drift", "student"])
def test_recovery_follows_the_form_of_the_deal(deal, form):
    shaped = replace(deal, model=replace(deal.model, form=form, total_volatility=0.3))
    due = assess(shaped, readings=("due",)).tranches[0].due
    total = method_table(deal=shaped).owed
    found = method_table(deal=shaped, cushions=[total - due.default_point], quantiles=[0.9, 0.99]).row("kmv").result
    assert found.exceedance[0] == pytest.approx(due.probability_of_default, rel=1e-9)
    back = method_table(deal=shaped, cushions=found.loss_quantiles).row("kmv").result
    assert back.exceedance == pytest.approx([0.1, 0.01], rel=1e-9)
    if form == "student":
        assert found.expected_loss is found.standard_deviation is None
        return
    # The moments, by integrating the quantile function.
    levels = (np.arange(400_000) + 0.5) / 400_000
    lost = method_table(deal=shaped, quantiles=levels).row("kmv").result.loss_quantiles
    assert lost.mean() == pytest.approx(found.expected_loss, abs=1e-4 * total)
    assert lost.std() == pytest.approx(found.standard_deviation, rel=2e-3)


def test_linear_form_loses_no_more_than_all(deal):
    wide = replace(deal, model=replace(deal.model, form="linear", total_volatility=0.9))
    found = method_table(deal=wide, quantiles=[0.99])
    assert found.row("kmv").result.loss_quantiles.tolist() == [found.owed]


def test_contracts_of_one_licensee_are_one_obligor(ip_deal):
    contracts = licence_contracts(ip_deal)
    found = obligors_of(contracts)
    assert [each.name for each in found] == ["L0", "L1", "L2", "L3"]
    assert sum(each.exposure for each in found) == pytest.approx(sum(each.amount_due for each in contracts))
    assert sum(each.exposure * each.lgd for each in found) == pytest.approx(sum(each.loss for each in contracts))
    assert found[0].lgd == pytest.approx((100 * 0.5 + 104 * 0.6) / 204)


def test_pools_that_cannot_lose(view):
    for names in (pool(lgd=0.0), pool(pd=0.0)):
        found = compare_methods(obligors=names, cushions=[0.0], portfolio_view=view, paths=100)
        for row in found.rows:
            assert row.result.expected_loss == pytest.approx(0, abs=1e-12)
            assert row.result.exceedance.tolist() == [0.0]
            assert row.result.loss_quantiles == pytest.approx(0, abs=1e-9)


def test_words_are_there_in_both_languages():
    for each in METHODS:
        for en, zh in (each.needs, each.strengths, each.limits):
            assert en.isascii()
            assert any("\u4e00" <= letter <= "\u9fff" for letter in zh)
        assert each.source


def test_refusals():
    bad = replace(pool(1)[0], probability_of_default=3.0, lgd=-1.0)
    with pytest.raises(KmvError) as refused:
        compare_methods(obligors=[*pool(2), bad])
    assert [each.code for each in refused.value.problems] == ["E226", "E226"]
    assert refused.value.problems[0].field == ("obligors", 2, "probability_of_default")
    for call, code in (
        (lambda: compare_methods(obligors=[]), "E227"),
        (lambda: compare_methods(obligors=pool(), quantiles=[1.0]), "E220"),
        (lambda: compare_methods(obligors=pool(), cushions=[-1.0]), "E226"),
    ):
        with pytest.raises(KmvError) as refused:
            call()
        assert refused.value.code == code
