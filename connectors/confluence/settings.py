"""What a Confluence site has to be told."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from connectors._sites import NONE, Address, Name, Secret, Site, basic, bearer, one_way_in

ENVIRONMENT: Final = {
    "url": "CONFLUENCE_URL",
    "email": "CONFLUENCE_EMAIL",
    "api_token": "CONFLUENCE_API_TOKEN",
    "pat": "CONFLUENCE_PAT",
}
"""Settings field to the environment variable that fills it."""

SpaceKey = Annotated[str, StringConstraints(pattern=r"^~?[A-Za-z0-9._:-]{1,255}$")]


class ConfluenceSettings(Site):
    """One site and the account the bot has on it."""

    url: Address
    """With its context path: ``https://you.atlassian.net/wiki`` on Cloud."""
    email: Name = ""
    api_token: Secret = NONE
    pat: Secret = NONE
    spaces: Annotated[tuple[SpaceKey, ...], Field(max_length=50)] = ()
    """Keys of the spaces that are searched; empty: every one the account can see."""

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        token, pat = bool(self.api_token.get_secret_value()), bool(self.pat.get_secret_value())
        named = (
            "set email and api_token (CONFLUENCE_EMAIL, CONFLUENCE_API_TOKEN) on Cloud, or pat "
            "(CONFLUENCE_PAT) on Data Center"
        )
        one_way_in(token, pat, named=named, needed=True)
        if bool(self.email) != token:
            raise ValueError(f"email and api_token belong together: {named}")
        return self

    @property
    def is_cloud(self) -> bool:
        """An API token belongs to Cloud, a personal access token to Data Center."""
        return bool(self.email)

    def headers(self) -> dict[str, str]:
        """Return the way in."""
        return basic(self.email, self.api_token) if self.is_cloud else bearer(self.pat)
