"""Trustee reports as rows of cells -> reports of the core: headers in Chinese or English, numbers and dates as written.

    支付日 / payment date      净回收（万元） / collections      优先档 已付本金 / Senior principal paid      违约被许可人

A tranche's figures stand in columns that name the tranche (whole, or its Chinese or English part) and what is told.
Amounts whose header or cell names a unit are turned into the deal's. Rows are numbered as a spreadsheet shows them.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from addin.deal_values import is_cell_error, read_value, unit_scale
from addin.tape_headers import bracketed_words
from kmv_core.assets.tape import rows_named
from kmv_core.deal.break_even import MultipleScan
from kmv_core.deal.deal import Deal
from kmv_core.deal.schedule import schedule_of
from kmv_core.risk.reports import Report, payment_index
from kmv_core.vocabulary.checks import nearest
from kmv_core.vocabulary.errors import KmvError, Problem, problem, raise_errors

HEADERS: dict[str, tuple[str, ...]] = {
    "payment_date": ("payment date", "report date", "date", "支付日", "支付日期", "兑付日", "兑付日期", "报告日", "报告日期",
                     "分配日", "日期"),
    "collections": ("collections", "net collections", "actual collections", "net recoveries", "cash collected", "净回收",
                    "净回收款", "本期净回收", "实际回收", "实际净回收", "回收款", "回收金额", "净回款", "回款"),
    "defaults": ("licensees in default", "defaulted licensees", "licensee in default", "defaults", "违约被许可人",
                 "被许可人违约", "已违约被许可人", "违约名单"),
}  # fmt: skip
ITEM_WORDS: dict[str, tuple[str, ...]] = {
    "principal_paid": ("principal paid", "principal payment", "principal", "已付本金", "本金支付", "支付本金", "兑付本金",
                       "本金兑付", "偿还本金", "本金"),
    "interest_paid": ("interest paid", "interest payment", "interest", "已付利息", "利息支付", "支付利息", "兑付利息",
                      "付息", "利息"),
    "outstanding": ("outstanding balance", "outstanding principal", "outstanding", "balance", "未偿本金余额", "未偿余额",
                    "剩余本金", "期末余额", "本金余额", "未偿本金", "余额"),
}  # fmt: skip
NAMES: dict[str, tuple[str, str]] = {
    "payment_date": ("payment date", "支付日"),
    "collections": ("collections", "净回收"),
    "defaults": ("licensees in default", "违约被许可人"),
    "principal_paid": ("principal paid", "已付本金"),
    "interest_paid": ("interest paid", "已付利息"),
    "outstanding": ("outstanding", "未偿余额"),
}
NEEDED = ("payment_date", "collections")
FAR = 300.0
"""Collections to date this many times the forecast, or its part, are another unit: units differ by thousands."""
_BRACKETED = re.compile(r"[(\[【].*?[)\]】]")
_PUNCTUATION = re.compile(r"[\W_]+")
_BETWEEN_NAMES = re.compile(r"[;；、,，\n]+")
_NOTHING = frozenset(("", "-", "--", "—", "——", "/", "n/a", "na", "无", "none"))

Place = str | tuple[str, str]
"""A column of HEADERS, or a tranche and an item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actuals:
    """Trustee reports that were read, by date, money in the deal's unit."""

    reports: tuple[Report, ...]
    warnings: tuple[Problem, ...]


def actuals_of_rows(deal: Deal, rows: Sequence[Sequence[Any]]) -> Actuals:
    """The reports of rows of cells whose first holds the headers; rows without any value are left out.

    Lines above the headers that begin with # are remarks.

    Warnings: W213, W214, W230, W232 what was read from text, W264 columns left out. Raises KmvError with every
    problem, naming its rows: E201 a column missing, E203 a column twice, E375 a column of no tranche; E376 no row;
    E211, E212, E215 no number, E226 negative, E231, E235 no date, E377 a blank; E354 outside the deal, E370 a date
    twice, E353 a gap, E371 another unit, E372 no licensee of the deal.
    """
    top = next((i for i, row in enumerate(rows) if not _is_remark(row)), len(rows))
    if top == len(rows):
        raise KmvError(problem("E376"))
    headers = ["" if cell is None else str(cell) for cell in rows[top]]
    found: list[Problem] = []
    columns = _columns(deal, headers, found)
    raise_errors(found)
    lines = [(i, row) for i, row in enumerate(rows[top + 1 :], start=top + 2) if any(not _blank(cell) for cell in row)]
    if not lines:
        raise KmvError(problem("E376"))
    cells = _Cells(deal, headers, columns, found)
    reports = [(number, cells.report(number, row)) for number, row in lines]
    cells.tell()
    raise_errors(found)
    read = [(number, each) for number, each in reports if each is not None]
    _check_dates(deal, read, found)
    raise_errors(found)
    kept = sorted((each for _, each in read), key=lambda report: report.date)
    found += _unit_doubts(deal, kept, headers[columns["collections"]])
    raise_errors(found)
    return Actuals(reports=tuple(kept), warnings=tuple(found))


