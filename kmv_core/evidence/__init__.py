"""What history says: the public record of past deals. A leaf: nothing of the core imports it."""
