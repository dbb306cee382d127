"""Singer target for Xero: posts each accounting document exactly once."""
