"""One JSON Schema per stream: the contract with whatever reads the tap."""
