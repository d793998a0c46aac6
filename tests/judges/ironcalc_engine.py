"""IronCalc: a spreadsheet engine in Rust, wholly apart from LibreOffice."""

from __future__ import annotations

from pathlib import Path

import ironcalc
import openpyxl

from tests.judges.cells import Cells, formula_cells


def recalculated(path: Path) -> Cells:
    """Every formula cell as IronCalc calculates it."""
    model = ironcalc.load_from_xlsx(str(path))
    model.evaluate()
    order = {title: i for i, title in enumerate(openpyxl.load_workbook(path).sheetnames)}
    found: Cells = {}
    for title, place in formula_cells(path):
        row, column = openpyxl.utils.cell.coordinate_to_tuple(place)
        found[title, place] = model.get_cell_value(order[title], row, column)
    return found
