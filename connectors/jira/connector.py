"""One running Jira: reads, the one attempt of a write, and the check that an internal note is internal."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from bot.core.actions import Args, Request, VendorAnswer
from bot.core.creation import CreationForm, unborn
from bot.core.errors import Ambiguous, Leaked, Missing, Reject, Retry
from bot.core.events import TicketTouched
from bot.core.ids import ActionName
from bot.core.permit import Permit
from bot.core.tickets import Actor, Allowed, PastTicket, Snapshot, Ticket, TicketRef, Value
from bot.ports import ActionType, PastPage
from bot.sources import Source
from connectors.jira.actions import verbs
from connectors.jira.client import Client
from connectors.jira.creating import Creating, complaints
from connectors.jira.links import key_of
from connectors.jira.mapping import ISSUE_ID, SUGGESTED, states_public
from connectors.jira.people import People
from connectors.jira.reads import Reads
from connectors.jira.seeing import Seeing
from connectors.jira.settings import JiraSettings
from connectors.jira.shapes import thing
from connectors.jira.sources import sources_of
from connectors.jira.webhook import JiraWebhook

SETTLE_S: Final = 120.0
"""Atlassian documents no longest time for a request; ours is given up after a quarter of this."""

_VERBS: Final = verbs()
"""Looked for once, on import: a folder is read from disk, and connectors are opened in the loop."""
_COMMENT_PATH: Final = re.compile(
    r"/rest/(?:api/2/issue|servicedeskapi/request)/([0-9]+)/comment(?:/([0-9]+))?"
)


class JiraConnector:
    """The port ``Connector``, for Cloud and Data Center."""

    kind = "jira"
    suggestible: tuple[str, ...] = SUGGESTED
    settle_s = SETTLE_S

    def __init__(self, name: str, settings: JiraSettings) -> None:
        """Do no I/O."""
        self.name: Final = name
        self.home: Final = settings.people_url
        self.webhook: Final = JiraWebhook(frozenset(settings.queues))
        self.webhook_secret: Final = settings.webhook_secret.get_secret_value()
        self.actions: Final[Mapping[ActionName, ActionType]] = _VERBS
        self.sources: Final[tuple[Source, ...]] = sources_of(name, settings)
        self._client = Client(name, settings)
        self._reads = Reads(name, settings, self._client)
        self._creating = Creating(name, settings, self._client, self._reads)
        self._people = People(name, self._client, cloud=settings.is_cloud)
        self._seeing = Seeing(self._client, cloud=settings.is_cloud)

    async def whoami(self) -> Actor:
        """Return the account we run under."""
        return await self._reads.whoami()

    async def read(self, ref: TicketRef) -> Snapshot:
        """Fetch the ticket and its conversation; of one that is still to be made, whether it is there."""
        wanted = unborn(ref)
        return await (self._reads.read(ref) if wanted is None else self._creating.read(ref, wanted))

    async def allowed(self, ticket: Ticket, *, steps: bool = True) -> Allowed:
        """Fetch what may be set on it now."""
        return await self._reads.allowed(ticket, steps=steps)

    async def similar(self, ticket: Ticket, limit: int) -> tuple[PastTicket, ...]:
        """Fetch solved tickets that share words with it."""
        return await self._reads.similar(ticket, limit)

    async def find(self, key: str) -> TicketRef:
        """Return the ticket with this key, or former key."""
        return await self._reads.find(key)

    def key_of(self, url: str) -> str:
        """Return the key in an address of this site."""
        return key_of(self.home, url)

    async def changed_since(self, moment: datetime, limit: int) -> tuple[TicketTouched, ...]:
        """Return what changed, oldest first."""
        return await self._reads.changed_since(moment, limit)

    async def looked_up(self, action: ActionName, args: Args, ticket: Ticket) -> Args:
        """Return ``args`` as they are: Jira takes the keys that people write."""
        del action, ticket
        return args

    async def members(self, group: str) -> tuple[str, ...]:
        """Return the addresses of a group's active people."""
        return await self._people.members(group)

    async def people(self, ticket: Ticket, query: str, limit: int) -> tuple[Value, ...]:
        """Return who may have it, of those whose name or address begins with ``query``."""
        return await self._people.assignable(ticket, query, limit)

    async def may_see(self, key: str, email: str) -> bool | None:
        """Whether the account with that address may browse an issue; None: no account shows the address."""
        return await self._seeing.may_see(key, email)

    async def address_of(self, account: str) -> str:
        """Return the address of one person's account; empty where nobody can tell whose it is."""
        return await self._people.address_of(account)

    async def queues(self) -> tuple[Value, ...]:
        """Return the projects tickets may be made in."""
        return await self._creating.queues()

    async def creation(
        self, queue: str, kind: str, picks: Mapping[str, str], also: Collection[str] = ()
    ) -> CreationForm:
        """Return a project's create screen for one type; nothing on it narrows anything else."""
        del picks
        return await self._creating.form(queue, kind, also)

    async def searched(self, queue: str, field: str, words: str, limit: int) -> tuple[Value, ...]:
        """Return people called like that."""
        return await self._creating.searched(queue, field, words, limit)

    async def named(self, queue: str, field: str, ids: Collection[str]) -> tuple[Value, ...]:
        """Return the people who have these accounts."""
        return await self._creating.named(queue, field, ids)

    def complaints(self, why: str) -> Mapping[str, str]:
        """Return what Jira said of each field."""
        return complaints(why)

    async def requester(self, email: str) -> Value | None:
        """Return the account that shows this address."""
        return await self._creating.requester(email)

    async def solved(self, limit: int) -> tuple[PastTicket, ...]:
        """Return what was solved last."""
        return await self._reads.solved(limit)

    async def solved_page(self, query: str, after: str) -> PastPage:
        """Return some of what was solved, oldest first."""
        return await self._reads.solved_page(query, after)

    async def send(self, request: Request, permit: Permit) -> VendorAnswer:
        """Make the one attempt; then, for an internal note, hear from Jira that it is internal."""
        assert permit.operation == request.operation, "a permit is for one operation"
        answer = await self._client.write(request.method, request.path, request.body)
        self._creating.remember(request, answer)
        if request.expects_internal:
            await self._check_internal(request, answer)
        return answer

    async def withdraw(self, ref: TicketRef, comment: str) -> bool:
        """Delete a comment; one that is gone already counts as deleted."""
        if not (ISSUE_ID.fullmatch(ref.id) and ISSUE_ID.fullmatch(comment)):
            return False
        try:
            await self._client.write("DELETE", f"/rest/api/2/issue/{ref.id}/comment/{comment}")
        except Missing:
            return True
        return True

    async def close(self) -> None:
        """Give back threads and sockets."""
        self._client.close()
        for source in self.sources:
            await source.close()

    async def _check_internal(self, request: Request, answer: VendorAnswer) -> None:
        """Believe the answer; ask where it says nothing, as Data Center does about an edit.

        Raises:
            Leaked: it says public, or will not say.
            Ambiguous: it could not be asked; the comment may be there, and only a later look can tell.
        """
        body = thing(answer.body)
        place = _COMMENT_PATH.fullmatch(request.path)
        issue, edited = (place[1], place[2]) if place else ("", None)
        made = str(body.get("id") or edited or "")
        public = states_public(body)
        if public is None and ISSUE_ID.fullmatch(made) and issue:
            try:
                public = states_public(await self._reads.comment(issue, made))
            except (Retry, Reject) as error:
                raise Ambiguous(
                    f"{self.name}: whether the note is internal could not be seen: {error}"
                ) from error
        if public is not False:
            says = "says it is public" if public else "does not say that it is internal"
            raise Leaked(f"{self.name}: Jira {says}: an internal note may be visible to customers", made=made)
