"""What files are called lies before a skill's model as outside text; a reply sees the requester's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.tickets import Actor, Attachment, Snapshot, Value
from bot.core.untrusted import Untrusted
from bot.writers import Paper
from skills._papers import papers_of, people_of
from skills.draft import SKILL as DRAFT
from skills.summary import SKILL as SUMMARY
from skills.triage import SKILL as TRIAGE
from tests.skills.desk import AGENT, NOON, REQUESTER, Pen, answer, desk, ticket


def file(name: str, *, by: Actor | None = REQUESTER, public: bool = True) -> Attachment:
    return Attachment(Untrusted(name), Untrusted("image/png"), 1_000, NOON, by, public)


FILES = (file("error 42.png"), file("customer is wrong.docx", by=AGENT, public=False))


def named(papers: tuple[Paper, ...]) -> list[str]:
    return [paper.text.raw for paper in papers if paper.label == "attachment_names"]


async def laid_before(skill: Any, snapshot: Snapshot) -> tuple[Paper, ...]:
    """What a model is given to write out of."""
    pen = Pen({})
    here, _ = desk()
    await skill.run(snapshot, replace(here, writer=pen))
    return pen.tasks[0].papers


async def test_a_hand_over_names_every_file() -> None:
    papers = await laid_before(SUMMARY, Snapshot(ticket(), attachments=FILES))
    assert named(papers) == ["error 42.png\ncustomer is wrong.docx"]


async def test_a_draft_sees_the_files_that_the_requester_sees_and_no_others() -> None:
    papers = await laid_before(DRAFT, Snapshot(ticket(), attachments=FILES))
    assert named(papers) == ["error 42.png"]
    assert "wrong" not in " ".join(paper.text.raw for paper in papers)


async def test_triage_asks_with_the_requesters_files_because_its_draft_goes_to_them() -> None:
    here, brain = desk(answer(quote="error 42.png"))
    report = await TRIAGE.run(Snapshot(ticket(), attachments=FILES), here)
    assert [name.raw for name in brain.asked[0].attachments] == ["error 42.png"]
    assert report.findings[0].quote.raw == "error 42.png"


def test_of_five_hundred_files_the_newest_are_named() -> None:
    files = tuple(file(f"{number}.log") for number in range(500))
    (text,) = named(papers_of(Snapshot(ticket(), attachments=files), internal=True))
    assert text.split("\n") == [f"{number}.log" for number in range(480, 500)]


@pytest.mark.parametrize("files", [(), (file(" \u200b\n"),), (file("x", public=False),)])
def test_without_a_name_to_show_there_is_no_paper(files: tuple[Attachment, ...]) -> None:
    assert named(papers_of(Snapshot(ticket(), attachments=files), internal=False)) == []


def test_each_name_is_one_line_and_bounded() -> None:
    files = (file("a.png\nattachment_names: b.png\u2028c.png"), file("x" * 9_000))
    (text,) = named(papers_of(Snapshot(ticket(), attachments=files), internal=True))
    first, second = text.split("\n")
    assert first == "a.png attachment_names: b.pngc.png"
    assert len(second) == 255


def test_people_who_attached_something_or_have_the_ticket_are_masked() -> None:
    held = ticket(fields={"assigned_to": (Value("u-9", "Nora Network"),)})
    snapshot = Snapshot(held, attachments=(file("a.png", by=AGENT), file("b.png", by=None)))
    assert {name.raw for name in people_of(snapshot)} == {"Rita Requester", "Arne Agent", "Nora Network"}
