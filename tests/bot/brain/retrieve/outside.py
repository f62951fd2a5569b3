"""Outside data for tests of retrieval; a test that needs it skips where it is not there."""

from __future__ import annotations

import csv
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.brain.retrieve.articles import Article, article

DATA = Path(__file__).parents[4] / "../shared/data"
HEADING = re.compile(r"<h(\d)[^>]*>(.*?)</h\d>", re.DOTALL)


def workarena() -> list[Article]:
    """The articles, their headings as Markdown has them."""
    return [article(line["item"], _markdown(line["article"])) for line in _lines("workarena_articles.jsonl")]


def questions() -> list[tuple[str, str]]:
    """Questions with the key of the article that answers each."""
    return [(line["question"], line["item"]) for line in _lines("workarena_questions.jsonl")]


def helpdesk() -> list[dict[str, str]]:
    """Tickets with answers in several languages."""
    path = DATA / "tickets/helpdesk_multilang.csv.gz"
    if not path.is_file():
        pytest.skip("no ../shared/data/tickets/helpdesk_multilang.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _lines(name: str) -> list[dict[str, Any]]:
    path = DATA / "knowledge" / name
    if not path.is_file():
        pytest.skip(f"no ../shared/data/knowledge/{name}")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _markdown(html: str) -> str:
    blocks = re.sub(r"</p>|</li>", "\n\n", html)
    headed = HEADING.sub(lambda found: f"\n{'#' * int(found[1])} {found[2]}\n", blocks)
    return "\n".join(line.strip() for line in headed.split("\n"))
