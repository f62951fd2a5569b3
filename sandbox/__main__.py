"""``python -m sandbox``: the fake vendors alone, and the environment that points ``countersign run`` at them.

Each vendor also has a control API under ``/_control`` (``sandbox/control.py``): read its state, open tickets,
click, arm faults. Exit codes: 0 ended by Ctrl-C, 1 a port is taken, 2 bad usage.
"""

from __future__ import annotations

import argparse
import asyncio
import shlex
import signal
import sys
from collections.abc import Sequence
from typing import Final, cast
from urllib.parse import urlsplit

from sandbox.demo.estate import POLICY_FILE, Estate, Shape

PORT_BASE_MAX: Final = 65_532
"""Four ports in a row have to fit."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C or SIGTERM; the exit code."""
    shape, bot_url = _read(arguments)
    try:
        asyncio.run(_serve(shape, bot_url))
    except OSError as error:
        sys.stderr.write(f"sandbox: cannot listen: {error.strerror}. Choose another --port-base\n")
        return 1
    return 0


async def _serve(shape: Shape, bot_url: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    async with Estate(shape) as estate:
        estate.tell(bot_url)
        sys.stdout.write(exports(estate, bot_url))
        sys.stdout.flush()
        await stop.wait()


def exports(estate: Estate, bot_url: str) -> str:
    """Return what a shell evaluates before ``countersign run``; comments say the rest."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in estate.environment().items()]
    bot = urlsplit(bot_url)
    control = ", ".join(f"{vendor.name} {vendor.url}/_control/state" for vendor in estate.vendors)
    return "\n".join((
        *lines,
        f"export COUNTERSIGN_PORT={bot.port or 80}",
        f"# then: countersign run --config {shlex.quote(str(POLICY_FILE))}",
        f"# webhooks and events go to {bot_url}",
        f"# look inside: {control}",
        "# Ctrl-C ends the fake vendors",
        "",
    ))  # fmt: skip


def _read(arguments: Sequence[str] | None) -> tuple[Shape, str]:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="The fake vendors, on loopback.")
    add = parser.add_argument
    add("--slack-mode", choices=["socket", "http"], default="socket", help="how Slack reaches the bot")
    add("--jira", choices=["cloud", "dc"], default="cloud", help="which Jira")
    add("--port-base", type=_port_base, default=0, metavar="N", help="first of four ports; 0: free ones")
    add("--bot-url", type=_loopback, default="http://127.0.0.1:8080", metavar="URL", help="where the bot is")
    add("--with-model", action="store_true", help="also a fake model provider")
    add("--seed", type=int, default=1, metavar="N", help="another seed, another past")
    add("--rate-limits", action="store_true", help="limit requests as the vendors do")
    given = vars(parser.parse_args(arguments))
    shape = Shape(
        slack_mode=given["slack_mode"],
        jira=given["jira"],
        port_base=given["port_base"],
        model=given["with_model"],
        rate_limits=given["rate_limits"],
        seed=given["seed"],
    )
    return shape, cast("str", given["bot_url"])


def _port_base(text: str) -> int:
    if not text.isdigit() or int(text) > PORT_BASE_MAX:
        raise argparse.ArgumentTypeError(f"write a number from 0 to {PORT_BASE_MAX}, not {text!r}")
    return int(text)


def _loopback(text: str) -> str:
    """Accept an address on this machine: what is sent there is signed with secrets that everybody knows."""
    parts = urlsplit(text)
    if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise argparse.ArgumentTypeError(f"write http://127.0.0.1 and a port, not {text!r}")
    return text.rstrip("/")


if __name__ == "__main__":
    sys.exit(main())
