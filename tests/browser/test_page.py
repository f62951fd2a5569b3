"""The page itself: keyboard, both colour schemes, narrow screens, hostile text, errors in words."""

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import Screen

PHONE, NARROWEST = {"width": 390, "height": 844}, {"width": 360, "height": 640}


def tab_to(page: Page, selector: str, tries: int = 120) -> None:
    """Press Tab until what ``selector`` names has the focus."""
    for _ in range(tries):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not reach {selector}")


def test_a_ticket_is_opened_and_approved_with_the_keyboard_alone(screen: Screen, page: Page) -> None:
    tab_to(page, "#new-ticket")
    page.keyboard.press("Enter")
    expect(page.locator("#new-dialog")).to_be_visible()
    expect(page.locator("[data-sample=outage]")).to_be_focused()
    tab_to(page, "[data-sample=phishing]")
    page.keyboard.press("Enter")
    expect(page.locator("#ticket-title")).to_be_focused()
    key = screen.ticket.locator(".ticket-bar .key").inner_text()
    card = screen.card(key)
    expect(screen.button(card, "Approve")).to_be_visible()
    block = screen.button(card, "Approve").get_attribute("data-block")
    tab_to(page, f'[data-action="approval:approve"][data-block="{block}"]', tries=400)
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid", "whoever uses the keyboard has to see where they are"
    page.keyboard.press("Enter")
    expect(screen.card(key)).to_contain_text("Approved by Alice Moreau")
    expect(screen.field("Component")).to_have_value("Email")


def test_arrow_keys_change_the_system_and_the_acting_person(screen: Screen, page: Page) -> None:
    tab_to(page, '#systems [role="radio"]')
    page.keyboard.press("ArrowRight")
    expect(page.locator('#systems [data-system="servicenow"]')).to_be_focused()
    expect(page.locator('#systems [data-system="servicenow"]')).to_have_attribute("aria-checked", "true")
    tab_to(page, '[name="acting-as"]')
    page.keyboard.press("ArrowRight")
    expect(page.locator("label.actor", has_text="Bob").locator("input")).to_be_checked()
    expect(page.locator("#announcer")).to_contain_text("You act as Bob Okafor")
    assert screen.page is page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_is_readable_in_both_schemes(
    screen: Screen, page: Page, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    screen.page.locator("#new-ticket").click()
    screen.contrast()
    page.keyboard.press("Escape")
    key = screen.new_ticket("Jira", "outage")
    card = screen.card(key)
    expect(card).to_be_visible()
    expect(screen.note).to_have_count(1)
    screen.contrast()
    screen.act_as("Carol")
    screen.button(card, "Approve").click()
    expect(screen.only_you.last).to_be_visible()
    page.get_by_label("Every step").check()
    screen.contrast()
    if scheme == "dark":
        screen.shoot("demo-dark")
    screen.act_as("Alice")
    screen.button(card, "Edit").click()
    expect(screen.modal.get_by_label("Components")).to_be_visible()
    screen.contrast()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(241, 240, 236)", "dark": "rgb(17, 20, 22)"}[scheme]
    page.keyboard.press("Escape")


@pytest.mark.parametrize("size", [PHONE, NARROWEST], ids=["phone", "narrowest"])
def test_everything_works_on_a_narrow_screen(screen: Screen, page: Page, size: dict[str, int]) -> None:
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    # Only now and then is it as long as this.
    page.locator("#demo-ahead").evaluate("each => { each.textContent = '212 d 22 h ahead'; }")
    screen.fits()
    expect(page.locator("#slack")).to_be_hidden()
    key = screen.new_ticket("Jira", "printer")
    expect(screen.note).to_be_visible()
    screen.fits()
    page.get_by_role("link", name="Slack").click()
    card = screen.card(key)
    card.scroll_into_view_if_needed()
    screen.fits()
    if size is PHONE:
        screen.shoot("demo-phone")
    screen.button(card, "Edit").click()
    expect(screen.modal).to_be_visible()
    screen.fits()
    page.keyboard.press("Escape")
    screen.button(card, "Approve").click()
    expect(screen.card(key)).to_contain_text("Approved by Alice Moreau")
    page.get_by_role("link", name="The bot").click()
    expect(page.locator(".line", has_text=key).first).to_be_visible()
    screen.fits()
    page.locator(".line", has_text=key).first.get_by_role("button", name=key).click()
    expect(screen.field("Component")).to_have_value("Printing")


def test_a_ticket_that_gives_orders_is_shown_letter_by_letter_and_obeyed_in_nothing(
    screen: Screen, page: Page
) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a script of the ticket ran: {dialog.message}"))
    key = screen.new_ticket("Jira", "orders")
    expect(screen.note).to_have_count(1)
    expect(screen.ticket.locator(".description")).to_contain_text("<script>alert('hello')</script>")
    expect(screen.ticket.locator(".description")).to_contain_text("[here|http://attacker.invalid/?q=secrets]")
    # Orders are like nothing that was ever solved here.
    expect(screen.note).to_contain_text("No value is sure enough to suggest")
    expect(screen.card(key)).to_have_count(0)
    assert page.locator("main a[href^=http], main img, main script, main iframe").count() == 0
    assert page.locator("#messages .mention", has_text="channel").count() == 0
    expect(screen.chosen("Priority")).to_have_text("Medium")
    expect(screen.chosen("Assignee")).to_have_text("not set")
    for message in page.locator("#messages article").all():
        assert "APPROVED BY ALICE" not in message.inner_text()


def test_ones_own_words_are_taken_as_text(screen: Screen, page: Page) -> None:
    page.locator("#new-ticket").click()
    page.locator("#new-summary").fill("<b>bold</b> & *stars* <img src=x onerror=alert(1)>")
    page.locator("#new-description").fill("line one\n  line two {color:red}x{color}")
    page.get_by_role("button", name="Open ticket").click()
    expect(page.locator("#ticket-title")).to_have_text("<b>bold</b> & *stars* <img src=x onerror=alert(1)>")
    expect(screen.ticket.locator(".description")).to_contain_text("{color:red}x{color}")
    assert page.locator("main b, main img").count() == 0


def test_an_empty_summary_is_refused_in_words(page: Page) -> None:
    page.locator("#new-ticket").click()
    page.get_by_role("button", name="Open ticket").click()
    expect(page.locator("#toasts")).to_contain_text("Write a summary")
    expect(page.locator("#new-summary")).to_be_focused()


def test_what_a_system_refuses_is_said_in_its_own_words(
    screen: Screen, page: Page, complaints: list[str]
) -> None:
    screen.new_ticket("ServiceNow", "printer")
    screen.field("State").select_option(label="Resolved")
    expect(page.locator("#toasts")).to_contain_text("The following fields are mandatory: Resolution code")
    expect(screen.chosen("State")).to_have_text("New")
    # Chromium itself notes the answer 400.
    assert all("400" in each for each in complaints)
    complaints.clear()


def test_people_write_publicly_or_internally_and_requesters_only_publicly(screen: Screen, page: Page) -> None:
    screen.new_ticket("Jira", "access")
    expect(screen.note).to_have_count(1)
    page.locator("#comment-text").fill("Checked with her manager.")
    page.get_by_label("Internal note").check()
    page.get_by_role("button", name="Add", exact=True).click()
    mine = screen.ticket.locator(".entry", has_text="Checked with her manager.")
    expect(mine.locator(".visibility")).to_have_text("Internal note")
    page.locator("#comment-person").select_option(label="Dan Peters (requester)")
    expect(page.get_by_label("Internal note")).to_be_disabled()
    page.locator("#comment-text").fill("Any news?")
    page.get_by_role("button", name="Add", exact=True).click()
    theirs = screen.ticket.locator(".entry", has_text="Any news?")
    expect(theirs.locator(".visibility")).to_have_text("Public")


def test_a_similar_ticket_opens_on_the_page_and_no_link_leaves_it(screen: Screen, page: Page) -> None:
    for system in ("Jira", "ServiceNow"):
        screen.new_ticket(system, "printer")
        # Above these it may ask about open tickets.
        screen.note.locator("button.link").last.click()
        expect(screen.ticket.locator(".status")).to_have_class("status status-done")
        assert len(page.context.pages) == 1
    assert page.locator("main a[href]").count() == 0


def test_the_feed_can_be_held_and_goes_on_where_it_was(screen: Screen, page: Page) -> None:
    page.get_by_role("button", name="Pause").click()
    key = screen.new_ticket("Jira", "access")
    expect(screen.note).to_have_count(1)
    expect(page.locator("#held")).to_contain_text("new")
    expect(page.locator(".line", has_text=key)).to_have_count(0)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".line", has_text=key).first).to_be_visible()
    expect(page.locator("#held")).to_be_empty()


