"""Licences after issue against brute force: every period in which each of three licensees may default."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy import stats

from kmv_core.deal.cash_in import contract_fees
from kmv_core.deal.deal import Deal, Model
from kmv_core.deal.payments import Payments
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.assess import assess
from kmv_core.risk.monitor import monitor
from kmv_core.risk.monitor_exact import exact_after
from kmv_core.risk.reports import Report
from kmv_core.vocabulary.errors import KmvError
from tests.licence_deal import licence_deal

DEAL = licence_deal(3, support=(), model=Model(total_volatility=0.2))
SUPPORTED = licence_deal(3)
SCHEDULE = schedule_of(DEAL)
FEES = contract_fees(DEAL, SCHEDULE)


def received(count: int, lost: dict[int, int]) -> np.ndarray:
    """Cash of the first dates where licensee i pays 40 % from period lost[i] on."""
    cash = FEES.copy()
    for i, at in lost.items():
        cash[i, at:] *= 0.4
    return cash.sum(axis=0)[:count]


def by_hand(deal: Deal, cash: np.ndarray, defaults: dict[int, int]) -> np.ndarray:
    """[tranche] PD: the factor on a grid, every licensee's period of default (or none), seen ones kept."""
    count, periods = len(cash), len(SCHEDULE.dates)
    m = np.linspace(-9.0, 9.0, 6001)
    weight = stats.norm.pdf(m)
    shares = np.concatenate([[0.0], SCHEDULE.times / SCHEDULE.times[-1]])
    by_period = []
    for each in deal.licences:
        cumulative = 1.0 - (1.0 - (each.probability_of_default or 0.0)) ** shares
        given = stats.norm.cdf(
            (stats.norm.ppf(cumulative)[:, None] - np.sqrt(each.asset_correlation) * m)
            / np.sqrt(1.0 - each.asset_correlation)
        )
        by_period.append(np.concatenate([np.diff(given, axis=0), 1.0 - given[-1:]]))
    total, failed = 0.0, np.zeros(len(deal.tranches))
    for path in product(range(periods + 1), repeat=3):
        if any((at < count or i in defaults) and defaults.get(i) != at for i, at in enumerate(path)):
            continue
        chance = float((weight * np.prod([by_period[i][at] for i, at in enumerate(path)], axis=0)).sum())
        flow = np.concatenate([cash, np.zeros(periods - count)])
        for i, at in enumerate(path):
            flow[count:] += FEES[i, count:] * (0.4 if at < periods else 1.0)
        total += chance
        failed += chance * Payments(deal, SCHEDULE).tests(flow[:, None]).failed[: len(failed), 0]
    return failed / total


@pytest.mark.parametrize(("count", "defaults"), [(0, {}), (2, {}), (3, {1: 1}), (4, {0: 2, 2: 3})])
def test_against_every_period_of_default(count: int, defaults: dict[int, int]) -> None:
    cash = received(count, defaults)
    found = exact_after(DEAL, SCHEDULE, cash, {f"L{i + 1}": at for i, at in defaults.items()})
    assert found.legal == pytest.approx(by_hand(DEAL, cash, defaults), rel=1e-8, abs=1e-12)
    assert count == 0 or 0.0 < found.legal[-1] <= 1.0


@pytest.mark.parametrize("deal", [DEAL, SUPPORTED], ids=["plain", "supported"])
def test_nothing_reported_is_the_exact_reading(deal: Deal) -> None:
    found, whole = monitor(deal, []), assess(deal, losses=False)
    assert found.readings == ("exact", "waterfall", "due")
    for each in deal.by_rank:
        row, exact = found.line(each.tranche, "exact")[0], whole.tranche(each.tranche).exact
        assert exact is not None
        assert row.probability_of_default == pytest.approx(exact.probability_of_default, rel=1e-12)
        assert row.extension_probability == pytest.approx(exact.extension_probability, rel=1e-12)


def test_all_reported_is_the_outcome() -> None:
    for lost, outcome in (({}, 0.0), ({0: 0, 1: 0}, 1.0)):
        given = [
            Report(date=date, collections=float(cash), defaults=tuple(f"L{i + 1}" for i in lost))
            for date, cash in zip(SCHEDULE.dates, received(6, lost), strict=True)
        ]
        line = monitor(DEAL, given).line("Senior", "exact")
        assert line[-1].probability_of_default == pytest.approx(outcome, abs=1e-15)
        assert line[0].probability_of_default > 0.0


def test_a_reported_default_is_told_and_watched() -> None:
    given = [
        Report(date=date, collections=float(cash), defaults=names)
        for date, cash, names in zip(SCHEDULE.dates, received(3, {2: 2}), ((), (), ("L3",)), strict=False)
    ]
    found = monitor(DEAL, given)
    assert [each.defaults for each in found.periods] == [(), (), ("L3",)]
    line = found.line("Senior", "exact")
    assert line[2].level == "normal"
    assert line[3].level in ("watch", "alarm")
    assert line[3].probability_of_default > line[2].probability_of_default


def test_a_default_hurts_the_others_too() -> None:
    """Without common factor the survivors keep their own PDs; with one they are worse than those."""
    alone = replace(DEAL, licences=tuple(replace(each, asset_correlation=0.0) for each in DEAL.licences))
    cash = received(3, {1: 1})
    together, apart = (exact_after(deal, SCHEDULE, cash, {"L2": 1}).legal[0] for deal in (DEAL, alone))
    paid = exact_after(DEAL, SCHEDULE, received(3, {}), {}).legal[0]
    assert together > apart > paid


def test_refused() -> None:
    safe = replace(DEAL, licences=tuple(replace(each, probability_of_default=0.0) for each in DEAL.licences))
    sure = replace(DEAL, licences=(replace(DEAL.licences[0], probability_of_default=1.0), *DEAL.licences[1:]))
    for deal, names, code in ((DEAL, ("L9",), "E372"), (safe, ("L1",), "E373"), (sure, (), "E374")):
        with pytest.raises(KmvError) as caught:
            monitor(deal, [Report(date=SCHEDULE.dates[0], collections=40.0, defaults=names)])
        assert caught.value.code == code
