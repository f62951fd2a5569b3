"""What people write reaches the app as Slack's clients send it: messages, changes, files, links, steps."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from jsonschema import Draft7Validator

from sandbox.slack import SlackSandbox
from sandbox.slack.links import as_sent, links_in
from tests.sandbox.slack.conftest import CARD, DATA, Clock, Make, SlackClient, client_of
from tests.sandbox.slack.contract_judge import assert_valid
from tests.sandbox.slack.test_streams import refused

TICKET = "http://127.0.0.1:8080/browse/OPS-1"
Json = dict[str, Any]


def events(slack: SlackSandbox) -> list[Json]:
    return [json.loads(sent.delivery.body)["event"] for sent in slack.deliveries.sent]


def judged(event: Json, name: str) -> Json:
    """The event, once Slack's own types have nothing against it."""
    path = DATA / "slack-types-jsonschema/Event.schema.json"
    if not path.is_file():
        pytest.skip("no ../shared/data/slack/slack-types-jsonschema")
    schema = json.loads(path.read_text())
    validator: Any = Draft7Validator({"$ref": f"#/definitions/{name}", "definitions": schema["definitions"]})
    assert [error.message for error in validator.iter_errors(event)] == []
    return event


async def test_the_first_direct_message_comes_after_the_tab_was_opened(slack: SlackSandbox) -> None:
    first = slack.world.dm("U0DAN", "hello")
    slack.world.dm("U0DAN", "and?", first.ts)
    opened, told, reply = events(slack)
    assert (opened["type"], opened["tab"], opened["channel"]) == ("app_home_opened", "messages", "D0DAN")
    judged(told, "GenericMessageEvent")
    assert (told["channel_type"], told["text"], "thread_ts" in told) == ("im", "hello", False)
    assert len(told["client_msg_id"]) == 36
    assert (reply["thread_ts"], reply["client_msg_id"] != told["client_msg_id"]) == (first.ts, True)


async def test_what_somebody_has_before_them_goes_along(slack: SlackSandbox) -> None:
    slack.world.look_at("U0DAN", "C0GENERAL")
    slack.world.dm("U0DAN", "what is this about?")
    slack.world.look_at("U0DAN", "")
    slack.world.dm("U0DAN", "and now?")
    changed, opened, told, cleared, later = events(slack)
    entity = {"type": "slack#/types/channel_id", "value": "C0GENERAL", "team_id": "T0MAIN"}
    assert (changed["type"], changed["context"]) == ("app_context_changed", {"entities": [entity]})
    assert opened["context"] == told["app_context"] == {"entities": [entity]}
    assert (cleared["context"], "app_context" in later) == ({}, False)


async def test_a_mention_arrives_twice_only_where_both_are_subscribed(make_slack: Make) -> None:
    slack = await make_slack(bot_events="app_mention message.channels")
    message = slack.world.mention("U0DAN", "C0GENERAL", "OPS-1?")
    slack.world.say("U0DAN", "C0GENERAL", "nobody is meant", message.ts)
    slack.world.mention("U0DAN", "C0GENERAL", "")
    kinds = " ".join(each["type"] for each in events(slack))
    assert kinds == "message app_mention message message app_mention"
    judged(events(slack)[1], "AppMentionEvent")
    assert events(slack)[1]["text"] == "<@U0BOT> OPS-1?"
    assert events(slack)[4]["text"] == "<@U0BOT>"


async def test_an_edited_and_a_deleted_message_say_what_was_before(slack: SlackSandbox) -> None:
    message = slack.world.dm("U0DAN", "secret")
    slack.world.edit(message.channel, message.ts, "not <secret>")
    slack.world.delete(message.channel, message.ts)
    _opened, _told, changed, deleted = events(slack)
    assert (changed["message"]["text"], changed["previous_message"]["text"]) == (
        "not &lt;secret&gt;",
        "secret",
    )
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", message.ts)
    assert deleted["previous_message"]["text"] == "not &lt;secret&gt;"
    assert slack.world.messages(message.channel) == []


async def test_the_first_message_of_a_thread_leaves_a_tombstone(
    slack: SlackSandbox, client: SlackClient
) -> None:
    message = slack.world.dm("U0DAN", "secret")
    await client.chat_postMessage(channel=message.channel, thread_ts=message.ts, text="answer")
    slack.world.delete(message.channel, message.ts)
    gone = events(slack)[-1]
    assert (gone["subtype"], gone["message"]["subtype"]) == ("message_changed", "tombstone")
    assert (gone["message"]["ts"], gone["previous_message"]["text"]) == (message.ts, "secret")
    assert "secret" not in json.dumps(gone["message"])
    assert [each.text for each in slack.world.messages(message.channel)][1:] == ["answer"]