def test_half_typed_words_survive_what_happens_meanwhile(screen: Screen, page: Page) -> None:
    screen.new_ticket("Jira", "outage")
    page.locator("#comment-text").fill("half a sen")
    expect(screen.note).to_have_count(1)
    screen.field("Labels").fill("site-down")
    screen.field("Labels").press("Enter")
    expect(screen.field("Labels")).to_have_value("site-down")
    expect(page.locator("#comment-text")).to_have_value("half a sen")


def test_only_the_panes_scroll_never_the_page(screen: Screen, page: Page) -> None:
    key = screen.new_ticket("Jira", "outage")
    card = screen.card(key)
    expect(card).to_be_visible()
    card.evaluate("each => each.scrollIntoView({ block: 'start' })")
    page.locator("#comment-text").focus()
    page.locator("label.actor", has_text="Gus").locator("input").focus()
    assert page.evaluate("[window.scrollY, document.body.scrollTop]") == [0, 0]
    tall = page.evaluate("document.documentElement.scrollHeight - window.innerHeight")
    assert tall <= 0


def test_new_cards_are_announced(screen: Screen, page: Page) -> None:
    key = screen.new_ticket("Jira", "outage")
    expect(screen.card(key)).to_be_visible()
    announcer = page.locator("#announcer")
    expect(announcer).to_have_attribute("aria-live", "polite")
    expect(announcer).to_contain_text(key)
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('main button, main input, main select, main textarea')]
          .filter((node) => node.checkVisibility() && !node.labels?.length && !node.ariaLabel
            && !node.textContent.trim() && !node.title).map((node) => node.outerHTML)"""
    )
    assert unnamed == []


def test_no_request_leaves_the_page_for_anywhere_else(page: Page, demo_url: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.get_by_text("Live, on this machine").wait_for()
    assert asked
    assert [url for url in asked if not url.startswith(demo_url)] == []


def test_a_lost_connection_is_said_and_made_good(
    screen: Screen, page: Page, complaints: list[str], demo_url: str
) -> None:
    page.context.set_offline(True)
    page.locator("#new-ticket").click()
    page.locator("[data-sample=printer]").click()
    expect(page.locator("#toasts")).to_contain_text("The demo does not answer")
    page.keyboard.press("Escape")
    page.context.set_offline(False)
    complaints.clear()
    page.reload()
    page.get_by_text("Live, on this machine").wait_for()
    assert screen.new_ticket("Jira", "printer")
    assert page.url.startswith(demo_url)
