"""The VBA of the workbooks, compiled and run by LibreOffice: what an answer of Python becomes in a cell.

LibreOffice reads our vbaProject.bin and runs the shipped text, over a stand-in for Python's server. Five things
it cannot do are replaced: the calling cell, error values read from a range, describing functions, an argument
with a name it keeps for itself, and xlwings' module, which loads a library of Windows.
"""

from __future__ import annotations

import io
import re

import pytest

from addin.functions import REGISTRY
from addin.functions.service import located
from addin.hosts.excel.vba import PROJECT, host_code, wrapper_code
from addin.hosts.excel.vba_project import Module, project_bytes
from addin.template.function_sheet import write_help
from addin.workbook.macros import with_macros
from addin.workbook.page import Book
from kmv_core.vocabulary.errors import KINDS, problem
from tests.judges import libreoffice

SERVER = """
Option Explicit
Public Function CallUDF(place, func, arguments, book, caller) As Variant
    CallUDF = Answered(place, func, arguments)
End Function
"""
WITNESS = """
Option Explicit
Private Caller As Object
Private Answer As Variant
Private Started As Long, StartFails As Boolean, Ends As Long
Private Helped As String
Private Report As String

Public Function XLPy() As Object
    Started = Started + 1
    If StartFails Then Err.Raise 1000, , "no such file"
    Set XLPy = New PyServer
End Function

Public Function Answered(place, func, arguments) As Variant
    If Ends > 0 Then
        Ends = Ends - 1
        Err.Raise 1001, , "server has ended"
    End If
    Answered = Answer
    If func = "KMV_ERRORS" Then Answered = arguments(0)
    If func = "KMV_DD" Then Answered = place & " " & arguments(0) & arguments(2) & IsMissing(arguments(4))
End Function

Public Function WitnessCaller() As Variant
    Set WitnessCaller = Caller
End Function

Public Function WitnessValues(used As Object) As Variant
    Dim values(1 To 6, 1 To 2) As Variant
    values(1, 1) = CVErr(2036)
    values(2, 1) = CVErr(2015)
    values(3, 1) = CVErr(2042)
    values(4, 2) = CVErr(2036)
    values(5, 1) = CVErr(2015)
    values(5, 2) = "word"
    values(6, 2) = CVErr(2007)
    WitnessValues = values
End Function

Public Sub WitnessHelp(func As String, text As String, group As String, n As Long, texts() As String)
    Helped = Helped & "{" & func & "}" & group & "}" & text
    If n > 0 Then Helped = Helped & "}" & Join(texts, "}")
End Sub

Private Function Told(value As Variant) As String
    Dim r As Long, c As Long
    If IsArray(value) Then
        For r = LBound(value, 1) To UBound(value, 1)
            For c = LBound(value, 2) To UBound(value, 2)
                Told = Told & Told(value(r, c)) & ";"
            Next c
        Next r
    Else
        Told = CStr(value)
    End If
End Function

Private Sub Say(title As String, value As Variant)
    Report = Report & title & "=" & Told(value) & vbLf
End Sub

Public Function WITNESS_ALL() As Variant
    Dim sheet As Object
    Dim table(0 To 1, 0 To 1) As Variant, pair(0 To 1) As Variant
    On Error GoTo broke
    Report = ""
    Helped = ""
    StartFails = False
    Ends = 0
    Set sheet = ThisWorkbook.Worksheets("S")
    Set Caller = sheet.Range("A1")
    Say "arguments", KMV_DD(1, 2, 3)
    Answer = 1.5
    Say "number", KMV_PD(1, 2, 3)
    Answer = "#KMV! E222 too high"
    Say "num", KMV_PD(1, 2, 3)
    Set Caller = sheet.Range("A2")
    Answer = "#KMV! E212 a" & vbTab & "word"
    Say "value", KMV_PD(1, 2, 3)
    Set Caller = sheet.Range("A4")
    table(0, 0) = 1.5
    table(0, 1) = "#KMV! E222 in a table"
    table(1, 0) = "#KMV! E212 in a table"
    table(1, 1) = "word"
    Answer = table
    Say "table", TRANCHE_PD(1)
    pair(0) = "#KMV! E212 in a line"
    pair(1) = 2
    Answer = pair
    Set Caller = sheet.Range("A9")
    Dim shown As Variant
    shown = TRANCHE_PD(1)
    Say "line", CStr(shown(0)) & "," & shown(1)
    Say "list", KMV_ERRORS(sheet.Range("A1:B9"))
    Set Caller = sheet.Range("A1")
    Answer = 1.5
    Say "other function", KMV_DD(1, 2, 3)
    Say "kept", KmvFailures(sheet.Range("A1:A1"))
    Say "mended", KMV_PD(1, 2, 3)
    Say "forgotten", KmvFailures(sheet.Range("A1:A1"))
    Set Caller = sheet.Range("A1:A4")
    Answer = "#KMV! E212 for all"
    Say "filled", TRANCHE_PD(1)
    Say "all", KmvFailures(sheet.Range("A1:A1"))
    Set Caller = sheet.Range("A1")
    Answer = "#KMV! E222 crowded"
    Dim i As Long
    For i = 1 To 8
        Set Caller = sheet.Cells(i, 5)
        Say "crowd", KMV_PD(1, 2, 3)
    Next i
    Say "oldest gone", KmvFailures(sheet.Range("A1:A1"))
    Set Caller = sheet.Range("A1")
    Answer = 2.5
    Ends = 1
    i = Started
    Say "restarted", KMV_PD(1, 2, 3)
    Say "starts", Started - i
    Ends = 1
    StartFails = True
    i = Started
    Set Caller = sheet.Range("A2")
    Say "no server", KMV_PD(1, 2, 3)
    Say "no list", KMV_ERRORS(sheet.Range("A1:B9"))
    Say "starts", Started - i
    KmvRegisterHelp
    WITNESS_ALL = Report & "help=" & Helped
    Exit Function
broke:
    WITNESS_ALL = Report & "BROKE " & Err.Description & " " & Erl
End Function
"""
REPLACED = {
    r"Application\.Caller": "WitnessCaller()",
    r"values = used\.Value": "values = WitnessValues(used)",
    r"MOST_KEPT As Long = \d+": "MOST_KEPT As Long = 8",
    r"Application\.MacroOptions .*": "WitnessHelp func, text, group, n, texts",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Step and what came out of it, in the order of the scenario."""
    host = host_code()
    for pattern, stand_in in REPLACED.items():
        host, count = re.subn(pattern, stand_in, host)
        assert count
    wrappers = re.sub(r"\boutput\b", "output_", wrapper_code(list(REGISTRY.values())))
    modules = [
        Module("ThisWorkbook", "workbook"),
        Module("Sheet1", "sheet"),
        Module("PyServer", "class", SERVER),
        Module("kmv_host", "standard", host),
        Module("kmv_udfs", "standard", wrappers),
        Module("witness", "standard", WITNESS),
    ]
    book = Book("witness")
    page = book.page("S")
    write_help(page, 30)
    page.sheet["A1"] = page.sheet["B9"] = 0  # the area in use, within which failures are looked for
    page.sheet["I20"] = "=WITNESS_ALL()"
    raw = io.BytesIO()
    book.workbook.save(raw)
    path = (
        tmp_path_factory.mktemp("vba") / "scenario.xlsm"
    )  # not the name of a module: LibreOffice would take one for the other
    path.write_bytes(with_macros(raw.getvalue(), project_bytes(PROJECT, modules)))
    report = str(libreoffice.calculated_with_macros(path)["S", "I20"])
    assert "BROKE" not in report
    steps, _, helped = report.partition("help=")
    pairs = [line.split("=", 1) for line in steps.splitlines()]
    return [*((step, text) for step, text in pairs), ("help", helped)]


def only(told, step):
    (found,) = [text for each, text in told if each == step]
    return found


def test_arguments_reach_python_in_their_order(told):
    assert only(told, "arguments") == "addin.hosts.excel.udfs 13True"


def test_a_sentinel_becomes_the_error_of_its_code(told):
    assert only(told, "number") == "1.5"
    assert only(told, "num") == "Error 2036"
    assert only(told, "value") == "Error 2015"
    assert only(told, "table") == "1.5;Error 2036;Error 2015;word;"
    assert only(told, "line") == "Error 2015,2"


def test_errors_are_listed_with_cell_function_and_message(told):
    lines = [
        located("S!A1", "KMV_PD", "#KMV! E222 too high"),
        located("S!A2", "KMV_PD", "#KMV! E212 a word"),
        located("S!A3", "", "#N/A"),
        located("S!B4", "TRANCHE_PD", "#KMV! E222 in a table"),
        located("S!A5", "TRANCHE_PD", "#KMV! E212 in a table"),
        located("S!B6", "", "#DIV/0!"),
    ]
    assert only(told, "list") == "".join(f"{line};" for line in lines)
    rows = REGISTRY["KMV_ERRORS"].call([[line] for line in lines])
    assert [row[:3] for row in rows[:2]] == [["S!A1", "KMV_PD", "E222"], ["S!A2", "KMV_PD", "E212"]]


def test_a_message_is_kept_until_its_function_succeeds(told):
    assert only(told, "kept").startswith(located("S!A1", "KMV_PD", "#KMV! E222 too high"))
    assert only(told, "forgotten").startswith(located("S!A1", "", "#NUM!"))


def test_one_answer_in_an_array_formula_fills_all_its_cells(told):
    assert only(told, "filled") == "Error 2015"
    listed = only(told, "all").split(";")
    assert listed[1] == located("S!A2", "TRANCHE_PD", "#KMV! E212 for all")


def test_the_oldest_messages_go_first(told):
    assert only(told, "oldest gone").startswith(located("S!A1", "", "#NUM!"))


def test_a_server_that_has_ended_is_started_again_once(told):
    starts = [text for step, text in told if step == "starts"]
    assert only(told, "restarted") == "2.5"
    assert starts[0] == "1"


def test_without_python_cells_fail_and_the_list_says_why(told):
    starts = [text for step, text in told if step == "starts"]
    assert only(told, "no server") == "Error 2015"
    expected = problem("E910", found="no such file")
    assert only(told, "no list") == f";KMV_ERRORS;E910;{expected.en} | {expected.zh};"
    assert starts[1] == "1"  # the second cell did not try again at once
    assert "{found}" in KINDS["E910"].en


def test_the_wizard_is_told_every_function_and_argument(told):
    expected = "".join(
        "{" + "}".join([each.name, f"KMV {each.category}", each.help, *(a.term.help for a in each.arguments)])
        for each in REGISTRY.values()
    )
    assert only(told, "help") == expected
