"""Questions asked of a deal."""
