"""One run of one of the app's own Workflow Builder steps, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

RUNNING: Final = "running"


@dataclass
class Execution:
    """One run of a step."""

    id: str
    callback_id: str
    inputs: dict[str, Any]
    token: str
    """Works in the place of the bot's token, for a while; what is posted with it belongs to the run."""
    workflow_id: str
    expires_at: float
    state: str = RUNNING
    """``running``, ``completed`` or ``failed``."""
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    error: str = ""

    @property
    def data(self) -> dict[str, Any]:
        """The ``function_data`` of clicks on what belongs to this run."""
        return {
            "execution_id": self.id,
            "function": {"callback_id": self.callback_id},
            "inputs": dict(self.inputs),
        }
