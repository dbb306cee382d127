"""Singer target for Amazon listings: sets prices and merchant stock, never outside their guards."""
