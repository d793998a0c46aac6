"""What the deal owes: the deal itself, its schedule, its waterfall, its default points."""
