"""What a person does on the demo page, in a person's words, and how the page is judged."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

IMAGES = Path(__file__).parents[2] / "docs/images"
DESKTOP, TALL = 1_000, 1_080
"""From which width on a picture is taken taller than the window: a set of two then fits."""
TAKES_SCREENSHOTS = os.environ.get("COUNTERSIGN_SCREENSHOTS") == "1"

CONTRAST = """() => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  const paint = (colours) => {
    pen.clearRect(0, 0, 1, 1);
    for (const colour of colours) { pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb.map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const grounds = (node) => {
    const found = [];
    for (let each = node; each; each = each.parentElement) {
      found.unshift(getComputedStyle(each).backgroundColor);
    }
    return found;
  };
  const open = [...document.querySelectorAll('dialog[open]')].at(-1);
  const walker = document.createTreeWalker(open ?? document.body, NodeFilter.SHOW_TEXT);
  const poor = [];
  let judged = 0;
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    const words = text.textContent.trim().slice(0, 40);
    if (!words || !node.checkVisibility() || node.closest('.unseen, .skip, option')) continue;
    const style = getComputedStyle(node);
    const behind = grounds(node);
    const ground = paint(behind);
    const ink = paint([...behind, style.color]);
    const [a, b] = [light(ground), light(ink)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    judged += 1;
    if (ratio < (large ? 3 : 4.5)) poor.push(`${ratio.toFixed(2)} ${style.color} "${words}"`);
  }
  return { judged, poor };
}"""
"""WCAG 2.2, 1.4.3: every text with its ground, half-transparent layers put on top of each other."""


class Screen:
    """The page, by what a person sees."""

    def __init__(self, page: Page) -> None:
        self.page = page

    # -- tickets

    def new_ticket(self, system: str, sample: str) -> str:
        """Open a ready-made ticket and return its key."""
        self.page.locator("#new-ticket").click()
        dialog = self.page.locator("#new-dialog")
        dialog.get_by_label(system, exact=True).check()
        with self.page.expect_response("**/demo/ticket") as answer:
            dialog.locator(f"[data-sample={sample}]").click()
        key = str(answer.value.json()["id"]).partition(":")[2]
        # The ticket before it may still be open for a moment.
        expect(self.ticket.locator(".ticket-bar .key")).to_have_text(key)
        return key

    def own_ticket(self, system: str, summary: str, text: str) -> str:
        """Open a ticket in one's own words and return its key."""
        self.page.locator("#new-ticket").click()
        dialog = self.page.locator("#new-dialog")
        dialog.get_by_label(system, exact=True).check()
        dialog.get_by_label("Summary", exact=True).fill(summary)
        dialog.get_by_label("Description", exact=True).fill(text)
        with self.page.expect_response("**/demo/ticket") as answer:
            dialog.get_by_role("button", name="Open ticket").click()
        key = str(answer.value.json()["id"]).partition(":")[2]
        expect(self.ticket.locator(".ticket-bar .key")).to_have_text(key)
        return key

    @property
    def ticket(self) -> Locator:
        """The open ticket."""
        return self.page.locator("article.ticket")

    @property
    def note(self) -> Locator:
        """The bot's internal notes on the open ticket."""
        return self.ticket.locator(".entry-internal", has_text="Triage by Countersign")

    def field(self, label: str) -> Locator:
        """The control of a field."""
        return self.ticket.get_by_label(label, exact=True)

    def chosen(self, label: str) -> Locator:
        """What a field's menu shows."""
        return self.field(label).locator("option:checked")

    # -- Slack

    def act_as(self, name: str) -> None:
        """Be somebody else in Slack."""
        self.page.locator("label.actor", has_text=name).click()
        expect(self.page.locator("label.actor", has_text=name).locator("input")).to_be_checked()

    def card(self, key: str) -> Locator:
        """The card about a ticket, whatever has become of it."""
        title = self.page.get_by_role("heading", name=re.compile(rf"\b{re.escape(key)}\b"))
        return self.page.locator("article.message", has=title).last

    def button(self, card: Locator, name: str) -> Locator:
        """A button of a card, by exactly what it says; the first of several."""
        return card.locator(".block-actions button", has_text=re.compile(f"^{re.escape(name)}$")).first

    def confirm(self, yes: str) -> None:
        """Answer the question that comes before a button counts."""
        self.page.locator("dialog.confirm").get_by_role("button", name=yes, exact=True).click()

    def enter(self, room: str) -> None:
        """Look at a conversation, or at the bot's Home."""
        self.page.locator("#rooms button", has_text=room).click()

    @property
    def messages(self) -> Locator:
        """What the conversation shows."""
        return self.page.locator("#messages")

    def later(self, button: str) -> None:
        """Push time forward."""
        self.page.locator("[data-later]", has_text=button).click()

    @property
    def modal(self) -> Locator:
        """Slack's modal."""
        return self.page.locator("#slack-dialog")

    @property
    def only_you(self) -> Locator:
        """Messages only the acting person sees."""
        return self.page.locator("article.only-you")

    def let_all_expire(self) -> None:
        """Leave nothing waiting from tests before: a Home lists the oldest twenty, each with a link."""
        self.later("+8 h")
        # A Home is drawn when it is opened: not before the timers have come.
        expect(self.page.locator("#totals dd").nth(2)).to_have_text("0")

    # -- judging

    def contrast(self) -> None:
        """Fail where any text is too faint for its ground."""
        found: Any = self.page.evaluate(CONTRAST)
        assert found["judged"] > 3
        assert not found["poor"], found["poor"]

    def fits(self) -> None:
        """Fail where the page is wider than the window."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{wide} pixels too wide"

    def shoot(self, name: str, beginning: Locator | None = None) -> None:
        """Save a picture for the documentation, when asked to; ``beginning`` is what a pane starts with."""
        if not TAKES_SCREENSHOTS:
            return
        size = self.page.viewport_size
        if size is not None and size["width"] >= DESKTOP:
            self.page.set_viewport_size({"width": size["width"], "height": TALL})
        if beginning is not None:
            beginning.evaluate("each => each.scrollIntoView({ block: 'start' })")
        self.page.mouse.move(0, 0)
        IMAGES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=IMAGES / f"{name}.png")
        if size is not None:
            self.page.set_viewport_size(size)
