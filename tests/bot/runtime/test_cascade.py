"""When the provider cannot answer, the local brain does, and says why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from bot.core.errors import BotError, BudgetSpent, Forbidden, Misconfigured, Reject, Retry, StaysHome
from bot.core.judgement import FieldAnswer, FieldQuestion, Judgement, Question, Thought, Usage
from bot.core.tickets import Choices, Value
from bot.core.untrusted import Untrusted
from bot.runtime.cascade import Ask, Cascade
from bot.writers import Unusable
from tests.bot.brain.past import question

ASKED = question("The vpn is down")
HIGH, LOW = Value("2", "High"), Value("4", "Low")
PAID = Usage("claude-haiku-5-5", 100, 20, usd=0.01)


@dataclass
class Brain:
    """Answers by name, or raises what it was given."""

    name: str
    fails: BotError | None = None
    asked: int = 0

    async def judge(self, question: Question) -> Judgement:
        del question
        self.asked += 1
        if self.fails:
            raise self.fails
        return Judgement(brain=self.name, usage=PAID if self.name == "claude" else Usage())


async def test_the_provider_answers_while_it_can() -> None:
    judgement = await Cascade(Brain("local"), Brain("claude")).judge(ASKED)

    assert (judgement.brain, judgement.degraded) == ("claude", "")


@pytest.mark.parametrize(
    ("fails", "degraded"),
    [
        (Retry("overloaded", after_s=1), "provider_down"),
        (Forbidden("bad key"), "provider_down"),
        (Misconfigured("no such model"), "provider_down"),
        (BudgetSpent("spent", after_s=60), "budget_spent"),
        (Unusable("cut", usage=PAID), "answer_refused"),
        (Reject("400"), "answer_refused"),
    ],
)
async def test_the_local_brain_stands_in_and_says_why(fails: BotError, degraded: str) -> None:
    judgement = await Cascade(Brain("local"), Brain("claude", fails)).judge(ASKED)

    assert (judgement.brain, judgement.degraded) == ("local", degraded)
    assert judgement.usage == (PAID if isinstance(fails, Unusable) else Usage()), (
        "a refused answer was paid for"
    )


async def test_without_a_key_the_local_brain_is_what_was_asked_for() -> None:
    judgement = await Cascade(Brain("local"), None).judge(ASKED)

    assert (judgement.brain, judgement.degraded) == ("local", "no_key")


async def test_text_that_may_go_nowhere_is_judged_at_home_and_that_is_no_stopgap() -> None:
    judgement = await Cascade(Brain("local"), Brain("claude", StaysHome("HR"))).judge(ASKED)

    assert (judgement.brain, judgement.degraded) == ("local", "")


async def test_what_the_local_brain_cannot_do_nobody_hides() -> None:
    with pytest.raises(Retry):
        await Cascade(Brain("local", Retry("no", after_s=1)), None).judge(ASKED)


def field_question(name: str, depends_on: str = "") -> FieldQuestion:
    return FieldQuestion(Choices(name, name.title(), (HIGH, LOW), depends_on=depends_on), ())


def answer(name: str, value: Value = HIGH, *, proven: bool = False) -> FieldAnswer:
    return FieldAnswer(name, value, 0.97, Untrusted(""), Untrusted(""), proven=proven)


@dataclass
class Says:
    """Says what it was given to say, and remembers what it was asked."""

    judgement: Judgement
    asked: list[Question] = field(default_factory=list[Question])

    async def judge(self, question: Question) -> Judgement:
        self.asked.append(question)
        return self.judgement


CATEGORY, SUB, OTHER = field_question("category"), field_question("sub", "category"), field_question("x")
OPEN = replace(ASKED, fields=(CATEGORY, SUB, OTHER))
DRAFT = Untrusted("Restart it.")


def local(*answers: FieldAnswer, draft: Untrusted | None = None) -> Says:
    return Says(Judgement(brain="local", answers=answers, draft=draft, draft_source="OPS-1" if draft else ""))


def claude(*answers: FieldAnswer) -> Says:
    return Says(Judgement("claude", answers, Untrusted("Have you tried…"), "OPS-2", usage=PAID))


async def test_what_is_proven_is_not_asked_for_and_not_overruled() -> None:
    mine, theirs = local(answer("x", proven=True)), claude(answer("x", LOW), answer("category"))
    found = await Cascade(mine, theirs).judge(OPEN)
    assert theirs.asked[0] == replace(OPEN, settled=frozenset({"x"}))
    assert {each.field: each.value for each in found.answers} == {"x": HIGH, "category": HIGH}
    assert (found.brain, found.usage, found.degraded) == ("local+claude", PAID, "")


async def test_what_an_open_field_hangs_on_goes_along_and_stays_proven() -> None:
    mine = local(answer("category", proven=True), answer("x", proven=True))
    theirs = claude(answer("category", LOW), answer("sub"))
    found = await Cascade(mine, theirs).judge(OPEN)
    assert theirs.asked[0].settled == {"x"}
    assert {each.field: each.value for each in found.answers} == {"category": HIGH, "x": HIGH, "sub": HIGH}


async def test_with_everything_proven_and_drafted_nobody_is_paid() -> None:
    names = ("category", "sub", "x")
    mine, theirs = local(*(answer(name, proven=True) for name in names), draft=DRAFT), claude()
    found = await Cascade(mine, theirs).judge(OPEN)
    assert theirs.asked == []
    assert (found.brain, found.degraded, found.usage) == ("local", "", Usage())


async def test_for_a_draft_alone_it_is_asked_without_fields() -> None:
    mine, theirs = local(*(answer(name, proven=True) for name in ("category", "sub", "x"))), claude()
    found = await Cascade(mine, theirs).judge(OPEN)
    assert theirs.asked[0].settled == {"category", "sub", "x"}
    assert (found.draft_source, len(found.answers)) == ("OPS-2", 3)


async def test_a_draft_with_a_source_of_our_own_is_kept() -> None:
    mine = local(answer("x", proven=True), draft=DRAFT)
    found = await Cascade(mine, claude(answer("category"))).judge(OPEN)
    assert (found.draft, found.draft_source) == (DRAFT, "OPS-1")


async def test_while_nothing_is_proven_the_provider_answers_all_of_it() -> None:
    mine, theirs = local(answer("x"), draft=DRAFT), claude(answer("category", LOW))
    found = await Cascade(mine, theirs).judge(OPEN)
    assert (found.brain, [each.field for each in found.answers]) == ("claude", ["category"])


async def test_asked_always_the_provider_answers_everything_and_overrules_what_is_proven() -> None:
    mine, theirs = local(answer("x", proven=True), draft=DRAFT), claude(answer("x", LOW))
    found = await Cascade(mine, theirs, ask=Ask.ALWAYS).judge(OPEN)
    assert theirs.asked == [OPEN]
    assert {each.field: each.value for each in found.answers} == {"x": LOW}
    assert (found.brain, found.draft_source) == ("claude", "OPS-2")


async def test_asked_always_and_away_the_local_brain_stands_in_with_all_it_has() -> None:
    mine = local(answer("x", proven=True), draft=DRAFT)
    found = await Cascade(mine, Brain("claude", Retry("away", after_s=1)), ask=Ask.ALWAYS).judge(OPEN)
    assert (found.answers, found.draft) == (mine.judgement.answers, DRAFT)
    assert found.degraded == "provider_down"


@pytest.mark.parametrize("ask", list(Ask))
async def test_asked_never_nobody_else_hears_of_a_ticket_and_only_then(ask: Ask) -> None:
    theirs = claude(answer("category"))
    found = await Cascade(local(answer("x")), theirs, ask=ask).judge(OPEN)
    assert bool(theirs.asked) is (ask is not Ask.NEVER)
    if ask is Ask.NEVER:
        assert (found.brain, found.degraded, found.usage) == ("local", "", Usage())


async def test_asked_for_fields_it_is_told_that_no_draft_is_wanted_and_none_is_taken() -> None:
    theirs = claude(answer("category"))
    found = await Cascade(local(answer("x", proven=True)), theirs, ask=Ask.FIELDS).judge(OPEN)
    assert [each.wants_draft for each in theirs.asked] == [False]
    assert (found.draft, found.draft_source) == (None, "")
    assert {each.field for each in found.answers} == {"x", "category"}


async def test_asked_for_fields_nobody_is_paid_for_a_draft_alone() -> None:
    mine, theirs = local(*(answer(name, proven=True) for name in ("category", "sub", "x"))), claude()
    found = await Cascade(mine, theirs, ask=Ask.FIELDS).judge(OPEN)
    assert theirs.asked == []
    assert (found.brain, found.draft, found.usage) == ("local", None, Usage())


async def test_where_a_draft_is_there_none_is_paid_for() -> None:
    theirs = claude(answer("category"))
    await Cascade(local(answer("x", proven=True), draft=DRAFT), theirs).judge(OPEN)
    assert [each.wants_draft for each in theirs.asked] == [False]


async def test_what_the_local_brain_thought_is_kept_beside_what_was_paid_for() -> None:
    mine = local(answer("x", proven=True), answer("category", LOW))
    found = await Cascade(mine, claude(answer("category"))).judge(OPEN)
    assert found.local == (
        Thought("x", HIGH, 0.97, proven=True),
        Thought("category", LOW, 0.97, proven=False),
    )
    refused = Brain("claude", Unusable("cut", usage=PAID))
    assert (await Cascade(mine, refused).judge(OPEN)).local == found.local
    away = Brain("claude", Retry("away", after_s=1))
    assert (await Cascade(mine, away).judge(OPEN)).local == (), "nobody was paid"
