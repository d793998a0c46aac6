"""One style book: every cell style is a role (what the cell is) with a number format (what it counts).

Roles follow the bank desks: blue on light yellow is input, black is calculation, green comes from another
sheet, grey is a value the core computed, red warns. No role is told by colour alone: the legend names the fill
or slant that goes with it.
"""

from __future__ import annotations

from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side
from openpyxl.workbook.workbook import Workbook

FONT = "Calibri"
NAVY, BLUE, GREEN, RED, GREY = "1F3864", "0000FF", "00703C", "C00000", "595959"
LIGHT_YELLOW, LIGHT_BLUE, LIGHT_GREY, PALE = "FFF8DC", "D9E2F3", "EDEDED", "F5F8FD"

FORMATS = {
    "money": '#,##0.00;-#,##0.00;"-"',
    "percent": "0.00%",
    "percent4": "0.0000%",
    "multiple": "0.0000",
    "years": "0.000",
    "shift": "+0.0%;-0.0%;0.0%",
    "shift2": "+0.00%;-0.00%;0.00%",
    "shift_years": '0.0##" 年 y"',
    "number": "0.0000",
    "integer": "0",
    "above": '"得分高于 score above "0',
    "date": "yyyy-mm-dd",
    "text": "General",
    "general": "General",
    "tiny": "0.0E+00",
    # What should be nothing: what rounding leaves of it is no figure.
    "zero": "[>=0.000001]0.0E+00;[<=-0.000001]-0.0E+00;0",
    "least": '[<0.01]"< 0.01";#,##0.00',
    "least_share": '[<0.000001]"< 0.0001%";0.0000%',
    # A sum of dates that only a formula compares.
    "hidden": '"校验 check";"校验 check";"校验 check"',
    "verdict": '"不通过 FAIL";;"通过 pass"',
    "changed": '"已改 changed";;"-"',
    "rate": "0.00##%",
}
_INDENTED = (
    "label",
    "fit",
    "note",
    "key",
    "input",
    "input_wrap",
    "computed",
    "computed_fit",
    "cross_fit",
    "wrap",
    "wrap_middle",
    "wrap_note",
    "key_fit",
)
_LINE = Side(style="hair", color="BFBFBF")
_ROLES: dict[str, dict[str, object]] = {
    "input": {"color": BLUE, "fill": LIGHT_YELLOW, "box": True, "open": True},
    "input_wrap": {"color": BLUE, "fill": LIGHT_YELLOW, "box": True, "open": True, "wrap": True},
    "calc": {"color": "000000"},
    "cross": {"color": GREEN},
    "computed": {"color": "000000", "fill": LIGHT_GREY, "italic": True},
    "computed_fit": {"color": "000000", "fill": LIGHT_GREY, "italic": True, "shrink": True},
    "cross_fit": {"color": GREEN, "shrink": True},
    "none": {"color": GREY, "fill": LIGHT_GREY, "centre": True},
    "base": {"color": "000000", "fill": LIGHT_GREY, "bold": True, "box": True},
    "warning": {"color": RED, "bold": True},
    "total": {"color": "000000", "bold": True},
    "card": {"color": NAVY, "bold": True, "size": 16, "fill": PALE, "centre": True},
    "label": {"color": "000000"},
    "fit": {"color": "000000", "shrink": True},
    "note": {"color": GREY, "size": 9},
    "wrap": {"color": "000000", "wrap": True},
    "wrap_middle": {"color": "000000", "wrap": True},
    "wrap_note": {"color": GREY, "size": 9, "wrap": True},
    "key_fit": {"color": GREY, "size": 9, "shrink": True},
    "card_label": {"color": GREY, "size": 9, "fill": PALE, "centre": True, "wrap": True},
    "key": {"color": GREY, "size": 9},
    "title": {"color": NAVY, "bold": True, "size": 16},
    "title_fit": {"color": NAVY, "bold": True, "size": 16, "shrink": True},
    "section": {"color": NAVY, "bold": True, "fill": LIGHT_BLUE, "size": 11},
    "section_wrap": {"color": NAVY, "bold": True, "fill": LIGHT_BLUE, "size": 11, "wrap": True},
    "header": {"color": "FFFFFF", "bold": True, "fill": NAVY, "wrap": True, "centre": True},
    "header_left": {"color": "FFFFFF", "bold": True, "fill": NAVY, "wrap": True},
}


def style_name(role: str, kind: str) -> str:
    """The name under which Excel lists a style."""
    return f"kmv {role} {kind}"


def add_style(book: Workbook, role: str, kind: str) -> str:
    """The name of the style of a role and a format, made at its first use."""
    name = style_name(role, kind)
    if name not in book.named_styles:
        look = _ROLES[role]
        style = NamedStyle(name)
        style.font = Font(
            name=FONT,
            size=float(str(look.get("size", 10))),
            color=str(look["color"]),
            bold=bool(look.get("bold")),
            italic=bool(look.get("italic")),
        )
        style.fill = PatternFill("solid", fgColor=str(look["fill"])) if "fill" in look else PatternFill()
        style.number_format = FORMATS[kind]
        is_words = kind == "text"
        centred = bool(look.get("centre")) or (is_words and role in ("calc", "cross"))
        horizontal = "center" if centred else ("left" if is_words else "right")
        style.alignment = Alignment(
            horizontal=horizontal,
            vertical="top" if role in ("wrap", "wrap_note") else "center",
            wrap_text=bool(look.get("wrap")),
            shrink_to_fit=bool(look.get("shrink")) or None,
            indent=1 if is_words and role in _INDENTED else 0,
        )
        style.protection = Protection(locked=not look.get("open"))
        if look.get("box"):
            style.border = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
        book.add_named_style(style)
    return name
