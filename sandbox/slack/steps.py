"""Runs of the app's own Workflow Builder steps: docs.slack.dev/workflows/workflow-steps."""

from __future__ import annotations

from typing import Any, Final

from sandbox.slack.calls import Call, Method
from sandbox.slack.executions import RUNNING, Execution
from sandbox.slack.limits import TIER_3
from sandbox.slack.shapes import as_object
from sandbox.slack.store import SlackError, Store

TOKEN_SECONDS: Final = 15 * 60.0
"""How long a step's own token works: docs.slack.dev/authentication/tokens, "workflow token"."""


class Steps:
    """``functions.complete*``, and the runs."""

    def __init__(self, store: Store, declared: dict[str, Any]) -> None:
        """``declared`` is the manifest's ``functions``; a step that is not in it may have any parameters."""
        self._store, self._declared = store, declared

    def methods(self) -> dict[str, Method]:
        """Return the methods by name."""
        free: frozenset[str] = frozenset()
        name = "function_execution_id"
        return {
            "functions.completeSuccess": Method(self.complete, free, (name, "outputs"), TIER_3),
            "functions.completeError": Method(self.fail, free, (name, "error"), TIER_3),
        }

    def start(self, callback_id: str, inputs: dict[str, Any]) -> Execution:
        """Run a step.

        Raises:
            ValueError: the workflow does not give the step what its manifest asks for.
        """
        wrong = self._wrong(callback_id, "input_parameters", inputs)
        if wrong:
            raise ValueError(f"Workflow Builder does not run this step: {wrong}")
        name = self._store.next_id("Fx")
        run = Execution(
            name,
            callback_id,
            dict(inputs),
            self._store.next_id("xwfp-sandbox-"),
            self._store.next_id("Wx"),
            self._store.clock() + TOKEN_SECONDS,
        )
        self._store.executions[name] = run
        self._store.changes.bump()
        return run

    def event(self, run: Execution) -> dict[str, Any]:
        """Return the inner event for ``run``: docs.slack.dev/reference/events/function_executed."""
        declared = self._declared.get(run.callback_id, {})
        function = {
            "id": f"Fn{run.callback_id}",
            "callback_id": run.callback_id,
            "title": declared.get("title", run.callback_id),
            "description": declared.get("description", ""),
            "type": "app",
            "input_parameters": _listed(declared.get("input_parameters", {})),
            "output_parameters": _listed(declared.get("output_parameters", {})),
            "app_id": self._store.identity.app_id,
            "date_created": int(self._store.clock()),
            "date_updated": int(self._store.clock()),
            "date_deleted": 0,
        }
        return {
            "type": "function_executed",
            "function": function,
            "inputs": dict(run.inputs),
            "function_execution_id": run.id,
            "workflow_execution_id": run.workflow_id,
            "bot_access_token": run.token,
        }

    def complete(self, call: Call) -> dict[str, Any]:
        """Answer ``functions.completeSuccess``: the workflow goes on with the outputs."""
        run = self._running(call)
        outputs = call.object("outputs", "parameter_validation_failed") or {}
        wrong = self._wrong(run.callback_id, "output_parameters", outputs)
        if wrong:
            raise SlackError("parameter_validation_failed", response_metadata={"messages": wrong})
        run.state, run.outputs = "completed", outputs
        self._store.changes.bump()
        return {}

    def fail(self, call: Call) -> dict[str, Any]:
        """Answer ``functions.completeError``: the workflow ends, and its owner reads why."""
        run = self._running(call)
        run.state, run.error = "failed", call.text("error")
        self._store.changes.bump()
        return {}

    def _running(self, call: Call) -> Execution:
        run = self._store.executions.get(call.text("function_execution_id"))
        if run is None:
            raise SlackError("function_execution_not_found")
        if run.state != RUNNING:
            raise SlackError("execution_not_in_running_state")
        return run

    def _wrong(self, callback_id: str, which: str, given: dict[str, Any]) -> list[str]:
        """Return what the manifest does not have, and what it has to have and was not given."""
        if callback_id not in self._declared:
            return []
        declared = self._declared[callback_id].get(which, {})
        known = set(declared.get("properties", {}))
        needed = {name for name in declared.get("required", []) if given.get(name) in (None, "")}
        unknown = [f"unknown parameter: {name}" for name in sorted(set(given) - known)]
        return unknown + [f"missing parameter: {name}" for name in sorted(needed)]


def _listed(parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """Return parameters the way events list them; the manifest has them by name."""
    required = parameters.get("required", [])
    return [
        {"name": name, "is_required": name in required, **(as_object(about) or {})}
        for name, about in parameters.get("properties", {}).items()
    ]
