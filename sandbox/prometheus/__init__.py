"""A fake Prometheus: the HTTP API over a few series in memory."""

from sandbox.prometheus.server import PrometheusSandbox, Series

__all__ = ["PrometheusSandbox", "Series"]
