"""LibreOffice: hard recalculation of a workbook in a throw-away profile, and its pictures."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

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
        message = "LibreOffice (soffice) is not on the path: its judgement is left out"
        if os.environ.get(REQUIRED):
            pytest.fail(message)
        pytest.skip(message)
    return found


def recalculated(path: Path) -> Cells:
    """Every value after a hard recalculation."""
    with tempfile.TemporaryDirectory() as folder:
        done = _convert(path, Path(folder), "xlsx:Calc MS Excel 2007 XML", ".xlsx")
        return cached_values(done)


def _convert(path: Path, folder: Path, to: str, suffix: str) -> Path:
    office = program()
    user = folder / "profile" / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(_ALWAYS, encoding="utf-8")
    # The program brings its own Python and libraries; ours must not reach it.
    mine = ("LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    result = subprocess.run(
        [
            office,
            "--headless",
            "--norestore",
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
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
        env={key: value for key, value in os.environ.items() if key not in mine},
    )
    done = folder / "out" / f"{path.stem}{suffix}"
    # It exits with 0 even when it fails.
    assert done.is_file(), result.stdout + result.stderr
    return done
