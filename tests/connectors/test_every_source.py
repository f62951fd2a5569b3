"""What every source of context must do, whoever wrote it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web
from pydantic import ValidationError

import connectors
from bot import registry
from bot.core.errors import BotError, Forbidden, Missing, Refused, Reject, Retry
from bot.core.passages import Passage
from bot.core.untrusted import Untrusted
from bot.kinds import Kind
from bot.sources import Source
from connectors import _reading
from connectors.servicenow.sources import asking
from sandbox.faults import Fault, FaultKind
from tests.connectors.source_conformance import KINDS, Asked, SourceCase, every_source, unbounded

EVERY = every_source()
PASSAGES_MAX = 40
CHARS_MAX = {"title": 200, "text": 8_000}
BYTES_MAX = 8 * 1024 * 1024
EVIL = "https://evil.example"
JUNK = (
    "null", "7", '"x"', "[]", "{}", "[[]]", '{"result": null}', '{"result": 7}', '{"result": [7, null, {}]}',
    '{"result": {"articles": [null, {"number": 7}], "number": [], "content": {}}}',
    '{"status": "success", "data": null}',
    '{"status": "success", "data": [null, {}, 7]}',
    '{"status": "success", "data": {"result": [null, {"values": [[]]}, {"value": [1]}]}}',
    '{"status": "success", "data": {"alerts": [7, {"state": []}, {"state": "firing", "labels": 7}]}}',
    '{"hits": 7}',
    '{"hits": {"hits": [null, {"_source": 7}], "total": {"value": "x"}}}',
    '{"hits": {"total": {"value": 3}}, "aggregations": {"over time": {"buckets": [7, {"doc_count": {}}]}}}',
    '{"results": [null, {"content": 7}, {"content": {"id": [], "type": "page"}}]}',
    "NaN", "{",
)  # fmt: skip

one_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
each_case = pytest.mark.parametrize("case", EVERY.values(), ids=EVERY)


@pytest.fixture(params=list(EVERY.values()), ids=list(EVERY))
async def asked(request: pytest.FixtureRequest) -> AsyncIterator[Asked]:
    case: SourceCase = request.param
    async with case.running() as alive:
        yield alive


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncGenerator[str]:
    """Run a server that answers everything in one way; its address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def every_answer(case: SourceCase, url: str) -> list[list[Passage] | BotError]:
    """Ask everything at ``url``; what came back, or was raised."""
    source, found = case.at(url), list[list[Passage] | BotError]()
    for name, question in case.questions.items():
        try:
            arguments = source.lookups[name].arguments.model_validate(question)
            found.append(list(await source.look(name, arguments)))
        except BotError as error:
            found.append(error)
    await source.close()
    return found


# --- the folder and what it offers


@one_kind
def test_a_source_is_named_for_its_folder_and_its_variables_for_it(kind: Kind[Source]) -> None:
    assert KINDS[kind.kind] is kind
    assert set(kind.environment) <= set(kind.settings.model_fields)
    assert all(variable.startswith(f"{kind.kind.upper()}_") for variable in kind.environment.values())


def test_a_folder_is_a_source_or_a_connector_and_each_is_looked_for_among_its_own() -> None:
    both = set(registry.discover(connectors, "CONNECTOR")) & set(KINDS)
    assert not both
    assert {"jira", "servicenow"} <= set(registry.discover(connectors, "WEBHOOK"))


async def test_lookups_are_named_described_and_take_bounded_arguments(asked: Asked) -> None:
    assert asked.source.lookups.keys() == asked.questions.keys()
    assert re.fullmatch(r"[a-z][a-z0-9_-]{0,31}", asked.source.name)
    for name, lookup in asked.source.lookups.items():
        assert name == lookup.name
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", name)
        assert len(f"{asked.source.name}_{name}") <= 64, "a tool's name has no more"
        assert lookup.about.endswith(".")
        assert len(lookup.about) <= 300
        with pytest.raises(ValidationError):
            lookup.arguments.model_validate({**asked.questions[name], "url": EVIL})
        assert not list(unbounded(lookup.arguments.model_json_schema())), name


# --- answers


