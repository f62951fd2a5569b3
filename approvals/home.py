"""The App Home: what waits for a person, who stands in for them, and what is allowed for good. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from approvals.blocks import (
    Block,
    actions,
    bold,
    button,
    confirm,
    context,
    escape,
    header,
    line,
    link,
    mention,
    moment,
    mrkdwn,
    plain,
    quote,
    section,
    words,
)
from approvals.clicks import Item, Person, parse_value, person
from approvals.home_extras import RESUME, UNDO, Lately, Stopped, kill_switch, languages, recent
from bot.core.deeds import said_in
from bot.core.dossier import Dossier, Tracked
from bot.core.errors import Malformed
from bot.core.foreign import thing
from bot.core.grants import Grant
from bot.core.ids import Shape, SlackUserId
from bot.core.untrusted import Untrusted
from bot.core.words import say

WHO, UNTIL = "home:stand_in", "home:until"
SET, CLEAR, REVOKE = "home:set", "home:clear", "home:revoke"
"""``action_id``s: stable across versions, because a Home is drawn again only when its owner looks."""
WAITING_MAX = 20
"""Shown to one person, the oldest first; the approvals channel has them all."""
GRANTS_MAX = 10
"""Standing permissions shown, the newest first; with two blocks each the Home stays below Slack's hundred."""
SAYS_CHARS_MAX = 300
"""Of what a proposal or a permission says."""
_SHAPE: Final = re.compile(r"[0-9a-f]{24}")

View = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something that waits for the person."""

    dossier: Dossier
    tracked: Tracked
    url: str
    """Of its card; empty where Slack has none to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Everything one person's Home shows."""

    waiting: Sequence[Waiting]
    more: int
    """How many wait beyond those."""
    stand_in: SlackUserId | None
    until: date | None
    """The last day on which the stand-in counts."""
    grants: Sequence[tuple[Grant, bool]]
    """Each with whether this person may revoke it."""
    recent: Sequence[Lately] = ()
    """What the bot did that concerns this person, the newest first."""
    language: str = ""
    """What this person chose to be spoken to in; empty: what their Slack says."""
    stops: Sequence[Stopped] | None = None
    """What is stopped; None: this person may not stop anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeClick:
    """A button in somebody's Home was pressed."""

    action: str
    by: Person
    trigger: str
    shape: Shape | None = None
    stand_in: SlackUserId | None = None
    until: date | None = None
    item: Item | None = None
    """What is to be set back, in the revision that was shown."""
    scope: str = ""
    """What is to go on."""


def home(room: Room, language: str) -> View:
    """Return the view for ``views.publish``."""
    blocks = [
        *waiting_blocks(room.waiting, room.more, language),
        *_stand_in(room, language),
        *_grants(room.grants, language),
        *recent(room.recent, language),
        *languages(room.language, language),
        *(kill_switch(room.stops, language) if room.stops is not None else []),
    ]
    return {"type": "home", "callback_id": "countersign:home", "blocks": blocks}


def parse_home(payload: Mapping[str, Any]) -> HomeClick:
    """Read a ``block_actions`` payload from a Home.

    Raises:
        Malformed: it is not one of ours, or was cut or edited.
    """
    try:
        action = payload["actions"][0]
        name, value = str(action["action_id"]), str(action.get("value") or "")
        if name == REVOKE and not _SHAPE.fullmatch(value):
            raise Malformed("the button's value is not one of ours")
        state = thing(thing(payload["view"].get("state")).get("values"))
        chosen = {key: each for block in state.values() for key, each in thing(block).items()}
        who = thing(chosen.get(WHO)).get("selected_user")
        until = thing(chosen.get(UNTIL)).get("selected_date")
        return HomeClick(
            action=name,
            by=person(payload),
            trigger=str(payload["trigger_id"]),
            shape=Shape(value) if name == REVOKE else None,
            stand_in=SlackUserId(str(who)) if who else None,
            until=date.fromisoformat(str(until)) if until else None,
            item=parse_value(value) if name == UNDO else None,
            scope=value if name == RESUME else "",
        )
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise Malformed(f"not a Home of ours: {type(error).__name__}") from error


