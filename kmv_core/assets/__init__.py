"""What the pool owns: expected cash and when it comes."""
