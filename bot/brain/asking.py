"""How a question is put to a language model, and what its answer may look like. Pure; no provider is known.

The system prompt and the tool come first and change with a queue's choices only, so that a provider can keep
them; the ticket comes last, as data between marks it cannot forge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.brain.boxing import boxed, unmarked
from bot.core.errors import Reject
from bot.core.judgement import FieldAnswer, FieldQuestion, Judgement, Question
from bot.core.redaction import Redaction, has_holes, redact
from bot.core.rejections import TurnedDown
from bot.core.tickets import PastTicket, Value
from bot.core.untrusted import Untrusted

TOOL: Final = "triage"
CHOICES_MAX = 200
"""Values of one field a model is offered; past and present values first, then in the vendor's order."""
PAST_CHARS_MAX = 700
"""Of one similar ticket's words: five of them must not outweigh the ticket that is asked about."""
ANSWER_CHARS_MAX = 700
"""Of its answer, for the same reason."""
TURNED_DOWN_MAX = 5
"""The newest rejections: older ones are of a ticket that has changed since."""
REASON_CHARS_MAX = 300
"""Of a rejection's reason, as long as the form takes."""
_BOXES: Final = frozenset(
    {"ticket", "similar", "history", "turned_down", "summary", "description", "message"}
)


class FieldReply(BaseModel):
    """What a model may say about one field."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    value: Annotated[str, StringConstraints(max_length=300)]
    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    quote: Annotated[str, StringConstraints(max_length=1_000)] = ""
    because: Annotated[str, StringConstraints(max_length=1_000)] = ""


class Reply(BaseModel):
    """All it may say. Anything else is refused, not repaired."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    fields: dict[str, FieldReply]
    draft: Annotated[str, StringConstraints(max_length=10_000)] = ""
    draft_source: Annotated[str, StringConstraints(max_length=200)] = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """One question, ready to be sent."""

    system: str
    schema: Mapping[str, Any]
    """JSON schema of the tool's input."""
    text: str
    redaction: Redaction
    options: Mapping[str, Mapping[str, Value]]
    """Per field, what the model may write and which value that is."""
    keys: frozenset[str]
    """Of the similar tickets: a draft may name one of them as its source."""


def ask(question: Question, advice: Judgement | None, names: Sequence[str]) -> Asking:
    """Redact ``question`` and lay it out. ``advice``: what the local brain thinks, or None."""
    own = [
        question.summary.clean(),
        question.description.clean(),
        *(m.clean() for m in question.conversation),
        "\n".join(name.line() for name in question.attachments),
    ]
    past = [_past_text(each) for each in question.similar]
    noes = [_no_text(each) for each in question.turned_down[-TURNED_DOWN_MAX:]]
    people = [person.line() for person in question.people]
    redaction = redact(own, others=[*past, *noes], names=[*names, *people])
    options = {asked.choices.field: _options(asked, question.similar) for asked in question.fields}
    return Asking(
        system=system_prompt(),
        schema=_schema(question.fields, options),
        text=_text(question, redaction, advice),
        redaction=redaction,
        options=options,
        keys=frozenset(each.key for each in question.similar),
    )


def read(asking: Asking, answer: object) -> tuple[tuple[FieldAnswer, ...], Untrusted | None, str]:
    """Read a model's answer: the fields, the draft, its source.

    Raises:
        Reject: it is not what was asked for; says where, never what.
    """
    try:
        reply = Reply.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part)[:40] for part in first["loc"])
        raise Reject(f"the model's answer is not what was asked for: {place}: {first['type']}") from None
    answers: list[FieldAnswer] = []
    for field, said in reply.fields.items():
        value = asking.options.get(field, {}).get(said.value)
        if value is None:
            raise Reject("the model's answer holds a field or a value that was not offered")
        quote = Untrusted(asking.redaction.restore(said.quote))
        because = Untrusted(asking.redaction.restore(said.because))
        answers.append(FieldAnswer(field, value, said.confidence, quote, because))
    draft = asking.redaction.restore(reply.draft).strip()
    if not draft or has_holes(draft):
        return tuple(answers), None, ""
    source = reply.draft_source if reply.draft_source in asking.keys else ""
    return tuple(answers), Untrusted(draft), source


@cache
def system_prompt() -> str:
    """Return the rules, the same for every ticket."""
    return resources.files("bot.brain").joinpath("prompt.md").read_text(encoding="utf-8")


