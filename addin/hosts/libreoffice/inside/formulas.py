"""A formula as LibreOffice's own grammar writes it -> the function it calls and its arguments.

Only one kind is read: a single call whose arguments are literals, references or left out. Anything else is None.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_CALL = re.compile(r"\{?=\s*([A-Za-z][\w.]*)\((.*)\)\s*\}?", re.DOTALL)
_PIECE = re.compile(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'|[(){};|]|[^"\'(){};|]+')
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(%?)")
_CORNER = r"\$?[A-Za-z]{1,3}\$?\d+"
_REFERENCE = re.compile(rf"(?:\$?('(?:[^']|'')+'|[^\s'.:;!(){{}}\"]+)\.)?({_CORNER})(?::({_CORNER}))?")
_WORD = re.compile(r"[^\W\d][\w.?]*")
_FLAGS = {"TRUE()": 1.0, "FALSE()": 0.0, "TRUE": 1.0, "FALSE": 0.0}


class Literal(NamedTuple):
    """A value, or rows of them; None where the argument is left out."""

    value: Any


class Reference(NamedTuple):
    """Cells of a sheet; no sheet is the formula's own."""

    sheet: str | None
    area: str


class Name(NamedTuple):
    """A named range."""

    name: str


class Call(NamedTuple):
    """A call as it is written; the function by LibreOffice's internal name."""

    function: str
    arguments: list[Literal | Reference | Name]


def parsed(formula: str) -> Call | None:
    """The one call a formula consists of."""
    match = _CALL.fullmatch(formula.strip())
    texts = _split(match.group(2), ";") if match else None
    if match is None or texts is None:
        return None
    arguments = [_argument(text.strip()) for text in texts] if match.group(2).strip() else []
    found = [each for each in arguments if each is not None]
    return Call(match.group(1), found) if len(found) == len(arguments) else None


def _split(text: str, separator: str) -> list[str] | None:
    """At the separators outside quotes and brackets; None where the brackets do not match."""
    parts, depth = [""], 0
    for piece in _PIECE.findall(text):
        depth += piece in ("(", "{")
        depth -= piece in (")", "}")
        if depth < 0:
            return None
        if piece == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return parts if depth == 0 and sum(map(len, parts)) + len(parts) - 1 == len(text) else None


def _argument(text: str) -> Literal | Reference | Name | None:
    literal = Literal(None) if not text else _literal(text)
    if literal is not None:
        return literal
    if text.startswith("{") and text.endswith("}"):
        rows = [[_literal(cell.strip()) for cell in _split(row, ";") or ()] for row in _split(text[1:-1], "|") or ()]
        if all(rows) and all(cell is not None for row in rows for cell in row):
            return Literal([[cell.value for cell in row if cell] for row in rows])
        return None
    match = _REFERENCE.fullmatch(text)
    if match:
        sheet, first, last = match.groups()
        if sheet and sheet.startswith("'"):
            sheet = sheet[1:-1].replace("''", "'")
        return Reference(sheet, f"{first}:{last}" if last else first)
    return Name(text) if _WORD.fullmatch(text) else None


def _literal(text: str) -> Literal | None:
    if text.upper() in _FLAGS:
        return Literal(_FLAGS[text.upper()])
    if len(text) > 1 and text[0] == text[-1] == '"':
        inner = text[1:-1].replace('""', "")
        return None if '"' in inner else Literal(text[1:-1].replace('""', '"'))
    match = _NUMBER.fullmatch(text)
    return Literal(float(match.group(1)) / (100.0 if match.group(2) else 1.0)) if match else None
