"""The proof of each settlement, read from the books: does the bank tie out, and if not, why?"""
