"""Singer tap for Xero: what the books are made of, and the documents in them."""
