"""The page's routes: strict headers, no other site, errors in words, and a stream that ends."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from redis.asyncio import Redis

from bot.core.audit import Record
from bot.core.codec import encode
from sandbox.demo.bell import Bell
from sandbox.demo.chat import Chat
from sandbox.demo.estate import hire_director
from sandbox.demo.feed import Feed, last_seen
from sandbox.demo.jira_desk import JiraDesk
from sandbox.demo.routes import FILES, Page
from sandbox.demo.telling import Names, Teller
from sandbox.jira import JiraSandbox
from sandbox.slack import SlackSandbox
from tests.sandbox.demo.test_telling import AT

RECORDS = [encode(Record(at=AT, what="ticket.touched", ticket=f"jira:{n}", actor="jira")) for n in range(3)]


LEAVERS = 20


class Site:
    """The page over a Jira and a Slack, without a bot."""

    def __init__(self) -> None:
        self.jira, self.bell = JiraSandbox(), Bell()
        self.desk = JiraDesk(self.jira.world)
        self.desk.on_change(self.bell.tickets)
        self.feed = Feed(Teller(Names(lambda _system, ident: ident, lambda user: user)), self.bell)
        slack = SlackSandbox()
        hire_director(slack)
        self.page = Page({"jira": self.desk}, Chat(slack), self.feed, self.bell)
        self.app = web.Application()
        self.page.install(self.app)
        self.runner = web.AppRunner(self.app, shutdown_timeout=5)
        self.url = ""

    async def start(self) -> None:
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        host, port = self.runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    await made.start()
    yield made
    await made.runner.cleanup()


@pytest.fixture
async def http(site: Site) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(site.url) as session:
        yield session


@pytest.mark.parametrize("name", sorted(FILES))
async def test_every_file_is_served_under_the_strict_policy(http: aiohttp.ClientSession, name: str) -> None:
    async with http.get(f"/demo/page/{name}") as answer:
        text = await answer.text()
        assert answer.status == 200
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "http://" not in text.replace("http://www.w3.org/", "").replace("http:\\/\\/127", "")
    assert "innerHTML" not in text
    assert "style=" not in text
    assert "onclick=" not in text


async def test_nothing_outside_the_folder_is_served(http: aiohttp.ClientSession) -> None:
    for path in ("/demo/page/..%2Froutes.py", "/demo/page/%2e%2e/routes.py", "/demo/page/nothing.js"):
        async with http.get(path) as answer:
            assert answer.status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Content-Type": "application/json"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Content-Type": "application/json"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
async def test_another_site_cannot_act_here(
    http: aiohttp.ClientSession, site: Site, headers: dict[str, str], status: int
) -> None:
    body = json.dumps({"system": "jira", "sample": "outage"})
    async with http.post("/demo/ticket", data=body, headers=headers) as answer:
        assert answer.status == status
    assert site.desk.rows() == []


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("ticket", {"system": "jira", "summary": "  "}, "Write a summary"),
        ("ticket", {"system": "jira", "summary": "x" * 161}, "at most 160"),
        ("ticket", {"system": "zendesk", "summary": "x"}, "zendesk"),
        ("ticket", {}, "no ticket"),
        ("ticket", {"system": "jira", "sample": "moon landing"}, "moon landing"),
        ("comment", {"id": "jira:OPS-1", "person": "alice", "text": " "}, "Write something"),
        ("comment", {"id": "jira:OPS-9", "person": "alice", "text": "x"}, "OPS-9"),
        ("comment", {"id": "jira:OPS-1", "person": "mallory", "text": "x"}, "mallory"),
        ("edit", {"id": "jira:OPS-1", "person": "alice", "name": "priority", "value": "Huge"}, "Huge"),
        ("edit", {"id": "jira:OPS-1", "person": "alice", "name": "priority"}, "value"),
        ("click", {"as": "U0ALICE", "channel": "C0APPROVALS", "ts": "1.0", "action_id": "x"}, "no message"),
        ("modal/submit", {"as": "U0ALICE", "view": "V1"}, "no open view"),
    ],
)
async def test_what_cannot_be_done_is_refused_in_words(
    http: aiohttp.ClientSession, site: Site, path: str, body: object, words: str
) -> None:
    site.desk.create("Printer jams", "Again.")
    async with http.post(f"/demo/{path}", json=body) as answer:
        told = await answer.json()
    assert answer.status == 400
    assert words in told["error"]
    assert "Traceback" not in told["error"]


@pytest.mark.parametrize("raw", ["", "[]", "{", "7", '"text"'])
async def test_a_body_that_is_no_object_is_refused(http: aiohttp.ClientSession, raw: str) -> None:
    headers = {"Content-Type": "application/json"}
    async with http.post("/demo/ticket", data=raw, headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"]


async def test_a_requester_writes_no_internal_note_whatever_the_page_sends(
    http: aiohttp.ClientSession, site: Site
) -> None:
    key = site.desk.create("Printer jams", "Again.")
    body = {"id": f"jira:{key}", "person": "dan", "text": "secret?", "internal": True}
    async with http.post("/demo/comment", json=body) as answer:
        assert answer.status == 200
    assert [entry["internal"] for entry in site.desk.opened(key)["entries"]] == [False]


async def events(answer: aiohttp.ClientResponse) -> AsyncIterator[dict[str, object]]:
    async for line in answer.content:
        if line.startswith(b"data: "):
            yield json.loads(line[6:])


async def test_the_stream_tells_of_a_change_at_once(http: aiohttp.ClientSession, site: Site) -> None:
    async with http.get("/demo/stream") as answer:
        stream = events(answer)
        first = await anext(stream)
        site.desk.create("Printer jams", "Again.")
        async with asyncio.timeout(2):
            second = await anext(stream)
    assert first["tickets"] == 0
    assert second["tickets"] == 1
    assert first["boot"] == second["boot"]


async def test_a_page_that_leaves_before_its_stream_began_is_no_error(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    host, port = site.runner.addresses[0][:2]
    for _ in range(LEAVERS):
        # Blocking on purpose: the server finds the request and the goodbye in the same moment.
        with socket.create_connection((host, port)) as leaver:
            leaver.sendall(b"GET /demo/stream HTTP/1.1\r\nHost: here\r\n\r\n")
    before = site.bell.counters.tickets
    async with aiohttp.ClientSession(site.url) as http, http.get("/demo/stream") as answer:
        assert (await anext(events(answer)))["tickets"] == before
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_the_stream_ends_with_the_server_and_holds_nothing_up(site: Site) -> None:
    async with aiohttp.ClientSession(site.url) as http, http.get("/demo/stream") as answer:
        stream = events(answer)
        await anext(stream)
        async with asyncio.timeout(2):
            await site.runner.cleanup()


async def test_a_page_that_comes_back_is_given_only_what_it_missed(
    http: aiohttp.ClientSession, site: Site, redis: Redis, prefix: str
) -> None:
    for record in RECORDS:
        await redis.xadd(f"{prefix}:audit", {"r": record})
    following = asyncio.create_task(site.feed.follow(redis, prefix))
    async with asyncio.timeout(5):
        while len(site.feed.lines) < 3:
            await site.bell.wait(0.05)
    idents = [line["id"] for line in site.feed.lines]
    async with http.get("/demo/stream", headers={"Last-Event-ID": idents[1]}) as answer:
        lines: Any = (await anext(events(answer)))["lines"]
    following.cancel()
    assert [line["id"] for line in lines] == idents[2:]
    assert [line["id"] for line in site.feed.after("")] == idents


@pytest.mark.parametrize("header", ["soon", "1", "-", "1-2-3", "9" * 40 + "-0"])
def test_an_event_id_that_is_none_counts_as_a_new_page(header: str) -> None:
    assert last_seen(header) == ""


async def test_time_cannot_be_pushed_before_the_bot_runs_and_is_told_once_it_is(
    http: aiohttp.ClientSession, site: Site
) -> None:
    async with http.post("/demo/later", json={"seconds": 1800}) as answer:
        assert answer.status == 400
        assert "still starting" in (await answer.json())["error"]
    pushed: list[float] = []

    async def push(seconds: float) -> None:
        pushed.append(seconds)
        site.bell.time()

    site.page.push, site.page.ahead_s = push, lambda: sum(pushed)
    async with http.get("/demo/stream") as stream:
        told = events(stream)
        assert (await anext(told))["ahead_s"] == 0
        async with http.post("/demo/later", json={"seconds": 1800}) as answer:
            assert answer.status == 200
        async with asyncio.timeout(2):
            assert (await anext(told))["ahead_s"] == 1800


@pytest.mark.parametrize("body", [{}, {"seconds": "soon"}, {"seconds": None}])
async def test_a_push_of_no_length_is_refused(http: aiohttp.ClientSession, body: dict[str, object]) -> None:
    async with http.post("/demo/later", json=body) as answer:
        assert answer.status == 400


async def test_the_past_is_a_file_for_each_desk_and_nothing_else_is(http: aiohttp.ClientSession) -> None:
    for name, column in (("jira", "components"), ("servicenow", "assignment_group")):
        async with http.get(f"/demo/past/{name}.csv") as answer:
            assert answer.content_type == "text/csv"
            header, first, *_ = (await answer.text()).splitlines()
        assert column in header.split(",")
        assert first.startswith(("OPS-1,", "INC0000001,"))
    for name in ("slack", "..", "jira.csv"):
        async with http.get(f"/demo/past/{name}.csv") as answer:
            assert answer.status == 404


async def test_a_ready_made_ticket_that_has_a_second_telling_is_told_in_turn(
    http: aiohttp.ClientSession, site: Site
) -> None:
    told: list[str] = []
    for _ in range(3):
        async with http.post("/demo/ticket", json={"system": "jira", "sample": "screens"}) as answer:
            key = (await answer.json())["id"].partition(":")[2]
        told.append(site.desk.opened(key)["row"]["summary"])
    assert told[0] == told[2] != told[1]
    async with http.post("/demo/ticket", json={"system": "jira", "sample": "printer"}) as answer:
        assert answer.status == 200