async def test_every_lookup_finds_something_within_bounds_and_leads_nowhere_else(asked: Asked) -> None:
    for name in asked.source.lookups:
        found = await asked.look(name)
        assert 0 < len(found) <= PASSAGES_MAX, name
        for passage in found:
            assert isinstance(passage.title, Untrusted)
            assert isinstance(passage.text, Untrusted)
            assert passage.title
            assert len(passage.title.raw) <= CHARS_MAX["title"]
            assert len(passage.text.raw) <= CHARS_MAX["text"]
            assert passage.url == "" or passage.url.startswith(f"{asked.base}/")
            assert passage.at is None or passage.at.tzinfo is not None


async def test_nothing_is_sent_but_reads(asked: Asked) -> None:
    for name in asked.source.lookups:
        await asked.look(name)
    sent = {(each.method, each.path.endswith("/_search")) for each in asked.vendor.exchanges}
    assert sent <= {("GET", False), ("POST", True)}


async def test_questions_at_once_all_come_back(asked: Asked) -> None:
    name = next(iter(asked.source.lookups))
    found = await asyncio.gather(*(asked.look(name) for _ in range(12)))
    assert all(found)


# --- what goes wrong


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(FaultKind.STATUS, status=400), Reject),
        (Fault(FaultKind.STATUS, status=401), Forbidden),
        (Fault(FaultKind.STATUS, status=403), Forbidden),
        (Fault(FaultKind.STATUS, status=404), Missing),
        (Fault(FaultKind.STATUS, status=429, retry_after="7"), Retry),
        (Fault(FaultKind.STATUS, status=500), Retry),
        (Fault(FaultKind.STATUS, status=503, retry_after="7"), Retry),
        (Fault(FaultKind.HTML), Retry),
        (Fault(FaultKind.RESET), Retry),
    ],
    ids=["400", "401", "403", "404", "429", "500", "503", "a page", "reset"],
)
async def test_what_goes_wrong_says_what_to_do_and_is_not_tried_again(
    asked: Asked, fault: Fault, error: type[BotError]
) -> None:
    asked.vendor.faults.add(replace(fault, times=-1))
    for name in asked.source.lookups:
        before = len(asked.vendor.exchanges)
        with pytest.raises(error) as raised:
            await asked.look(name)
        # On a kept connection that broke, the library may ask a second time: it only reads.
        assert len(asked.vendor.exchanges) - before <= (2 if fault.kind is FaultKind.RESET else 1)
        if fault.retry_after:
            assert isinstance(raised.value, Retry)
            assert raised.value.after_s == 7
    asked.vendor.faults.clear()


@each_case
async def test_a_redirect_is_not_followed_so_that_no_token_travels(case: SourceCase) -> None:
    reached: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.json_response({})

    async with answering(elsewhere) as there:

        async def away(_request: web.Request) -> web.Response:
            return web.Response(status=302, headers={"Location": f"{there}/login"})

        async with answering(away) as url:
            found = await every_answer(case, url)
    assert all(isinstance(each, Forbidden) for each in found)
    assert reached == []


@each_case
async def test_an_endless_answer_is_read_up_to_a_bound(case: SourceCase) -> None:
    sent: list[int] = []

    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        sent.append(0)
        while sent[-1] < 3 * BYTES_MAX:
            await answer.write(b" " * 262_144)
            sent[-1] += 262_144
        return answer

    async with answering(endless) as url:
        source = case.at(url)
        name, question = next(iter(case.questions.items()))
        with pytest.raises(Refused, match="ask for less"):
            await source.look(name, source.lookups[name].arguments.model_validate(question))
        await source.close()
    assert sent[-1] < 2 * BYTES_MAX


@each_case
async def test_an_answer_that_does_not_come_is_given_up(
    case: SourceCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_reading, "CALL_S", 0.05)
    monkeypatch.setattr(asking, "CALL_S", 0.05)
    over = asyncio.Event()

    async def late(_request: web.Request) -> web.Response:
        await over.wait()
        return web.json_response({})

    async with answering(late) as url:
        source = case.at(url)
        name, question = next(iter(case.questions.items()))
        with pytest.raises(Retry):
            await source.look(name, source.lookups[name].arguments.model_validate(question))
        over.set()
        await source.close()


