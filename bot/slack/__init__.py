"""Slack's way in: signatures and sockets at the edge, Bolt's handlers behind it, and who clicked."""
