"""Confluence, Cloud and Data Center: pages, and with them the knowledge bases of Jira Service Management."""

from connectors.confluence.source import SOURCE

__all__ = ["SOURCE"]
