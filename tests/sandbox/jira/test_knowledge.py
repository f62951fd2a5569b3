"""Articles of the service desks, as the connector asks for them; Atlassian's documents judge both sides."""

from __future__ import annotations

from connectors._passages import Searched
from sandbox.jira import JiraSandbox
from tests.connectors.jira.building import connect
from tests.sandbox.jira.conftest import Rest


async def test_what_the_source_asks_and_is_answered_is_as_documented(cloud: JiraSandbox, rest: Rest) -> None:
    cloud.world.articles = [("8786177", "Stolen computer", "assuming your computer was stolen")]
    connector = connect(cloud, knowledge=True)
    (found,) = await connector.sources[0].look("search_articles", Searched(query="computer"))
    assert found.title.raw == "Stolen computer"
    await connector.close()
    empty = await rest("GET", "/rest/servicedeskapi/knowledgebase/article", query=" ", highlight="false")
    assert empty.status == 400
