"""The form that makes a ticket: drawn out of what is live, read back into what was chosen. Pure.

Whose words they are: the message's and the model's stand in inputs, where Slack shows them letter by letter;
labels come from the ticket system, as plain text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from approvals.blocks import Block, link, mrkdwn, plain
from approvals.clicks import Person, person
from approvals.creating_inputs import chosen, fitting, input_block, menu, option, typed, typing, writing
from approvals.limits import OPTIONS_MAX, TEXT_CHARS_MAX, VIEW_BYTES_MAX
from approvals.modals import View, notice
from bot.core.creation import FIELDS_MAX, CreationForm, FormField, Kind
from bot.core.errors import Malformed
from bot.core.fingerprint import fingerprint
from bot.core.foreign import thing
from bot.core.tickets import Choices, Value
from bot.core.untrusted import Untrusted
from bot.core.words import say

CALLBACK: Final = "create:submit"
QUEUE, TYPE, FIELD, SEARCH = "create:queue", "create:type", "create:field", "create:search"
"""``action_id``s of its menus; the last one asks for its options as people type."""
SUMMARY, DESCRIPTION = "summary", "description"
_FIELD: Final = "field:"
_SPLIT: Final = "|"
LISTED_MAX: Final = (600, 200, 0)
"""Values in all of a form's lists together, the first that fits in a view. Further menus are searched."""
NOTES_MAX: Final = 5
"""Lines of ours above the inputs."""
NOTE_CHARS_MAX: Final = 500
"""Of one of them: a system's words about its no are as long."""
PROSE_CHARS_MAX: Final = 9_000
"""In all of a form's long texts together, beside the lists: a view holds 250 kB."""
ALSO_MAX: Final = 10
"""Fields that one refusal may have asked for."""
ALSO_CHARS_MAX: Final = 40
"""Of a field's name or label: ``private_metadata`` holds 3,000 characters, an accent takes six."""


@dataclass(frozen=True, slots=True)
class Meta:
    """What the form carries along, unseen: never anybody's words."""

    opened: int
    """Unix time: tickets made of it are not older."""
    connector: str = ""
    queue: str = ""
    type: str = ""
    channel: str = ""
    """Of the message it was opened on; empty: none."""
    again: str = ""
    """What came of it before, where it was opened again; empty: it was not."""
    also: tuple[str, ...] = ()
    """Fields that the system asked for when it refused."""

    def text(self) -> str:
        """Write it for ``private_metadata``."""
        also = list(self.also)
        return json.dumps(
            [self.opened, self.connector, self.queue, self.type, self.channel, self.again, also]
        )

    @classmethod
    def read(cls, text: str) -> Meta:
        """Read what :meth:`text` wrote, or an earlier version did.

        Raises:
            ValueError: it is something else.
        """
        opened, connector, queue, kind, channel, *more = json.loads(text)
        again, also = more or ("", ())
        return cls(
            int(opened),
            str(connector),
            str(queue),
            str(kind),
            str(channel),
            str(again),
            tuple(str(each) for each in also),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stands in a form just now."""

    meta: Meta
    summary: str = ""
    description: str = ""
    picks: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Field to the ids chosen."""
    typed: Mapping[str, str] = field(default_factory=dict[str, str])
    """Field to what was typed, as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form as somebody's client sent it: changed, searched in, or submitted."""

    view: str
    by: Person
    draft: Draft
    blocks: Mapping[str, str] = field(default_factory=dict[str, str])
    """Each input by what it is for: where something wrong can be told."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a form is drawn of."""

    queues: Sequence[tuple[str, Value]]
    """Connector and queue each."""
    form: CreationForm
    notes: Sequence[str] = ()
    """Sentences of the catalogue, above the inputs."""
    hints: Mapping[str, str] = field(default_factory=dict[str, str])
    """Words below an input, by field: what the system refused there."""


def loading(meta: Meta, language: str) -> View:
    """Return what is shown while the ticket systems are asked: a trigger lives for three seconds."""
    view = notice(say(language, "create.title"), say(language, "create.loading"), language)
    return view | {"private_metadata": meta.text()}


def closing(key: str, language: str, **gaps: str) -> View:
    """Return a form that only says why there is none."""
    filled = {gap: Untrusted(text).line(200) for gap, text in gaps.items()}
    return notice(say(language, "create.title"), say(language, key, **filled), language)


def drawn(sheet: Sheet, draft: Draft, language: str) -> View:
    """Return the form with everything that ``draft`` says still in it, as far as it is still offered."""
    found: View = {}
    for listed_max in LISTED_MAX:
        found = _drawn(sheet, draft, language, listed_max)
        # As it travels: a letter with an accent takes six bytes.
        if len(json.dumps(found)) <= VIEW_BYTES_MAX:
            break
    return found


def _drawn(sheet: Sheet, draft: Draft, language: str, listed_max: int) -> View:
    blocks: list[Block] = [
        {"type": "section", "block_id": f"note:{number}", "text": plain(Untrusted(told).line(NOTE_CHARS_MAX))}
        for number, told in enumerate(sheet.notes[:NOTES_MAX])
    ]
    if sheet.form.url:
        there = link(sheet.form.url, say(language, "create.by_hand", system=draft.meta.connector))
        blocks.append({"type": "section", "block_id": "by_hand", "text": mrkdwn(there)})
    blocks.append(_where(sheet, draft.meta, language))
    blocks += _type(sheet, draft.meta, language)
    blocks += _written(sheet, draft, language)
    blocks += _fields(sheet, draft, language, listed_max)
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": plain(say(language, "create.title")),
        "submit": plain(say(language, "create.submit")),
        "close": plain(say(language, "modal.cancel")),
        "private_metadata": draft.meta.text(),
        "blocks": blocks,
    }


