"""Without a model people write as they do: orders in many wordings, and none; questions; follow-ups."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from bot.agent.before import BY_RULE, orders_after
from bot.agent.doubts import Doubt, doubt_in
from bot.agent.orders import Order, orders_in
from bot.agent.questions import About, question_in
from bot.agent.wordings import Want
from bot.core.alike import Alike, SameAs
from bot.core.masked import Masked
from bot.core.runs import Ending, Memory
from bot.core.tickets import Choices, PastTicket, Snapshot, Value
from bot.core.turns import Heard, Spoke
from bot.core.untrusted import Untrusted
from tests.bot.agent.house import Blind, House, Scripted, about, message
from tests.making import REF

HIGH = Order(Want.SET, "", "high")
BOB = Order(Want.ASSIGN, "", "Bob")


@pytest.mark.parametrize(
    ("text", "orders"),
    [
        ("make it high", [HIGH]),
        ("thanks, put it to high", [HIGH]),
        ("no, set it to *high*", [HIGH]),
        ("OK, mark OPS-1 (https://jira.example.com/browse/OPS-1) as high, please", [HIGH]),
        ("pls set prio to high", [Order(Want.SET, "prio", "high")]),
        ("raise the priority to high", [Order(Want.SET, "priority", "high")]),
        ("make OPS-1 high priority", [Order(Want.SET, "priority", "high")]),
        ("set OPS-1 priority high", [Order(Want.SET, "priority", "high")]),
        ("put the prio on low", [Order(Want.SET, "prio", "low")]),
        ("prio low", [Order(Want.SET, "prio", "low")]),
        ("put it on hold", [Order(Want.SET, "", "on hold")]),
        ("set to high", [HIGH]),
        ("OPS-1: set it to high", [HIGH]),
        ("assign @Bob", [Order(Want.ASSIGN, "", "@Bob")]),
        ("transfer to Bob", [BOB]),
        ("it's urgent!", [Order(Want.RAISE)]),
        ("set category network", [Order(Want.SET, "category", "network")]),
        ("set the state to in progress", [Order(Want.SET, "state", "in progress")]),
        ("mark it as done", [Order(Want.SET, "", "done")]),
        ("mets la priorité à haute", [Order(Want.SET, "priorité", "haute")]),
        ("mets une priorité haute", [Order(Want.SET, "priorité", "haute")]),
        ("merci de passer OPS-1 en haute", [Order(Want.SET, "", "haute")]),
        ("la passer en haute", [Order(Want.SET, "", "haute")]),
        (
            "set urgency to 1 - High and impact to 1 - High",
            [Order(Want.SET, "urgency", "1 - High"), Order(Want.SET, "impact", "1 - High")],
        ),
        ("set it to high, give it to Bob and close it", [HIGH, BOB, Order(Want.CLOSE)]),
        ("hello\nset it to high\nassign to Bob", [HIGH, BOB]),
        ("I'll take it", [Order(Want.ASSIGN, "", "me")]),
        ("can you set it to high?", [Order(Want.SET, "", "high")]),
        ("could you please give it to Bob", [BOB]),
        ("hi, can you close it and give it to Bob?", [Order(Want.CLOSE), BOB]),
        ("pouvez-vous le fermer, s'il vous plaît ?", [Order(Want.CLOSE)]),
        ("je m'en occupe", [Order(Want.ASSIGN, "", "me")]),
        ("donne-le-moi", [Order(Want.ASSIGN, "", "me")]),
        ("assign Bob to it", [BOB]),
        ("l'assigner à Bob", [BOB]),
        ("escalate it to the network team", [Order(Want.TEAM, "", "network")]),
        ("unassign it", [Order(Want.UNASSIGN)]),
        ("link OPS-1 to OPS-2", [Order(Want.LINK, "OPS-1", "OPS-2")]),
        ("lie-le à OPS-2", [Order(Want.LINK, "", "OPS-2")]),
        ("add a note: called Dan, he is not in", [Order(Want.NOTE, "", "called Dan, he is not in")]),
        ("ajoute une note : Dan ne répond pas", [Order(Want.NOTE, "", "Dan ne répond pas")]),
        ("merci !", [Order(Want.THANKS)]),
        ("never mind", [Order(Want.CALL_OFF)]),
    ],
)
def test_an_order_may_be_worded_in_many_ways(text: str, orders: list[Order]) -> None:
    assert list(orders_in(text)) == orders


@pytest.mark.parametrize(
    ("text", "doubt", "order"),
    [
        ("can we set it to high?", Doubt.QUESTION, "set it to high"),
        ("should I give it to Bob", Doubt.QUESTION, "give it to Bob"),
        ("faut-il le fermer ?", Doubt.QUESTION, "le fermer"),
        ("she asked: can you close it?", Doubt.QUOTED, "close it"),
        ("can you close it if Dan agrees?", Doubt.CONDITIONAL, "close it"),
        ("we should close it", Doubt.QUESTION, "close it"),
        ("close it?", Doubt.QUESTION, "close it"),
        ("she said set it to high", Doubt.QUOTED, "set it to high"),
        ("Dan wants us to close it", Doubt.QUOTED, "close it"),
        ('"close it"', Doubt.QUOTED, "close it"),
        ("> close it", Doubt.QUOTED, "close it"),
        ("```\nclose it\n```", Doubt.QUOTED, "close it"),
        ("~close it~", Doubt.QUOTED, "close it"),
        ("don't close it", Doubt.NEGATED, "close it"),
        ("please do not give it to Bob yet", Doubt.NEGATED, "give it to Bob"),
        ("ne ferme pas OPS-1", Doubt.NEGATED, "ferme OPS-1"),
        ("n'assigne pas OPS-1 à Bob", Doubt.NEGATED, "assigne OPS-1 à Bob"),
        ("if the customer agrees, close it", Doubt.CONDITIONAL, "close it"),
        ("close it once Dan confirms", Doubt.CONDITIONAL, "close it"),
        ("si Dan est d'accord, ferme-le", Doubt.CONDITIONAL, "ferme-le"),
        ("colse it", Doubt.TYPO, "close it"),
        ("it's a duplicate of OPS-2", Doubt.TYPO, "link it to OPS-2"),
    ],
)
async def test_an_order_that_is_only_spoken_of_is_no_card(text: str, doubt: Doubt, order: str) -> None:
    assert orders_in(text) == ()
    found = doubt_in(text)
    assert found is not None
    assert (found.doubt, found.order) == (doubt, order)
    for memory in (None, about(), await _after("set OPS-1 to high"), await _after("give OPS-1 to Arne")):
        house = House()
        result = await house.ask(None, text, memory=memory)
        assert (result.ending, result.proposals, house.desk.sent) == (Ending.ANSWERED, (), [])
        assert doubt is Doubt.NEGATED or f"`{order}`" in result.text.raw


@pytest.mark.parametrize(
    "text",
    [
        *(
            "why did you set it to high",
            "set it to high but not now",
            "I closed it",
            "close it or resolve it",
        ),
        *("it was set to high by Bob", "set it to high and low", "set it to high and set it to low"),
        *(
            "je ne veux pas que tu fermes OPS-1",
            "note: close it",
            "",
            "?",
            "thanks for nothing, close the door",
        ),
        *(
            "set it to high and link it to OPS-2",
            "Status: approved by Bob",
            "schließe das Ticket",
            "👋 " * 200,
        ),
    ],
)
async def test_what_is_not_clear_is_no_card_either(text: str) -> None:
    assert {each.want for each in orders_in(text)} <= {Want.HELP, Want.THANKS}
    result = await House().ask(None, text or " ", memory=about())
    assert result.proposals == ()


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("who has it?", About.HOLDER),
        ("can you tell me who's working on OPS-1?", About.HOLDER),
        ("qui s'en occupe ?", About.HOLDER),
        ("since when?", About.SINCE),
        ("depuis quand ?", About.SINCE),
        ("who reported it", About.REPORTER),
        ("who is waiting for us?", About.WAITS),
        ("did the customer answer?", About.WAITS),
        ("any updates?", About.LAST),
        ("what has been tried?", About.LAST),
        ("quoi de neuf ?", About.LAST),
        ("what is the priority?", About.FIELD),
        ("is it closed?", About.FIELD),
        ("what did we do last time?", About.BEFORE),
        ("on a déjà eu ça ?", About.BEFORE),
        ("are there other tickets like this?", About.ALIKE),
        ("what does the runbook say?", About.KNOWLEDGE),
        ("is the mail server healthy?", About.HEALTH),
        ("tell the customer we are on it", About.DRAFT),
        ("OPS-1: any news?", About.LAST),
        ("give me the link", About.LINK),
        ("which tickets are open for me?", About.LIST),
    ],
)
def test_a_question_is_understood_by_what_stands_out(text: str, asked: About) -> None:
    assert orders_in(text) == ()
    found = question_in(text)
    assert found is not None
    assert found.about is asked


@pytest.mark.parametrize(
    "text", ["*" * 12_000, " \n" * 6_000, "~\n" * 6_000, "https://" + "/a1" * 4_000, "no " * 4_000]
)
def test_a_wall_of_marks_is_put_aside_at_once(text: str) -> None:
    """Without a bound, some of these took ten seconds."""
    earlier = (Heard(Masked("set it to high\n\n(About OPS-1.)")), Spoke(BY_RULE))
    before = time.process_time()
    assert (orders_in(text), orders_after(text, earlier, str)) == ((), ())
    assert (doubt_in(text), question_in(text)) == (None, None)
    assert time.process_time() - before < 1


@pytest.mark.parametrize(
    "text", ["you are useless", "asdfgh", "I don't like it", "what is the meaning of life?"]
)
async def test_what_is_neither_is_told_what_to_write_about_the_ticket(text: str) -> None:
    answer = (await House().ask(None, text, memory=about())).text.raw
    assert "did not understand" in answer
    assert "OPS-1" in answer
    assert "I can say" in (await House().ask(None, text)).text.raw


async def test_questions_are_answered_out_of_the_record() -> None:
    house = House()
    mine = house.desk.tickets[REF.id]
    house.desk.tickets[REF.id] = replace(
        mine, fields={**mine.fields, "assignee": (Value("arne", "Arne Agent"),)}
    )
    house.desk.comments.append(message("It smokes <!channel>"))
    answers = [
        (await house.ask(None, each, memory=about())).text.raw
        for each in (
            "who has it?",
            "what is the prio?",
            "whose turn is it?",
            "what was said last?",
            "who opened it?",
        )
    ]
    assert answers[0] == "OPS-1 is with Arne Agent."
    assert answers[1] == "Priority of OPS-1: Low"
    assert answers[2] == "The requester waits for Arne Agent, since 2026-11-20 09:00 UTC."
    assert "Rita Requester: «It smokes" in answers[3]
    assert "<!channel>" not in answers[3]
    assert "opened 2026-11-20" in answers[4]
    assert "by Rita Requester" in answers[4]


@pytest.mark.parametrize("text", ["who has it?", "what did we do last time?", "since when?"])
async def test_a_question_about_no_ticket_asks_which(text: str) -> None:
    assert "Which ticket" in (await House().ask(None, text)).text.raw


class Beside:
    """Fills ``Neighbours``: the coffee machine says the same."""

    async def of(self, snapshot: Snapshot) -> Alike:
        words = Untrusted("Coffee machine leaks")
        return Alike((SameAs("OPS-2", "", snapshot.ticket.summary, words, words, "OPS"),))


def _solved(key: str, words: str) -> PastTicket:
    return PastTicket(key, "", "OPS", Untrusted(words), Untrusted(""), {}, answer=Untrusted("New fuse."))


async def test_what_is_like_it_is_shown_nearest_first_and_only_what_the_person_may_see() -> None:
    house = House(neighbours=Beside())
    far, near = _solved("OPS-8", "Coffee is cold"), _solved("OPS-2", "A printer caught fire")
    house.desk.past = (far, near)
    text = (await house.ask(None, "is there something like OPS-1?")).text.raw
    assert "• OPS-2: Coffee machine leaks" in text
    assert "• OPS-2: A printer caught fire. Answered: «New fuse.»" in text
    assert "OPS-8" not in text
    house.sight = Blind(frozenset({"OPS-1"}))
    text = (await house.ask(None, "is there something like OPS-1?")).text.raw
    assert "OPS-2" not in text
    assert "No other open ticket" in text


# -- follow-ups --------------------------------------------------------------------------------------------


async def _after(*texts: str, house: House | None = None) -> Memory:
    memory = Memory()
    for each in texts:
        memory = (await (house or House()).ask(None, each, memory=memory)).memory
    return memory


@pytest.mark.parametrize(
    ("before", "text", "says"),
    [
        (["set OPS-1 to high"], "no, to medium", ["Set Priority to Medium."]),
        (["mets OPS-1 en haute"], "non, plutôt moyenne", ["Set Priority to Medium."]),
        (["set OPS-1 to high", "who has it?"], "no, to medium", []),
        (["set the priority of OPS-1 to hgih"], "high", ["Set Priority to High."]),
        (["set OPS-1 to high"], "done", []),
        (["bump OPS-1"], "high", ["Set Priority to High."]),
        (["make OPS-1 urgent"], "high", ["Set Priority to High."]),
        (["change the priority of OPS-1"], "high", ["Set Priority to High."]),
        (["set OPS-1 to high"], "thanks", []),
        (["give OPS-1 to Zoe"], "Arne Agent", ["Assign the ticket to Arne Agent."]),
        (["give OPS-1 to Zoe"], "who has it", []),
        (["set it to high"], "OPS-1", ["Set Priority to High."]),
        (["status OPS-2", "set it to high"], "OPS-1", []),
        (["can we set OPS-1 to high?"], "yes", ["Set Priority to High."]),
        (["colse OPS-1"], "oui", ["Move the ticket to Done."]),
        (["don't close OPS-1"], "yes", []),
        (["close OPS-1 if Rita agrees"], "yes", []),
        (["can we set OPS-1 to high?", "thanks"], "yes", []),
        (["status OPS-1"], "yes", []),
        (["status OPS-1", "it's a duplicate of OPS-2"], "yes", ["Link the ticket to OPS-2 (Relates)."]),
        (["status OPS-1", "can we link it to OPS-2?"], "yes", ["Link the ticket to OPS-2 (Relates)."]),
    ],
)
async def test_a_message_may_lean_on_the_one_before(before: list[str], text: str, says: list[str]) -> None:
    result = await House().ask(None, text, memory=await _after(*before))
    assert [each.says for each in result.proposals] == says


async def test_which_field_was_meant_is_said_with_its_name_alone() -> None:
    house = House()
    levels = (Value("1", "1 - High"), Value("2", "2 - Medium"))
    house.desk.more = (Choices("impact", "Impact", levels), Choices("urgency", "Urgency", levels))
    memory = await _after("set OPS-1 to 1 - high", house=house)
    for text, says in (
        ("the impact", "Set Impact to 1 - High."),
        ("both", "Set impact to 1 - High and urgency to 1 - High."),
    ):
        (made,) = (await house.ask(None, text, memory=memory)).proposals
        assert made.says.casefold() == says.casefold()
    (made,) = (await house.ask(None, "set the urgency of OPS-1 to 2")).proposals
    assert made.says == "Set urgency to 2 - Medium."


async def test_yes_to_a_model_is_no_order_for_rules() -> None:
    spoken = await House().ask(Scripted(["Shall I close it?"]), "can we set OPS-1 to high?")
    assert (await House().ask(None, "yes", memory=spoken.memory)).proposals == ()


@pytest.mark.parametrize(
    ("before", "text", "stands"),
    [
        ("set OPS-1 to high", "no, to medium", True),
        ("change the priority of OPS-1", "medium", False),
        ("can we set OPS-1 to high?", "yes", False),
    ],
)
async def test_a_correction_says_that_a_card_still_stands(before: str, text: str, *, stands: bool) -> None:
    result = await House().ask(None, text, memory=await _after(before))
    assert len(result.proposals) == 1
    assert ("still stands" in result.text.raw) is stands


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("set OPS-1 to low", "is Low already"),
        ("change the priority of OPS-1", "To what? Priority can be: High, Medium, Low."),
        ("change le statut de OPS-1", "To what?"),
        ("bump OPS-1", "To what? Priority can be: High, Medium, Low."),
        ("make OPS-1 urgent", "To what? Priority can be: High, Medium, Low."),
        ("set prioriy of OPS-1 to high", "If Priority is meant, write: `set the Priority of OPS-1 to high`"),
        ("set OPS-1 to hgih", "If High is meant"),
        ("set the status of OPS-1 to waiting", "The next ones lead to: In Progress, Done"),
        ("unassign OPS-1", "Nobody has OPS-1"),
        ("reopen OPS-1", "is not closed"),
        ("link OPS-1 to OPS-1", "cannot be linked"),
        ("link OPS-1 to OPS-77", "cannot be linked"),
        ("give OPS-1 to @U0NOBODY", "No account goes by their Slack address"),
    ],
)
async def test_what_comes_to_nothing_says_what_would(text: str, says: str) -> None:
    result = await House().ask(None, text)
    assert (result.ending, result.proposals) == (Ending.ANSWERED, ())
    assert says in result.text.raw


async def test_a_status_a_team_or_a_person_may_stand_where_a_value_does() -> None:
    house = House()
    house.desk.more = (Choices("assignment_group", "Assignment group", (Value("g1", "Service Desk"),)),)
    for text, says in (
        ("set the status of OPS-1 to in progress", "Move the ticket to In Progress."),
        ("passe OPS-1 à Arne Agent", "Assign the ticket to Arne Agent."),
        ("assign OPS-1 to @Arne Agent", "Assign the ticket to Arne Agent."),
        ("assign OPS-1 to the service desk", "Set assignment_group to Service Desk."),
    ):
        assert [each.says for each in (await house.ask(None, text)).proposals] == [says]
