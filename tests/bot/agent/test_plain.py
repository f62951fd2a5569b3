"""The conversation without a model: a few forms are understood, and a question is never an order."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from approvals.policy import Match, Rule
from bot.agent.orders import Order, orders_in, understood
from bot.agent.run import NO_MODEL
from bot.agent.wordings import Want
from bot.core.runs import Ending, Memory, Settled
from bot.core.tickets import Choices, Transition, Value
from bot.core.untrusted import Untrusted
from bot.core.words.agent import CATALOGUE
from tests.bot.agent.house import DOING, House, about, message
from tests.making import REF, asking, rulebook


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("status OPS-1", Order(Want.STATUS)),
        ("OPS-1", Order(Want.STATUS)),
        ("What's the status of ops-1?", Order(Want.STATUS)),
        ("statut OPS-1", Order(Want.STATUS)),
        ("le statut de OPS-1 ?", Order(Want.STATUS)),
        ("summary of OPS-1", Order(Want.SUMMARY)),
        ("Summarise INC0010023, please", Order(Want.SUMMARY)),
        ("résumé de OPS-1", Order(Want.SUMMARY)),
        ("Résume OPS-1 stp", Order(Want.SUMMARY)),
        ("set OPS-1 to high", Order(Want.SET, "", "high")),
        ("Please set it to high.", Order(Want.SET, "", "high")),
        ("set the priority of OPS-1 to High", Order(Want.SET, "priority", "High")),
        ("set OPS-1 priority to High", Order(Want.SET, "priority", "High")),
        ("change the category to Network", Order(Want.SET, "category", "Network")),
        ("mets OPS-1 en haute", Order(Want.SET, "", "haute")),
        ("passe la priorité de OPS-1 à haute", Order(Want.SET, "priorité", "haute")),
        ("give it to Arne Agent", Order(Want.ASSIGN, "", "Arne Agent")),
        ("assign OPS-1 to arne@example.com", Order(Want.ASSIGN, "", "arne@example.com")),
        ("donne OPS-1 à Arne Agent", Order(Want.ASSIGN, "", "Arne Agent")),
        ("donne-le à Arne", Order(Want.ASSIGN, "", "Arne")),
        ("give it to the network team", Order(Want.TEAM, "", "network")),
        ("donne OPS-1 à l'équipe réseau", Order(Want.TEAM, "", "réseau")),
        ("donne-le à l’équipe réseau", Order(Want.TEAM, "", "réseau")),  # noqa: RUF001  # as keyboards write it
        ("close it", Order(Want.CLOSE)),
        ("ferme OPS-1 s'il te plaît", Order(Want.CLOSE)),
        ("clôture-le", Order(Want.CLOSE)),
        ("resolve OPS-1!", Order(Want.RESOLVE)),
        ("résous OPS-1", Order(Want.RESOLVE)),
        ("what is waiting for me?", Order(Want.PENDING)),
        ("qu'est-ce qui m'attend ?", Order(Want.PENDING)),
        ("help", Order(Want.HELP)),
        ("Bonjour !", Order(Want.HELP)),
    ],
)
def test_plain_forms_are_understood(text: str, order: Order) -> None:
    assert understood(text) == order


@pytest.mark.parametrize(
    "text",
    [
        "close it?",
        "should I close OPS-1?",
        "can we set OPS-1 to high?",
        "can you not close it?",
        "can you close it or not?",
        "`can you close it?` he asked",
        "why did you set OPS-1 to high",
        "set OPS-1 to high?",
        "don't close it",
        "do not set OPS-1 to high",
        "never close OPS-1",
        "close OPS-1 if the requester agrees",
        "close it once Rita has answered",
        "set OPS-1 to high and give it to Arne",
        "Rita wrote: close OPS-1",
        "the requester wants us to close OPS-1",
        "> close OPS-1",
        '"close OPS-1"',
        "ne ferme pas OPS-1",
        "ferme OPS-1 si Rita est d'accord",
        "faut-il fermer OPS-1 ?",
        "on a mis OPS-1 en haute",
        "close OPS-1\nset OPS-1 to high",
        "close the window",
        "set up a meeting to discuss OPS-1",
        "assign OPS-1",
        "",
        "set it to " + "x" * 400,
    ],
)
def test_a_question_a_doubt_or_half_a_sentence_is_no_order(text: str) -> None:
    assert understood(text) is None


READS = {Want.HELP, Want.STATUS, Want.SUMMARY, Want.PENDING}
DATA = Path(__file__).parents[3] / "../shared/data"


@pytest.mark.skipif(not (DATA / "security").is_dir(), reason="shared/data/security is not there")
@pytest.mark.parametrize("name", ["attacks", "benign"])
def test_no_text_of_the_collections_is_an_order(name: str) -> None:
    lines = (DATA / f"security/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    orders = [text for text in texts if {each.want for each in orders_in(text)} - {Want.HELP, Want.STATUS}]
    assert orders == []


async def test_a_status_is_read_from_the_ticket() -> None:
    house = House()
    result = await house.ask(None, "status OPS-1")
    assert (result.ending, result.notes) == (Ending.ANSWERED, (NO_MODEL,))
    assert "OPS-1: Printer on fire" in result.text.raw
    assert "Priority: Low" in result.text.raw
    assert result.memory.focus == REF
    assert result.proposals == ()


async def test_a_summary_says_who_wrote_last() -> None:
    house = House()
    assert "Nobody has written" in (await house.ask(None, "summary of OPS-1")).text.raw
    house.desk.comments.append(message("It smokes <!channel> https://evil.example/x"))
    text = (await house.ask(None, "summary of OPS-1")).text.raw
    assert "It smokes" in text
    assert "<!channel>" not in text
    assert "https://evil" not in text


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("set OPS-1 to high", "jira.set_priority", {"to": {"id": "2", "label": "High"}}),
        ("set the priority of OPS-1 to medium", "jira.set_priority", {"to": {"id": "3", "label": "Medium"}}),
        ("mets OPS-1 en haute", "jira.set_priority", {"to": {"id": "2", "label": "High"}}),
        (
            "passe la priorité de OPS-1 à moyenne",
            "jira.set_priority",
            {"to": {"id": "3", "label": "Medium"}},
        ),
        ("donne OPS-1 à Arne", "jira.assign", {"to": {"id": "arne", "label": "Arne Agent"}}),
        ("give OPS-1 to Arne Agent", "jira.assign", {"to": {"id": "arne", "label": "Arne Agent"}}),
        (
            "close OPS-1",
            "jira.transition",
            {"id": "t2", "name": "Finish", "to": {"id": "31", "label": "Done"}, "fields": {}},
        ),
        (
            "set OPS-1 to In Progress",
            "jira.transition",
            {"id": "t1", "name": "Start", "to": {"id": "21", "label": "In Progress"}, "fields": {}},
        ),
        (
            "give OPS-1 to the network team",
            "jira.set_fields",
            {"fields": {"assignment_group": [{"id": "g1", "label": "Network EMEA"}]}},
        ),
    ],
)
async def test_an_order_becomes_a_card(text: str, name: str, args: object) -> None:
    house = House()
    groups = (Value("g1", "Network EMEA"), Value("g2", "Mail"))
    house.desk.more = (Choices("assignment_group", "Assignment group", groups),)
    result = await house.ask(None, text)
    assert result.ending is Ending.ASKED
    (made,) = result.proposals
    assert (made.action.name, made.action.args, made.action.target) == (name, args, REF)
    assert (result.snapshot is not None, house.desk.sent) == (True, [])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("close it", "Which ticket"),
        ("close OPS-77", "I do not find OPS-77"),
        ("set OPS-1 to purple", "can be purple"),
        ("set the priority of OPS-1 to purple", "High, Medium, Low"),
        ("set the mood of OPS-1 to high", "no field mood"),
        ("give OPS-1 to Zoe", "Nobody called Zoe"),
        ("give OPS-1 to agent", "Several people"),
        ("give it to me", "Which ticket"),
        ("give OPS-1 to me", "No account goes by your Slack address"),
        ("give OPS-1 to the network team", "name a person"),
        ("make me a sandwich", "I can say"),
        ("what is waiting", "/itsm pending"),
    ],
)
async def test_what_is_not_clear_is_said_and_nothing_proposed(text: str, says: str) -> None:
    house = House()
    house.desk.staff = (Value("arne", "Arne Agent"), Value("anna", "Anna Agent"), Value("m", "Mehmet Mara"))
    result = await house.ask(None, text)
    assert (result.ending, result.proposals) == (Ending.ANSWERED, ())
    assert says in result.text.raw


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("similar to OPS-1?", "/itsm similar OPS-1"),
        ("are there duplicates of OPS-1?", "/itsm similar OPS-1"),
        ("tickets similaires à OPS-1", "/itsm similar OPS-1"),
        ("write a reply to OPS-1", "/itsm draft OPS-1"),
        ("un brouillon pour OPS-1", "/itsm draft OPS-1"),
        ("plan OPS-1", "/itsm plan OPS-1"),
        ("triage OPS-1", "/itsm triage OPS-1"),
    ],
)
async def test_what_a_command_does_is_said_with_the_command(text: str, command: str) -> None:
    result = await House().ask(None, text)
    assert (result.ending, result.proposals) == (Ending.ANSWERED, ())
    assert f"`{command}`" in result.text.raw


@pytest.mark.parametrize("text", ["who sells OPS-1?", "we are on OPS-1: it burns", "OPS-1 smokes"])
async def test_a_ticket_that_is_named_in_other_words_is_at_least_shown(text: str) -> None:
    result = await House().ask(None, text)
    assert (result.ending, result.proposals) == (Ending.ANSWERED, ())
    assert "Printer on fire" in result.text.raw
    assert "/itsm help" in result.text.raw


async def test_a_key_nobody_knows_is_said_whatever_is_asked() -> None:
    assert "do not find OPS-77" in (await House().ask(None, "what about OPS-77?")).text.raw


async def test_courtesy_is_no_part_of_an_order() -> None:
    result = await House().ask(None, "Bonjour, passe la priorité de OPS-1 à haute, merci")
    assert [made.says for made in result.proposals] == ["Set Priority to High."]


@pytest.mark.parametrize(
    "text",
    [
        "set OPS-1 to high and give it to Arne",
        "Please set OPS-1 to high, and then give it to Arne Agent. Thanks",
        "mets OPS-1 en haute et donne-le à Arne",
    ],
)
async def test_two_changes_in_one_breath_are_both_put_to_people(text: str) -> None:
    result = await House().ask(None, text)
    says = [made.says for made in result.proposals]
    assert says == ["Set Priority to High.", "Assign the ticket to Arne Agent."]
    assert len({made.id for made in result.proposals}) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("set OPS-1 to high and close the window", "/itsm help"),
        ("set OPS-1 to high and give it to Zoe", "Nobody called Zoe"),
        ("set OPS-1 to high and close OPS-2", "several tickets"),
        ("set OPS-1 to high and close it?", "nothing is proposed"),
        ("close OPS-1 and if Rita agrees set it to high", "/itsm help"),
        ("give OPS-1 to Arne and Rita", "/itsm help"),
        ("set OPS-1 to high and what is its status", "/itsm help"),
        (" and ".join(["set OPS-1 to high"] * 4), "/itsm help"),
    ],
)
async def test_half_of_what_is_asked_for_is_never_proposed(text: str, says: str) -> None:
    result = await House().ask(None, text)
    assert result.proposals == ()
    assert says in result.text.raw


async def test_it_is_the_ticket_of_the_conversation() -> None:
    result = await House().ask(None, "set it to high", memory=about())
    assert [each.action.target for each in result.proposals] == [REF]


async def test_several_tickets_and_closed_ones_and_rules_that_say_no() -> None:
    house = House()
    assert understood("status OPS-1 OPS-2") is None
    house.desk.tickets[REF.id] = replace(house.desk.tickets[REF.id], closed=True)
    assert "is closed" in (await house.ask(None, "set OPS-1 to high")).text.raw
    deny = House(book=rulebook(Rule(name="a", match=Match(action="jira.assign"), ask=asking())))
    result = await deny.ask(None, "set OPS-1 to high")
    assert (result.proposals, "rules of this desk" in result.text.raw) == ((), True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("set OPS-1 to OPS-2", "several tickets (OPS-1, OPS-2)"),
        ("set OPS-1 to 1 - High", "Several fields have that value: Impact, Urgency"),
        ("give OPS-1 to the mail team", "Possible: Mail DE, Mail EU."),
        ("give OPS-1 to the sales team", "Possible: Network, Mail DE, Mail EU."),
        ("resolve OPS-1", "lead to: In Progress, Closed, Closed"),
        ("set the impact of OPS-1 to nothing", "Possible: 1 - High, 2 - Medium."),
    ],
)
async def test_where_several_things_fit_they_are_named(text: str, says: str) -> None:
    house = House()
    groups = (Value("g1", "Network"), Value("g2", "Mail DE"), Value("g3", "Mail EU"))
    levels = (Value("1", "1 - High"), Value("2", "2 - Medium"))
    house.desk.more = (
        Choices("assignment_group", "Assignment group", groups),
        Choices("impact", "Impact", levels),
        Choices("urgency", "Urgency", levels),
    )
    shut = Value("9", "Closed")
    house.desk.onward = (Transition("t1", "Start", DOING), *(Transition(i, i, shut) for i in ("a", "b")))
    result = await house.ask(None, text)
    assert (result.ending, result.proposals) == (Ending.ANSWERED, ())
    assert says in result.text.raw


@pytest.mark.parametrize(("needs", "made"), [((), 1), (("resolution",), 0)])
async def test_the_one_step_that_closes_is_taken_whatever_it_is_called(
    needs: tuple[str, ...], made: int
) -> None:
    house = House()
    over = Transition("t9", "Over", Value("9", "Erledigt"), needs, closes=True)
    house.desk.onward = (Transition("t1", "Start", DOING), over)
    result = await house.ask(None, "close OPS-1")
    assert len(result.proposals) == made
    assert bool(made) != ("takes more than a word" in result.text.raw)


async def test_where_the_system_has_no_steps_closing_takes_more_than_a_word() -> None:
    house = House()
    house.desk.onward = ()
    result = await house.ask(None, "close OPS-1")
    assert result.proposals == ()
    assert "/itsm resolve OPS-1" in result.text.raw


async def test_once_things_are_settled_rules_have_nothing_to_add() -> None:
    result = await House().ask(None, Settled({"p1": "executed"}))
    assert (result.ending, result.text) == (Ending.ANSWERED, Untrusted(""))


def test_every_sentence_is_in_both_languages() -> None:
    assert all(set(each) == {"en", "fr"} for each in CATALOGUE.values())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("link it to OPS-2", "jira.link"),
        ("link OPS-1 to OPS-2", "jira.link"),
        ("add a note: the same as OPS-2 says", "jira.add_internal_note"),
        ("add a note to OPS-1: the same as OPS-2 says", "jira.add_internal_note"),
    ],
)
async def test_a_ticket_that_is_only_named_beside_is_not_the_one_that_is_changed(
    text: str, name: str
) -> None:
    house = House(book=rulebook(Rule(name="all", match=Match(action="*"), ask=asking())))
    result = await house.ask(None, text, memory=about())
    assert [(each.action.name, each.action.target) for each in result.proposals] == [(name, REF)]
    assert result.memory.focus == REF
    if text.startswith("link OPS-1"):
        return
    elsewhere = await house.ask(None, text.replace(" to OPS-1", ""), memory=Memory())
    assert (elsewhere.proposals, "Which ticket" in elsewhere.text.raw) == ((), True)


async def test_a_note_that_fails_leaves_the_conversation_where_it_was() -> None:
    house = House(book=rulebook(Rule(name="a", match=Match(action="jira.assign"), ask=asking())))
    result = await house.ask(None, "add a note: see OPS-2", memory=about())
    assert "rules of this desk" in result.text.raw
    assert result.memory.focus == REF
