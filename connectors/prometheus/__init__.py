"""Prometheus, and what speaks its HTTP API (Thanos, Mimir): metrics and alerts, read only."""

from connectors.prometheus.source import SOURCE

__all__ = ["SOURCE"]
