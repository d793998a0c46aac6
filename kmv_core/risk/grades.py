"""The grade a default probability earns on a scale of one's own, such as a house's risk appetite."""

from __future__ import annotations

from collections.abc import Sequence

from kmv_core.deal.deal import Appetite

OUTSIDE_APPETITE = "outside"


def grade_on(scale: Sequence[Appetite], probability: float) -> str:
    """The grade with the smallest limit that the PD keeps, `outside` above all of them; empty without a scale.

    Limits are decimals and belong to their grade; the order of the lines does not matter.

    >>> scale = [Appetite(grade="low", pd_limit=.01), Appetite(grade="high", pd_limit=.3)]
    >>> [grade_on(scale, pd) for pd in (.01, .02, .4)]
    ['low', 'high', 'outside']
    """
    if not scale:
        return ""
    kept = [row for row in scale if probability <= row.pd_limit]
    return min(kept, key=lambda row: row.pd_limit).grade if kept else OUTSIDE_APPETITE
