"""Modals and Home: triggers live three seconds, hashes guard updates, stacks hold three."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from sandbox.slack import SlackSandbox
from tests.sandbox.slack.conftest import MODAL, Clock, SlackClient
from tests.sandbox.slack.test_web_api import refusal

HOME: dict[str, Any] = {"type": "home", "blocks": [{"type": "divider"}]}


@pytest.fixture
def trigger(slack: SlackSandbox) -> Callable[[], str]:
    return lambda: slack.store.new_trigger("U0ALICE")


async def test_a_trigger_opens_one_view(
    slack: SlackSandbox, client: SlackClient, trigger: Callable[[], str]
) -> None:
    name = trigger()
    opened = await client.views_open(trigger_id=name, view=MODAL)
    assert opened["view"]["id"] == slack.world.open_views("U0ALICE")[-1].id
    assert opened["view"]["root_view_id"] == opened["view"]["id"]
    again = await refusal(client.views_open(trigger_id=name, view=MODAL))
    assert again["error"] == "exchanged_trigger_id"
    assert slack.world.open_views("U0BOB") == []


async def test_a_trigger_expires_after_three_seconds(
    slack: SlackSandbox, client: SlackClient, trigger: Callable[[], str], clock: Clock
) -> None:
    early, late = trigger(), trigger()
    clock.ahead_s = 2.5
    assert (await client.views_open(trigger_id=early, view=MODAL))["ok"]
    clock.ahead_s = 3.1
    assert (await refusal(client.views_open(trigger_id=late, view=MODAL)))["error"] == "expired_trigger_id"
    assert (await refusal(client.views_open(trigger_id="1.2.3", view=MODAL)))["error"] == "invalid_trigger_id"
    assert len(slack.world.open_views("U0ALICE")) == 1


async def test_a_wrong_view_does_not_spend_the_trigger(
    client: SlackClient, trigger: Callable[[], str]
) -> None:
    name = trigger()
    refused = await refusal(
        client.views_open(trigger_id=name, view={**MODAL, "title": MODAL["submit"] | {"text": "x" * 25}})
    )
    assert refused["error"] == "invalid_arguments"
    assert "[json-pointer:/view/title/text]" in refused["response_metadata"]["messages"][0]
    assert (await client.views_open(trigger_id=name, view=MODAL))["ok"]


async def test_a_view_above_250_kb_is_too_large(client: SlackClient, trigger: Callable[[], str]) -> None:
    big = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}
    view = {**MODAL, "blocks": [big] * 90}
    assert (await refusal(client.views_open(trigger_id=trigger(), view=view)))["error"] == "view_too_large"


async def test_a_stack_holds_three_views(
    slack: SlackSandbox, client: SlackClient, trigger: Callable[[], str]
) -> None:
    assert (await refusal(client.views_push(trigger_id=trigger(), view=MODAL)))["error"] == "not_found"
    root = (await client.views_open(trigger_id=trigger(), view=MODAL))["view"]
    second = (await client.views_push(trigger_id=trigger(), view=MODAL))["view"]
    await client.views_push(trigger_id=trigger(), view=MODAL)
    assert (second["previous_view_id"], second["root_view_id"]) == (root["id"], root["id"])
    assert (await refusal(client.views_push(trigger_id=trigger(), view=MODAL)))[
        "error"
    ] == "push_limit_reached"
    assert len(slack.world.open_views("U0ALICE")) == 3


async def test_an_update_with_an_old_hash_is_refused(
    slack: SlackSandbox, client: SlackClient, trigger: Callable[[], str]
) -> None:
    view = (await client.views_open(trigger_id=trigger(), view=MODAL))["view"]
    fresh = {**MODAL, "private_metadata": "second"}
    updated = (await client.views_update(view_id=view["id"], hash=view["hash"], view=fresh))["view"]
    assert updated["hash"] != view["hash"]
    stale = client.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)
    assert (await refusal(stale))["error"] == "hash_conflict"
    assert slack.world.open_views("U0ALICE")[0].body["private_metadata"] == "second"
    assert (await refusal(client.views_update(view_id="V9", view=MODAL)))["error"] == "not_found"


async def test_an_external_id_is_open_once(client: SlackClient, trigger: Callable[[], str]) -> None:
    named = {**MODAL, "external_id": "edit:p1"}
    await client.views_open(trigger_id=trigger(), view=named)
    again = await refusal(client.views_open(trigger_id=trigger(), view=named))
    assert again["error"] == "duplicate_external_id"
    assert (await client.views_update(external_id="edit:p1", view=named))["ok"]


async def test_home_is_published_per_person(slack: SlackSandbox, client: SlackClient) -> None:
    first = (await client.views_publish(user_id="U0ALICE", view=HOME))["view"]
    second = (await client.views_publish(user_id="U0ALICE", view=HOME, hash=first["hash"]))["view"]
    assert second["id"] == first["id"]
    stale = client.views_publish(user_id="U0ALICE", view=HOME, hash=first["hash"])
    assert (await refusal(stale))["error"] == "hash_conflict"
    modal = await refusal(client.views_publish(user_id="U0BOB", view=MODAL))
    assert (modal["error"], slack.world.home("U0BOB")) == ("invalid_arguments", None)


async def test_the_client_does_not_submit_what_the_modal_forbids(
    slack: SlackSandbox, client: SlackClient, trigger: Callable[[], str], http: aiohttp.ClientSession
) -> None:
    view_id: str = (await client.views_open(trigger_id=trigger(), view=MODAL))["view"]["id"]
    for text in ("", "x" * 21):
        with pytest.raises(ValueError, match="does not submit"):
            await slack.world.submit_view("U0ALICE", view_id, {"words": {"text": text}})
    with pytest.raises(ValueError, match="no such inputs"):
        await slack.world.submit_view("U0ALICE", view_id, {"wrods": {"text": "x"}})
    with pytest.raises(LookupError, match="no open view"):
        await slack.world.submit_view("U0BOB", view_id)
    assert slack.world.late == []
    assert not http.closed
