"""Every way the fake Messages API can refuse, as the real SDK reports it, and what the SDK does by itself."""

from typing import Any, cast

import aiohttp
import anthropic
import pytest
from anthropic import AsyncAnthropic

from sandbox.anthropic import Answer, AnthropicSandbox, Failure
from sandbox.faults import Fault, FaultKind

MODEL = "claude-sonnet-5-5"
BODY: dict[str, Any] = {"model": MODEL, "max_tokens": 50, "messages": [{"role": "user", "content": "hello"}]}


async def ask(client: AsyncAnthropic, **changes: Any) -> Any:
    said: dict[str, Any] = {**BODY, **changes}
    return cast("Any", await client.messages.create(**said))


@pytest.mark.parametrize(
    ("status", "kind", "raised"),
    [
        (400, "invalid_request_error", anthropic.BadRequestError),
        (401, "authentication_error", anthropic.AuthenticationError),
        (403, "permission_error", anthropic.PermissionDeniedError),
        (404, "not_found_error", anthropic.NotFoundError),
        (413, "request_too_large", anthropic.RequestTooLargeError),
        (429, "rate_limit_error", anthropic.RateLimitError),
        (500, "api_error", anthropic.InternalServerError),
        (529, "overloaded_error", anthropic.OverloadedError),
    ],
)
@pytest.mark.parametrize("how", ["script", "fault"])
async def test_each_status_has_its_error_type(
    vendor: AnthropicSandbox,
    client: AsyncAnthropic,
    how: str,
    status: int,
    kind: str,
    raised: type[anthropic.APIStatusError],
) -> None:
    if how == "script":
        vendor.world.script(Failure(status))
    else:
        vendor.faults.add(Fault(FaultKind.STATUS, status=status))

    with pytest.raises(raised) as caught:
        await ask(client)

    body: Any = caught.value.body
    assert caught.value.status_code == status
    assert body["type"] == "error"
    assert body["error"]["type"] == kind
    assert caught.value.request_id


async def test_a_wrong_key_is_told_so_and_reaches_no_model(vendor: AnthropicSandbox) -> None:
    async with AsyncAnthropic(base_url=vendor.url, api_key="sk-ant-wrong", max_retries=0) as stranger:
        with pytest.raises(anthropic.AuthenticationError, match="Invalid bearer token"):
            await ask(stranger)

    assert vendor.world.calls == []


@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        ({}, 401, "x-api-key header is required"),
        ({"x-api-key": "sk-ant-wrong"}, 401, "invalid x-api-key"),
        ({"x-api-key": "sk-ant-sandbox"}, 400, "anthropic-version: header is required"),
        ({"x-api-key": "sk-ant-sandbox", "anthropic-version": "2023-06-01"}, 200, ""),
    ],
)
async def test_the_documented_headers_are_checked_one_by_one(
    vendor: AnthropicSandbox, headers: dict[str, str], status: int, words: str
) -> None:
    async with (
        aiohttp.ClientSession(vendor.url) as http,
        http.post("/v1/messages", json=BODY, headers=headers) as answer,
    ):
        assert answer.status == status
        assert words in (await answer.json()).get("error", {}).get("message", "")


@pytest.mark.parametrize(
    ("changes", "words"),
    list[tuple[dict[str, Any], str]](
        [
            ({"messages": []}, "at least one message is required"),
            ({"max_tokens": 0}, "max_tokens"),
            ({"extra_body": {"colour": "red"}}, "Extra inputs are not permitted"),
            ({"messages": [{"role": "system", "content": "x"}]}, "Input should be 'user' or 'assistant'"),
            (
                {"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]},
                "must be non-empty",
            ),
            ({"messages": [{"role": "user", "content": "word " * 200_000}]}, "prompt is too long"),
            (
                {"tools": [{"name": "a", "input_schema": {}}], "tool_choice": {"type": "tool", "name": "b"}},
                "'b' not found",
            ),
            (
                {
                    "tools": [{"name": "a", "input_schema": {}}],
                    "tool_choice": {"type": "tool", "name": "a"},
                    "thinking": {"type": "adaptive"},
                },
                "Thinking may not be enabled",
            ),
        ]
    ),
)
async def test_a_malformed_request_is_refused_with_the_reason(
    vendor: AnthropicSandbox, client: AsyncAnthropic, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(anthropic.BadRequestError, match=words):
        await ask(client, **changes)

    assert vendor.world.calls == []


async def test_an_unknown_model_is_not_found(client: AsyncAnthropic) -> None:
    with pytest.raises(anthropic.NotFoundError, match="claude-nobody"):
        await ask(client, model="claude-nobody")


async def test_over_the_limit_the_answer_says_how_long_to_wait(
    vendor: AnthropicSandbox, client: AsyncAnthropic
) -> None:
    vendor.world.requests_per_minute = 1
    await ask(client)

    with pytest.raises(anthropic.RateLimitError) as caught:
        await ask(client)

    assert 1 <= int(caught.value.response.headers["retry-after"]) <= 60


async def test_the_sdk_retries_twice_by_default_and_then_succeeds(vendor: AnthropicSandbox) -> None:
    fault = vendor.faults.add(Fault(FaultKind.STATUS, status=529, times=2, retry_after="0.01"))
    async with AsyncAnthropic(base_url=vendor.url, api_key=vendor.api_key) as patient:
        message = await ask(patient)

    assert fault.hits == 2
    assert message.stop_reason == "end_turn"
    assert len(vendor.exchanges) == 3


async def test_without_retries_there_is_one_request(vendor: AnthropicSandbox, client: AsyncAnthropic) -> None:
    vendor.faults.add(Fault(FaultKind.STATUS, status=529, times=-1))

    with pytest.raises(anthropic.OverloadedError):
        await ask(client)

    assert len(vendor.exchanges) == 1


async def test_a_lost_answer_is_a_connection_error_though_the_model_was_paid(
    vendor: AnthropicSandbox, client: AsyncAnthropic
) -> None:
    vendor.faults.add(Fault(FaultKind.LOST))

    with pytest.raises(anthropic.APIConnectionError):
        await ask(client)

    assert len(vendor.world.calls) == 1


async def test_a_slow_model_runs_into_the_callers_timeout(
    vendor: AnthropicSandbox, client: AsyncAnthropic
) -> None:
    vendor.world.latency_s = 0.2

    with pytest.raises(anthropic.APITimeoutError):
        await client.with_options(timeout=0.05).messages.create(**BODY)


async def test_a_stream_can_break_with_an_error_in_the_middle(
    vendor: AnthropicSandbox, client: AsyncAnthropic
) -> None:
    vendor.world.script(Answer(text="a long answer " * 20, break_stream_after=2))
    deltas = 0
    stream = await ask(client, stream=True, max_tokens=500)

    async def drain() -> None:
        nonlocal deltas
        async for event in stream:
            deltas += event.type == "content_block_delta"

    with pytest.raises(anthropic.APIStatusError) as caught:
        await drain()

    assert deltas == 2
    assert "overloaded_error" in str(caught.value.body)


async def test_people_can_script_and_change_the_mood_over_http(
    vendor: AnthropicSandbox, client: AsyncAnthropic
) -> None:
    async with aiohttp.ClientSession(vendor.url) as http:
        async with http.post("/_control/script", json={"text": "from outside"}) as answer:
            assert answer.status == 200
        async with http.post("/_control/mode", json={"mode": "no-such-mood"}) as answer:
            assert answer.status == 400
        message = await ask(client)
        async with http.get("/_control/state") as answer:
            state = await answer.json()

    assert message.content[0].text == "from outside"
    assert state["calls"][0]["by"] == "script"
