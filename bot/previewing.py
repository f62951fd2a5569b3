"""Which hosts' links are previewed in Slack, out of the configuration, for the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from bot.config import load_config
from bot.core.errors import Misconfigured
from bot.opening import open_connectors
from bot.settings import Environment


def preview_hosts(environ: Mapping[str, str], path: Path | None) -> tuple[str, ...]:
    """Return the hosts of the systems that ``slack.unfurl`` names; empty where it names none.

    Raises:
        Misconfigured: the configuration does not read, or a system it names is not set up.
    """
    env = Environment(environ)
    config = load_config(path, env)
    named = {queue.partition("/")[0] for queue in config.file.slack.unfurl}
    if not named:
        return ()
    opened = open_connectors(config, env)
    homes = [connector.home for name, connector in opened.items() if name in named]
    hosts = tuple(sorted({urlsplit(home).hostname or "" for home in homes} - {""}))
    if len(homes) < len(named):
        missing = ", ".join(sorted(named - set(opened)))
        raise Misconfigured(
            f"slack.unfurl names queues of {missing}, which is not set up: no link leads there"
        )
    return hosts
