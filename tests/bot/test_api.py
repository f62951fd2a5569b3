"""The kill switch over HTTP: for whoever holds the token, in strict JSON, and for nobody else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from redis.asyncio import Redis

from bot.api import BODY_BYTES_MAX, Api
from bot.core.errors import Misconfigured
from bot.runtime.pending import Pending
from bot.runtime.redis_client import command_client
from bot.runtime.stops import KillSwitch, Names
from bot.settings import Environment, read_settings
from tests.bot.workbench import Workbench
from tests.making import finished, proposal, read

TOKEN = "t0ken-of-thirty-two-characters-ab"
KNOWN = Names(["jira", "servicenow"], ["triage"])
WHAT = proposal()


class Caller:
    """Somebody with or without the token."""

    def __init__(self, bench: Workbench, url: str) -> None:
        self.bench, self._url = bench, url

    async def call(
        self, method: str, path: str, body: object = None, *, auth: str | None = f"Bearer {TOKEN}"
    ) -> tuple[int, Any, Mapping[str, str]]:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = {} if auth is None else {"Authorization": auth}
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, f"{self._url}{path}", data=data, headers=headers) as answer,
        ):
            text = await answer.text()
            said = json.loads(text) if answer.content_type == "application/json" else text
            return answer.status, said, answer.headers

    async def post(self, path: str, body: object) -> tuple[int, Any]:
        status, said, _ = await self.call("POST", path, body)
        return status, said

    async def recorded(self, what: str) -> list[Any]:
        return [record for record in await self.bench.audit() if record.what == what]


def api_of(bench: Workbench, token: str = TOKEN) -> Api:
    waiting = Pending(bench.redis, bench.lanes, bench.journal, bench.clock)
    return Api(KillSwitch(bench.stops, waiting, bench.journal, bench.clock), SecretStr(token), KNOWN)


async def serve(api: Api, bench: Workbench) -> AsyncIterator[Caller]:
    app = web.Application()
    api.routes(app)
    async with TestServer(app) as server:
        yield Caller(bench, str(server.make_url("")).rstrip("/"))


@pytest.fixture
async def caller(redis: Redis, prefix: str) -> AsyncIterator[Caller]:
    bench = Workbench(redis, prefix)
    async for each in serve(api_of(bench), bench):
        yield each


async def test_a_stop_holds_is_listed_is_written_down_and_is_lifted_again(caller: Caller) -> None:
    assert await caller.post("/api/stop", {"connector": "jira", "why": "Jira is migrating"}) == (
        200,
        {"stopped": "connector:jira", "cancelled": 0},
    )
    assert await caller.bench.stops.why(connector="jira", skill="") == "Jira is migrating"
    _, listed, _ = await caller.call("GET", "/api/stops")
    assert listed == {
        "stops": [
            {
                "scope": "connector:jira",
                "why": "Jira is migrating",
                "by": "api",
                "at": caller.bench.clock.now().isoformat(),
            }
        ]
    }
    assert await caller.post("/api/resume", {"connector": "jira"}) == (
        200,
        {"resumed": "connector:jira", "was_stopped": True},
    )
    assert await caller.bench.stops.all() == {}
    (stopped,), (lifted,) = await caller.recorded("stop.set"), await caller.recorded("stop.lifted")
    assert (stopped.actor, stopped.because, stopped.details["scope"], stopped.ticket) == (
        "api",
        "Jira is migrating",
        "connector:jira",
        "",
    )
    assert (lifted.actor, lifted.details["scope"]) == ("api", "connector:jira")


async def test_lifting_what_was_not_stopped_says_so_and_writes_nothing_down(caller: Caller) -> None:
    assert await caller.post("/api/resume", {}) == (200, {"resumed": "*", "was_stopped": False})
    assert await caller.recorded("stop.lifted") == []


async def test_a_stop_leaves_what_waits_unless_it_is_told_to_call_it_off(caller: Caller) -> None:
    await caller.bench.happens(read(), finished(WHAT, findings=()))
    assert (await caller.post("/api/stop", {"why": "x"}))[1]["cancelled"] == 0
    assert (await caller.post("/api/stop", {"why": "x", "cancel": True}))[1] == {
        "stopped": "*",
        "cancelled": 1,
    }


async def test_what_is_stopped_can_be_lifted_though_no_configuration_names_it(caller: Caller) -> None:
    await caller.bench.stops.stop("connector:gone", "x")
    assert (await caller.post("/api/resume", {"connector": "gone"}))[1]["was_stopped"] is True


@pytest.mark.parametrize(
    "auth",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {TOKEN} {TOKEN}",
        "Bearer \u00e9",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/stop"), ("POST", "/api/resume"), ("GET", "/api/stops")]
)
async def test_without_the_token_nothing_happens_and_nothing_is_repeated(
    caller: Caller, auth: str | None, method: str, path: str
) -> None:
    await caller.bench.stops.stop("skill:triage", "there")
    status, said, headers = await caller.call(method, path, {"why": "SECRET-WORDS"}, auth=auth)
    assert status == 401
    assert headers["WWW-Authenticate"] == "Bearer"
    assert "SECRET" not in json.dumps(said)
    assert TOKEN not in json.dumps(said)
    assert await caller.bench.stops.all() == {"skill:triage": "there"}


async def test_the_word_bearer_may_be_written_in_any_case(caller: Caller) -> None:
    assert (await caller.call("GET", "/api/stops", auth=f"bearer  {TOKEN}"))[0] == 200


async def test_without_a_token_in_the_settings_there_is_no_api(redis: Redis, prefix: str) -> None:
    bench = Workbench(redis, prefix)
    async for caller in serve(api_of(bench, token=""), bench):
        for auth in ("Bearer ", "Bearer", None):
            for method, path in (("POST", "/api/stop"), ("POST", "/api/resume"), ("GET", "/api/stops")):
                assert (await caller.call(method, path, {"why": "x"}, auth=auth))[0] == 404
    assert await bench.stops.all() == {}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "send a JSON object"),
        (b"{", "send a JSON object"),
        (b"[]", "send a JSON object"),
        (b"\xff\xfe", "send a JSON object"),
        ({}, "why: Field required"),
        ({"why": 5}, "why: Input should be a valid string"),
        ({"why": None}, "why: Input should be a valid string"),
        ({"why": "  \u200b\n "}, "say why"),
        ({"why": "x", "cancel": "yes"}, "cancel: Input should be a valid boolean"),
        ({"why": "x", "cancel": 1}, "cancel: Input should be a valid boolean"),
        ({"why": "x", "conector": "jira"}, "there is a key that is not known"),
        ({"why": "x", "connector": "jura"}, "there is no connector 'jura'; known are jira, servicenow"),
        ({"why": "x", "skill": "tirage"}, "there is no skill 'tirage'; known are triage"),
        ({"why": "x", "connector": "jira", "skill": "triage"}, "a connector or a skill, not both"),
        ({"why": "x", "connector": "j" * 101}, "connector: String should have at most 100 characters"),
    ],
)
async def test_a_body_that_is_not_quite_right_stops_nothing_and_is_told_why(
    caller: Caller, body: object, says: str
) -> None:
    status, said = await caller.post("/api/stop", body)
    assert status == 400
    assert says in said["status"]
    assert await caller.bench.stops.all() == {}
    assert await caller.recorded("stop.set") == []


async def test_a_key_nobody_knows_is_not_repeated(caller: Caller) -> None:
    _, said = await caller.post("/api/stop", {"why": "x", "<script>": "y"})
    assert "script" not in json.dumps(said)


async def test_a_body_that_is_too_large_is_not_read_to_its_end(caller: Caller) -> None:
    fits = json.dumps({"why": "x"}).encode().ljust(BODY_BYTES_MAX)
    assert (await caller.post("/api/stop", fits))[0] == 200
    status, said = await caller.post("/api/stop", fits + b" ")
    assert (status, said["status"]) == (413, f"the body is larger than {BODY_BYTES_MAX} bytes")


async def test_a_reason_is_kept_to_one_line_that_fits_on_a_card(caller: Caller) -> None:
    await caller.post("/api/stop", {"why": "one\ntwo\u202e " + "x" * 400})
    why = await caller.bench.stops.why(connector="", skill="")
    assert why is not None
    assert why.startswith("one two x")
    assert len(why) == 300


async def test_while_redis_is_away_the_answer_is_to_come_back(prefix: str) -> None:
    away = command_client("redis://127.0.0.1:1/0")
    bench = Workbench(away, prefix)
    async for caller in serve(api_of(bench), bench):
        status, said, headers = await caller.call("POST", "/api/stop", {"why": "x"})
        assert (status, headers["Retry-After"]) == (503, "1")
        assert "127.0.0.1" not in json.dumps(said)
    await away.aclose()


def test_the_token_may_come_from_a_file_and_never_prints(tmp_path: Any) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    settings = read_settings(Environment({"COUNTERSIGN_API_TOKEN_FILE": str(file)}))
    assert settings.api_token.get_secret_value() == TOKEN
    assert TOKEN not in repr(settings)
    assert read_settings(Environment({})).api_token.get_secret_value() == ""


def test_a_token_that_could_be_guessed_is_refused_without_being_repeated() -> None:
    with pytest.raises(Misconfigured, match="openssl rand -hex 32") as refused:
        read_settings(Environment({"COUNTERSIGN_API_TOKEN": "hunter2"}))
    assert "hunter2" not in str(refused.value)
