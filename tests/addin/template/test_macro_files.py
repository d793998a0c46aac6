"""The shipped files with macros: the same sheets as without, the same bytes at every build, saved only when sound."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pytest

from addin.functions import REGISTRY
from addin.hosts.excel.compound_file import compound_file
from addin.hosts.excel.vba import macro_project
from addin.staleness import renew_files, same_workbook, stale_files
from addin.template import build, files
from addin.template.addin_file import ADDIN, addin_bytes
from addin.template.build import template_bytes
from addin.template.files import built_files, put_file
from addin.template.function_sheet import HELP_NAME, NO_ANSWER_NAME
from addin.workbook.save import save
from kmv_core.vocabulary.errors import KINDS, KmvError
from tests.judges import libreoffice, olevba
from tests.judges.cells import cached_values, formula_cells, parts

CHECKOUT = Path(__file__).parents[3]
NAME = "21jianxin08"


@pytest.fixture(scope="module")
def with_macros(tmp_path_factory):
    path = tmp_path_factory.mktemp("macros") / f"{NAME}.xlsm"
    path.write_bytes(template_bytes(NAME, macros=True))
    return path


@pytest.fixture(scope="module")
def add_in(tmp_path_factory):
    path = tmp_path_factory.mktemp("macros") / ADDIN
    path.write_bytes(addin_bytes())
    return path


def test_two_builds_are_the_same_bytes(with_macros, add_in):
    build._built.cache_clear()
    assert template_bytes(NAME, macros=True) == with_macros.read_bytes()
    assert addin_bytes() == add_in.read_bytes()


def test_the_sheets_are_those_of_the_workbook_without_macros(with_macros, template):
    ours, plain = parts(with_macros), parts(template)
    assert set(ours) - set(plain) == {"xl/vbaProject.bin"}
    differing = {name for name in plain if ours[name] != plain[name]}
    assert differing == {"[Content_Types].xml", "xl/_rels/workbook.xml.rels"}
    assert cached_values(with_macros) == cached_values(template)
    assert formula_cells(with_macros) == formula_cells(template)


def test_libreoffice_sees_the_same_values_and_formulas(with_macros, template):
    # Conversion runs no macros: there the functions of the workbook's own project are errors, not unknown.
    def seen(path):
        return {
            place: "error" if value in ("#NAME?", "#VALUE!") else value
            for place, value in libreoffice.recalculated(path).items()
        }

    ours, plain = seen(with_macros), seen(template)
    assert ours == plain
    assert len(ours) > 500


def test_libreoffice_opens_the_add_in(add_in):
    values = libreoffice.recalculated(add_in)
    names = {value for (sheet, cell), value in values.items() if sheet == "Functions" and cell.startswith("A")}
    assert set(REGISTRY) <= names


def test_a_macro_reader_finds_one_module_for_every_sheet(with_macros):
    modules = olevba.sources(with_macros.name, with_macros.read_bytes())
    book = openpyxl.load_workbook(with_macros, keep_vba=True)
    codes = [sheet.sheet_properties.codeName for sheet in book]
    assert set(modules) == {book.code_name, *codes, "xlwings", "Dictionary", "kmv_host", "kmv_udfs"}
    assert codes == [f"Sheet{i}" for i in range(1, len(codes) + 1)]


def test_the_help_table_is_what_the_wizard_shall_show(template):
    book = openpyxl.load_workbook(template)
    sheet = book["Functions"]
    (area,) = book.defined_names[HELP_NAME].destinations
    rows = [[cell.value or "" for cell in row] for row in sheet[area[1]]]
    expected = []
    for record in REGISTRY.values():
        expected.append((record.name, f"KMV {record.category}", record.help))
        expected += [(record.name, each.name, each.term.help) for each in record.arguments]
    assert [(row[0], row[1], f"{row[3]} | {row[4]}") for row in rows] == expected
    assert all(len(text) <= 255 for _, _, text in expected)
    (place,) = book.defined_names[NO_ANSWER_NAME].destinations
    kind = KINDS["E910"]
    assert sheet[place[1]].value == f"{kind.en} | {kind.zh}"
    assert not any(each.hidden for each in (*sheet.row_dimensions.values(), *sheet.column_dimensions.values()))


def test_the_committed_files_are_those_the_code_makes():
    for name, data in built_files().items():
        assert same_workbook((CHECKOUT / "templates" / name).read_bytes(), data), name


def test_a_changed_macro_makes_a_workbook_stale_and_writing_renews_it(tmp_path, with_macros, monkeypatch):
    monkeypatch.setattr(files, "EXAMPLES", (NAME,))
    (tmp_path / "templates").mkdir()
    for kept in ("README.md", f"templates/{NAME}.xlsx", f"templates/{NAME}.xlsm"):
        shutil.copy(CHECKOUT / kept, tmp_path / kept)
    path = tmp_path / "templates" / f"{NAME}.xlsm"
    planted(path, macro_project([f"Sheet{i}" for i in range(1, 9)]).replace(b"KmvAbs", b"Kmvabs", 1))
    assert stale_files(tmp_path) == [f"templates/{NAME}.xlsm", f"templates/{ADDIN}"]
    renew_files(tmp_path)
    assert stale_files(tmp_path) == []
    assert path.read_bytes() == with_macros.read_bytes()


def planted(path, project):
    found = parts(path)
    with zipfile.ZipFile(path, "w") as package:
        for name, data in found.items():
            package.writestr(name, project if name == "xl/vbaProject.bin" else data)


def test_files_are_put_in_place_by_their_kind(tmp_path, with_macros, add_in, template):
    for source in (with_macros, add_in, template):
        path = tmp_path / source.name
        put_file(source.read_bytes(), path)
        assert path.read_bytes() == source.read_bytes()
    assert len(list(tmp_path.iterdir())) == 3


def test_a_project_that_does_not_fit_is_never_put_in_place(tmp_path, with_macros):
    broken = tmp_path / "broken.zip"
    broken.write_bytes(with_macros.read_bytes())
    planted(broken, compound_file({"VBA": {}}))
    path = tmp_path / "deal.xlsm"
    path.write_bytes(b"the old one")
    with pytest.raises(KmvError) as caught:
        put_file(broken.read_bytes(), path)
    assert caught.value.code == "E302"
    assert path.read_bytes() == b"the old one"


def test_a_workbook_without_macros_is_no_xlsm(tmp_path, template):
    for put in (save, put_file):
        with pytest.raises(KmvError) as caught:
            put(template.read_bytes(), tmp_path / "deal.xlsm")
        assert caught.value.code == "E302"
    assert list(tmp_path.iterdir()) == []


def test_openpyxl_keeps_the_project(with_macros, tmp_path):
    book = openpyxl.load_workbook(with_macros, keep_vba=True)
    kept = io.BytesIO()
    book.save(kept)
    with zipfile.ZipFile(kept) as package:
        assert package.read("xl/vbaProject.bin") == parts(with_macros)["xl/vbaProject.bin"]
