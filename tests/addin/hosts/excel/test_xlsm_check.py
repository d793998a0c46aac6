"""The checker of workbooks with macros: every rule, with a planted fault that breaks it and nothing else planted."""

from __future__ import annotations

import inspect
import io
import re
import struct
import zipfile

import olefile
import pytest

from addin.hosts.excel import xlsm_check
from addin.hosts.excel.compound_file import compound_file
from addin.hosts.excel.compression import compressed, decompressed
from addin.hosts.excel.vba import macro_project
from addin.hosts.excel.vba_project import encrypted
from addin.hosts.excel.xlsm_check import check_macro_workbook
from addin.template.files import built_files
from addin.workbook.macros import with_macros
from addin.workbook.page import Book

PROJECT = "xl/vbaProject.bin"


@pytest.fixture(scope="module")
def workbook():
    """A small sound workbook, part by part."""
    book = Book("checked")
    for name in ("One", "Two"):
        book.page(name).text(1, 1, "x")
    data = with_macros(book.to_bytes(), macro_project(book.code_names))
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def found_in(folder, parts, suffix=".xlsm"):
    path = folder / f"planted{suffix}"
    with zipfile.ZipFile(path, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return check_macro_workbook(path)


def rules(findings):
    return {each.rule for each in findings}


def streams_of(project):
    with olefile.OleFileIO(io.BytesIO(project)) as file:
        tree = {"VBA": {}}
        for path in file.listdir():
            data = file.openstream(path).read()
            (tree["VBA"] if path[0] == "VBA" else tree)[path[-1]] = data
        return tree


def in_part(name, old, new):
    def plant(parts):
        changed = re.sub(old, new, parts[name].decode(), count=1)
        assert changed != parts[name].decode()
        parts[name] = changed.encode()

    return plant


def in_stream(name, change, *, packed=False):
    """Change a stream of the project; `packed` ones are compressed."""

    def plant(parts):
        tree = streams_of(parts[PROJECT])
        folder = tree if name in tree else tree["VBA"]
        before = decompressed(folder[name]) if packed else folder[name]
        after = change(before)
        assert after != before
        folder[name] = compressed(after) if packed else after
        parts[PROJECT] = compound_file(tree)

    return plant


def swap(old, new):
    return lambda data: data.replace(old, new, 1)


def record(number, data):
    return struct.pack("<HI", number, len(data)) + data


def of_module(name, old, new):
    """In the directory: the first `old` after the module's name."""

    def change(directory):
        at = directory.index(record(0x19, name))
        return directory[:at] + directory[at:].replace(old, new, 1)

    return in_stream("dir", change, packed=True)


def in_code(old, new, module="kmv_udfs"):
    return in_stream(module, swap(old, new), packed=True)


def with_stream(name, data):
    def plant(parts):
        tree = streams_of(parts[PROJECT])
        tree["VBA"][name] = data
        parts[PROJECT] = compound_file(tree)

    return plant


def both(*plants):
    def plant(parts):
        for each in plants:
            each(parts)

    return plant


def without_part(name):
    return lambda parts: parts.pop(name)


SHEET, BOOK, RELATIONS, TYPES = (
    "xl/worksheets/sheet1.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "[Content_Types].xml",
)
FORMS = rb"*\G{0D452EE1-E08F-101A-852E-02608C4D0BB4}#2.0#0#C:\WINDOWS\FM20.DLL#Microsoft Forms"
FAULTS = {
    "a sheet without code name": ("code names", in_part(SHEET, ' codeName="Sheet1"', "")),
    "a workbook without code name": ("code names", in_part(BOOK, ' codeName="ThisWorkbook"', "")),
    "the same code name twice": ("code names", in_part(SHEET, "Sheet1", "sheet2")),
    "a code name that is not ASCII": ("code names", in_part(SHEET, "Sheet1", "表1")),
    "a code name too long": ("code names", in_part(SHEET, "Sheet1", "S" * 32)),
    "a sheet the project lacks": ("documents", in_part(SHEET, "Sheet1", "Sheet9")),
    "a sheet the project lists no more": (
        "documents",
        in_stream("PROJECT", swap(b"Document=Sheet2/", b"Document=Sheet3/")),
    ),
    "a sheet made from a workbook": ("documents", in_code(b"00020820", b"00020819", "Sheet1")),
    "a workbook made from a sheet": ("documents", in_code(b"00020819", b"00020820", "ThisWorkbook")),
    "a document without its own object": (
        "documents",
        in_code(b"PredeclaredId = True", b"PredeclaredId = False", "Sheet1"),
    ),
    "a hidden document": ("documents", in_code(b"Exposed = True", b"Exposed = False", "Sheet1")),
    "a standard module typed as a class": ("kinds", of_module(b"kmv_udfs", record(0x21, b""), record(0x22, b""))),
    "a class typed as a standard module": ("kinds", of_module(b"Dictionary", record(0x22, b""), record(0x21, b""))),
    "a class listed as a module": ("kinds", in_stream("PROJECT", swap(b"Class=Dictionary", b"Module=Dictionary"))),
    "a module listed as a class": ("kinds", in_stream("PROJECT", swap(b"Module=kmv_udfs", b"Class=kmv_udfs"))),
    "a module the project does not list": ("lists", in_stream("PROJECT", swap(b"Module=kmv_host\r\n", b""))),
    "a module without a window": ("lists", in_stream("PROJECT", swap(b"kmv_host=0, 0, 0, 0, C\r\n", b""))),
    "a module without a wide name": (
        "lists",
        in_stream("PROJECTwm", swap("kmv_host".encode("utf-16-le"), "kmv_hosT".encode("utf-16-le"))),
    ),
    "names that are not ended": ("readable", in_stream("PROJECTwm", lambda data: data[:-5])),
    "a stream of no module": ("lists", with_stream("Leftover", compressed(b""))),
    "two names in the directory": (
        "lists",
        of_module(
            b"kmv_host", record(0x47, "kmv_host".encode("utf-16-le")), record(0x47, "kmv_gost".encode("utf-16-le"))
        ),
    ),
    "two stream names in the directory": (
        "lists",
        of_module(
            b"kmv_host", record(0x32, "kmv_host".encode("utf-16-le")), record(0x32, "kmv_gost".encode("utf-16-le"))
        ),
    ),
    "another VB_Name": ("lists", in_code(b'VB_Name = "kmv_udfs"', b'VB_Name = "kmv_udf"')),
    "a line before VB_Name": ("lists", in_code(b"Attribute", b"\r\nAttribute")),
    "a wrong count": (
        "lists",
        in_stream(
            "dir",
            lambda data: re.sub(
                re.escape(struct.pack("<HI", 0x0F, 2)) + b"..",
                struct.pack("<HIH", 0x0F, 2, 99),
                data,
                count=1,
                flags=re.DOTALL,
            ),
            packed=True,
        ),
    ),
    "a directory without its end": ("lists", in_stream("dir", lambda data: data[:-6], packed=True)),
    "a cache": ("source only", in_stream("_VBA_PROJECT", lambda data: bytes.fromhex("CC61B500000300FF0904"))),
    "compiled code": ("source only", with_stream("__SRP_0", b"x")),
    "a module that is not at the start": (
        "source only",
        both(
            of_module(b"kmv_udfs", record(0x31, bytes(4)), record(0x31, struct.pack("<I", 5))),
            in_stream("kmv_udfs", lambda data: b"pcode" + data),
        ),
    ),
    "a cookie": ("source only", of_module(b"kmv_udfs", record(0x2C, b"\xff\xff"), record(0x2C, b"\x01\x02"))),
    "a cookie of the directory": (
        "source only",
        in_stream("dir", swap(record(0x13, b"\xff\xff"), record(0x13, b"\x01\x02")), packed=True),
    ),
    "another project id": (
        "protection",
        in_stream("PROJECT", lambda data: re.sub(rb'ID="\{.', b'ID="{7', data, count=1)),
    ),
    "a locked project": (
        "protection",
        in_stream("PROJECT", swap(encrypted(bytes(4)).encode(), encrypted(b"\x01\0\0\0").encode())),
    ),
    "another project name": ("project name", in_stream("PROJECT", swap(b'Name="KmvAbs"', b'Name="MyAddin"'))),
    "a reference to forms": (
        "references",
        in_stream(
            "dir",
            swap(
                record(0x0F, b"")[:2] + struct.pack("<I", 2),
                record(0x2F, FORMS) + record(0x0F, b"")[:2] + struct.pack("<I", 2),
            ),
            packed=True,
        ),
    ),
    "a private path": (
        "references",
        in_stream("dir", swap(b"C:\\Program Files\\Common Files", b"C:\\Users\\someone\\AppData\\xxxx"), packed=True),
    ),
    "lone line feeds": ("source", in_code(b"\r\nOption", b"\nOption")),
    "a word that is not ASCII": ("source", in_code(b"Derived", b"Derived\xe9")),
    "a line too long": ("source", in_code(b"Derived", b"x" * 1024)),
    "a line continued too often": ("source", in_code(b"' Derived", b"x = 1" + b" + _\r\n 1" * 25 + b"\r\n' Derived")),
    "a procedure too long": (
        "source",
        in_code(b"' Derived", b"Sub F()\r\n" + b"    x = 1\r\n" * 7000 + b"End Sub\r\n' Derived"),
    ),
    "a workbook typed as one without macros": (
        "package",
        in_part(TYPES, "ms-excel.sheet.macroEnabled", "openxmlformats-officedocument.spreadsheetml.sheet"),
    ),
    "a project without type": ("package", in_part(TYPES, "ms-office.vbaProject", "octet-stream")),
    "no relationship": ("package", in_part(RELATIONS, "2006/relationships/vbaProject", "2006/relationships/other")),
    "two relationships": (
        "package",
        in_part(
            RELATIONS,
            "</Relationships>",
            '<Relationship Id="rId99" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" Target="vbaProject.bin"/></Relationships>',
        ),
    ),
    "a sheet of settings": ("settings", in_part(BOOK, 'name="One"', 'name="xlwings.conf"')),
    "no project": ("readable", without_part(PROJECT)),
    "a project that is none": ("readable", lambda parts: parts.update({PROJECT: b"nothing"})),
}


def test_the_workbook_without_a_fault_is_sound(workbook, tmp_path):
    assert found_in(tmp_path, workbook) == []


@pytest.mark.parametrize(("rule", "plant"), FAULTS.values(), ids=list(FAULTS))
def test_a_planted_fault_is_found_by_its_rule(workbook, tmp_path, rule, plant):
    parts = dict(workbook)
    plant(parts)
    findings = found_in(tmp_path, parts)
    assert rule in rules(findings)
    assert all(str(each).startswith(f"{each.rule}: ") for each in findings)


def test_every_rule_has_a_fault():
    named = set(re.findall(r'Finding\("([a-z ]+)"', inspect.getsource(xlsm_check)))
    assert named == {rule for rule, _ in FAULTS.values()}


def test_a_part_that_occurs_twice_under_two_spellings(workbook, tmp_path):
    findings = found_in(tmp_path, {**workbook, "XL/workbook.xml": workbook[BOOK]})
    assert rules(findings) == {"package"}


def test_an_add_in_is_typed_as_one(workbook, tmp_path):
    assert rules(found_in(tmp_path, workbook, ".xlam")) == {"package"}


def test_no_package_at_all(tmp_path):
    path = tmp_path / "x.xlsm"
    path.write_bytes(b"nothing")
    assert rules(check_macro_workbook(path)) == {"readable"}


def test_everything_shipped_is_sound(tmp_path):
    for name, data in built_files().items():
        if not name.endswith(".xlsx"):
            path = tmp_path / name
            path.write_bytes(data)
            assert check_macro_workbook(path) == []
