"""Other people's methods beside KMV, and the risk register."""
