"""Talking to the bot on the page: threads, streamed answers, Stop, commands, shortcuts, previews."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chatter import Chatter
from tests.browser.conftest import PATIENCE_MS
from tests.browser.driving import Screen

DIRECT, GENERAL = "D0ALICE", "C0GENERAL"


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


FEEDBACK = {
    "type": "context_actions",
    "elements": [
        {
            "type": "feedback_buttons",
            "action_id": "feedback",
            "positive_button": {"text": plain("Good answer"), "value": "good"},
            "negative_button": {"text": plain("Bad answer"), "value": "bad"},
        }
    ],
}


@pytest.fixture(scope="module")
def chatter(chromium_path: str) -> Iterator[Chatter]:
    assert chromium_path
    running = Chatter()
    yield running
    running.close()


@pytest.fixture
def talk(chatter: Chatter, browser: Browser) -> Iterator[Page]:
    """The page, at Slack, with a console that stays clean."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda line: faults.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(chatter.url)
    expect(page.locator("#rooms button")).to_have_count(4)
    yield page
    # Before it closes: what is on its way then is cut, and that is no failure.
    found = list(faults)
    context.close()
    assert found == []


def enter(page: Page, room: str) -> None:
    page.locator("#rooms button", has_text=room).click()


def write(page: Page, words: str) -> None:
    page.get_by_label("Message in Slack").fill(words)
    page.get_by_label("Message in Slack").press("Enter")


def test_a_suggestion_starts_a_thread_that_goes_on_until_it_is_left(chatter: Chatter, talk: Page) -> None:
    enter(talk, "Direct messages")
    prompts = [{"title": "My tickets", "message": "show my tickets"}]
    chatter.call("conversations.open", users="U0ALICE")
    chatter.call("assistant.threads.setSuggestedPrompts", channel_id=DIRECT, prompts=prompts)
    talk.get_by_role("button", name="My tickets").click()
    expect(talk.locator("#messages")).to_contain_text("show my tickets")
    expect(talk.locator("#composer-about")).to_contain_text("In the thread “show my tickets”")
    thread = chatter.last(DIRECT).ts
    write(talk, "and closed ones?")
    expect(talk.locator("#messages")).to_contain_text("and closed ones?")
    assert chatter.last(DIRECT).thread_ts == thread
    talk.get_by_role("button", name="New conversation").click()
    write(talk, "something else")
    expect(talk.locator("#composer-about")).to_contain_text("something else")
    assert chatter.last(DIRECT).thread_ts == ""


def test_an_answer_appears_as_it_is_written_and_can_be_stopped(chatter: Chatter, talk: Page) -> None:
    enter(talk, "Direct messages")
    write(talk, "which are open?")
    expect(talk.locator("#composer-about")).to_contain_text("which are open?")
    thread = chatter.last(DIRECT).ts
    place = {"channel_id": DIRECT, "thread_ts": thread}
    chatter.call("agents.sessions.setStatus", **place, status="processing")
    expect(talk.locator("#doing")).to_contain_text("is working on it")
    task = {"type": "task_update", "id": "1", "title": "Searching Jira", "status": "in_progress"}
    task |= {"details": "12 found"}
    ts = chatter.call("chat.startStream", channel=DIRECT, thread_ts=thread, chunks=[task])["ts"]
    answer = talk.locator(f"article.message[data-ts='{ts}']")
    expect(answer).to_have_class(re.compile("reply"))
    expect(answer).to_contain_text("Searching Jira")
    words = "Two **open** tickets: [OPS-1](https://evil.example/1) and `OPS-2`\n- one\n- two"
    chatter.call("chat.appendStream", channel=DIRECT, ts=ts, markdown_text=words)
    expect(answer.locator("strong").last).to_have_text("open")
    expect(answer.locator(".dead-link")).to_have_text("OPS-1")
    expect(answer.locator(".block-markdown li")).to_have_count(2)
    Screen(talk).contrast()
    talk.get_by_role("button", name="Stop", exact=True).click()
    expect(answer).not_to_have_class(re.compile("streaming"))
    event = json.loads(chatter.slack.deliveries.sent[-1].delivery.body)["event"]
    assert (event["type"], event["streaming_message_ts"]) == ("agent_session_stopped", [ts])
    chatter.call("agents.sessions.setStatus", **place, status="active")
    expect(talk.locator("#doing")).to_be_empty()


