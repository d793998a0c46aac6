"""Referees: every line equals its own closed form, and the table of accumulated repayment adds up."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from kmv_core import first_passage_probability, licence_probability_of_default, simulate, thesis_cumulative_volatility
from kmv_core.assets.volatility import VolatilityEstimate
from kmv_core.deal.cash_in import licence_contracts
from kmv_core.risk.accumulated import accumulated_repayment
from kmv_core.risk.assess import assess
from kmv_core.risk.referees import WORDS, matched_lognormal, referees
from tests.licence_deal import licence_deal


@pytest.fixture(scope="module")
def found(assessment):
    return referees(assessment, paths=20_000, seed=3)


@pytest.fixture(scope="module")
def licences():
    return assess(licence_deal(), losses=False)


def owned_and_owed(assessment, k):
    return float(assessment.due_points.asset_values[-1]), float(assessment.due_points.default_points[k, -1])


def test_loans_by_their_closed_forms(assessment, found):
    s, nu = assessment.deal.model.total_volatility, assessment.deal.model.dof
    assert found.methods == tuple(each for each in WORDS if each not in ("exact", "thesis_matched"))
    for k, name in enumerate(found.tranches):
        owned, owed = owned_and_owed(assessment, k)
        log, star = math.log(owned / owed), assessment.tranches[k].waterfall.break_even_multiple
        due = log / s - s / 2
        water = -math.log(star) / s - s / 2
        fat = math.sqrt(nu / (nu - 2))
        expected = {
            "thesis": stats.norm.cdf(-log / s),
            "due_lognormal": stats.norm.cdf(-due),
            "due_linear": stats.norm.cdf(-(owned - owed) / (owned * s)),
            "due_student": stats.t.cdf(-due * fat, nu),
            "waterfall_lognormal": stats.norm.cdf(-water),
            "waterfall_student": stats.t.cdf(-water * fat, nu),
            "first_passage": float(
                first_passage_probability(asset_value=owned, default_point=owed, asset_volatility=s)
            ),
        }
        for method, value in expected.items():
            row = found.row(method, name)
            assert row.probability_of_default == pytest.approx(value, rel=1e-9), method
            assert row.extension_probability >= row.probability_of_default
            assert row.is_bound == (method == "first_passage")
        touched = found.row("first_passage", name).probability_of_default
        assert touched >= found.row("due_lognormal", name).probability_of_default


def test_the_figures_of_the_first_thesis_deal(found):
    senior, sub = found.tranches
    for method, name, value in (
        ("due_lognormal", senior, 0.0126142),
        ("due_lognormal", sub, 0.211808),
        ("due_linear", senior, 0.0253319),
    ):
        assert found.row(method, name).probability_of_default == pytest.approx(value, abs=1e-6)


def test_the_simulation_is_run_with_its_seed_or_handed_in(deal, assessment, found):
    run = simulate(deal, paths=20_000, seed=3)
    again = referees(assessment, simulation=run)
    assert (again.paths, again.seed) == (found.paths, found.seed) == (run.paths, 3)
    for each, tranche in zip(run.tranches, assessment.tranches, strict=True):
        row = found.row("simulated", each.name)
        assert row == again.row("simulated", each.name)
        assert row.standard_error == each.standard_error
        assert abs(row.probability_of_default - tranche.waterfall.probability_of_default) < 4 * each.standard_error
    none = referees(assessment)
    assert "simulated" not in none.methods
    assert (none.paths, none.seed) == (0, 0)


def test_licences_exact_and_matched(licences):
    table = referees(licences)
    reserve = licences.deal.reserve.reserve_initial
    owed = licences.due_points.default_points[:, -1] - reserve
    known = licence_probability_of_default(contracts=licence_contracts(licences.deal), due=owed)
    for k, each in enumerate(licences.tranches):
        assert table.row("exact", each.name).probability_of_default == each.exact.probability_of_default
        matched = table.row("thesis_matched", each.name)
        assert matched.probability_of_default == pytest.approx(float(known.thesis[k]), rel=1e-9)
        assert matched.standard_error is None
    line = next(each for each in table.volatilities if each.name == "licence_total")
    assert line.estimate.value == pytest.approx(known.total_volatility, rel=1e-9)


def test_simulated_licences_stand_by_the_exact_reading(licences):
    table = referees(licences, paths=20_000, seed=7)
    for each in licences.tranches:
        known = each.exact.probability_of_default
        error = math.sqrt(known * (1.0 - known) / table.paths)
        assert abs(table.row("simulated", each.name).probability_of_default - known) < 4.0 * error


def test_the_matched_total_by_a_date_counts_what_is_received_by_then(licences):
    first = matched_lognormal(licences, 0)
    fees = sum(each.fee_amount * (1 - 0.03 * 0.6) for each in licences.deal.licences)
    assert first.mean == pytest.approx(fees, rel=1e-12)


def test_no_matched_total_for_loans(assessment):
    assert matched_lognormal(assessment, 0) is None


def test_volatilities_side_by_side(assessment):
    given = VolatilityEstimate(name="agency_gap", value=0.2, standard_error=0.02, observations=13)
    own, periodic, cumulative, other = referees(assessment, estimates=(given,)).volatilities
    assert own.waterfall == tuple(each.waterfall.probability_of_default for each in assessment.tranches)
    assert own.due == tuple(each.due.probability_of_default for each in assessment.tranches)
    assert periodic.estimate.value > 1.0
    cash = assessment.base.collections[0]
    assert cumulative.estimate == thesis_cumulative_volatility(collections=cash)
    assert other.due == pytest.approx((0.0510595, 0.288978), abs=1e-6)
    moved = replace(assessment.deal, model=replace(assessment.deal.model, total_volatility=0.2))
    assert other.waterfall == pytest.approx(
        [each.waterfall.probability_of_default for each in assess(moved, losses=False).tranches], rel=1e-12
    )


def test_a_volatility_that_is_none_carries_its_reason(licences):
    """Equal fees at equal intervals: the theses' periodic estimator finds no volatility at all."""
    line = next(each for each in referees(licences).volatilities if each.name == "thesis_periodic")
    assert line.problem.code == "E222"
    assert line.due == line.waterfall == ()


def test_accumulated_repayment_adds_up(assessment, licences):
    for found in (assessment, licences):
        s = found.deal.model.total_volatility
        points = accumulated_repayment(found)
        assert len(points) == len(found.tranches) * len(found.schedule.dates)
        for k, each in enumerate(found.tranches):
            mine = [point for point in points if point.tranche == each.name]
            parts = np.cumsum([point.fees_due + point.interest_due + point.principal_due for point in mine])
            assert parts == pytest.approx([point.cumulative_due for point in mine], rel=1e-12)
            assert sum(point.collections for point in mine) == pytest.approx(found.asset_value, rel=1e-12)
            assert mine[-1].accumulated + found.deal.reserve.reserve_initial == pytest.approx(mine[-1].asset_value)
            for point in mine:
                gap = math.log(point.asset_value / point.cumulative_due) / s - s / 2
                assert point.distance_to_default == pytest.approx(gap, rel=1e-9, abs=1e-12)
                assert point.probability_of_default == pytest.approx(stats.norm.cdf(-gap), rel=1e-9)
            balances = [note.balance for note in found.deal.by_rank[: k + 1]]
            assert sum(point.principal_due for point in mine) == pytest.approx(sum(balances), rel=1e-12)
            if found.exact is None:
                assert {point.exact_pd for point in mine} == {None}
            else:
                assert [point.exact_pd for point in mine] == pytest.approx(found.exact.by_date[k].tolist(), abs=1e-15)
