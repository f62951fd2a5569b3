"""The control API's view of this Slack: its state as JSON, and a verb for what each person can do."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from sandbox.control import Verb
from sandbox.slack.executions import Execution
from sandbox.slack.rooms import Message, Shared
from sandbox.slack.shapes import as_array
from sandbox.slack.sockets import Sockets
from sandbox.slack.store import Store
from sandbox.slack.views import View
from sandbox.slack.world import Acked, Searched, Submitted, World

CALLS: Final = {
    "click": ("user", "channel", "ts", "action_id"),
    "click_in_view": ("user", "view_id", "action_id"),
    "submit_view": ("user", "view_id"),
    "close_view": ("user", "view_id"),
    "search": ("user", "view_id", "block_id"),
    "slash": ("user", "command"),
    "shortcut": ("user", "callback_id"),
    "message_shortcut": ("user", "channel", "ts", "callback_id"),
    "say": ("user", "channel", "text"),
    "edit": ("channel", "ts", "text"),
    "delete": ("channel", "ts"),
    "mention": ("user", "channel", "text"),
    "dm": ("user", "text"),
    "share_file": ("user", "channel"),
    "type_link": ("user", "text"),
    "open_home": ("user",),
    "look_at": ("user", "channel"),
    "feedback": ("user", "channel", "ts"),
    "run_step": ("callback_id", "inputs"),
    "stop_session": ("user", "channel", "thread_ts"),
    "invite": ("channel", "user"),
    "set_usergroup": ("group", "users"),
    "set_user": ("user",),
}
"""Verbs named for methods of ``World``, with the arguments that have to be given; others are passed on."""


def snapshot(world: World, store: Store, sockets: Sockets) -> dict[str, Any]:
    """Return the whole world as JSON; ``changes`` is what to hand to ``/_control/changes`` as ``since``."""
    us, team = store.identity, store.identity.team_id
    return {
        "changes": world.changes.count,
        "identity": asdict(us),
        "connections": len(sockets.connections),
        "users": [user.as_json(with_email=True, with_locale=True) for user in world.users.values()],
        "usergroups": [group.as_json(team, with_users=True) for group in world.usergroups.values()],
        "channels": [
            {
                **room.as_json(team, us.bot_user),
                "members": list(room.members),
                "messages": [room.shown(message, team) for message in room.messages],
            }
            for room in world.channels.values()
        ],
        "ephemerals": [_ephemeral(message, team) for message in store.ephemerals],
        "views": {
            user: [_view(view, store) for view in stack] for user, stack in store.stacks.items() if stack
        },
        "homes": {user: _view(view, store) for user, view in store.homes.items()},
        "statuses": [{"channel": c, "thread_ts": t, **said} for (c, t), said in world.statuses.items()],
        "prompts": store.prompts,
        "previews": store.previews,
        "executions": [_execution(run) for run in store.executions.values()],
        "late": [asdict(late) for late in world.late],
    }


def _ephemeral(message: Message, team: str) -> dict[str, Any]:
    return {**message.as_json(team), "channel": message.channel, "for_user": message.for_user}


def _execution(run: Execution) -> dict[str, Any]:
    """Without its token: nobody who looks on needs that."""
    return {key: value for key, value in asdict(run).items() if key != "token"}


def _view(view: View, store: Store) -> dict[str, Any]:
    """A view as payloads show it, and what its user sees besides."""
    return {**view.as_json(store.identity.view_ids), "errors": view.errors, "trouble": view.trouble}


def control_verbs(world: World, sockets: Sockets) -> dict[str, Verb]:
    """Return the verbs by name."""

    async def disconnect(body: dict[str, Any]) -> object:
        await sockets.disconnect(str(body.get("reason", "refresh_requested")))
        return {"connections": len(sockets.connections)}

    async def drop_sockets(_body: dict[str, Any]) -> object:
        await sockets.drop()
        return {"connections": len(sockets.connections)}

    verbs: dict[str, Verb] = {name: _verb(getattr(world, name), needed) for name, needed in CALLS.items()}
    return {**verbs, "disconnect": disconnect, "drop_sockets": drop_sockets}


def _verb(method: Callable[..., object], needed: tuple[str, ...]) -> Verb:
    async def call(body: dict[str, Any]) -> object:
        missing = [name for name in needed if name not in body]
        if missing:
            raise ValueError(f"missing: {missing}")
        result = method(**body)
        return _as_json(await result if inspect.isawaitable(result) else result)

    return call


def _as_json(result: object) -> object:
    if isinstance(result, Message):
        return {"channel": result.channel, "ts": result.ts}
    if isinstance(result, Shared):
        return {"unfurl_id": result.unfurl_id, "source": result.source}
    if isinstance(result, Execution):
        return {"function_execution_id": result.id}
    stopped = as_array(result)
    if stopped is not None:
        return {"streaming_message_ts": stopped}
    if isinstance(result, Acked):
        answer = result.answer
        body: dict[str, Any] = {"ok": result.ok, "status": answer.status, "reason": answer.reason}
        body |= {"answer": answer.body, "seconds": round(answer.seconds, 4)}
        if isinstance(result, Searched):
            body["labels"] = list(result.labels)
        if isinstance(result, Submitted):
            body |= {"response_action": result.response_action, "errors": result.errors}
        return body
    return {}
