"""LibreOffice Calc: the extension, built from the registry, and the worker that computes for it."""
