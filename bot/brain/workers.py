"""What every worker process of a brain begins with."""

from __future__ import annotations

import multiprocessing
import os
import threading


def end_with_parent() -> None:
    """See to it that a worker does not outlive a parent that was killed: its queue would never end."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "only workers are told"

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
