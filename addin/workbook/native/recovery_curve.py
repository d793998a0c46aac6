"""The share of collections as a formula: of the decay curve, or of the deal's vector laid out under Collections.

A vector is written as what its slope changes by at each point, so that one short formula reads it anywhere:

    F(t) = sum over points of bend_i x (t - years_i)^+,   bend_i = slope after the point - slope before it
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from addin.workbook.native.context import Native
from addin.workbook.page import Page
from addin.workbook.timeline import Live

COLLECTIONS = "Collections"
VECTOR_TOP = 28
"""First point's row there: under the lines and their notes."""
YEARS, SHARE, SLOPE, BEND = 2, 3, 4, 5
HEADS = ("回收向量 Recovery vector", "年数 Years", "累计占比\nShare", "后段斜率\nSlope after", "斜率变化\nBend")


@dataclass(frozen=True, slots=True)
class CurveFormulas:
    """Formula text of the curve, for one sheet."""

    native: Native
    page: str
    """The sheet the formulas stand on."""

    @property
    def parameter(self) -> Live | None:
        """The decay curve at its horizon: what F divides by."""
        recovery = self.native.assessment.deal.loans
        if recovery.curve or recovery.decay_rate is None or recovery.decay_shape is None:
            return None
        grown = float(-np.expm1(-((recovery.decay_rate * recovery.recovery_horizon) ** recovery.decay_shape)))
        return Live("=" + self._grown(self.native.deal.ref("recovery", "recovery_horizon")), grown, "multiple")

    def time(self, years: str) -> str:
        """Years from the cut-off date -> the time on the curve."""
        ref, points = self.native.deal.ref, self.native.assessment.deal.loans.curve
        end = ref("recovery_curve", len(points) - 1, "years") if points else ref("recovery", "recovery_horizon")
        return f"MIN(MAX({years}-{ref('recovery', 'delay')},0),{end})"

    def share(self, time: str, whole: str) -> str:
        """A time on the curve -> F; `whole` is the cell of `parameter`."""
        if not self.native.assessment.deal.loans.curve:
            return f"({self._grown(time)})/{whole}"
        years, bends = self._points(YEARS), self._points(BEND)
        return f"SUMPRODUCT({bends},({time}>{years})*({time}-{years}))"

    def write(self, page: Page) -> None:
        """The vector under the Collections sheet, links to the inputs; nothing where there is none."""
        points = self.native.assessment.deal.loans.curve
        if not points:
            return
        ref = self.native.deal.ref
        years, shares = (np.array(each) for each in zip((0.0, 0.0), *points, strict=True))
        slopes = np.append(np.diff(shares) / np.diff(years), 0.0)
        bends = np.diff(slopes, prepend=0.0)
        page.headers(VECTOR_TOP - 1, 1, HEADS, height=32)
        for i in range(len(years)):
            row = VECTOR_TOP + i
            page.text(row, 1, f"第{i}点 Point {i}")
            if i:
                page.formula(row, YEARS, f"={ref('recovery_curve', i - 1, 'years')}", years[i], "years")
                page.formula(row, SHARE, f"={ref('recovery_curve', i - 1, 'share')}", shares[i], "percent")
            else:
                page.value(row, YEARS, 0, "years", "calc")
                page.value(row, SHARE, 0, "percent", "calc")
            if i < len(points):
                page.formula(row, SLOPE, f"=(C{row + 1}-C{row})/(B{row + 1}-B{row})", slopes[i], "multiple")
            else:
                page.value(row, SLOPE, 0, "multiple", "calc")
            page.formula(row, BEND, f"=D{row}" if not i else f"=D{row}-D{row - 1}", bends[i], "multiple")
        page.text(VECTOR_TOP + len(years), 1, "F(t) = Σ 斜率变化 bend × MAX(t - 年数 years, 0)", "note")

    def _grown(self, time: str) -> str:
        ref = self.native.deal.ref
        return f"1-EXP(-(({ref('recovery', 'decay_rate')}*{time})^{ref('recovery', 'decay_shape')}))"

    def _points(self, column: int) -> str:
        letter = "ABCDE"[column - 1]
        last = VECTOR_TOP + len(self.native.assessment.deal.loans.curve)
        area = f"${letter}${VECTOR_TOP}:${letter}${last}"
        return area if self.page == COLLECTIONS else f"{COLLECTIONS}!{area}"


def below_vector(native: Native) -> int:
    """The first free row under the vector on the Collections sheet, for the chart."""
    recovery = native.assessment.deal.recovery
    points = 0 if recovery is None else len(recovery.curve)
    return VECTOR_TOP + points + 3 if points else VECTOR_TOP


def points_check(native: Native) -> str:
    """Formula text: lines of the vector on the deal sheet less those the formulas read; 0 when they agree."""
    points = native.assessment.deal.loans.curve
    read = f"-ROWS({native.deal.column('recovery_curve', 'years')})" if points else ""
    return f"COUNT({native.deal.lines('recovery_curve')}){read}"
