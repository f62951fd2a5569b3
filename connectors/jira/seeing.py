"""Asking Jira what somebody else may see."""

from __future__ import annotations

from typing import Final

from connectors.jira.client import Client
from connectors.jira.mapping import user_id
from connectors.jira.people import accounts_at
from connectors.jira.shapes import things

LOOKED_AT: Final = 1000
"""People in one answer: neither flavour looks beyond the thousandth (user/viewissue/search)."""


class Seeing:
    """Whether an account may browse an issue; raises as ``bot.ports.TicketReader.read``."""

    def __init__(self, client: Client, *, cloud: bool) -> None:
        """Do no I/O."""
        self._client, self._cloud = client, cloud

    async def may_see(self, key: str, email: str) -> bool | None:
        """Whether the account with ``email`` may browse the issue; None: no account shows that address.

        Two questions, because the search for people who may browse finds them by the beginning of a name, and
        on Cloud need not show whose address it is: first who has the address, then whether that very account
        is among those who may (GET user/search, GET user/viewissue/search; both flavours). Both want *Browse
        users and groups*; without it nobody is found, and nobody can tell.
        """
        accounts = await accounts_at(self._client, email, cloud=self._cloud)
        if len(accounts) != 1:
            return None  # two accounts of one address may see different things
        who = user_id(accounts[0])
        which = {"accountId": who} if self._cloud else {"username": str(accounts[0].get("name") or "")}
        asked = {**which, "issueKey": key, "maxResults": str(LOOKED_AT)}
        sees = things(await self._client.get_list("/rest/api/2/user/viewissue/search", asked))
        return any(user_id(each) == who for each in sees)
