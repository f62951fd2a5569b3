"""Who is calling: basic, API key or OAuth token, and the endpoint that gives tokens out."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from sandbox.servicenow.quirks import Quirks

ACCESS_S: Final = 1800
"""Lifetime of an access token: platform-security/authentication/t_CreateEndpointforExternalClients.md."""


@dataclass(frozen=True)
class Credentials:
    """What the API user may present; an empty value switches that way of signing in off."""

    user: str = ""
    password: str = ""
    api_key: str = ""
    client_id: str = ""
    client_secret: str = ""
    bot_user: str = ""
    """The user_name that requests act as, whichever way they signed in."""


@dataclass
class Gate:
    """Checks requests against ``credentials`` and issues tokens, all of which ``revoke`` ends."""

    credentials: Credentials
    quirks: Quirks
    _issued: int = 0
    _access: set[str] = field(default_factory=set[str])
    _refresh: set[str] = field(default_factory=set[str])

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Whether a request with these headers is signed in."""
        known, key = self.credentials, headers.get("x-sn-apikey", "")
        if key:
            return bool(known.api_key) and _same(key, known.api_key)
        scheme, _, value = headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return value in self._access
        pair = _basic(scheme, value)
        return (
            bool(known.password)
            and pair is not None
            and _same(":".join(pair), f"{known.user}:{known.password}")
        )

    def revoke(self) -> None:
        """End every access token, as their expiry does; refresh tokens stay good."""
        self._access.clear()

    async def token(self, request: web.Request) -> web.Response:
        """Answer ``POST /oauth_token.do``."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        pair = _basic(*request.headers.get("Authorization", "").partition(" ")[::2])
        client = pair or (form.get("client_id", ""), form.get("client_secret", ""))
        known = self.credentials
        if not known.client_id or not _same(":".join(client), f"{known.client_id}:{known.client_secret}"):
            return _refused("access_denied", "invalid_client")
        grant = form.get("grant_type", "")
        if grant not in ("password", "client_credentials", "refresh_token"):
            return _refused("unsupported grant type", "unsupported_grant_type")
        if not self._granted(grant, form):
            return _refused("access_denied", "server_error")
        return self._issue(refreshable=grant != "client_credentials")

    def _granted(self, grant: str, form: Mapping[str, str]) -> bool:
        known = self.credentials
        if grant == "client_credentials":
            return self.quirks.client_credentials
        if grant == "refresh_token":
            return form.get("refresh_token", "") in self._refresh
        given = f"{form.get('username', '')}:{form.get('password', '')}"
        return bool(known.password) and _same(given, f"{known.user}:{known.password}")

    def _issue(self, *, refreshable: bool) -> web.Response:
        self._issued += 1
        access, refresh = (
            hashlib.sha256(f"{kind}:{self._issued}".encode()).hexdigest() for kind in ("access", "refresh")
        )
        self._access.add(access)
        answer = {
            "access_token": access,
            "scope": "useraccount",
            "token_type": "Bearer",
            "expires_in": ACCESS_S - 1,
        }
        if refreshable:
            self._refresh.add(refresh)
            answer["refresh_token"] = refresh
        return web.json_response(answer)


def _refused(description: str, error: str) -> web.Response:
    return web.json_response({"error_description": description, "error": error}, status=401)


def _basic(scheme: str, value: str) -> tuple[str, str] | None:
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
