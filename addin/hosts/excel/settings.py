"""What Excel's side reads on a user's machine: our xlwings settings, the add-in's place, the DLL, Excel itself.

The VBA of our workbooks looks for its settings in `.kmv-abs/kmv-abs.conf` of the user's folder, apart from the
settings of other xlwings workbooks. The file is lines of `"KEY","value"`, read by VBA in the system's code page.
"""

from __future__ import annotations

import csv
import io
import struct
from collections.abc import Mapping
from pathlib import Path

PROJECT = "kmv-abs"
UDF_MODULE = "addin.hosts.excel.udfs"
ADDIN_NAME = "kmv.xlam"
INTERPRETER = "INTERPRETER_WIN"
_MACHINES = {0x014C: 32, 0x8664: 64, 0xAA64: 64}


def conf_path(home: Path) -> Path:
    """The settings file of a user."""
    return home / f".{PROJECT}" / f"{PROJECT}.conf"


def addin_path(appdata: Path) -> Path:
    """Excel opens every add-in of this folder by itself."""
    return appdata / "Microsoft" / "Excel" / "XLSTART" / ADDIN_NAME


def conf_settings(interpreter: Path) -> dict[str, str]:
    """The settings we write: one interpreter by its absolute path, our functions, no console window."""
    return {
        INTERPRETER: str(interpreter),
        "UDF MODULES": UDF_MODULE,
        "ADD_WORKBOOK_TO_PYTHONPATH": "False",
        "SHOW CONSOLE": "False",
    }


def conf_text(settings: Mapping[str, str]) -> str:
    """The lines of a settings file; CRLF, as VBA's Input # wants them."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(settings.items())
    return text.getvalue()


def read_conf(text: str) -> dict[str, str]:
    """The settings of a file, keys in capitals; ValueError for a line that is no pair."""
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    wrong = next((row for row in rows if len(row) != 2), None)
    if wrong is not None:
        raise ValueError(f"no pair of key and value: {','.join(wrong)!r}")
    return {key.strip().upper(): value for key, value in rows}


def dll_places(interpreter: Path, xlwings_version: str, bits: int) -> tuple[Path, Path]:
    """Where the VBA looks for xlwings' DLL: beside the interpreter, and one folder up (a virtual environment)."""
    name = f"xlwings{bits}-{xlwings_version}.dll"
    return interpreter.parent / name, interpreter.parent.parent / name


def program_bits(program: Path) -> int | None:
    """32 or 64 by the program's own header; None where it cannot be read."""
    try:
        with program.open("rb") as stream:
            head = stream.read(4096)
        (at,) = struct.unpack_from("<I", head, 0x3C)
        signature, machine = struct.unpack_from("<4sH", head, at)
    except (OSError, struct.error):
        return None
    return _MACHINES.get(machine) if signature == b"PE\0\0" else None
