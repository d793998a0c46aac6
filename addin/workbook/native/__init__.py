"""The model in native formulas: sheets that recompute without us, each formula beside the core's result."""
