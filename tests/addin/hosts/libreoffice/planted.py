"""The cells of a workbook that show results of our functions, and false stored results in them."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import openpyxl
from openpyxl.worksheet.formula import ArrayFormula

from addin.functions import REGISTRY

CALL = re.compile(r"(?<![\w.!])(?:" + "|".join(REGISTRY) + r")\(")


def function_cells(path: Path) -> list[tuple[str, str]]:
    """Sheet and place of every cell a function of ours fills, those inside array formulas too."""
    book = openpyxl.load_workbook(path)
    found = []
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                formula = cell.value
                if isinstance(formula, ArrayFormula) and CALL.search(str(formula.text)):
                    found += [(sheet.title, each.coordinate) for line in sheet[formula.ref] for each in line]
                elif cell.data_type == "f" and CALL.search(str(formula)):
                    found.append((sheet.title, cell.coordinate))
    return found


def with_false_results(path: Path, target: Path, value: str) -> Path:
    """A copy whose stored results of our functions are all `value`."""
    book = openpyxl.load_workbook(path)
    cells = function_cells(path)
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as made:
        for name in source.namelist():
            content = source.read(name)
            for i, title in enumerate(book.sheetnames, start=1):
                if name == f"xl/worksheets/sheet{i}.xml":
                    text = content.decode()
                    for _, place in (each for each in cells if each[0] == title):
                        text, count = re.subn(rf'(<c r="{place}"(?:(?!</c>).)*?<v>)[^<]*', rf"\g<1>{value}", text)
                        assert count == 1, (title, place)
                    content = text.encode()
            made.writestr(name, content)
    return target
