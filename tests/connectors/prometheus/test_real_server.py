"""The source against a real Prometheus, as Debian packages it: its expressions are ones the server takes."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest
from typing_extensions import override

from bot.core.errors import Missing, Refused
from bot.core.passages import Passage
from connectors._passages import Searched
from connectors.prometheus.settings import PrometheusSettings
from connectors.prometheus.source import ListAlerts, Pair, Prometheus, ReadMetric

BINARY, TOOL = shutil.which("prometheus"), shutil.which("promtool")
pytestmark = pytest.mark.skipif(
    not (BINARY and TOOL) and "CI" not in os.environ,
    reason="no prometheus on PATH: apt-get install prometheus",
)
STARTS_WITHIN_S = 20.0
METRICS = """\
# HELP queue_depth Messages waiting in a "queue".
# TYPE queue_depth gauge
queue_depth{queue="mail \\"fast\\" lane"} 7
"""
CONFIG = """\
global: {{scrape_interval: 100ms, scrape_timeout: 100ms, evaluation_interval: 100ms}}
rule_files: [rules.yml]
scrape_configs:
- job_name: ours
  static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
- job_name: gone
  static_configs: [{{targets: ["127.0.0.1:1"]}}]
"""
RULES = """\
groups:
- name: ours
  rules:
  - alert: TargetDown
    expr: up{job="gone"} == 0
    labels: {severity: page}
    annotations: {summary: "{{ $labels.job }} does not answer"}
"""


def past(now: float) -> str:
    """Return an hour of 25 disks that fill up, and a counter, as OpenMetrics, a value a minute."""
    begins = int(now) - 3_600
    lines = ["# TYPE disk_used_bytes gauge"]
    for disk in range(25):
        lines += [f'disk_used_bytes{{disk="d{disk}"}} {1_000 + 10 * n} {begins + 60 * n}' for n in range(60)]
    lines += ["# TYPE requests counter"]
    lines += [f"requests_total {120 * n} {begins + 60 * n}" for n in range(60)]
    return "\n".join([*lines, "# EOF", ""])


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Target(BaseHTTPRequestHandler):
    """What is scraped."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(METRICS.encode())

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    assert BINARY, "the build server has Prometheus: see .ci/run"
    assert TOOL, "promtool comes with it"
    home = tmp_path_factory.mktemp("prometheus")
    target = ThreadingHTTPServer(("127.0.0.1", 0), Target)
    threading.Thread(target=target.serve_forever, daemon=True).start()
    (home / "prometheus.yml").write_text(CONFIG.format(port=target.server_port))
    (home / "rules.yml").write_text(RULES)
    (home / "past.txt").write_text(past(time.time()))
    backfill: list[str | Path] = [
        TOOL,
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        home / "past.txt",
        home / "data",
    ]
    subprocess.run(backfill, check=True, capture_output=True)  # noqa: S603  # our own words, no shell
    url = f"http://127.0.0.1:{free_port()}"
    command = [
        BINARY,
        f"--config.file={home / 'prometheus.yml'}",
        f"--storage.tsdb.path={home / 'data'}",
        f"--web.listen-address={url.removeprefix('http://')}",
    ]
    with (home / "log").open("wb") as log:
        running = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603  # the same
    try:
        await_ready(url, home / "log")
        yield url
    finally:
        running.terminate()
        running.wait()
        target.shutdown()
        target.server_close()


def await_ready(url: str, log: Path) -> None:
    """Wait until it has asked its target and evaluated the rule."""
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until:
        if answered(url, "query?query=queue_depth", "result") and answered(url, "alerts", "alerts"):
            return
        time.sleep(0.02)
    raise AssertionError(f"Prometheus did not start:\n{log.read_text()[-2000:]}")


def answered(url: str, path: str, key: str) -> bool:
    try:
        with urlopen(f"{url}/api/v1/{path}", timeout=1) as answer:  # noqa: S310  # our own server
            return bool(json.load(answer)["data"][key])
    except OSError:
        return False


@pytest.fixture
async def source(server: str) -> AsyncIterator[Prometheus]:
    opened = Prometheus("prometheus", PrometheusSettings.model_validate({"url": server}))
    yield opened
    await opened.close()


async def read(source: Prometheus, **asked: object) -> list[Passage]:
    return list(await source.look("read_metric", ReadMetric.model_validate(asked)))


async def test_metrics_are_found_by_words_and_described(source: Prometheus) -> None:
    first = (await source.look("search_metrics", Searched(query="depth of the queue")))[0]
    assert (first.key, first.title.raw) == ("queue_depth", "queue_depth")
    assert first.text.raw == 'gauge; Messages waiting in a "queue".'


async def test_a_label_with_quotes_selects_its_series(source: Prometheus) -> None:
    (one,) = await read(
        source, metric="queue_depth", labels=[Pair(name="queue", value='mail "fast" lane')], minutes=5
    )
    assert one.text.raw.startswith("last 7 at ")
    assert one.at is not None
    assert (
        await read(source, metric="queue_depth", labels=[Pair(name="queue", value='x"} or up{job="')]) == []
    )


async def test_a_series_that_grows_is_told_as_rising(source: Prometheus) -> None:
    (one,) = await read(
        source, metric="disk_used_bytes", labels=[Pair(name="disk", value="d3")], minutes=70, together="sum"
    )
    assert "lowest 1000, highest 1590" in one.text.raw
    assert "rising, from about" in one.text.raw


async def test_a_counter_is_told_by_the_second(source: Prometheus) -> None:
    (one,) = await read(source, metric="requests_total", minutes=60, per_second=True)
    assert "highest 2, mean 1.9" in one.text.raw, "two a second, less at the ends of the hour"


async def test_too_many_series_are_refused_with_the_labels_that_would_narrow_them(source: Prometheus) -> None:
    with pytest.raises(Refused, match=r"25 series: choose one with labels, of which there are disk"):
        await read(source, metric="disk_used_bytes")
    (together,) = await read(source, metric="disk_used_bytes", together="highest", minutes=70)
    assert together.title.raw == "highest of disk_used_bytes"


async def test_a_metric_that_is_not_there_is_missing_and_no_expression_is_one(source: Prometheus) -> None:
    for name in ("nothing", 'up{job="ours"}', "sum(up)"):
        with pytest.raises(Missing):
            await read(source, metric=name)


async def test_alerts_say_what_is_wrong_and_since_when(source: Prometheus) -> None:
    (alert,) = await source.look("list_alerts", ListAlerts())
    assert alert.title.raw == "TargetDown"
    assert "gone does not answer" in alert.text.raw
    assert alert.at is not None
    assert await source.look("list_alerts", ListAlerts(query="ours")) == []
