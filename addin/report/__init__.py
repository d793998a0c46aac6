"""The standalone report: a workbook that recomputes and explains itself without us."""
