"""ServiceNow, over the Table API: incidents and, where configured, other tasks."""

from connectors.servicenow.client import CONNECTOR
from connectors.servicenow.webhook import WEBHOOK

__all__ = ["CONNECTOR", "WEBHOOK"]
