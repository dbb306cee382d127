"""The pricing core: items of Xero in, the price of each listing that sells them out.

Pure, as the ledger is: no clock, no files, no environment, no logging; the standard library only.
What is in doubt is held with its figures and never offered: a wrong decimal sells a pallet at a
tenth.
"""
