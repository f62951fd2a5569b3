"""A skill asked for by a comment: the answer is a note, and who is not heard is told elsewhere or nowhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from approvals.clicks import Person
from bot.core.actions import Risk
from bot.core.dossier import Status
from bot.core.errands import InSlack
from bot.core.errors import Retry
from bot.core.ids import SlackUserId
from bot.core.words import say
from bot.runtime.admitting import Unheard
from bot.runtime.errands import PATIENCE_S, Errands, errand_job
from tests.bot.runtime.errand_office import ON_TICKET, SETS, Office, errand, lease_of
from tests.making import AGENT, ALICE, REF


async def test_a_command_on_the_ticket_is_answered_by_an_internal_note_of_its_own(office: Office) -> None:
    (event,) = await office.runs(errand(ON_TICKET))
    (note,) = await office.proposals(event)
    assert note.action.risk is Risk.NOTE
    assert note.action.name == "jira.add_internal_note"
    assert note.action.args["replaces"] == ""
    assert "It burns." in str(note.action.args["lines"])
    dossier = await office.bench.journal.dossier(REF)
    assert dossier.tracked[note.id].status is Status.APPROVED
    assert not dossier.note.material, "the living note is another one"
    assert not office.ears.heard
    assert not office.door.asked, "the rows for Slack are not asked"
    assert office.door.authors == [(AGENT.id, "summary", "OPS-1")]
    assert office.skill.desks[0].asked_by == ""


async def test_the_note_lands_once_and_leaves_the_living_note_alone(office: Office) -> None:
    await office.bench.happens(*await office.runs(errand(ON_TICKET)))
    await office.bench.happens(*await office.runs(errand(ON_TICKET)))  # the job ran twice
    (tracked,) = (await office.bench.journal.dossier(REF)).tracked.values()
    await office.bench.runs(office.bench.order(tracked.proposal))
    dossier = await office.bench.journal.dossier(REF)
    assert len(office.bench.records.comments) == 1
    assert dossier.note.comment == ""


async def test_wishes_asked_for_on_the_ticket_are_the_skills_own(office: Office) -> None:
    office.skill.report = replace(office.skill.report, wishes=(SETS,))
    proposals = await office.proposals(*await office.runs(errand(ON_TICKET)))
    assert [(each.by, each.action.risk) for each in proposals] == [
        ("", Risk.NOTE),
        ("skill:summary", Risk.REVERSIBLE),
    ]
    audit = [(each.what, each.actor) for each in await office.bench.audit()]
    assert ("change.requested", "skill:summary") in audit
    assert ("change.requested", "jira") in audit


async def test_who_is_not_heard_on_the_ticket_is_told_in_slack_alone_and_the_ticket_keeps_quiet(
    office: Office,
) -> None:
    person = Person(SlackUserId(ALICE), "T1")
    office.door.unheard_ = Unheard("access.not_granted", person)
    assert await office.runs(errand(ON_TICKET)) == []
    ((key, words),) = office.ears.refused
    assert (key, words["skill"], words["key"]) == ("errand.unheard", "summary", "OPS-1")
    assert words["why"] == say("en", "access.not_granted")
    (place,) = [each.place for each in office.ears.told_no]
    assert place == InSlack(channel="", user=ALICE, team="T1")
    assert not office.skill.desks
    assert not office.bench.records.sent
    (record,) = await office.bench.audit()
    assert (record.what, record.because, record.actor) == (
        "skill.refused",
        "errand.unheard",
        f"jira:{AGENT.id}",
    )


async def test_who_is_not_heard_and_not_known_hears_nothing_whatever_they_typed(office: Office) -> None:
    office.door.unheard_ = Unheard("access.not_granted", None)
    for word in ("summary", "juggle"):
        assert await office.runs(errand(ON_TICKET, skill=word)) == []
    assert [skill for _, skill, _ in office.door.authors] == ["summary", ""], "somebody's word is no skill"
    assert not office.ears.refused
    assert not office.skill.desks


async def test_slack_that_is_away_costs_whoever_is_not_heard_the_sentence_and_nothing_else(
    office: Office,
) -> None:
    office.door.unheard_ = Unheard("access.not_granted", Person(SlackUserId(ALICE), "T1"))
    office.ears.away = True
    assert await office.runs(errand(ON_TICKET)) == []


async def test_an_unknown_word_on_the_ticket_is_answered_with_those_there_are(office: Office) -> None:
    (event,) = await office.runs(errand(ON_TICKET, skill="juggle"))
    (note,) = await office.proposals(event)
    assert "There are: summary" in str(note.action.args["lines"])


async def test_while_nobody_can_tell_who_wrote_it_waits_and_then_the_ticket_keeps_quiet(
    office: Office,
) -> None:
    office.door.away = True
    with pytest.raises(Retry):
        await office.runs(errand(ON_TICKET))
    late = lease_of(errand_job(errand(ON_TICKET)), office.bench.clock.now().timestamp() - PATIENCE_S - 1)
    assert (await Errands(office.around).handle(late)).spawn == []
    assert not office.ears.refused
    assert not office.skill.desks
    assert [each.because for each in await office.bench.audit()] == ["errand.unheard"]
