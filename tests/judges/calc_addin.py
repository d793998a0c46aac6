"""LibreOffice Calc with our extension in a throw-away profile, and sessions that drive it cell by cell."""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any, NamedTuple

from addin.hosts.libreoffice import install
from addin.hosts.libreoffice.install import office_environment
from addin.hosts.libreoffice.oxt import FILE_NAME, MINIMUM, extension_bytes
from tests.judges.libreoffice import always_recalculates, left_out

DRIVER = Path(__file__).with_name("uno_driver.py")
WORKER = b"addin.hosts.libreoffice.worker"
_SECONDS = 60


class Shown(NamedTuple):
    """A cell as a user meets it; error 0 is none."""

    formula: str
    value: float
    text: str
    error: int


def office() -> Path:
    """The newest LibreOffice that is new enough."""
    fit = [path for path, version in install.find_office() if version[:2] >= MINIMUM]
    if not fit:
        left_out("LibreOffice 25.2 or later is not here: the Calc extension is left out")
    return fit[0]


def profile_with_extension(folder: Path) -> Path:
    """A profile in which the extension is installed, for this very Python, and every opening recalculates."""
    program = office()
    extension = folder / FILE_NAME
    extension.write_bytes(extension_bytes(Path(sys.executable)))
    profile = folder / "profile"
    install.add_extension(program, extension, profile)
    always_recalculates(profile)
    return profile


class Session:
    """A running office without a window, and the script under LibreOffice's Python that drives it."""

    def __init__(self, profile: Path, environment: dict[str, str] | None = None) -> None:
        pipe = f"kmv{uuid.uuid4().hex[:12]}"
        self.office = subprocess.Popen(
            [
                str(office()),
                "--headless",
                "--norestore",
                "--nologo",
                f"-env:UserInstallation={profile.as_uri()}",
                f"--accept=pipe,name={pipe};urp;",
            ],
            env=office_environment() | (environment or {}),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.driver = subprocess.Popen(
            [_uno_python(), str(DRIVER), pipe],
            env=office_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        try:
            assert self._heard() == "ready"
        except AssertionError:
            self.kill()
            raise

    def tell(self, command: str, *arguments: Any) -> None:
        """Start a command and do not wait for its end."""
        assert self.driver.stdin is not None
        self.driver.stdin.write(json.dumps([command, *arguments]) + "\n")
        self.driver.stdin.flush()

    def ask(self, command: str, *arguments: Any) -> Any:
        self.tell(command, *arguments)
        return self._heard()

    def answer(self) -> Any:
        """Of the command told last."""
        return self._heard()

    def show(self, sheet: str, area: str) -> list[list[Shown]]:
        return [[Shown(*cell) for cell in row] for row in self.ask("show", sheet, area)]

    def one(self, sheet: str, cell: str) -> Shown:
        return self.show(sheet, cell)[0][0]

    def formula(self, cell: str, formula: str, sheet: str = "Sheet1") -> Shown:
        """Write a formula and see what it shows."""
        self.ask("set", sheet, cell, formula)
        return self.one(sheet, cell)

    def workers(self) -> list[int]:
        """The processes of our worker that this office started."""
        if not Path("/proc/self/cmdline").is_file():
            left_out("no /proc here: the worker cannot be found")
        parents, ours = {}, []
        for entry in Path("/proc").iterdir():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if WORKER in (entry / "cmdline").read_bytes():
                    ours.append(int(entry.name))
            except (OSError, ValueError):
                continue
        return [each for each in ours if self.office.pid in _ancestors(each, parents)]

    def kill(self) -> None:
        """End the office as a crash does: at once, with no farewell to its worker."""
        if self.office.poll() is None:
            os.killpg(self.office.pid, signal.SIGKILL)
        self.driver.kill()
        self._wait()

    def end(self) -> None:
        if self.office.poll() is None:
            self.tell("end")
        self._wait()

    def _wait(self) -> None:
        for process in (self.driver, self.office):
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for pipe in (self.driver.stdin, self.driver.stdout):
            if pipe is not None and not pipe.closed:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue

    def _heard(self) -> Any:
        assert self.driver.stdout is not None
        line = self.driver.stdout.readline()
        assert line, "the driver of the office ended"
        answer = json.loads(line)
        assert not (isinstance(answer, dict) and "fault" in answer), answer
        return answer


def _ancestors(process: int, parents: dict[int, int]) -> set[int]:
    found = set()
    while process in parents and process not in found:
        found.add(process)
        process = parents[process]
    return found


@functools.cache
def _uno_python() -> str:
    beside = office().resolve().parent
    for each in (beside / "python", Path("/usr/bin/python3"), Path(shutil.which("python3") or "python3")):
        if not each.is_file():
            continue
        tried = subprocess.run(
            [str(each), "-c", "import uno"],
            env=office_environment(),
            capture_output=True,
            check=False,
            timeout=_SECONDS,
        )
        if tried.returncode == 0:
            return str(each)
    return left_out("no Python with uno here (python3-uno): LibreOffice cannot be driven")