def waiting_blocks(waiting: Sequence[Waiting], more: int, language: str) -> list[Block]:
    """Return what waits for one person, and how many ``more`` do."""
    blocks = [header("waiting", say(language, "home.waiting"))]
    if not waiting:
        return [*blocks, quote("waiting:none", line(say(language, "home.waiting_none")))]
    for number, each in enumerate(waiting):
        tracked, key = each.tracked, each.dossier.key
        says = Untrusted(said_in(tracked.proposal.says, language)).line(SAYS_CHARS_MAX)
        told = section(words(says))
        if tracked.expires_at is not None:
            told["elements"] += [words(f" {say(language, 'home.expires')} "), moment(tracked.expires_at)]
        blocks.append(quote(f"waiting:{number}", bold(key), told))
        links = [link(each.dossier.url, key)]
        links += [link(each.url, say(language, "ping.open"))] if each.url else []
        blocks.append(context(f"waiting:{number}:links", " · ".join(links)))
    if more:
        blocks.append(quote("waiting:more", line(say(language, "home.waiting_more", n=str(more)))))
    return blocks


def _stand_in(room: Room, language: str) -> list[Block]:
    """Return the part where a person names who decides in their place."""
    who: Block = {
        "type": "users_select",
        "action_id": WHO,
        "placeholder": plain(say(language, "home.stand_in_who")),
    }
    until: Block = {
        "type": "datepicker",
        "action_id": UNTIL,
        "placeholder": plain(say(language, "home.stand_in_until")),
    }
    row = [button(SET, say(language, "home.set"), say(language, "home.set_label"), "set")]
    told = say(language, "home.stand_in_none")
    if room.stand_in is not None and room.until is not None:
        who["initial_user"], until["initial_date"] = room.stand_in, room.until.isoformat()
        row.append(button(CLEAR, say(language, "home.clear"), say(language, "home.clear_label"), "clear"))
        day = room.until.isoformat()
        told = say(language, "home.stand_in_now", who=mention(room.stand_in), until=day)
    return [
        {"type": "divider"},
        header("stand_in", say(language, "home.stand_in")),
        {"type": "section", "block_id": "stand_in:now", "text": mrkdwn(told)},
        actions("stand_in:pick", who, until, *row),
        context("stand_in:why", escape(say(language, "home.stand_in_why"))),
    ]


def _grants(grants: Sequence[tuple[Grant, bool]], language: str) -> list[Block]:
    blocks: list[Block] = [{"type": "divider"}, header("grants", say(language, "home.grants"))]
    if not grants:
        return [*blocks, quote("grants:none", line(say(language, "home.grants_none")))]
    for grant, mine in grants[:GRANTS_MAX]:
        says = Untrusted(said_in(grant.says, language)).line(SAYS_CHARS_MAX)
        queue = Untrusted(f"{grant.connector}, {grant.queue}").line(SAYS_CHARS_MAX)
        by = section(
            words(f"{queue} · {say(language, 'home.granted_by')} "),
            {"type": "user", "user_id": grant.by},
            words(" · "),
            moment(grant.at),
        )
        blocks.append(quote(f"grant:{grant.shape}", bold(says), by))
        if mine:
            blocks.append(actions(f"grant:{grant.shape}:row", _revoke(grant, language)))
    if len(grants) > GRANTS_MAX:
        more = say(language, "home.grants_more", n=str(len(grants) - GRANTS_MAX))
        blocks.append(quote("grants:more", line(more)))
    return blocks


def _revoke(grant: Grant, language: str) -> Block:
    row = button(REVOKE, say(language, "home.revoke"), say(language, "home.revoke_label"), grant.shape)
    row["confirm"] = confirm(
        say(language, "home.revoke_title"),
        say(language, "home.revoke_why"),
        say(language, "home.revoke"),
        say(language, "modal.cancel"),
    )
    return row
