"""An address of our instance leads to a record of one of our tables; any other address leads nowhere."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Missing
from bot.core.tickets import TicketRef
from connectors.servicenow.client import ServiceNow
from connectors.servicenow.links import key_of
from connectors.servicenow.mapping import record_url
from connectors.servicenow.settings import ServiceNowSettings

HOME = "https://acme.service-now.com"
SYS_ID = "0123456789abcdef" * 2
TABLES = ("incident", "sc_task")


def test_what_we_link_to_is_found_again() -> None:
    assert key_of(HOME, record_url(HOME, "incident", SYS_ID), TABLES) == f"incident:{SYS_ID}"


@pytest.mark.parametrize(
    "path",
    [
        f"/incident.do?sys_id={SYS_ID}",
        f"/incident.do?sys_id={SYS_ID}&sysparm_view=ess",
        f"/nav_to.do?uri=%2Fincident.do%3Fsys_id%3D{SYS_ID}%26sysparm_stack%3D",
        f"/now/nav/ui/classic/params/target/incident.do%3Fsys_id%3D{SYS_ID}",
        f"/now/nav/ui/classic/params/target/{quote(quote(f'incident.do?sys_id={SYS_ID}'))}",
        f"/now/sow/record/incident/{SYS_ID}",
        f"/now/workspace/agent/record/incident/{SYS_ID}/params/x",
    ],
)
def test_every_page_of_a_record_names_it(path: str) -> None:
    assert key_of(HOME, HOME + path, TABLES) == f"incident:{SYS_ID}"


def test_a_number_does_as_well() -> None:
    assert key_of(HOME, f"{HOME}/incident.do?sysparm_query=number=INC0010023", TABLES) == "INC0010023"
    assert key_of(HOME, f"{HOME}/nav_to.do?uri=incident.do%3Fnumber%3Dinc0010023", TABLES) == "INC0010023"


@pytest.mark.parametrize(
    "url",
    [
        f"https://evil.example/incident.do?sys_id={SYS_ID}",
        f"https://acme.service-now.com.evil.example/incident.do?sys_id={SYS_ID}",
        f"https://x@acme.service-now.com/incident.do?sys_id={SYS_ID}",
        f"http://acme.service-now.com/incident.do?sys_id={SYS_ID}",
        f"{HOME}/sys_user.do?sys_id={SYS_ID}",
        f"{HOME}/now/sow/record/sys_user/{SYS_ID}",
        f"{HOME}/incident.do?sys_id={SYS_ID[:-1]}",
        f"{HOME}/incident.do?sys_id=-1",
        f"{HOME}/incident_list.do?sysparm_query=active=true",
        HOME,
        "",
        "https://[",
    ],
)
def test_no_other_address_does(url: str) -> None:
    assert key_of(HOME, url, TABLES) == ""


async def test_what_an_address_named_is_taken_by_find_where_its_table_is_ours() -> None:
    settings = ServiceNowSettings.model_validate({"url": HOME, "user": "bot", "password": "x"})
    instance = ServiceNow("acme", settings)
    url = record_url(instance.home, "incident", SYS_ID)
    assert await instance.find(instance.key_of(url)) == TicketRef("acme", f"incident:{SYS_ID}")
    for other in (f"sys_user:{SYS_ID}", "incident:-1", "x:y"):
        with pytest.raises(Missing):
            await instance.find(other)
    await instance.close()


@given(st.text(max_size=80))
def test_whatever_is_written_gives_a_key_or_nothing(text: str) -> None:
    for url in (text, f"{HOME}/incident.do?{text}", f"{HOME}/{text}", f"{HOME}/nav_to.do?uri={text}"):
        found = key_of(HOME, url, TABLES)
        assert not found or found.isascii()
