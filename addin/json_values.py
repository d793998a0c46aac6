"""What JSON can hold of the core's values."""

from __future__ import annotations

import math

from kmv_core.vocabulary.errors import Problem


def finite(value: float) -> float | None:
    """The number, or None where it is infinite or undefined."""
    return value if math.isfinite(value) else None


def problem_words(found: Problem) -> dict[str, str]:
    """A problem: its code, where it stands, both sentences."""
    return {"code": found.code, "where": found.where, "en": found.en, "zh": found.zh}
