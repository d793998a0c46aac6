"""What a range of the wrong shape is answered with, in both languages."""

from __future__ import annotations

from kmv_core.vocabulary.errors import KmvError, problem
from kmv_core.vocabulary.terms import Term

ONE_CELL = ("a range, one cell is wanted", "为区域，应为单个单元格")
RANGE = ("one cell, a range is wanted", "为单个单元格，应为区域")
TABLE = ("one cell, a table is wanted", "为单个单元格，应为表格")
TAPE = ("one cell, a range with a row of headers is wanted", "为单个单元格，应为含标题行的区域")
DEAL = ("one cell, the range named deal is wanted", "为单个单元格，应为名称为 deal 的区域")
LINE = ("{size}, one row or column is wanted", "{size}，应为一行或一列")
TWO_COLUMNS = ("{size}, two columns are wanted", "{size}，应为两列")
COLUMNS = ("{size} columns, more are wanted", "{size} 列，列数不足")


def misshapen(term: Term, wanted: tuple[str, str], size: str = "") -> KmvError:
    """The E217 of an argument; `size` is what was found, where `wanted` tells it.

    >>> from kmv_core.vocabulary.terms import TERMS
    >>> print(misshapen(TERMS["bands"], LINE, "2 x 3").problems[0].en)
    bands: rows and columns do not fit: 2 x 3, one row or column is wanted
    """
    en, zh = (each.format(size=size) for each in wanted)
    return KmvError(problem("E217", name=term.name, name_zh=term.zh, found=en, found_zh=zh))
