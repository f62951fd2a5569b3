"""The people of this Slack: they write, click, submit, type and read, as their clients would let them."""

from __future__ import annotations

from typing import Any

from sandbox.slack.shapes import as_object
from sandbox.slack.talking import Talking
from sandbox.slack.using import Acked, Searched, Submitted

__all__ = ["Acked", "Searched", "Submitted", "World"]


class World(Talking):
    """Reading and acting, for tests, the demo page and the control API; errors as ``Watching``."""

    def invite(self, channel: str, user: str) -> None:
        """Add somebody to a channel; a stranger makes it a Slack Connect channel."""
        room, person = self.channels[channel], self._person(user)
        if user not in room.members:
            room.members.append(user)
        room.is_ext_shared = room.is_ext_shared or person.is_stranger
        self.changes.bump()

    def set_usergroup(self, group: str, users: list[str]) -> None:
        """Say who is in a user group."""
        found = self.usergroups[group]
        before, found.users = set(found.users), list(users)
        added, removed = sorted(set(users) - before), sorted(before - set(users))
        event: dict[str, Any] = {"type": "subteam_members_changed", "subteam_id": group}
        event |= {"team_id": self._store.identity.team_id, "date_update": int(self._store.clock())}
        event |= {"added_users": added, "added_users_count": len(added)}
        event |= {"removed_users": removed, "removed_users_count": len(removed)}
        self.changes.bump()
        self._event("subteam_members_changed", event)

    def set_user(self, user: str, **fields: bool | str | int) -> None:
        """Change fields of a user, as ``deleted=True`` or ``locale="de-DE"``."""
        person = self._person(user)
        for name, value in fields.items():
            if not hasattr(person, name):
                raise LookupError(f"a user has no {name}")
            setattr(person, name, value)
        self.changes.bump()
        shown = person.as_json(with_email=True, with_locale=True)
        self._event("user_change", {"type": "user_change", "user": shown})

    async def verify_url(self) -> bool:
        """Send the ``url_verification`` of the app settings page; whether the challenge came back."""
        challenge = self._store.next_id("challenge")
        answer = await self._outbox.post_json(
            {"type": "url_verification", "challenge": challenge, "token": ""}
        )
        body = as_object(answer.body) or {"challenge": answer.body}
        return not answer.reason and body.get("challenge") == challenge

    async def settle(self) -> None:
        """Wait until every event was taken or given up."""
        await self._outbox.settle()
