"""Does a workbook agree with its macros? The rules that decide whether Excel opens it or repairs it.

Excel compares three lists of names (the sheets' code names, the project's own, its directory's) and what each
module says of itself; where they differ it drops the macros without a word to whoever made the file.
"""

from __future__ import annotations

import posixpath
import re
import struct
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from defusedxml import ElementTree

from addin.hosts.excel.project_reader import ModuleRecord, Project, read_project
from addin.hosts.excel.vba_project import BASES, NO_CACHE, decrypted

MOST_NAME, MOST_LINE, MOST_CONTINUED, MOST_PROCEDURE = 31, 1023, 24, 64 * 1024
OFFICE_LIBRARY = b"{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PROJECT_RELATION = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
_PROJECT_TYPE = "application/vnd.ms-office.vbaProject"
_MAIN_TYPES = {
    ".xlsm": "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    ".xlam": "application/vnd.ms-excel.addin.macroEnabled.main+xml",
}
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_PROCEDURE = re.compile(
    r"^(?:Public |Private )?(?:Static )?(?:Sub|Function|Property \w+) (\w+).*?^End (?:Sub|Function|Property)",
    re.MULTILINE | re.DOTALL,
)


class Finding(NamedTuple):
    """One broken rule: the rule's short name, and what breaks it."""

    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.text}"


def check_macro_workbook(path: Path) -> list[Finding]:
    """Every broken rule of an .xlsm or .xlam; nothing where Excel can be expected to open it as it is."""
    try:
        with zipfile.ZipFile(path) as package:
            return list(_findings(package, path.suffix.lower()))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, OSError, ValueError, struct.error) as fault:
        return [Finding("readable", f"{type(fault).__name__}: {fault}")]


def _findings(package: zipfile.ZipFile, suffix: str) -> Iterator[Finding]:
    yield from _package(package, suffix)
    workbook, sheets, titles = _code_names(package)
    yield from _names([workbook, *sheets], titles)
    project = read_project(package.read("xl/vbaProject.bin"))
    yield from _documents(project, workbook, sheets)
    yield from _kinds(project)
    yield from _lists(project)
    yield from _form(project)
    yield from _protection(project)
    yield from _references(project)
    for module in project.modules:
        yield from _source(module)


def _package(package: zipfile.ZipFile, suffix: str) -> Iterator[Finding]:
    """10: content types and the one relationship."""
    names = Counter(name.lower() for name in package.namelist())
    yield from (Finding("package", f"the part {name} occurs twice") for name, count in names.items() if count > 1)
    types = ElementTree.fromstring(package.read("[Content_Types].xml"))
    by_part = {each.get("PartName"): each.get("ContentType") for each in types}
    by_suffix = {each.get("Extension"): each.get("ContentType") for each in types}
    if by_part.get("/xl/workbook.xml") != _MAIN_TYPES.get(suffix):
        yield Finding("package", f"the workbook's content type is not that of {suffix}")
    if _PROJECT_TYPE not in (by_part.get("/xl/vbaProject.bin"), by_suffix.get("bin")):
        yield Finding("package", "vbaProject.bin has no content type")
    relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    found = [each.get("Target") for each in relations if each.get("Type") == _PROJECT_RELATION]
    if found != ["vbaProject.bin"]:
        yield Finding("package", f"relationships to the project: {found}, exactly one to vbaProject.bin is wanted")


def _code_names(package: zipfile.ZipFile) -> tuple[str, list[str], list[str]]:
    """The workbook's code name, the sheets' code names, and the sheets' titles."""
    relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    targets = {each.get("Id"): each.get("Target", "") for each in relations}
    book = ElementTree.fromstring(package.read("xl/workbook.xml"))
    properties = book.find(f"{_MAIN}workbookPr")
    codes, titles = [], []
    for sheet in book.iter(f"{_MAIN}sheet"):
        part = posixpath.normpath(posixpath.join("/xl", targets[sheet.get(_RELATION_ID)])).lstrip("/")
        found = ElementTree.fromstring(package.read(part)).find(f"{_MAIN}sheetPr")
        codes.append("" if found is None else found.get("codeName", ""))
        titles.append(sheet.get("name", ""))
    return "" if properties is None else properties.get("codeName", ""), codes, titles


def _names(codes: list[str], titles: Iterable[str]) -> Iterator[Finding]:
    """1: every part has a code name; 11: no sheet of settings."""
    for code in codes:
        if not _IDENTIFIER.fullmatch(code) or len(code) > MOST_NAME:
            yield Finding("code names", f"{code!r} is no name of at most {MOST_NAME} ASCII letters, digits and _")
    if len({code.lower() for code in codes}) < len(codes):
        yield Finding("code names", f"not unique: {', '.join(codes)}")
    for title in titles:
        if title.lower().endswith(".conf"):
            yield Finding("settings", f"the sheet {title} would override the settings of the user")


