"""The main job in a browser: a ticket comes in, a note appears, a card asks, a click changes the ticket."""

import re

from playwright.sync_api import Page, expect

from tests.browser.driving import Screen


def test_jira_from_the_ticket_to_the_outcome_with_an_edit_in_between(screen: Screen) -> None:
    """Alice thinks it is about rights, not about mail: she edits it, and exactly that is set."""
    key = screen.new_ticket("Jira", "access")
    expect(screen.note).to_have_count(1)
    expect(screen.note.locator(".visibility")).to_have_text("Internal note")
    expect(screen.note).to_contain_text("Waiting for a decision in Slack")
    card = screen.card(key)
    expect(card).to_contain_text("Components: not set → Email")
    expect(screen.chosen("Component")).to_have_text("not set")
    expect(screen.page.locator("#totals dd").nth(1)).not_to_have_text("0")
    screen.shoot("demo-light", card)

    screen.button(card, "Edit").click()
    expect(screen.modal).to_be_visible()
    screen.modal.get_by_label("Components").select_option(label="Identity")
    screen.shoot("demo-edit")
    screen.modal.get_by_role("button", name="Approve").click()
    expect(screen.modal).to_be_hidden()

    expect(card).to_contain_text("Approved by Alice Moreau")
    expect(card).to_contain_text("edited before approval")
    expect(screen.button(card, "Approve")).to_have_count(0)
    expect(screen.field("Component")).to_have_value("Identity")
    expect(screen.note).to_have_count(1)
    expect(screen.note).to_contain_text("Approved by Alice Moreau")
    screen.ticket.locator("summary").click()
    expect(screen.ticket.locator(".history")).to_contain_text("Component: not set → Identity")


def test_servicenow_from_the_ticket_to_the_outcome_with_an_edit_in_between(screen: Screen) -> None:
    """Bob lowers the urgency, approves, and the instance computes the priority from it."""
    key = screen.new_ticket("ServiceNow", "outage")
    expect(screen.note).to_have_count(1)
    expect(screen.note.locator(".visibility")).to_have_text("Internal note")
    screen.act_as("Bob")
    card = screen.card(key)
    expect(card).to_contain_text("Assignment group: not set → Software")

    screen.button(card, "Edit").click()
    screen.modal.get_by_label("Urgency").select_option(label="2 - Medium")
    screen.modal.get_by_role("button", name="Approve").click()

    expect(card).to_contain_text("Approved by Bob Okafor")
    expect(screen.chosen("Assignment group")).to_have_text("Software")
    expect(screen.chosen("Urgency")).to_have_text("2 - Medium")
    expect(screen.ticket.locator("[data-key=priority]")).to_contain_text("2 - High")
    expect(screen.ticket).to_contain_text("Changed by Countersign with approval")
    screen.shoot("demo-servicenow")


def test_a_bystanders_click_is_answered_privately_and_changes_nothing(screen: Screen) -> None:
    key = screen.new_ticket("Jira", "printer")
    card = screen.card(key)
    screen.act_as("Carol")
    screen.button(card, "Approve").click()
    expect(screen.only_you.last).to_contain_text("You are not among the people who may approve this")
    expect(screen.button(card, "Approve")).to_be_visible()
    expect(screen.chosen("Component")).to_have_text("not set")
    screen.shoot("demo-bystander")
    screen.act_as("Bob")
    expect(screen.only_you.filter(has_text="You are not among")).to_have_count(0)
    expect(screen.button(card, "Approve")).to_be_visible()


def test_a_guest_sees_why_the_card_is_not_his(screen: Screen) -> None:
    key = screen.new_ticket("Jira", "access")
    card = screen.card(key)
    expect(card).to_be_visible()
    screen.act_as("Gus")
    expect(screen.page.locator(".banner")).to_contain_text("not in this channel")
    screen.button(card, "Approve").click()
    screen.enter("Direct messages")
    expect(screen.page.locator("#messages")).to_contain_text("Guests may not approve changes")
    expect(screen.chosen("Component")).to_have_text("not set")


def test_a_rejection_asks_why_and_says_so_everywhere(screen: Screen) -> None:
    key = screen.new_ticket("ServiceNow", "access")
    screen.button(screen.card(key), "Reject").click()
    screen.modal.get_by_label("Reason").fill("Ask her manager first")
    screen.modal.get_by_role("button", name="Reject").click()
    ended = screen.card(key)
    expect(ended).to_contain_text("Rejected by Alice Moreau")
    expect(ended).to_contain_text("Ask her manager first")
    expect(screen.ticket).to_contain_text("Ask her manager first")
    expect(screen.chosen("Assignment group")).to_have_text("not set")


def test_a_card_goes_stale_when_a_person_changes_the_ticket(screen: Screen) -> None:
    key = screen.new_ticket("Jira", "printer")
    expect(screen.button(screen.card(key), "Approve")).to_be_visible()
    screen.field("Component").select_option(label="Laptop")
    ended = screen.card(key)
    expect(ended).to_contain_text("no longer applies")
    expect(screen.field("Component")).to_have_value("Laptop")


def test_details_show_everything_and_escape_closes_them(screen: Screen) -> None:
    key = screen.new_ticket("Jira", "outage")
    details = screen.button(screen.card(key), "Details")
    details.click()
    expect(screen.modal).to_contain_text("SHA-256")
    expect(screen.modal).to_contain_text(key)
    screen.contrast()
    screen.page.keyboard.press("Escape")
    expect(screen.modal).to_be_hidden()
    expect(details).to_be_focused()


def test_the_feed_tells_the_whole_story_in_words(screen: Screen, page: Page) -> None:
    key = screen.new_ticket("Jira", "access")
    screen.button(screen.card(key), "Approve").click()
    expect(screen.card(key)).to_contain_text("Approved by Alice Moreau")
    mine = page.locator(".line", has_text=key)
    for words in (
        "Read the ticket with the local brain",
        "Wrote its internal note and read it back",
        "Asked for approval to change fields",
        "Alice Moreau approved: change fields",
        "Changed the ticket and read it back",
    ):
        expect(mine.filter(has_text=words).first).to_be_visible()
    expect(mine.filter(has_text=re.compile("Sent the one request")).first).to_be_hidden()
    page.get_by_label("Every step").check()
    expect(mine.filter(has_text=re.compile("Sent the one request")).first).to_be_visible()
