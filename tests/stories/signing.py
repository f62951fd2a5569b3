"""Deliveries as the vendors sign them, made by hand: nothing of the product or of the sandbox helps here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import time
from typing import Any

import aiohttp

from tests.stories.world import World


def jira_headers(body: bytes, delivery: str = "d-1", secret: str = "s3cret") -> dict[str, str]:
    """Return Jira's headers; an empty ``secret`` leaves the signature out."""
    headers = {"Content-Type": "application/json", "X-Atlassian-Webhook-Identifier": delivery}
    if secret:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers["X-Hub-Signature"] = f"sha256={digest}"
    return headers


def servicenow_headers(body: bytes, secret: str, delivery: str = "e-1", age_s: int = 0) -> dict[str, str]:
    """Return the headers of Standard Webhooks."""
    stamp = str(int(time.time()) - age_s)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{delivery}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "webhook-id": delivery,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def slack_headers(body: bytes, secret: str, age_s: int = 0) -> dict[str, str]:
    """Return Slack's headers."""
    stamp = str(int(time.time()) - age_s)
    mac = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={mac}",
    }


async def post(
    world: World, path: str, body: Any, headers: dict[str, str]
) -> tuple[int, str, dict[str, str]]:
    """Post ``body`` to the bot; returns status, text and headers."""
    data = io.BytesIO(body) if isinstance(body, bytes) else body  # aiohttp warns of large bytes
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{world.bot.url}{path}", data=data, headers=headers) as answer,
    ):
        return answer.status, await answer.text(), dict(answer.headers)


def created(issue_id: str, **more: Any) -> bytes:
    """Return the body of a ``jira:issue_created``."""
    issue = {"id": issue_id, "key": f"OPS-{issue_id}", "fields": {"summary": "x", "project": {"key": "OPS"}}}
    event = {"timestamp": int(time.time() * 1000), "webhookEvent": "jira:issue_created", "issue": issue}
    return json.dumps({**event, **more}).encode()
