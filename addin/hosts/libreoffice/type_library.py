"""An interface -> the bytes of a UNO type library (.rdb), which tells LibreOffice the types of our functions.

LibreOffice reads the binary format "UNOIDL, version 0": little-endian numbers; a name is written once and
afterwards referred to by its place; the map of every module is written after what it holds, and the header
points at the outermost one. Only what an extension needs is here: one interface in nested modules.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MAGIC = b"UNOIDL\xff\x00"
_INTERFACE, _MODULE, _IN = 5, 0, 0
_SEEN = 0x8000_0000
_BASE = "com.sun.star.uno.XInterface"


@dataclass(frozen=True, slots=True)
class Method:
    """A method; `parameters` are names and types in UNO's own spelling, all handed in."""

    name: str
    returns: str
    parameters: tuple[tuple[str, str], ...]


def type_library(interface: str, methods: tuple[Method, ...], note: bytes = b"") -> bytes:
    """The library that holds `interface`, a full name as `kmvabs.XFunctions`; a reader skips the note."""
    *modules, name = interface.split(".")
    writer = _Writer()
    writer.raw(MAGIC + bytes(8) + note)
    data = writer.interface(methods)
    for depth, inner in enumerate(reversed([*modules, name])):
        named = writer.place
        writer.raw(inner.encode("ascii") + b"\0")
        data = writer.module_map(named, data, outermost=depth == len(modules))
    struct.pack_into("<II", writer.written, len(MAGIC), data, 1)
    return bytes(writer.written)


class _Writer:
    def __init__(self) -> None:
        self.written = bytearray()
        self._places: dict[str, int] = {}

    @property
    def place(self) -> int:
        return len(self.written)

    def raw(self, content: bytes) -> None:
        self.written += content

    def count(self, value: int) -> None:
        self.raw(struct.pack("<I", value))

    def name(self, name: str) -> None:
        if name in self._places:
            self.count(self._places[name] | _SEEN)
        else:
            self._places[name] = self.place
            self.count(len(name))
            self.raw(name.encode("ascii"))

    def module_map(self, name: int, data: int, *, outermost: bool) -> int:
        place = self.place
        if not outermost:
            self.raw(bytes([_MODULE]))
            self.count(1)
        self.count(name)
        self.count(data)
        return place

    def interface(self, methods: tuple[Method, ...]) -> int:
        place = self.place
        self.raw(bytes([_INTERFACE]))
        self.count(1)
        self.name(_BASE)
        optional_bases = attributes = exceptions = 0
        self.count(optional_bases)
        self.count(attributes)
        self.count(len(methods))
        for method in methods:
            self.name(method.name)
            self.name(method.returns)
            self.count(len(method.parameters))
            for name, kind in method.parameters:
                self.raw(bytes([_IN]))
                self.name(name)
                self.name(kind)
            self.count(exceptions)
        return place
