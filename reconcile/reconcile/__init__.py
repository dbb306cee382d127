"""The proof of each settlement, read from the books: whether the bank ties out, and why not."""
