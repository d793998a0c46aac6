"""From a distance or a probability to a frequency or a grade, by a table of the user's own."""

from __future__ import annotations

from typing import Any

from addin.deal_values import is_cell_error
from addin.functions.ranges import number_inside, one_by_one
from addin.functions.registry import worksheet_function
from addin.functions.shapes import TWO_COLUMNS, misshapen
from kmv_core.deal.deal import Appetite
from kmv_core.risk.grades import grade_on
from kmv_core.structural.edf import edf_table
from kmv_core.vocabulary.errors import KmvError, problem
from kmv_core.vocabulary.terms import TERMS


@worksheet_function("KMV", "按使用者自有的对照表由违约距离求预期违约频率 EDF；表外报错，不作外推。")
def KMV_EDF(distance_to_default: Any, edf_map: Any) -> Any:
    """Expected default frequency at a distance to default, by your own table; outside it an error, no extrapolation.

    Shape of the distances, decimals; interpolated on the normal scale (kmv_core.structural.edf). E226 outside the table
    or where EDF rises with the distance, each distance on its own.
    """
    lines = _two_columns(edf_map, "edf_map")
    table = edf_table(
        edf_distance=[number_inside(line[0], TERMS["edf_distance"]) for line in lines],
        edf=[number_inside(line[1], TERMS["edf"]) for line in lines],
    )

    def frequency(*, distance_to_default: float) -> float:
        return float(table(distance_to_default))

    return one_by_one(frequency, {"distance_to_default": distance_to_default}, {})


@worksheet_function("KMV", "违约概率在等级表中的等级：不超过其上限的最小一级；超出各级为 outside。")
def KMV_GRADE(probability_of_default: Any, grade_scale: Any) -> Any:
    """Grade of a default probability: the first whose limit it keeps, outside where it keeps none.

    Shape of the probabilities, words. A PD on a limit keeps it; the lines stand in any order.
    """
    scale = []
    for grade, limit in _two_columns(grade_scale, "grade_scale"):
        if grade is None or is_cell_error(grade):
            term = TERMS["grade"]
            raise KmvError(problem("E216" if grade is None else "E211", name="grade", name_zh=term.zh, found=grade))
        scale.append(Appetite(grade=str(grade).strip(), pd_limit=number_inside(limit, TERMS["pd_limit"])))

    def earned(*, probability_of_default: float) -> str:
        return grade_on(scale, probability_of_default)

    return one_by_one(earned, {"probability_of_default": probability_of_default}, {})


def _two_columns(cells: Any, name: str) -> list[tuple[Any, Any]]:
    """The lines of a table, empty ones left out and blank cells None."""
    if not isinstance(cells, tuple) or len(cells[0]) != 2:
        size = f"{len(cells)} x {len(cells[0])}" if isinstance(cells, tuple) else "1 x 1"
        raise misshapen(TERMS[name], TWO_COLUMNS, size)
    blanked = [tuple(None if isinstance(each, str) and not each.strip() else each for each in line) for line in cells]
    lines = [(first, second) for first, second in blanked if first is not None or second is not None]
    if not lines:
        raise KmvError(problem("E216", name=name, name_zh=TERMS[name].zh))
    return lines
