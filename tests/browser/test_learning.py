"""What the bot has learned shows: how sure it is, when it is silent, and what somebody has just corrected."""

import pytest
from playwright.sync_api import expect

from tests.browser.driving import Screen

LEARNING_MS = 60_000
"""Within a minute what people decide shows in suggestions."""
AGAIN_MS = 3_000


def test_a_clear_ticket_is_told_with_a_figure_and_similar_tickets(screen: Screen) -> None:
    key = screen.new_ticket("ServiceNow", "phishing")
    expect(screen.note).to_contain_text("Assignment group: Security")
    expect(screen.note).to_contain_text("in 100 were right on past tickets")
    expect(screen.note).to_contain_text("Similar past tickets")
    expect(screen.note).to_contain_text("Adapted from INC")
    expect(screen.button(screen.card(key), "Approve")).to_be_visible()
    screen.shoot("demo-sure", screen.note)


@pytest.mark.parametrize(
    ("system", "words"),
    [("Jira", "Components: not sure enough"), ("ServiceNow", "Assignment group: not sure enough")],
)
def test_between_two_things_the_note_names_both_and_the_card_neither(
    screen: Screen, system: str, words: str
) -> None:
    key = screen.new_ticket(system, "torn")
    expect(screen.note).to_contain_text(words)
    if system == "ServiceNow":
        screen.shoot("demo-torn", screen.note)
    label = words.partition(":")[0]
    assert not screen.card(key).filter(has_text=f"{label}: not set →").count()


@pytest.mark.parametrize("system", ["Jira", "ServiceNow"])
def test_on_something_strange_it_is_silent(screen: Screen, system: str) -> None:
    key = screen.new_ticket(system, "strange")
    expect(screen.note).to_contain_text("No value is sure enough to suggest")
    expect(screen.card(key)).to_have_count(0)


def test_a_reply_to_a_french_ticket_is_french_and_names_its_source(screen: Screen) -> None:
    screen.new_ticket("Jira", "french")
    expect(screen.note).to_contain_text("Bonjour,")
    expect(screen.note).to_contain_text("Adapted from OPS-")


@pytest.mark.parametrize(
    ("system", "field", "label", "before"),
    [
        ("Jira", "Components", "Component", "Laptop"),
        ("ServiceNow", "Assignment group", "Assignment group", "Hardware"),
    ],
)
def test_the_next_ticket_alike_gets_what_somebody_made_of_the_first(
    screen: Screen, system: str, field: str, label: str, before: str
) -> None:
    """Without a restart and within a minute; what it was not corrected in stays as it was."""
    key = screen.new_ticket(system, "screens")
    card = screen.card(key)
    expect(card).to_contain_text(f"{field}: not set → {before}")
    screen.button(card, "Edit").click()
    screen.modal.get_by_label(field).select_option(label="Network")
    screen.modal.get_by_role("button", name="Approve").click()
    expect(screen.chosen(label)).to_have_text("Network")

    for _ in range(LEARNING_MS // AGAIN_MS):
        screen.page.wait_for_timeout(AGAIN_MS)
        key = screen.new_ticket(system, "screens")
        expect(screen.note).to_contain_text(f"{field}: ")
        if f"{field}: Network" in screen.note.inner_text():
            break
    expect(screen.note).to_contain_text(f"{field}: Network")
    expect(screen.note).to_contain_text("People have set it on")
    card = screen.card(key)
    expect(card).to_contain_text(f"{field}: not set → Network")
    if system == "Jira":
        screen.shoot("demo-learned", card)
    screen.button(card, "Approve").click()
    expect(screen.chosen(label)).to_have_text("Network")
    if system == "ServiceNow":
        expect(screen.chosen("Category")).to_have_text("Hardware")
