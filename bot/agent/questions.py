"""What a person asks about a ticket, by the words that stand out, English and French. Pure.

Questions only read, so they are taken more freely than orders: a wrong guess costs one sentence.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final

from bot.agent.orders import ADDRESSED, CHARS_MAX, TYPED_CHARS_MAX, tidy
from bot.agent.wordings import FIELDS, OF, TICKET


class About(enum.Enum):
    """What is asked for."""

    HOLDER = "holder"
    REPORTER = "reporter"
    SINCE = "since"
    WAITS = "waits"
    LAST = "last"
    FIELD = "field"
    """``Question.field`` says which."""
    BEFORE = "before"
    """What was done the time before."""
    ALIKE = "alike"
    """What else is open."""
    KNOWLEDGE = "knowledge"
    HEALTH = "health"
    DRAFT = "draft"
    LINK = "link"
    """Where the ticket is."""
    LIST = "list"
    """Which tickets there are."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question, understood."""

    about: About
    field: str = ""


_ASKS: Final = r"(?:is|are|what|how|which|do|does|can|any|show|check)\b"
_TELLS: Final = r"(?!(?:i|we|you|close|mark|set|it's|this is)\b)"
"""How what is no question begins."""
_MANY: Final = "(?:tickets|incidents|open|ouverts)"
_BODY: Final = "(?:any|some)(?:one|body)"
_OF_IT: Final = rf"(?:,? (?:{OF} |is |on )?{TICKET})?"
_ON: Final = (
    "(?:on|got|working on|assigned(?: to)?|responsible(?: for)?|handling|dealing with|looking (?:at|after)"
    "|taking care of|in charge(?: of)?|owns?|has|it with|the (?:owner|assignee)(?: of)?)"
)
_DONE: Final = "(?:said|say|written?|write|tried|try|done|do|answer(?:ed)?|new|happening|going on)"
_WHAT: Final = r"what (?:was|has been|have (?:we|you|they)|did (?:we|they|he|she|the \w+|\w+)|is|'s)"
_WHICH: Final = "(?:what(?:'s| is| are|s)?|which|how|quel(?:le)?s?(?: est| sont)?)"
_THE: Final = "(?:the |its |le |la |l'|sa |son )"
_AND_IT: Final = (
    rf"(?: (?:{OF} )?{TICKET}| is {TICKET}| does {TICKET} have| a-t-(?:il|elle)| is it| est-(?:il|elle))?"
)
_FORMS: Final[tuple[tuple[About, tuple[str, ...]], ...]] = (
    (
        About.LIST,
        (
            rf"(?:what|which|show|list|how many|do (?:i|we) have)\b.* {_MANY}\b.*",
            rf"(?:quels?|combien|liste|montre)\b.* {_MANY}\b.*",
            "(?:my|mes|all|tous les|open) (?:open )?tickets.*|what(?:'s| is) open.*",
            "what (?:do i have|should i work on).*",
        ),
    ),
    (
        About.LINK,
        (
            rf"(?:what(?:'s| is) |(?:give|send|show) me )?(?:the |a )?(?:link|url)(?: (?:to|of) {TICKET})?",
            rf"(?:donne-moi |quel est )?(?:le |un )?lien(?: (?:de|vers) {TICKET})?",
            rf"(?:open|ouvre) {TICKET}",
        ),
    ),
    (
        About.BEFORE,
        (
            r".*\b(?:last time|la dernière fois|déjà (?:eu|vu|arrivé|résolu))\b.*",
            r".*\b(?:happen|occur|come up|seen?|had|solved?|fixed)\w* .*before\b.*",
            r"how (?:did|do|was|were|have) .*\b(?:solved?|fix(?:ed)?|resolved?)\b.*",
            r"comment .*\b(?:résolu|réglé|corrigé|résout|règle)\b.*",
            r"(?:has|have|did) (?:we|this|it|that|anyone) .*\b(?:before|already)",
        ),
    ),
    (
        About.ALIKE,
        (
            rf"{_TELLS}(?:.*\W)?(?:similar|duplicates?|alike|like (?:it|this|that)|other tickets)\b.*",
            r"(?:is|are|was|were) .*\bthe same (?:problem|issue|ticket|thing)\b.*",
            r"(?!je )(?:.*\W)?(?:doublons?|similaires?|semblables?|pareils?|comme (?:ça|celui-ci))\b.*",
        ),
    ),
    (
        About.KNOWLEDGE,
        (
            r"(?:.*\W)?(?:runbooks?|playbooks?|knowledge base|kb|articles?|procedures?)\b.*",
            r"(?:.*\W)?(?:documentation|docs|wiki|handbook|how-?to)\b.*",
            r"(?:.*\W)?(?:procédures?|base de connaissances|mode d'emploi)\b.*",
        ),
    ),
    (
        About.HEALTH,
        (
            rf"{_ASKS}.*\b(?:healthy|health|alive|reachable|overloaded|metrics?|logs?|cpu|disk|uptime)\b.*",
            r"(?:.*\W)?(?:métriques?|journaux|en panne|en bonne santé)\b.*",
            r"is (?:the |our )?[\w .-]{2,40} (?:up|down|running|ok|okay|back|working)",
            r"(?:le |la |l')?[\w .-]{2,40} (?:fonctionne|marche|tourne)(?:-t-(?:il|elle))?(?: encore)?",
        ),
    ),
    (
        About.DRAFT,
        (
            r"(?:draft|write|make|prepare|send)(?: me)? (?:an? )?(?:reply|answer|response|comment)\b.*",
            r"(?:reply|answer|respond|write back)(?: (?:to|that)\b.*)?",
            r"tell (?:the (?:customer|requester|user|caller)|him|her|them)\b.*",
            r"(?:répond[sz]?|répondre|rédige[rz]?)\b.*|dis(?:-lui| au| à la| à l')\b.*",
            r"comment(?: on (?:it|this|that))?:.*|(?:add|post|leave) a comment\b.*",
            r"(?:ajoute|laisse)[rz]? un commentaire\b.*",
        ),
    ),
    (
        About.WAITS,
        (
            r"(?:for )?who(?:m|'s| is| are)?(?: we)?(?: it)? (?:is )?wait(?:s|ing)\b.*|whose turn\b.*",
            "who(?:'s| is) next",
            rf"(?:are we|is (?:it|she|he|the \w+|{_BODY}|{TICKET})) (?:still )?waiting\b.*",
            r"what (?:are we|is it) waiting for\b.*|qui attend\b.*",
            r"(?:on|qu'est-ce qu'on|qu'|que )\s?attend\b.*|à qui (?:le tour|de jouer|est-ce le tour)\b.*",
            rf"(?:did|has) (?:{_BODY}|we|the \w+) (?:answer|repl|respond)\w*\b.*",
            r"(?:a-t-on|avons-nous|quelqu'un a(?:-t-il)?) répondu\b.*",
        ),
    ),
    (
        About.REPORTER,
        (
            r"who(?: has| had|'s| is)? (?:reported|opened|raised|created|logged|filed|called)\b.*",
            r"who(?: has| had|'s| is)? (?:asked|requested|affected)\b.*",
            r"who(?:'s| is) (?:the )?(?:requester|reporter|customer|caller|user)\b.*",
            rf"(?:the )?(?:requester|reporter|caller){_OF_IT}|who is it (?:from|for)|from whom.*",
            r"qui (?:l'a |a )?(?:ouvert|signalé|créé|demandé|déclaré)\b.*",
            rf"(?:qui est )?(?:le )?demandeur{_OF_IT}",
        ),
    ),
    (
        About.HOLDER,
        (
            rf"who(?:'s| is| has| owns| handles| got)? (?:currently )?{_ON}?(?: ?{TICKET})?",
            rf"who is (?:it|{TICKET}) (?:with|assigned to)",
            rf"(?:is |has )?{_BODY} (?:on|working on|looking at|assigned to|dealing with)\b.*",
            rf"is it (?:already )?(?:assigned|taken)\b.*|(?:the )?(?:assignee|owner){_OF_IT}",
            r"qui (?:l'a|a|s'en occupe|s'occupe|est dessus|travaille|gère|en est|est responsable)\b.*",
            rf"à qui est-?(?: ?il| ?elle| ?ce)?\b.*|(?:le )?responsable{_OF_IT}",
        ),
    ),
    (
        About.SINCE,
        (
            r"since when\b.*|how (?:old|long)\b.*|when (?:was|did|has|is)\b.*",
            r"(?:c'est )?depuis (?:quand|combien)\b.*|quand\b.*|ça dure depuis.*|(?:its )?age",
        ),
    ),
    (
        About.LAST,
        (
            rf"{_WHAT} (?:already )?{_DONE}\b.*",
            r"what's (?:new|going on|happening)\b.*|(?:any |is there any )?(?:updates?|news|progress)\b.*",
            r"(?:the )?(?:latest|last)\b.*|what happened\b.*|where (?:are we|do we stand)\b.*",
            r"qu'(?:a-t-on|avons-nous|est-ce qu(?:'on|e .*)) .*|quoi de neuf\b.*",
            r"(?:des |y a-t-il du )?nouve(?:lles|au)\b.*|(?:le )?dernier (?:message|commentaire)\b.*",
        ),
    ),
    (
        About.FIELD,
        (
            rf"{_WHICH} {_THE}?(?P<field>{FIELDS}|urgent|[^\W\d_][\w -]{{1,39}}?){_AND_IT}",
            rf"is {TICKET} (?:still |already )?(?P<ended>open|closed|done|resolved|solved|fixed|finished)",
            r"est-(?:il|elle) (?:encore |déjà )?(?P<fini>ouverte?|fermée?|close?|résolue?|terminée?|réglée?)",
            rf"(?:the |its |la |le )?(?P<named>{FIELDS})(?: (?:{OF} )?{TICKET})?",
        ),
    ),
)
_COMPILED: Final = tuple(
    (about, re.compile(form, re.IGNORECASE)) for about, several in _FORMS for form in several
)
_BEFORE: Final = re.compile(
    r"^(?:(?:hi|hello|hey|please|ok|so|and|also|thanks|bonjour|salut|et|alors|merci),? "
    r"|(?:can|could|would) you (?:please )?(?:tell|show|give|find|check|look up)(?: me)? "
    r"|(?:please )?(?:tell|show) me (?!about)|do you know |i'd like to know "
    r"|(?:peux-tu|tu peux|pouvez-vous|pourriez-vous) (?:me )?(?:dire|montrer|trouver|vérifier) "
    r"|dis-moi |sais-tu |est-ce que )+",
    re.IGNORECASE,
)
_BEHIND: Final = re.compile(
    r"[,. ]+(?:please|pls|thanks|thank you|now|currently|right now|at the moment|merci|stp|svp|en ce moment"
    r"|actuellement)$",
    re.IGNORECASE,
)


def question_in(text: str) -> Question | None:
    """Return what a whole message asks, or None."""
    words = " ".join(tidy(text).split()) if len(text) <= TYPED_CHARS_MAX else ""
    if not words or len(words) > CHARS_MAX:
        return None
    words = ADDRESSED.sub("", words)
    words = _BEHIND.sub("", _BEFORE.sub("", words.rstrip("?!. ").strip()))
    for about, form in _COMPILED:
        found = form.fullmatch(words)
        if found is not None:
            parts = found.groupdict()
            ended = parts.get("ended") or parts.get("fini")
            field = "status" if ended else parts.get("field") or parts.get("named") or ""
            return Question(about, field.strip())
    return None
