"""The accounting core: rows of a settlement in, balanced documents out.

Pure: no clock, no files, no environment, no logging; the standard library only. Dates
come in already placed in the organisation's time zone, errors go out as exceptions that
name the settlement, the row and the figures.
"""
