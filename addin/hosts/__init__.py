"""How each program reaches the functions."""
