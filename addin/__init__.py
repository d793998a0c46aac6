"""The spreadsheet side of kmv-abs."""
