"""What people do in Slack beside the cards: their App Home, the slash command, menus that are searched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.slack.views import View
from sandbox.slack.world import Acked, Searched
from tests.stories.world import CHANNEL, World


class Tab:
    """One person in front of the app, outside of any card."""

    def __init__(self, world: World, person: str) -> None:
        self._world, self._people = world, world.slack.world
        self.user = f"U0{person.upper()}"

    async def opens(self) -> str:
        """Open the Home tab, let the bot draw it, and return everything on it."""
        self._people.open_home(self.user)
        await self._world.settles()
        return str(self._view.body["blocks"])

    async def presses(self, action: str, value: str | None = None, **entered: str) -> Acked:
        """Press a button on the Home that is open, with what was chosen before: ``stand_in=``, ``until=``."""
        chosen: Mapping[str, Any] = {"stand_in:pick": {f"home:{k}": each for k, each in entered.items()}}
        acked = await self._people.click_in_view(
            self.user, self._view.id, f"home:{action}", value, values=chosen if entered else None
        )
        await self._world.settles()
        return acked

    async def types(self, text: str) -> Acked:
        """Type ``/itsm`` and ``text`` in the approvals channel."""
        acked = await self._people.slash(self.user, "/itsm", text, CHANNEL)
        await self._world.settles()
        return acked

    async def searches(self, field: str, typed: str = "") -> Searched:
        """Type into the menu of a field in the form that is open."""
        view = self._people.open_views(self.user)[-1]
        return await self._people.search(self.user, view.id, f"field:{field}", typed)

    @property
    def _view(self) -> View:
        view = self._people.home(self.user)
        assert view is not None, "open it first"
        return view
