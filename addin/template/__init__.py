"""Deal templates: the workbook a structurer works in, with worksheet functions in its cells."""
