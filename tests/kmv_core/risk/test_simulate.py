"""The simulation against the waterfall reading, its own laws, and the limits that are known."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from kmv_core import KmvError, Model, assess, simulate
from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.deal import Licence, Support
from kmv_core.deal.payment_run import Run
from kmv_core.deal.payments import Payments
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.draws import Draws
from kmv_core.risk.exact import MOST_LICENSEES
from kmv_core.risk.simulate import BLOCK, FEW, band
from kmv_core.risk.tails import multiple_at, multiple_of_normal
from tests.random_deals import deals
from tests.structured_deals import structured_deal


@pytest.fixture(scope="module")
def licences(deal):
    """Eleven uneven licensees, one of them with two contracts."""
    lines = tuple(
        Licence(
            licensee=f"L{min(i, 10)}",
            fee_amount=110.0 + 16.0 * i,
            first_fee_date=deal.closing_date + dt.timedelta(days=30 * (i % 2)),
            fee_count=10,
            months_between=3,
            lgd=0.5 if i % 2 else 0.9,
            asset_correlation=0.1 + 0.02 * min(i, 10),
            probability_of_default=0.04 + 0.01 * min(i, 10),
        )
        for i in range(12)
    )
    return dataclasses.replace(deal, recovery=None, licences=lines, asset_type="patent_licence")


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


def agrees(tranche, reference, extension):
    """Within three standard errors, those of the known probability where hardly a path failed."""
    for found, error, known in (
        (tranche.probability_of_default, tranche.standard_error, reference),
        (tranche.extension_probability, tranche.extension_error, min(extension, 1.0)),
    ):
        assert abs(found - known) <= 3 * max(error, np.sqrt(known * (1 - known) / tranche.paths)) + 1e-12
    assert abs(tranche.z) <= 3


def test_licences_agree_with_the_exact_reading(licences):
    found = simulate(licences, paths=60_000, seed=6)
    assert found.reference == "exact"
    for each, known in zip(found.tranches, assess(licences).tranches, strict=True):
        assert 0.005 < known.exact.probability_of_default < 0.5
        assert each.reference_probability == known.exact.probability_of_default
        # The lognormal beside it is far off: the simulation is no second lognormal.
        assert abs(each.probability_of_default - each.waterfall_probability) > 8 * each.standard_error
        agrees(each, known.exact.probability_of_default, known.exact.extension_probability)
        assert each.expected_loss == pytest.approx(known.exact.expected_loss, abs=3 * each.expected_loss_error)
        agrees_controlled = abs(each.controlled_probability - known.exact.probability_of_default)
        assert agrees_controlled <= 3 * each.controlled_error
        assert each.controlled_error < each.standard_error


def test_licences_and_a_payer_that_fails_with_them(licences):
    payer = Support(support="P", covers=licences.by_rank[-1].tranche, payer_pd=0.2, correlation=0.5, cap=900.0)
    both = dataclasses.replace(licences, support=(payer,))
    exact = assess(both).tranches
    for each, known in zip(simulate(both, paths=40_000, seed=3).tranches, exact, strict=True):
        agrees(each, known.exact.probability_of_default, known.exact.extension_probability)


def test_more_licensees_than_can_be_listed(licences):
    """What the exact reading sends on to the simulation; twenty that surely pay are as good as none."""
    sure = [
        dataclasses.replace(each, licensee=f"S{i}", probability_of_default=0.0, fee_amount=1e-9)
        for i, each in enumerate(licences.licences[:1] * (MOST_LICENSEES + 1))
    ]
    many = dataclasses.replace(licences, licences=(*licences.licences, *sure))
    found = simulate(many, paths=40_000, seed=6)
    assert found.reference == "waterfall"
    for each, known in zip(found.tranches, assess(licences).tranches, strict=True):
        exact = known.exact.probability_of_default
        assert abs(each.probability_of_default - exact) <= 3 * each.standard_error


@pytest.mark.parametrize(
    "lines",
    [
        [{"payer_pd": 0.1, "correlation": 0.3}],
        [{"payer_pd": 0.3, "correlation": 0.6, "cap": 1500.0}],
        [{"payer_pd": 0.2, "correlation": 0.5, "cap": 800.0}, {"payer_pd": 0.4, "correlation": -0.3}],
    ],
)
def test_support_agrees_with_the_closed_form(deal, lines):
    """`supported_probability`: one payer without and with a cap, and two."""
    support = tuple(Support(support=f"P{i}", covers=deal.by_rank[1].tranche, **each) for i, each in enumerate(lines))
    backed = dataclasses.replace(deal, support=support)
    found = simulate(backed, paths=60_000, seed=8)
    for each, known in zip(found.tranches, assess(backed).tranches, strict=True):
        assert known.waterfall.probability_of_default < known.waterfall.unsupported_pd
        agrees(each, known.waterfall.probability_of_default, known.waterfall.extension_probability)
        # The control knows the payers alive on each path: nothing is left to chance.
        assert each.controlled_probability == pytest.approx(known.waterfall.probability_of_default, rel=1e-9)
        assert each.expected_loss == pytest.approx(known.waterfall.expected_loss, abs=3 * each.expected_loss_error)


@settings(max_examples=25, deadline=None)
@given(deal=deals(), seed=st.integers(0, 2**32))
def test_what_only_tests_is_what_is_recorded(deal, seed):
    """Paths left behind, groups paid at once and rows made late change no test: the recorded run says the same."""
    schedule = schedule_of(deal)
    payments = Payments(deal, schedule)
    draws = Draws(deal, schedule, period_noise=0.5, mean_delay=0.0)
    lazy, whole = (draws.block(np.random.SeedSequence(seed), 150) for _ in range(2))
    cash = whole.cash.every()
    run, found = payments.run(cash.T), payments.tests(cash)
    assert np.array_equal(found.lost, run.outstanding[:, :, -1] / payments.sizes[:, None])
    missed = (run.interest_short > payments.tolerances[:, None, None]).any(axis=2)
    missed |= (run.principal_short > payments.tolerances[:, None, None]).any(axis=2)
    assert np.array_equal(found.failed[: len(missed)], payments.before.astype(int) @ missed > 0)
    late = payments.tests(lazy.cash)
    # The noise of paths that are done is not drawn: the same law, other numbers.
    assert late.failed.shape == found.failed.shape


def test_paths_left_behind_and_groups_paid_at_once_change_no_test():
    """Structured deals, payers alive path by path; tests by date keep every path to the end."""
    left_behind = 0
    for seed in range(60):
        deal = structured_deal(seed)
        if seed % 3:
            # Neither triggers nor a call: paths may be left behind.
            rules = dataclasses.replace(deal.structure, call_share=0.0)
            deal = dataclasses.replace(deal, triggers=(), structure=rules)
        schedule = schedule_of(deal)
        rng = np.random.default_rng(seed)
        expected = expected_collections(deal, schedule)
        owed = 1.5 * deal.issue_size / max(float(expected.sum()), 1e-9)
        cash = owed * expected[:, None] * np.sort(rng.gamma(3.0, 1 / 3, 40)) * rng.gamma(2.0, 0.5, (len(expected), 40))
        alive = rng.random((len(deal.support), 40)) < 0.5
        payments = Payments(deal, schedule)
        short, whole = (payments.tests(cash, payers_alive=alive, by_date=each) for each in (False, True))
        assert np.array_equal(short.failed, whole.failed), seed
        assert np.array_equal(short.lost, whole.lost), seed
        left_behind += len(Run(payments, cash, alive, keep=False).state.zeros) < 40
        for path in (0, 20, 39):
            alone = payments.tests(cash[:, path : path + 1], payers_alive=alive[:, path].tolist())
            assert np.array_equal(alone.failed[:, 0], short.failed[:, path]), seed
    assert left_behind >= 5


def test_the_bits_are_the_same_for_any_number_of_workers(deal, licences):
    more = {"seed": 3, "period_noise": 0.2, "mean_delay": 0.1}
    for each, paths in ((deal, 5 * BLOCK + 3), (licences, 2 * BLOCK + 7)):
        runs = [simulate(each, paths=paths, workers=n, **more) for n in (1, 2, 3)]
        runs.append(simulate(each, paths=paths, progress=lambda done: None, **more))
        assert all(run == runs[0] for run in runs)
        assert runs[0].paths == paths + 1
    assert simulate(deal, paths=1000, seed=4) != simulate(deal, paths=1000, seed=5)


def test_noise_and_delay_are_reported_not_hidden(deal):
    plain, noisy, late = (
        simulate(deal, paths=40_000, seed=9, **more) for more in ({}, {"period_noise": 0.3}, {"mean_delay": 0.25})
    )
    for a, b, c in zip(plain.tranches, noisy.tranches, late.tranches, strict=True):
        assert b.probability_of_default > a.probability_of_default + 5 * a.standard_error
        assert c.probability_of_default > a.probability_of_default
        assert a.waterfall_probability == b.waterfall_probability == c.waterfall_probability
        assert abs(a.z) <= 3 < b.z
        assert b.difference == b.probability_of_default - b.reference_probability > 0
        assert b.controlled_error <= b.standard_error
    assert noisy.period_noise == 0.3


def test_pairs_and_control_reduce_the_standard_error(deal):
    """Below that of as many independent paths by the pairs, and below half of it with the control."""
    for each in simulate(deal, paths=40_000, seed=2, period_noise=0.1).tranches:
        p = each.probability_of_default
        independent = np.sqrt(p * (1 - p) / each.paths)
        assert each.standard_error < independent
        assert each.controlled_error < 0.9 * each.standard_error
    subordinated = each
    assert subordinated.standard_error < 0.95 * independent
    assert subordinated.controlled_error < 0.6 * independent


def test_the_standard_error_is_that_of_the_estimate(deal):
    """Two hundred seeds: the estimates spread as the reported error says, controlled ones too."""
    runs = [simulate(deal, paths=1000, seed=seed, period_noise=0.2).tranches[1] for seed in range(200)]
    for value, error in (("probability_of_default", "standard_error"), ("controlled_probability", "controlled_error")):
        spread = np.std([getattr(each, value) for each in runs], ddof=1)
        reported = np.sqrt(np.mean([getattr(each, error) ** 2 for each in runs]))
        assert spread == pytest.approx(reported, rel=0.2)


def test_the_noise_has_mean_one_and_the_deviation_asked_for(deal):
    block = Draws(deal, schedule_of(deal), period_noise=0.4, mean_delay=0.0).block(np.random.SeedSequence(1), 20_000)
    noise = block.cash.every() / (
        block.multiple * Draws(deal, schedule_of(deal), period_noise=0, mean_delay=0).expected[:, None]
    )
    assert noise.mean(axis=1) == pytest.approx(1.0, abs=0.01)
    assert noise.std(axis=1) == pytest.approx(0.4, rel=0.04)
    assert np.abs(np.corrcoef(noise) - np.eye(len(noise))).max() < 0.03


def test_a_delay_moves_money_and_makes_none(deal, licences):
    for each in (deal, licences):
        schedule = schedule_of(each)
        late = Draws(each, schedule, period_noise=0.0, mean_delay=0.5).block(np.random.SeedSequence(1), 2000)
        soon = Draws(each, schedule, period_noise=0.0, mean_delay=1e-12).block(np.random.SeedSequence(1), 2000)
        plain = Draws(each, schedule, period_noise=0.0, mean_delay=0.0).block(np.random.SeedSequence(1), 2000)
        assert np.array_equal(late.multiple, plain.multiple) or each is licences
        received, all_of_it = (np.cumsum(block.cash.every(), axis=0) for block in (late, plain))
        if each is deal:
            assert (received <= all_of_it * (1 + 1e-12) + 1e-9).all()
            assert soon.cash.every() == pytest.approx(plain.cash.every(), rel=1e-6)
        assert received.mean() < 0.95 * all_of_it.mean()


def test_the_band_of_few_is_exact_binomial():
    for defaults, paths in ((0, 1000), (1, 50), (FEW - 1, 4000), (4000, 4000), (3990, 4000)):
        known = stats.binomtest(defaults, paths).proportion_ci(0.95, method="exact")
        assert band(defaults, paths, 0.0) == pytest.approx((known.low, known.high), rel=1e-9, abs=1e-15)
    assert band(500, 1000, 0.01) == pytest.approx((0.4804, 0.5196), abs=1e-4)


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
    model, u = Model(total_volatility=0.3, form=form, dof=5.0), np.random.default_rng(1).random(20_000)
    q = multiple_at(model, u)
    assert multiple_of_normal(model, special.ndtri(u)) == pytest.approx(q, rel=1e-9, abs=1e-12)
    low, high = multiple_of_normal(model, np.array([-30.0, 30.0]))
    assert 0.0 <= low <= q.min() < q.max() < high < np.inf
    unit = {
        "lognormal": lambda x: (np.log(x) + 0.045) / 0.3,
        "log_drift": lambda x: np.log(x) / 0.3,
        "linear": lambda x: (x - 1) / 0.3,
        "student": lambda x: (np.log(x) + 0.045) / 0.3 / np.sqrt(3 / 5),
    }[form](q[q > 0])
    law = stats.t(5) if form == "student" else stats.norm
    assert stats.kstest(unit, law.cdf).pvalue > 1e-3


def test_refusals(deal):
    for wrong in (
        *({"paths": 1}, {"paths": 10.5}, {"paths": np.nan}, {"seed": -1}, {"seed": 1.5}, {"workers": 0}),
        *({"workers": 1.5}, {"period_noise": -0.1}, {"period_noise": np.inf}, {"mean_delay": 99}),
    ):
        with pytest.raises(KmvError) as refused:
            simulate(deal, **{"paths": 100, "seed": 1, **wrong})
        assert refused.value.code == "E226"


def test_progress_is_told_to_the_end(deal):
    told: list[int] = []
    simulate(deal, paths=3 * BLOCK, seed=1, progress=told.append)
    assert told[-1] == 3 * BLOCK
    assert told == sorted(told)
