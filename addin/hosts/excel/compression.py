"""Compression of VBA source and of the project's directory, as MS-OVBA 2.4.1 describes it.

Text is cut into chunks of 4,096 bytes. Within a chunk a token is a byte, or a copy of earlier bytes; the later
the token stands, the more bits its distance takes and the fewer are left for its length.
"""

from __future__ import annotations

import struct
from collections import defaultdict

SIGNATURE = 1
CHUNK = 4096
SHORTEST_COPY = 3
TRIED = 24
"""Earlier places tried for the longest copy: more make the result hardly smaller, and slower."""
_COMPRESSED, _RAW = 0xB000, 0x3FFF


def compressed(data: bytes) -> bytes:
    """The container of `data`. ValueError where a last, short chunk would grow: the format only pads it."""
    out = bytearray([SIGNATURE])
    for start in range(0, len(data), CHUNK):
        chunk = data[start : start + CHUNK]
        body = _tokens(chunk)
        if len(body) <= CHUNK:
            out += struct.pack("<H", _COMPRESSED | (len(body) - 1)) + body
        elif len(chunk) == CHUNK:
            out += struct.pack("<H", _RAW) + chunk
        else:
            raise ValueError("the last chunk cannot be compressed")
    return bytes(out)


def decompressed(container: bytes) -> bytes:
    """What `compressed` was given. ValueError for anything that is no such container."""
    if not container or container[0] != SIGNATURE:
        raise ValueError("not a compressed container")
    out, at = bytearray(), 1
    while at + 2 <= len(container):
        (header,) = struct.unpack_from("<H", container, at)
        if header & 0x7000 != 0x3000:
            raise ValueError("not a compressed chunk")
        end = at + (header & 0x0FFF) + 3
        body = container[at + 2 : end]
        out += _expanded(body) if header & 0x8000 else body
        at = end
    return bytes(out)


def _distance_bits(position: int) -> int:
    return max(4, (position - 1).bit_length())


def _tokens(chunk: bytes) -> bytes:
    body = bytearray()
    seen: defaultdict[bytes, list[int]] = defaultdict(list)
    at = 0
    while at < len(chunk):
        flags_at, flags = len(body), 0
        body.append(0)
        for bit in range(8):
            if at >= len(chunk):
                break
            bits = _distance_bits(at)
            length, distance = _longest_copy(chunk, at, seen[chunk[at : at + 3]], (0xFFFF >> bits) + SHORTEST_COPY)
            if length:
                flags |= 1 << bit
                body += struct.pack("<H", (distance - 1) << (16 - bits) | (length - SHORTEST_COPY))
            else:
                body.append(chunk[at])
            for place in range(at, at + max(length, 1)):
                seen[chunk[place : place + 3]].append(place)
            at += max(length, 1)
        body[flags_at] = flags
    return bytes(body)


def _longest_copy(chunk: bytes, at: int, places: list[int], limit: int) -> tuple[int, int]:
    """Length and distance of the longest copy that ends nearest; (0, 0) where none is worth a token."""
    best, distance = 0, 0
    most = min(limit, len(chunk) - at)
    if most < SHORTEST_COPY:
        return 0, 0
    for place in reversed(places[-TRIED:]):
        length = SHORTEST_COPY
        while length < most and chunk[place + length] == chunk[at + length]:
            length += 1
        if length > best:
            best, distance = length, at - place
    return best, distance


def _expanded(body: bytes) -> bytes:
    out, at = bytearray(), 0
    while at < len(body):
        flags = body[at]
        at += 1
        for bit in range(8):
            if at >= len(body):
                break
            if flags >> bit & 1:
                token = int.from_bytes(body[at : at + 2], "little")
                bits = _distance_bits(len(out))
                start = len(out) - (token >> (16 - bits)) - 1
                if start < 0:
                    raise ValueError("a copy reaches before its chunk")
                for place in range(start, start + (token & (0xFFFF >> bits)) + SHORTEST_COPY):
                    out.append(out[place])
                at += 2
            else:
                out.append(body[at])
                at += 1
    return bytes(out)
