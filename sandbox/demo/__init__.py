"""The demo: the bot with fake vendors on one machine, and a page that shows all of it."""

from __future__ import annotations

from importlib import import_module

__all__ = ["main"]


def main(port: int = 8080, seed: int = 1) -> int:
    """Run the demo until Ctrl-C; the exit code: 0, or 1 when it could not start."""
    # By name and late: the fake vendors alone (``python -m sandbox``) must not need the bot.
    code: int = import_module("sandbox.demo.run").run(port, seed)
    return code
