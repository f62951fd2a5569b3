"""How people word what they want, English and French: the forms a whole message is held against. Pure."""

from __future__ import annotations

import enum
from typing import Final


class Want(enum.Enum):
    """What is asked for."""

    STATUS = "status"
    SUMMARY = "summary"
    SKILL = "skill"
    """What a command of ours does; ``Order.value`` is the skill's name."""
    SET = "set"
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    TEAM = "team"
    CLOSE = "close"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    LINK = "link"
    """``Order.field``: key of the ticket that gets the link, or empty; ``Order.value``: the other one's."""
    NOTE = "note"
    """``Order.field`` as for a link; ``Order.value`` is what it says."""
    RAISE = "raise"
    """More, or less, without a word of how much."""
    PENDING = "pending"
    HELP = "help"
    THANKS = "thanks"
    CALL_OFF = "call_off"
    """What was asked for before is not wanted any more."""


KEY: Final = r"(?:[a-z][a-z0-9_]{1,19}-[0-9]{1,9}|[a-z]{2,8}[0-9]{5,12})"
TICKET: Final = (
    rf"(?:{KEY}|(?:this|the|that) (?:ticket|incident|request|issue|case|one)|it|this|that"
    "|(?:le|ce|du) ticket|l'incident|cet incident|(?:la|cette) demande|celui-ci|le|la|l)"
)
FIELDS: Final = (
    "(?:priority|prio|urgency|impact|severity|(?:sub-?)?category|components?|issue type|type"
    "|status|state|assignee|priorit[ée]|urgence|(?:sous-)?cat[ée]gorie|composants?|statut|[ée]tat)"
)
"""What people call fields that most desks have; others are found where a form leaves no doubt."""
LEVELS: Final = frozenset({"urgent", "critical", "important", "asap", "critique", "p0"})
"""What people call a priority that most desks call something else."""
OF: Final = r"(?:of|on|for|de|du|d'|pour|sur)"
_T: Final = TICKET
_FIELD: Final = r"(?P<field>[^\W\d_][\w -]{1,39}?)"
_KNOWN: Final = rf"(?P<field>{FIELDS})"
_VALUE: Final = r"(?P<value>\S.{0,99}?)"
_WORDS: Final = r" ?: ?(?P<value>\S.*)"
_ON: Final = rf"(?P<field>{KEY})"
_A_NOTE: Final = "(?:an? )?(?:internal |work )?note"
_UNE_NOTE: Final = "(?:une )?note(?: interne)?"
_TO: Final = r"(?:(?:back |up |down )?to|as|=)"
_GIVE: Final = "(?:give|assign|hand|re-?assign|send|route|pass|transfer|forward|delegate)"
_CHANGE: Final = (
    "(?:set|change|put|make|move|raise|lower|increase|decrease|bump|switch|update|mark|turn|drop"
    "|reduce|downgrade|upgrade)"
)
_DONNE: Final = (
    "(?:(?:re)?donne[rz]?|(?:r[ée])?assigne[rz]?|attribue[rz]?|affecte[rz]?|transf[èe]re[rz]?|confie[rz]?)"
)
_METS: Final = (
    "(?:(?:re)?mets|(?:re)?mettre|(?:re)?mettez|(?:re)?passe[rz]?|monte[rz]?|baisse[rz]?|change[rz]?"
    "|augmente[rz]?|diminue[rz]?|marque[rz]?|bascule[rz]?)"
)
_FERME: Final = "(?:ferme[rz]?|clos|clore|cl[oô]ture[rz]?)"
_RESOUS: Final = "(?:r[ée]sous|r[ée]soudre|r[ée]solvez)"
_THEM: Final = rf"(?:-le|-la)? ?(?:{_T} )?"
_A: Final = "(?:à|a|en|sur|comme)"
_LE: Final = "(?:le |la |l')"
_LA: Final = "(?:la |le |l'|sa |son |une )?"
_FIND: Final = "(?:(?:find|show me|are there|is there|any) )?"
_TROUVE: Final = "(?:(?:trouve|cherche)[rz]? )?(?:des |les )?"

