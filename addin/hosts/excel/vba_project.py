"""Writes vbaProject.bin, a workbook's macros, on any system (MS-OVBA).

Source-only form: no compiled code and no cache, so the program compiles the text when it first runs it, as it
does with the files xlwings ships. The one library referred to is Office, as in every project Excel makes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from addin.hosts.excel.compound_file import Tree, compound_file
from addin.hosts.excel.compression import compressed

ModuleKind = Literal["workbook", "sheet", "standard", "class"]
BASES = {
    "workbook": "0{00020819-0000-0000-C000-000000000046}",
    "sheet": "0{00020820-0000-0000-C000-000000000046}",
    "class": "0{FCFB3D2A-A0FA-1068-A738-08002B3371B5}",
}
"""What a module that is an object is made from: an Excel workbook, an Excel sheet, a plain object."""
PROJECT_LINES = {"workbook": "Document", "sheet": "Document", "standard": "Module", "class": "Class"}
NO_CACHE = bytes.fromhex("CC61FFFF000100")
PROJECT_ID = "{6B2F1D0E-5A43-4C7B-9E21-3D8A7F60C1B5}"
OFFICE = (
    r"*\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0"
    r"#C:\Program Files\Common Files\Microsoft Shared\OFFICE16\MSO.DLL#Microsoft Office 16.0 Object Library"
)
_ASCII_PAGE = 1252
_ENGLISH = 0x0409
_SEED = 0x1C


@dataclass(frozen=True, slots=True)
class Module:
    """One module: its code, without the attribute lines at its head, which follow from the kind."""

    name: str
    kind: ModuleKind
    code: str = ""

    @property
    def source(self) -> str:
        """The text as the project keeps it: attributes, code, CRLF line ends."""
        lines = [f'Attribute VB_Name = "{self.name}"']
        if self.kind in BASES:
            is_document = self.kind != "class"
            lines += [
                f'Attribute VB_Base = "{BASES[self.kind]}"',
                "Attribute VB_GlobalNameSpace = False",
                "Attribute VB_Creatable = False",
                f"Attribute VB_PredeclaredId = {is_document}",
                "Attribute VB_Exposed = True",
                "Attribute VB_TemplateDerived = False",
                f"Attribute VB_Customizable = {is_document}",
            ]
        return "".join(f"{line}\r\n" for line in [*lines, *self.code.splitlines()])


def project_bytes(name: str, modules: Sequence[Module]) -> bytes:
    """The project; same modules, same bytes. Raises UnicodeEncodeError for anything that is not ASCII."""
    streams: Tree = {each.name: compressed(each.source.encode("ascii")) for each in modules}
    streams["dir"] = compressed(_directory(name, modules))
    streams["_VBA_PROJECT"] = NO_CACHE
    return compound_file({"PROJECT": _project(name, modules), "PROJECTwm": _names(modules), "VBA": streams})


def _project(name: str, modules: Sequence[Module]) -> bytes:
    """The PROJECT stream: what the project consists of, and that it is neither locked nor hidden."""
    lines = [f'ID="{PROJECT_ID}"']
    for each in modules:
        document = "/&H00000000" if each.kind in ("workbook", "sheet") else ""
        lines.append(f"{PROJECT_LINES[each.kind]}={each.name}{document}")
    lines += [
        f'Name="{name}"',
        'HelpContextID="0"',
        'VersionCompatible32="393222000"',
        f'CMG="{encrypted(bytes(4))}"',
        f'DPB="{encrypted(bytes(1))}"',
        f'GC="{encrypted(bytes([0xFF]))}"',
        "",
        "[Host Extender Info]",
        "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000",
        "",
        "[Workspace]",
        *(f"{each.name}=0, 0, 0, 0, C" for each in modules),
    ]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def encrypted(data: bytes, project_id: str = PROJECT_ID) -> str:
    """Protection state, password or visibility as PROJECT shows them (MS-OVBA 2.4.3): a veil, keyed by the id."""
    key = sum(project_id.encode("ascii")) & 0xFF
    out = [_SEED, _SEED ^ 2, _SEED ^ key]
    last = key
    ignored = bytes((_SEED & 6) // 2)
    for byte in ignored + struct.pack("<I", len(data)) + data:
        out.append(byte ^ (out[-2] + last & 0xFF))
        last = byte
    return bytes(out).hex().upper()


def decrypted(text: str, project_id: str) -> bytes:
    """What `encrypted` was given. ValueError where the id is another one or the text is damaged."""
    veiled = bytes.fromhex(text)
    key = sum(project_id.encode("ascii")) & 0xFF
    if len(veiled) < 8 or veiled[0] ^ veiled[1] != 2 or veiled[0] ^ veiled[2] != key:
        raise ValueError("encrypted with another project id")
    plain, last = [], key
    for at in range(3, len(veiled)):
        last = veiled[at] ^ (veiled[at - 2] + last & 0xFF)
        plain.append(last)
    start = (veiled[0] & 6) // 2
    (length,) = struct.unpack_from("<I", bytes(plain), start)
    data = bytes(plain[start + 4 :])
    if len(data) != length:
        raise ValueError("cut short")
    return data


def _directory(name: str, modules: Sequence[Module]) -> bytes:
    """The dir stream, before compression: the project, its references, its modules."""
    records = [
        (0x01, struct.pack("<I", 1)),
        (0x02, struct.pack("<I", _ENGLISH)),
        (0x14, struct.pack("<I", _ENGLISH)),
        (0x03, struct.pack("<H", _ASCII_PAGE)),
        (0x04, name.encode("ascii")),
        *((each, b"") for each in (0x05, 0x40, 0x06, 0x3D)),
        (0x07, bytes(4)),
        (0x08, bytes(4)),
    ]
    version = struct.pack("<HIIH", 0x09, 4, 1, 0)
    reference = struct.pack("<I", len(OFFICE)) + OFFICE.encode("ascii") + bytes(6)
    rest = [
        (0x0C, b""),
        (0x3C, b""),
        (0x16, b"Office"),
        (0x3E, "Office".encode("utf-16-le")),
        (0x0D, reference),
        (0x0F, struct.pack("<H", len(modules))),
        (0x13, b"\xff\xff"),
    ]
    for each in modules:
        narrow, wide = each.name.encode("ascii"), each.name.encode("utf-16-le")
        rest += [
            (0x19, narrow),
            (0x47, wide),
            (0x1A, narrow),
            (0x32, wide),
            (0x1C, b""),
            (0x48, b""),
            (0x31, bytes(4)),
            (0x1E, bytes(4)),
            (0x2C, b"\xff\xff"),
            (0x21 if each.kind == "standard" else 0x22, b""),
            (0x2B, b""),
        ]
    rest.append((0x10, b""))
    return b"".join(map(_record, records)) + version + b"".join(map(_record, rest))


def _record(record: tuple[int, bytes]) -> bytes:
    number, data = record
    return struct.pack("<HI", number, len(data)) + data


def _names(modules: Sequence[Module]) -> bytes:
    """The PROJECTwm stream: every name narrow and wide."""
    pairs = (each.name.encode("ascii") + b"\0" + each.name.encode("utf-16-le") + b"\0\0" for each in modules)
    return b"".join(pairs) + b"\0\0"
