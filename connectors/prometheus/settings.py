"""What a Prometheus server has to be told."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from connectors._sites import NONE, Address, Name, Secret, Site, basic, bearer, one_way_in

ENVIRONMENT: Final = {
    "url": "PROMETHEUS_URL",
    "token": "PROMETHEUS_TOKEN",
    "user": "PROMETHEUS_USER",
    "password": "PROMETHEUS_PASSWORD",
}
"""Settings field to the environment variable that fills it."""

Pattern = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_:*][a-zA-Z0-9_:.*]{0,199}$")]


class PrometheusSettings(Site):
    """One server; many ask for no credentials."""

    url: Address
    """``https://prometheus.example.com``, with its path prefix if it has one."""
    token: Secret = NONE
    user: Name = ""
    password: Secret = NONE
    metrics: Annotated[tuple[Pattern, ...], Field(max_length=100)] = ()
    """Which metrics may be read: names, ``*`` for any characters; empty: all."""

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        token, password = bool(self.token.get_secret_value()), bool(self.password.get_secret_value())
        named = "set token (PROMETHEUS_TOKEN), or user and password (PROMETHEUS_USER, PROMETHEUS_PASSWORD)"
        one_way_in(token, password, named=named, needed=False)
        if bool(self.user) != password:
            raise ValueError(f"user and password belong together: {named}")
        return self

    def headers(self) -> dict[str, str]:
        """Return the way in."""
        if self.token.get_secret_value():
            return bearer(self.token)
        return basic(self.user, self.password) if self.user else {}
