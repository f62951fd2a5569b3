"""What goes wrong between us and Jira, sorted by what to do about it; no request is ever sent twice."""

from __future__ import annotations

import asyncio
import base64
import logging
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import requests
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, NameResolutionError

from bot.core.errors import Ambiguous, BotError, Forbidden, Missing, Refused, Retry
from connectors.jira import client as client_module
from connectors.jira.client import Client, wait_s
from connectors.jira.settings import JiraSettings

TOKEN = "t0p-s3cret-token"
DATE = "Sat, 21 Nov 2026 10:00:00 GMT"

Answer = Callable[[], web.Response]


class Server:
    """Answers everything the same way and counts; what the library does with an answer is what is tested."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str, str]] = []
        self.answer: Answer = lambda: web.json_response({})
        self.delay_s = 0.0
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        body = (await request.read()).decode()
        self.seen.append((request.method, request.path, request.headers.get("Authorization", ""), body))
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        return self.answer()

    def answers(self, status: int, body: Any = None, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        text = body if isinstance(body, str) else None
        if text is not None:
            self.answer = lambda: web.Response(
                status=status, text=text, headers=named, content_type="text/html"
            )
        else:
            self.answer = lambda: web.json_response(body or {}, status=status, headers=named)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    one, app = Server(), web.Application()
    app.router.add_route("*", "/{path:.*}", one.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield one
    await runner.cleanup()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    one = open_client(server.url)
    yield one
    one.close()


def open_client(url: str, **way_in: str) -> Client:
    given = way_in or {"email": "bot@acme.example", "api_token": TOKEN}
    return Client("jira", JiraSettings.model_validate({"url": url, **given}))


async def failure(client: Client, method: str) -> BotError:
    with pytest.raises(BotError) as raised:
        await (client.get("/rest/x") if method == "GET" else client.write(method, "/rest/x", {"a": 1}))
    return raised.value


# --- who we are


async def test_cloud_gets_basic_credentials_and_data_center_a_bearer_token(server: Server) -> None:
    for way_in, header in (
        (
            {"email": "bot@acme.example", "api_token": TOKEN},
            base64.b64encode(f"bot@acme.example:{TOKEN}".encode()),
        ),
        ({"pat": TOKEN}, TOKEN.encode()),
    ):
        one = open_client(server.url, **way_in)
        await one.get("/rest/x")
        one.close()
        assert server.seen[-1][2].split(" ")[1].encode() == header


async def test_opening_asks_the_server_nothing_and_a_context_path_is_kept(server: Server) -> None:
    one = open_client(f"{server.url}/jira/")
    assert server.seen == []
    await one.get("/rest/api/2/myself")
    one.close()
    assert [path for _, path, _, _ in server.seen] == ["/jira/rest/api/2/myself"]


# --- statuses


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused), (405, Refused), (409, Refused), (413, Refused), (422, Refused), (401, Forbidden),
        (403, Forbidden), (404, Missing), (410, Missing), (425, Retry), (429, Retry), (408, Ambiguous),
        (500, Ambiguous), (502, Ambiguous), (503, Ambiguous), (504, Ambiguous),
    ],
)  # fmt: skip
async def test_a_write_is_sent_once_and_its_answer_sorted(
    server: Server, client: Client, method: str, status: int, error: type[BotError]
) -> None:
    server.answers(status, {"errorMessages": ["no"]})
    assert type(await failure(client, method)) is error
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Refused), (401, Forbidden), (403, Forbidden), (404, Missing), (410, Missing), (429, Retry),
     (408, Retry), (500, Retry), (502, Retry), (503, Retry), (504, Retry)],
)  # fmt: skip
async def test_a_read_is_sent_once_and_its_answer_sorted(
    server: Server, client: Client, status: int, error: type[BotError]
) -> None:
    server.answers(status, {"errorMessages": ["no"]})
    assert type(await failure(client, "GET")) is error
    assert len(server.seen) == 1


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed_but_taken_for_the_login_page(
    server: Server, client: Client, method: str, status: int
) -> None:
    """The library would turn the POST into a GET of the login page, and take its 200 for a yes."""
    server.answers(status, "", Location=f"{server.url}/login.jsp")
    error = await failure(client, method)
    assert isinstance(error, Forbidden)
    assert "login" in str(error)
    assert [path for _, path, _, _ in server.seen] == ["/rest/x"]


@pytest.mark.parametrize("body", ["<html>We'll be right back</html>", "{", '"'])
async def test_a_page_instead_of_json_is_no_yes(server: Server, client: Client, body: str) -> None:
    server.answers(200, body)
    assert isinstance(await failure(client, "POST"), Ambiguous)
    assert isinstance(await failure(client, "GET"), Retry)


async def test_no_content_is_a_yes(server: Server, client: Client) -> None:
    server.answer = lambda: web.Response(status=204)
    answer = await client.write("PUT", "/rest/x", {"a": "é🎉\ud800"})
    assert (answer.status, answer.body) == (204, None)


# --- words


async def test_the_fields_jira_complains_about_are_kept(server: Server, client: Client) -> None:
    server.answers(
        400,
        {
            "errorMessages": ["Not today."],
            "errors": {"resolution": "Resolution is required.", "x": "no\n\u202euser"},
        },
    )
    error = await failure(client, "POST")
    assert isinstance(error, Refused)
    assert error.fields == {"resolution": "Resolution is required.", "x": "no user"}
    assert (
        str(error) == "jira: Jira answered 400: Not today.; resolution: Resolution is required.; x: no user"
    )


@pytest.mark.parametrize(
    "body",
    [
        {"errorMessage": "The comment is too long.", "i18nErrorMessage": {}},
        {"message": "The comment is too long."},
    ],
)
async def test_the_service_desks_and_the_old_words_are_read_too(
    server: Server, client: Client, body: dict[str, Any]
) -> None:
    server.answers(400, body)
    assert "The comment is too long." in str(await failure(client, "POST"))


@pytest.mark.parametrize(
    "body",
    ["<html>nope</html>", "[]", "7", "null", '{"errorMessages": 7, "errors": [1]}', '{"errors": null}'],
)
async def test_a_refusal_in_no_known_shape_is_still_one(server: Server, client: Client, body: str) -> None:
    server.answers(400, body)
    assert isinstance(await failure(client, "POST"), Refused)


async def test_a_refusal_of_a_megabyte_is_cut(server: Server, client: Client) -> None:
    server.answers(400, {"errorMessages": ["x" * 1_000_000]})
    assert len(str(await failure(client, "POST"))) < 600


# --- waiting


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0), ("1.5", 1.5), ("0", 0.0), ("-3", 0.0), ("999999", 3600.0), ("inf", 3600.0), ("nan", 42.0),
        ("", 42.0), ("soon", 42.0), ("1e400", 3600.0), ("Sat, 21 Nov 2026 10:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 09:00:00 GMT", 0.0), ("Sat, 99 Nov 2026 09:00:00 GMT", 42.0),
    ],
)  # fmt: skip
def test_retry_after_is_read_in_every_form(header: str, seconds: float) -> None:
    assert wait_s({"Retry-After": header, "Date": DATE}, 42.0) == pytest.approx(seconds)


def test_a_date_without_the_servers_own_clock_says_nothing() -> None:
    assert wait_s({"Retry-After": DATE}, 42.0) == pytest.approx(42.0)


@given(st.text(max_size=40))
def test_no_retry_after_breaks_us(header: str) -> None:
    assert 0 <= wait_s({"Retry-After": header, "Date": DATE}, 42.0) <= 3600


@pytest.mark.parametrize("header", ["Sat, 21 Nov 2026 10:00:00 GMT", "1.5", "7"])
async def test_the_librarys_own_crash_on_retry_after_is_not_ours(
    server: Server, client: Client, header: str
) -> None:
    server.answers(429, {}, Retry_After=header)
    error = await failure(client, "POST")
    assert isinstance(error, Retry)
    assert len(server.seen) == 1


# --- connections


async def test_a_refused_connection_means_that_nothing_was_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    one = open_client(url)
    assert isinstance(await failure(one, "POST"), Retry)
    assert isinstance(await failure(one, "GET"), Retry)
    one.close()


async def test_a_connection_that_never_comes_about_means_that_nothing_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "CONNECT_S", 0.05)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(8)]
        for each in waiting:
            each.settimeout(0)
            each.connect_ex(address)
        one = open_client(f"http://127.0.0.1:{address[1]}")
        assert isinstance(await failure(one, "POST"), Retry)
        one.close()
        for each in waiting:
            each.close()


def test_a_name_that_does_not_resolve_and_a_wrong_certificate_mean_that_nothing_was_sent() -> None:
    """Built as ``requests`` builds them: no test may ask a name server."""
    pool = HTTPConnectionPool("jira.invalid")
    unresolved = NameResolutionError("jira.invalid", pool, socket.gaierror())  # type: ignore[arg-type]  # it only prints it
    for error in (
        requests.ConnectionError(MaxRetryError(pool, "/", unresolved)),
        requests.exceptions.SSLError(
            "[SSL: CERTIFICATE_VERIFY_FAILED] unable to get local issuer certificate"
        ),
    ):
        assert isinstance(client_module.translated(error, "jira", "POST"), Retry)
    pool.close()


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError("Connection aborted."),
        requests.ReadTimeout(),
        requests.exceptions.ChunkedEncodingError(),
        requests.exceptions.ContentDecodingError(),
        requests.exceptions.SSLError("EOF occurred in violation of protocol"),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_broke_after_a_connection_was_made_is_unknown_for_writes(error: Exception) -> None:
    assert isinstance(client_module.translated(error, "jira", "PUT"), Ambiguous)
    assert isinstance(client_module.translated(error, "jira", "GET"), Retry)


async def test_a_late_answer_is_unknown_and_not_sent_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "READ_S", 0.05)
    server.delay_s = 0.3
    one = open_client(server.url)
    assert isinstance(await failure(one, "POST"), Ambiguous)
    assert isinstance(await failure(one, "GET"), Retry)
    await asyncio.sleep(0.4)
    one.close()
    assert [method for method, _, _, _ in server.seen] == ["POST", "GET"]


async def test_a_call_that_outlives_its_time_in_the_thread_is_unknown(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "CALL_S", 0.05)
    server.delay_s = 0.3
    one = open_client(server.url)
    assert isinstance(await failure(one, "POST"), Ambiguous)
    await asyncio.sleep(0.3)
    one.close()


async def test_a_waiting_call_does_not_hold_up_the_loop(server: Server, client: Client) -> None:
    server.delay_s = 0.1
    call = asyncio.create_task(client.get("/rest/x"))
    turns = 0
    while not call.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert turns > 5


# --- secrets


async def test_no_log_at_any_level_holds_the_token_or_a_body(
    server: Server, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers(503, {"errorMessages": ["words of the vendor"]}, Retry_After="1")
    with pytest.raises(Ambiguous) as raised:
        await client.write("POST", "/rest/x", {"body": "words of the ticket"})
    credentials = base64.b64encode(f"bot@acme.example:{TOKEN}".encode()).decode()
    written = caplog.text + str(raised.value) + repr(raised.value)
    for secret in (TOKEN, credentials, "words of the ticket", "words of the vendor"):
        assert secret not in written
    assert not logging.getLogger("jira").isEnabledFor(logging.INFO)
