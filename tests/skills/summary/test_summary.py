"""The hand-over: a model's five lines, or those the record itself has, and never a guess of ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.errors import BudgetSpent, Forbidden, Retry, StaysHome
from bot.core.judgement import Usage
from bot.core.reports import Report
from bot.core.tickets import Actor, Snapshot, Value
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.writers import Unusable
from skills.summary import SKILL
from tests.skills.desk import NOON, US, Pen, comment, desk, ticket

ARNE = Actor("u-2", Untrusted("Arne Agent"))
FIVE = {
    "what": "The VPN drops.",
    "since": "This morning.",
    "tried": "A restart; no change.",
    "waits": "Rita waits for the network team.",
    "next": "Look at the gateway's log.",
}


async def handed_over(
    snapshot: Snapshot, says: Any = None, language: str = "en"
) -> tuple[Report, Pen | None]:
    at, _ = desk()
    pen = Pen(says) if says is not None else None
    return await SKILL.run(snapshot, replace(at, writer=pen, language=language)), pen


def lines(report: Report) -> dict[str, str]:
    assert report.brief is not None
    assert report.brief.title == "brief.summary.title"
    return {line.label.removeprefix("brief.summary."): line.text.raw for line in report.brief.lines}


async def test_a_model_gives_the_five_lines_and_is_named() -> None:
    report, pen = await handed_over(Snapshot(ticket()), FIVE)
    assert lines(report) == FIVE
    assert (report.brain, report.degraded, report.usage.model) == ("pen-1", "", "pen-1")
    assert report.wishes == ()
    assert pen is not None
    assert (pen.tasks[0].name, pen.tasks[0].connector, pen.tasks[0].ticket) == (
        "summary",
        "jira",
        "jira:10001",
    )


async def test_a_model_reads_notes_too_but_neither_the_bots_own_words_nor_commands_to_it() -> None:
    said = (
        comment("It still drops."),
        comment("Gateway 3 was rebooted.", author=ARNE, public=False),
        comment("Triage by Countersign", author=US, public=False),
        comment("@countersign summary", author=ARNE, public=False),
    )
    _, pen = await handed_over(Snapshot(ticket(), said), FIVE)
    assert pen is not None
    papers = [
        (paper.label, paper.text.raw.partition("\n")[2] or paper.text.raw) for paper in pen.tasks[0].papers
    ]
    assert papers == [
        ("summary", "VPN is down"),
        ("description", "The VPN drops every ten minutes since this morning."),
        ("message_of_requester", "It still drops."),
        ("internal_note", "Gateway 3 was rebooted."),
    ]
    assert {name.raw for name in pen.tasks[0].people} >= {"Rita Requester", "Arne Agent"}


@pytest.mark.parametrize(
    ("says", "degraded"),
    [
        (None, "no_key"),
        (Retry("busy", after_s=1), "provider_down"),
        (BudgetSpent("spent", after_s=1), "budget_spent"),
        (StaysHome("a rule says so"), "stays_home"),
        (Forbidden("the key is refused"), "provider_down"),
        (Unusable("cut", usage=Usage("pen-1", 7)), "answer_refused"),
        ({**FIVE, "extra": "x"}, "answer_refused"),
        ({**FIVE, "next": ""}, "answer_refused"),
        ({"what": "only this"}, "answer_refused"),
    ],
)
async def test_without_a_usable_answer_the_record_speaks_and_says_why(says: Any, degraded: str) -> None:
    report, _ = await handed_over(Snapshot(ticket()), says)
    assert report.degraded == degraded
    assert report.brain == ""
    assert lines(report)["what"] == "VPN is down. The VPN drops every ten minutes since this morning."
    assert list(lines(report)) == ["what", "since", "tried", "waits", "next"]
    assert report.usage.model == ("pen-1" if degraded == "answer_refused" else "")


async def test_the_record_tells_what_agents_said_and_whose_turn_it_is() -> None:
    said = (
        comment("It still drops."),
        comment("Please restart the client. Then call us.", author=ARNE),
        comment("Gateway 3 looks fine to me!\nMore tomorrow.", author=ARNE, public=False),
    )
    assigned = ticket(fields={"assignee": (Value("u-2", "Arne Agent"),)})
    told = lines((await handed_over(Snapshot(assigned, said)))[0])
    assert told["tried"] == "Please restart the client. / Gateway 3 looks fine to me!"
    assert told["waits"].startswith("Arne Agent waits for the requester, since 2026-11-20 12:00")
    assert told["next"] == "Arne Agent has it (Open): see whether the requester has what is needed."


async def test_after_the_requesters_word_they_wait_and_somebody_has_to_answer() -> None:
    said = (comment("Hello?", author=ARNE), comment("It still drops."))
    told = lines((await handed_over(Snapshot(ticket(), said)))[0])
    assert told["waits"].startswith("The requester waits for somebody to take the ticket")
    assert told["next"] == "Nobody has it (Open): give it to somebody."
    assert told["tried"] == "Nothing is recorded.", "a greeting is nothing that was tried"


async def test_who_asked_three_times_waits_since_the_first_and_if_never_answered_since_the_report() -> None:
    asked = [
        replace(comment(words), at=NOON + timedelta(hours=hours))
        for hours, words in (
            (3, "That did not help."),
            (5, "Any news?"),
            (9, "Hi Arne,\n\nIt is urgent now."),
        )
    ]
    answered = replace(comment("Please restart it.", author=ARNE), at=NOON + timedelta(hours=1))
    told = lines((await handed_over(Snapshot(ticket(), (answered, *asked))))[0])
    assert told["waits"] == (
        "The requester waits for somebody to take the ticket, since 2026-11-20 15:00 UTC. "
        "They last wrote: “It is urgent now.”"
    )
    told = lines((await handed_over(Snapshot(ticket(), tuple(asked)), language="fr"))[0])
    assert "depuis 2026-11-20 12:00 UTC. Dernier message : « It is urgent now. »" in told["waits"]


async def test_another_customer_who_writes_along_is_nobody_of_the_desk() -> None:
    other = comment(
        "It drops for me as well.", author=Actor("u-7", Untrusted("Olga Other"), is_customer=True)
    )
    snapshot = Snapshot(ticket(), (other,))
    told = lines((await handed_over(snapshot))[0])
    assert told["tried"] == "Nothing is recorded."
    assert told["waits"].startswith("The requester waits for somebody")
    assert not snapshot.answered_by_person_after(NOON), "so the bot does not keep quiet"
    licensed = replace(other, author=replace(other.author, is_customer=False))
    assert Snapshot(ticket(), (licensed,)).answered_by_person_after(NOON)


async def test_a_team_that_has_it_without_anybody_in_person_is_named() -> None:
    group = ticket(fields={"assignment_group": (Value("g-1", "Network"),)})
    told = lines((await handed_over(Snapshot(group)))[0])
    assert told["waits"].startswith("The requester waits for Network, since")
    assert told["next"] == "Network has it, but nobody in person (Open): somebody there has to take it."


async def test_of_five_hundred_messages_the_newest_that_say_something_tell_what_was_tried() -> None:
    said = [comment(f"Hi Rita,\n\nstep {n} at 10.0.0.{n} is done.", author=ARNE) for n in range(499)]
    told = lines((await handed_over(Snapshot(ticket(), (*said, comment("Thanks!", author=ARNE)))))[0])
    assert told["tried"] == " / ".join(f"step {n} at 10.0.0.{n} is done." for n in (496, 497, 498))


async def test_a_reply_the_bot_has_sent_is_part_of_the_conversation_and_prose_about_the_bot_too() -> None:
    said = (
        comment("It still drops."),
        comment("Please restart the client.", author=US),
        comment("@countersign guessed well: it was gateway 3.", author=ARNE, public=False),
    )
    report, pen = await handed_over(Snapshot(ticket(), said), FIVE)
    assert report.degraded == ""
    assert pen is not None
    assert [paper.label for paper in pen.tasks[0].papers[2:]] == [
        "message_of_requester",
        "message_of_agent",
        "internal_note",
    ]
    told = lines((await handed_over(Snapshot(ticket(), said)))[0])
    assert told["waits"].startswith("The desk waits for the requester")


async def test_a_closed_ticket_waits_for_nobody() -> None:
    told = lines((await handed_over(Snapshot(ticket(closed=True))))[0])
    assert told["waits"] == "Nobody: the ticket is closed."
    assert told["next"] == "Nothing: it is Open."


async def test_an_empty_ticket_is_said_to_be_empty_in_the_readers_language() -> None:
    told = lines((await handed_over(Snapshot(ticket("", "")), language="fr"))[0])
    assert told["what"] == say("fr", "brief.summary.unsaid")
    assert told["tried"] == "Rien n'est consigné."


async def test_a_log_of_a_megabyte_is_cut_before_anybody_reads_it() -> None:
    _, pen = await handed_over(Snapshot(ticket(description="x" * 1_000_000), (comment("y" * 500_000),)), FIVE)
    assert pen is not None
    assert sum(len(paper.text.raw) for paper in pen.tasks[0].papers) < 12_000
