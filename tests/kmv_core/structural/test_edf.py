"""The EDF table: exact at its points, monotone between, normal tables exact everywhere, nothing beyond the ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmv_core.structural.edf import edf_table, expected_default_frequency
from kmv_core.structural.normal import upper_tail
from kmv_core.vocabulary.errors import KmvError

TABLES = st.integers(2, 12).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(-400, 4000), min_size=n, max_size=n, unique=True).map(sorted),
        st.lists(st.floats(1e-9, 0.6), min_size=n, max_size=n).map(lambda x: sorted(x, reverse=True)),
    )
)


@settings(deadline=None)  # the first call loads scipy.interpolate
@given(table=TABLES)
def test_points_are_met_and_nothing_rises(table):
    distance, edf = np.array(table[0]) / 100, np.array(table[1])
    made = edf_table(edf_distance=distance, edf=edf)
    assert made(distance) == pytest.approx(edf, rel=1e-12)
    between = made(np.linspace(distance[0], distance[-1], 501))
    assert (np.diff(between) <= 1e-14).all()
    assert between.min() >= edf[-1]
    assert between.max() <= edf[0]


@settings(deadline=None)  # the first call loads scipy.interpolate
@given(table=TABLES, seed=st.randoms())
def test_the_order_of_rows_does_not_matter(table, seed):
    rows = list(zip(np.array(table[0]) / 100, table[1], strict=True))
    made = edf_table(edf_distance=[row[0] for row in rows], edf=[row[1] for row in rows])
    seed.shuffle(rows)
    other = edf_table(edf_distance=[row[0] for row in rows], edf=[row[1] for row in rows])
    at = np.linspace(made.distance[0], made.distance[-1], 50)
    assert np.array_equal(made(at), other(at))


def test_a_table_of_the_normal_tail_is_the_normal_tail():
    distance = np.array([-1.0, 0.5, 2.0, 5.0, 9.0])
    at = np.linspace(-1.0, 9.0, 333)
    found = expected_default_frequency(distance_to_default=at, edf_distance=distance, edf=upper_tail(distance))
    assert found == pytest.approx(upper_tail(at), rel=1e-12)


def test_level_ends_stay_level():
    """Tables in use are capped below and above."""
    made = edf_table(edf_distance=[0, 1, 3, 6, 8], edf=[0.2, 0.2, 0.02, 0.0002, 0.0002])
    assert made([0.1, 0.5, 0.99]) == pytest.approx([0.2] * 3, rel=1e-14)
    assert made([6.5, 7.9]) == pytest.approx([0.0002] * 2, rel=1e-14)


def test_two_points_do_and_shapes_stay():
    made = edf_table(edf_distance=[1, 5], edf=[0.1, 0.001])
    assert made([[1, 2, 3]]).shape == (1, 3)
    assert np.ndim(made(2.0)) == 0
    assert made([]).shape == (0,)


@pytest.mark.parametrize(
    ("distance", "edf", "code", "words"),
    [
        ([1.0], [0.1], "E226", "at least 2 points"),
        (
            [1.0, 2.0, 3.0],
            [0.1, 0.02, 0.03],
            "E226",
            "row 3.*at most 0.02, the EDF of the smaller distance 2; got 0.03",
        ),
        ([3.0, 1.0, 2.0], [0.03, 0.1, 0.02], "E226", "row 1.*at most 0.02"),
        ([1.0, 2.0, 1.0], [0.1, 0.02, 0.1], "E226", "row 3.*there once; got 1"),
        ([1.0, 2.0], [0.1, 0.0], "E226", "row 2.*above 0 and below 1"),
        ([1.0, 2.0], [1.0, 0.1], "E226", "row 1.*above 0 and below 1"),
        ([1.0, 2.0], [50.0, 0.1], "E226", "for 50 % enter 0.5"),
        ([1.0, np.nan], [0.1, 0.01], "E226", "row 2.*finite"),
        ([1.0, 2.0, 3.0], [0.1, 0.02], "E217", "edf_distance 3, edf 2"),
        ([1.0, 2.0, 3.0], [0.1], "E217", "3 x 1"),
    ],
)
def test_bad_tables_are_refused(distance, edf, code, words):
    with pytest.raises(KmvError, match=words) as caught:
        edf_table(edf_distance=distance, edf=edf)
    assert caught.value.code == code


def test_nothing_is_extrapolated():
    made = edf_table(edf_distance=[1, 5], edf=[0.1, 0.001])
    with pytest.raises(KmvError, match=r"row 3.*at least 1 and at most 5.*got 5\.1") as caught:
        made([2.0, 3.0, 5.1])
    assert caught.value.code == "E226"
    with pytest.raises(KmvError, match=r"不小于 1 且不大于 5（EDF 表的两端，不作外推）"):
        made(0.99)
