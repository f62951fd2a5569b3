"""From a form that was sent to the wish it comes down to, every choice held against what is live. Pure."""

from __future__ import annotations

from pydantic import JsonValue

from approvals.creating_form import Draft, narrowed
from bot.core.arguments import pick_json
from bot.core.creation import VERB, CreationForm
from bot.core.reports import Wish
from bot.core.tickets import Value
from bot.core.untrusted import Untrusted


class Unfit(Exception):  # not an error: the answer is no
    """The form no longer fits what is live."""

    def __init__(self, key: str, field: str) -> None:
        """``key``: of the catalogue. ``field``: what people call the field that does not fit."""
        super().__init__(key)
        self.key, self.field = key, field


def wished(draft: Draft, offers: CreationForm, requester: Value | None) -> Wish:
    """Return the wish for exactly this ticket; labels are the system's, never the client's.

    Raises:
        Unfit: a value or a type is not offered any more, or something required is not there.
    """
    if draft.meta.type != offers.type.id:
        raise Unfit("create.outdated", offers.type.label)
    fields: dict[str, JsonValue] = {}
    for each in offers.fields:
        choices, wanted = each.choices, draft.picks.get(each.choices.field, ())
        found = {value.id: value for value in narrowed(choices, draft.picks)}
        if any(ident not in found for ident in wanted) or (len(wanted) > 1 and not choices.several):
            raise Unfit("create.outdated", choices.label)
        if each.required and found and not wanted:
            raise Unfit("create.missing", choices.label)
        if wanted:
            fields[choices.field] = [pick_json(found[ident]) for ident in wanted]
    unknown = set(draft.picks) - {each.choices.field for each in offers.fields}
    if unknown:
        raise Unfit("create.outdated", min(unknown))
    args: dict[str, JsonValue] = {
        "type": pick_json(offers.type),
        "summary": Untrusted(draft.summary).line(offers.summary_chars_max),
        "description": Untrusted(draft.description).clean().strip(),
        "fields": fields,
        "requester": pick_json(requester) if requester is not None else None,
    }
    return Wish(verb=VERB, args=args, why=Untrusted(""), labels=offers.labels())