async def test_a_file_a_bot_and_a_stranger_can_be_told_apart(make_slack: Make) -> None:
    slack = await make_slack(bot_events="message.channels")
    slack.world.share_file("U0DAN", "C0GENERAL", "error.png")
    slack.world.say("U0OTHERBOT", "C0GENERAL", "deployed")
    slack.world.say("U0STRANGER", "C0SHARED", "hello from outside")
    filed, bot, stranger = events(slack)
    assert (filed["subtype"], filed["text"], filed["files"][0]["name"]) == ("file_share", "", "error.png")
    assert (bot["bot_id"], "client_msg_id" in bot) == ("B0OTHERBOT", False)
    assert (stranger["user_team"], stranger["team"]) == ("T0OTHER", "T0OTHER")
    body = json.loads(slack.deliveries.sent[-1].delivery.body)
    assert (body["team_id"], body["is_ext_shared_channel"]) == ("T0MAIN", True)


async def test_a_stranger_who_writes_directly_is_one_there_too(slack: SlackSandbox) -> None:
    slack.world.dm("U0STRANGER", "hello")
    assert (events(slack)[-1]["channel_type"], events(slack)[-1]["user_team"]) == ("im", "T0OTHER")
    slack.world.dm("U0DAN", "hello")
    assert "user_team" not in events(slack)[-1]


async def test_nothing_is_sent_that_the_app_is_not_subscribed_to(make_slack: Make) -> None:
    slack = await make_slack(bot_events="")
    message = slack.world.dm("U0DAN", TICKET)
    slack.world.edit(message.channel, message.ts, "x")
    slack.world.delete(message.channel, message.ts)
    slack.world.mention("U0DAN", "C0GENERAL", "x")
    slack.world.look_at("U0DAN", "C0GENERAL")
    slack.world.run_step("request_approval", {})
    assert slack.world.type_link("U0DAN", TICKET) is None
    assert events(slack) == []


def test_a_client_marks_links_and_escapes_the_rest() -> None:
    typed = f"a < b & <@U0BOT>, see {TICKET}?a=1&b=2. Or <!channel>"
    sent = as_sent(typed)
    assert sent == f"a &lt; b &amp; <@U0BOT>, see <{TICKET}?a=1&amp;b=2>. Or <!channel>"
    assert links_in(sent) == [f"{TICKET}?a=1&b=2"]
    assert as_sent(sent.replace("&lt;", "").replace("&amp;", "+")).count("<http") == 1, "not marked twice"


async def test_forty_thousand_characters_are_the_most_a_client_sends(slack: SlackSandbox) -> None:
    assert len(slack.world.dm("U0DAN", "x" * 40_000).text) == 40_000
    with pytest.raises(ValueError, match="no more than 40000"):
        slack.world.dm("U0DAN", "x" * 40_001)
    with pytest.raises(LookupError, match="no channel"):
        slack.world.say("U0DAN", "C0NOWHERE", "x")


async def test_a_shared_link_gets_a_preview_once_the_app_was_told(
    slack: SlackSandbox, client: SlackClient
) -> None:
    text = f"{TICKET} and https://elsewhere.example/1"
    message = slack.world.say("U0DAN", "C0RANDOM", text)
    event = judged(events(slack)[-1], "LinkSharedEvent")
    assert event["links"] == [{"domain": "127.0.0.1", "url": TICKET}], "others are none of the app's business"
    assert (event["is_bot_user_member"], event["source"]) == (False, "conversations_history")
    shown: Json = {"blocks": [CARD[0]]}
    place = {"channel": "C0RANDOM", "ts": message.ts}
    await client.chat_unfurl(**place, unfurls={TICKET: shown})
    by_id = {"unfurl_id": event["unfurl_id"], "source": event["source"]}
    await client.chat_unfurl(**by_id, unfurls={TICKET: shown})
    (preview,) = slack.world.message("C0RANDOM", message.ts).attachments
    assert (preview["from_url"], preview["is_app_unfurl"]) == (TICKET, True)
    assert_valid(slack.exchanges)
    wrong: list[tuple[Json, str]] = [
        ({**place, "unfurls": {"https://elsewhere.example/1": shown}}, "cannot_unfurl_url"),
        ({**place, "unfurls": {"https://never.example": shown}}, "cannot_unfurl_message"),
        ({**place, "unfurls": {TICKET: {"blocks": [{"type": "alert"}]}}}, "cannot_parse_attachment"),
        (place, "missing_unfurls"),
        ({"channel": "C0RANDOM", "unfurls": {}}, "missing_ts"),
        ({**place, "ts": "1.1", "unfurls": {}}, "cannot_find_message"),
        ({**by_id, "unfurl_id": "Uf9", "unfurls": {}}, "invalid_unfurl_id"),
        ({**by_id, "source": "mail", "unfurls": {}}, "invalid_source"),
    ]
    assert [await refused(client.chat_unfurl(**args)) for args, _code in wrong] == [code for _, code in wrong]


