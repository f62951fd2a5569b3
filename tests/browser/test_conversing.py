"""A conversation in the demo: what is asked for becomes a card, one click does it, and the asker is told."""

import re

from playwright.sync_api import Page, expect

from tests.browser.driving import Screen


def write(page: Page, words: str) -> None:
    box = page.get_by_label("Message in Slack")
    box.fill(words)
    box.press("Enter")
    expect(box).to_have_value("")


def test_a_message_becomes_a_ticket_by_one_form(screen: Screen, page: Page) -> None:
    screen.enter("#general")
    write(page, "The projector in room Kepler shows no picture since this morning.")
    message = screen.messages.locator("article.message", has_text="room Kepler").last
    message.locator("details.menu > summary").click()
    message.get_by_role("button", name="Create ticket from this").click()
    form = screen.modal
    expect(form.get_by_label("Summary")).to_have_value(re.compile("projector"))
    form.get_by_role("checkbox", name="Laptop", exact=True).check()
    screen.contrast()
    screen.shoot("demo-create")
    form.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("#slack-dialog[open]")).to_have_count(0)
    page.locator("#tickets").get_by_text("projector in room Kepler").first.click()
    expect(screen.field("Component")).to_contain_text("Laptop")


def test_what_is_asked_for_in_words_is_changed_by_one_click_and_told(screen: Screen, page: Page) -> None:
    key = screen.new_ticket("Jira", "french")
    expect(screen.note).to_have_count(1)
    screen.enter("Direct messages")
    write(page, f"set the priority of {key} to highest")
    answer = screen.messages.locator("article.reply")
    expect(answer.last).to_contain_text("Set Priority to Highest")
    expect(screen.chosen("Priority")).not_to_have_text("Highest")
    screen.enter("#approvals")
    card = page.locator("article.message", has_text=key).filter(has_text="Priority").last
    expect(screen.button(card, "Approve")).to_be_visible()
    screen.act_as("Bob")
    screen.button(card, "Approve").click()
    expect(screen.chosen("Priority")).to_have_text("Highest")
    screen.act_as("Alice")
    screen.enter("Direct messages")
    expect(answer.last).to_contain_text("Done: Set Priority to Highest")
    screen.contrast()
    screen.shoot("demo-conversation")
