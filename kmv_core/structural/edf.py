"""From distance to default to expected default frequency, by the user's own table.

KMV's EDF is not N(-DD) but the share of borrowers at that distance that failed, read from a default record. No such
table is published for asset-backed notes, and none ships here: bring one, or stay with N(-DD).

Between the points the table is interpolated on the normal scale, z = N^{-1}(1 - EDF) against DD, by PCHIP, the
shape-preserving cubic (Fritsch and Carlson 1980): EDF never rises with DD, flat stretches stay flat, and a
table of N(-DD) gives N(-DD) back everywhere, because on this scale it is a straight line. Crosbie and Bohn 2003.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kmv_core.structural.normal import distance_at, upper_tail
from kmv_core.vocabulary.checks import Floats, checked, common_shape
from kmv_core.vocabulary.errors import KmvError, Problem, problem
from kmv_core.vocabulary.terms import TERMS, Domain

LEAST_POINTS = 2


@dataclass(frozen=True, slots=True, eq=False)
class EdfTable:
    """A checked table: distances rising, frequencies falling or level; both one-dimensional."""

    distance: Floats
    edf: Floats

    def __call__(self, distance_to_default: ArrayLike) -> Floats:
        """EDF (decimal) at distances to default, any shape; raises KmvError E226 outside the table."""
        from scipy.interpolate import PchipInterpolator  # 0.3 s of loading: only for those who bring a table

        distance = checked(distance_to_default=distance_to_default)["distance_to_default"]
        beyond = (distance < self.distance[0]) | (distance > self.distance[-1])
        if beyond.any():
            raise KmvError(self._outside(distance, int(np.flatnonzero(beyond)[0])))
        score = np.asarray(PchipInterpolator(self.distance, distance_at(self.edf))(distance), dtype=np.float64)
        # Rounding may put a level stretch or an end past its own points by a bit.
        found: Floats = np.clip(upper_tail(score), self.edf[-1], self.edf[0])[()]
        return found

    def _outside(self, distance: Floats, first: int) -> Problem:
        en, zh = Domain(low=float(self.distance[0]), high=float(self.distance[-1])).words()
        return _refused(
            "distance_to_default",
            row=first if distance.ndim else None,
            value=float(distance.reshape(-1)[first]),
            domain=f"{en}, the ends of the EDF table (nothing is extrapolated)",
            domain_zh=f"{zh}（EDF 表的两端，不作外推）",
        )


def edf_table(*, edf_distance: ArrayLike, edf: ArrayLike) -> EdfTable:
    """Check a table of (distance to default, EDF as a decimal), in any order of rows, two at least.

    Raises KmvError E226 where a distance occurs twice, where EDF rises with the distance or is not above 0 and
    below 1, or where there are fewer than two rows; E217 where the columns differ in length.

    >>> table = edf_table(edf_distance=[1, 2, 4], edf=[.12, .03, .002])
    >>> [round(float(each), 6) for each in table([1, 3])]
    [0.12, 0.007379]
    """
    given = checked(edf_distance=edf_distance, edf=edf)
    distance, frequency = given["edf_distance"].reshape(-1), given["edf"].reshape(-1)
    if distance.size != frequency.size:
        common_shape(edf_distance=distance, edf=frequency)
        raise KmvError(problem("E217", name="edf", name_zh="EDF 表", found=f"{distance.size} x {frequency.size}"))
    if distance.size < LEAST_POINTS:
        raise KmvError(
            _refused(
                "edf_distance",
                row=None,
                value=float(distance.size),
                domain=f"a column of at least {LEAST_POINTS} points",
                domain_zh=f"至少含 {LEAST_POINTS} 个点",
            )
        )
    order = np.argsort(distance, kind="stable")
    distance, frequency = distance[order], frequency[order]
    found: list[Problem] = []
    twice = np.flatnonzero(np.diff(distance) <= 0.0)
    if twice.size:
        at = int(twice[0]) + 1
        found.append(
            _refused(
                "edf_distance",
                row=int(order[at]),
                value=float(distance[at]),
                domain="there once",
                domain_zh="不重复",
            )
        )
    rising = np.flatnonzero(np.diff(frequency) > 0.0)
    if rising.size and not twice.size:
        at = int(rising[0]) + 1
        before = f"{frequency[at - 1]:g}"
        found.append(
            _refused(
                "edf",
                row=int(order[at]),
                value=float(frequency[at]),
                domain=f"at most {before}, the EDF of the smaller distance {distance[at - 1]:g}",
                domain_zh=f"不大于较小违约距离 {distance[at - 1]:g} 对应的 {before}",
            )
        )
    if found:
        raise KmvError(*found)
    return EdfTable(distance, frequency)


def expected_default_frequency(*, distance_to_default: ArrayLike, edf_distance: ArrayLike, edf: ArrayLike) -> Floats:
    """EDF (decimal) at distances to default of any shape, by a table checked as edf_table does.

    Raises KmvError E226 outside the table: nothing is extrapolated.

    >>> round(float(expected_default_frequency(distance_to_default=3, edf_distance=[1, 2, 4], edf=[.12, .03, .002])), 6)
    0.007379
    """
    return edf_table(edf_distance=edf_distance, edf=edf)(distance_to_default)


def _refused(name: str, *, row: int | None, value: float, domain: str, domain_zh: str) -> Problem:
    return problem(
        "E226",
        where="" if row is None else f"row {row + 1}",
        name=name,
        name_zh=TERMS[name].zh,
        domain=domain,
        domain_zh=domain_zh,
        found=f"{value:g}",
        remedy="",
    )
