"""What the docs draw is what the code says."""

from pathlib import Path

from approvals.states import diagram

ROOT = Path(__file__).parents[2]


def test_the_life_of_a_proposal_is_drawn_from_its_table() -> None:
    page = (ROOT / "docs" / "approvals.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{diagram()}\n```" in page, "paste what approvals.states.diagram() returns"
