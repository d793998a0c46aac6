"""Workbooks as files: reading behind a gate, style, native formulas, safe saving. openpyxl lives here."""
