"""Drafts a reply to the requester: a model's where there is one, else the nearest answer the desk gave."""

from __future__ import annotations

from typing import Final

from bot.core.briefs import Brief, BriefLine, Reference
from bot.core.passages import Field
from bot.core.reports import Report
from bot.core.tickets import Snapshot
from bot.core.untrusted import Untrusted
from bot.core.words import say
from bot.ports import Desk
from skills._looking import Looked, Recalled, look, passage_reference, past_reference, recall
from skills._papers import papers_of, requesters_language
from skills._sources import Shelf, shelf
from skills._writing import ANSWER_REFUSED, Outcome, Wanted, rules_in, write
from skills.draft.output import Reply, reply_wish, sendable

RULES: Final = rules_in("skills.draft")


class Draft:
    """A reply, with its sources."""

    name = "draft"
    on_change = False

    async def run(self, snapshot: Snapshot, desk: Desk) -> Report:
        """Return a draft, or say that nothing on record is close enough.

        Only what customers may read goes in: a reply must not tell what colleagues wrote to each other.

        Raises:
            Retry: the ticket system or every brain is away; run it again.
        """
        if not (snapshot.ticket.summary or snapshot.ticket.description):
            return Report(brief=Brief("brief.draft.none"))
        looked = await look(desk, snapshot.ticket, {Field.KNOWLEDGE})
        recalled = await recall(desk, snapshot, wants_draft=desk.writer is None)
        shelved = shelf(looked.passages, tuple(past for past in recalled.past if past.answer))
        wanted = Wanted(
            skill=self.name,
            rules=RULES,
            answer=Reply,
            papers=(*papers_of(snapshot, internal=False), *shelved.papers.values()),
            language=requesters_language(snapshot, desk.language),
        )
        told = await write(wanted, snapshot, desk)
        draft = sendable(told.answer.reply) if told.answer else None
        if told.answer is not None and draft is not None:
            return _written(told, draft, shelved, looked, recalled, desk)
        if desk.writer is not None:
            recalled = await recall(desk, snapshot, wants_draft=True)
        why = told.degraded or ANSWER_REFUSED
        return _remembered(why, told, looked, recalled, desk)


def _written(
    told: Outcome[Reply], draft: Untrusted, shelved: Shelf, looked: Looked, recalled: Recalled, desk: Desk
) -> Report:
    references = shelved.cited(told.answer.sources if told.answer else ())
    lines = (*recalled.lines, *looked.lines(desk.language))
    if not references:
        lines = (*lines, BriefLine("", Untrusted(say(desk.language, "brief.draft.no_source"))))
    return Report(
        brief=Brief("brief.draft.title", lines, references),
        draft=draft,
        brain=told.brain,
        usage=told.usage,
        wishes=(reply_wish(draft, desk.language),),
    )


def _remembered(why: str, told: Outcome[Reply], looked: Looked, recalled: Recalled, desk: Desk) -> Report:
    """Return the nearest proven answer, and the articles a person would look at."""
    judgement = recalled.judgement
    draft = sendable(judgement.draft.raw) if judgement.draft else None
    source = _source(judgement.draft_source, recalled) if draft else ()
    also = tuple(map(passage_reference, looked.passages))
    lines = (*recalled.lines, *looked.lines(desk.language))
    title = "brief.draft.title" if draft else "brief.draft.none"
    return Report(
        brief=Brief(title, lines, source, also),
        draft=draft,
        draft_source=judgement.draft_source if draft else "",
        brain=judgement.brain if draft else "",
        degraded=why,
        usage=told.usage if told.usage.model else judgement.usage,
        wishes=(reply_wish(draft, desk.language),) if draft else (),
    )


def _source(named: str, recalled: Recalled) -> tuple[Reference, ...]:
    """Return what the brain names as its source, with its address where it is one of the tickets found."""
    found = next((past_reference(past) for past in recalled.past if past.key == named), None)
    return (found or Reference(Untrusted(named)),) if named else ()


SKILL = Draft()
