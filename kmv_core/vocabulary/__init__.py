"""What the words mean, once: terms, coded errors, and the checks worded from them."""
