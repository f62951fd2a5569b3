"""The fake server: https://prometheus.io/docs/prometheus/latest/querying/api/, as much of it as is asked."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from sandbox.control import add_control
from sandbox.faults import Fault
from sandbox.prometheus.expressions import BadExpression, Expression, parse
from sandbox.vendor import Vendor

STEPS_MAX: Final = 11_000
"""Prometheus refuses more points than that per series."""


@dataclass
class Series:
    """One series, oldest sample first."""

    labels: dict[str, str]
    """With ``__name__``."""
    samples: list[tuple[float, float]]


@dataclass
class _World:
    series: list[Series] = field(default_factory=list[Series])
    alerts: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    metadata: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])


class PrometheusSandbox(Vendor):
    """Prometheus on loopback."""

    def __init__(self, *, now: float = 1_795_255_200.0) -> None:
        """``now``: what its clock shows, in seconds since 1970."""
        super().__init__("prometheus")
        self.token, self.now, self.world = "sandbox-token", now, _World()
        self.faults.error = _fault
        routes: Mapping[str, Callable[[web.Request], Any]] = {
            "/api/v1/query": self._query,
            "/api/v1/query_range": self._query_range,
            "/api/v1/labels": self._labels,
            "/api/v1/label/{name}/values": self._values,
            "/api/v1/metadata": self._metadata,
            "/api/v1/alerts": self._alerts,
        }
        for path, answer in routes.items():
            self.app.router.add_get(path, self._route(answer), allow_head=False)
        add_control(self, state=self._state, deliveries=None, verbs={})

    def metric(self, name: str, about: str, kind: str = "gauge", **labels: str) -> Series:
        """Add an hour of a series that grows by one a minute."""
        samples = [(self.now - 60 * (60 - n), float(n)) for n in range(61)]
        self.world.metadata[name] = {"type": kind, "help": about, "unit": ""}
        self.world.series.append(Series({"__name__": name, **labels}, samples))
        return self.world.series[-1]

    def alert(self, name: str, since: str, summary: str, state: str = "firing", **labels: str) -> None:
        """Add an alert; ``since`` as RFC 3339 has it."""
        self.world.alerts.append(
            {
                "labels": {"alertname": name, **labels},
                "annotations": {"summary": summary},
                "state": state,
                "activeAt": since,
                "value": "1e+00",
            }
        )

    def _route(self, answer: Callable[[web.Request], Any]) -> Callable[[web.Request], Any]:
        async def run(request: web.Request) -> web.Response:
            given = request.headers.get("Authorization", "")
            if self.token and not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
                return web.Response(status=401, text="Unauthorized\n")
            try:
                return web.json_response({"status": "success", "data": answer(request)})
            except (BadExpression, KeyError, ValueError) as error:
                return _error(400, "bad_data", str(error))

        return run

    def _query(self, request: web.Request) -> object:
        at = float(request.query.get("time", self.now))
        found = self._evaluate(parse(request.query["query"]), [at])
        result = [{"metric": labels, "value": points[0]} for labels, points in found if points]
        return {"resultType": "vector", "result": result}

    def _query_range(self, request: web.Request) -> object:
        asked = request.query
        start, end, step = float(asked["start"]), float(asked["end"]), float(asked["step"])
        if step <= 0 or (end - start) / step > STEPS_MAX:
            raise ValueError("exceeded maximum resolution of 11,000 points per timeseries")
        moments = [start + n * step for n in range(int((end - start) / step) + 1)]
        found = self._evaluate(parse(asked["query"]), moments)
        result = [{"metric": labels, "values": points} for labels, points in found if points]
        return {"resultType": "matrix", "result": result}

    def _evaluate(
        self, asked: Expression, moments: list[float]
    ) -> list[tuple[dict[str, str], list[list[object]]]]:
        chosen = [each for each in self.world.series if asked.matchers.items() <= each.labels.items()]
        rows = [[asked.value(each.samples, at) for at in moments] for each in chosen]
        if asked.aggregate:
            columns = [[value for value in column if value is not None] for column in zip(*rows, strict=True)]
            pairs = zip(moments, columns, strict=False)
            return [({}, [[at, str(asked.together(values))] for at, values in pairs if values])]
        # A rate has no name any more, as there.
        return [
            (
                {k: v for k, v in each.labels.items() if not (asked.rate_s and k == "__name__")},
                [[at, str(v)] for at, v in zip(moments, row, strict=True) if v is not None],
            )
            for each, row in zip(chosen, rows, strict=True)
        ]

    def _labels(self, request: web.Request) -> object:
        wanted = parse(request.query["match[]"]).matchers
        chosen = [each.labels for each in self.world.series if wanted.items() <= each.labels.items()]
        return sorted(set[str]().union(*chosen))

    def _values(self, request: web.Request) -> object:
        name = request.match_info["name"]
        return sorted({each.labels[name] for each in self.world.series if name in each.labels})

    def _metadata(self, request: web.Request) -> object:
        metric = request.query.get("metric", "")
        return {name: [about] for name, about in self.world.metadata.items() if metric in {"", name}}

    def _alerts(self, _request: web.Request) -> object:
        return {"alerts": self.world.alerts}

    def _state(self) -> object:
        return {"series": [each.labels for each in self.world.series], "alerts": self.world.alerts}


def _error(status: int, kind: str, words: str) -> web.Response:
    return web.json_response({"status": "error", "errorType": kind, "error": words}, status=status)


def _fault(fault: Fault) -> web.Response:
    return _error(fault.status, "unavailable", "fault")
