"""The edge: what is not Slack's is refused unread, what is gets stored before it is answered."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis
from structlog.testing import capture_logs

from bot.core.errors import Malformed, Retry, Unverified
from bot.runtime.acceptor import Acceptor
from bot.runtime.envelopes import ALL_POOLS
from bot.runtime.jobs import FAST
from bot.runtime.lanes import Lanes
from bot.runtime.redis_client import command_client
from bot.slack.front import read_http, verified
from sandbox.slack import SlackSandbox
from tests.bot.slack.office import ROOM, Office, office

SECRET = "sandbox-signing-secret"
SAMPLES = Path(__file__).parents[3] / "../shared/data/slack/java-slack-sdk"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
EVENT = {"type": "event_callback", "event_id": "Ev1", "event": {"type": "app_mention", "text": "hush-hush"}}


def signed(body: bytes, *, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}", "Content-Type": JSON}


class Door:
    """``POST /slack/events`` on a loopback port."""

    def __init__(self, place: Office, url: str, session: aiohttp.ClientSession) -> None:
        self.place, self._url, self._session = place, url, session

    async def post(self, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, str]:
        async with self._session.post(
            self._url, data=io.BytesIO(body), headers=headers or signed(body)
        ) as response:
            return response.status, await response.text()


async def at_the_door(place: Office) -> AsyncIterator[Door]:
    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.router.add_post("/slack/events", place.side.receive)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield Door(place, str(server.make_url("/slack/events")), session)


@pytest.fixture
async def door(place: Office) -> AsyncIterator[Door]:
    async for each in at_the_door(place):
        yield each


async def test_an_event_is_stored_and_then_acknowledged(door: Door) -> None:
    body = json.dumps(EVENT).encode()
    assert await door.post(body) == (200, "")
    (lease,) = await door.place.bench.leases(FAST)
    assert json.loads(lease.data)["event_id"] == "Ev1"


async def test_slack_sending_an_event_again_changes_nothing(door: Door) -> None:
    body = json.dumps(EVENT).encode()
    assert [(await door.post(body))[0] for _ in range(3)] == [200, 200, 200]
    assert len(await door.place.bench.leases(FAST)) == 1


async def test_the_address_is_verified_as_slack_asks(door: Door) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c4"}).encode()
    status, said = await door.post(body)
    assert (status, json.loads(said)) == (200, {"challenge": "c4"})
    assert await door.place.world.verify_url()


def tampered(body: bytes) -> dict[str, dict[str, str]]:
    good = signed(body)
    return {
        "none": {"Content-Type": JSON},
        "wrong": {**good, "X-Slack-Signature": "v0=" + "0" * 64},
        "other secret": signed(body, secret="another"),
        "stale": signed(body, at=time.time() - 301),
        "from the future": signed(body, at=time.time() + 301),
        "no stamp": {key: each for key, each in good.items() if "Timestamp" not in key},
        "odd stamp": {**good, "X-Slack-Request-Timestamp": "1²"},
        "other digits": {**good, "X-Slack-Request-Timestamp": "١٢٣"},
        "odd signature": {**good, "X-Slack-Signature": "v0=é"},
        "empty": {**good, "X-Slack-Signature": ""},
    }


@pytest.mark.parametrize("how", tampered(b""))
async def test_what_is_not_signed_by_slack_is_refused_and_its_words_go_nowhere(door: Door, how: str) -> None:
    body = json.dumps(EVENT).encode()
    with capture_logs() as logs:
        status, said = await door.post(body, tampered(body)[how])
    assert status == 401
    assert "hush" not in said
    assert "hush" not in str(logs)
    assert not await door.place.bench.leases(FAST)


async def test_a_body_that_is_no_text_is_checked_over_its_bytes(door: Door) -> None:
    body = b"\xff\xfe\x00"
    assert (await door.post(body))[0] == 400
    assert (await door.post(body, tampered(body)["wrong"]))[0] == 401


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b"[" * 100_000, b'"x"'])
async def test_what_slack_would_never_send_is_a_bad_request(door: Door, body: bytes) -> None:
    assert (await door.post(body))[0] == 400
    assert not await door.place.bench.leases(FAST)


async def test_a_body_beyond_all_reason_is_refused_by_its_size(door: Door) -> None:
    assert (await door.post(b"x" * (1024 * 1024)))[0] == 400
    assert (await door.post(b" " * (1024 * 1024 - 1) + b"{}"))[0] == 413


async def test_no_secret_of_slacks_is_kept_or_logged(door: Door) -> None:
    payload = {
        "type": "block_actions",
        "token": "hush-1",
        "response_url": "https://hooks.slack.com/hush-2",
        "response_urls": [{"response_url": "hush-3"}],
        "trigger_id": "hush-4",
        "user": {"id": "U0ALICE"},
        "actions": [{"action_id": "approval:unknown"}],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    with capture_logs() as logs:
        assert (await door.post(body, {**signed(body), "Content-Type": FORM}))[0] == 200
    (lease,) = await door.place.bench.leases(FAST)
    kept = lease.data.decode()
    assert [word for word in ("hush-1", "hush-2", "hush-3") if word in kept] == []
    assert "hush" not in lease.id, "names of jobs are logged"
    assert "hush" not in str(logs)


async def test_until_we_know_who_we_are_slack_is_asked_to_come_again(
    redis: Redis, prefix: str, slack: SlackSandbox
) -> None:
    async with office(redis, prefix, slack) as place:
        async for door in at_the_door(place):
            assert (await door.post(json.dumps(EVENT).encode()))[0] == 503
        assert place.side.trouble


async def test_while_redis_is_away_nothing_is_acknowledged(place: Office) -> None:
    away = command_client("redis://127.0.0.1:1/0")
    place.acceptor = Acceptor(Lanes(away, place.bench.lanes.prefix, pools=ALL_POOLS))
    await place.comes_up()
    async for door in at_the_door(place):
        assert (await door.post(json.dumps(EVENT).encode()))[0] == 503
    await away.aclose()


@pytest.mark.parametrize("kind", ["view_closed", "shortcut", "message_action", "block_suggestion"])
async def test_what_we_have_no_use_for_is_acknowledged_and_worked_off(door: Door, kind: str) -> None:
    payload: dict[str, Any] = {
        "type": kind,
        "callback_id": "x",
        "action_id": "x",
        "trigger_id": f"t-{kind}",
        "user": {"id": "U0ALICE", "team_id": "T0MAIN"},
        "team": {"id": "T0MAIN"},
        "view": {"id": "V1", "type": "modal", "callback_id": "x", "state": {"values": {}}},
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    assert (await door.post(body, {**signed(body), "Content-Type": FORM}))[0] == 200
    await door.place.turns()
    assert not door.place.world.messages(ROOM)


async def test_a_slash_command_nobody_knows_is_acknowledged(place: Office) -> None:
    assert (await place.world.slash("U0ALICE", "/itsm", "help")).ok
    await place.turns()


# -- the pure part


@pytest.mark.parametrize(
    ("content_type", "body", "found"),
    [
        (JSON, b'{"type": "x"}', {"type": "x"}),
        (f"{JSON}; charset=utf-8", b'{"a": 1}', {"a": 1}),
        (FORM, b"payload=%7B%22type%22%3A%22x%22%7D", {"type": "x"}),
        (FORM, b"command=%2Fitsm&text=", {"command": "/itsm", "text": ""}),
    ],
)
def test_a_request_is_read_as_what_it_is(content_type: str, body: bytes, found: dict[str, Any]) -> None:
    assert read_http(content_type, body) == found


@pytest.mark.parametrize(
    ("content_type", "body"),
    [(JSON, b"x"), (FORM, b"payload=x"), (FORM, b"payload=[1]"), (FORM, b"\xff"), (FORM, b""), ("", b"x")],
)
def test_anything_else_is_malformed(content_type: str, body: bytes) -> None:
    with pytest.raises(Malformed):
        read_http(content_type, body)


def test_a_signature_holds_for_five_minutes_and_for_these_bytes_alone() -> None:
    headers = {key.lower(): each for key, each in signed(b"{}", at=1000).items()}
    verified(headers, b"{}", SECRET, 1300)
    refused: list[Callable[[], None]] = [
        lambda: verified(headers, b"{}", SECRET, 1301),
        lambda: verified(headers, b"{} ", SECRET, 1000),
        lambda: verified(headers, b"{}", "other", 1000),
        lambda: verified({}, b"{}", SECRET, 1000),
    ]
    for attempt in refused:
        with pytest.raises(Unverified):
            attempt()


def test_without_a_secret_nothing_holds() -> None:
    headers = {key.lower(): each for key, each in signed(b"{}", at=1000, secret="").items()}
    with pytest.raises(Unverified):
        verified(headers, b"{}", "", 1000)


# -- Slack's own samples


def samples() -> list[Path]:
    return sorted(SAMPLES.rglob("*.json"))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no ../shared/data/slack/java-slack-sdk")
async def test_slacks_own_samples_are_taken_and_worked_off_without_a_crash(door: Door) -> None:
    """Each is acknowledged; none of them decides anything, posts anything or leaves a job that fails."""
    for path in samples():
        raw = path.read_bytes()
        form = urlencode({"payload": raw.decode()}).encode()
        for body, kind in ((raw, JSON), (form, FORM)):
            status, _ = await door.post(body, {**signed(body), "Content-Type": kind})
            assert status == 200, f"{path.stem}: {status}"
        try:
            await door.place.turns(1)
        except Retry as away:
            pytest.fail(f"{path.stem}: {away}")
    assert not door.place.world.messages(ROOM)
    assert not [record for record in await door.place.bench.audit() if record.proposal]
