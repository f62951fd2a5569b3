"""The form that makes a ticket: drawn out of what is live, read back into what was chosen. Pure.

Whose words they are: the message's and the model's stand in inputs, where Slack shows them letter by letter;
labels come from the ticket system, as plain text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from approvals.blocks import Block, plain
from approvals.clicks import Person, person
from approvals.limits import BUTTON_CHARS_MAX, OPTION_VALUE_CHARS_MAX, OPTIONS_MAX, TEXT_CHARS_MAX
from approvals.modals import PICK, View, notice
from bot.core.creation import FIELDS_MAX, CreationForm, FormField
from bot.core.errors import Malformed
from bot.core.fingerprint import fingerprint
from bot.core.foreign import thing, things
from bot.core.tickets import Choices, Value
from bot.core.untrusted import Untrusted
from bot.core.words import say

CALLBACK: Final = "create:submit"
QUEUE, TYPE, FIELD, SEARCH = "create:queue", "create:type", "create:field", "create:search"
"""``action_id``s of its menus; the last one asks for its options as people type."""
SUMMARY, DESCRIPTION = "summary", "description"
_FIELD: Final = "field:"
_SPLIT: Final = "|"
LISTED_MAX: Final = 600
"""Values in all of a form's lists together: a view holds 250 kB. Further menus are searched."""
NOTES_MAX: Final = 3
"""Lines of ours above the inputs."""


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

    def text(self) -> str:
        """Write it for ``private_metadata``."""
        return json.dumps([self.opened, self.connector, self.queue, self.type, self.channel])


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stands in a form just now."""

    meta: Meta
    summary: str = ""
    description: str = ""
    picks: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Field to the ids chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form as somebody's client sent it: changed, searched in, or submitted."""

    view: str
    by: Person
    draft: Draft


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a form is drawn of."""

    queues: Sequence[tuple[str, Value]]
    """Connector and queue each."""
    form: CreationForm
    notes: Sequence[str] = ()
    """Sentences of the catalogue, above the inputs."""


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
    form, meta = sheet.form, draft.meta
    blocks: list[Block] = [
        {"type": "section", "block_id": f"note:{number}", "text": plain(Untrusted(told).line(TEXT_CHARS_MAX))}
        for number, told in enumerate(sheet.notes[:NOTES_MAX])
    ]
    blocks.append(_where(sheet, meta, language))
    if len(form.types) > 1:
        menu = _menu(form.types, (form.type.id,), TYPE, language)
        blocks.append(
            _input(_named(TYPE, meta.connector, form.queue), say(language, "create.type"), menu, asks=True)
        )
    blocks.append(_writing(SUMMARY, draft.summary, form.summary_chars_max, language))
    blocks.append(_writing(DESCRIPTION, draft.description, TEXT_CHARS_MAX, language))
    parents = {each.choices.depends_on for each in form.fields} - {""}
    room = LISTED_MAX
    for each in form.fields[:FIELDS_MAX]:
        many = len(narrowed(each.choices, draft.picks))
        listed = many <= min(OPTIONS_MAX, room)
        room -= many if listed else 0
        asks = each.choices.field in parents
        blocks += _field(each, draft, form, listed=listed, asks=asks, language=language)
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": plain(say(language, "create.title")),
        "submit": plain(say(language, "create.submit")),
        "close": plain(say(language, "modal.cancel")),
        "private_metadata": meta.text(),
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
    found = [each for each in _fitting(values) if wanted in Untrusted(each.label).line().casefold()]
    return [_option(each) for each in found[:OPTIONS_MAX]]


def parse_form(payload: Mapping[str, Any]) -> Filled:
    """Read what a client sent about the form.

    Raises:
        Malformed: it is not our form, or what it carries was cut or edited.
    """
    try:
        view = payload["view"]
        opened, *rest = json.loads(view["private_metadata"])
        connector, queue, kind, channel = (str(each) for each in rest)
        picks: dict[str, tuple[str, ...]] = {}
        texts: dict[str, str] = {}
        for block, elements in thing(thing(view.get("state")).get("values")).items():
            for element in thing(elements).values():
                _take(str(block), thing(element), texts, picks)
        where = (picks.pop(QUEUE, None) or (_joined(connector, queue),))[0].partition(_SPLIT)
        meta = Meta(int(opened), where[0], where[2], (picks.pop(TYPE, None) or (kind,))[0], channel)
        draft = Draft(
            meta=meta, summary=texts.get(SUMMARY, ""), description=texts.get(DESCRIPTION, ""), picks=picks
        )
        return Filled(view=str(view["id"]), by=person(payload), draft=draft)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Malformed(f"not a form of ours: {type(error).__name__}") from error


def faults(draft: Draft, language: str) -> dict[str, str]:
    """Return what is wrong with what was typed, by block; empty when nothing is."""
    if not draft.summary.strip():
        return {SUMMARY: say(language, "create.empty")}
    return {
        name: say(language, "create.too_long", n=str(most))
        for name, text, most in (
            (SUMMARY, draft.summary, 255),
            (DESCRIPTION, draft.description, TEXT_CHARS_MAX),
        )
        if len(text) > most
    }


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
    menu = _menu(values, (_joined(meta.connector, sheet.form.queue),), QUEUE, language)
    return _input(QUEUE, say(language, "create.queue"), menu, asks=True)


def _field(
    each: FormField, draft: Draft, form: CreationForm, *, listed: bool, asks: bool, language: str
) -> list[Block]:
    choices = each.choices
    values = narrowed(choices, draft.picks)
    if not _fitting(values):
        return []
    name, meta = choices.field, draft.meta
    # Another name where it offers something else: a client keeps what was chosen under the same one.
    above = ",".join(draft.picks.get(choices.depends_on, ())) if choices.depends_on else ""
    block = f"{_FIELD}{name}{_SPLIT}{_print(meta.connector, form.queue, form.type.id, above)}"
    menu = _menu(values, draft.picks.get(name, ()), FIELD, language, several=choices.several, listed=listed)
    return [_input(block, choices.label or name, menu, asks=asks, optional=not each.required)]


def _menu(
    values: Sequence[Value],
    chosen: Sequence[str],
    action: str,
    language: str,
    *,
    several: bool = False,
    listed: bool = True,
) -> Block:
    """Return a menu, what is chosen first in its list; not ``listed``: it is searched."""
    options = [_option(each) for each in _fitting(values)]
    picked = [each for each in options if each["value"].removeprefix(PICK) in chosen]
    picked = picked if several else picked[:1]
    kind = ("multi_" if several else "") + ("static_select" if listed else "external_select")
    element: Block = {"type": kind, "action_id": action if listed else SEARCH}
    if listed:
        element["options"] = [*picked, *(each for each in options if each not in picked)][:OPTIONS_MAX]
    else:
        element["min_query_length"] = 1
    if picked:
        element |= {"initial_options": picked} if several else {"initial_option": picked[0]}
    hint = "create.pick" if listed else "create.search"
    return element | {"placeholder": plain(say(language, hint))}


def _input(block: str, label: str, element: Block, *, asks: bool = False, optional: bool = False) -> Block:
    return {
        "type": "input",
        "block_id": block,
        "label": plain(Untrusted(label).line(BUTTON_CHARS_MAX)),
        "element": element,
        "dispatch_action": asks,
        "optional": optional,
    }


def _writing(name: str, text: str, chars_max: int, language: str) -> Block:
    long = name == DESCRIPTION
    element: Block = {
        "type": "plain_text_input",
        "action_id": name,
        "multiline": long,
        "max_length": chars_max,
    }
    cut = Untrusted(text).clean(chars_max) if long else Untrusted(text).line(chars_max)
    if cut:
        element["initial_value"] = cut
    return _input(name, say(language, f"create.{name}"), element, optional=long)


def _take(
    block: str, element: Mapping[str, Any], texts: dict[str, str], picks: dict[str, tuple[str, ...]]
) -> None:
    """Read one input; only the values' ids: what they are called is asked for again."""
    if element.get("type") == "plain_text_input":
        texts[block] = str(element.get("value") or "")
        return
    name = field_of(block) or block.partition(_SPLIT)[0]
    options = things(element.get("selected_options")) or [element.get("selected_option")]
    chosen = tuple(str(thing(each).get("value") or "").removeprefix(PICK) for each in options)
    if all(chosen):
        picks[name] = chosen


def _named(base: str, *what: str) -> str:
    return f"{base}{_SPLIT}{_print(*what)}"


def _print(*what: str) -> str:
    return fingerprint(list(what))[:8]


def _joined(connector: str, queue: str) -> str:
    return f"{connector}{_SPLIT}{queue}"


def _fitting(values: Sequence[Value]) -> list[Value]:
    return [
        each for each in values if len(PICK + each.id) <= OPTION_VALUE_CHARS_MAX and Untrusted(each.label)
    ]


def _option(value: Value) -> Block:
    return {"text": plain(Untrusted(value.label).line(BUTTON_CHARS_MAX) or "?"), "value": PICK + value.id}
