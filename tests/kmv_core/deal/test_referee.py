"""The engine against a second waterfall, one path and one payment at a time, on five hundred random structured deals."""

from __future__ import annotations

import numpy as np
import pytest

from kmv_core.deal.cash_in import expected_collections
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.payments import Payments
from kmv_core.deal.schedule import Schedule, schedule_of
from tests.slow_waterfall import SlowWaterfall
from tests.structured_deals import structured_deal

SEEDS = 500


def paths(deal, schedule: Schedule, seed: int) -> np.ndarray:
    """Collections of poor, fair and rich paths, every other one of an uneven course."""
    rng = np.random.default_rng(seed)
    expected = expected_collections(deal, schedule)
    owed = deal.issue_size / max(float(expected.sum()), 1e-9)
    q = np.array([0.2, 0.8, 1.0, 1.3]) * owed
    uneven = rng.gamma(2.0, 0.5, (len(q), len(expected)))
    return q[:, None] * expected * np.where(np.arange(len(q))[:, None] % 2, uneven, 1.0)


@pytest.mark.parametrize("part", range(5))
def test_every_amount_equals_the_slow_waterfalls(part):
    seen = set()
    for seed in range(part, SEEDS, 5):
        deal = structured_deal(seed)
        assert not [each for each in deal_problems(deal) if each.is_error], seed
        schedule = schedule_of(deal)
        cash = paths(deal, schedule, seed)
        alive = [bool((seed >> i) & 1) for i in range(len(deal.support))]
        payments = Payments(deal, schedule)
        run = payments.run(cash, payers_alive=alive)
        found = payments.tests(np.ascontiguousarray(cash.T), payers_alive=alive, by_date=True)
        for path in range(len(cash)):
            slow = SlowWaterfall(deal, schedule.due_dates, cash[path], expected_collections(deal, schedule), alive)
            _same_amounts(deal, run, slow, path, seed)
            _same_outcome(deal, found, slow, path, seed)
            seen |= {"called" for day in slow.days if day.called} | {day.order for day in slow.days}
            seen |= {"supported" for day in slow.days if sum(day.drawn) > 0}
    assert seen == {"normal", "accelerated", "own", "called", "supported"}


def _same_amounts(deal, run, slow, path, seed):
    """Every step's due, paid and support, every balance, every state of a trigger, at every date."""
    steps = [(step.kind, step.payee) for step in run.steps]
    names = [each.tranche for each in run.tranches]
    days = slow.days

    def table(part, keys):
        return np.array([[getattr(day, part).get(key, 0.0) for day in days] for key in keys])

    pairs = [
        (run.due, table("due", steps)),
        (run.paid, table("paid", steps)),
        (run.supported, table("supported", steps)),
        (run.outstanding, table("outstanding", names)),
        (run.interest_short, table("interest_owed", names)),
        (run.called, table("called", names)),
        (run.reserve[None], np.array([[day.account for day in days]])),
    ]
    if deal.support:
        pairs.append((run.support, np.array([day.drawn for day in days]).T))
    for ours, theirs in pairs:
        assert np.abs(ours[:, path] - theirs).max() <= 1e-9 * deal.issue_size, seed
    assert [list(run.orders)[i] for i in run.order_index[path]] == [day.order for day in days], seed
    assert run.trigger_active[:, path].T.tolist() == [day.active for day in days], seed


def _same_outcome(deal, found, slow, path, seed):
    names = [each.tranche for each in deal.by_rank]
    wanted = [slow.failed(name) for name in names] + [slow.late(name) for name in names]
    assert found.failed[:, path].tolist() == wanted, seed
    for k, each in enumerate(deal.by_rank):
        assert found.by_date[k, :, path].tolist() == [slow.late(each.tranche, t) for t in range(len(slow.days))], seed
        assert found.lost[k, path] == pytest.approx(slow.owed[each.tranche] / each.balance, abs=1e-9), seed
