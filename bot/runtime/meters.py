"""What is counted and timed; ``/metrics`` shows it. One registry a process, made by the composition root."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

FAST_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
SLOW_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Meters:
    """Every metric of the process. Labels are names from our own configuration, never ticket text."""

    def __init__(self) -> None:
        """Make a registry of its own, so that tests and several bots in one process do not mix."""
        self.registry = CollectorRegistry()
        self.intake = Counter(
            "countersign_intake",
            "Deliveries by source and answer",
            ["source", "answer"],
            registry=self.registry,
        )
        self.intake_seconds = Histogram(
            "countersign_intake_seconds",
            "From request to durable",
            ["source"],
            buckets=FAST_S,
            registry=self.registry,
        )
        self.queue = Gauge(
            "countersign_queue_jobs",
            "Jobs waiting, by pool and state",
            ["pool", "state"],
            registry=self.registry,
        )
        self.lag = Gauge(
            "countersign_queue_lag_seconds", "Age of the oldest job", ["pool"], registry=self.registry
        )
        self.dead = Gauge("countersign_dead_letters", "Dead letters kept", registry=self.registry)
        self.skill_seconds = Histogram(
            "countersign_skill_seconds",
            "One skill run",
            ["skill", "brain"],
            buckets=SLOW_S,
            registry=self.registry,
        )
        self.tokens = Counter(
            "countersign_model_tokens", "Tokens by model and kind", ["model", "kind"], registry=self.registry
        )
        self.usd = Counter("countersign_model_usd", "Cost in US dollars", ["model"], registry=self.registry)
        self.degraded = Counter(
            "countersign_model_degraded", "Local brain stood in", ["why"], registry=self.registry
        )
        self.decisions = Counter(
            "countersign_records", "Audit records by kind", ["what"], registry=self.registry
        )
        self.vendor_seconds = Histogram(
            "countersign_vendor_seconds",
            "Calls to vendors",
            ["vendor", "call"],
            buckets=SLOW_S,
            registry=self.registry,
        )
        self.effect_seconds = Histogram(
            "countersign_effect_seconds",
            "Effects by kind",
            ["effect"],
            buckets=SLOW_S,
            registry=self.registry,
        )
        self.leaks = Counter(
            "countersign_internal_leaks",
            "Internal notes that came back public",
            ["connector"],
            registry=self.registry,
        )

    def vendor(self, vendor: str, call: str, seconds: float) -> None:
        """Note how long one call to a vendor took."""
        self.vendor_seconds.labels(vendor, call).observe(seconds)

    def page(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)
