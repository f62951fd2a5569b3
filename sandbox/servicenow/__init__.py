"""A fake ServiceNow instance: Table API, journal, choices, data policies, and business-rule events.

Shapes and odd behaviours follow ServiceNow's own pages (github.com/ServiceNow/ServiceNowDocs, mainly
``api-reference/rest-apis/c_TableAPI.md``); where they are silent the docstring beside the behaviour says so.
"""

from sandbox.servicenow.quirks import DOCUMENTED_PRIORITY, Quirks, RateLimit
from sandbox.servicenow.server import Options, ServiceNowSandbox
from sandbox.servicenow.world import Note, ServiceNowWorld

__all__ = [
    "DOCUMENTED_PRIORITY",
    "Note",
    "Options",
    "Quirks",
    "RateLimit",
    "ServiceNowSandbox",
    "ServiceNowWorld",
]
