"""What is said of the changes a run wants: nobody is told that people are asked where policy may not ask."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.actions import Risk
from bot.core.ids import EventId
from bot.core.runs import Ending, Memory, RunResult
from bot.core.talks import Run
from bot.core.untrusted import Untrusted
from bot.decide.talk_runs import answer_lines
from tests.making import ALICE, T0, proposal

RUN = Run(id=EventId("slack:m1"), person=ALICE, name=Untrusted("Alice"), language="en", words=(), at=T0)


@pytest.mark.parametrize(("risk", "key"), [(Risk.NOTE, "talk.asks.note"), (Risk.REVERSIBLE, "talk.asks")])
def test_a_note_is_passed_on_and_a_change_is_put_to_people(risk: Risk, key: str) -> None:
    wanted = proposal()
    wanted = replace(wanted, action=replace(wanted.action, risk=risk))
    asked = RunResult(Ending.ASKED, Memory(), Untrusted(""), proposals=(wanted,))
    (line,) = answer_lines(RUN, asked)
    assert (line.key, line.gaps) == (key, {"says": wanted.says})