def narrowed(choices: Choices, picks: Mapping[str, tuple[str, ...]]) -> tuple[Value, ...]:
    """Return the values a field has, given what is chosen in the one it depends on."""
    if not choices.depends_on:
        return choices.values
    above = picks.get(choices.depends_on, ())
    return tuple(each for each in choices.values if choices.parents.get(each.id) in above)


def offered(values: Sequence[Value], query: str) -> list[Block]:
    """Return what a menu that is searched offers for what was typed."""
    wanted = query.strip().casefold()
    found = [each for each in fitting(values) if wanted in Untrusted(each.label).line().casefold()]
    return [option(each) for each in found[:OPTIONS_MAX]]


def parse_form(payload: Mapping[str, Any]) -> Filled:
    """Read what a client sent about the form.

    Raises:
        Malformed: it is not our form, or what it carries was cut or edited.
    """
    try:
        view = payload["view"]
        meta = Meta.read(str(view["private_metadata"]))
        picks: dict[str, tuple[str, ...]] = {}
        texts: dict[str, str] = {}
        blocks: dict[str, str] = {}
        for block, elements in thing(thing(view.get("state")).get("values")).items():
            name = field_of(str(block)) or str(block).partition(_SPLIT)[0]
            blocks[name] = str(block)
            for element in thing(elements).values():
                _take(name, thing(element), texts, picks)
        joined = (picks.pop(QUEUE, None) or (_joined(meta.connector, meta.queue),))[0].partition(_SPLIT)
        kind = (picks.pop(TYPE, None) or (meta.type,))[0]
        draft = Draft(
            meta=replace(meta, connector=joined[0], queue=joined[2], type=kind),
            summary=texts.pop(SUMMARY, ""),
            description=texts.pop(DESCRIPTION, ""),
            picks=picks,
            typed=texts,
        )
        return Filled(view=str(view["id"]), by=person(payload), draft=draft, blocks=blocks)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Malformed(f"not a form of ours: {type(error).__name__}") from error


def _take(
    name: str, element: Mapping[str, Any], texts: dict[str, str], picks: dict[str, tuple[str, ...]]
) -> None:
    text = typed(element)
    if text is not None:
        if text or name in {SUMMARY, DESCRIPTION}:
            texts[name] = text
    elif found := chosen(element):
        picks[name] = found


