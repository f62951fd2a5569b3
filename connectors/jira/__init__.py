"""Jira Cloud and Jira Data Center, with Jira Service Management where it is installed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from connectors.jira.connector import JiraConnector
from connectors.jira.settings import ENVIRONMENT, JiraSettings
from connectors.jira.webhook import WEBHOOK

__all__ = ["CONNECTOR", "WEBHOOK"]


class JiraKind:
    """How a Jira is told apart, configured and opened."""

    kind = "jira"
    settings: type[BaseModel] = JiraSettings
    environment: Mapping[str, str] = ENVIRONMENT

    def open(self, name: str, settings: BaseModel) -> JiraConnector:
        """Make an instance called ``name``. Does no I/O."""
        assert isinstance(settings, JiraSettings), "open() takes what `settings` validates"
        return JiraConnector(name, settings)


CONNECTOR: Final = JiraKind()
