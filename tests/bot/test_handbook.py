"""A folder of Markdown as a source: found by words, read by key, links only below the site that is named."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.core.errors import Missing, Retry
from bot.handbook import HANDBOOK, LOOKUPS, HandbookSettings, ReadArticle
from bot.sources import Source
from connectors._passages import Searched
from tests.connectors.source_conformance import unbounded

VPN = """---
title: The VPN drops
url: https://kb.example.com/vpn
---
# Before
Nothing.

# What to do
Update the <b>client</b> to 5.2; see [the form](https://evil.example/x).
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path.parent / "secret.md").write_text("# Secret\nhunter2")
    (tmp_path / "later").mkdir()
    (tmp_path / "vpn.md").write_text(VPN)
    (tmp_path / "print.md").write_text("# Printers\nRestart the spooler.\n" + "More words. " * 2_000)
    (tmp_path / "far.md").write_text(
        "---\ntitle: Far VPN\nurl: https://evil.example/vpn\n---\nvpn far away\n"
    )
    return tmp_path


async def opened(folder: Path, site: str = "") -> Source:
    """Open it as a start does, before there is a loop to hold up."""
    given = {"folder": str(folder), **({"site": site} if site else {})}
    settings = await asyncio.to_thread(HandbookSettings.model_validate, given)
    return HANDBOOK.open("handbook", settings)


async def test_the_passage_that_fits_comes_with_its_key_and_title(folder: Path) -> None:
    first = (await (await opened(folder)).look("search_articles", Searched(query="update the vpn client")))[0]
    assert (first.key, first.title.raw) == ("vpn.md", "The VPN drops")
    assert "Update the" in first.text.raw
    assert "evil.example" not in first.text.raw
    assert first.url == ""


async def test_an_article_without_a_word_of_the_question_is_not_found(folder: Path) -> None:
    source = await opened(folder)
    for query in ("server slow", "I need a new mouse", "imprimante HS"):
        assert await source.look("search_articles", Searched(query=query)) == []
    (found,) = await source.look("search_articles", Searched(query="the printer is slow"))
    assert found.key == "print.md"


async def test_links_lead_below_the_named_site_or_nowhere(folder: Path) -> None:
    source = await opened(folder, "https://kb.example.com")
    found = {each.key: each.url for each in await source.look("search_articles", Searched(query="vpn"))}
    assert found == {"vpn.md": "https://kb.example.com/vpn", "far.md": ""}
    lookalike = await opened(folder, "https://kb.example.co")
    assert not any(each.url for each in await lookalike.look("search_articles", Searched(query="vpn")))


async def test_an_article_is_read_whole_up_to_a_bound_and_no_other_file_is(folder: Path) -> None:
    source = await opened(folder)
    (whole,) = await source.look("read_article", ReadArticle(article="print.md"))
    assert whole.text.raw.startswith("# Printers")
    assert len(whole.text.raw) == 8_000
    for key in ("../secret.md", str(folder / "vpn.md"), "print", "/etc/passwd"):
        with pytest.raises(Missing):
            await source.look("read_article", ReadArticle(article=key))


async def test_a_folder_that_is_gone_is_a_retry_and_one_that_never_was_is_refused(folder: Path) -> None:
    with pytest.raises(ValidationError, match="there is no such folder"):
        await opened(folder / "nowhere")
    source = await opened(folder / "later")
    await asyncio.to_thread((folder / "later").rmdir)
    with pytest.raises(Retry):
        await source.look("search_articles", Searched(query="vpn"))
    await source.close()


def test_what_is_asked_has_bounds() -> None:
    for lookup in LOOKUPS.values():
        assert not list(unbounded(lookup.arguments.model_json_schema()))
        with pytest.raises(ValidationError):
            lookup.arguments.model_validate({"query": "x", "article": "x"})
