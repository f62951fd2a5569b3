"""The agent people talk to: it reads, answers, and proposes; it cannot change anything."""
