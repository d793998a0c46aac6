from __future__ import annotations

import ast
import io
import json
import zipfile
from pathlib import Path

from defusedxml import ElementTree

from addin.functions import REGISTRY
from addin.hosts import libreoffice
from addin.hosts.libreoffice.functions import methods
from addin.hosts.libreoffice.oxt import extension_bytes
from kmv_core import __version__

HERE = Path(libreoffice.__file__).parent
INTERPRETER = Path("/somewhere/bin/python")


def contents() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(extension_bytes(INTERPRETER))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_two_builds_are_the_same_bytes():
    assert extension_bytes(INTERPRETER) == extension_bytes(INTERPRETER)
    assert extension_bytes(INTERPRETER) != extension_bytes(INTERPRETER.with_name("python3"))


def test_every_function_with_its_arguments():
    data = json.loads(contents()["functions.json"])
    assert data["interpreter"] == str(INTERPRETER)
    assert [each["name"] for each in data["functions"]] == list(REGISTRY)
    for described, method in zip(data["functions"], methods(), strict=True):
        record = REGISTRY[described["name"]]
        assert described["help"] == record.help
        expected = [(each.name, each.term.help, each.required) for each in record.arguments]
        assert [(each["name"], each["help"], each["required"]) for each in described["arguments"]] == expected
        assert method.name == described["method"]
        names = [name.lower() for name, kind in method.parameters if kind != "com.sun.star.beans.XPropertySet"]
        assert names == [each.name.replace("_", "") for each in record.arguments]


def test_watched_cells_are_handed_over_as_cells():
    by_name = dict(zip(REGISTRY, methods(), strict=True))
    kinds = dict(by_name["KMV_ERRORS"].parameters)
    assert kinds["watch"] == "com.sun.star.table.XCellRange"
    assert "document" in kinds
    assert {kind for _, kind in by_name["KMV_PD"].parameters} == {"[][]any", "any"}


def test_everything_the_manifest_names_is_there():
    parts = contents()
    manifest = ElementTree.fromstring(parts["META-INF/manifest.xml"])
    space = "{http://openoffice.org/2001/manifest}"
    assert {each.get(f"{space}full-path") for each in manifest} <= set(parts)
    description = ElementTree.fromstring(parts["description.xml"])
    space = "{http://openoffice.org/extensions/description/2006}"
    assert description.find(f"{space}version").get("value") == __version__
    oldest = description.find(f"{space}dependencies/{{http://libreoffice.org/extensions/description/2011}}*")
    assert oldest.get("value") == "25.2"
    assert [each.get("lang") for each in description.findall(f"{space}display-name/{space}name")] == ["en", "zh"]


def test_what_runs_in_the_office_is_python_3_8_and_standard_library():
    known = {"__future__", "contextlib", "json", "os", "re", "secrets", "socket", "struct", "subprocess", "tempfile"}
    known |= {"threading", "time", "typing", "unohelper", "com", "kmvabs", "kmvabs_inside"}
    for path in (HERE / "component.py", *(HERE / "inside").glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"), feature_version=(3, 8))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert {each.name.split(".")[0] for each in node.names} <= known
            elif isinstance(node, ast.ImportFrom) and not node.level:
                assert (node.module or "").split(".")[0] in known
