"""The record of outturns as a second referee."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

from kmv_core import KmvError, assess, bootstrap_probability
from kmv_core.deal.deal import Support
from kmv_core.evidence.deals import outturns
from kmv_core.risk.tails import multiple_at

RATIOS = np.array([0.6, 0.75, 0.8, 0.95, 1.0, 1.1, 1.3, 1.5])


def test_the_share_of_ratios_below_the_break_even_multiple(deal, assessment):
    found = bootstrap_probability(deal, RATIOS)
    assert (found.observations, found.resolution, found.mean_ratio) == (8, 0.125, pytest.approx(1.0))
    for each, known in zip(found.tranches, assessment.tranches, strict=True):
        failing = int((known.waterfall.break_even_multiple > RATIOS).sum())
        assert each.probability_of_default == failing / 8
        assert each.standard_error == pytest.approx(np.sqrt(failing / 8 * (1 - failing / 8) / 8))
        band = stats.binomtest(failing, 8).proportion_ci(0.95, method="exact")
        assert (each.low, each.high) == pytest.approx((band.low, band.high), abs=1e-12)
    assert found.tranches[0].probability_of_default == 1 / 8
    assert found.tranches[1].expected_loss >= found.tranches[0].expected_loss


def test_drawing_from_the_record_gives_its_mean_and_standard_error(deal):
    """What the formulas say, drawn: ten thousand records of eight ratios."""
    found = bootstrap_probability(deal, RATIOS).tranches[1]
    failing = assess(deal).tranches[1].waterfall.break_even_multiple > RATIOS
    means = np.random.default_rng(1).choice(failing, size=(10_000, 8)).mean(axis=1)
    assert means.mean() == pytest.approx(found.probability_of_default, abs=0.01)
    assert means.std() == pytest.approx(found.standard_error, rel=0.03)


def test_none_of_a_few_is_no_zero(deal):
    """The three corporate loan deals all beat their forecasts: that leaves a PD of up to 71 % open."""
    ratios = outturns(asset_type="corporate_loan")
    found = bootstrap_probability(deal, ratios.actual / ratios.forecast)
    assert found.observations == 3
    for each in found.tranches:
        assert each.probability_of_default == each.standard_error == each.low == 0.0
        assert each.high == pytest.approx(1 - 0.025 ** (1 / 3))
    assert (
        bootstrap_probability(deal, 10 * RATIOS, centred=True).tranches == bootstrap_probability(deal, RATIOS).tranches
    )


def test_many_ratios_of_the_model_give_the_model(deal, assessment):
    """Two thousand quantiles of the lognormal: its PD, and with a payer the supported one, to a quantile or two."""
    ratios = multiple_at(deal.model, (np.arange(2000) + 0.5) / 2000)
    payer = Support(support="P", covers=deal.by_rank[-1].tranche, payer_pd=0.3, correlation=0.4)
    for each in (deal, dataclasses.replace(deal, support=(payer,))):
        found = bootstrap_probability(each, ratios)
        for mine, known in zip(found.tranches, assess(each).tranches, strict=True):
            assert mine.probability_of_default == pytest.approx(known.waterfall.probability_of_default, abs=1e-3)
            assert mine.expected_loss == pytest.approx(known.waterfall.expected_loss, abs=1e-3)


def test_refusals(deal):
    for wrong, code in (([1.0, 0.9], "E280"), ([1.0, 0.9, 0.0], "E226"), ([1.0, "x", 1.0], "E212")):
        with pytest.raises(KmvError) as refused:
            bootstrap_probability(deal, wrong)
        assert refused.value.code == code
