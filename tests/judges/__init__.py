"""Independent judges: other programs that calculate our formulas, and stand-ins for what is not there."""
