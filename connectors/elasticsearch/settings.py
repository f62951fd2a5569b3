"""What an Elasticsearch or OpenSearch cluster has to be told."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from connectors._sites import NONE, Address, Name, Secret, Site, basic, bearer, one_way_in

ENVIRONMENT: Final = {
    "url": "ELASTICSEARCH_URL",
    "index": "ELASTICSEARCH_INDEX",
    "api_key": "ELASTICSEARCH_API_KEY",
    "user": "ELASTICSEARCH_USER",
    "password": "ELASTICSEARCH_PASSWORD",
}
"""Settings field to the environment variable that fills it."""

Index = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9._*-]*(,-?[a-z0-9][a-z0-9._*-]*)*$", max_length=255),
]
"""Names and patterns, none beginning with a dot: hidden indices are the cluster's own."""
FieldName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_@][A-Za-z0-9_@.-]{0,99}$")]


class ElasticsearchSettings(Site):
    """One cluster, and which of its indices hold logs."""

    url: Address
    index: Index
    """``logs-*``: what is searched; nothing else ever is."""
    api_key: Secret = NONE
    """The encoded one, as the cluster gives it out."""
    user: Name = ""
    password: Secret = NONE
    time_field: FieldName = "@timestamp"
    message_field: FieldName = "message"
    level_field: FieldName = "log.level"
    fields: Annotated[tuple[FieldName, ...], Field(max_length=20)] = ("service.name", "host.name")
    """What else of a line is shown and searched."""

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        key, password = bool(self.api_key.get_secret_value()), bool(self.password.get_secret_value())
        named = (
            "set api_key (ELASTICSEARCH_API_KEY), or user and password "
            "(ELASTICSEARCH_USER, ELASTICSEARCH_PASSWORD)"
        )
        one_way_in(key, password, named=named, needed=False)
        if bool(self.user) != password:
            raise ValueError(f"user and password belong together: {named}")
        return self

    def headers(self) -> dict[str, str]:
        """Return the way in."""
        if self.api_key.get_secret_value():
            return bearer(self.api_key, "ApiKey")
        return basic(self.user, self.password) if self.user else {}
