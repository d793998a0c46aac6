"""The extension as LibreOffice installs it (.oxt): same registry and interpreter, same bytes."""

from __future__ import annotations

import io
import json
import zipfile
from importlib.resources import files
from pathlib import Path
from xml.sax.saxutils import quoteattr

from addin.hosts.libreoffice.functions import INTERFACE, MODULE, functions_data, methods
from addin.hosts.libreoffice.type_library import type_library
from kmv_core import __version__

IDENTIFIER = "kmv-abs.calc"
FILE_NAME = "kmv-abs.oxt"
MINIMUM = (25, 2)
"""The first LibreOffice that reads and writes our plain function names in an Excel file."""
_INSIDE = f"pythonpath/{MODULE}_inside"
_MOMENT = (1980, 1, 1, 0, 0, 0)
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def extension_bytes(interpreter: Path) -> bytes:
    """The extension whose worker runs under `interpreter`."""
    here = files("addin.hosts.libreoffice")
    data = json.dumps(functions_data(interpreter), ensure_ascii=False, indent=1, sort_keys=True)
    inside = [each for each in here.joinpath("inside").iterdir() if each.name.endswith(".py")]
    parts = {
        "META-INF/manifest.xml": _manifest().encode(),
        "description.xml": _description().encode(),
        "description-en.txt": b"KMV default probabilities of securitisation tranches, in cells.\n",
        "description-zh.txt": "在单元格中计算资产证券化各档的 KMV 违约概率。\n".encode(),
        "types.rdb": type_library(INTERFACE, methods()),
        "component.py": here.joinpath("component.py").read_bytes(),
        "functions.json": data.encode(),
        **{f"{_INSIDE}/{each.name}": each.read_bytes() for each in sorted(inside, key=lambda each: each.name)},
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _MOMENT)
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            archive.writestr(info, content)
    return stream.getvalue()


def _manifest() -> str:
    entries = (
        ("types.rdb", "application/vnd.sun.star.uno-typelibrary;type=RDB"),
        ("component.py", "application/vnd.sun.star.uno-component;type=Python"),
    )
    lines = "".join(
        f"  <manifest:file-entry manifest:full-path={quoteattr(path)} manifest:media-type={quoteattr(kind)}/>\n"
        for path, kind in entries
    )
    return (
        f'{_XML}<manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest">\n{lines}</manifest:manifest>\n'
    )


def _description() -> str:
    minimum = ".".join(map(str, MINIMUM))
    return f"""{_XML}<description xmlns="http://openoffice.org/extensions/description/2006"
  xmlns:d="http://openoffice.org/extensions/description/2006"
  xmlns:l="http://libreoffice.org/extensions/description/2011"
  xmlns:xlink="http://www.w3.org/1999/xlink">
  <identifier value={quoteattr(IDENTIFIER)}/>
  <version value={quoteattr(__version__)}/>
  <dependencies>
    <l:LibreOffice-minimal-version value="{minimum}" d:name="LibreOffice {minimum}"/>
  </dependencies>
  <display-name>
    <name lang="en">KMV default probabilities (kmv-abs)</name>
    <name lang="zh">KMV 违约概率（kmv-abs）</name>
  </display-name>
  <extension-description>
    <src xlink:href="description-en.txt" lang="en"/>
    <src xlink:href="description-zh.txt" lang="zh"/>
  </extension-description>
</description>
"""
