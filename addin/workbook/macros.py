"""A workbook with macros: the same sheets, the project beside them, and what the package says about both."""

from __future__ import annotations

import io
import re
import zipfile

from addin.workbook.save import zip_entry

PROJECT_PART = "xl/vbaProject.bin"
PLAIN = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
WITH_MACROS = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
ADD_IN = b"application/vnd.ms-excel.addin.macroEnabled.main+xml"
PROJECT_TYPE = b"application/vnd.ms-office.vbaProject"
PROJECT_RELATION = b"http://schemas.microsoft.com/office/2006/relationships/vbaProject"


def with_macros(data: bytes, project: bytes, *, is_addin: bool = False) -> bytes:
    """An .xlsx and a vbaProject.bin -> an .xlsm, or an .xlam."""
    done = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(done, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "[Content_Types].xml":
                part = _typed(part, ADD_IN if is_addin else WITH_MACROS)
            elif name == "xl/_rels/workbook.xml.rels":
                part = _related(part)
            target.writestr(zip_entry(name), part, compresslevel=9)
        target.writestr(zip_entry(PROJECT_PART), project, compresslevel=9)
    return done.getvalue()


def _typed(types: bytes, main: bytes) -> bytes:
    part = b'<Override PartName="/' + PROJECT_PART.encode() + b'" ContentType="' + PROJECT_TYPE + b'"/>'
    return types.replace(PLAIN, main).replace(b"</Types>", part + b"</Types>")


def _related(relations: bytes) -> bytes:
    last = max(int(number) for number in re.findall(rb'Id="rId(\d+)"', relations))
    more = b'<Relationship Id="rId%d" Type="%s" Target="vbaProject.bin"/>' % (last + 1, PROJECT_RELATION)
    return relations.replace(b"</Relationships>", more + b"</Relationships>")
