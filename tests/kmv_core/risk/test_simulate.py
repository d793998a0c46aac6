"""The simulation against the waterfall reading, its own laws, and the limits that are known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats

from kmv_core import KmvError, Model, assess, simulate
from kmv_core.risk.simulate import BLOCK
from kmv_core.risk.tails import multiple_at
from tests.random_deals import deals


@settings(max_examples=30, deadline=None, derandomize=True)
@given(deal=deals())
def test_one_factor_gives_the_waterfall_reading(deal):
    """The same thirty deals and the same seed at every run: three standard errors hold for each."""
    found = simulate(deal, paths=40_000, seed=11)
    for each, tranche in zip(found.tranches, assess(deal).tranches, strict=True):
        region = tranche.waterfall.region_probability
        # Where nothing failed the estimate's own error is none: that of the known probability is.
        error = max(each.standard_error, np.sqrt(region * (1 - region) / found.paths))
        assert abs(each.probability_of_default - region) <= 3 * error + 1e-12
        loss_error = max(each.expected_loss_error, error)
        assert abs(each.expected_loss - tranche.waterfall.expected_loss) <= 3 * loss_error + 1 / found.paths


def test_the_bits_are_the_same_for_any_number_of_workers(deal):
    runs = [simulate(deal, paths=5 * BLOCK + 3, seed=3, period_noise=0.2, mean_delay=0.1, workers=n) for n in (1, 2, 5)]
    assert runs[0] == runs[1] == runs[2]
    assert runs[0].paths == 5 * BLOCK + 4
    assert simulate(deal, paths=1000, seed=4) != simulate(deal, paths=1000, seed=5)


def test_noise_and_delay_are_reported_not_hidden(deal):
    plain, noisy, late = (
        simulate(deal, paths=40_000, seed=9, **more) for more in ({}, {"period_noise": 0.3}, {"mean_delay": 0.25})
    )
    for a, b, c in zip(plain.tranches, noisy.tranches, late.tranches, strict=True):
        assert b.probability_of_default > a.probability_of_default + 5 * a.standard_error
        assert c.probability_of_default > a.probability_of_default
        assert a.waterfall_probability == b.waterfall_probability == c.waterfall_probability
        assert b.controlled_error <= b.standard_error
    assert noisy.period_noise == 0.3


def test_the_control_variate_is_exact_without_noise(deal, assessment):
    for each, known in zip(simulate(deal, paths=4000, seed=1).tranches, assessment.tranches, strict=True):
        assert each.controlled_probability == pytest.approx(known.waterfall.probability_of_default, rel=1e-9)
        assert each.low <= each.probability_of_default <= each.high


def test_certainty_is_the_plain_run(deal):
    """Almost no volatility: the base case decides."""
    sure = dataclasses.replace(deal, model=dataclasses.replace(deal.model, total_volatility=1e-9))
    for each in simulate(sure, paths=500, seed=2).tranches:
        assert each.probability_of_default == each.standard_error == each.expected_loss == 0.0


@pytest.mark.parametrize("form", ["lognormal", "log_drift", "linear", "student"])
def test_the_factor_has_the_distribution_of_its_form(form):
    q = multiple_at(Model(total_volatility=0.3, form=form, dof=5.0), np.random.default_rng(1).random(20_000))
    unit = {
        "lognormal": lambda x: (np.log(x) + 0.045) / 0.3,
        "log_drift": lambda x: np.log(x) / 0.3,
        "linear": lambda x: (x - 1) / 0.3,
        "student": lambda x: (np.log(x) + 0.045) / 0.3 / np.sqrt(3 / 5),
    }[form](q[q > 0])
    law = stats.t(5) if form == "student" else stats.norm
    assert stats.kstest(unit, law.cdf).pvalue > 1e-3


def test_refusals(deal):
    for wrong in ({"paths": 1}, {"paths": 10.5}, {"seed": -1}, {"period_noise": -0.1}, {"mean_delay": 99}):
        with pytest.raises(KmvError) as refused:
            simulate(deal, **{"paths": 100, "seed": 1, **wrong})
        assert refused.value.code == "E226"


def test_progress_is_told_to_the_end(deal):
    told: list[int] = []
    simulate(deal, paths=3 * BLOCK, seed=1, progress=told.append)
    assert told[-1] == 3 * BLOCK
    assert told == sorted(told)
