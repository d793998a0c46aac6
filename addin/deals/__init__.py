"""The example deals: figures and sources as data."""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import Any

from addin.deal_block import ParsedDeal, parse_deal
from addin.deal_sections import SECTIONS

EXAMPLES = ("21jianxin08", "jianxin_2021_1", "xingye_yuanrong", "npl", "ip")


def example_deal(name: str) -> ParsedDeal:
    """An example; its file holds `key, value, source` lines and tables, section by section."""
    text = (files(__package__) / f"{name}.csv").read_text(encoding="utf-8")
    return parse_deal(_rows(text))


def _rows(text: str) -> list[list[Any]]:
    rows: list[list[Any]] = []
    section = ""
    for row in csv.reader(text.splitlines()):
        if row[0].startswith("["):
            section = row[0].strip("[]")
            rows.append([row[0]])
        elif SECTIONS[section].table:
            rows.append(list(row))
        else:
            key, value, source = row[:3]
            rows.append([key, "", "", value, "", source])
    return rows
