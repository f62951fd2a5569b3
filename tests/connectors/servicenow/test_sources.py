"""Knowledge and inventory of an instance: no view is counted, no answer to another question is believed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from bot.core.errors import Missing
from bot.core.foreign import thing, things
from bot.core.passages import Passage
from bot.ports import Connector
from connectors._passages import Searched
from connectors.servicenow.settings import ServiceNowSettings
from connectors.servicenow.sources.cmdb import Item
from connectors.servicenow.sources.knowledge import ReadArticle
from sandbox.servicenow import ServiceNowSandbox
from sandbox.servicenow.store import sys_id_of
from tests.connectors.servicenow.sources import ERP, opened

SAMPLES = Path(__file__).parents[3] / "../shared/data/servicenow/docs-samples"
BASE = sys_id_of("kb_knowledge_base", "IT")


@pytest.fixture
async def vendor() -> AsyncIterator[ServiceNowSandbox]:
    running = ServiceNowSandbox()
    await running.start()
    yield running
    await running.stop()


async def ask(connector: Connector, lookup: str, arguments: BaseModel) -> list[Passage]:
    (source,) = (each for each in connector.sources if lookup in each.lookups)
    return list(await source.look(lookup, arguments))


async def test_an_article_is_found_and_read_and_no_view_is_counted(vendor: ServiceNowSandbox) -> None:
    connector = opened(vendor.url)
    first = (await ask(connector, "search_articles", Searched(query="vpn connects, drops")))[0]
    assert (first.key, first.url) == ("KB0000002", f"{vendor.url}/kb_view.do?sysparm_article=KB0000002")
    assert "<B>" not in first.text.raw
    (whole,) = await ask(connector, "read_article", ReadArticle(article="KB0000002"))
    assert "switch off IPv6" in whole.text.raw
    assert whole.at is not None
    assert vendor.knowledge.views.total() == 0
    asked = "&".join(each.query for each in vendor.exchanges)
    assert not {"update_view", "search_id", "search_rank"} & set(asked.replace("=", "&").split("&"))
    await connector.close()


async def test_what_the_account_may_not_read_is_missing(vendor: ServiceNowSandbox) -> None:
    vendor.knowledge.hidden.add("KB0000002")
    connector = opened(vendor.url)
    assert "KB0000002" not in {
        each.key for each in await ask(connector, "search_articles", Searched(query="vpn"))
    }
    with pytest.raises(Missing):
        await ask(connector, "read_article", ReadArticle(article="KB0000002"))
    await connector.close()


async def test_only_the_knowledge_bases_that_are_named_are_read(vendor: ServiceNowSandbox) -> None:
    ours, others = opened(vendor.url, knowledge_bases=[BASE]), opened(vendor.url, knowledge_bases=["a" * 32])
    assert await ask(ours, "read_article", ReadArticle(article="KB0000002"))
    assert await ask(others, "search_articles", Searched(query="vpn")) == []
    with pytest.raises(Missing):
        await ask(others, "read_article", ReadArticle(article="KB0000002"))
    await ours.close()
    await others.close()


@pytest.mark.parametrize(
    "article", ["", "../../now/table/sys_user", "KB1?update_view", "KB", "0" * 32, "kb1", "KB1\n2"]
)
def test_an_article_is_a_number_and_nothing_else(article: str) -> None:
    with pytest.raises(ValidationError):
        ReadArticle.model_validate({"article": article})


async def test_an_item_is_found_with_its_neighbours_each_in_its_direction(vendor: ServiceNowSandbox) -> None:
    connector = opened(vendor.url)
    (found,) = await ask(connector, "search_items", Searched(query="finance warehouse"))
    assert (found.key, found.title.raw) == (ERP, "ERP")
    assert "support group: ERP Support" in found.text.raw
    assert "operational status: Operational" in found.text.raw
    told = {each.text.raw for each in await ask(connector, "list_neighbours", Item(item=ERP))}
    assert told == {
        "ERP · Depends on: Single sign-on (cmdb_ci)",
        "ERP · Depends on: Payroll database (cmdb_ci)",
        "ERP · Exchanges data with: Payroll database (cmdb_ci)",
    }
    sign_on = sys_id_of("cmdb_ci", "Single sign-on")
    users = [each.text.raw for each in await ask(connector, "list_neighbours", Item(item=sign_on))]
    assert "Single sign-on · Used by: VPN gateway (cmdb_ci)" in users
    await connector.close()


async def test_an_item_is_found_in_a_sentence_it_stands_in(vendor: ServiceNowSandbox) -> None:
    connector = opened(vendor.url)
    said = "since Monday the VPN gateway drops every ten minutes, from home only"
    found = await ask(connector, "search_items", Searched(query=said))
    assert [each.title.raw for each in found] == ["VPN gateway"]
    assert await ask(connector, "search_items", Searched(query="it is of no use to me")) == []
    await connector.close()


async def test_the_rest_of_a_table_is_no_answer_to_a_question_the_platform_dropped(
    vendor: ServiceNowSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    del vendor.world.instance.store.tables["cmdb_ci"].columns["fqdn"]
    monkeypatch.setattr("connectors.servicenow.sources.cmdb.LOOKED_IN", ("fqdn",))
    connector = opened(vendor.url)
    assert await ask(connector, "search_items", Searched(query="nowhere")) == []
    del vendor.world.instance.store.tables["cmdb_rel_ci"].columns["parent"]
    del vendor.world.instance.store.tables["cmdb_rel_ci"].columns["child"]
    assert await ask(connector, "list_neighbours", Item(item=ERP)) == []
    await connector.close()


async def test_an_item_that_is_not_there_is_missing_and_a_question_without_words_is_not_asked(
    vendor: ServiceNowSandbox,
) -> None:
    connector = opened(vendor.url)
    for lookup in ("read_item", "list_neighbours"):
        with pytest.raises(Missing):
            await ask(connector, lookup, Item(item="f" * 32))
    before = len(vendor.exchanges)
    for lookup in ("search_items", "search_articles"):
        assert await ask(connector, lookup, Searched(query="^^ ~")) == []
    assert len(vendor.exchanges) == before
    await connector.close()


def test_which_sources_there_are_is_a_setting() -> None:
    names = {each.name for each in opened("http://127.0.0.1:1").sources}
    assert names == {"servicenow-knowledge", "servicenow-cmdb"}
    assert [each.name for each in opened("http://127.0.0.1:1", sources=["cmdb"]).sources] == [
        "servicenow-cmdb"
    ]
    assert opened("http://127.0.0.1:1", sources=[]).sources == ()
    given = {"url": "https://acme.service-now.com", "api_key": "k", "knowledge_bases": ["IT"]}
    with pytest.raises(ValidationError):
        ServiceNowSettings.model_validate(given)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="shared/data/servicenow/docs-samples is not there")
async def test_the_fake_answers_a_search_in_the_shape_of_the_documented_sample(
    vendor: ServiceNowSandbox,
) -> None:
    sample = json.loads((SAMPLES / "knowledge-api.001.json").read_text())["sample"]
    connector = opened(vendor.url)
    await ask(connector, "search_articles", Searched(query="vpn"))
    await connector.close()
    answer = json.loads(next(each.answer for each in vendor.exchanges if each.path.endswith("/articles")))
    assert shape(answer) == shape(sample)


def shape(value: object) -> object:
    """Return the keys and types of an answer; of the fields, which are asked for by name, those of one."""
    if whole := thing(value):
        found = {key: shape(each) for key, each in whole.items()}
        fields = thing(found.get("fields"))
        return found | ({"fields": next(iter(fields.values()))} if fields else {})
    if several := things(value):
        return shape(several[0])
    return "number" if isinstance(value, int | float) else type(value).__name__
