"""The sealed audit: records in a hash chain with signed heads, kept, exported, forwarded, checked offline."""
