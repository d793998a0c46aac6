"""The risk register: scores, verdict, weights and the questions of both kinds of deal."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmv_core.methods.ahp import pairwise_weights
from kmv_core.methods.register import VERDICTS, RiskItem, risk_register
from kmv_core.methods.register_risks import KINDS, register_questions
from kmv_core.vocabulary.errors import KmvError

ITEM = RiskItem(group="patents", title="validity", likelihood=2, impact=4, evidence="search report")
ITEMS = [
    ITEM,
    replace(ITEM, title="expiry", likelihood=1, impact=2),
    replace(ITEM, group="law", title="true sale", likelihood=3, impact=5),
]


def test_scores_by_hand():
    found = risk_register(items=ITEMS, weights={"patents": 0.75, "law": 0.25})
    assert [(each.group, each.weight, each.score, each.worst.title) for each in found.groups] == [
        ("patents", 0.75, 5.0, "validity"),
        ("law", 0.25, 15.0, "true sale"),
    ]
    assert (found.total, found.verdict, found.worst.title, found.problems) == (7.5, "medium", "true sale", ())
    assert risk_register(items=ITEMS).total == pytest.approx(10.0)


def test_weights_of_ahp():
    weights = pairwise_weights(pairwise=[[1, 4], [1 / 4, 1]]).weights
    found = risk_register(items=ITEMS, weights=dict(zip(("patents", "law"), weights, strict=True)))
    assert found.total == pytest.approx(0.8 * 5 + 0.2 * 15)


@pytest.mark.parametrize(
    ("scores", "verdict"),
    [
        ([(1, 5)], "low"),
        ([(2, 3)], "medium"),
        ([(3, 4)], "medium"),
        ([(4, 4)], "high"),
        ([(1, 1)] * 20 + [(5, 5)], "medium"),
    ],
)
def test_verdicts(scores, verdict):
    found = risk_register(
        items=[replace(ITEM, title=str(i), likelihood=a, impact=b) for i, (a, b) in enumerate(scores)]
    )
    assert found.verdict == verdict
    assert all(VERDICTS[found.verdict])


def test_limits_of_the_verdict_can_be_set():
    assert risk_register(items=ITEMS, medium_above=11, high_above=20).verdict == "low"
    assert risk_register(items=ITEMS, medium_above=2, high_above=9).verdict == "high"


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_laws(data):
    marks = st.tuples(st.sampled_from("abc"), st.integers(1, 5), st.integers(1, 5))
    rows = data.draw(st.lists(marks, min_size=1, max_size=12))
    items = [RiskItem(group=g, title=str(i), likelihood=a, impact=b) for i, (g, a, b) in enumerate(rows)]
    found = risk_register(items=items)
    scores = [each.score for each in items]
    assert min(scores) - 1e-9 <= found.total <= max(scores) + 1e-9
    assert found.worst.score == max(scores)
    worse = [replace(items[0], impact=5, likelihood=5), *items[1:]]
    assert risk_register(items=worse).total >= found.total - 1e-12
    assert sum(each.weight for each in found.groups) == pytest.approx(1)


def test_missing_evidence_is_named():
    found = risk_register(items=[ITEM, replace(ITEM, title="expiry", evidence=" ")])
    assert [(each.code, "expiry" in each.en, "expiry" in each.zh) for each in found.problems] == [("W349", True, True)]


@pytest.mark.parametrize("kind", KINDS)
def test_questions(kind):
    found = register_questions(kind=kind)
    assert len({each.code for each in found}) == len(found)
    groups = list(dict.fromkeys(each.group for each in found))
    # Groups stand together.
    assert groups == [each.group for i, each in enumerate(found) if not i or found[i - 1].group != each.group]
    assert len(groups) == 4
    for each in found:
        for en, zh in (each.title, each.asks, each.group_title):
            assert en.isascii()
            assert any("\u4e00" <= letter <= "\u9fff" for letter in zh)
    judged = [RiskItem(group=each.group, title=each.title[1], likelihood=2, impact=3) for each in found]
    assert risk_register(items=judged).total == pytest.approx(6)


@pytest.mark.parametrize(
    ("call", "code", "told"),
    [
        (lambda: risk_register(items=[]), "E227", "register"),
        (lambda: risk_register(items=[replace(ITEM, likelihood=6)]), "E226", "likelihood"),
        (lambda: risk_register(items=[replace(ITEM, impact=2.5)]), "E226", "whole"),
        (lambda: risk_register(items=[replace(ITEM, impact=float("nan"))]), "E226", "impact"),
        (lambda: risk_register(items=ITEMS, weights={"patents": 1.0}), "E202", "law"),
        (lambda: risk_register(items=[ITEM], weights={"patents": 0.5, "patent": 0.5}), "E204", "nearest: patents"),
        (lambda: risk_register(items=ITEMS, weights={"patents": 0.5, "law": 0.4}), "E226", "0.9"),
        (lambda: risk_register(items=ITEMS, weights={"patents": 1.5, "law": -0.5}), "E226", "group_weight"),
        (lambda: risk_register(items=ITEMS, medium_above=12, high_above=5), "E226", "medium_above"),
        (lambda: register_questions(kind="loan"), "E205", "npl, ip"),
    ],
)
def test_refusals(call, code, told):
    with pytest.raises(KmvError) as refused:
        call()
    assert refused.value.code == code
    assert told in str(refused.value)


def test_items_are_frozen():
    with pytest.raises(FrozenInstanceError):
        ITEM.impact = 1
