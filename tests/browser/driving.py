"""What a person does on the demo page, in a person's words, and how the page is judged."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

IMAGES = Path(__file__).parents[2] / "docs/images"
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
        dialog.locator(f"[data-sample={sample}]").click()
        expect(self.ticket).to_be_visible()
        return self.ticket.locator(".ticket-bar .key").inner_text()

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

    def card(self, key: str, says: str = "Approve change to") -> Locator:
        """The card about a ticket that asks for a change (or says how it ended)."""
        title = self.page.get_by_role("heading", name=f"{says} {key}")
        return self.page.locator("article.message", has=title)

    def button(self, card: Locator, name: str) -> Locator:
        """A button of a card, by what it says."""
        return card.locator(".block-actions button", has_text=name)

    @property
    def modal(self) -> Locator:
        """Slack's modal."""
        return self.page.locator("#slack-dialog")

    @property
    def only_you(self) -> Locator:
        """Messages only the acting person sees."""
        return self.page.locator("article.only-you")

    # -- judging

    def contrast(self) -> None:
        """Fail where any text is too faint for its ground."""
        found: Any = self.page.evaluate(CONTRAST)
        assert found["judged"] > 5
        assert not found["poor"], found["poor"]

    def fits(self) -> None:
        """Fail where the page is wider than the window."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{wide} pixels too wide"

    def shoot(self, name: str) -> None:
        """Save a picture for the documentation, when asked to."""
        if TAKES_SCREENSHOTS:
            IMAGES.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=IMAGES / f"{name}.png")
