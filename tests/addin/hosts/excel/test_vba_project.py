"""The writer of vbaProject.bin: its compression, its file system, and what independent readers find in it."""

from __future__ import annotations

import hashlib
import io

import olefile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from addin.hosts.excel.compound_file import compound_file
from addin.hosts.excel.compression import compressed, decompressed
from addin.hosts.excel.project_reader import read_project
from addin.hosts.excel.vba import macro_project
from addin.hosts.excel.vba_project import PROJECT_ID, Module, decrypted, encrypted, project_bytes
from tests.judges import olevba

MODULES = [
    Module("ThisWorkbook", "workbook", "Option Explicit\n"),
    Module("Sheet1", "sheet"),
    Module("long_one", "standard", "Public Function F()\n" + "' a comment, again and again\n" * 900 + "End Function\n"),
    Module("Thing", "class", "Public Value As Long\n"),
]
TEXTS = st.lists(st.sampled_from([b"Public Function ", b"asset_value, ", b"\r\n", b"x", b"    "]), max_size=1500).map(
    b"".join
)


@given(st.one_of(TEXTS, st.binary(max_size=3600), st.binary(min_size=4096, max_size=4096)))
def test_compression_is_undone_by_two_readers(data):
    container = compressed(data)
    assert decompressed(container) == data
    assert olevba.decompressed(container) == data


def test_a_run_of_one_byte_and_a_chunk_that_does_not_shrink():
    assert len(compressed(b"a" * 4096)) < 20
    noise = hashlib.shake_256(b"noise").digest(4096)
    assert decompressed(compressed(noise * 2)) == noise * 2


def test_what_the_format_cannot_hold_is_refused():
    with pytest.raises(ValueError, match="cannot be compressed"):
        compressed(hashlib.shake_256(b"noise").digest(4000))


@pytest.mark.parametrize("bad", [b"", b"\x02", b"\x01\x00\x80\x00", b"\x01\x02\xb0\x01\x05\x00"])
def test_no_container_is_refused(bad):
    with pytest.raises(ValueError, match=r"container|chunk"):
        decompressed(bad)


@given(
    st.dictionaries(
        st.text("abcdefgXYZ_", min_size=1, max_size=20).filter(lambda name: name != "VBA"),
        st.binary(max_size=9000),
        max_size=12,
    )
)
def test_every_stream_of_a_compound_file_is_found_and_whole(streams):
    # Names are compared without case.
    kept = {
        name: data
        for i, (name, data) in enumerate(streams.items())
        if name.lower() not in {each.lower() for each in list(streams)[:i]}
    }
    with olefile.OleFileIO(io.BytesIO(compound_file({**kept, "VBA": {"inner": b"x" * 5000, **kept}}))) as file:
        assert file.parsing_issues == []
        for name, data in kept.items():
            assert file.openstream(name).read() == data
            assert file.openstream(f"VBA/{name}").read() == data
        assert file.openstream("VBA/inner").read() == b"x" * 5000


def test_the_directory_is_a_balanced_tree_in_the_order_of_the_format():
    names = [f"Sheet{i}" for i in range(1, 40)] + ["dir", "_VBA_PROJECT", "kmv_udfs"]
    with olefile.OleFileIO(io.BytesIO(compound_file(dict.fromkeys(names, b"x")))) as file:
        depths: list[int] = []

        def walk(place, depth):
            if place == 0xFFFFFFFF:
                return []
            entry = file.direntries[place]
            depths.append(depth)
            return [*walk(entry.sid_left, depth + 1), entry.name, *walk(entry.sid_right, depth + 1)]

        found = walk(file.direntries[0].sid_child, 0)
    assert found == sorted(names, key=lambda name: (len(name), name.upper()))
    assert max(depths) == len(names).bit_length() - 1


def test_independent_readers_find_every_module_as_it_was_written():
    data = project_bytes("Test", MODULES)
    found = olevba.sources("vbaProject.bin", data)
    # olevba shows the code without the attribute lines of the head; the stream has both.
    for module in MODULES:
        assert found[module.name].replace("\r\n", "\n").strip().endswith(module.code.strip())
    assert {each.name: each.source for each in read_project(data).modules} == {
        each.name: each.source for each in MODULES
    }


def test_the_same_modules_give_the_same_bytes():
    assert project_bytes("Test", MODULES) == project_bytes("Test", MODULES)
    assert macro_project(["Sheet1"]) == macro_project(["Sheet1"])


@pytest.mark.parametrize("data", [bytes(4), bytes(1), b"\xff", b"a longer text"])
def test_protection_is_read_back_with_the_right_id_only(data):
    assert decrypted(encrypted(data), PROJECT_ID) == data
    with pytest.raises(ValueError, match="another project id"):
        decrypted(encrypted(data), PROJECT_ID.replace("6", "7"))


def test_protection_as_excel_wrote_it_is_understood():
    # From a workbook made by Excel: not protected, no password, visible.
    project_id = "{E166F130-7A7D-463D-A36A-DF5CC07216B9}"
    assert decrypted("1C1EFBF0B83CBC3CBC3CBC3CBC", project_id) == bytes(4)
    assert decrypted("1C1EFBF0B839B939B939", project_id) == bytes(1)
    assert decrypted("1C1EFBF0B839B939B9C6", project_id) == b"\xff"


def test_source_that_is_not_ascii_is_refused():
    with pytest.raises(UnicodeEncodeError):
        project_bytes("Test", [Module("m", "standard", "' 违约\n")])
