"""Surveillance after issue: reports move the default probability of every tranche."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from addin.deals import example_deal
from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.deal import Deal, Support, Trigger
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.assess import assess
from kmv_core.risk.monitor import PERIOD_NOISE, Monitoring, WarningLevels, level_of, monitor
from kmv_core.risk.reports import Report, collected_by_date
from kmv_core.vocabulary.errors import KmvError

DEAL = example_deal("21jianxin08").deal
SUPPORTED = replace(
    DEAL,
    support=(
        Support(support="undertaking", covers=DEAL.by_rank[0].tranche, payer_pd=0.03, correlation=0.3, cap=2000.0),
    ),
)


def reports(deal: Deal, multiple: float, count: int | None = None) -> list[Report]:
    schedule = schedule_of(deal)
    expected = MultipleScan(deal, schedule).expected
    return [
        Report(date=date, collections=float(cash) * multiple)
        for date, cash in list(zip(schedule.dates, expected, strict=True))[:count]
    ]


@pytest.fixture(scope="module")
def on_plan() -> Monitoring:
    return monitor(DEAL, reports(DEAL, 1.0))


RESERVED = replace(SUPPORTED, reserve=replace(SUPPORTED.reserve, reserve_initial=900.0))
PRIORS = {
    "plain": DEAL,
    "supported": SUPPORTED,
    "reserved": RESERVED,
    **{name: example_deal(name).deal for name in ("jianxin_2021_1", "xingye_yuanrong", "ip")},
}


@pytest.mark.parametrize("name", PRIORS)
def test_nothing_reported_is_the_deal_as_assessed(name: str) -> None:
    deal = PRIORS[name]
    found, whole = monitor(deal, []), assess(deal, losses=False)
    both = [each for each in found.migration if each.reading != "exact"]
    assert len(both) == 2 * len(deal.tranches)
    for each in both:
        reading = whole.tranche(each.tranche).reading(each.reading)
        assert each.probability_of_default == pytest.approx(reading.probability_of_default, rel=1e-9)
        assert each.extension_probability == pytest.approx(reading.extension_probability, rel=1e-9)
        assert each.break_even_multiple == pytest.approx(reading.break_even_multiple, rel=1e-9)
        assert each.level == "normal"


def test_all_reported_is_the_outcome() -> None:
    q = assess(DEAL, losses=False).tranches[0].waterfall.break_even_multiple
    for multiple, expected in ((q * 1.0001, 0.0), (q * 0.9999, 1.0)):
        found = monitor(DEAL, reports(DEAL, multiple))
        last = found.line(DEAL.by_rank[0].tranche, "waterfall")[-1]
        assert last.probability_of_default == expected
        assert last.level == ("default" if expected else "alarm")


def test_on_plan_uncertainty_goes(on_plan: Monitoring) -> None:
    senior = [each.probability_of_default for each in on_plan.line(DEAL.by_rank[0].tranche, "waterfall")]
    assert senior[-1] == 0.0
    assert max(np.diff(senior)) <= 0.0
    spread = [each.outlook.common_sd for each in on_plan.periods]
    assert all(b < a for a, b in pairwise(spread))
    assert [each.cumulative_deviation for each in on_plan.periods] == pytest.approx(
        [0.0] * len(on_plan.periods), abs=1e-12
    )


def test_more_cash_never_raises_a_probability() -> None:
    worse, better = monitor(DEAL, reports(DEAL, 0.8, 4)), monitor(DEAL, reports(DEAL, 0.9, 4))
    for a, b in zip(worse.migration, better.migration, strict=True):
        assert b.probability_of_default <= a.probability_of_default
    last = worse.line(DEAL.by_rank[0].tranche, "waterfall")[-1]
    assert last.level == "watch"


def test_the_remaining_break_even_is_just_paid() -> None:
    found = monitor(DEAL, reports(DEAL, 0.8, 4))
    row = found.line(DEAL.by_rank[0].tranche, "waterfall")[-1]
    schedule = schedule_of(DEAL)
    scan = MultipleScan(DEAL, schedule)
    for shift, unpaid in ((1e-9, False), (-1e-6, True)):
        cash = scan.expected.copy()
        cash[:4] *= 0.8
        cash[4:] *= row.break_even_multiple * (1.0 + shift)
        assert bool(scan.payments.tests(cash[:, None]).failed[0, 0]) is unpaid


def test_the_due_reading_by_hand() -> None:
    found = monitor(DEAL, reports(DEAL, 0.7, 5))
    whole = assess(DEAL, losses=False)
    expected = MultipleScan(DEAL, schedule_of(DEAL)).expected
    for each in DEAL.by_rank:
        wanted = (whole.tranche(each.tranche).due.default_point - 0.7 * expected[:5].sum()) / expected[5:].sum()
        row = found.line(each.tranche, "due")[-1]
        assert row.break_even_multiple == pytest.approx(max(wanted, 0.0), rel=1e-9)
        below = found.periods[-1].outlook.probability_below(max(wanted, 0.0))
        assert row.probability_of_default == pytest.approx(float(below), rel=1e-9)


def test_a_recovery_trigger_in_the_past_decides_the_order() -> None:
    tested = replace(
        DEAL, triggers=(Trigger(trigger="recovery", test="cumulative_recovery", order="accelerated", limit=0.85),)
    )
    found = monitor(tested, reports(tested, 0.8, 3))
    row = found.line(DEAL.by_rank[0].tranche, "waterfall")[-1]
    assert 0.0 < row.break_even_multiple < 1.0


def test_support_after_the_facts_leaves_the_payer() -> None:
    q = assess(SUPPORTED, losses=False).tranches[0].waterfall.break_even_multiple
    found = monitor(SUPPORTED, reports(SUPPORTED, q * 0.99))
    assert found.line(DEAL.by_rank[0].tranche, "waterfall")[-1].probability_of_default == pytest.approx(0.03)


def test_reports_are_placed_by_date() -> None:
    schedule = schedule_of(DEAL)
    day = dt.timedelta(days=1)
    first, second = schedule.dates[:2]
    given = [
        Report(date=first, collections=3.0),
        Report(date=first + day, collections=1.0),
        Report(date=second, collections=2.0),
    ]
    assert collected_by_date(DEAL, schedule, given).tolist() == [3.0, 3.0]
    for reports_, code in (
        ([Report(date=second, collections=1.0)], "E353"),
        ([Report(date=DEAL.closing_date, collections=1.0)], "E354"),
        ([Report(date=schedule.dates[-1] + day, collections=1.0)], "E354"),
    ):
        with pytest.raises(KmvError) as caught:
            monitor(DEAL, reports_)
        assert caught.value.code == code


def test_after_the_last_collection_window_cash_still_counts() -> None:
    late = replace(DEAL, legal_maturity=dt.date(2025, 10, 26))
    schedule = schedule_of(late)
    expected = MultipleScan(late, schedule).expected
    assert not expected[-4:].any()
    q = assess(late, losses=False).tranches[0].waterfall.break_even_multiple
    short = [
        Report(date=date, collections=float(cash) * q * 0.99)
        for date, cash in zip(schedule.dates, expected, strict=True)
    ]
    found = monitor(late, short)
    assert np.isnan(found.periods[-1].deviation)
    assert found.line(late.by_rank[0].tranche, "waterfall")[-1].level == "default"
    # Once nothing is expected any more, what is missing is missing for certain.
    assert found.line(late.by_rank[0].tranche, "waterfall")[-4].probability_of_default == 1.0
    short[-1] = replace(short[-1], collections=float(expected.sum()))
    assert monitor(late, short).periods[-1].actual_to_date > found.periods[-1].actual_to_date


def test_the_assumed_noise_leaves_something_common() -> None:
    found, small = monitor(DEAL, []), replace(DEAL, model=replace(DEAL.model, total_volatility=0.03))
    assert (found.period_noise, found.noise_is_assumed) == (PERIOD_NOISE, True)
    found = monitor(small, [])
    assert found.period_noise < PERIOD_NOISE
    assert found.migration[0].probability_of_default == pytest.approx(
        assess(small, losses=False).tranches[0].waterfall.probability_of_default, rel=1e-9
    )
    assert not monitor(small, [], period_noise=0.05).noise_is_assumed


def test_a_reserve_is_cash_at_the_end() -> None:
    """Uncertain with the assets at closing, in hand when little is left to come: it covers what is still due."""
    deal = RESERVED
    schedule = schedule_of(deal)
    planned = MultipleScan(deal, schedule).expected
    owed = assess(deal, losses=False).tranches[0].due.default_point
    count = len(planned) - 1
    multiple = (owed - 0.9 * 900.0) / float(planned[:count].sum())
    row = monitor(deal, reports(deal, multiple, count)).line(deal.by_rank[0].tranche, "due")[-1]
    left = float(planned[count])
    uncertain = 900.0 * left / float(planned.sum())
    wanted = max(0.9 * 900.0 - (900.0 - uncertain), 0.0) / (left + uncertain)
    assert row.break_even_multiple == pytest.approx(wanted, rel=1e-9, abs=1e-12)
    assert row.probability_of_default < 1e-6


def test_levels() -> None:
    assert level_of(WarningLevels(), 0.75 - 1.0 + 1e-16, 0.01, 0.01) == "alarm"
    house = WarningLevels()
    assert level_of(house, 0.0, 0.01, 0.01) == "normal"
    assert level_of(house, -0.11, 0.01, 0.01) == "watch"
    assert level_of(house, -0.26, 0.01, 0.01) == "alarm"
    assert level_of(house, 0.0, 0.01, 0.02) == "watch"
    assert level_of(house, 0.0, 0.01, 0.05) == "alarm"
    assert level_of(house, 0.0, 1e-9, 1e-6) == "normal"
    assert level_of(house, 0.0, 0.01, 1.0) == "default"
    assert level_of(house, 0.0, 0.01, 0.001, licensee_default=True) == "watch"
    assert level_of(house, 0.0, 0.01, 0.001, extension=0.99) == "normal"
    assert level_of(house, 0.0, 0.01, 0.001, extension=1.0) == "watch"
    assert level_of(WarningLevels(watch_extension=False), 0.0, 0.01, 0.001, extension=1.0) == "normal"
    assert level_of(WarningLevels(watch_licensee_default=False), 0.0, 0.01, 0.001, licensee_default=True) == "normal"
