"""A fake Jira with Jira Service Management over HTTP, in its Cloud and Data Center shapes."""

from sandbox.jira.history import seed_history
from sandbox.jira.server import JiraSandbox
from sandbox.jira.world import World

__all__ = ["JiraSandbox", "World", "seed_history"]
