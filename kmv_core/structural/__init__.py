"""KMV itself: closed forms between asset value, default point, volatility and default probability."""
