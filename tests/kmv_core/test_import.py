"""What `import kmv_core` may cost: the slow libraries load where they are used."""

from __future__ import annotations

import subprocess
import sys

import kmv_core

SLOW = ("pandas", "scipy.optimize", "scipy.interpolate", "scipy.stats", "scipy.integrate")


def test_slow_libraries_load_late():
    code = f"import sys, kmv_core; print([name for name in {SLOW!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_public_names_exist_and_are_sorted():
    assert list(kmv_core.__all__) == sorted(kmv_core.__all__, key=lambda x: (not x.isupper(), not x[0].isupper(), x))
    assert all(hasattr(kmv_core, name) for name in kmv_core.__all__)
