"""The ticket systems as stories see them: one set of verbs, whichever vendor stands behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from typing_extensions import override

from sandbox.deliveries import Deliveries
from sandbox.jira import JiraSandbox, seed_history
from sandbox.servicenow import ServiceNowSandbox
from sandbox.vendor import Exchange, Vendor

SUMMARY: Final = "Cannot connect to VPN from home"
TEXT: Final = (
    "The VPN client says timeout when I connect from home since yesterday. It worked before. "
    "I restarted the laptop and the router, and it did not help."
)
WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
READS_BY_POST: Final = ("/search", "/oauth_token.do")


class Desk(ABC):
    """One ticket system and the people who work in it. Keys are what people call a ticket."""

    name: str
    """The connector's name."""
    field: str
    """The field that the local brain is sure of for :data:`SUMMARY`; :meth:`value` reads it."""
    unset: str
    """Its value at first."""
    sure: str
    """What the past makes the local brain suggest for it."""
    other: str
    """Another value that a person may choose for it."""
    answered: tuple[str, str]
    """Summary and text of a ticket like past ones that were answered: a reply is drafted as well."""
    answer_starts: str
    """How that reply begins, past the greeting."""
    write_method: str
    write_path: str
    """A pattern of the request that changes fields."""
    vendor: Vendor
    deliveries: Deliveries

    async def start(self) -> None:
        """Listen, with a past to learn from."""
        await self.vendor.start()

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """Return the variables of contract §3 under which the bot talks to it."""

    @abstractmethod
    def tell(self, bot_url: str) -> None:
        """Send webhooks to a bot from now on."""

    @abstractmethod
    def open(self, summary: str, text: str) -> str:
        """Open a ticket as the requester."""

    @abstractmethod
    def vendor_id(self, key: str) -> str:
        """Return what the connector calls the ticket."""

    @abstractmethod
    def notes(self, key: str) -> list[str]:
        """Return the bot's internal notes."""

    @abstractmethod
    def public(self, key: str) -> list[str]:
        """Return everything the requester can read, whoever wrote it."""

    @abstractmethod
    def public_by_us(self, key: str) -> list[str]:
        """Return what of :meth:`public` the bot wrote."""

    @abstractmethod
    def tickets(self) -> list[str]:
        """Return every ticket there is."""

    @abstractmethod
    def value(self, key: str) -> str:
        """Return the field that the bot suggests for."""

    @abstractmethod
    def is_by_us(self, key: str) -> bool:
        """Whether the bot has changed the field, by the vendor's own history."""

    @abstractmethod
    def set(self, key: str, person: str, value: str) -> None:
        """Set the same field by hand."""

    @abstractmethod
    def answer(self, key: str, person: str, text: str) -> None:
        """Answer the requester."""

    @abstractmethod
    def jot(self, key: str, person: str, text: str) -> None:
        """Write what the requester does not see."""

    @abstractmethod
    def reword(self, key: str, summary: str) -> None:
        """Change the summary, as the requester."""

    @abstractmethod
    def close(self, key: str) -> None:
        """Solve the ticket by hand."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Delete the ticket."""

    @abstractmethod
    def drop_writes(self) -> None:
        """Answer the bot's changes with yes and ignore them."""

    def field_writes(self) -> list[Exchange]:
        """Return every request of the bot that sets the field."""
        return [each for each in self.writes() if _names(each, self.field)]

    def writes(self) -> list[Exchange]:
        """Return every request of the bot that may have changed something, oldest first."""
        return [
            each
            for each in self.vendor.exchanges
            if each.method in WRITES and not any(part in each.path for part in READS_BY_POST)
        ]