FORMS: Final[tuple[tuple[Want, tuple[str, ...]], ...]] = (
    (
        Want.HELP,
        (
            "help(?: me)?|aide(?:-moi)?|hello(?: there)?|hi(?: there)?|hey",
            "good (?:morning|afternoon|evening)|bonjour|bonsoir|salut|coucou|what (?:can|do) (?:you|i) do",
            "how does this work|who are you|que sais-tu faire|qui es-tu",
        ),
    ),
    (
        Want.THANKS,
        (
            "(?:many )?(?:thanks?|thx|ty|cheers)(?: you)?(?: (?:a lot|so much|very much|again))?",
            "ok(?:ay)?|great|perfect|nice|cool|good(?: job)?|well done|got it|understood",
            r"merci(?: (?:beaucoup|bien))?|parfait|super|d'accord|:\+1:|👍",
        ),
    ),
    (
        Want.CALL_OFF,
        (
            "no|nope|no thanks|never ?mind|forget (?:it|that|about it)|cancel(?: (?:it|that|this))?",
            "scratch that|undo(?: (?:it|that|this))?|non(?: merci)?|annule[rz]?(?:-le|-la| [çc]a| tout)?",
            "laisse[rz]? tomber|oublie[rz]?(?:-le| [çc]a)?",
        ),
    ),
    (
        Want.PENDING,
        (
            "pending|what(?:'s| is) (?:waiting|pending)(?: for me)?|waiting for me|what waits for me",
            "en attente|qu'est-ce qui (?:m')?attend|que reste-t-il à décider",
        ),
    ),
    (
        Want.STATUS,
        (
            rf"{KEY}|(?:show |give me )?(?:the )?(?:status|state)(?:(?: {OF})? {_T})?|show(?: me)? {_T}",
            rf"what(?:'s| is) the (?:status|state)(?: of {_T})?|(?:how|where) is {_T}",
            rf"(?:le )?(?:statut|état)(?:(?: {OF})? ?{_T})?|montre[rz]?(?:-moi)? {_T}",
            rf"où en est(?: {_T}|-on)",
        ),
    ),
    (
        Want.SUMMARY,
        (
            rf"(?:give me )?(?:a |the )?(?:summary|hand-?over)(?:(?: {OF})? {_T})?",
            rf"(?:summari[sz]e|sum up)(?: {_T})?",
            rf"what(?:'s| is|s| was) (?:wrong|the (?:problem|issue|matter))(?: with {_T})?",
            rf"what(?:'s| is|s) {_T} about|what about {_T}|tell me (?:more )?about {_T}",
            rf"catch me up(?: on {_T})?|tl;?dr",
            rf"(?:un |le )?résumé(?:(?: {OF})? ?{_T})?|résume[rz]?(?:-le|-la| {_T})?|resume {KEY}",
            "de quoi s'agit-il",
        ),
    ),
    (
        Want.NOTE,
        (
            rf"(?:add|leave|write|make|put) {_A_NOTE}(?: (?:on|to|in|for) (?:{_ON}|{_T}))?{_WORDS}",
            rf"(?:ajoute|laisse|écri[st]|mets)[rz]? {_UNE_NOTE}(?: (?:à|sur|pour) (?:{_ON}|{_T}))?{_WORDS}",
        ),
    ),
    (
        Want.LINK,
        (
            rf"(?:link|relate|connect) (?:{_ON}|{_T}) (?:to|with) (?P<value>{KEY})",
            rf"(?:lie[rz]?|relie[rz]?|associe[rz]?)(?:-le|-la| {_ON}| {_T}) (?:à|a|avec) (?P<value>{KEY})",
        ),
    ),
    (
        Want.TEAM,
        (
            rf"(?:{_GIVE}|move|escalate) {_T} (?:over |back )?to (?:the )?{_VALUE} (?:team|group|queue)",
            rf"(?:{_DONNE}|passe[rz]?){_THEM}(?:[àa] l'équipe|au groupe|au service) {_VALUE}",
            rf"{_LE}{_DONNE} (?:[àa] l'équipe|au groupe|au service) {_VALUE}",
        ),
    ),
    (
        Want.ASSIGN,
        (
            rf"{_GIVE} {_T} (?:over |back )?to {_VALUE}",
            rf"(?:re-?assign|assign|transfer|hand over|pass) to {_VALUE}",
            rf"(?:re-?)?assign (?P<value>@\S.{{0,99}}?)(?: to {_T})?",
            rf"(?:re-?)?assign {_VALUE} to {_T}",
            rf"{_DONNE}{_THEM}[àa] {_VALUE}",
            rf"{_LE}{_DONNE} [àa] {_VALUE}",
            rf"i(?:'ll| will)? take {_T}|assign myself(?: to {_T})?",
            rf"je (?:{_LE}prends|prends {_T}|m'en (?:occupe|charge))|{_DONNE}(?:-le|-la)?-moi(?: {_T})?",
        ),
    ),
    (
        Want.UNASSIGN,
        (
            rf"unassign(?: {_T})?|(?:remove|clear|drop) (?:the |its )?assignee(?: (?:of|from|on) {_T})?",
            rf"désassigne[rz]?(?:-le|-la| {_T})",
            rf"(?:retire|enlève)[rz]? (?:le responsable|l'assigné)(?: de {_T})?",
        ),
    ),
    (
        Want.RAISE,
        (
            rf"(?:raise|bump|lower|escalate|increase|decrease|prioriti[sz]e)(?: {_T})?(?: up| down)?",
            r"(?:it|this)(?:'s| is) (?:very |really |super )?(?:urgent|critical|important)",
            rf"(?:monte|baisse|escalade)[rz]?(?:-le|-la| {_T})",
            "c'est (?:très |vraiment )?(?:urgent|critique|important)",
        ),
    ),
    (Want.CLOSE, (rf"close {_T}|{_FERME}(?:-le|-la| {_T})|{_LE}{_FERME}",)),
    (Want.RESOLVE, (rf"resolve {_T}|{_RESOUS}(?:-le|-la| {_T})|{_LE}{_RESOUS}",)),
    (Want.REOPEN, (rf"re-?open {_T}|rouvre[rz]?(?:-le|-la| {_T})|rouvrir {_T}",)),
    (
        Want.SET,
        (
            rf"{_CHANGE} (?:the |its )?{_KNOWN}(?: {OF} {_T})?",
            rf"{_METS} {_LA}{_KNOWN}(?: (?:de |du |d'){_T})?",
            rf"(?:{_CHANGE}|give) {_T} (?:to |as |an? )?{_VALUE} {_KNOWN}",
            rf"{_CHANGE} (?:the )?{_FIELD} {OF} {_T} {_TO} {_VALUE}",
            rf"{_CHANGE} {_T}(?:'s)? {_KNOWN} (?:(?:{_TO}|à|en) )?{_VALUE}",
            rf"{_CHANGE} {KEY}(?:'s)? {_FIELD} {_TO} {_VALUE}",
            rf"{_CHANGE} {_T} (?:{_TO} )?(?:an? )?{_VALUE}",
            rf"{_CHANGE} (?:the |its )?{_KNOWN} (?:(?:{_TO}|on) )?{_VALUE}",
            rf"{_CHANGE} (?:the |its )?{_FIELD} {_TO} {_VALUE}",
            rf"{_CHANGE} {_TO} {_VALUE}",
            r"(?P<field>prio|priority|priorité|impact|urgency|urgence) (?P<value>\w+)",
            rf"{_KNOWN}(?: {OF} {_T})? (?:=|to|à) ?{_VALUE}",
            rf"{_METS}{_THEM}{_A} {_KNOWN} {_VALUE}",
            rf"{_METS}{_THEM}{_A} {_VALUE} {_KNOWN}",
            rf"{_METS} {_LA}{_KNOWN} (?:(?:de |du |d'){_T} )?(?:{_A} )?{_VALUE}",
            rf"{_METS} {_LA}{_FIELD} (?:de |du |d'){_T} {_A} {_VALUE}",
            rf"{_METS}{_THEM}{_A} {_VALUE}",
            rf"{_LE}{_METS} {_A} {_VALUE}",
            rf"{_METS} {_LA}{_FIELD} {_A} {_VALUE}",
        ),
    ),
)
SKILLS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (
        "similar",
        (
            rf"{_FIND}(?:similar|duplicates?)(?: tickets)?(?:(?: (?:to|of|for))? {_T})?",
            rf"{_FIND}(?:anything|something|tickets) (?:like|similar to) {_T}",
            rf"{_TROUVE}(?:tickets )?(?:similaires?|semblables?|doublons?)(?:(?: (?:à|de|pour))? {_T})?",
        ),
    ),
    (
        "draft",
        (
            rf"(?:write |make )?(?:a )?(?:draft|reply)(?: reply)?(?: (?:to|for|on|of) {_T})?",
            rf"(?:un |une )?(?:brouillon|réponse)(?: (?:à|pour|de|sur) {_T})?",
        ),
    ),
    (
        "plan",
        (
            rf"(?:make )?(?:a |the )?plan(?:(?: (?:for|of|on))? {_T})?",
            rf"(?:un |le )?plan (?:pour|de) {_T}",
            "what(?:'s| is)? next|next steps?",
            "what (?:should|do|can) (?:we|i) do(?: (?:next|now|about it))?|que faire|(?:et )?maintenant",
            "quelle est la suite",
        ),
    ),
    ("triage", (rf"triage(?:(?: (?:of|de))? {_T})?",)),
)
