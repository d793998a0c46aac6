"""Finding LibreOffice and putting the extension into it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from addin.hosts.libreoffice.oxt import IDENTIFIER, MINIMUM
from kmv_core.vocabulary.errors import KmvError, problem

Version = tuple[int, ...]
_SECONDS = 180
_NOBODY = 65534
_PRODUCT = re.compile(r"^(?:MsiProductVersion|ProductVersion|OOOBaseVersion)=(\d+(?:\.\d+)+)", re.MULTILINE)
_PLACES = {
    "win32": [
        (root, "LibreOffice*/program/soffice.exe")
        for root in ("%ProgramFiles%", "%ProgramFiles(x86)%", "%LOCALAPPDATA%/Programs")
    ],
    "darwin": [(root, "LibreOffice*.app/Contents/MacOS/soffice") for root in ("/Applications", "~/Applications")],
    "linux": [(root, "libreoffice*/program/soffice") for root in ("/opt", "/usr/lib", "/usr/lib64", "/usr/local/lib")],
}
_OFFICE_ONLY = ("LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


def office_environment() -> dict[str, str]:
    """This process's environment as an office may have it: it brings its own Python and libraries.

    Virtual environments leave the path too: an office on the system's Python looks for its home beside the first
    python3 there, and aborts on a foreign one.
    """
    kept = {key: value for key, value in os.environ.items() if key not in _OFFICE_ONLY}
    folders = kept.get("PATH", "").split(os.pathsep)
    kept["PATH"] = os.pathsep.join(each for each in folders if not (Path(each).parent / "pyvenv.cfg").is_file())
    return kept


def find_office() -> list[tuple[Path, Version]]:
    """Every LibreOffice found and its version, the newest first."""
    found: dict[Path, Version] = {}
    for path in _candidates():
        program = path.resolve()
        if path.is_file() and program not in found and (version := office_version(path)):
            found[program] = version
    return sorted(found.items(), key=lambda each: each[1], reverse=True)


def office_version(office: Path) -> Version | None:
    """What the office's own files say, else the program itself; None where neither does."""
    program = office.resolve().parent
    for file in (program / "version.ini", program / "versionrc", program.parent / "Resources" / "versionrc"):
        if file.is_file() and (match := _PRODUCT.search(file.read_text("utf-8", "replace"))):
            return _version(match.group(1))
    if sys.platform == "win32":
        return None  # asking opens a window there
    try:
        answer = _run([str(office), "--version"]).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"LibreOffice\D*(\d+(?:\.\d+)+)", answer)
    return _version(match.group(1)) if match else None


def check_version(office: Path) -> Version:
    """The version; raises E911 where it is too old or cannot be told."""
    version = office_version(office)
    if version is None or version < MINIMUM:
        raise KmvError(problem("E911", minimum=_words(MINIMUM), found=_words(version or ()) or str(office)))
    return version


def add_extension(office: Path, extension: Path, profile: Path | None = None) -> None:
    """Add the extension for the present user, or to a profile of its own; an older one is replaced.

    The office must be started again before it knows the functions.
    """
    check_version(office)
    _unopkg(office, profile, "add", "--force", extension=extension)


def remove_extension(office: Path, profile: Path | None = None) -> None:
    """Remove the extension."""
    _unopkg(office, profile, "remove", IDENTIFIER)


def extension_state(office: Path, profile: Path | None = None) -> str | None:
    """The version of the extension that is installed, or None."""
    listed = _unopkg(office, profile, "list")
    match = re.search(rf"{re.escape(IDENTIFIER)}\s+\S+\s+(\d\S*)", listed)
    return match.group(1) if match else None


def _unopkg(office: Path, profile: Path | None, *command: str, extension: Path | None = None) -> str:
    tool = next((each for each in _tools(office.resolve().parent) if each.is_file()), None)
    if tool is None:
        raise KmvError(problem("E912", found=f"unopkg, {office}"))
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root and profile is None:
        raise KmvError(problem("E913"))
    files = [str(extension)] if extension else []
    try:
        if is_root and profile is not None:
            done = _as_nobody(tool, profile, command, extension)
        else:
            at = [f"-env:UserInstallation={profile.resolve().as_uri()}"] if profile else []
            done = _run([str(tool), *command, *at, *files])
    except (OSError, subprocess.SubprocessError) as fault:
        raise KmvError(problem("E912", found=fault)) from None
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise KmvError(problem("E912", found=lines[-1] if lines else f"unopkg {done.returncode}"))
    return done.stdout


def _as_nobody(
    tool: Path, profile: Path, command: tuple[str, ...], extension: Path | None
) -> subprocess.CompletedProcess[str]:
    """unopkg refuses root: an unprivileged user works on a copy of the profile, which then takes its place."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        copy = home / "profile"
        shutil.copytree(profile, copy, symlinks=True) if profile.is_dir() else copy.mkdir()
        files = [shutil.copy(extension, home / extension.name)] if extension else []
        for each in (home, *home.rglob("*")):
            os.chown(each, _NOBODY, _NOBODY, follow_symlinks=False)
        unprivileged = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
        place = f"-env:UserInstallation={copy.as_uri()}"
        done = _run([*unprivileged, str(tool), *command, place, *map(str, files)], HOME=folder)
        for each in (home, *home.rglob("*")):
            os.chown(each, 0, 0, follow_symlinks=False)
        if done.returncode == 0:
            shutil.rmtree(profile, ignore_errors=True)
            shutil.copytree(copy, profile, symlinks=True)
    return done


def _run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # an office program, its arguments our own
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=_SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
        env=office_environment() | environment,
    )


def _tools(program: Path) -> Iterator[Path]:
    for name in ("unopkg.com", "unopkg.exe", "unopkg"):
        yield program / name
    # A distribution may put a script of its own on the path, and the tool beside it.
    if found := shutil.which("unopkg"):
        yield Path(found)


def _candidates() -> Iterator[Path]:
    for name in ("soffice", "libreoffice"):
        if found := shutil.which(name):
            yield Path(found)
    for root, pattern in _PLACES[sys.platform if sys.platform in _PLACES else "linux"]:
        yield from sorted(Path(os.path.expandvars(root)).expanduser().glob(pattern))


def _version(text: str) -> Version:
    return tuple(map(int, text.split(".")))


def _words(version: Version) -> str:
    return ".".join(map(str, version))
