"""LibreOffice: hard recalculation of a workbook in a throw-away profile, and its pictures."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

from tests.judges.cells import Cells, cached_values

REQUIRED = "KMV_TEST_NOTHING_SKIPPED"
_ALWAYS = (
    '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
    '<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">'
    "<value>0</value></prop></item></oor:items>"
)


def program() -> str:
    """The office program; the test is skipped without one, or fails where nothing may be skipped."""
    found = shutil.which("soffice")
    if found is None:
        left_out("LibreOffice (soffice) is not on the path: its judgement is left out")
    return found


def left_out(reason: str) -> NoReturn:
    """Skip the test, or fail it where nothing may be skipped."""
    if os.environ.get(REQUIRED):
        pytest.fail(reason)
    pytest.skip(reason)


def recalculated(path: Path) -> Cells:
    """Every value after a hard recalculation."""
    with tempfile.TemporaryDirectory() as folder:
        return cached_values(saved(path, Path(folder)))


def saved(path: Path, folder: Path, profile: Path | None = None) -> Path:
    """The workbook as LibreOffice saves it after a hard recalculation."""
    return _convert(path, folder, "xlsx:Calc MS Excel 2007 XML", ".xlsx", profile)


def always_recalculates(profile: Path) -> None:
    """Make the profile recalculate every workbook it opens."""
    settings = profile / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True, exist_ok=True)
    if settings.is_file():
        # Before the last tag, so that what the profile already holds stays.
        head, item = settings.read_text("utf-8").rsplit("</oor:items>", 1)[0], _ALWAYS.split('/registry">', 1)[1]
        settings.write_text(head + item, encoding="utf-8")
    else:
        settings.write_text(_ALWAYS, encoding="utf-8")


def without_our_python() -> dict[str, str]:
    """The environment for the program: it brings its own Python and libraries, ours must not reach it."""
    mine = ("LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    return {key: value for key, value in os.environ.items() if key not in mine}


def _convert(path: Path, folder: Path, to: str, suffix: str, profile: Path | None = None) -> Path:
    office = program()
    if profile is None:
        profile = folder / "profile"
        always_recalculates(profile)
    result = subprocess.run(
        [
            office,
            "--headless",
            "--norestore",
            f"-env:UserInstallation={profile.as_uri()}",
            "--convert-to",
            to,
            "--outdir",
            str(folder / "out"),
            str(path.resolve()),
        ],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env=without_our_python(),
    )
    done = folder / "out" / f"{path.stem}{suffix}"
    # It exits with 0 even when it fails.
    assert done.is_file(), result.stdout + result.stderr
    return done
