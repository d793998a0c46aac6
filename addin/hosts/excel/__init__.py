"""Excel, through xlwings."""
