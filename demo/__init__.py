"""`make demo`: a seller's settlements from Amazon to Xero, on simulators, with the proof."""
