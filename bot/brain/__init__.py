"""The local brain: what a team's own solved tickets say about a new one. No network, no key, no model."""
