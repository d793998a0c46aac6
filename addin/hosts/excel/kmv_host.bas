Option Explicit
Option Private Module

' What the worksheet functions in kmv_udfs share. ASCII only: other languages travel at run time.
'
' Python answers a failed cell with the text "#KMV! CODE message". The cell shows the true spreadsheet error
' of the code; the text is kept here by cell, so that KMV_ERRORS can list it. What is kept lasts as long as
' the workbook is open.

Private Const SENTINEL As String = "#KMV! "
Private Const PYTHON_MODULE As String = "addin.hosts.excel.udfs"
Private Const NO_ANSWER As String = "the Python behind this cell did not answer ({found}): run `kmv doctor`"
Private Const MOST_KEPT As Long = 10000
Private Const MOST_TEXT As Long = 255
Private Const SECONDS_UNTIL_RETRY As Double = 5
Private Const VALUE_ERROR As Long = 2015
Private Const NUM_ERROR As Long = 2036
Private Const NA_ERROR As Long = 2042

Private Type Place
    Sheet As String
    Row As Long
    Column As Long
    Rows As Long
    Columns As Long
End Type

Private Kept As New Collection
Private Server As Object
Private HasServer As Boolean
Private FailedAt As Double
Private FailedWith As String

' The answer of a function, as cells show it.
Public Function KmvCall(func As String, arguments As Variant) As Variant
    KmvCall = KmvShown(func, KmvAnswer(func, arguments))
End Function

' The same for a function that lists failures: when Python does not answer, the list says so.
Public Function KmvList(func As String, arguments As Variant) As Variant
    Dim answer As Variant, told(0 To 0, 0 To 3) As Variant
    answer = KmvAnswer(func, arguments)
    If KmvCode(answer) = "E910" Then
        told(0, 0) = ""
        told(0, 1) = func
        told(0, 2) = "E910"
        told(0, 3) = Mid$(answer, Len(SENTINEL) + 6)
        KmvList = told
    Else
        KmvList = KmvShown(func, answer)
    End If
End Function

' The Function Wizard calculates at every key press; its dialog disables the first button of a hidden bar.
Public Function KmvInWizard() As Boolean
    Dim host As Object
    On Error Resume Next
    Set host = Application
    KmvInWizard = Not host.CommandBars("Standard").Controls(1).Enabled
End Function

' Python's answer, or the sentinel E910 with the reason. A server that has ended is started again once; a
' start that failed is not repeated for some seconds, or a sheet of a thousand cells would try it a thousand
' times.
Private Function KmvAnswer(func As String, arguments As Variant) As Variant
    Dim reason As String
    Dim attempt As Long
    On Error Resume Next
    For attempt = IIf(HasServer, 1, 2) To 2
        Err.Clear
        If Not HasServer Then
            If FailedWith <> "" And Abs(Timer - FailedAt) < SECONDS_UNTIL_RETRY Then
                reason = FailedWith
                Exit For
            End If
            FailedWith = ""
            Set Server = XLPy()
            If Err.Number <> 0 Then
                reason = Err.Description
                FailedWith = reason & " "
                FailedAt = Timer
                Exit For
            End If
            HasServer = True
        End If
        KmvAnswer = Server.CallUDF(PYTHON_MODULE, func, (arguments), ThisWorkbook, Application.Caller)
        If Err.Number = 0 Then Exit Function
        reason = Err.Description
        HasServer = False
    Next attempt
    KmvAnswer = SENTINEL & "E910 " & Replace(KmvSentence("kmv_no_answer", NO_ANSWER), "{found}", Trim$(reason))
End Function

' A sentence from the Functions sheet, in both languages.
Private Function KmvSentence(named As String, otherwise As String) As String
    On Error Resume Next
    KmvSentence = ThisWorkbook.Names(named).RefersToRange.Value
    If KmvSentence = "" Then KmvSentence = otherwise
End Function

