"""Files that must not be opened are refused in time, with their code."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from addin.workbook.gate import Limits, check_file
from addin.workbook.read import read_deal_file
from kmv_core.vocabulary.errors import KmvError

WORKBOOK = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}
SHEET = "xl/worksheets/sheet1.xml"


def zipped(parts: dict[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return raw.getvalue()


def encrypted_flag() -> bytes:
    data = bytearray(zipped(WORKBOOK))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(signature, at + 4)
    return bytes(data)


CASES = {
    "empty": (b"", "E101"),
    "text": (b"name,value\n", "E102"),
    "html": (b"<html></html>", "E102"),
    "old xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "E103"),
    "encrypted": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "E104"),
    "encrypted zip": (encrypted_flag(), "E104"),
    "cut short": (zipped(WORKBOOK)[:-30], "E105"),
    "bomb": (zipped(WORKBOOK | {SHEET: b" " * 30_000_000}), "E110"),
    "doctype": (zipped(WORKBOOK | {SHEET: b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'}), "E111"),
    "entity across a chunk": (
        zipped(WORKBOOK | {SHEET: b"<x>" + bytes(range(32, 126)) * 697 + b"  <!EnTiTy a 'b'>"}),
        "E111",
    ),
    "climbing": (zipped(WORKBOOK | {"../evil.xml": b""}), "E112"),
    "absolute": (zipped(WORKBOOK | {"/etc/x": b""}), "E112"),
    "twice": (zipped(WORKBOOK | {"XL/Workbook.xml": b""}), "E112"),
    "far cell": (
        zipped(WORKBOOK | {SHEET: b'<sheetData><row><c r="XFD1048576"><v>1</v></c></row></sheetData>'}),
        "E113",
    ),
    "far dimension": (zipped(WORKBOOK | {SHEET: b'<dimension ref="A1:XFD1048576"/>'}), "E113"),
    "no workbook": (zipped({"[Content_Types].xml": b""}), "E114"),
    "no types": (zipped({"xl/workbook.xml": b""}), "E114"),
}


@pytest.mark.parametrize("name", list(CASES))
def test_refused(name, tmp_path):
    data, code = CASES[name]
    path = tmp_path / "deal.xlsx"
    path.write_bytes(data)
    with pytest.raises(KmvError) as caught:
        check_file(path)
    assert caught.value.code == code


def test_limits_are_settings(tmp_path, template):
    path = tmp_path / "deal.xlsx"
    path.write_bytes(template.read_bytes())
    assert check_file(path) == []
    for limits in (Limits(file_bytes=10), Limits(entries=3), Limits(inflated_bytes=1000)):
        with pytest.raises(KmvError) as caught:
            check_file(path, limits)
        assert caught.value.code == "E110"
    with pytest.raises(KmvError) as caught:
        check_file(path, Limits(cells=10))
    assert caught.value.code == "E113"


def test_missing_file(tmp_path):
    with pytest.raises(KmvError) as caught:
        check_file(tmp_path / "none.xlsx")
    assert caught.value.code == "E100"


def test_macros_and_links_are_warned_of(tmp_path):
    path = tmp_path / "deal.xlsm"
    path.write_bytes(zipped(WORKBOOK | {"xl/vbaProject.bin": b"x", "xl/externalLinks/externalLink1.xml": b"<x/>"}))
    assert [each.code for each in check_file(path)] == ["W120", "W121"]


def test_garbage_inside_is_one_coded_message(tmp_path):
    path = tmp_path / "deal.xlsx"
    path.write_bytes(zipped(WORKBOOK))
    with pytest.raises(KmvError) as caught:
        read_deal_file(path)
    assert caught.value.code == "E114"


def test_a_workbook_without_the_name(tmp_path):
    book = openpyxl.Workbook()
    book.defined_names["deals"] = openpyxl.workbook.defined_name.DefinedName("deals", attr_text="Sheet!$A$1:$B$2")
    path = tmp_path / "deal.xlsx"
    book.save(path)
    with pytest.raises(KmvError) as caught:
        read_deal_file(path)
    assert caught.value.code == "E201"
    assert "deals" in caught.value.problems[0].en


def test_the_template_reads_as_its_deal(deal_file, deal):
    assert deal_file.parsed.deal == deal
    assert deal_file.warnings == ()
    assert Path(deal_file.path).name == "21jianxin08.xlsx"
