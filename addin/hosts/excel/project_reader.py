"""Reads vbaProject.bin back: what the project says of itself, and the text of its modules."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import olefile

from addin.hosts.excel.compression import decompressed

_VERSION = 0x09
"""The one record whose size field is not its size."""
_REFERENCES = (0x0D, 0x0E, 0x2F, 0x30, 0x33)


@dataclass
class ModuleRecord:
    """One module: its records in the directory, and its text."""

    name: str
    wide_name: str = ""
    stream: str = ""
    wide_stream: str = ""
    offset: int = 0
    cookie: int = 0
    kind: int = 0
    source: str = ""


@dataclass
class Project:
    """The project, as its streams tell it."""

    fields: dict[str, str]
    listed: list[tuple[str, str]]
    """Kind of line and name, of every module in the PROJECT stream."""
    workspace: list[str]
    wide_names: list[str]
    streams: list[str]
    caches: list[str]
    cache: bytes
    name: str = ""
    count: int = 0
    cookie: int = 0
    is_closed: bool = False
    references: list[bytes] = field(default_factory=list)
    modules: list[ModuleRecord] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The name in the PROJECT stream."""
        return self.fields.get("Name", "")


def read_project(data: bytes) -> Project:
    """Raises ValueError or OSError where the file is no project at all."""
    with olefile.OleFileIO(io.BytesIO(data)) as file:
        head, _, workspace = _stream(file, "PROJECT").decode("latin-1").partition("[Workspace]")
        lines = re.findall(r'^(\w+)="?([^"\r\n]*)', head, re.MULTILINE)
        kinds = ("Document", "Module", "Class", "BaseClass")
        inside = [path[1] for path in file.listdir() if len(path) == 2 and path[0] == "VBA"]
        caches = [name for name in inside if name.startswith("__SRP_")]
        project = Project(
            fields=dict(lines),
            listed=[(line, name.partition("/")[0]) for line, name in lines if line in kinds],
            workspace=re.findall(r"^(\w+)=", workspace, re.MULTILINE),
            wide_names=_wide_names(_stream(file, "PROJECTwm")),
            streams=[name for name in inside if name not in ("dir", "_VBA_PROJECT", *caches)],
            caches=caches,
            cache=_stream(file, "VBA/_VBA_PROJECT"),
        )
        _read_directory(project, decompressed(_stream(file, "VBA/dir")))
        for module in project.modules:
            text = _stream(file, f"VBA/{module.stream}")[module.offset :]
            module.source = decompressed(text).decode("latin-1")
    return project


def _stream(file: olefile.OleFileIO, path: str) -> bytes:
    with file.openstream(path) as stream:
        return bytes(stream.read())


def _wide_names(data: bytes) -> list[str]:
    """The second of each pair of names. ValueError where one is not ended."""
    names, at = [], 0
    while at < len(data) and data[at]:
        start = data.index(b"\0", at) + 1
        end = next(place for place in range(start, len(data) + 2, 2) if data[place : place + 2] in (b"\0\0", b""))
        if end >= len(data):
            raise ValueError("PROJECTwm is cut short")
        names.append(data[start:end].decode("utf-16-le"))
        at = end + 2
    return names


def _records(directory: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(directory):
        number, size = struct.unpack_from("<HI", directory, at)
        size = 6 if number == _VERSION else size
        yield number, directory[at + 6 : at + 6 + size]
        at += 6 + size


def _read_directory(project: Project, directory: bytes) -> None:
    number = 0
    for number, data in _records(directory):
        if number == 0x19:
            project.modules.append(ModuleRecord(data.decode("latin-1")))
        elif project.modules:
            _read_module(project.modules[-1], number, data)
        elif number == 0x04:
            project.name = data.decode("latin-1")
        elif number == 0x0F:
            project.count = int.from_bytes(data, "little")
        elif number == 0x13:
            project.cookie = int.from_bytes(data, "little")
        elif number in _REFERENCES:
            project.references.append(data)
    project.is_closed = number == 0x10


def _read_module(module: ModuleRecord, number: int, data: bytes) -> None:
    if number == 0x47:
        module.wide_name = data.decode("utf-16-le")
    elif number == 0x1A:
        module.stream = data.decode("latin-1")
    elif number == 0x32:
        module.wide_stream = data.decode("utf-16-le")
    elif number == 0x31:
        module.offset = int.from_bytes(data, "little")
    elif number == 0x2C:
        module.cookie = int.from_bytes(data, "little")
    elif number in (0x21, 0x22):
        module.kind = number
