"""What runs inside LibreOffice's own Python: standard library only, grammar of Python 3.8."""
