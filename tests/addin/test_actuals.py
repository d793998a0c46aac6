"""Trustee reports out of files and ranges: headers, units, dates; every fault coded with its rows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from addin.actuals import actuals_of_rows
from addin.deals import example_deal
from addin.workbook.actuals import read_actuals
from kmv_core.deal.deal import Deal
from kmv_core.vocabulary.errors import KmvError
from tests.licence_deal import licence_deal

EXAMPLE = Path(__file__).parents[1] / "data" / "21jianxin08_actuals.csv"
DEAL = example_deal("21jianxin08").deal
LICENCES = licence_deal(3)
HEAD = ["支付日", "净回收"]
FIRST, SECOND = ["2021-10-26", 6000.0], ["2022-01-26", 3000.0]


def test_the_example() -> None:
    found = read_actuals(EXAMPLE, DEAL)
    assert len(found.reports) == 6
    assert found.warnings == ()
    first = found.reports[0]
    assert (first.date, first.collections) == (dt.date(2021, 10, 26), 6203.06)
    assert first.tranches["优先档 Senior", "outstanding"] == 9546.98
    assert len(first.tranches) == 6


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_units_dates_and_digits_as_people_write_them(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("兑付日期;本期净回收（元）;Senior principal paid;備考\n２０２１年10月26日;６2030000;0.5亿;-\n;;;\n20220126;0.3亿;－;\n",
                    encoding=encoding)  # fmt: skip
    found = read_actuals(path, DEAL)
    assert [each.collections for each in found.reports] == [6203.0, 3000.0]
    assert found.reports[0].tranches == {("优先档 Senior", "principal_paid"): 5000.0}
    assert {each.code for each in found.warnings} == {"W264", "W230", "W232", "W213", "W214"}
    assert next(each.where for each in found.warnings if each.code == "W232") == "row 4"


def test_a_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["Report date", "Net collections"], [dt.datetime(2021, 10, 26), 6000], [44587, 3000]):
        book.active.append(row)
    path = tmp_path / "a.xlsx"
    book.save(path)
    found = read_actuals(path, DEAL).reports
    assert [(each.date.isoformat(), each.collections) for each in found] == [
        ("2021-10-26", 6000.0),
        ("2022-01-26", 3000.0),
    ]


def test_licensees() -> None:
    rows = [[*HEAD, "违约被许可人"], ["2020-03-20", 40, None], ["2020-09-20", 40, "L1；L3"]]
    assert [each.defaults for each in actuals_of_rows(LICENCES, rows).reports] == [(), ("L1", "L3")]


@pytest.mark.parametrize(
    ("deal", "rows", "code", "where"),
    [
        (DEAL, [], "E376", ""),
        (DEAL, [["# only a remark"]], "E376", ""),
        (DEAL, [HEAD], "E376", ""),
        (DEAL, [["支付日", "金额"], FIRST], "E201", ""),
        (DEAL, [["net collections"], [1.0]], "E201", ""),
        (DEAL, [[*HEAD, "回款"], [*FIRST, 1.0]], "E203", ""),
        (DEAL, [[*HEAD, "夹层档 已付本金"], [*FIRST, 1.0]], "E375", ""),
        (DEAL, [HEAD, FIRST, FIRST, SECOND], "E370", "rows 2, 3"),
        (DEAL, [HEAD, FIRST, ["2022-01-26", -5.0]], "E226", "row 3"),
        (DEAL, [HEAD, FIRST, ["2022-01-26", "不详"]], "E212", "row 3"),
        (DEAL, [HEAD, FIRST, ["2022-01-26", "5%"]], "E212", "row 3"),
        (DEAL, [HEAD, FIRST, ["2022-01-26", True]], "E212", "row 3"),
        (DEAL, [HEAD, FIRST, ["2022-01-26", "#N/A"]], "E211", "row 3"),
        (DEAL, [HEAD, FIRST, ["2022-01-26", None]], "E377", "row 3"),
        (DEAL, [HEAD, FIRST, [None, 5.0]], "E377", "row 3"),
        (DEAL, [HEAD, FIRST, ["2022-02-30", 5.0]], "E231", "row 3"),
        (DEAL, [HEAD, FIRST, ["soon", 5.0]], "E235", "row 3"),
        (DEAL, [HEAD, ["2021-09-01", 1.0], FIRST], "E354", "row 2"),
        (DEAL, [HEAD, FIRST, SECOND, ["2030-01-26", 1.0]], "E354", "row 4"),
        (DEAL, [HEAD, FIRST, ["2022-04-26", 1.0]], "E353", "row 3"),
        (DEAL, [HEAD, ["2021-10-26", 6e7]], "E371", ""),
        (DEAL, [HEAD, ["2021-10-26", 0.6]], "E371", ""),
        (LICENCES, [[*HEAD, "licensees in default"], ["2020-03-20", 40, "L9"]], "E372", "row 2"),
    ],
)
def test_faults(deal: Deal, rows: list[list[object]], code: str, where: str) -> None:
    with pytest.raises(KmvError) as caught:
        actuals_of_rows(deal, rows)
    (found,) = (each for each in caught.value.problems if each.code == code)
    assert found.where == where
    assert found.zh != found.en


def test_faulty_files(tmp_path: Path) -> None:
    for data, code in ((b"", "E101"), (b"PK\x03\x04broken", "E105"), (b"\xff\xff\x81", "E102"), (b"\n\n", "E376")):
        path = tmp_path / "a.csv"
        path.write_bytes(data)
        with pytest.raises(KmvError) as caught:
            read_actuals(path, DEAL)
        assert caught.value.code == code
    with pytest.raises(KmvError, match="E100"):
        read_actuals(tmp_path / "none.csv", DEAL)


def test_a_named_unit_is_believed() -> None:
    rows = [["支付日", "净回收（元）"], ["2021-10-26", 6000.0]]
    assert actuals_of_rows(DEAL, rows).reports[0].collections == 0.6


def test_a_unit_that_is_named_is_believed_with_a_doubt() -> None:
    head = [f"{HEAD[0]}", "净回收（元）"]
    (doubt,) = actuals_of_rows(DEAL, [head, ["2021-10-26", 1e15]]).warnings
    assert (doubt.code, doubt.field) == ("W374", ("collections",))
    assert actuals_of_rows(DEAL, [head, ["2021-10-26", 6e7]]).warnings == ()


def test_a_faulty_figure_is_called_by_its_title_in_both_languages() -> None:
    tranche = DEAL.by_rank[0].tranche
    with pytest.raises(KmvError) as caught:
        actuals_of_rows(DEAL, [[*HEAD, f"{tranche} 未偿余额"], [*FIRST, "不详"]])
    (found,) = caught.value.problems
    assert found.code == "E212"
    assert found.zh.startswith("未偿余额")
    assert found.en.startswith("outstanding")
