from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.judges.calc_addin import Session, profile_with_extension


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return profile_with_extension(tmp_path_factory.mktemp("calc"))


@pytest.fixture
def own_profile(profile: Path, tmp_path: Path) -> Path:
    """A copy, since two offices cannot share one."""
    return shutil.copytree(profile, tmp_path / "profile", symlinks=True)


@pytest.fixture(scope="session")
def running(profile: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    copy = shutil.copytree(profile, tmp_path_factory.mktemp("session") / "profile", symlinks=True)
    session = Session(copy)
    yield session
    session.end()


@pytest.fixture
def calc(running: Session) -> Session:
    """The running office with a new spreadsheet."""
    running.ask("open", "private:factory/scalc")
    return running