' Every sentinel of an answer turned into its error and kept under the cell that shows it.
Private Function KmvShown(func As String, answer As Variant) As Variant
    Dim at As Place
    Dim r As Long, c As Long, firstRow As Long, firstColumn As Long
    at = KmvPlace()
    Select Case KmvDimensions(answer)
        Case 0
            KmvShown = KmvCell(func, answer, at, 0, 0, True, True)
        Case 1
            firstColumn = LBound(answer)
            For c = firstColumn To UBound(answer)
                answer(c) = KmvCell(func, answer(c), at, 0, c - firstColumn, True, UBound(answer) = firstColumn)
            Next c
            KmvShown = answer
        Case Else
            firstRow = LBound(answer, 1)
            firstColumn = LBound(answer, 2)
            For r = firstRow To UBound(answer, 1)
                For c = firstColumn To UBound(answer, 2)
                    answer(r, c) = KmvCell(func, answer(r, c), at, r - firstRow, c - firstColumn, _
                        UBound(answer, 1) = firstRow, UBound(answer, 2) = firstColumn)
                Next c
            Next r
            KmvShown = answer
    End Select
End Function

Private Function KmvDimensions(answer As Variant) As Long
    Dim bound As Long
    If Not IsArray(answer) Then Exit Function
    KmvDimensions = 1
    On Error GoTo done
    bound = UBound(answer, 2)
    KmvDimensions = 2
done:
End Function

' The cells that called: one, or all of an array formula. Without a sheet where no cell called.
Private Function KmvPlace() As Place
    Dim cells As Object
    Dim found As Place
    If TypeName(Application.Caller) <> "Range" Then Exit Function
    Set cells = Application.Caller
    found.Row = cells.Row
    found.Column = cells.Column
    found.Rows = cells.Rows.Count
    found.Columns = cells.Columns.Count
    found.Sheet = KmvSheet(cells.Worksheet)
    KmvPlace = found
End Function

Private Function KmvSheet(sheet As Object) As String
    KmvSheet = "[" & sheet.Parent.Name & "]" & sheet.Name & "!"
End Function

' One element of an answer. A single row or column fills all of an array formula, and so does its message.
Private Function KmvCell(func As String, answer As Variant, at As Place, r As Long, c As Long, _
        oneRow As Boolean, oneColumn As Boolean) As Variant
    Dim code As String, text As String
    Dim down As Long, across As Long, lastDown As Long, lastAcross As Long
    code = KmvCode(answer)
    If code = "" Then
        KmvCell = answer
        If Kept.Count = 0 Then Exit Function
    Else
        KmvCell = KmvError(code)
        text = Replace(answer, vbTab, " ")
    End If
    If at.Sheet = "" Then Exit Function
    lastDown = r
    lastAcross = c
    If oneRow And at.Rows > 1 Then lastDown = at.Rows - 1
    If oneColumn And at.Columns > 1 Then lastAcross = at.Columns - 1
    For down = r To lastDown
        For across = c To lastAcross
            KmvKeep at.Sheet & (at.Row + down) & "," & (at.Column + across), func, text
        Next across
    Next down
End Function

' The code of a sentinel; empty for every other answer.
Private Function KmvCode(answer As Variant) As String
    If VarType(answer) = vbString Then
        If Left$(answer, Len(SENTINEL)) = SENTINEL Then KmvCode = Mid$(answer, Len(SENTINEL) + 1, 4)
    End If
End Function

Private Function KmvError(code As String) As Variant
    If InStr(KmvNumCodes, " " & code & " ") > 0 Then
        KmvError = CVErr(NUM_ERROR)
    ElseIf InStr(KmvNaCodes, " " & code & " ") > 0 Then
        KmvError = CVErr(NA_ERROR)
    Else
        KmvError = CVErr(VALUE_ERROR)
    End If
End Function

' Keep the message of a failed cell, or forget it when the same function succeeds there. The oldest goes first.
Private Sub KmvKeep(key As String, func As String, text As String)
    Dim known As String
    known = KmvKept(key)
    If text = "" Then
        If KmvBefore(known) = func Then Kept.Remove key
        Exit Sub
    End If
    If known <> "" Then Kept.Remove key
    If Kept.Count >= MOST_KEPT Then Kept.Remove 1
    Kept.Add func & vbTab & text, key
End Sub

' Function, tab and text kept for a cell; empty where nothing is.
Private Function KmvKept(key As String) As String
    On Error Resume Next
    KmvKept = Kept.Item(key)
End Function

Private Function KmvBefore(known As String) As String
    If InStr(known, vbTab) > 0 Then KmvBefore = Left$(known, InStr(known, vbTab) - 1)
End Function