async def test_a_link_being_typed_has_no_message_yet(slack: SlackSandbox, client: SlackClient) -> None:
    typed = slack.world.type_link("U0DAN", f"look: {TICKET}")
    assert typed is not None
    event = events(slack)[-1]
    assert (event["channel"], event["source"]) == ("COMPOSER", "composer")
    unfurls: Json = {TICKET: {"blocks": [CARD[0]]}}
    await client.chat_unfurl(unfurl_id=typed.unfurl_id, source="composer", unfurls=unfurls)
    assert slack.world.previews[typed.unfurl_id] == unfurls
    assert slack.world.type_link("U0DAN", "https://elsewhere.example/1") is None


STEP: Json = {
    "request_approval": {
        "title": "Ask for an approval",
        "input_parameters": {"properties": {"ticket": {"type": "string"}}, "required": ["ticket"]},
        "output_parameters": {"properties": {"decision": {"type": "string"}}, "required": ["decision"]},
    }
}


async def test_a_step_runs_is_clicked_in_and_ends_once(make_slack: Make, http: aiohttp.ClientSession) -> None:
    slack = await make_slack(functions=STEP)
    with pytest.raises(ValueError, match="missing parameter: ticket"):
        slack.world.run_step("request_approval", {})
    run = slack.world.run_step("request_approval", {"ticket": "OPS-1"})
    event = judged(events(slack)[-1], "FunctionExecutedEvent")
    assert event["inputs"] == {"ticket": "OPS-1"}
    step, bot = client_of(slack, http, event["bot_access_token"]), client_of(slack, http)
    ts: str = (await step.chat_postMessage(channel="C0APPROVALS", text="ask", blocks=CARD))["ts"]
    payload = (await slack.world.click("U0ALICE", "C0APPROVALS", ts, "approval:approve")).payload
    assert payload["function_data"]["execution_id"] == run.id
    assert payload["bot_access_token"] == event["bot_access_token"]
    name = {"function_execution_id": run.id}
    assert (
        await refused(bot.functions_completeSuccess(**name, outputs={"who": "x"}))
        == "parameter_validation_failed"
    )
    assert (await bot.functions_completeSuccess(**name, outputs={"decision": "approved"}))["ok"]
    assert (run.state, run.outputs) == ("completed", {"decision": "approved"})
    late = step.functions_completeError(**name, error="too late")
    assert await refused(late) == "execution_not_in_running_state"
    unknown = bot.functions_completeError(function_execution_id="Fx9", error="x")
    assert await refused(unknown) == "function_execution_not_found"
    assert_valid(slack.exchanges)


async def test_a_click_outside_a_step_says_nothing_of_one(slack: SlackSandbox, client: SlackClient) -> None:
    ts: str = (await client.chat_postMessage(channel="C0APPROVALS", text="ask", blocks=CARD))["ts"]
    payload = (await slack.world.click("U0ALICE", "C0APPROVALS", ts, "approval:approve")).payload
    assert not {"function_data", "bot_access_token", "interactivity"} & set(payload)


async def test_a_steps_token_lasts_a_quarter_of_an_hour(
    slack: SlackSandbox, http: aiohttp.ClientSession, clock: Clock
) -> None:
    run = slack.world.run_step("request_approval", {})
    step = client_of(slack, http, run.token)
    clock.ahead_s += 15 * 60 + 1
    assert await refused(step.chat_postMessage(channel="C0APPROVALS", text="x")) == "token_expired"
    failed = client_of(slack, http).functions_completeError(function_execution_id=run.id, error="gave up")
    assert (await failed)["ok"]
    assert (run.state, run.error) == ("failed", "gave up")


async def test_a_shortcuts_trigger_is_over_after_three_seconds(
    slack: SlackSandbox, client: SlackClient, clock: Clock
) -> None:
    message = slack.world.say("U0DAN", "C0GENERAL", "the printer is on fire")
    acked = await slack.world.message_shortcut("U0DAN", "C0GENERAL", message.ts, "ticket_from_message")
    assert acked.payload["message"]["text"] == "the printer is on fire"
    clock.ahead_s += 3.1
    view: Json = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": []}
    assert await refused(client.views_open(trigger_id=acked.trigger_id, view=view)) == "expired_trigger_id"


async def test_the_new_verbs_are_there_for_other_processes(
    slack: SlackSandbox, http: aiohttp.ClientSession
) -> None:
    async def do(verb: str, **body: Any) -> Json:
        async with http.post(f"{slack.url}/_control/{verb}", json=body) as answer:
            return {"status": answer.status, **(await answer.json())}

    said = await do("dm", user="U0DAN", text="hello")
    assert (await do("share_file", user="U0DAN", channel="D0DAN"))["status"] == 200
    assert (await do("stop_session", user="U0DAN", channel="D0DAN", thread_ts=said["ts"]))["status"] == 400
    assert (await do("type_link", user="U0DAN", text=TICKET))["source"] == "composer"
    run = await do("run_step", callback_id="request_approval", inputs={})
    assert (await do("delete", channel="D0DAN", ts=said["ts"]))["status"] == 200
    async with http.get(f"{slack.url}/_control/state") as answer:
        state = await answer.json()
    assert [each["id"] for each in state["executions"]] == [run["function_execution_id"]]
    assert "xwfp" not in json.dumps(state), "tokens are nobody's business"
