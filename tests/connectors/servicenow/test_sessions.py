"""How the connector logs in, with which credentials, and what leaves with a request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from aiohttp import web

from bot.core.errors import Forbidden, Retry
from bot.ports import Connector
from sandbox.faults import Fault, FaultKind
from sandbox.servicenow import ServiceNowSandbox
from tests.connectors.servicenow.building import Desk, connect

WAYS_IN: dict[str, dict[str, str]] = {
    "password": {},
    "API key": {"api_key": "sandbox-key"},
    "OAuth": {"client_id": "sandbox-client", "client_secret": "sandbox-client-secret"},
}


@pytest.fixture(params=list(WAYS_IN.values()), ids=list(WAYS_IN))
async def each_way_in(vendor: ServiceNowSandbox, request: pytest.FixtureRequest) -> AsyncIterator[Connector]:
    connector = connect(vendor.url, **request.param)
    yield connector
    await connector.close()


async def test_we_learn_who_we_are_whichever_way_we_log_in(each_way_in: Connector) -> None:
    us = await each_way_in.whoami()
    assert (us.id, us.name.raw, us.is_us, us.is_person) == ("countersign.bot", "Countersign", True, False)


async def test_who_we_are_is_asked_once(desk: Desk) -> None:
    first, second = await desk.connector.whoami(), await desk.connector.whoami()
    assert first is second
    assert len(desk.vendor.exchanges) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"user": "countersign.bot", "password": "nope"},
        {"user": "ü", "password": "pässwörd 🔑"},
        {"api_key": "nope"},
        {"client_id": "sandbox-client", "client_secret": "nope"},
    ],
)
async def test_wrong_credentials_are_forbidden(vendor: ServiceNowSandbox, wrong: dict[str, str]) -> None:
    connector = connect(vendor.url, **wrong)
    with pytest.raises(Forbidden):
        await connector.whoami()
    await connector.close()


async def test_client_credentials_that_are_switched_off_name_the_property(vendor: ServiceNowSandbox) -> None:
    vendor.world.quirks.client_credentials = False
    connector = connect(vendor.url, **WAYS_IN["OAuth"])
    with pytest.raises(Forbidden, match=r"client\.credential\.grant_type\.enabled"):
        await connector.whoami()
    await connector.close()


async def test_an_instance_that_does_not_say_who_we_are_is_not_believed(vendor: ServiceNowSandbox) -> None:
    """A query it does not understand gives the whole of sys_user, the first row being anybody."""
    connector = connect(vendor.url, user="nobody.here", api_key="sandbox-key")
    with pytest.raises(Forbidden, match="SERVICENOW_USER"):
        await connector.whoami()
    await connector.close()


async def test_an_oauth_token_that_ended_is_fetched_anew(vendor: ServiceNowSandbox) -> None:
    connector = connect(vendor.url, **WAYS_IN["OAuth"])
    number = vendor.world.create_incident("VPN drops")
    ref = await connector.find(number)
    vendor.world.revoke_tokens()
    with pytest.raises(Retry, match="token"):
        await connector.read(ref)
    assert (await connector.read(ref)).ticket.key == number
    tokens = [x for x in vendor.exchanges if x.path == "/oauth_token.do"]
    assert len(tokens) == 2
    await connector.close()


async def test_one_token_serves_many_calls_and_goes_out_in_the_body(vendor: ServiceNowSandbox) -> None:
    connector = connect(vendor.url, **WAYS_IN["OAuth"])
    ref = await connector.find(vendor.world.create_incident("VPN drops"))
    for _ in range(5):
        await connector.read(ref)
    (token,) = [x for x in vendor.exchanges if x.path == "/oauth_token.do"]
    assert parse_qs(token.body.decode())["grant_type"] == ["client_credentials"]
    assert "authorization" not in token.headers
    await connector.close()


async def test_the_api_key_travels_in_its_header_and_nothing_else_does(vendor: ServiceNowSandbox) -> None:
    connector = connect(vendor.url, api_key="sandbox-key")
    await connector.whoami()
    (exchange,) = vendor.exchanges
    assert exchange.headers["x-sn-apikey"] == "sandbox-key"
    assert "authorization" not in exchange.headers
    await connector.close()


async def test_parameters_go_out_as_documented_and_never_leak_between_calls(desk: Desk) -> None:
    await desk.connector.find(desk.number)
    await desk.read()
    for exchange in desk.vendor.exchanges:
        asked = parse_qs(exchange.query, keep_blank_values=True)
        assert asked["sysparm_display_value"] == ["all"]
        assert asked["sysparm_exclude_reference_link"] == ["true"]
        assert "True" not in exchange.query
        assert "False" not in exchange.query
    record = next(x for x in desk.vendor.exchanges if desk.ref.id.partition(":")[2] in x.path)
    assert parse_qs(record.query, keep_blank_values=True)["sysparm_query"] == [""]


async def test_a_redirect_is_not_followed_with_our_key(vendor: ServiceNowSandbox) -> None:
    connector = connect(vendor.url.replace("127.0.0.1", "localhost"), api_key="sandbox-key")
    vendor.faults.error = lambda _: _redirect(vendor.url)
    vendor.faults.add(Fault(FaultKind.STATUS, status=302))
    with pytest.raises(Forbidden, match="login page"):
        await connector.whoami()
    assert len(vendor.exchanges) == 1
    await connector.close()


def _redirect(url: str) -> web.Response:
    return web.Response(status=302, headers={"Location": f"{url}/login.do"})


async def test_an_instance_that_is_not_there_is_a_retry() -> None:
    connector = connect("http://127.0.0.1:9")
    with pytest.raises(Retry, match="cannot be reached"):
        await connector.whoami()
    await connector.close()


async def test_a_netrc_file_does_not_add_a_login_of_its_own(
    vendor: ServiceNowSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for way in (WAYS_IN["API key"], WAYS_IN["OAuth"]):
        connector = connect(vendor.url, **way)
        await connector.whoami()
        await connector.close()
    sent = [exchange.headers.get("authorization", "") for exchange in vendor.exchanges]
    assert not [each for each in sent if each.startswith("Basic")]