@each_case
async def test_a_refused_connection_is_a_retry_and_so_is_one_that_was_closed(case: SourceCase) -> None:
    assert all(isinstance(each, Retry) for each in await every_answer(case, "http://127.0.0.1:1"))
    source = case.at("http://127.0.0.1:1")
    await source.close()
    await source.close()
    name, question = next(iter(case.questions.items()))
    with pytest.raises(Retry):
        await source.look(name, source.lookups[name].arguments.model_validate(question))


@each_case
async def test_an_answer_of_any_shape_is_no_crash_and_no_invention(case: SourceCase) -> None:
    shapes = list(JUNK)

    async def odd(_request: web.Request) -> web.Response:
        return web.Response(text=shapes[0], content_type="application/json")

    async with answering(odd) as url:
        while shapes:
            for found in await every_answer(case, url):
                assert isinstance(found, BotError) or not any(passage.key for passage in found)
                assert shapes[0] not in {"{}", "[]", "null"} or isinstance(found, BotError)
            shapes.pop(0)


@each_case
async def test_a_deeply_nested_answer_is_no_crash(case: SourceCase) -> None:
    async def nested(_request: web.Request) -> web.Response:
        return web.Response(text="[" * 100_000, content_type="application/json")

    async with answering(nested) as url:
        assert all(isinstance(each, Retry) for each in await every_answer(case, url))


@each_case
@pytest.mark.parametrize("status", [200, 400])
async def test_errors_within_errors_are_no_crash(case: SourceCase, status: int) -> None:
    async def nested(_request: web.Request) -> web.Response:
        text = '{"error":' * 900 + "{}" + "}" * 900
        return web.Response(text=text, status=status, content_type="application/json")

    async with answering(nested) as url:
        assert all(isinstance(each, BotError) for each in await every_answer(case, url))


@each_case
@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000 + b"\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"",
    ],
    ids=[
        "no http",
        "an endless header",
        "cut short",
        "packed wrongly",
        "chunked wrongly",
        "silence",
    ],
)
async def test_a_server_that_answers_nonsense_is_a_retry(case: SourceCase, said: bytes) -> None:
    async def nonsense(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    found = await every_answer(case, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    server.close()
    assert [type(each) for each in found] == [Retry] * len(found)


@each_case
@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
async def test_no_error_shows_a_secret_even_where_the_server_repeats_it(
    case: SourceCase, status: int
) -> None:
    async def repeating(request: web.Request) -> web.Response:
        said = " ".join(f"{name}: {value}" for name, value in request.headers.items())
        return web.json_response({"error": {"message": said, "reason": said}, "message": said}, status=status)

    async with answering(repeating) as url:
        found = await every_answer(case, url)
    for error in found:
        assert isinstance(error, BotError)
        assert case.secret not in f"{error} {error!r} {error.__cause__!r}"


# --- settings


@one_kind
@pytest.mark.parametrize(
    "url",
    [
        "http://metrics.example.com", "metrics.example.com", "ftp://example.com", "https://a:b@example.com",
        "https://example.com/?x=1", "https://example.com/#x", "https://example.com/../x", "https://[::1",
        "http://127.0.0.1.evil.example", "https://example.com:0", "", "https://example.com/a b",
    ],
)  # fmt: skip
def test_an_address_that_could_leak_or_lead_elsewhere_is_refused(kind: Kind[Source], url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        kind.settings.model_validate({"url": url})
    assert any(problem["loc"] == ("url",) for problem in refused.value.errors())


@one_kind
def test_no_secret_shows_in_settings_or_in_what_is_said_about_them(kind: Kind[Source]) -> None:
    secret = "hunter2-do-not-print"
    given = {name: secret for name in kind.environment if name != "url"}
    with pytest.raises(ValidationError) as refused:
        kind.settings.model_validate({**given, "url": "https://example.com", "nonsense": secret})
    assert secret not in str(refused.value)
    with pytest.raises(ValidationError) as refused:
        kind.settings.model_validate({**given, "url": "https://example.com", "index": "logs-*"} | {
            name: f"{secret}\nX-Evil: 1" for name in given if name not in {"index", "url"}
        })  # fmt: skip
    assert secret not in str(refused.value)
