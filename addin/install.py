"""Put the worksheet functions into Excel and LibreOffice of this user, and take them out again."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from addin.hosts.excel.settings import addin_path, conf_path, conf_settings, conf_text
from addin.hosts.libreoffice.install import add_extension, find_office, remove_extension
from addin.hosts.libreoffice.oxt import FILE_NAME, MINIMUM, extension_bytes
from addin.machine import conf_encoding, read_settings
from addin.template.addin_file import addin_bytes
from addin.template.files import put_file
from addin.workbook.save import put_bytes
from kmv_core.vocabulary.errors import KmvError, problem

Say = Callable[[str], None]


def install_excel(say: Say, *, home: Path | None = None, appdata: Path | None = None) -> None:
    """The settings file, then kmv.xlam in Excel's start-up folder. Raises E930 where Excel cannot reach Python."""
    target = _addin_target(appdata)
    conf = conf_path(home or Path.home())
    conf.parent.mkdir(parents=True, exist_ok=True)
    # What the user added there stays; what we need is ours.
    kept = read_settings(conf).values or {}
    text = conf_text({**kept, **conf_settings(Path(sys.executable))})
    put_bytes(text.encode(conf_encoding()), conf)
    say(f"设置 settings: {conf}")
    target.parent.mkdir(parents=True, exist_ok=True)
    put_file(addin_bytes(), target)
    say(f"加载项 add-in: {target}")


def remove_excel(say: Say, *, home: Path | None = None, appdata: Path | None = None) -> None:
    """Take the add-in and the settings away."""
    for path in (_addin_target(appdata), conf_path(home or Path.home())):
        if path.is_file():
            try:
                path.unlink()
            except PermissionError:
                raise KmvError(problem("E301", where=path.name)) from None
            say(f"已移除 removed: {path}")


def install_libreoffice(say: Say, *, profile: Path | None = None) -> None:
    """The extension into every LibreOffice found that is new enough. Raises E931 or E911 where there is none."""
    offices = find_office()
    usable = [(path, version) for path, version in offices if version[:2] >= MINIMUM]
    if not usable:
        least = ".".join(map(str, MINIMUM))
        old = [problem("E911", found=".".join(map(str, version)), minimum=least) for _, version in offices]
        raise KmvError(*(old or [problem("E931")]))
    with tempfile.TemporaryDirectory() as folder:
        extension = Path(folder) / FILE_NAME
        extension.write_bytes(extension_bytes(Path(sys.executable)))
        for path, version in usable:
            add_extension(path, extension, profile)
            say(f"扩展 extension: LibreOffice {'.'.join(map(str, version))} {path}")


def remove_libreoffice(say: Say, *, profile: Path | None = None) -> None:
    """Take the extension out of every LibreOffice found."""
    for path, _ in find_office():
        remove_extension(path, profile)
        say(f"已移除 removed: {path}")


def _addin_target(appdata: Path | None) -> Path:
    roaming = appdata or (Path(os.environ["APPDATA"]) if os.environ.get("APPDATA") else None)
    if roaming is None:
        raise KmvError(problem("E930", found=platform.system()))
    return addin_path(roaming)