def _documents(project: Project, workbook: str, sheets: list[str]) -> Iterator[Finding]:
    """2: code names, Document lines and object modules, one to one, each made from what it is."""
    listed = [name for line, name in project.listed if line == "Document"]
    if sorted(listed) != sorted([workbook, *sheets]):
        yield Finding("documents", f"the project lists {sorted(listed)}, the workbook {sorted([workbook, *sheets])}")
    for module in project.modules:
        if module.name in listed:
            base = BASES["workbook" if module.name == workbook else "sheet"]
            wanted = (f'VB_Base = "{base}"', "VB_PredeclaredId = True", "VB_Exposed = True")
            for line in wanted:
                if f"Attribute {line}" not in module.source:
                    yield Finding("documents", f"{module.name} lacks {line}")


def _kinds(project: Project) -> Iterator[Finding]:
    """2, 3: a standard module is 0x21 and Module=, everything else 0x22."""
    lines = {name: line for line, name in project.listed}
    for module in project.modules:
        line = lines.get(module.name, "")
        if module.kind != (0x21 if line == "Module" else 0x22):
            yield Finding("kinds", f"{module.name} is {line}= in PROJECT and {module.kind:#x} in the directory")
        made_as_class = f'Attribute VB_Base = "{BASES["class"]}"' in module.source
        if made_as_class != (line == "Class"):
            yield Finding("kinds", f"{module.name} is {line}= in PROJECT, its text says otherwise")


def _lists(project: Project) -> Iterator[Finding]:
    """4, 7: the same names everywhere."""
    names = sorted(module.name for module in project.modules)
    others = {
        "PROJECT": [name for _, name in project.listed],
        "[Workspace]": project.workspace,
        "PROJECTwm": project.wide_names,
        "the streams": project.streams,
    }
    for where, found in others.items():
        if sorted(found) != names:
            yield Finding("lists", f"{where} has {sorted(found)}, the directory {names}")
    for module in project.modules:
        if {module.wide_name, module.stream, module.wide_stream} != {module.name}:
            yield Finding("lists", f"the names of {module.name} differ within the directory")
        if not module.source.startswith(f'Attribute VB_Name = "{module.name}"\r\n'):
            yield Finding("lists", f"{module.name} does not begin with its own VB_Name")
    if project.count != len(names):
        yield Finding("lists", f"the directory counts {project.count} modules and has {len(names)}")
    if not project.is_closed:
        yield Finding("lists", "the directory does not end with its last record")
    if project.title != project.name:
        yield Finding("project name", f"{project.title!r} in PROJECT, {project.name!r} in the directory")


def _form(project: Project) -> Iterator[Finding]:
    """5: source only, so that no stale cache is believed."""
    if project.cache != NO_CACHE:
        yield Finding("source only", "_VBA_PROJECT holds a cache")
    if project.caches:
        yield Finding("source only", f"streams of compiled code: {', '.join(project.caches)}")
    if project.cookie != 0xFFFF:
        yield Finding("source only", "the directory's cookie is not FFFF")
    for module in project.modules:
        if module.offset:
            yield Finding("source only", f"the text of {module.name} begins at {module.offset}")
        if module.cookie != 0xFFFF:
            yield Finding("source only", f"the cookie of {module.name} is not FFFF")


def _protection(project: Project) -> Iterator[Finding]:
    """6: protection, password and visibility are veiled with the project's own id, and all are off."""
    for field, wanted in (("CMG", bytes(4)), ("DPB", bytes(1)), ("GC", b"\xff")):
        try:
            if decrypted(project.fields.get(field, ""), project.fields.get("ID", "")) != wanted:
                yield Finding("protection", f"{field} locks or hides the project")
        except ValueError as fault:
            yield Finding("protection", f"{field}: {fault}")


def _references(project: Project) -> Iterator[Finding]:
    """8: none but Office: another machine may lack any other, and its path may be private."""
    for reference in project.references:
        if OFFICE_LIBRARY not in reference:
            yield Finding("references", reference.decode("latin-1").strip("\0"))
        elif b"\\Users\\" in reference:
            yield Finding("references", "the reference carries a private path")


def _source(module: ModuleRecord) -> Iterator[Finding]:
    """9: text that any code page and VBA's limits allow."""
    if not module.source.isascii():
        yield Finding("source", f"{module.name} is not ASCII: it would depend on the code page")
    if re.search(r"(?<!\r)\n|\r(?!\n)", module.source):
        yield Finding("source", f"{module.name} has line ends other than CRLF")
    longest = max(map(len, module.source.split("\r\n")))
    if longest > MOST_LINE:
        yield Finding("source", f"{module.name} has a line of {longest} characters, {MOST_LINE} are allowed")
    if re.search(rf"(?:[^\r\n]* _\r\n){{{MOST_CONTINUED + 1}}}", module.source):
        yield Finding("source", f"{module.name} continues a line more than {MOST_CONTINUED} times")
    for procedure in _PROCEDURE.finditer(module.source):
        if len(procedure[0]) > MOST_PROCEDURE:
            yield Finding("source", f"{module.name}.{procedure[1]} passes 64 KB")
