"""The public names, and what asking for them costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import kmv_core

ROOT = Path(__file__).parents[2]
HEAVY = ("pandas", "scipy.optimize", "scipy.stats", "scipy.interpolate", "openpyxl", "xlwings")


def test_every_name_is_there_once_and_sorted():
    assert list(kmv_core.__all__) == sorted(set(kmv_core.__all__))
    assert set(kmv_core.__all__) == set(kmv_core._HOMES)
    for name in kmv_core.__all__:
        assert getattr(kmv_core, name).__name__ == name
        assert name in dir(kmv_core)
    with pytest.raises(AttributeError):
        kmv_core.no_such_name  # noqa: B018  # asking is the test


def test_nothing_heavy_is_loaded():
    code = f"import sys, kmv_core; [getattr(kmv_core, n) for n in kmv_core.__all__]; print([m for m in {HEAVY} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert found.stdout.strip() == "[]"
