"""One JSON Schema per stream: the contract with whatever reads the tap, and what records are."""
