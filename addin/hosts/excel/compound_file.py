"""Compound files (MS-CFB version 3): a small file system of storages and streams in one file.

Only what a VBA project needs: sectors of 512 bytes, streams under 4,096 bytes packed in the mini stream, no
times, no class ids. The same tree gives the same bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

Tree = dict[str, "bytes | Tree"]
"""Streams (bytes) and storages (trees) by name."""

SECTOR, MINI, CUTOFF = 512, 64, 4096
FREE, END, FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_ROOT, _STORAGE, _STREAM = 5, 1, 2
_RED, _BLACK = 0, 1
_IN_HEADER = 109
"""Sectors of the allocation table that the header itself can list: 6.8 MB, far more than a project has."""
_UNUSED = bytes(68) + struct.pack("<III", FREE, FREE, FREE) + bytes(48)


@dataclass
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    left: int = FREE
    right: int = FREE
    child: int = FREE
    colour: int = _BLACK
    start: int = 0
    size: int = 0

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le") + b"\0\0"
        links = struct.pack("<HBBIII", len(name), self.kind, self.colour, self.left, self.right, self.child)
        return name.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", self.start, self.size)


class _Sectors:
    """Sectors in file order, and the allocation table that chains them."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.chain: list[int] = []

    def add(self, data: bytes, filler: bytes = b"\0") -> int:
        """Where a run of sectors starts; END for nothing."""
        count, start = -(-len(data) // SECTOR), len(self.chain)
        self.data += data.ljust(count * SECTOR, filler)
        self.chain += _run(start, count)
        return start if count else END


def compound_file(tree: Tree) -> bytes:
    """The file of a tree."""
    entries = [_Entry("Root Entry", _ROOT)]
    _enter(entries, entries[0], tree)
    sectors, mini = _Sectors(), bytearray()
    mini_chain: list[int] = []
    for entry in entries:
        if entry.kind != _STREAM:
            continue
        entry.size = len(entry.data)
        if entry.size >= CUTOFF:
            entry.start = sectors.add(entry.data)
            continue
        count = -(-entry.size // MINI)
        entry.start = len(mini_chain) if count else END
        mini_chain += _run(len(mini_chain), count)
        mini += entry.data.ljust(count * MINI, b"\0")
    entries[0].start, entries[0].size = sectors.add(bytes(mini)), len(mini)
    mini_table = struct.pack(f"<{len(mini_chain)}I", *mini_chain)
    mini_at, mini_sectors = sectors.add(mini_table, b"\xff"), -(-len(mini_table) // SECTOR)
    directory = b"".join(entry.packed() for entry in entries)
    directory += _UNUSED * (-len(entries) % (SECTOR // len(_UNUSED)))
    directory_at = sectors.add(directory)
    table, table_at = _allocation_table(sectors.chain)
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        bytes.fromhex("D0CF11E0A1B11AE1"),
        *(0x3E, 3, 0xFFFE, 9, 6),
        *(0, len(table_at), directory_at, 0, CUTOFF, mini_at, mini_sectors, END, 0),
    )
    listed = table_at + [FREE] * (_IN_HEADER - len(table_at))
    return header + struct.pack(f"<{_IN_HEADER}I", *listed) + sectors.data + table


def _enter(entries: list[_Entry], parent: _Entry, tree: Tree) -> None:
    """Add the children of a storage, and link them as the balanced tree in which readers look names up."""
    places = []
    for name in sorted(tree, key=lambda each: (len(each), each.upper())):
        node = tree[name]
        entry = _Entry(name, _STREAM, node) if isinstance(node, bytes) else _Entry(name, _STORAGE)
        places.append(len(entries))
        entries.append(entry)
        if not isinstance(node, bytes):
            _enter(entries, entry, node)
    parent.child = _balanced(entries, places, 0, len(places).bit_length() - 1)


def _balanced(entries: list[_Entry], places: list[int], depth: int, deepest: int) -> int:
    """Halved at the middle, only the deepest level is incomplete: red there, black above, is a red-black tree."""
    if not places:
        return FREE
    middle = len(places) // 2
    top = entries[places[middle]]
    top.left = _balanced(entries, places[:middle], depth + 1, deepest)
    top.right = _balanced(entries, places[middle + 1 :], depth + 1, deepest)
    top.colour = _RED if depth == deepest and depth else _BLACK
    return places[middle]


def _run(start: int, count: int) -> list[int]:
    return [start + i + 1 for i in range(count - 1)] + [END] * bool(count)


def _allocation_table(chain: list[int]) -> tuple[bytes, list[int]]:
    """The table, which also covers the sectors it stands in, and those sectors: the last of the file."""
    per_sector = SECTOR // 4
    count = 1
    while count * per_sector < len(chain) + count:
        count += 1
    if count > _IN_HEADER:
        raise ValueError("too large for a compound file of this writer")
    full = chain + [FAT_SECTOR] * count
    full += [FREE] * (count * per_sector - len(full))
    return struct.pack(f"<{len(full)}I", *full), [len(chain) + i for i in range(count)]
