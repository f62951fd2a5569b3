"""What a form starts with: the message's words, and of a model's only what is offered just now."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from approvals.creating_form import Draft, Meta
from bot.core.creation import CreationForm, FormField
from bot.core.tickets import Choices, Value
from bot.slack.creating_prefill import Intake, Prefill, Suggested, first_words
from bot.writers import Away, Task, Written

PRIORITY: Final = Choices("priority", "Priority", (Value("1", "High"), Value("2", "Low")))
FORM: Final = CreationForm(
    queue="OPS",
    type=Value("10", "Incident"),
    types=(Value("10", "Incident"), Value("11", "Request")),
    fields=(FormField(PRIORITY),),
)
DRAFT: Final = Draft(
    meta=Meta(1, "jira", "OPS", "10", "C0GENERAL"), summary="first line", description="first line\nmore"
)


class Says:
    """A writer that gives one answer, or none."""

    def __init__(self, answer: Intake | Exception, *, seconds: float = 0) -> None:
        self.answer, self.seconds, self.tasks = answer, seconds, list[Task]()

    async def write(self, task: Task) -> Written:
        self.tasks.append(task)
        await asyncio.sleep(self.seconds)
        if isinstance(self.answer, Exception):
            raise self.answer
        return Written(self.answer, "claude")


async def filled(writer: Says | None, draft: Draft = DRAFT, **more: float) -> tuple[Draft, str]:
    return await Prefill(writer=writer, **more).of(draft, FORM, language="en", person="U0CAROL")


async def test_a_model_names_the_ticket_and_picks_what_is_offered() -> None:
    said = Intake(
        summary="Printer is out", type="Request", fields=[Suggested(field="Priority", value="High")]
    )
    draft, brain = await filled(writer := Says(said))
    assert (draft.summary, draft.meta.type, draft.picks, brain) == (
        "Printer is out",
        "11",
        {"priority": ("1",)},
        "claude",
    )
    assert draft.description == DRAFT.description, "the words stay whose they are"
    assert (writer.tasks[0].connector, writer.tasks[0].queue) == ("jira", "OPS"), "for residency"


async def test_what_a_model_makes_up_is_dropped() -> None:
    said = Intake(
        summary="x\nForged: line",
        type="Security waiver",
        fields=[Suggested(field="Priority", value="P0"), Suggested(field="Approvers", value="U0EVE")],
    )
    draft, _ = await filled(Says(said))
    assert draft.summary == "x Forged: line"
    assert draft.meta.type == "10"
    assert draft.picks == {}


async def test_without_a_model_or_with_one_that_is_away_the_message_does() -> None:
    for writer in (None, Says(Away("down", after_s=1))):
        assert await filled(writer) == (DRAFT, "")


async def test_nobody_waits_for_a_slow_model() -> None:
    said = Intake(summary="late")
    assert await filled(Says(said, seconds=5), seconds=0.01) == (DRAFT, "")


async def test_an_empty_form_asks_no_model() -> None:
    writer = Says(Intake(summary="made up"))
    await filled(writer, replace(DRAFT, description=" "))
    assert writer.tasks == []


def test_slacks_marks_are_written_as_people_read_them() -> None:
    summary, text = first_words(
        "\n<@U0BOB|bob>: a &lt;b&gt; is out\nsee <https://x.example|the wiki> <!here>"
    )
    assert summary == "@bob: a <b> is out"
    assert text.endswith("see the wiki (https://x.example) !here")


def test_a_message_that_fills_a_book_is_cut_and_leaves_room_for_the_link() -> None:
    _, text = first_words("x" * 40_000)
    assert len(text) < 2_700