def _options(asked: FieldQuestion, similar: Sequence[PastTicket]) -> dict[str, Value]:
    values = list(asked.choices.values)
    if len(values) > CHOICES_MAX:
        known = {v.id for v in asked.current}
        known |= {v.id for past in similar for v in past.fields.get(asked.choices.field, ())}
        values = sorted(values, key=lambda value: value.id not in known)[:CHOICES_MAX]
    labels = [value.label for value in values]
    # Two groups may share a name: then the id tells them apart.
    return {v.label if labels.count(v.label) == 1 and v.label else f"{v.label} ({v.id})": v for v in values}


def _schema(fields: Sequence[FieldQuestion], options: Mapping[str, Mapping[str, Value]]) -> dict[str, Any]:
    properties = {asked.choices.field: _field_schema(asked, options[asked.choices.field]) for asked in fields}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["fields", "draft", "draft_source"],
        "properties": {
            "fields": {
                "type": "object",
                "additionalProperties": False,
                "properties": properties,
                "required": [],
            },
            "draft": {"type": "string", "description": "The reply to the requester, or empty."},
            "draft_source": {"type": "string", "description": "Key of the past ticket it uses, or empty."},
        },
    }


def _field_schema(asked: FieldQuestion, options: Mapping[str, Value]) -> dict[str, Any]:
    choices = asked.choices
    about = choices.label
    if choices.depends_on and choices.parents:
        about += f". Each value belongs to one value of {choices.depends_on}: " + "; ".join(
            f"{text} to {choices.parents.get(value.id, 'none')}" for text, value in options.items()
        )
    return {
        "type": "object",
        "description": about,
        "additionalProperties": False,
        "required": ["value", "confidence", "quote", "because"],
        "properties": {
            "value": {"type": "string", "enum": list(options)},
            "confidence": {"type": "number", "description": "0 to 1."},
            "quote": {"type": "string", "description": "Words of the ticket, letter by letter, or empty."},
            "because": {"type": "string", "description": "One plain sentence."},
        },
    }


def _text(question: Question, redaction: Redaction, advice: Judgement | None) -> str:
    summary, description, *messages, files = map(_unmarked, redaction.own)
    past, noes = redaction.others[: len(question.similar)], redaction.others[len(question.similar) :]
    now = (f"{q.choices.label}: {_labels(q.current) or 'not set'}" for q in question.fields)
    parts = [
        f"Language of the draft: {question.language}, of because: {question.reader}.",
        f"Queue: {_unmarked(question.queue)}.",
        "Present values: " + _unmarked("; ".join(now)) + ".",
        *(boxed("similar", text, _BOXES) for text in past),
        *(boxed("turned_down", text, _BOXES) for text in noes),
        _advice(advice),
        "<ticket>",
        f"{summary}\n\n{description}",
        *(f"A later message:\n{message}" for message in messages),
        f"Names of files on it, which nobody has opened:\n{files}" if files else "",
        "</ticket>",
        f"Fill in the tool {TOOL} for this ticket, once.",
        _left_out(question),
    ]
    return "\n".join(filter(None, parts))


def _left_out(question: Question) -> str:
    """Say what is not wanted. The tool keeps every field, so that a provider can keep the tool."""
    settled = [q.choices.field for q in question.fields if q.choices.field in question.settled]
    parts = [f"Leave out these fields, they are decided: {', '.join(settled)}." if settled else ""]
    parts.append("" if question.wants_draft else "Leave the draft empty: there is one already.")
    return " ".join(filter(None, parts))


def _advice(advice: Judgement | None) -> str:
    if advice is None or not advice.answers:
        return ""
    lines = (f"{a.field}: {a.value.label} ({a.confidence:.2f}; {a.because.line()})" for a in advice.answers)
    return boxed("history", "\n".join(lines), _BOXES)


def _past_text(past: PastTicket) -> str:
    fields = "; ".join(f"{name}: {_labels(value)}" for name, value in past.fields.items() if value)
    answer = past.answer.clean(ANSWER_CHARS_MAX) if past.answer else ""
    text = f"{past.summary.clean(200)}\n{past.description.clean(PAST_CHARS_MAX)}"
    return f"Key: {past.key}\n{text}\nDecided: {fields}" + (f"\nAnswered: {answer}" if answer else "")


def _no_text(no: TurnedDown) -> str:
    reason = no.reason.line(REASON_CHARS_MAX)
    return f"Suggested: {no.says}\nA person said no" + (f": {reason}" if reason else ", without a reason.")


def _labels(values: Sequence[Value]) -> str:
    return ", ".join(value.label for value in values)


def _unmarked(text: str) -> str:
    return unmarked(text, _BOXES)
