"""The page as a Slack client: menus that search, pages of details, Home, direct messages, what to try.

Forms that the demo's tickets never lead to are served to the page as the bot would send them.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.driving import Screen

PEOPLE = ["Anna Arnold", "Anton Berg", "Bea Anders"]


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def menu(field: str, label: str) -> dict[str, Any]:
    """A searched menu as the edit form has it: all menus have one action_id, blocks tell them apart."""
    initial = {"text": plain("nobody yet"), "value": "="}
    element = {
        "type": "external_select",
        "action_id": "pick",
        "min_query_length": 1,
        "placeholder": plain("Type to search"),
        "initial_option": initial,
    }
    return {"type": "input", "block_id": f"field:{field}", "label": plain(label), "element": element}


class Served:
    """A modal that is there for everybody, and what the page sent about it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.modal: dict[str, Any] | None = None
        self.sent: list[tuple[str, dict[str, Any]]] = []
        page.route("**/demo/chat?*", self._chat)
        page.route("**/demo/modal/*", self._told)
        page.route("**/demo/view/click", self._told)

    def show(self, *blocks: dict[str, Any], errors: dict[str, str] | None = None) -> None:
        """Open the modal, or bring it up to date."""
        self.modal = {
            "id": "V1", "hash": "1", "title": "Edit", "submit": "Approve", "close": "Cancel",
            "blocks": list(blocks), "errors": errors or {}, "trouble": "",
        }  # fmt: skip
        # Any change of the acting person makes the page look.
        self.page.locator("label.actor", has_text="Bob").locator("input").evaluate("each => each.click()")
        self.page.locator("label.actor", has_text="Alice").locator("input").evaluate("each => each.click()")

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """What was sent to ``path``."""
        return [body for to, body in self.sent if to.endswith(path)]

    def _chat(self, route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "modal": self.modal})

    def _told(self, route: Route) -> None:
        body: dict[str, Any] = json.loads(route.request.post_data or "{}")
        self.sent.append((route.request.url, body))
        found = [one for one in PEOPLE if str(body.get("text", "")).casefold() in one.casefold()]
        options = [{"value": f"={one}", "label": one} for one in found]
        route.fulfill(json={"ok": True, "options": options, "errors": {}})


@pytest.fixture
def served(page: Page) -> Iterator[Served]:
    yield Served(page)
    page.unroute_all(behavior="ignoreErrors")


def test_a_menu_that_searches_is_used_with_the_keyboard_and_escape_closes_the_list_alone(
    screen: Screen, served: Served, page: Page
) -> None:
    served.show(menu("assignee", "Assignee"), menu("component", "Component"))
    box = screen.modal.get_by_role("combobox", name="Assignee")
    expect(box).to_have_value("nobody yet")
    box.focus()
    page.keyboard.type("an")
    options = screen.modal.get_by_role("option")
    expect(options).to_have_text(PEOPLE)
    expect(box).to_have_attribute("aria-expanded", "true")
    screen.contrast()
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(screen.modal).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(options).to_have_text(PEOPLE)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    active = box.get_attribute("aria-activedescendant")
    assert active == options.nth(1).get_attribute("id")
    page.keyboard.press("Enter")
    expect(box).to_have_value("Anton Berg")
    expect(screen.modal).to_be_visible()
    assert served.bodies("/modal/submit") == []
    screen.modal.get_by_role("button", name="Approve").click()
    expect(screen.modal.get_by_role("button", name="Approve")).not_to_have_attribute("aria-busy", "true")
    (sent,) = served.bodies("/modal/submit")
    assert sent["values"] == {"field:assignee": {"pick": "=Anton Berg"}}


def test_what_is_typed_and_not_taken_counts_for_nothing(screen: Screen, served: Served, page: Page) -> None:
    served.show(menu("assignee", "Assignee"))
    box = screen.modal.get_by_role("combobox", name="Assignee")
    box.fill("zzz")
    expect(screen.modal.locator(".offered")).to_have_text("Nothing fits")
    page.keyboard.press("Tab")
    expect(box).to_have_value("nobody yet")
    screen.modal.get_by_role("button", name="Approve").click()
    expect(page.locator("#slack-dialog [aria-busy=true]")).to_have_count(0)
    assert [body["values"] for body in served.bodies("/modal/submit")] == [{}]


def test_a_choice_is_kept_when_the_form_comes_back_with_an_error(screen: Screen, served: Served) -> None:
    blocks = (menu("assignee", "Assignee"), menu("component", "Component"))
    served.show(*blocks)
    box = screen.modal.get_by_role("combobox", name="Component")
    box.fill("bea")
    screen.modal.get_by_role("option", name="Bea Anders").click()
    expect(box).to_have_value("Bea Anders")
    served.show(*blocks, errors={"field:component": "This value is no longer allowed."})
    expect(screen.modal.get_by_role("alert")).to_have_text("This value is no longer allowed.")
    expect(box).to_have_value("Bea Anders")
    expect(box).to_be_focused()
    expect(screen.modal.get_by_role("combobox", name="Assignee")).to_have_value("nobody yet")


def test_turning_a_page_says_which_row_was_pressed(screen: Screen, served: Served) -> None:
    rows = [
        {
            "type": "actions",
            "block_id": f"page:{to}",
            "elements": [
                {"type": "button", "action_id": "approval:more", "value": "p|1", "text": plain(label)}
            ],
        }
        for to, label in ((0, "Previous Page"), (2, "Next Page"))
    ]
    served.show(*rows)
    screen.modal.get_by_role("button", name="Next Page").click()
    expect(screen.modal.locator("[aria-busy=true]")).to_have_count(0)
    (sent,) = served.bodies("/view/click")
    assert (sent["block_id"], sent["action_id"]) == ("page:2", "approval:more")


def test_what_to_try_opens_closes_and_can_be_read(screen: Screen, page: Page) -> None:
    opener = page.get_by_role("button", name="What to try")
    opener.click()
    guide = page.locator("#guide")
    expect(guide.get_by_role("term")).to_have_count(14)
    screen.contrast()
    page.set_viewport_size({"width": 360, "height": 640})
    screen.fits()
    page.keyboard.press("Escape")
    expect(guide).to_be_hidden()
    expect(opener).to_be_focused()


def test_home_keeps_what_is_half_chosen_while_other_parts_change(screen: Screen, page: Page) -> None:
    screen.let_all_expire()
    screen.enter("Home")
    home = page.locator(".home")
    home.get_by_label("Who").select_option(label="Dora Lindqvist")
    key = screen.new_ticket("Jira", "printer")
    expect(screen.note).to_have_count(1)
    screen.enter("Home")
    expect(home).to_contain_text(key)
    expect(home.get_by_label("Who").locator("option:checked")).to_have_text("Dora Lindqvist")
    page.set_viewport_size({"width": 360, "height": 640})
    page.get_by_role("link", name="Slack").click()
    expect(home).to_be_visible()
    screen.fits()


def test_direct_messages_are_counted_until_they_were_seen(screen: Screen, page: Page) -> None:
    screen.enter("Direct messages")
    screen.enter("#approvals")
    screen.new_ticket("Jira", "phishing")
    count = page.locator("#rooms button", has_text="Direct messages").locator(".count")
    expect(count).to_have_text(re.compile(r"^\d+ new$"))
    screen.enter("Direct messages")
    expect(screen.messages).to_contain_text("waits for a decision")
    expect(count).to_have_count(0)
