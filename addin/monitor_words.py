"""The words of surveillance: levels, readings and figures, Chinese then English; a level has a sign of its own."""

from __future__ import annotations

LEVELS = {
    "normal": "○ 正常 normal",
    "watch": "△ 关注 watch",
    "alarm": "▲ 预警 alarm",
    "default": "■ 违约 default",
}
"""Told by sign and word, never by colour alone."""
READINGS = {"exact": "exact 精确", "waterfall": "waterfall 瀑布", "due": "due 应付"}
ITEMS = {
    "principal_paid": "已付本金 principal paid",
    "interest_paid": "已付利息 interest paid",
    "outstanding": "未偿余额 outstanding",
}
AGREES = {True: "一致 agrees", False: "不一致 differs"}
NOISE_SOURCE = (
    "假设：无公开单期回收记录可估；至多占总方差四分之三",
    "assumed: no public record gives one; at most 3/4 of the variance",
)
NOISE_GIVEN = ("使用者给定", "given by the user")