def test_feedback_is_a_press_of_one_of_two_buttons(chatter: Chatter, talk: Page) -> None:
    enter(talk, "Direct messages")
    write(talk, "why?")
    expect(talk.locator("#composer-about")).to_contain_text("why?")
    chatter.call(
        "chat.postMessage", channel=DIRECT, thread_ts=chatter.last(DIRECT).ts, text="so", blocks=[FEEDBACK]
    )
    talk.get_by_role("button", name="Bad answer").last.click()
    expect(talk.get_by_role("button", name="Bad answer").last).to_have_attribute("aria-pressed", "true")
    expect(talk.get_by_role("button", name="Good answer").last).to_have_attribute("aria-pressed", "false")
    payload = json.loads(chatter.heard[-1]["payload"][0])
    assert (payload["type"], payload["actions"][0]["value"]) == ("block_actions", "bad")


def test_a_command_is_completed_with_the_keyboard(chatter: Chatter, talk: Page) -> None:
    enter(talk, "#general")
    box = talk.get_by_label("Message in Slack")
    box.press_sequentially("/")
    options = talk.get_by_role("option")
    expect(options).to_have_count(13)
    expect(options.first).to_have_attribute("aria-selected", "true")
    Screen(talk).contrast()
    box.press_sequentially("itsm su")
    expect(options).to_have_count(1)
    box.press("Enter")
    expect(box).to_have_value("/itsm summary ")
    box.press_sequentially("OPS-1")
    box.press("Enter")
    expect(talk.locator("article.only-you").last).to_contain_text("You typed summary OPS-1")
    assert (chatter.heard[-1]["command"], chatter.heard[-1]["channel_id"]) == (["/itsm"], [GENERAL])
    box.press_sequentially("/")
    box.press("Escape")
    expect(talk.locator("#commands")).to_be_hidden()


def test_a_message_is_edited_deleted_and_made_a_ticket_of(chatter: Chatter, talk: Page) -> None:
    enter(talk, "#general")
    write(talk, "@Countersign the printer is < on fire")
    message = talk.locator("article.message", has_text="on fire")
    message.locator(".menu summary").click()
    talk.get_by_role("button", name="Create ticket from this").click()
    expect(message.locator("details.menu")).not_to_have_attribute("open", "")
    payload = json.loads(chatter.heard[-1]["payload"][0])
    assert (payload["type"], payload["callback_id"]) == ("message_action", "ticket_from_message")
    assert payload["message"]["text"] == "<@U0BOT> the printer is &lt; on fire"
    message.locator(".menu summary").press("Enter")
    Screen(talk).contrast()
    message.get_by_role("button", name="Edit").click()
    box = talk.get_by_label("Message in Slack")
    expect(box).to_have_value("@Countersign the printer is < on fire")
    write(talk, "all is well")
    expect(talk.locator("#messages")).to_contain_text("(edited)")
    message = talk.locator("article.message", has_text="all is well")
    message.locator(".menu summary").click()
    message.get_by_role("button", name="Delete").click()
    talk.locator("dialog.confirm").get_by_role("button", name="Delete").click()
    expect(message).to_have_count(0)
    talk.get_by_role("button", name="Create a ticket", exact=True).click()
    expect(talk.locator("#shortcuts")).not_to_have_attribute("aria-busy", "true")
    assert json.loads(chatter.heard[-1]["payload"][0])["callback_id"] == "ticket_new"


def test_a_link_gets_its_preview_and_nothing_is_wider_than_a_phone(chatter: Chatter, talk: Page) -> None:
    enter(talk, "#general")
    link = "http://127.0.0.1:1/browse/OPS-1"
    write(talk, f"what about {link}?")
    expect(talk.locator("#messages")).to_contain_text("what about")
    blocks = [{"type": "section", "text": plain("OPS-1: " + "printer " * 20)}]
    chatter.call(
        "chat.unfurl", channel=GENERAL, ts=chatter.last(GENERAL).ts, unfurls={link: {"blocks": blocks}}
    )
    expect(talk.locator(".preview").last).to_contain_text("OPS-1: printer")
    talk.set_viewport_size({"width": 360, "height": 640})
    talk.get_by_role("link", name="Slack").click()
    expect(talk.locator("#composer")).to_be_visible()
    Screen(talk).fits()
    enter(talk, "Direct messages")
    Screen(talk).fits()
    Screen(talk).contrast()


def test_who_is_not_a_member_reads_why_they_cannot_write(talk: Page) -> None:
    talk.locator("label.actor", has_text="Gus").click()
    expect(talk.get_by_label("Message in Slack")).to_be_disabled()
    expect(talk.get_by_label("Message in Slack")).to_have_attribute("placeholder", "Only members write here")
    enter(talk, "Home")
    expect(talk.locator("#composer")).to_be_hidden()
