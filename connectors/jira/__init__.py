"""Jira Cloud and Jira Data Center, with Jira Service Management where it is installed."""

from __future__ import annotations

from typing import Final

from bot.kinds import Kind
from connectors.jira.connector import JiraConnector
from connectors.jira.settings import ENVIRONMENT, JiraSettings
from connectors.jira.webhook import WEBHOOK

__all__ = ["CONNECTOR", "WEBHOOK"]


CONNECTOR: Final = Kind("jira", JiraSettings, ENVIRONMENT, JiraConnector)
