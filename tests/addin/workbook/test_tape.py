"""Tapes as they come: every oddity is read with a coded warning or refused with a code, and rows are named."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from addin.tape_headers import canonical_columns, canonical_field
from addin.workbook import tape as tape_module
from addin.workbook.tape import read_tape
from kmv_core.assets.pool import pool_statistics
from kmv_core.assets.strata import pool_strata
from kmv_core.assets.tape import TAPE_FIELDS, check_tape
from kmv_core.vocabulary.errors import KmvError, raise_errors
from kmv_core.vocabulary.terms import TERMS

EBA = "contract_identifier,counterparty_identifier,total_balance,days_in_pastdue,date_of_origination,region"
CHINESE = "借据号,客户编号,未偿本息费余额,逾期天数,贷款发放日,地区"
ROWS = "A1,x,100.5,91,2018-01-31,北京\nB2,y,200,400,2019-06-30,上海\nC3,x,50,30,2020-02-29,北京\n"


@pytest.fixture
def written(tmp_path):
    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "tape.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.fixture
def sheet(tmp_path):
    def write(*rows) -> Path:
        path = tmp_path / "tape.xlsx"
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
        return path

    return write


def codes(tape):
    return [each.code for each in tape.warnings]


@pytest.mark.parametrize("headers", [EBA, CHINESE, EBA.upper(), EBA.replace("_", " "), CHINESE.replace(",", " , ")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_headers_and_encodings(written, headers, encoding):
    tape = read_tape(written(f"{headers}\n{ROWS}", encoding))
    assert list(tape.loans) == EBA.split(",")
    assert tape.loans.index.tolist() == [2, 3, 4]
    assert tape.loans.total_balance.tolist() == [100.5, 200.0, 50.0]
    assert tape.loans.date_of_origination.dt.date.tolist()[2] == dt.date(2020, 2, 29)
    assert tape.loans.region.tolist() == ["北京", "上海", "北京"]
    assert tape.encoding == {"gbk": "gb18030"}.get(encoding, encoding)
    assert tape.headers["total_balance"].strip() == headers.split(",")[2].strip()
    assert (codes(tape), check_tape(tape.loans)) == ([], [])
    assert pool_statistics(tape.loans).top_1 == pytest.approx(200 / 350.5)
    assert pool_strata(tape.loans, "region").labels == ("上海", "北京")


@pytest.mark.parametrize("separator", ["\t", ";", "|"])
def test_separators(written, separator):
    tape = read_tape(written(f"{CHINESE}\n{ROWS}".replace(",", separator)))
    assert tape.loans.total_balance.sum() == 350.5


def test_gbk_past_the_first_megabyte(written, monkeypatch):
    monkeypatch.setattr(tape_module, "_HEAD", 30)
    tape = read_tape(written(f"{EBA}\n{ROWS}", "gbk"))
    assert (tape.encoding, tape.loans.region[2]) == ("gb18030", "北京")


def test_parts_of_a_file_make_one_table(written, monkeypatch):
    rows = "".join(f"L{i},{i % 3},{'TRUE' if i == 7 else i + 1}\n" for i in range(7))
    monkeypatch.setattr(tape_module, "_CHUNK", 2)
    path = written("借据号,地区,余额\n" + rows + 'L7,,８\nL8,1,"9,000"\n')
    tape = read_tape(path)
    assert tape.loans.total_balance.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9000]
    assert tape.loans.region.tolist()[:4] == ["0", "1", "2", "0"]
    assert tape.loans.region.isna().tolist() == [False] * 7 + [True, False]
    assert [(each.code, each.where) for each in tape.warnings] == [("W213", "row 9"), ("W214", "row 10")]


def test_every_field_is_known_by_its_name_and_its_titles():
    for name in TAPE_FIELDS:
        assert canonical_field(name) == canonical_field(TERMS[name].zh) == name
    columns, found = canonical_columns(TAPE_FIELDS)
    assert (list(columns), found) == (list(TAPE_FIELDS), [])


NUMBERS = {
    "１００": (100.0, "W213"),
    "1,234.5": (1234.5, "W214"),
    "1.2亿": (1.2e8, "W214"),
    "300万": (3e6, "W214"),
    "300万元": (3e6, "W214"),
    "¥5": (5.0, "W214"),
    "5元": (5.0, "W214"),
}


@pytest.mark.parametrize("text", list(NUMBERS))
def test_amounts_as_text(written, sheet, text):
    value, code = NUMBERS[text]
    for path in (written(f'借据号,余额\nA,1\nB,"{text}"\n'), sheet(["借据号", "余额"], ["A", 1], ["B", text])):
        tape = read_tape(path)
        assert tape.loans.total_balance.tolist() == [1.0, value]
        assert [(each.code, each.where) for each in tape.warnings] == [(code, "row 3")]


def test_units_of_headers_and_of_the_result(written):
    tape = read_tape(
        written("借据号,余额（万元）,授信额度(亿),利率(%)\nA,1.5,2,4.5\nB,1.2亿,元,6%\n".replace(",元", ","))
    )
    assert tape.loans.total_balance.tolist() == [15_000.0, 1.2e8]
    assert tape.loans.credit_line.tolist() == [pytest.approx(2e8), pytest.approx(np.nan, nan_ok=True)]
    assert tape.loans.current_interest_rate.tolist() == pytest.approx([0.045, 0.06])
    assert set(codes(tape)) == {"W214"}
    in_wan = read_tape(written("借据号,余额（元）\nA,15000\nB,1.2亿\n"), money_unit="万元")
    assert in_wan.loans.total_balance.tolist() == pytest.approx([1.5, 12_000.0])
    with pytest.raises(KmvError, match="E215"):
        read_tape(written("借据号,余额\nA,1\n"), money_unit="两")


DATES = {
    "2021年3月31日": "W230",
    "2021/3/31": "W230",
    "20210331": "W232",
    "44286": "W232",
    "2021-03-31": None,
    "２０２１-03-31": None,
    "2021-03-31 00:00:00": None,
}


@pytest.mark.parametrize("text", list(DATES))
def test_dates_as_text(written, text):
    tape = read_tape(written(f"借据号,余额,发放日\nA,1,2020-01-01\nB,2,{text}\nC,3,\n"))
    assert tape.loans.date_of_origination.dt.date.tolist()[:2] == [dt.date(2020, 1, 1), dt.date(2021, 3, 31)]
    assert tape.loans.date_of_origination.isna().tolist() == [False, False, True]
    assert [(each.code, each.where) for each in tape.warnings] in ([], [(DATES[text], "row 3")])
    assert bool(tape.warnings) == (DATES[text] is not None)


REFUSED = {
    "no balance": ("借据号,地区\nA,北京\n", "E201", "total_balance"),
    "no id": ("余额,地区\n1,北京\n", "E201", "contract_identifier"),
    "a column twice": ("借据号,余额,本息余额\nA,1,1\n", "E203", "本息余额"),
    "a word": ("借据号,余额\nA,1\nB,不详\nC,3\nD,不详\n", "E212", "rows 3, 5"),
    "a decimal comma": ('借据号,余额\nA,"3,5"\n', "E215", "row 2"),
    "a sign under a unit": ("借据号,余额（万元）\nA,¥5\n", "E215", "row 2"),
    "infinity": ("借据号,余额\nA,inf\n", "E212", "row 2"),
    "true": ("借据号,余额\nA,TRUE\nB,\n", "E212", "row 2"),
    "a cell error": ("借据号,余额\nA,#N/A\n", "E211", "row 2"),
    "a cell error for an id": ("借据号,余额\nA,1\n#REF!,2\n", "E211", "row 3"),
    "a cell error for a word": ("借据号,余额,地区\nA,1,北京\nB,2,#N/A\nC,2,#N/A\n", "E211", "rows 3, 4"),
    "no such day": ("借据号,余额,发放日\nA,1,2021年2月30日\n", "E231", "row 2"),
    "no date": ("借据号,余额,发放日\nA,1,someday\n", "E235", "row 2"),
    "a row too long": ("借据号,余额\nA,1\nB,2,3\n", "E217", "row 3"),
    "the first row too long": ("借据号,余额\nA,1,234\nB,2\n", "E217", "row 2"),
    "every row too long": ("借据号,余额\nA,1,234\nB,2,345,6\n", "E217", "rows 2, 3"),
    "a quotation mark alone": (
        '借据号,余额\nA,1\nB,"2\nC,3\n',
        "E217",
        "[row 3] columns: rows and columns do not fit: a quotation",
    ),
    "a row too short": ("借据号,余额,地区\nA,1,甲\nB,2\n\n,,\nC,3,乙\nD\n", "E217", "rows 3, 7"),
    "a short row beside quotes": ('借据号,余额,地区\nA,1,"甲,乙"\nB,2\n', "E217", "row 3"),
    "no balance but the principal": ("借据号,未偿本金余额\nA,1\n", "E201", "未偿本息费余额"),
    "words of three kinds and more": ("借据号,余额\nA,x\nB,y\nC,z\nD,x\nE,u\n", "E212", "'x', 'y', 'z', ... (4)"),
    "no more than headers": ("借据号,余额\n", "E261", "no loan"),
    "no bytes": ("", "E101", "empty"),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_refused(written, name):
    text, code, told = REFUSED[name]
    with pytest.raises(KmvError) as refused:
        raise_errors(check_tape(read_tape(written(text)).loans))
    assert refused.value.code == code
    assert told in str(refused.value)


CHECKED = {
    "ids twice": ("借据号,余额\nA,1\nB,2\nＡ,3\n A ,4\n", ["E260"], "rows 2, 4, 5"),
    "a blank id": ("借据号,余额\nA,1\n ,2\n", ["E216"], "row 3"),
    "a blank balance": ("借据号,余额\nA,1\nB,-\n", ["E216"], "row 3"),
    "negative": ("借据号,余额\nA,1\nB,-5\n", ["E226"], "row 3"),
    "one loan": ("借据号,余额\nA,1\n", ["W262"], "one loan"),
    "percent as number": ("借据号,余额,利率\nA,1,4.5\nB,1,0.1\n", ["E220"], "enter 0.045"),
}


@pytest.mark.parametrize("name", list(CHECKED))
def test_read_and_then_checked(written, name):
    text, expected, told = CHECKED[name]
    found = check_tape(read_tape(written(text)).loans)
    assert [each.code for each in found] == expected
    assert told in str(found[0])


def test_every_problem_of_a_tape_at_once(written):
    with pytest.raises(KmvError) as refused:
        read_tape(written("借据号,余额,发放日,年龄\nA,不详,someday,30\nB,1,2021-02-30,#N/A\n"))
    assert [each.code for each in refused.value.problems] == ["E212", "E231", "E235", "E211"]


def test_the_loans_own_faults_are_told_beside_unreadable_cells(written):
    with pytest.raises(KmvError) as refused:
        read_tape(written("借据号,余额,年龄\nA,-1,x\nB,1,30\nA,1,30\n"))
    assert [each.code for each in refused.value.problems] == ["E212", "E260", "E226"]
    with pytest.raises(KmvError) as refused:
        read_tape(written("借据号,余额\nA,-1\nB,\nC,x\nD,1\n"))
    assert [(each.code, each.where) for each in refused.value.problems] == [
        ("E212", "row 4"),
        ("E216", "row 3"),
        ("E226", "row 2"),
    ]


def test_a_line_break_in_a_cell_is_doubted(written):
    tape = read_tape(written('借据号,余额,地区\nA,1,甲\nB,2,"乙\nC,3,丙"\n"D\nE",5,丁\n'))
    assert [(each.code, each.where) for each in tape.warnings] == [("W219", "row 4"), ("W219", "row 3")]
    assert tape.loans.total_balance.tolist() == [1, 2, 5]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
@pytest.mark.parametrize("separator", [",", "|"])
def test_blanks_in_the_last_column_are_no_short_rows(written, encoding, separator):
    text = "借据号,余额,地区\nA,1,\nB,2,北京\nC,3,\n".replace(",", separator)
    assert read_tape(written(text, encoding)).loans.region.isna().tolist() == [True, False, True]


def test_blank_rows_are_left_out_and_rows_keep_their_number(written):
    tape = read_tape(written("借据号,余额\nA,1\n,\n\nB,2\n"))
    assert tape.loans.index.tolist() == [2, 5]


def test_unknown_columns_are_left_out_or_kept(written):
    path = written("借据号,余额,備考\nA,1,甲\nB,2,乙\n")
    tape = read_tape(path)
    assert (list(tape.loans), codes(tape)) == (["contract_identifier", "total_balance"], ["W264"])
    kept = read_tape(path, also=("備考",))
    assert pool_strata(kept.loans, "備考").labels == ("乙", "甲")
    with pytest.raises(KmvError, match=r"E201.*备注"):
        read_tape(path, also=("备注",))


FORMULA = "=cmd|'/c calc'!A0"


def test_a_formula_as_a_name_stays_text(written, sheet):
    for path in (written(f"借据号,余额,地区\nA,1,{FORMULA}\n{FORMULA},2,北京\n"), None):
        if path is None:
            path = sheet(["借据号", "余额", "地区"], ["A", 1, None], [None, 2, "北京"])
            book = openpyxl.load_workbook(path)
            for place in ("C2", "A3"):
                book.active[place].value = FORMULA
                book.active[place].data_type = "s"
            book.save(path)
        tape = read_tape(path)
        assert tape.loans.contract_identifier.tolist() == ["A", FORMULA]
        assert pool_strata(tape.loans, "region").labels == ("北京", FORMULA)


def test_long_numbers_as_ids_keep_their_digits(written, sheet):
    for path in (
        written("借据号,余额\n000123,1\n6222020200012345678,2\n"),
        sheet(["借据号", "余额"], ["000123", 1], ["6222020200012345678", 2]),
    ):
        assert read_tape(path).loans.contract_identifier.tolist() == ["000123", "6222020200012345678"]


def test_cells_of_a_sheet(sheet):
    tape = read_tape(
        sheet(
            ["借据号", "余额", "发放日", "到期日", "逾期天数", "五级分类"],
            [1001, 0.1, dt.date(2019, 1, 31), 44286, 90, " 次级 "],
            [1002, 5, dt.datetime(2019, 1, 31), "2021年3月31日", None, "次级"],
            [None] * 6,
            ["1003", 7.5, None, None, "１２０", ""],
        )
    )
    assert tape.loans.contract_identifier.tolist() == ["1001", "1002", "1003"]
    assert tape.loans.total_balance.tolist() == [0.1, 5, 7.5]
    assert tape.loans.date_of_origination.dt.date.tolist()[:2] == [dt.date(2019, 1, 31)] * 2
    assert tape.loans.current_maturity_date.dt.date.tolist()[:2] == [dt.date(2021, 3, 31)] * 2
    assert tape.loans.index.tolist() == [2, 3, 5]
    assert pool_strata(tape.loans, "loan_classification").labels == ("次级", "(blank) （空）")
    assert codes(tape) == ["W230", "W232", "W213"]


def test_true_in_a_cell_is_no_number(sheet):
    with pytest.raises(KmvError, match=r"E212 \[row 3\]"):
        read_tape(sheet(["借据号", "余额"], ["A", 1], ["B", True]))


def test_a_full_sheet_is_refused(sheet, monkeypatch):
    monkeypatch.setattr(tape_module, "SHEET_ROWS", 4)
    rows = [["借据号", "余额"], ["A", 1], ["B", 2]]
    assert len(read_tape(sheet(*rows)).loans) == 2
    with pytest.raises(KmvError, match=r"E263.*4 rows.*CSV"):
        read_tape(sheet(*rows, ["C", 3]))


def test_files_that_are_no_tape(tmp_path, written):
    with pytest.raises(KmvError, match="E100"):
        read_tape(tmp_path / "none.csv")
    old = tmp_path / "old.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    with pytest.raises(KmvError, match="E103"):
        read_tape(old)
    odd = tmp_path / "odd.csv"
    odd.write_bytes(b"\xff\x00\x81 " * 50)
    with pytest.raises(KmvError, match=r"E102|E201"):
        read_tape(odd)
    bare = tmp_path / "bare.xlsx"
    openpyxl.Workbook().save(bare)
    with pytest.raises(KmvError, match=r"E261|E201"):
        read_tape(bare)


@pytest.mark.parametrize("long", range(7))
def test_a_row_too_long_is_noticed_wherever_it_stands(written, monkeypatch, long):
    monkeypatch.setattr(tape_module, "_CHUNK", 2)
    rows = "".join(f"L{i},{i + 1}{',000' if i == long else ''}\n" for i in range(7))
    with pytest.raises(KmvError, match="E217"):
        read_tape(written(f"借据号,余额\n{rows}"))