' What KMV_ERRORS gets instead of the watched range: one line for every cell that shows an error, of its
' address, the function that failed and the kept text, or the bare error where nothing is kept.
Public Function KmvFailures(watch As Variant) As Variant
    Dim found As Collection
    Dim area As Object, used As Object
    Dim lines() As Variant
    Dim i As Long
    If TypeName(watch) <> "Range" Then
        KmvFailures = watch
        Exit Function
    End If
    Set found = New Collection
    For Each area In watch.Areas
        Set used = Application.Intersect(area, area.Worksheet.UsedRange)
        If Not used Is Nothing Then KmvFindFailures used, found
    Next area
    If found.Count = 0 Then
        KmvFailures = ""
        Exit Function
    End If
    ReDim lines(1 To found.Count, 1 To 1)
    For i = 1 To found.Count
        lines(i, 1) = found(i)
    Next i
    KmvFailures = lines
End Function

Private Sub KmvFindFailures(used As Object, found As Collection)
    Dim values As Variant, one As Variant
    Dim r As Long, c As Long
    values = used.Value
    If Not IsArray(values) Then
        one = values
        ReDim values(1 To 1, 1 To 1)
        values(1, 1) = one
    End If
    For r = 1 To UBound(values, 1)
        For c = 1 To UBound(values, 2)
            If IsError(values(r, c)) Then found.Add KmvFailure(used.Cells(r, c), KmvErrorText(values(r, c)))
        Next c
    Next r
End Sub

' A kept text counts only while the cell still shows its error: another formula may stand there by now.
Private Function KmvFailure(cell As Object, shown As String) As String
    Dim known As String, told As String
    told = vbTab & shown
    known = KmvKept(KmvSheet(cell.Worksheet) & cell.Row & "," & cell.Column)
    If known <> "" Then
        If KmvErrorText(KmvError(KmvCode(Mid$(known, InStr(known, vbTab) + 1)))) = shown Then told = known
    End If
    KmvFailure = cell.Worksheet.Name & "!" & cell.Address(False, False) & vbTab & told
End Function

Private Function KmvErrorText(value As Variant) As String
    Dim numbers As Variant, texts As Variant
    Dim i As Long
    numbers = Array(2000, 2007, 2015, 2023, 2029, 2036, 2042, 2043, 2045, 2050)
    texts = Array("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", _
        "#GETTING_DATA", "#SPILL!", "#CALC!")
    For i = LBound(numbers) To UBound(numbers)
        If value = CVErr(numbers(i)) Then
            KmvErrorText = texts(i)
            Exit Function
        End If
    Next i
    KmvErrorText = "#VALUE!"
End Function

' Help for the Function Wizard, read from the table kmv_help on the Functions sheet: a row for each function
' (its name, category, unit, Chinese, English), then a row for each argument (function, argument, and so on).
Public Sub KmvRegisterHelp()
    Dim table As Variant
    Dim texts() As String
    Dim r As Long, n As Long
    Dim wasSaved As Boolean
    On Error Resume Next
    wasSaved = ThisWorkbook.Saved
    table = ThisWorkbook.Names("kmv_help").RefersToRange.Value
    r = 1
    Do While r <= UBound(table, 1)
        n = 0
        Do While r + n < UBound(table, 1)
            If table(r + n + 1, 1) <> table(r, 1) Then Exit Do
            n = n + 1
            ReDim Preserve texts(1 To n)
            texts(n) = KmvHelpText(table, r + n)
        Loop
        KmvDescribe CStr(table(r, 1)), CStr(table(r, 2)), KmvHelpText(table, r), n, texts
        r = r + n + 1
    Loop
    ThisWorkbook.Saved = wasSaved
End Sub

Private Function KmvHelpText(table As Variant, r As Long) As String
    KmvHelpText = Left$(table(r, 4) & " | " & table(r, 5), MOST_TEXT)
End Function

' The name of the workbook tells two open workbooks apart; an add-in takes the bare name.
Private Sub KmvDescribe(func As String, group As String, text As String, n As Long, texts() As String)
    Dim named As String
    Dim attempt As Long
    On Error Resume Next
    named = "'" & Replace(ThisWorkbook.Name, "'", "''") & "'!" & func
    For attempt = 1 To 2
        Err.Clear
        If n = 0 Then
            Application.MacroOptions Macro:=named, Description:=text, Category:=group
        Else
            Application.MacroOptions Macro:=named, Description:=text, Category:=group, ArgumentDescriptions:=texts
        End If
        If Err.Number = 0 Then Exit Sub
        named = func
    Next attempt
End Sub
