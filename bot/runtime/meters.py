"""What is counted and timed; ``/metrics`` shows it. One registry a process, made by the composition root."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

FAST_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
SLOW_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Meters:
    """Every metric of the process. Labels are names from our own configuration, never ticket text."""

    def __init__(self) -> None:
        """Make a registry of its own, so that tests and several bots in one process do not mix."""
        self.registry = CollectorRegistry()
        self.intake = self._counter("intake", "Deliveries by source and answer", "source", "answer")
        self.intake_seconds = self._timer("intake", "From request to durable", FAST_S, "source")
        self.queue = self._gauge("queue_jobs", "Jobs waiting, by pool and state", "pool", "state")
        self.lag = self._gauge("queue_lag_seconds", "Age of the oldest job", "pool")
        self.dead = self._gauge("dead_letters", "Dead letters kept")
        self.skill_seconds = self._timer("skill", "One skill run", SLOW_S, "skill", "brain")
        self.tokens = self._counter("model_tokens", "Tokens by model and kind", "model", "kind")
        self.usd = self._counter("model_usd", "Cost in US dollars", "model")
        self.degraded = self._counter("model_degraded", "Local brain stood in", "why")
        self.decisions = self._counter("records", "Audit records by kind", "what")
        self.vendor_seconds = self._timer("vendor", "Calls to vendors", SLOW_S, "vendor", "call")
        self.effect_seconds = self._timer("effect", "Effects by kind", SLOW_S, "effect")
        self.ratings = self._counter("answers_rated", "What people said of answers", "verdict")
        self.leaks = self._counter("internal_leaks", "Internal notes that came back public", "connector")

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"countersign_{name}", says, labels, registry=self.registry)

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(f"countersign_{name}", says, labels, registry=self.registry)

    def _timer(self, name: str, says: str, buckets: Sequence[float], *labels: str) -> Histogram:
        return Histogram(f"countersign_{name}_seconds", says, labels, buckets=buckets, registry=self.registry)

    def vendor(self, vendor: str, call: str, seconds: float) -> None:
        """Note how long one call to a vendor took."""
        self.vendor_seconds.labels(vendor, call).observe(seconds)

    def page(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)
