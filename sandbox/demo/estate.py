"""The fake vendors together: started on loopback, given a past, and the environment that points at them."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from sandbox.anthropic import AnthropicSandbox
from sandbox.demo.past import tell
from sandbox.demo.past.worlds import hire, into_jira, into_servicenow
from sandbox.demo.wheel import Wheel
from sandbox.jira import JiraSandbox
from sandbox.servicenow import Quirks, RateLimit, ServiceNowSandbox
from sandbox.slack import SlackSandbox
from sandbox.slack.people import User
from sandbox.vendor import Vendor

POLICY_FILE: Final = Path(__file__).parents[1] / "countersign.yaml"
"""What ``--config`` takes: who may approve what in this world."""
ROOM: Final = "C0APPROVALS"
"""Where the policy of the demo has its cards."""
DIRECTOR: Final = "U0DORA"
DIRECTORS: Final = "S0DIRECTORS"
JIRA_SECRET: Final = "jira-sandbox-webhook-secret"
PAST: Final = 1_000
"""Solved tickets in each system before anybody opens a new one: enough to fit a classifier to."""
REQUESTS_PER_HOUR: Final = 3_600
"""ServiceNow's ceiling when rate limits are on; an instance's own depends on its administrator."""


@dataclass(frozen=True)
class Shape:
    """Which vendors there are and how they behave."""

    slack_mode: Literal["socket", "http"] = "socket"
    jira: Literal["cloud", "dc"] = "cloud"
    port_base: int = 0
    """The first of four ports in a row; 0: free ones."""
    model: bool = False
    """Whether there is a fake model provider; without one the bot has its local brain only."""
    rate_limits: bool = False
    seed: int = 1
    """Another seed, another past."""


def hire_director(slack: SlackSandbox) -> None:
    """Add the one to whom the demo's policy escalates; everybody else approves or must not."""
    world = slack.world
    world.users[DIRECTOR] = User(
        DIRECTOR, "dora", "Dora Lindqvist", slack.options.identity.team_id, email="dora@example.com"
    )
    # Not by the verbs of an administrator: nobody listens yet, and nothing has changed.
    world.usergroups[DIRECTORS].users = [DIRECTOR]
    world.channels[ROOM].members.append(DIRECTOR)


class Estate:
    """All fake vendors; ``async with`` starts and stops them. All have one time, ``wheel``'s."""

    def __init__(self, shape: Shape) -> None:
        self.shape, self.wheel = shape, Wheel()
        now, unix = self.wheel.now, self.wheel.unix
        self.jira = JiraSandbox(flavour=shape.jira, webhook_secret=JIRA_SECRET, clock=now)
        limit = RateLimit(REQUESTS_PER_HOUR) if shape.rate_limits else None
        self.servicenow = ServiceNowSandbox(quirks=Quirks(rate_limit=limit), now=now)
        self.slack = SlackSandbox(mode=shape.slack_mode, rate_limits=shape.rate_limits, clock=unix)
        hire_director(self.slack)
        self.model = AnthropicSandbox() if shape.model else None
        self.jira.world.nasty.issue_write_limit = shape.rate_limits
        hire(self.jira.world, self.servicenow.world)
        into_jira(self.jira.world, tell("jira", PAST, shape.seed), shape.seed)
        into_servicenow(self.servicenow.world, tell("servicenow", PAST, shape.seed))
        self._running = AsyncExitStack()

    @property
    def vendors(self) -> list[Vendor]:
        """Every vendor there is, in the order of their ports."""
        known: tuple[Vendor | None, ...] = (self.jira, self.servicenow, self.slack, self.model)
        return [vendor for vendor in known if vendor is not None]

    async def __aenter__(self) -> Self:
        """Start listening.

        Raises:
            OSError: a port is taken; those started before it are stopped again.
        """
        async with AsyncExitStack() as starting:
            for place, vendor in enumerate(self.vendors):
                starting.push_async_callback(vendor.stop)
                await vendor.start(self.shape.port_base + place if self.shape.port_base else 0)
            self._running = starting.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop sending and listening."""
        await self._running.aclose()

    def tell(self, bot_url: str) -> None:
        """Send what happens from now on to the bot at ``bot_url``, as an administrator would set it up."""
        self.jira.register_webhook(f"{bot_url}/webhooks/jira")
        self.servicenow.point_webhook(f"{bot_url}/webhooks/servicenow")
        self.slack.deliver_to(f"{bot_url}/slack/events")

    def environment(self) -> dict[str, str]:
        """Return the variables under which ``countersign`` talks to these vendors; valid once started."""
        login = self.servicenow.credentials
        options = self.slack.options
        found = {
            **self.jira.environment(),
            "SERVICENOW_URL": self.servicenow.url,
            "SERVICENOW_USER": login.user,
            "SERVICENOW_PASSWORD": login.password,
            "SERVICENOW_WEBHOOK_SECRET": self.servicenow.webhook_secret,
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_BOT_TOKEN": options.bot_token,
        }
        if self.shape.slack_mode == "socket":
            found["SLACK_APP_TOKEN"] = options.app_token
        else:
            found["SLACK_SIGNING_SECRET"] = options.signing_secret
        if self.model is not None:
            found |= {"ANTHROPIC_API_KEY": self.model.api_key, "ANTHROPIC_BASE_URL": self.model.url}
        return found
