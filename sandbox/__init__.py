"""Fake vendors over HTTP: Jira, ServiceNow, Slack and Anthropic, for tests, benches, the demo and people.

They speak the vendors' protocols on loopback and keep their world in memory. No product code may import
this package; it reaches the bot only through sockets, as the real vendors do.
"""
