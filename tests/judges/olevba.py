"""oletools as a second reader of macros. Its own use of outdated names of pyparsing is no fault of ours."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from oletools.olevba import VBA_Parser, decompress_stream


def decompressed(container: bytes) -> bytes:
    return bytes(decompress_stream(bytearray(container)))


def sources(name: str, data: bytes) -> dict[str, str]:
    """The text of every module of a workbook or a vbaProject.bin."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parser = VBA_Parser(name, data)
        try:
            return {module.rsplit(".", 1)[0]: text for _, _, module, text in parser.extract_macros()}
        finally:
            parser.close()