class JiraDesk(Desk):
    """Project OPS of a Jira."""

    name = "jira"
    field, unset, sure, other = "components", "-", "VPN", "Network"
    answered = (
        "Cannot send e-mail",
        "My messages stay in the outbox since Monday. Receiving works. I restarted twice.",
    )
    answer_starts = "Your mailbox was over its size limit"
    write_method, write_path = "PUT", r"/rest/api/2/issue/\d+$"

    def __init__(self, flavour: str) -> None:
        self.jira = JiraSandbox(
            flavour="dc" if flavour == "dc" else "cloud", webhook_secret="s3cret", retry_after_s=0.2
        )
        self.vendor, self.deliveries, self.world = self.jira, self.jira.deliveries, self.jira.world

    @override
    async def start(self) -> None:
        await super().start()
        seed_history(self.world)

    @override
    def environment(self) -> dict[str, str]:
        return self.jira.environment()

    @override
    def tell(self, bot_url: str) -> None:
        self.jira.webhooks.registrations.clear()
        self.jira.register_webhook(f"{bot_url}/webhooks/jira")

    @override
    def open(self, summary: str, text: str) -> str:
        return self.world.create_issue(summary, reporter="dan", description=text)

    @override
    def vendor_id(self, key: str) -> str:
        return self.world.issue(key).id

    @override
    def notes(self, key: str) -> list[str]:
        mine = [c for c in self.world.comments(key) if c.author is self.world.bot and not c.public]
        return [comment.body.text for comment in mine]

    @override
    def public(self, key: str) -> list[str]:
        return self.world.replies(key)

    @override
    def public_by_us(self, key: str) -> list[str]:
        mine = [c for c in self.world.comments(key) if c.author is self.world.bot and c.public]
        return [comment.body.text for comment in mine]

    @override
    def tickets(self) -> list[str]:
        return [issue.key for issue in self.world.issues.values()]

    @override
    def value(self, key: str) -> str:
        return self.world.value(key, "components")

    @override
    def is_by_us(self, key: str) -> bool:
        return any(line.startswith(f"{self.world.bot.name}: Component") for line in self.world.history(key))

    @override
    def set(self, key: str, person: str, value: str) -> None:
        self.world.edit(key, person, components=[value])

    @override
    def answer(self, key: str, person: str, text: str) -> None:
        self.world.comment(key, person, text)

    @override
    def jot(self, key: str, person: str, text: str) -> None:
        self.world.comment(key, person, text, public=False)

    @override
    def reword(self, key: str, summary: str) -> None:
        self.world.edit(key, "dan", summary=summary)

    @override
    def close(self, key: str) -> None:
        self.world.edit(key, "bob", assignee="bob")
        self.world.transition(key, "bob", "Resolved", resolution="Done")

    @override
    def delete(self, key: str) -> None:
        self.world.delete(key)

    @override
    def drop_writes(self) -> None:
        self.world.nasty.drop_fields.update({"components", "priority", "labels"})


class ServiceNowDesk(Desk):
    """The incident table of an instance."""

    name = "servicenow"
    field, unset, sure, other = "urgency", "3 - Low", "2 - Medium", "1 - High"
    answered = (
        "VPN drops every few minutes",
        "I cannot stay connected to the VPN since Monday morning. It signs in, then the tunnel drops.",
    )
    answer_starts = "Client was on 5.0"
    write_method, write_path = "PATCH", r"/api/now/table/incident/[0-9a-f]{32}$"

    def __init__(self) -> None:
        self.servicenow = ServiceNowSandbox()
        self.vendor, self.deliveries = self.servicenow, self.servicenow.deliveries
        self.world = self.servicenow.world
        self._bot = self.servicenow.credentials.bot_user

    @override
    async def start(self) -> None:
        await super().start()
        self.world.seed_history()

    @override
    def environment(self) -> dict[str, str]:
        known = self.servicenow.credentials
        return {
            "SERVICENOW_URL": self.servicenow.url,
            "SERVICENOW_USER": known.user,
            "SERVICENOW_PASSWORD": known.password,
            "SERVICENOW_WEBHOOK_SECRET": self.servicenow.webhook_secret,
        }

    @override
    def tell(self, bot_url: str) -> None:
        self.servicenow.point_webhook(f"{bot_url}/webhooks/servicenow")

    @override
    def open(self, summary: str, text: str) -> str:
        return self.world.create_incident(summary, text)

    @override
    def vendor_id(self, key: str) -> str:
        return f"incident/{self.world.sys_id(key)}"

    @override
    def notes(self, key: str) -> list[str]:
        return [n.text for n in self.world.notes(key) if n.author == self._bot and not n.public]

    @override
    def public(self, key: str) -> list[str]:
        return [note.text for note in self.world.notes(key) if note.public]

    @override
    def public_by_us(self, key: str) -> list[str]:
        return [n.text for n in self.world.notes(key) if n.author == self._bot and n.public]

    @override
    def tickets(self) -> list[str]:
        return [row["number"] for row in self.world.instance.store.tables["incident"].rows.values()]

    @override
    def value(self, key: str) -> str:
        return self.world.display(key, self.field)

    @override
    def is_by_us(self, key: str) -> bool:
        return any(f" {self._bot} set Urgency" in line for line in self.world.history(key))

    @override
    def set(self, key: str, person: str, value: str) -> None:
        self.world.edit(key, person, urgency=value)

    @override
    def answer(self, key: str, person: str, text: str) -> None:
        self.world.comment(key, person, text)

    @override
    def jot(self, key: str, person: str, text: str) -> None:
        self.world.comment(key, person, text, public=False)

    @override
    def reword(self, key: str, summary: str) -> None:
        self.world.edit(key, "dan", short_description=summary)

    @override
    def close(self, key: str) -> None:
        self.world.edit(
            key, "bob", state="Resolved", close_code="Solution provided", close_notes="Reset the tunnel."
        )

    @override
    def delete(self, key: str) -> None:
        self.world.delete(key, "alice")

    @override
    def drop_writes(self) -> None:
        self.world.quirks.drop_fields.update(
            {"assignment_group", "category", "subcategory", "impact", "urgency"}
        )


def _names(exchange: Exchange, field: str) -> bool:
    return f'"{field}"'.encode() in exchange.body


def make(desk: str) -> Desk:
    """Return the ticket system called ``cloud``, ``dc`` or ``servicenow``."""
    return ServiceNowDesk() if desk == "servicenow" else JiraDesk(desk)
