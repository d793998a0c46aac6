"""The template recalculated by LibreOffice with the extension: every number is the core's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from addin.deal_values import is_cell_error
from addin.functions import REGISTRY
from addin.functions.tranche import COLUMNS
from addin.run_json import run_numbers
from tests.addin.hosts.libreoffice.planted import CALL, function_cells, with_false_results
from tests.judges import libreoffice
from tests.judges.cells import cached_values, differences, formula_cells, same

FALSE = 0.123456


@pytest.fixture(scope="module")
def planted(template, tmp_path_factory) -> Path:
    return with_false_results(template, tmp_path_factory.mktemp("planted") / "deal.xlsx", str(FALSE))


@pytest.fixture(scope="module")
def calculated(planted, profile, tmp_path_factory) -> Iterator[Path]:
    """As LibreOffice saves the planted file."""
    return libreoffice.saved(planted, tmp_path_factory.mktemp("calculated"), profile)


def test_false_stored_results_are_corrected(template, planted, calculated):
    before, after, right = cached_values(planted), cached_values(calculated), cached_values(template)
    cells = function_cells(template)
    assert len(cells) > 100
    for place in cells:
        assert before[place] == FALSE
        assert same(right[place], after[place], relative=1e-12, noise=0.0), place


def test_every_formula_agrees_and_no_cell_is_an_error(template, calculated):
    after = cached_values(calculated)
    assert differences(template, after) == []
    assert not [place for place, value in after.items() if is_cell_error(value)]
    assert after["Checks", "C7"] == "通过 PASS"


def test_the_numbers_of_the_command_line(template, calculated, deal_file):
    after, tranches = cached_values(calculated), run_numbers(deal_file)["tranches"]
    for reading in ("waterfall", "due"):
        sheet, first = next(
            place for place, text in formula_cells(template).items() if text == f'=TRANCHE_PD(deal,"{reading}")'
        )
        top = int(first.lstrip("C"))
        for i, tranche in enumerate(tranches):
            numbers = tranche | (tranche["due"] if reading == "due" else {})
            for j, key in enumerate(COLUMNS):
                shown = after[sheet, f"{'CDEFGHIJK'[j]}{top + i}"]
                assert same(numbers[key], shown, relative=1e-12, noise=0.0), (reading, key)


def test_the_saved_file_keeps_plain_function_names(template, calculated):
    def ours(path: Path) -> dict[tuple[str, str], str]:
        return {place: str(text) for place, text in formula_cells(path).items() if CALL.search(str(text))}

    before, after = ours(template), ours(calculated)
    assert set(before) == set(after)
    for place, text in after.items():
        assert text.startswith(before[place].split("(")[0] + "("), text
    everything = " ".join(map(str, formula_cells(calculated).values()))
    assert "kmvabs" not in everything.lower()
    assert not [name for name in REGISTRY if f"!{name}" in everything]
