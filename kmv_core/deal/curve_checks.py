"""What makes a recovery curve unusable, or one of its inputs idle; each problem with the field it stands in."""

from __future__ import annotations

from collections.abc import Iterator

from kmv_core.assets.recovery import Recovery, missing_decay
from kmv_core.vocabulary.checks import number_problem
from kmv_core.vocabulary.errors import Problem, problem

TOLERANCE = 1e-9
"""Rounding of shares that were added up; a vector that ends at 0.999 is unfinished."""


def curve_problems(recovery: Recovery) -> Iterator[Problem]:
    """Problems of the vector [recovery_curve], or of the decay curve where there is none."""
    if not recovery.curve:
        for name in ("decay_rate", "decay_shape"):
            if getattr(recovery, name) is None:
                yield missing_decay(name)
        return
    years, share = 0.0, 0.0
    for i, point in enumerate(recovery.curve):
        found = [
            number_problem(name, value, field=("recovery_curve", i, name))
            for name, value in zip(("years", "share"), point, strict=True)
        ]
        yield from (each for each in found if each is not None)
        if point[0] <= years:
            yield problem("E270", field=("recovery_curve", i, "years"), found=f"{point[0]:g}", before=f"{years:g}")
        if point[1] < share:
            yield problem("E271", field=("recovery_curve", i, "share"), found=f"{point[1]:g}", before=f"{share:g}")
        years, share = point
    if not abs(share - 1.0) <= TOLERANCE:
        yield problem("E272", field=("recovery_curve", len(recovery.curve) - 1, "share"), found=f"{share:g}")
    yield from _idle(recovery, years)


def _idle(recovery: Recovery, end: float) -> Iterator[Problem]:
    """Inputs of the decay curve that the vector has put out of use, where a reader could think otherwise."""
    for name in ("decay_rate", "decay_shape"):
        if getattr(recovery, name) is not None:
            yield problem("W273", field=("recovery", name), name=name, reason="")
    if abs(recovery.recovery_horizon - end) > TOLERANCE * end:
        yield problem(
            "W273",
            field=("recovery", "recovery_horizon"),
            name="recovery_horizon",
            reason=f" and ends at {end:g} years",
            reason_zh=f"，向量终点为 {end:g} 年",
        )
