"""What the suite that every source has to pass needs to know of the service desks' knowledge."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from bot.sources import Source
from connectors.jira import CONNECTOR
from connectors.jira.settings import JiraSettings
from sandbox.jira import JiraSandbox
from sandbox.jira.records import Flavour
from sandbox.jira.server import API_TOKEN, PAT
from tests.connectors.jira.building import connect
from tests.connectors.source_conformance import Asked, SourceCase

QUESTIONS: dict[str, dict[str, Any]] = {"search_articles": {"query": "stolen computer"}}
SECRETS: dict[Flavour, str] = {"cloud": API_TOKEN, "dc": PAT}


def at(flavour: Flavour) -> Callable[[str], Source]:
    secret = SECRETS[flavour]
    way_in = {"email": "bot@example.com", "api_token": secret} if flavour == "cloud" else {"pat": secret}

    def opened(url: str) -> Source:
        settings = JiraSettings.model_validate({"url": url, **way_in, "knowledge": True})
        (source,) = CONNECTOR.open("jira", settings).sources
        return source

    return opened


def running(flavour: Flavour) -> Callable[[], AbstractAsyncContextManager[Asked]]:
    @asynccontextmanager
    async def start() -> AsyncGenerator[Asked]:
        site = JiraSandbox(flavour=flavour)
        site.world.articles.append(("8786177", "Stolen computer", "Call <b>us</b> at once."))
        site.world.articles += [(f"{n}", f"Computer {n}", "computer " * 200) for n in range(20)]
        await site.start()
        connector = connect(site, knowledge=True)
        yield Asked(site, connector.sources[0], site.url, QUESTIONS)
        await connector.close()
        await site.stop()

    return start


SOURCES = {name: SourceCase(running(name), at(name), QUESTIONS, secret) for name, secret in SECRETS.items()}
