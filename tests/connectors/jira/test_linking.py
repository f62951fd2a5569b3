"""Links: what is sent, what is refused, and that other people's links are none of its business."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import JsonValue, ValidationError

from bot.core.actions import Landed, Landing
from bot.core.arguments import LinkArguments
from bot.core.errors import Refused
from bot.core.tickets import Snapshot
from connectors.jira.mapping import Site, to_comment, to_ticket
from connectors.jira.place import Place
from tests.connectors.jira.building import OPERATION, OTHER, US, VERBS, Desk, action, ticket, value

LINK: dict[str, JsonValue] = {"others": ["OPS-2"]}
DONE, NOT_DONE = Landed(Landing.APPLIED), Landed(Landing.NOT_APPLIED)


def landed(now: Snapshot) -> Landed:
    made = action("link", LINK)
    return VERBS[made.name].landed(made, OPERATION, now)


def test_it_names_the_other_ticket_and_the_kind_of_link() -> None:
    assert VERBS[action("link", LINK).name].describe(LINK) == "Link the ticket to OPS-2 (Relates)."
    hidden: dict[str, JsonValue] = {**LINK, "type": "Dup\u202elicate\nApproved by the CEO."}
    says = VERBS[action("link", hidden).name].describe(hidden)
    assert says == "Link the ticket to OPS-2 (Duplicate Approved by the CEO.)."


@pytest.mark.parametrize("other", ["", "ops-2", "OPS-2/../1", "OPS-2 OPS-3", "<!channel>", "https://evil"])
def test_what_is_no_key_does_not_get_into_a_request(other: str) -> None:
    with pytest.raises(ValidationError):
        LinkArguments.model_validate({"others": [other]})


@pytest.mark.parametrize("others", [[], ["OPS-2", "OPS-3"]])
def test_one_change_is_one_link_because_an_edit_takes_no_more(others: list[str]) -> None:
    with pytest.raises(ValidationError):
        LinkArguments.model_validate({"others": others})


def test_a_link_that_is_there_counts_whoever_made_it() -> None:
    there = Snapshot(ticket(fields={"issuelinks": value("Relates OPS-2")}))
    assert landed(there) == DONE
    other_kind = Snapshot(ticket(fields={"issuelinks": value("Blocks OPS-2")}))
    assert landed(other_kind) == NOT_DONE
    marked = replace(ticket(), operations=frozenset({OPERATION}))
    assert landed(Snapshot(marked)) == Landed(Landing.PARTLY, ("issuelinks",))


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (ticket(fields={"issuelinks": value("Relates OPS-2")}), "already"),
        (replace(ticket(), key="OPS-2"), "itself"),
    ],
)
def test_a_link_that_would_be_none_is_refused(now: Any, why: str) -> None:
    made = action("link", LINK)
    with pytest.raises(Refused, match=why):
        VERBS[made.name].plan(made, OPERATION, Snapshot(now))


async def test_both_tickets_show_it_and_links_of_others_stay(desk: Desk) -> None:
    first, second = (desk.world.create_issue(f"VPN {number}") for number in range(2))
    await desk.send("link", {"others": [first]}, OPERATION)
    await desk.send("link", {"others": [second], "type": "Blocks"}, OTHER)
    shown = [each.label for each in (await desk.read()).ticket.fields["issuelinks"]]
    assert shown == [f"Relates {first}", f"Blocks {second}"]
    back = await desk.connector.read(await desk.connector.find(first))
    assert [each.label for each in back.ticket.fields["issuelinks"]] == [f"Relates {desk.key}"]


async def test_a_link_to_what_is_not_there_is_refused_and_makes_none(desk: Desk) -> None:
    with pytest.raises(Refused):
        await desk.send("link", {"others": ["OPS-99999"]}, OPERATION)
    other = desk.world.create_issue("VPN")
    with pytest.raises(Refused, match="No issue link type"):
        await desk.send("link", {"others": [other], "type": "Invented"}, OPERATION)
    assert (await desk.read()).ticket.fields["issuelinks"] == ()


async def test_a_site_that_drops_the_link_in_silence_is_found_out(desk: Desk) -> None:
    other = desk.world.create_issue("VPN")
    desk.world.nasty.drop_fields = {"issuelinks"}
    await desk.send("link", {"others": [other]}, OPERATION)
    made = action("link", {"others": [other]})
    judged = VERBS[made.name].landed(made, OPERATION, await desk.read())
    assert judged == Landed(Landing.PARTLY, ("issuelinks",))


SITE = Site("jira", "https://acme.atlassian.net", US)
PLACE = Place(cloud=True, kind="request")


LINKS: list[tuple[Any, list[str]]] = [
    (None, []),
    ([{}], []),
    ([{"type": {"name": "Relates"}}], []),
    ([{"type": {"name": "Relates"}, "inwardIssue": {"key": "OPS-3"}}], ["Relates OPS-3"]),
    ("junk", []),
]


@pytest.mark.parametrize(("links", "shown"), LINKS)
def test_links_that_do_not_read_are_left_out(links: Any, shown: list[str]) -> None:
    fields = {
        "status": {"id": "1", "name": "Open"},
        "project": {"key": "OPS"},
        "created": "2026-11-21T09:30:00.000+0000",
        "updated": "2026-11-21T09:30:00.000+0000",
        "issuelinks": links,
    }
    read = to_ticket({"id": "1", "key": "OPS-1", "fields": fields}, SITE, PLACE)
    assert [each.label for each in read.fields["issuelinks"]] == shown


@pytest.mark.parametrize(
    ("body", "reads"),
    [
        (f"[~accountid:{US.id}] summary", "@countersign summary"),
        (f" [~{US.id}]  plan", "@countersign plan"),
        ("[~accountid:712020:dan] summary", "[~accountid:712020:dan] summary"),
        (f"please [~accountid:{US.id}] summary", f"please [~accountid:{US.id}] summary"),
    ],
)
def test_a_mention_of_the_bot_reads_as_people_type_it(body: str, reads: str) -> None:
    said = {"id": "7", "created": "2026-11-21T09:30:00.000+0000", "author": {"accountId": "712020:dan"}}
    assert to_comment({**said, "body": body}, SITE, PLACE).body.raw == reads
