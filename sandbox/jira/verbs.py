"""The fake Jira's own control verbs: what a person at a terminal or another process may do in its world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.control import Verb
from sandbox.jira.history import seed_history
from sandbox.jira.world import World

Body = dict[str, Any]
Register = Callable[[Body], str]


class Verbs:
    """Each method is a verb; the JSON body has the arguments of the world's method of that kind."""

    def __init__(self, world: World, register: Register) -> None:
        """``register`` adds a webhook and returns its id."""
        self._world, self._register = world, register

    def table(self) -> Mapping[str, Verb]:
        """Return the verbs by name."""
        return {
            "create": self.create,
            "comment": self.comment,
            "attach": self.attach,
            "edit": self.edit,
            "transition": self.transition,
            "delete": self.delete,
            "move": self.move,
            "issue": self.issue,
            "nasty": self.nasty,
            "history": self.history,
            "person": self.person,
            "group": self.group,
            "administers": self.administers,
            "webhook": self.webhook,
        }

    async def create(self, body: Body) -> object:
        """``{summary, project?, reporter?, description?, …fields}`` → ``{key}``."""
        values = dict(body)
        return {"key": self._world.create_issue(values.pop("summary"), **values)}

    async def comment(self, body: Body) -> object:
        """``{key, author, body, public?}`` → ``{id}``."""
        public = bool(body.get("public", True))
        return {"id": self._world.comment(body["key"], body["author"], body["body"], public=public)}

    async def attach(self, body: Body) -> object:
        """``{key, author, name, kind?, size_bytes?}`` → ``{id}``; a file without content."""
        values = dict(body)
        key, author, name = values.pop("key"), values.pop("author"), values.pop("name")
        return {"id": self._world.attach(key, author, name, **values)}

    async def edit(self, body: Body) -> object:
        """``{key, actor, fields: {…}}`` → the issue."""
        self._world.edit(body["key"], body["actor"], **body["fields"])
        return self._world.issue_state(body["key"])

    async def transition(self, body: Body) -> object:
        """``{key, actor, to, resolution?}`` → the issue."""
        resolution = body.get("resolution")
        self._world.transition(body["key"], body["actor"], body["to"], resolution=resolution)
        return self._world.issue_state(body["key"])

    async def delete(self, body: Body) -> object:
        """``{key, actor?}``."""
        self._world.delete(body["key"], body.get("actor", "alice"))
        return {}

    async def move(self, body: Body) -> object:
        """``{key, project, actor?}`` → ``{key}``, the new one."""
        return {"key": self._world.move_issue(body["key"], body["project"], body.get("actor", "alice"))}

    async def issue(self, body: Body) -> object:
        """``{key}`` → the issue."""
        return self._world.issue_state(body["key"])

    async def nasty(self, body: Body) -> object:
        """Fields of ``Nasty`` → all of its settings."""
        self._world.nasty.arm(body)
        return self._world.nasty.show()

    async def history(self, body: Body) -> object:
        """``{count?, seed?}`` → ``{keys}`` of past tickets."""
        return {"keys": seed_history(self._world, body.get("count", 150), seed=body.get("seed", 7))}

    async def person(self, body: Body) -> object:
        """``{name, display_name?, email?, groups?, active?, account_type?}``: a new one, or one changed."""
        values = dict(body)
        name = values.pop("name")
        if self._world.find_user(name) is not None:
            return vars(self._world.set_person(name, **values))
        return vars(self._world.add_person(name, values.pop("display_name", name), **values))

    async def group(self, body: Body) -> object:
        """``{name, members?}`` → the groups of the site; without members it is deleted."""
        if "members" in body:
            self._world.set_group(body["name"], body["members"])
        else:
            self._world.remove_group(body["name"])
        return {"groups": self._world.groups()}

    async def administers(self, body: Body) -> object:
        """``{is_so}``: whether the bot is a Jira administrator, who alone sees groups on Data Center."""
        self._world.administers = bool(body["is_so"])
        return {"administers": self._world.administers}

    async def webhook(self, body: Body) -> object:
        """``{url, secret?, jql?}`` → ``{id}``."""
        return {"id": self._register(body)}
