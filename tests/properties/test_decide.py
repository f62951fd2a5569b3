"""Whatever happens to a ticket, in whatever order: nothing runs that nobody agreed to, nothing runs twice."""

from bot.core.dossier import Status
from tests.properties.parts import hunt
from tests.properties.ticket_machine import TicketMachine

TestOneTicket = TicketMachine.TestCase
TestOneTicket.settings = hunt(200)
SIGHTS = {
    *(status.value for status in Status if status not in {Status.PENDING, Status.DENIED}),
    *("passed over", "denied", "asked", "allowed", "granted", "broken", "always"),
    *("voted", "edited", "stood in", "spent voice", "escalated voice"),
    *("reminded", "escalated", "too few", "given up", "drifted", "note gone"),
    *("undo asked", "built upon"),
}
"""What becomes of wishes, of cards, of those who click, and of what was done."""


def test_the_machine_gets_everywhere_worth_looking() -> None:
    """One that only ever stumbles at the door would find nothing and say that all is well."""
    TicketMachine.reached.clear()
    found = TicketMachine.TestCase
    found.settings = hunt(150)
    found("runTest").runTest()
    missed = {sight for sight in SIGHTS if TicketMachine.reached[sight] < 3}
    assert not missed, f"hardly ever reached: {missed} of {TicketMachine.reached}"
