"""A fake Confluence, Cloud or Data Center: searching pages with CQL, and reading one."""

from sandbox.confluence.server import ConfluenceSandbox

__all__ = ["ConfluenceSandbox"]
