"""AHP against Saaty's own example and the closed forms of consistent comparisons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmv_core.methods.ahp import RANDOM_INDICES, pairwise_weights
from kmv_core.vocabulary.errors import KmvError

# Saaty 1977 and 1980, wealth of nations through their world influence: US, USSR, China, France, UK, Japan, W. Germany
NATIONS = [
    [1, 4, 9, 6, 6, 5, 5],
    [1 / 4, 1, 7, 5, 5, 3, 4],
    [1 / 9, 1 / 7, 1, 1 / 5, 1 / 5, 1 / 7, 1 / 5],
    [1 / 6, 1 / 5, 5, 1, 1, 1 / 3, 1 / 3],
    [1 / 6, 1 / 5, 5, 1, 1, 1 / 3, 1 / 3],
    [1 / 5, 1 / 3, 7, 3, 3, 1, 2],
    [1 / 5, 1 / 4, 5, 3, 3, 1 / 2, 1],
]
# Saaty 1980, choosing a school: learning, friends, school life, vocational training, college preparation, music
SCHOOL = [
    [1, 4, 3, 1, 3, 4],
    [1 / 4, 1, 7, 3, 1 / 5, 1],
    [1 / 3, 1 / 7, 1, 1 / 5, 1 / 5, 1 / 6],
    [1, 1 / 3, 5, 1, 1, 1 / 3],
    [1 / 3, 5, 5, 1, 1, 3],
    [1 / 4, 1, 6, 3, 1 / 3, 1],
]


def test_wealth_of_nations():
    found = pairwise_weights(pairwise=NATIONS)
    assert found.weights == pytest.approx([0.427, 0.230, 0.021, 0.052, 0.052, 0.123, 0.094], abs=0.0006)
    assert found.principal_eigenvalue == pytest.approx(7.61, abs=0.005)
    assert found.consistency_ratio == pytest.approx(0.08, abs=0.005)
    assert found.problems == ()


def test_choosing_a_school():
    found = pairwise_weights(pairwise=SCHOOL)
    assert found.weights == pytest.approx([0.32, 0.14, 0.03, 0.13, 0.24, 0.14], abs=0.006)
    assert [each.code for each in found.problems] == ["W345"]
    # Learning is said to matter three times as much as school life; the other comparisons make it nine times.
    assert found.problems[0].where == "(1, 3)"
    assert found.weights[0] / found.weights[2] == pytest.approx(9.2, abs=0.1)


@settings(max_examples=50, deadline=None)
@given(weights=st.lists(st.floats(0.02, 1.0), min_size=1, max_size=15))
def test_consistent_comparisons_give_their_weights(weights):
    share = np.array(weights) / sum(weights)
    found = pairwise_weights(pairwise=share[:, None] / share[None, :])
    assert found.weights == pytest.approx(share, rel=1e-9)
    assert found.principal_eigenvalue == pytest.approx(len(weights))
    assert found.consistency_ratio == pytest.approx(0, abs=1e-9)
    assert found.problems == ()


@settings(max_examples=50, deadline=None)
@given(above=st.lists(st.sampled_from([1 / 9, 1 / 5, 1 / 3, 1, 2, 4, 7]), min_size=6, max_size=6))
def test_laws_of_any_reciprocal_matrix(above):
    matrix = np.eye(4)
    matrix[np.triu_indices(4, 1)] = above
    matrix = np.triu(matrix) + np.tril(1 / matrix.T.clip(1e-9), -1)
    found = pairwise_weights(pairwise=matrix)
    assert found.weights.sum() == pytest.approx(1)
    assert matrix @ found.weights == pytest.approx(found.principal_eigenvalue * found.weights)
    assert found.principal_eigenvalue >= 4 - 1e-9
    order = [2, 0, 3, 1]
    assert pairwise_weights(pairwise=matrix[np.ix_(order, order)]).weights == pytest.approx(found.weights[order])


def test_three_items_in_closed_form():
    # lambda_max = 1 + x + 1 / x, x the cube root of a_12 a_23 / a_13; weights are the row geometric means
    found = pairwise_weights(pairwise=[[1, 3, 2], [1 / 3, 1, 4], [1 / 2, 1 / 4, 1]])
    x = (3 * 4 / 2) ** (1 / 3)
    assert found.principal_eigenvalue == pytest.approx(1 + x + 1 / x)
    means = np.array([6, 4 / 3, 1 / 8]) ** (1 / 3)
    assert found.weights == pytest.approx(means / means.sum())
    assert found.consistency_ratio == pytest.approx((x + 1 / x - 2) / 2 / 0.58)
    assert [each.code for each in found.problems] == ["W345"]


def test_a_third_may_be_typed():
    found = pairwise_weights(pairwise=[[1, 3], [0.333, 1]])
    assert found.weights == pytest.approx([0.75, 0.25])
    assert found.consistency_ratio == 0


@pytest.mark.parametrize(
    ("matrix", "code", "told"),
    [
        ([[1, 3], [3, 1]], "E343", "(1, 2) is 3, (2, 1) must be its inverse 0.3333"),
        ([[2, 3], [1 / 3, 1]], "E343", "(1, 1)"),
        ([[1, -3], [-1 / 3, 1]], "E226", "pairwise"),
        ([[1, 0], [0, 1]], "E226", "pairwise"),
        ([[1, 2, 3]], "E217", "1x3"),
        ([[1, "much"], [1, 1]], "E212", "pairwise"),
        (np.ones((16, 16)), "E344", "16"),
    ],
)
def test_refusals(matrix, code, told):
    with pytest.raises(KmvError) as refused:
        pairwise_weights(pairwise=matrix)
    assert refused.value.code == code
    assert told in str(refused.value)


def test_random_indices_by_drawing():
    # The index of 4 and 6 items, from matrices drawn on Saaty's scale; his own samples were 100 to 500 matrices.
    generator = np.random.default_rng(1)
    scale = np.concatenate([1 / np.arange(9.0, 1.0, -1), np.arange(1.0, 10.0)])
    for size in (4, 6):
        total = 0.0
        for _ in range(400):
            matrix = np.triu(generator.choice(scale, (size, size)), 1)
            matrix = matrix + np.tril(1 / np.where(matrix == 0, 1, matrix).T, -1) + np.eye(size)
            total += pairwise_weights(pairwise=matrix).consistency_index
        assert total / 400 == pytest.approx(RANDOM_INDICES[size - 1], abs=0.06)
