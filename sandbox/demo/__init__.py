"""The demo: the bot with fake vendors on one machine, and a page that shows all of it."""

from __future__ import annotations

__all__ = ["main"]


def main(port: int = 8080, seed: int = 1) -> int:
    """Run the demo until Ctrl-C; the exit code: 0, or 1 when it could not start."""
    from sandbox.demo.run import run  # noqa: PLC0415  # late: the vendors alone must not need the bot

    return run(port, seed)
