"""The people and places every run starts with."""

from __future__ import annotations

from typing import Final

from sandbox.slack.people import Identity, User, Usergroup
from sandbox.slack.rooms import Channel

OTHER_TEAM: Final = "T0OTHER"
"""Where the Slack Connect stranger comes from."""
SCOPES: Final = (
    "app_mentions:read assistant:write channels:read chat:write commands groups:read im:history im:write "
    "links:read links:write usergroups:read users:read users:read.email"
)
"""What the app holds unless a test says otherwise, separated by spaces."""
BOT_EVENTS: Final = (
    "agent_session_stopped app_context_changed app_home_opened app_mention function_executed link_shared "
    "message.im subteam_members_changed user_change"
)
"""What the app is subscribed to unless a test says otherwise, separated by spaces."""

UNFURL_DOMAINS: Final = "127.0.0.1 localhost example.com"
"""The domains whose links the app hears of unless a test says otherwise, separated by spaces."""


def users(identity: Identity) -> dict[str, User]:
    """Two managers, an agent, a requester, and the people who must not approve anything."""
    team = identity.team_id

    def person(name: str, real_name: str, **more: bool | str) -> User:
        return User(f"U0{name.upper()}", name, real_name, team, email=f"{name}@example.com", **more)  # type: ignore[arg-type]  # keywords of User, checked by running

    people = [
        person("alice", "Alice Moreau", is_admin=True),
        person("bob", "Bob Okafor", locale="de-DE", tz="Europe/Berlin"),
        person("carol", "Carol Nguyen"),
        person("dan", "Dan Peters", locale="fr-FR", tz="Europe/Paris"),
        person("guest", "Gus Guest", is_restricted=True),
        person("gone", "Gina Gone", deleted=True),
        User("U0STRANGER", "stranger", "Sam Stranger", OTHER_TEAM, "sam@partner.example", is_stranger=True),
        User(identity.bot_user, identity.bot_name, "Countersign", team, is_bot=True, bot_id=identity.bot_id),
        User("U0OTHERBOT", "otherbot", "Other Bot", team, is_bot=True, bot_id="B0OTHERBOT"),
        User("USLACKBOT", "slackbot", "Slackbot", team),
    ]
    return {user.id: user for user in people}


def usergroups() -> dict[str, Usergroup]:
    """Managers approve; directors are whom an approval escalates to."""
    groups = [
        Usergroup("S0MANAGERS", "managers", "Managers", ["U0ALICE", "U0BOB"]),
        Usergroup("S0DIRECTORS", "directors", "Directors", ["U0ALICE"]),
    ]
    return {group.id: group for group in groups}


def channels(identity: Identity) -> dict[str, Channel]:
    """A private channel for approvals, a public one, one shared with strangers, one the bot is not in."""
    bot = identity.bot_user
    staff = ["U0ALICE", "U0BOB", "U0CAROL", "U0DAN"]
    rooms = [
        Channel("C0APPROVALS", "approvals", "group", [*staff, bot]),
        Channel("C0GENERAL", "general", "channel", [*staff, "U0GUEST", "U0OTHERBOT", bot]),
        Channel("C0SHARED", "shared-partner", "channel", [*staff, "U0STRANGER", bot], is_ext_shared=True),
        Channel("C0RANDOM", "random", "channel", list(staff)),
        Channel("C0OLD", "old", "channel", [*staff, bot], is_archived=True),
    ]
    return {room.id: room for room in rooms}
