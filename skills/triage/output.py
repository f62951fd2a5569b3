"""What a brain may say back about a ticket. Anything else is left out, never mended.

The ticket's text is somebody else's and may ask for what it likes: all that comes through here is a live
value of a field that was asked about, and a draft that a person reads before anybody else does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from bot.core.arguments import TEXT_CHARS_MAX
from bot.core.judgement import FieldAnswer, FieldQuestion, Judgement, Question
from bot.core.reports import Finding, Report, Wish
from bot.core.tickets import Value
from bot.core.untrusted import Untrusted
from bot.core.words import say

WISH_AT = 0.6
"""A finding this sure goes on a card; a fainter one stands in the note alone."""
FIELDS_MAX = 20
"""As many as ``set_fields`` takes at once."""
OTHERS_MAX = 2
"""Beside the first: three are weighed at a glance, and more are no help."""
QUOTE_CHARS_MAX = 300
"""Of the words a suggestion rests on; a note is read at a glance."""
BECAUSE_CHARS_MAX = 300
"""Of a brain's reason: one sentence."""
SHOWN_AT = 0.5
"""A finding less sure than even odds would be wrong more often than right: it is kept to ourselves."""


def report_of(question: Question, judgement: Judgement) -> Report:
    """Turn a brain's answer into what may be shown and what may be wished."""
    findings = _findings(question, judgement.answers)
    draft = _draft(judgement)
    wishes = [_fields_wish(question, findings), _reply_wish(draft, question.reader)]
    return Report(
        findings=findings,
        similar=judgement.similar,
        draft=draft,
        draft_source=judgement.draft_source if draft else "",
        brain=judgement.brain,
        degraded=judgement.degraded,
        usage=judgement.usage,
        local=judgement.local,
        wishes=tuple(wish for wish in wishes if wish is not None),
    )


def _findings(question: Question, answers: Sequence[FieldAnswer]) -> tuple[Finding, ...]:
    """Keep the first answer per field that holds, in the order the fields were asked."""
    texts = (question.summary, question.description, *question.conversation, *question.attachments)
    words = " ".join(text.line() for text in texts)
    found: dict[str, Finding] = {}
    for asked in question.fields:
        for answer in answers:
            if answer.field == asked.choices.field and answer.field not in found:
                finding = _finding(asked, answer, words)
                if finding is not None:
                    found[answer.field] = finding
    return tuple(f for f in found.values() if _fits_parent(f, question.fields, found))


def _finding(asked: FieldQuestion, answer: FieldAnswer, words: str) -> Finding | None:
    live = next((value for value in asked.choices.values if value.id == answer.value.id), None)
    others = _others(asked, answer)
    if live is None or not _shows(answer, others):
        return None
    if {live.id, *(each.id for each in others)} & {value.id for value in asked.current}:
        return None  # a person has decided it already
    quote = answer.quote.line(QUOTE_CHARS_MAX)
    return Finding(
        field=asked.choices.field,
        label=asked.choices.label,
        current=asked.current,
        value=live,
        confidence=answer.confidence,
        quote=Untrusted(quote if quote and quote in words else ""),
        because=Untrusted(answer.because.line(BECAUSE_CHARS_MAX)),
        others=others,
        together=answer.together if others else 0.0,
    )


def _others(asked: FieldQuestion, answer: FieldAnswer) -> tuple[Value, ...]:
    """Return the runners-up that can be set, without the value that leads."""
    live = {value.id: value for value in asked.choices.values}
    found = [live[each.id] for each in answer.others if each.id in live and each.id != answer.value.id]
    return tuple(dict.fromkeys(found))[:OTHERS_MAX]


def _shows(answer: FieldAnswer, others: Sequence[Value]) -> bool:
    """Whether the figures are figures, and the value sure enough; torn between several, it need not be."""
    honest = 0.0 <= answer.confidence <= 1.0 and 0.0 <= answer.together <= 1.0  # false for what is no number
    return honest and (bool(others) or (answer.confidence >= SHOWN_AT and not answer.others))


def _fits_parent(finding: Finding, fields: Sequence[FieldQuestion], others: Mapping[str, Finding]) -> bool:
    """Whether the value belongs to its parent's value: the one in ``others``, else the one that is set."""
    asked = next(q for q in fields if q.choices.field == finding.field)
    parent, parents = asked.choices.depends_on, asked.choices.parents
    if not parent or not parents:
        return True
    now = next((q.current for q in fields if q.choices.field == parent), ())
    then = (others[parent].value,) if parent in others else now
    return parents.get(finding.value.id) in {value.id for value in then}


def _fields_wish(question: Question, findings: Sequence[Finding]) -> Wish | None:
    """One change of every field that is sure enough; what hangs on a field left out stays out as well."""
    sure = {f.field: f for f in findings if f.confidence >= WISH_AT and not f.others}
    chosen = [f for f in sure.values() if _fits_parent(f, question.fields, sure)][:FIELDS_MAX]
    if not chosen:
        return None
    several = {q.choices.field for q in question.fields if q.choices.several}
    fields: dict[str, JsonValue] = {}
    for finding in chosen:
        kept = finding.current if finding.field in several else ()
        fields[finding.field] = [{"id": v.id, "label": v.label} for v in (*kept, finding.value)]
    return Wish(
        verb="set_fields",
        args={"fields": fields},
        why=Untrusted("\n".join(f"{f.label}: {f.because.raw}" for f in chosen)),
        confidence=min(f.confidence for f in chosen),
        before={f.field: f.current for f in chosen},
        hangs=_hanging(chosen, question.fields),
    )


def _hanging(chosen: Sequence[Finding], fields: Sequence[FieldQuestion]) -> dict[str, str]:
    """Return which of the chosen fields belong to the value of another of them."""
    names = {f.field for f in chosen}
    parents = {q.choices.field: q.choices.depends_on for q in fields}
    return {name: on for name in sorted(names) if (on := parents.get(name, "")) in names}


def _draft(judgement: Judgement) -> Untrusted | None:
    text = judgement.draft.clean(TEXT_CHARS_MAX).strip() if judgement.draft else ""
    return Untrusted(text) if text else None


def _reply_wish(draft: Untrusted | None, reader: str) -> Wish | None:
    if draft is None:
        return None
    why = Untrusted(say(reader, "because.reply"))
    return Wish(verb="reply_publicly", args={"text": draft.raw}, why=why, rests_on_last_public=True)
