Option Explicit

' A moment later, when the workbook is ready: while an add-in is being opened Excel takes no descriptions.
Private Sub Workbook_Open()
    Application.OnTime Now, "'" & Replace(Me.Name, "'", "''") & "'!ThisWorkbook.RegisterHelp"
End Sub

Public Sub RegisterHelp()
    KmvRegisterHelp
End Sub
