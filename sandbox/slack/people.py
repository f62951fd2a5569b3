"""Users, user groups and the app's own identity, and how Slack shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

UPDATED_AT: Final = 1_760_000_000
"""When every seeded record was last changed, in Unix seconds: the same in each run."""


@dataclass(frozen=True)
class Identity:
    """The workspace and the installed app."""

    team_id: str = "T0MAIN"
    team_name: str = "Example"
    domain: str = "example"
    enterprise_id: str = ""
    """Empty: not part of an Enterprise organisation."""
    org_install: bool = False
    """Installed on the whole organisation: payloads then carry ``team: null``."""
    app_id: str = "A0APP"
    bot_id: str = "B0BOT"
    bot_user: str = "U0BOT"
    bot_name: str = "countersign"

    @property
    def url(self) -> str:
        """The address people open the workspace at."""
        return f"https://{self.domain}.slack.com/"

    @property
    def enterprise(self) -> dict[str, str] | None:
        """The ``enterprise`` object of payloads; ``None`` outside an organisation."""
        return {"id": self.enterprise_id, "name": "Example Org"} if self.enterprise_id else None

    @property
    def team(self) -> dict[str, str] | None:
        """The ``team`` object of interaction payloads; ``None`` with an organisation-wide installation."""
        if self.org_install:
            return None
        team = {"id": self.team_id, "domain": self.domain}
        if self.enterprise_id:
            team |= {"enterprise_id": self.enterprise_id, "enterprise_name": "Example Org"}
        return team

    @property
    def view_ids(self) -> dict[str, str]:
        """What a view says about whose it is."""
        return {"team_id": self.team_id, "app_id": self.app_id, "bot_id": self.bot_id}


@dataclass
class User:
    """A person or a bot."""

    id: str
    name: str
    real_name: str
    team_id: str
    email: str = ""
    locale: str = "en-GB"
    tz: str = "Europe/London"
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    """A guest of several channels."""
    is_ultra_restricted: bool = False
    """A guest of one channel."""
    is_stranger: bool = False
    """From another organisation, met through Slack Connect."""
    is_admin: bool = False
    bot_id: str = ""
    status_text: str = ""
    status_emoji: str = ""
    status_expiration: int = 0
    """When the status ends, in Unix seconds; 0: it stays."""
    is_email_confirmed: bool = True

    def profile(self, *, with_email: bool) -> dict[str, Any]:
        """Return the profile; the address only for who holds ``users:read.email``."""
        profile: dict[str, Any] = {
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": self.name,
            "display_name_normalized": self.name,
            "title": "",
            "phone": "",
            "status_text": self.status_text,
            "status_emoji": self.status_emoji,
            "status_expiration": self.status_expiration,
            "team": self.team_id,
            "image_72": f"https://avatars.example.com/{self.id}-72.png",
        }
        if self.email and with_email and not self.is_stranger:
            profile["email"] = self.email
        if self.is_bot:
            profile |= {"bot_id": self.bot_id, "api_app_id": ""}
        return profile

    def as_json(
        self, *, with_email: bool, with_locale: bool = False, enterprise_id: str = ""
    ) -> dict[str, Any]:
        """Return the user object of ``users.info``; a deactivated one carries less, as Slack's does."""
        user: dict[str, Any] = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.deleted,
            "profile": self.profile(with_email=with_email),
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": UPDATED_AT,
        }
        if not self.deleted:
            user |= self._living()
        if self.is_stranger:
            user["is_stranger"] = True
        elif with_locale:
            user["locale"] = self.locale
        if enterprise_id and not self.is_stranger:
            user["enterprise_user"] = {"id": self.id, "enterprise_id": enterprise_id, "teams": [self.team_id]}
        return user

    def _living(self) -> dict[str, Any]:
        return {
            "real_name": self.real_name,
            "tz": self.tz,
            "tz_label": self.tz,
            "tz_offset": 0,
            "is_admin": self.is_admin,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_workflow_bot": False,
            "is_email_confirmed": bool(self.email) and self.is_email_confirmed,
            "who_can_share_contact_card": "EVERYONE",
        }


@dataclass
class Usergroup:
    """A group of people who can be mentioned, and who approve."""

    id: str
    handle: str
    name: str
    users: list[str] = field(default_factory=list[str])
    disabled: bool = False

    def as_json(self, team_id: str, *, with_users: bool = False, with_count: bool = False) -> dict[str, Any]:
        """Return the user group object of ``usergroups.list``."""
        group: dict[str, Any] = {
            "id": self.id,
            "team_id": team_id,
            "is_usergroup": True,
            "is_subteam": True,
            "name": self.name,
            "description": "",
            "handle": self.handle,
            "is_external": False,
            "date_create": UPDATED_AT,
            "date_update": UPDATED_AT,
            "date_delete": UPDATED_AT if self.disabled else 0,
            "auto_type": None,
            "created_by": "U0ALICE",
            "updated_by": "U0ALICE",
            "prefs": {"channels": [], "groups": []},
        }
        if with_users:
            group["users"] = list(self.users)
        if with_count:
            group["user_count"] = len(self.users)
        return group