def _is_remark(row: Sequence[Any]) -> bool:
    first = next((cell for cell in row if not _blank(cell)), "#")
    return isinstance(first, str) and first.lstrip().startswith("#") and not is_cell_error(first)


def _columns(deal: Deal, headers: Sequence[str], found: list[Problem]) -> dict[Place, int]:
    known = {_plain(alias): name for name, aliases in HEADERS.items() for alias in (name, *aliases)}
    columns: dict[Place, int] = {}
    unknown = []
    for i, header in enumerate(headers):
        place: Place | None = known.get(_plain(header)) or _tranche_place(deal, header)
        if isinstance(place, tuple) and not place[0]:
            present = ", ".join(each.tranche for each in deal.by_rank)
            found.append(problem("E375", found=repr(header.strip()), present=present))
        elif place is None:
            unknown.append(header.strip())
        elif place in columns:
            name = place if isinstance(place, str) else " ".join(place)
            found.append(problem("E203", name=name, first=repr(headers[columns[place]]), second=repr(header)))
        else:
            columns[place] = i
    for name in NEEDED:
        if name not in columns:
            en, zh = NAMES[name]
            words = {"what": "column", "what_zh": "列", "name": f"{zh} {en}", "present": ", ".join(headers) or "-"}
            found.append(problem("E201", field=(name,), nearest=nearest(en, headers), **words))
    named = [header for header in unknown if header]
    if named:
        found.append(problem("W264", count=len(named), found=", ".join(named)))
    return columns


def _tranche_place(deal: Deal, header: str) -> tuple[str, str] | None:
    """The tranche and item of a header; an item without a known tranche has "" for it, no item is None."""
    text = _plain(header)
    words = [(_plain(alias), item) for item, aliases in ITEM_WORDS.items() for alias in (item, *aliases)]
    for alias, item in sorted(words, key=lambda each: -len(each[0])):
        if alias not in text:
            continue
        rest = text.replace(alias, "", 1)
        return next((each.tranche for each in deal.by_rank if rest in _spellings(each.tranche)), ""), item
    return None


def _spellings(tranche: str) -> set[str]:
    """The whole name, its Chinese part and its English part."""
    words = tranche.split()
    parts = ["".join(each for each in words if each.isascii() is ascii_) for ascii_ in (True, False)]
    return {_plain(each) for each in (tranche, *parts)} - {""}


def _plain(header: str) -> str:
    text = unicodedata.normalize("NFKC", header).lower()
    return _PUNCTUATION.sub("", _BRACKETED.sub("", text))


def _blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _is_nothing(cell: Any) -> bool:
    return isinstance(cell, str) and unicodedata.normalize("NFKC", cell).strip().lower() in _NOTHING


