"""The example deals: figures and sources as data, laid out as the deal block."""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import Any

from addin.deal_block import SECTIONS, SHOCK_KEYS
from addin.deal_values import read_value
from kmv_core.vocabulary.terms import TERMS

EXAMPLES = ("21jianxin08",)


def example_rows(name: str) -> list[list[Any]]:
    """The deal block of an example: labels and units from the terms, values and sources from its file."""
    text = (files(__package__) / f"{name}.csv").read_text(encoding="utf-8")
    rows: list[list[Any]] = []
    section, header = "", []
    for cells in csv.reader(text.splitlines()):
        row = [cell.strip() for cell in cells]
        if row[0].startswith("["):
            section, header = row[0].strip("[]"), []
            rows.append([row[0]])
        elif not SECTIONS[section].table:
            key, value, source = row[:3]
            term = TERMS[key]
            rows.append([key, term.zh, term.en, _typed(key, value), " ".join(dict.fromkeys(reversed(term.unit_words))), source])
        elif not header:
            header = row
            rows += [header, ["# " + _title(header[0]), *(_title(key) for key in header[1:])]]
        else:
            rows.append([_typed(key, value) for key, value in zip(header, row, strict=True)])
    return rows


def _typed(key: str, text: str) -> Any:
    if key == "source":
        return text
    value, _ = read_value(key, "number" if key in SHOCK_KEYS else TERMS[key].kind, text)
    return value


def _title(key: str) -> str:
    if key in SHOCK_KEYS:
        number = key.removeprefix("shock_")
        return f"冲击{number} Shock {number}"
    return "来源 Source" if key == "source" else f"{TERMS[key].zh} {TERMS[key].en}"
