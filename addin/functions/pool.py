"""Questions about a loan tape, handed over as a range whose first row holds the headers (EBA names or Chinese)."""

from __future__ import annotations

from typing import Any

from addin.deal_values import is_cell_error, read_value
from addin.functions.ranges import all_numbers
from addin.functions.registry import worksheet_function
from addin.functions.shapes import ONE_CELL, TAPE, misshapen
from addin.functions.tranche import deal_key
from addin.tape_headers import canonical_field
from addin.tape_table import Tape, tape_of_rows
from kmv_core.assets.concentration import concentration
from kmv_core.assets.pool import PoolStatistics, pool_statistics
from kmv_core.assets.strata import PoolStrata, pool_strata
from kmv_core.assets.tape import DATES, check_tape
from kmv_core.vocabulary.errors import KmvError, Problem, problem, raise_errors
from kmv_core.vocabulary.terms import TERMS

NOTHING_FOUND = "没有问题 | no problem"
CONCENTRATION_LABELS = {
    "top_1": "最大一户占比 | share of the largest",
    "top_10": "最大十户占比 | share of the ten largest",
    "hhi": "赫芬达尔指数 HHI | Herfindahl-Hirschman index",
    "effective_number": "有效户数 | effective number",
}
_MOST_TAPES = 8
"""A tape may be large; few are kept."""
_tapes: dict[str, Tape] = {}


@worksheet_function("Pool", "资产池统计：笔数、余额、加权平均与集中度；每行为指标、数值、所依据的笔数。", heavy=True)
def POOL_STATS(tape: Any, by: Any = None) -> Any:
    """Count, balance, weighted averages and concentration of a tape: label, value and loans it rests on."""
    field = field_of(by, "by") if by is not None else None
    return [["指标 | figure", "数值 | value", "笔数 | loans"], *statistics_lines(_statistics(tape, field))]


@worksheet_function(
    "Pool", "资产池分布表：分层、笔数、余额、占比、笔均余额；数值或日期字段须给出分段界限。", heavy=True
)
def POOL_STRATA(tape: Any, field: Any, bands: Any = None) -> Any:
    """Stratification table of a field: stratum, loans, balance, share, average; numbers and dates need bands."""
    name = field_of(field, "field")
    loans = _sound(_tape(tape, name)).loans
    limits = None if bands is None else _limits(bands, name)
    title = f"{TERMS[name].zh} | {name}" if name in TERMS else name
    header = [title, "笔数 | loans", "余额 | balance", "占比 | share", "笔均余额 | average balance"]
    return [header, *strata_lines(pool_strata(loans, name, limits))]


@worksheet_function("Pool", "检查资产清单：代码、行号（区域内）与说明，每行一个问题。", heavy=True)
def POOL_CHECK(tape: Any) -> Any:
    """What is wrong or odd in a tape: code, rows (counted within the range) and message, one problem a row."""
    try:
        found = _tape(tape)
        problems = (*check_tape(found.loans), *found.warnings)
    except KmvError as error:
        problems = error.problems
    lines = [[each.code, each.where, f"{each.zh} | {each.en}"] for each in problems] or [["", "", NOTHING_FOUND]]
    return [["代码 | code", "行 | rows", "说明 | message"], *lines]


@worksheet_function("Pool", "集中度：户数、合计、最大一户与十户占比、HHI、有效户数；每行为指标与数值。")
def CONCENTRATION(exposures: Any) -> Any:
    """Concentration of amounts, one a name: names, total, top 1, top 10, HHI, effective number, each labelled."""
    found = concentration(exposures=all_numbers(exposures, TERMS["exposures"]))
    figures = (found.top_1, found.top_10, found.herfindahl, found.effective_number)
    return [
        ["指标 | figure", "数值 | value"],
        ["户数 | names", found.count],
        ["合计 | total", found.total],
        *([label, value] for label, value in zip(CONCENTRATION_LABELS.values(), figures, strict=True)),
    ]


def statistics_lines(found: PoolStatistics) -> list[list[Any]]:
    """Label, value and number of loans of every statistic; blank where nothing can be averaged."""
    by = f"{TERMS[found.by].zh} | obligors by {found.by}" if found.by in TERMS else f"{found.by} | obligors by it"
    return [
        ["贷款笔数 | loans", found.loans, found.loans],
        ["余额合计 | total balance", found.balance, found.loans],
        ["笔均余额 | average balance", found.average, found.loans],
        ["余额中位数 | median balance", found.median, found.loans],
        *(
            [
                f"加权平均{TERMS[each.field].zh} | weighted average {each.field}",
                each.value if each.balance > 0.0 else "",
                each.loans,
            ]
            for each in found.averages
        ),
        [f"户数：按{by}", found.obligors, ""],
        *([label, getattr(found, name), ""] for name, label in CONCENTRATION_LABELS.items()),
    ]


def strata_lines(found: PoolStrata) -> list[list[Any]]:
    """Label, loans, balance, share and average balance of every stratum; blank for the average of no loan."""
    columns = (found.labels, found.loans.tolist(), found.balance.tolist(), found.share.tolist(), found.average.tolist())
    return [
        [label, loans, balance, share, average if loans else ""]
        for label, loans, balance, share, average in zip(*columns, strict=True)
    ]


def field_of(cell: Any, argument: str) -> str:
    """The field a cell names, by the EBA's name or any known header; another word is a header of the tape's own."""
    term = TERMS[argument]
    if isinstance(cell, tuple):
        raise misshapen(term, ONE_CELL)
    if cell is None:
        raise KmvError(problem("E216", name=term.name, name_zh=term.zh))
    if is_cell_error(cell):
        raise KmvError(problem("E211", name=term.name, name_zh=term.zh, found=cell))
    return canonical_field(str(cell)) or str(cell).strip()


def _statistics(cells: Any, by: str | None) -> PoolStatistics:
    return pool_statistics(_sound(_tape(cells, by)).loans, by=by)


def _tape(cells: Any, field: str | None = None) -> Tape:
    """The tape of a range, read once for each content; `field` may be a column of the tape's own."""
    if not isinstance(cells, tuple):
        raise misshapen(TERMS["tape"], TAPE)
    also = () if field is None or canonical_field(field) is not None else (field,)
    key = deal_key((also, cells))
    if key not in _tapes:
        read = tape_of_rows(cells, also=also)
        while len(_tapes) >= _MOST_TAPES:
            _tapes.pop(next(iter(_tapes)))
        _tapes[key] = read
    return _tapes[key]


def _sound(tape: Tape) -> Tape:
    raise_errors(check_tape(tape.loans))
    return tape


def _limits(cells: Any, field: str) -> list[Any]:
    """Limits in the kind of the field; those that are dates from date cells, day numbers or text."""
    if field not in DATES:
        return all_numbers(cells, TERMS["bands"])
    found: list[Problem] = []
    days = []
    for row in cells if isinstance(cells, tuple) else ((cells,),):
        for cell in row:
            day, problems = read_value("bands", "date", cell)
            days.append(day)
            found += problems
    raise_errors(found)
    return days