class _Cells:
    """Reads the cells of rows and gathers what was odd, one problem a kind with its rows."""

    def __init__(self, deal: Deal, headers: Sequence[str], columns: dict[Place, int], found: list[Problem]) -> None:
        self.deal, self.headers, self.columns, self.found = deal, headers, columns, found
        self.unit = unit_scale(deal.money_unit)
        self.odd: dict[tuple[str, str], tuple[Problem, list[int]]] = {}
        self.scales = {place: self._scale(headers[i]) for place, i in columns.items()}

    def report(self, number: int, row: Sequence[Any]) -> Report | None:
        """One row; None where something is wrong with it."""
        date = self._value("payment_date", number, row)
        collections = self._value("collections", number, row)
        figures = {}
        for place in self.columns:
            if isinstance(place, tuple) and (value := self._value(place, number, row, needed=False)) is not None:
                figures[place] = value
        if not isinstance(date, dt.date) or collections is None:
            return None
        return Report(date=date, collections=collections, defaults=self._licensees(number, row), tranches=figures)

    def tell(self) -> None:
        """The problems so far, with their rows."""
        self.found += [replace(each, where=rows_named(rows)) for each, rows in self.odd.values()]

    def _scale(self, header: str) -> float:
        written = unit_scale(bracketed_words(header)) if bracketed_words(header) else None
        return 1.0 if written is None or self.unit is None else written / self.unit

    def _value(self, place: Place, number: int, row: Sequence[Any], *, needed: bool = True) -> Any:
        """The number or date of a cell; None where it has none."""
        i = self.columns[place]
        cell = row[i] if i < len(row) else None
        name = place if isinstance(place, str) else place[1]
        en, zh = NAMES[name]
        names: dict[str, Any] = {"name": en, "name_zh": zh}
        if _blank(cell):
            if needed:
                self._odd(number, problem("E377", field=(name,), **names))
            return None
        if name == "payment_date":
            value, problems = read_value(name, "date", _day(cell), title=NAMES[name])
        else:
            if not needed and _is_nothing(cell):
                return None
            value, problems = read_value(name, "number", cell, money=True, unit=self.unit, title=NAMES[name])
            if isinstance(cell, str) and "%" in unicodedata.normalize("NFKC", cell):
                value, problems = None, [problem("E212", **names, found=repr(cell))]
        for each in problems:
            self._odd(number, replace(each, field=(name,)))
        if value is None or any(each.is_error for each in problems):
            return None
        if isinstance(value, dt.date):
            return value
        # A cell that names its own unit is not bound to the header's.
        amount = float(value) * (1.0 if any(each.code == "W214" for each in problems) else self.scales[place])
        if amount < 0.0:
            words: dict[str, Any] = {
                "domain": "at least 0",
                "domain_zh": "不小于 0",
                "found": f"{amount:g}",
                "remedy": "",
            }
            self._odd(number, problem("E226", field=(name,), **names, **words, remedy_zh=""))
        return amount

    def _licensees(self, number: int, row: Sequence[Any]) -> tuple[str, ...]:
        i = self.columns.get("defaults", len(row))
        cell = row[i] if i < len(row) else None
        if _blank(cell) or _is_nothing(cell):
            return ()
        if is_cell_error(cell):
            en, zh = NAMES["defaults"]
            self._odd(number, problem("E211", name=en, name_zh=zh, found=str(cell)))
            return ()
        known = list(dict.fromkeys(each.licensee for each in self.deal.licences))
        # A name may hold a comma of its own.
        whole = str(cell).strip()
        parts = [whole] if whole in known else [each.strip() for each in _BETWEEN_NAMES.split(whole)]
        names = [each for each in parts if each]
        for name in names:
            if name not in known:
                self._odd(number, problem("E372", found=name, nearest=nearest(name, known)))
        return tuple(names)

    def _odd(self, number: int, each: Problem) -> None:
        self.odd.setdefault((each.code, str(each.field)), (each, []))[1].append(number)


def _day(cell: Any) -> Any:
    """A day number that a text file holds as digits is one."""
    return int(cell) if isinstance(cell, str) and re.fullmatch(r"\s*\d{5}\s*", cell) else cell


def _check_dates(deal: Deal, read: Sequence[tuple[int, Report]], found: list[Problem]) -> None:
    schedule = schedule_of(deal)
    rows_of: dict[dt.date, list[int]] = {}
    for number, each in read:
        rows_of.setdefault(each.date, []).append(number)
    reported = set()
    for date, numbers in rows_of.items():
        if len(numbers) > 1:
            found.append(problem("E370", where=rows_named(numbers), found=date.isoformat()))
        try:
            reported.add(payment_index(deal, schedule, date))
        except KmvError as error:
            found.append(replace(error.problems[0], where=rows_named(numbers)))
    for at in range(max(reported, default=-1)):
        if at not in reported:
            later = min(number for number, each in read if each.date > schedule.dates[at])
            found.append(problem("E353", where=rows_named([later]), found=schedule.dates[at].isoformat()))


def _unit_doubts(deal: Deal, reports: Sequence[Report], header: str) -> list[Problem]:
    """A factor of thousands between collections and forecast is a unit; a warning where the header names it."""
    schedule = schedule_of(deal)
    last = max(payment_index(deal, schedule, each.date) for each in reports)
    forecast = float(MultipleScan(deal, schedule).expected[: last + 1].sum())
    actual = sum(each.collections for each in reports)
    if not (forecast > 0.0 and actual > 0.0) or 1.0 / FAR < actual / forecast < FAR:
        return []
    found = f"{actual / forecast:.3g}"
    if unit_scale(bracketed_words(header) or "-") is not None:
        return [problem("W374", field=("collections",), found=found)]
    return [problem("E371", field=("collections",), found=found, unit=deal.money_unit)]