def also(before: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """Return the names of fields a form asks for beside the usual, within what it can carry along."""
    return tuple(dict.fromkeys(each[:ALSO_CHARS_MAX] for each in (*before, *more)))[:ALSO_MAX]


def field_of(block: str) -> str:
    """Return the field a menu is for; empty: it is for none."""
    return block.removeprefix(_FIELD).partition(_SPLIT)[0] if block.startswith(_FIELD) else ""


# -- inside ------------------------------------------------------------------------------------------------


def _where(sheet: Sheet, meta: Meta, language: str) -> Block:
    several = len({connector for connector, _ in sheet.queues}) > 1
    values = [
        Value(_joined(connector, queue.id), f"{connector}: {queue.label}" if several else queue.label)
        for connector, queue in sheet.queues
    ]
    element = menu(values, (_joined(meta.connector, sheet.form.queue),), (QUEUE, SEARCH), language)
    hint = sheet.hints.get(QUEUE, "")
    return input_block(QUEUE, say(language, "create.queue"), element, asks=True, hint=hint)


def _type(sheet: Sheet, meta: Meta, language: str) -> list[Block]:
    form = sheet.form
    if len(form.types) < 2:  # noqa: PLR2004  # of one there is nothing to choose
        return []
    element = menu(form.types, (form.type.id,), (TYPE, SEARCH), language)
    name = _named(TYPE, meta.connector, form.queue)
    hint = sheet.hints.get(TYPE, "")
    return [input_block(name, say(language, "create.type"), element, asks=True, hint=hint)]


def _written(sheet: Sheet, draft: Draft, language: str) -> list[Block]:
    summary = writing(SUMMARY, draft.summary, sheet.form.summary_chars_max, long=False)
    text = writing(DESCRIPTION, draft.description, TEXT_CHARS_MAX, long=True)
    hint = sheet.hints.get
    return [
        input_block(SUMMARY, say(language, "create.summary"), summary, hint=hint(SUMMARY, "")),
        input_block(
            DESCRIPTION, say(language, "create.description"), text, optional=True, hint=hint(DESCRIPTION, "")
        ),
    ]


def _fields(sheet: Sheet, draft: Draft, language: str, listed_max: int) -> list[Block]:
    """Return an input for each field; those with too many values for a list are searched."""
    form, found = sheet.form, list[Block]()
    parents = {each.choices.depends_on for each in form.fields} - {""}
    room, texts = listed_max, sum(each.kind in {Kind.PROSE, Kind.WORDS} for each in form.fields)
    chars_max = min(TEXT_CHARS_MAX, PROSE_CHARS_MAX // max(texts, 1))
    for each in form.fields[:FIELDS_MAX]:
        choices, name = each.choices, each.choices.field
        hint = sheet.hints.get(name, "") or (say(language, "create.words") if each.kind is Kind.WORDS else "")
        if each.kind is not Kind.MENU:
            element = typing(each, draft.typed.get(name, ""), chars_max)
        else:
            values = narrowed(choices, draft.picks)
            if not fitting(values) and not each.searched:
                continue
            listed = not each.searched and len(values) <= min(OPTIONS_MAX, room)
            room -= len(values) if listed else 0
            picks = draft.picks.get(name, ())
            element = menu(values, picks, (FIELD, SEARCH), language, several=choices.several, listed=listed)
        block = _block(each, draft, form)
        asks, optional = name in parents, not each.required
        found.append(
            input_block(block, choices.label or name, element, asks=asks, optional=optional, hint=hint)
        )
    return found


def _block(each: FormField, draft: Draft, form: CreationForm) -> str:
    """Return another name where it offers something else: a client keeps what was chosen under the same."""
    choices = each.choices
    above = ",".join(draft.picks.get(choices.depends_on, ())) if choices.depends_on else ""
    return f"{_FIELD}{choices.field}{_SPLIT}{_print(draft.meta.connector, form.queue, form.type.id, above)}"


def _named(base: str, *what: str) -> str:
    return f"{base}{_SPLIT}{_print(*what)}"


def _print(*what: str) -> str:
    return fingerprint(list(what))[:8]


def _joined(connector: str, queue: str) -> str:
    return f"{connector}{_SPLIT}{queue}"
