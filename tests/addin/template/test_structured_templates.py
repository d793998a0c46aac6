"""Templates of structured deals: live without us but for our functions, and no value that does not follow the inputs."""

from __future__ import annotations

import openpyxl
import pytest

from addin.functions import REGISTRY
from addin.template.build import template_bytes
from addin.workbook.native.kmv_sheet import SEE_FUNCTION
from tests.judges import ironcalc_engine
from tests.judges.cells import cached_values, differences


@pytest.fixture(scope="module")
def licences(tmp_path_factory):
    path = tmp_path_factory.mktemp("templates") / "ip.xlsx"
    path.write_bytes(template_bytes("ip"))
    return path


def test_only_our_functions_are_unknown(licences):
    wrong = differences(licences, ironcalc_engine.recalculated(licences))
    assert wrong
    for line in wrong:
        assert any(f"={name}(" in line for name in REGISTRY), line
        assert line.endswith("'#NAME?'")
    assert cached_values(licences)["Checks", "C7"] == "通过 PASS"


def test_the_cover_lists_the_sheets_there_are(licences):
    book = openpyxl.load_workbook(licences)
    listed = {cell.value for cell in book["Cover"]["A"] if cell.hyperlink}
    assert listed == set(book.sheetnames) - {"Cover"}
    assert {"Licences", "Schedules", "Support"} <= listed


def test_no_value_on_the_kmv_sheet_is_the_core_s_own(licences):
    """Grey values go stale in a workbook that is worked in: where there is no formula, the function is named."""
    sheet = openpyxl.load_workbook(licences)["KMV"]
    grey = [
        cell.coordinate
        for row in sheet.iter_rows()
        for cell in row
        if "computed" in cell.style and cell.value is not None
    ]
    assert grey == []
    assert SEE_FUNCTION in {cell.value for row in sheet.iter_rows() for cell in row}
