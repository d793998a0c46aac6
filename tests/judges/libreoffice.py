"""LibreOffice: hard recalculation of a workbook in a throw-away profile, and its pictures."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NoReturn
from xml.sax.saxutils import escape

import pytest

from addin.hosts.libreoffice.install import office_environment
from tests.judges.cells import Cells, cached_values

REQUIRED = "KMV_TEST_NOTHING_SKIPPED"
_ALWAYS = (
    '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
    '<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">'
    '<value>0</value></prop></item><item oor:path="/org.openoffice.Office.Common/Security/Scripting">'
    '<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>0</value></prop></item></oor:items>'
)
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MODULE = (
    _XML + '<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">\n'
    '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Judge" script:language="StarBasic">'
    "{code}</script:module>"
)
_LIBRARY = (
    _XML + '<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">\n'
    '<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" '
    'library:readonly="false" library:passwordprotected="false"><library:element library:name="Judge"/>'
    "</library:library>"
)
_OPEN_AND_STORE = """
Sub Main
    On Error GoTo done
    Dim opened(1) As New com.sun.star.beans.PropertyValue
    Dim stored(0) As New com.sun.star.beans.PropertyValue
    opened(0).Name = "MacroExecutionMode"
    opened(0).Value = 4 ' MacroExecMode.ALWAYS_EXECUTE_NO_WARN
    opened(1).Name = "Hidden"
    opened(1).Value = True
    book = StarDesktop.loadComponentFromURL("{source}", "_blank", 0, opened())
    stored(0).Name = "FilterName"
    stored(0).Value = "Calc MS Excel 2007 XML"
    book.storeToURL("{target}", stored())
    book.close(True)
done:
    StarDesktop.terminate()
End Sub
"""


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
    """Every value after a hard recalculation. An add-in has to be announced: the program knows no such file."""
    announced = ["--infilter=Calc MS Excel 2007 VBA XML"] if path.suffix == ".xlam" else []
    with tempfile.TemporaryDirectory() as folder:
        return cached_values(saved(path, Path(folder), None, *announced))


def saved(path: Path, folder: Path, profile: Path | None = None, *options: str) -> Path:
    """The workbook as LibreOffice saves it after a hard recalculation; its profile is in `folder` if none is given."""
    arguments = (*options, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out"))
    result = _run(profile or folder / "profile", *arguments, str(path.resolve()))
    done = folder / "out" / f"{path.stem}.xlsx"
    # It exits with 0 even when it fails.
    assert done.is_file(), result.stdout + result.stderr
    return done


def calculated_with_macros(path: Path) -> Cells:
    """Every value after opening with the workbook's own macros running, which no conversion allows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        done = folder / "out" / f"{path.stem}.xlsx"
        done.parent.mkdir()
        _run(
            folder / "profile", "--terminate_after_init"
        )  # the program fills a new profile once; a macro put there before is lost
        library = folder / "profile" / "user" / "basic" / "Standard"
        library.mkdir(parents=True, exist_ok=True)
        macro = _OPEN_AND_STORE.format(source=path.resolve().as_uri(), target=done.as_uri())
        (library / "Judge.xba").write_text(_MODULE.format(code=escape(macro)), encoding="utf-8")
        (library / "script.xlb").write_text(_LIBRARY, encoding="utf-8")
        result = _run(folder / "profile", "macro:///Standard.Judge.Main")
        assert done.is_file(), result.stdout + result.stderr
        return cached_values(done)


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


def _run(profile: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    office = program()
    if not (profile / "user").exists():
        always_recalculates(profile)
    return subprocess.run(
        [office, "--headless", "--norestore", f"-env:UserInstallation={profile.as_uri()}", *arguments],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env=office_environment(),
    )
