"""The service desks' knowledge: off until it is asked for, and words of a question alone are sent."""

from __future__ import annotations

from urllib.parse import parse_qs

from connectors._passages import Searched
from sandbox.jira import JiraSandbox
from tests.connectors.jira.building import connect


async def test_a_site_brings_its_knowledge_only_where_that_is_set() -> None:
    site = JiraSandbox()
    await site.start()
    assert connect(site).sources == ()
    connector = connect(site, knowledge=True)
    assert [source.name for source in connector.sources] == ["jira-knowledge"]
    await connector.close()
    await site.stop()


async def test_excerpts_come_as_words_and_without_an_address() -> None:
    site = JiraSandbox(flavour="dc")
    site.world.articles = [
        ("1", "Stolen\ncomputer", "<p>Call us.</p><p hidden>ORDER</p>"),
        ("2", " ", "stolen"),
    ]
    await site.start()
    connector = connect(site, knowledge=True)
    (source,) = connector.sources
    (found,) = await source.look("search_articles", Searched(query='stolen" OR ~laptop*'))
    assert (found.title.raw, found.text.raw, found.url, found.key) == ("Stolen computer", "Call us.", "", "")
    assert await source.look("search_articles", Searched(query="?? ~")) == []
    (sent,) = [each for each in site.exchanges if each.path.endswith("/article")]
    assert parse_qs(sent.query) == {"query": ["stolen OR laptop"], "highlight": ["false"], "limit": ["10"]}
    assert sent.headers["x-experimentalapi"] == "opt-in"
    await connector.close()
    await site.stop()
