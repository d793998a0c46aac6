from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from addin.hosts.libreoffice import install
from addin.hosts.libreoffice.oxt import extension_bytes
from kmv_core import __version__
from kmv_core.vocabulary.errors import KmvError
from tests.judges.calc_addin import office


def pretended(folder: Path, version: str) -> Path:
    """A folder that looks like an office."""
    program = folder / "program"
    program.mkdir()
    (program / "version.ini").write_text(f"[Version]\nMsiProductVersion={version}\nbuildid=1\n")
    (program / "soffice").touch()
    return program / "soffice"


def test_the_version_is_read_without_starting_the_office(tmp_path):
    assert install.office_version(pretended(tmp_path, "25.8.1.1")) == (25, 8, 1, 1)


def test_an_older_office_is_refused(tmp_path):
    with pytest.raises(KmvError) as caught:
        install.add_extension(pretended(tmp_path, "24.8.7.2"), tmp_path / "kmv-abs.oxt", tmp_path)
    assert caught.value.code == "E911"
    assert "24.8.7.2" in str(caught.value)


def test_an_office_without_its_tool_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KmvError) as caught:
        install.extension_state(pretended(tmp_path, "25.2.3.2"), tmp_path)
    assert caught.value.code == "E912"


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no administrator account of this kind here")
def test_the_administrator_is_told_to_be_the_user(monkeypatch):
    program = office()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(KmvError) as caught:
        install.extension_state(program)
    assert caught.value.code == "E913"


def test_add_replace_and_remove(tmp_path):
    program, profile = office(), tmp_path / "profile"
    extension = tmp_path / "kmv-abs.oxt"
    extension.write_bytes(extension_bytes(Path(sys.executable)))
    install.add_extension(program, extension, profile)
    install.add_extension(program, extension, profile)
    assert install.extension_state(program, profile) == __version__
    install.remove_extension(program, profile)
    assert install.extension_state(program, profile) is None


def test_a_file_that_is_no_extension_is_refused(tmp_path):
    broken = tmp_path / "kmv-abs.oxt"
    broken.write_bytes(b"no archive")
    with pytest.raises(KmvError) as caught:
        install.add_extension(office(), broken, tmp_path / "profile")
    assert caught.value.code == "E912"
