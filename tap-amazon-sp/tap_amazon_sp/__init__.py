"""Singer tap for Amazon Seller Central: orders, settlements and payout groups."""
